"""The rules of breakers, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.events import BreakerChanged
from offwire.state.breaker import BreakerPolicy, State
from offwire.testing.simulate.checks.breaker import BREAKER_CHECKS
from offwire.testing.simulate.records import GivenUp, Healed
from offwire.testing.simulate.scenario import API, Scenario
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, broken, ended, looked, sent

PLAIN = Scenario(breaker=BreakerPolicy(min_calls=2, open_for=10.0))
NONE = evolve(PLAIN, breaker=None)
CLOSED, OPEN, HALF = "closed", "open", "half open"


def change(at: float, before: str, after: str) -> BreakerChanged:
    return BreakerChanged(at=at, origin=API, before=before, after=after)


SIGNED_IN = [sent(3.0, 9, 9, TOKEN), answered(4.0, 9, 9, status=503, wait=500.0)]
FAILS = [sent(0.0), answered(1.0, status=500)]
OPENS = [*FAILS, *FAILS, change(1.0, CLOSED, OPEN)]
HALVES = [*OPENS, change(11.0, OPEN, HALF)]
PROBED = [*HALVES, sent(11.0, 2, 2), answered(12.0, 2, 2)]

TRACES = [
    pytest.param("B1", PLAIN, [*HALVES, sent(11.0, 2, 2)], 0, id="B1 in time"),
    pytest.param("B1", PLAIN, [*OPENS, sent(5.0, 2, 2)], 1, id="B1 sent while it is open"),
    pytest.param("B1", PLAIN, [*OPENS, sent(5.0, 2, 2, TOKEN)], 0, id="B1 a sign-in"),
    pytest.param("B1", PLAIN, [*OPENS, change(10.9, OPEN, HALF)], 1, id="B1 half open too early"),
    pytest.param(
        "B1",
        PLAIN,
        [sent(0.0), answered(1.0, status=503, wait=2.0), change(1.0, CLOSED, OPEN), change(3.0, OPEN, HALF)],
        0,
        id="B1 the server's wait",
    ),
    pytest.param(
        "B1",
        PLAIN,
        [*HALVES, *FAILS, change(12.0, HALF, OPEN), change(31.9, OPEN, HALF)],
        1,
        id="B1 longer the second time",
    ),
    pytest.param(
        "B1",
        PLAIN,
        [*PROBED, change(12.0, HALF, CLOSED), *FAILS, change(20.0, CLOSED, OPEN), change(30.0, OPEN, HALF)],
        0,
        id="B1 as long as before when it was closed",
    ),
    pytest.param("B1", NONE, [change(1.0, CLOSED, OPEN)], 0, id="B1 no breaker"),
    pytest.param("B2", PLAIN, [*HALVES, sent(11.0, 2, 2)], 0, id="B2 one"),
    pytest.param("B2", PLAIN, [*HALVES, sent(11.0, 2, 2), sent(11.0, 3, 3)], 1, id="B2 two"),
    pytest.param(
        "B2", PLAIN, [*HALVES, sent(11.0, 2, 2), ended(11.5, 2), sent(12.0, 3, 3)], 0, id="B2 given up"
    ),
    pytest.param(
        "B2",
        PLAIN,
        [*HALVES, sent(11.0, 2, 2), GivenUp(11.5, 2, 2), sent(12.0, 3, 3)],
        0,
        id="B2 beside another",
    ),
    pytest.param("B2", PLAIN, [*HALVES, ended(11.5, 2), sent(12.0, 3, 3)], 0, id="B2 none"),
    pytest.param("B2", PLAIN, [*HALVES, sent(11.0, 2, 2), sent(11.0, 3, 3, TOKEN)], 0, id="B2 a sign-in"),
    pytest.param(
        "B1", PLAIN, [sent(0.0), *SIGNED_IN, *OPENS, change(11.0, OPEN, HALF)], 0, id="B1 signed in"
    ),
    pytest.param("B4", PLAIN, [*FAILS, *SIGNED_IN, change(5.0, CLOSED, OPEN)], 0, id="B4 signed in"),
    pytest.param("B5", PLAIN, [*FAILS, *SIGNED_IN, change(5.0, CLOSED, OPEN)], 1, id="B5 signed in"),
    pytest.param("B2", NONE, [sent(11.0, 2, 2), sent(11.0, 3, 3)], 0, id="B2 no breaker"),
    pytest.param("B3", PLAIN, [*PROBED, change(12.0, HALF, CLOSED)], 0, id="B3 by the table"),
    pytest.param("B3", PLAIN, [change(1.0, CLOSED, HALF)], 1, id="B3 not by the table"),
    pytest.param("B3", PLAIN, [change(1.0, OPEN, HALF)], 1, id="B3 out of another state"),
    pytest.param("B4", PLAIN, [*PROBED, change(12.0, HALF, CLOSED)], 0, id="B4 by a probe"),
    pytest.param("B4", PLAIN, [change(1.0, CLOSED, OPEN)], 1, id="B4 by nothing"),
    pytest.param(
        "B4",
        PLAIN,
        [sent(0.0, 9, 9), *HALVES, answered(11.5, 9, 9, status=500), change(11.5, HALF, OPEN)],
        1,
        id="B4 by an old one",
    ),
    pytest.param("B5", PLAIN, [answered(0.5), *OPENS], 0, id="B5 two"),
    pytest.param("B5", PLAIN, [*FAILS, change(1.0, CLOSED, OPEN)], 1, id="B5 one"),
    pytest.param("B5", PLAIN, [*OPENS, change(2.0, OPEN, HALF), change(2.0, HALF, OPEN)], 0, id="B5 a probe"),
    pytest.param(
        "B6",
        PLAIN,
        [Healed(1.0), *[sent(2.0)] * 6, looked(3.0, breaker=State.CLOSED, is_last=True)],
        0,
        id="B6 closed",
    ),
    pytest.param(
        "B6",
        PLAIN,
        [Healed(1.0), *[sent(2.0)] * 6, looked(3.0, breaker=State.OPEN, is_last=True)],
        1,
        id="B6 open",
    ),
    pytest.param(
        "B6",
        PLAIN,
        [sent(0.5), Healed(1.0), looked(3.0, breaker=State.OPEN, is_last=True)],
        0,
        id="B6 no calls",
    ),
]


def test_a_rule_concerns_scenarios_with_breakers() -> None:
    assert all(each.concerns(PLAIN) and not each.concerns(NONE) for each in BREAKER_CHECKS)


@pytest.mark.parametrize(("rule", "scenario", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(
    rule: str, scenario: Scenario, trace: list[object], times: int
) -> None:
    assert broken(rule, scenario, *trace) == times
