"""A check is told of what it has a method for, and says what was broken."""

from __future__ import annotations

from typing import ClassVar, get_args

from offwire.events import CallEnded
from offwire.testing.simulate.checks.check import KINDS, Audience, Check, Violation, check_trace
from offwire.testing.simulate.records import Closed, Ended, Healed, Record, Stuck
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


class NothingAfterHealing(Check):
    rule: ClassVar[str] = "X3"
    wakes_at: ClassVar[tuple[str, ...]] = ("healed", "closed")

    def healed(self, record: Healed) -> None:
        self.fail(record.at, 0, "it was healed")

    def closed(self, record: Closed) -> None: ...

    def ended(self, record: Ended) -> None:
        self.fail(record.at, record.call, "it has ended")


def test_a_check_is_told_by_the_names_of_its_methods() -> None:
    found = check_trace(NeverClosed, Scenario(), [Healed(0.5), Closed(1.0)])
    assert found == [Violation("X1", 1.0, 7, "it was closed")]
    assert KINDS["call_ended"] is CallEnded


def test_several_checks_are_told_in_their_order() -> None:
    found: list[Violation] = []
    checks = [NeverClosed(Scenario(), found.append), NeverHealed(Scenario(), found.append)]
    handlers = Audience(checks).handlers
    assert [each.__qualname__ for each in handlers[Closed]] == ["NeverClosed.closed", "NeverHealed.closed"]
    assert len(handlers[Healed]) == 1
    assert handlers[Stuck] == []
    assert set(handlers) == set(get_args(Record))


def test_a_check_that_sleeps_is_told_of_nothing_before_it_wakes() -> None:
    trace = [Ended(0.0, 1, "returned", ""), Healed(1.0), Ended(2.0, 2, "returned", ""), Healed(3.0)]
    assert [each.at for each in check_trace(NothingAfterHealing, Scenario(), trace)] == [1.0, 2.0, 3.0]
    closed = [Ended(0.0, 1, "returned", ""), Closed(1.0), Ended(2.0, 2, "returned", ""), Healed(3.0)]
    assert [each.at for each in check_trace(NothingAfterHealing, Scenario(), closed)] == [2.0, 3.0]


def test_a_check_concerns_every_scenario_unless_it_says_otherwise() -> None:
    assert NeverClosed.concerns(Scenario())


def test_a_violation_says_which_rule_when_and_by_whom() -> None:
    assert str(Violation("X1", 1.0, 7, "why")) == "X1 was broken at 1.000000 s by call #7: why"
    assert str(Violation("X1", 1.0, 0, "why")) == "X1 was broken at 1.000000 s: why"
