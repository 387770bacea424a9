"""The rules of quotas, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.events import AttemptEnded, QuotaWaited
from offwire.hedge_policy import HedgePolicy
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.checks.quota import Throughput, ZeroRefusals
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.records import GivenUp, Strayed, Visited
from offwire.testing.simulate.run import simulate
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.tokens import SignIn
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, broken, ended, looked, sent

PLAIN = Scenario()
LIMITED = Scenario(quota=Quota(units=3, per=1.0))
BUCKET = Scenario(quota=Quota(kind="bucket", units=3, per=1.0))
HEDGED = Scenario(hedge=HedgePolicy(most=2))
FEW = Scenario(quota=Quota(kind="concurrency", units=3))
STRAYED = Strayed(0.0, 1, 1)
THREE = (Visited(0.0, 1.0, True), Visited(0.5, 1.0, True), Visited(0.9, 1.0, True))


def done(at: float, error: str | None = None) -> AttemptEnded:
    return AttemptEnded(at=at, call=1, attempt=1, status=200, error=error, elapsed=0.0)


def turn(at: float, waited: float, call: int = 1) -> QuotaWaited:
    return QuotaWaited(at=at, call=call, waited=waited)


TURNS = [*(turn(1.0, 0.95),) * 3, *(turn(2.0, 1.05),) * 3]

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
    pytest.param("R4", LIMITED, [*TURNS, turn(3.0, 2.0)], 0, id="R4 three in each period"),
    pytest.param("R4", LIMITED, [*TURNS[:3], turn(3.2, 2.3)], 1, id="R4 too few"),
    pytest.param("R4", LIMITED, [*TURNS, turn(9.0, 0.9)], 0, id="R4 nobody waited in between"),
    pytest.param("R4", LIMITED, [sent(0.0), *TURNS[:3], turn(3.2, 2.3)], 0, id="R4 one takes long"),
    pytest.param(
        "R4", LIMITED, [sent(0.0), *TURNS[:3], answered(2.5), turn(3.2, 2.3)], 0, id="R4 one has taken long"
    ),
    pytest.param(
        "R4", LIMITED, [sent(0.0), *TURNS[:3], ended(2.5), turn(3.2, 2.3)], 0, id="R4 one was given up"
    ),
    pytest.param(
        "R4", LIMITED, [sent(0.0), answered(0.1), *TURNS[:3], turn(3.2, 2.3)], 1, id="R4 all are fast"
    ),
    pytest.param(
        "R4", LIMITED, [*TURNS[:3], answered(1.2, status=429), turn(3.1, 2.2)], 0, id="R4 sent away"
    ),
    pytest.param(
        "R4",
        LIMITED,
        [TURNS[0], sent(1.0, 7, 7), answered(1.0, 7, 7), turn(1.1, 0.1, 2)],
        0,
        id="R4 one went at once",
    ),
    pytest.param(
        "R4",
        LIMITED,
        [TURNS[0], sent(1.0), answered(1.0), turn(1.1, 0.1, 2)],
        1,
        id="R4 one had its turn and went",
    ),
    pytest.param("R4", FEW, [*TURNS[:3], turn(3.2, 2.3)], 0, id="R4 of another kind"),
    pytest.param("R4", PLAIN, [*TURNS[:3], turn(3.2, 2.3)], 0, id="R4 no limit"),
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
    pytest.param("R7", HEDGED, [looked(1.0, active=1, in_flight=3)], 0, id="R7 two hedges"),
    pytest.param("R7", HEDGED, [looked(1.0, active=1, in_flight=4)], 1, id="R7 more than hedges"),
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
    pytest.param("R10", evolve(PLAIN, connections=1), [sent(0.0), sent(0.1, 1, 2)], 1, id="R10 a hedge"),
    pytest.param(
        "R10",
        evolve(PLAIN, connections=2),
        [
            sent(0.0),
            sent(0.1, 1, 2),
            answered(0.2, 1, 2),
            GivenUp(0.2, 1, 1),
            sent(0.3, 2, 3),
            sent(0.3, 3, 4),
        ],
        0,
        id="R10 a hedge that has won",
    ),
]


@pytest.mark.parametrize(("rule", "scenario", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(
    rule: str, scenario: Scenario, trace: list[object], times: int
) -> None:
    assert broken(rule, scenario, *trace) == times


KNOWN = Scenario(quota=Quota(says="wait"))


@pytest.mark.parametrize(
    ("scenario", "concerned"),
    [
        pytest.param(KNOWN, {ZeroRefusals, Throughput}, id="a known window"),
        pytest.param(LIMITED, {ZeroRefusals}, id="one that reports"),
        pytest.param(evolve(KNOWN, quota=Quota(says="wait", priced=True)), {ZeroRefusals}, id="priced"),
        pytest.param(evolve(KNOWN, quota=Quota(says="wait", declared=2.0)), set(), id="overrated"),
        pytest.param(FEW, {ZeroRefusals}, id="no window"),
        pytest.param(evolve(KNOWN, sign_in=SignIn()), {ZeroRefusals}, id="with tokens"),
        pytest.param(evolve(KNOWN, connections=1), {ZeroRefusals}, id="few connections"),
        pytest.param(evolve(KNOWN, hedge=HedgePolicy()), {ZeroRefusals}, id="with hedges"),
        pytest.param(evolve(KNOWN, network=Network(doubled=0.1)), {Throughput}, id="doubled"),
        pytest.param(PLAIN, set(), id="no limit"),
    ],
)
def test_a_rule_concerns_scenarios_that_have_its_subject(
    scenario: Scenario, concerned: set[type[Check]]
) -> None:
    assert {each for each in (ZeroRefusals, Throughput) if each.concerns(scenario)} == concerned


def test_priced_operations_are_another_matter() -> None:
    priced = Scenario(quota=Quota(units=3, priced=True))
    assert not broken("R3", priced, looked(1.0, waiting=1, in_flight=1))


def test_the_core_keeps_them() -> None:
    run = simulate(Scenario(callers=8, quota=Quota(units=3)))
    assert not run.violations
    assert run.statuses == {200: 88}
