"""The rules of reports, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.hedge_policy import HedgePolicy
from offwire.testing.simulate.checks.reports import ServerTruth
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.records import GivenUp, Reported
from offwire.testing.simulate.run import simulate
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.tokens import SignIn
from tests.sansio.testing.simulate.checks.traces import answered, broken, ended, sent

PLAIN = Scenario()
KNOWN = Scenario(quota=Quota(says="wait"))
PRICED = Scenario(quota=Quota(units=3, priced=True))
REPORT = answered(1.0, remaining=1.0, reset=2.0)
OVERTAKEN = (sent(0.0), sent(0.1, 2, 2), answered(1.0, 2, 2, remaining=1.0, reset=2.0, arrived=0.6))
"""One is left, and the first request may have been counted, or may take it."""

TRACES = [
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
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, answered(1.2, arrived=0.5, remaining=2.0, reset=2.0), sent(1.3, 3, 3)],
        0,
        id="R5 the other one had been counted",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, answered(1.2, arrived=0.8, remaining=0.0), sent(1.3, 3, 3)],
        1,
        id="R5 the other one came later",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, answered(1.2, status=429, arrived=0.8), sent(1.3, 3, 3)],
        0,
        id="R5 the other one was turned away",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, answered(2.7, arrived=2.65, remaining=5.0, reset=1.0), sent(2.8, 3, 3)],
        0,
        id="R5 the other one began a new window",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, sent(1.1, 3, 3), answered(1.2, arrived=0.5), sent(1.3, 4, 4)],
        2,
        id="R5 each of them is one too many",
    ),
    pytest.param("R5", PLAIN, [sent(0.0), answered(1.0)], 0, id="R5 no report"),
    pytest.param("R5", PLAIN, [ended(1.0)], 0, id="R5 never sent at all"),
    pytest.param(
        "R5",
        PLAIN,
        [sent(0.0), sent(0.5, 2, 2), GivenUp(0.6, 2, 2), REPORT, sent(1.1, 3, 3)],
        0,
        id="R5 a hedge was given up",
    ),
    pytest.param("R8", PLAIN, [Reported(1.0, 1, 2.0, 3.0)], 1, id="R8 raised"),
    pytest.param("R8", PLAIN, [Reported(1.0, 1, 2.0, 2.0)], 0, id="R8 fine"),
    pytest.param(
        "R5",
        PLAIN,
        [
            *(sent(0.0), sent(0.1, 2, 2), answered(0.9, 2, 2, arrived=0.6)),
            *(answered(1.0, remaining=1.0, reset=2.0, arrived=0.5), sent(1.1, 3, 3)),
        ],
        1,
        id="R5 the other one came later and was answered before",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, answered(1.2, arrived=0.6, remaining=2.0, reset=2.0), sent(1.3, 3, 3)],
        0,
        id="R5 both came at once, the other one first",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [*OVERTAKEN, answered(1.2, arrived=0.6, remaining=0.0, reset=2.0), sent(1.3, 3, 3)],
        2,
        id="R5 both came at once, the other one last",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [sent(0.0), answered(9.0, remaining=1.0, reset=6.9), sent(9.1, 2, 2), sent(9.2, 3, 3)],
        0,
        id="R5 long after its reset",
    ),
    pytest.param(
        "R5",
        PLAIN,
        [sent(0.0), answered(9.0, remaining=1.0, reset=7.0), sent(9.1, 2, 2), sent(9.2, 3, 3)],
        1,
        id="R5 shortly after its reset",
    ),
    pytest.param("R5", PRICED, [sent(0.0), REPORT, sent(1.1, 2, 2), sent(1.2, 3, 3)], 0, id="R5 priced"),
]


@pytest.mark.parametrize(("rule", "scenario", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(
    rule: str, scenario: Scenario, trace: list[object], times: int
) -> None:
    assert broken(rule, scenario, *trace) == times


@pytest.mark.parametrize(
    ("scenario", "concerns"),
    [
        pytest.param(KNOWN, True, id="a known window"),
        pytest.param(evolve(KNOWN, quota=Quota(says="wait", priced=True)), False, id="priced"),
        pytest.param(evolve(KNOWN, quota=Quota(says="wait", declared=2.0)), True, id="overrated"),
        pytest.param(evolve(KNOWN, sign_in=SignIn()), False, id="with tokens"),
        pytest.param(evolve(KNOWN, connections=1), False, id="few connections"),
        pytest.param(evolve(KNOWN, hedge=HedgePolicy()), True, id="with hedges"),
        pytest.param(evolve(KNOWN, network=Network(doubled=0.1)), True, id="doubled"),
        pytest.param(PLAIN, False, id="no limit"),
    ],
)
def test_it_concerns_servers_that_report(scenario: Scenario, concerns: bool) -> None:
    assert ServerTruth.concerns(scenario) is concerns


def test_the_core_keeps_them() -> None:
    run = simulate(Scenario(callers=8, quota=Quota(units=3, declared=0.0, kind="fixed")))
    assert not run.violations
    assert run.statuses == {200: 88}
