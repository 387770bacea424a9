"""A check is told of what it has a method for, and says what was broken."""

from __future__ import annotations

from typing import ClassVar

from offwire.events import CallEnded
from offwire.testing.simulate.checks.check import KINDS, Check, Violation, check_trace, told
from offwire.testing.simulate.records import Closed, Healed, Stuck
from offwire.testing.simulate.scenario import Scenario


class NeverClosed(Check):
    rule: ClassVar[str] = "X1"

    def closed(self, record: Closed) -> None:
        self.fail(record.at, 7, "it was closed")


class NeverHealed(Check):
    rule: ClassVar[str] = "X2"

    def healed(self, record: Healed) -> None:
        self.fail(record.at, 0, "it was healed")

    def closed(self, record: Closed) -> None: ...


def test_a_check_is_told_by_the_names_of_its_methods() -> None:
    found = check_trace(NeverClosed, Scenario(), [Healed(0.5), Closed(1.0)])
    assert found == [Violation("X1", 1.0, 7, "it was closed")]
    assert KINDS["call_ended"] is CallEnded


def test_several_checks_are_told_in_their_order() -> None:
    found: list[Violation] = []
    handlers = told([NeverClosed(Scenario(), found.append), NeverHealed(Scenario(), found.append)])
    assert len(handlers[Closed]) == 2
    assert len(handlers[Healed]) == 1
    assert Stuck not in handlers


def test_a_violation_says_which_rule_when_and_by_whom() -> None:
    assert str(Violation("X1", 1.0, 7, "why")) == "X1 was broken at 1.000000 s by call #7: why"
    assert str(Violation("X1", 1.0, 0, "why")) == "X1 was broken at 1.000000 s: why"
