"""The rules of quotas, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.events import AttemptEnded, QuotaWaited
from offwire.testing.simulate.checks.quota import is_priced
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.records import Marks, Reported, Strayed, Visited
from offwire.testing.simulate.run import simulate
from offwire.testing.simulate.scenario import Quota, Scenario
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, broken, ended, looked, sent

PLAIN = Scenario()
LIMITED = Scenario(quota=Quota(units=3, per=1.0))
BUCKET = Scenario(quota=Quota(kind="bucket", units=3, per=1.0))
FEW = Scenario(quota=Quota(kind="concurrency", units=3))
STRAYED = Strayed(0.0, 1, 1)
THREE = (Visited(0.0, 1.0, True), Visited(0.5, 1.0, True), Visited(0.9, 1.0, True))


def done(at: float, error: str | None = None) -> AttemptEnded:
    return AttemptEnded(at=at, call=1, attempt=1, status=200, error=error, elapsed=0.0)


def turn(at: float, waited: float, call: int = 1) -> QuotaWaited:
    return QuotaWaited(at=at, call=call, waited=waited)


REPORT = answered(1.0, remaining=1.0, reset=2.0)

TRACES = [
    pytest.param("R1", LIMITED, [*THREE, Visited(1.0, 1.0, True)], 0, id="R1 a window later"),
    pytest.param("R1", LIMITED, [*THREE, Visited(0.99, 1.0, True)], 1, id="R1 too many"),
    pytest.param("R1", PLAIN, [*THREE, Visited(0.99, 1.0, True)], 0, id="R1 no limit"),
    pytest.param("R1", FEW, [*THREE, Visited(0.99, 1.0, True)], 0, id="R1 of another kind"),
    pytest.param("R1", LIMITED, [STRAYED, *THREE, Visited(0.99, 1.0, True)], 0, id="R1 unknown requests"),
    pytest.param("R1", BUCKET, [*THREE, Visited(0.99, 1.0, True)], 0, id="R1 a bucket"),
    pytest.param("R1", BUCKET, [Visited(0.0, 2.0, True), Visited(0.1, 2.0, True)], 1, id="R1 overdrawn"),
    pytest.param("R2", LIMITED, [answered(1.0, status=429)], 1, id="R2 refused"),
    pytest.param("R2", LIMITED, [answered(1.0)], 0, id="R2 fine"),
    pytest.param("R2", LIMITED, [STRAYED, answered(1.0, status=429)], 0, id="R2 unknown requests"),
    pytest.param(
        "R2",
        evolve(LIMITED, network=Network(doubled=0.1)),
        [answered(1.0, status=429)],
        0,
        id="R2 doubled requests",
    ),
    pytest.param("R3", LIMITED, [looked(1.0, waiting=1)], 1, id="R3 idle"),
    pytest.param("R3", LIMITED, [looked(1.0, waiting=1, blocked_until=2.0)], 0, id="R3 blocked"),
    pytest.param("R3", LIMITED, [looked(1.0)], 0, id="R3 nobody waits"),
    pytest.param(
        "R3",
        LIMITED,
        [done(0.5), looked(1.0, waiting=1, in_flight=2), answered(1.1), turn(1.6, 1.2)],
        1,
        id="R3 an answer that says nothing",
    ),
    pytest.param("R3", FEW, [looked(1.0, waiting=1, in_flight=1)], 0, id="R3 of another kind"),
    pytest.param("R3", PLAIN, [looked(1.0, waiting=1, in_flight=1)], 0, id="R3 no limit"),
    pytest.param("R3", LIMITED, [looked(1.0, waiting=1, in_flight=2)], 1, id="R3 one is free"),
    pytest.param("R3", LIMITED, [done(0.5), looked(1.0, waiting=1, in_flight=2)], 0, id="R3 lately"),
    pytest.param(
        "R3", LIMITED, [done(0.5, "NeverSent"), looked(1.0, waiting=1, in_flight=2)], 1, id="R3 never sent"
    ),
    pytest.param("R3", LIMITED, [done(0.5), looked(2.0, waiting=1, in_flight=2)], 1, id="R3 a window ago"),
    pytest.param(
        "R3", LIMITED, [done(0.5), looked(1.0, waiting=1, in_flight=2), turn(1.6, 1.2)], 1, id="R3 late"
    ),
    pytest.param(
        "R3", LIMITED, [done(0.5), looked(1.0, waiting=1, in_flight=2), turn(1.5002, 1.0)], 0, id="R3 in time"
    ),
    pytest.param(
        "R3",
        LIMITED,
        [done(0.5), looked(1.0, waiting=1, in_flight=2), answered(1.2, status=429), turn(1.6, 1.2)],
        0,
        id="R3 sent away",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [sent(0.0), REPORT, sent(1.1, 2, 2), sent(1.2, 3, 3)],
        1,
        id="R5 more than is left",
    ),
    pytest.param(
        "R5", PLAIN, [sent(0.0), REPORT, sent(1.1, 2, 2), sent(3.1, 3, 3)], 0, id="R5 after the reset"
    ),
    pytest.param(
        "R5", PLAIN, [sent(0.0), sent(0.5, 2, 2), REPORT, sent(1.1, 3, 3)], 1, id="R5 one is under way"
    ),
    pytest.param(
        "R5",
        PLAIN,
        [sent(0.0), REPORT, sent(1.1, 2, 2), answered(1.2, 2, 2, None, "NeverSent"), sent(1.3, 3, 3)],
        0,
        id="R5 one never left",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [
            *(sent(0.0), sent(0.1, 2, 2), answered(1.0, 2, 2, remaining=1.0, reset=2.0)),
            *(answered(1.1, 1, 1, None, "NeverSent"), sent(1.2, 3, 3), sent(1.3, 4, 4)),
        ],
        1,
        id="R5 one before never left",
    ),
    pytest.param(
        "R5",
        evolve(PLAIN, connections=1),
        [sent(0.0), REPORT, sent(1.1, 2, 2), sent(1.2, 3, 3)],
        0,
        id="R5 a line for connections",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [sent(0.0), sent(0.5, 2, 2), ended(0.6, 2), REPORT, sent(1.1, 3, 3)],
        0,
        id="R5 one was given up",
    ),
    pytest.param("R5", PLAIN, [sent(0.0), answered(1.0)], 0, id="R5 no report"),
    pytest.param("R5", PLAIN, [ended(1.0)], 0, id="R5 never sent at all"),
    pytest.param(
        "R6", PLAIN, [sent(0.0), answered(1.0, status=429, wait=2.0), sent(2.9)], 1, id="R6 too early"
    ),
    pytest.param(
        "R6", PLAIN, [sent(0.0), answered(1.0, status=503, wait=2.0), sent(3.0)], 0, id="R6 in time"
    ),
    pytest.param(
        "R6",
        PLAIN,
        [sent(0.0, marks=TOKEN), answered(1.0, status=503, wait=2.0), sent(1.1)],
        0,
        id="R6 a sign-in",
    ),
    pytest.param("R7", PLAIN, [looked(1.0, active=2, in_flight=2)], 0, id="R7 out"),
    pytest.param("R7", PLAIN, [looked(1.0, active=1, in_flight=2)], 1, id="R7 too many"),
    pytest.param("R7", PLAIN, [looked(1.0, active=0, units=1.0, is_last=True)], 1, id="R7 left behind"),
    pytest.param("R8", PLAIN, [Reported(1.0, 1, 2.0, 3.0)], 1, id="R8 raised"),
    pytest.param("R8", PLAIN, [Reported(1.0, 1, 2.0, 2.0)], 0, id="R8 fine"),
    pytest.param(
        "R10", FEW, [sent(0.0, each, each) for each in range(1, 5)], 1, id="R10 more than the limit"
    ),
    pytest.param("R10", evolve(PLAIN, connections=1), [sent(0.0), sent(0.0, 2, 2)], 1, id="R10 connections"),
    pytest.param(
        "R10",
        evolve(PLAIN, connections=1),
        [sent(0.0), answered(0.1), sent(0.2, 2, 2), ended(0.3, 2), sent(0.4, 3, 3)],
        0,
        id="R10 one after another",
    ),
    pytest.param("F1", PLAIN, [turn(5.0, 2.0), turn(5.0, 1.0, 2)], 0, id="F1 in order"),
    pytest.param("F1", PLAIN, [turn(5.0, 1.0), turn(5.0, 2.0, 2)], 1, id="F1 out of order"),
    pytest.param("F4", PLAIN, [sent(4.0, 2), turn(5.0, 2.0)], 1, id="F4 passed"),
    pytest.param("F4", PLAIN, [sent(2.0, 2), turn(5.0, 2.0)], 0, id="F4 before"),
    pytest.param("F4", PLAIN, [sent(4.0, 2, marks=TOKEN), turn(5.0, 2.0)], 0, id="F4 a sign-in"),
    pytest.param(
        "F4",
        PLAIN,
        [turn(3.5, 3.0, 2), sent(4.0, 2), turn(5.0, 2.0)],
        0,
        id="F4 who has fetched a token since",
    ),
    pytest.param("F4", PLAIN, [sent(4.0, 2, direct=False), turn(5.0, 2.0)], 0, id="F4 who has waited too"),
]


@pytest.mark.parametrize(("rule", "scenario", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(
    rule: str, scenario: Scenario, trace: list[object], times: int
) -> None:
    assert broken(rule, scenario, *trace) == times


def test_priced_operations_are_another_matter() -> None:
    priced = Scenario(quota=Quota(units=3, priced=True))
    assert is_priced(priced)
    assert not is_priced(PLAIN)
    assert not broken("R3", priced, looked(1.0, waiting=1, in_flight=1))
    assert not broken("R5", priced, sent(0.0, marks=Marks()), REPORT, sent(1.1, 2, 2), sent(1.2, 3, 3))


def test_the_core_keeps_them() -> None:
    run = simulate(Scenario(callers=8, quota=Quota(units=3)))
    assert not run.violations
    assert run.statuses == {200: 88}
