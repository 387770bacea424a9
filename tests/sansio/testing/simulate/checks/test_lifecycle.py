"""The rules of a call's life and of secrets, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest

from offwire.events import CallEnded, CallStarted
from offwire.hedge_policy import HedgePolicy
from offwire.state.breaker import BreakerPolicy, State
from offwire.state.line import Place
from offwire.state.token_box import TokenState
from offwire.testing.simulate.records import (
    Cancelled,
    Closed,
    GivenUp,
    Marks,
    Paused,
    Shown,
    Slept,
    Stuck,
)
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.shared_store import Shared
from tests.sansio.testing.simulate.checks.traces import answered, began, broken, ended, looked, sent

START = CallStarted(at=0.0, call=1, operation="read", method="GET", url="/")
END = CallEnded(at=1.0, call=1, operation="read", status=200, error=None, attempts=1, waited=0.0, elapsed=1.0)
WHOLE = [began(), START, END, ended(1.0)]
LAST = looked(9.0, active=0, is_last=True)
LOST = answered(0.2, status=None, error="MaybeSent")
BREAKERS = 3 * (BreakerPolicy().window + BreakerPolicy().probes)
MOST = 16 + BREAKERS
OVERRATED = Scenario(breaker=None, quota=Quota(units=10, declared=3.0))
SHARING = Scenario(breaker=None, quota=Quota(units=10), processes=2, store=Shared())

TRACES = [
    pytest.param("L1", [*WHOLE, LAST], 0, id="L1 one end"),
    pytest.param("L1", [*WHOLE, END], 1, id="L1 told twice"),
    pytest.param("L1", [*WHOLE, ended(1.0)], 1, id="L1 ended twice"),
    pytest.param("L1", [began(), START, ended(1.0)], 1, id="L1 not told"),
    pytest.param("L1", [*WHOLE, sent(2.0)], 1, id="L1 sent after its end"),
    pytest.param("L1", [began(), START, sent(1.0), looked(2.0), LAST], 1, id="L1 no end"),
    pytest.param("L2", [Stuck(1.0, (1, 2))], 1, id="L2 stuck"),
    pytest.param("L3", [looked(1.0, in_use=1), LAST], 0, id="L3 nothing is held"),
    pytest.param("L3", [looked(1.0, in_use=1, is_last=True)], 1, id="L3 a connection"),
    pytest.param("L3", [looked(1.0, in_flight=1, is_last=True)], 1, id="L3 a permit"),
    pytest.param("L3", [looked(1.0, breaker=State.HALF_OPEN, probes=1, is_last=True)], 1, id="L3 a probe"),
    pytest.param("L3", [looked(1.0, token=TokenState.REFRESHING, is_last=True)], 1, id="L3 a lease"),
    pytest.param("L3", [looked(1.0, token=TokenState.FRESH, is_last=True)], 0, id="L3 a token"),
    pytest.param("L4", [began(), ended(1.0)], 0, id="L4 no cancel"),
    pytest.param("L4", [Cancelled(1.0, 1, "wait"), ended(1.0, how="cancelled")], 0, id="L4 at once"),
    pytest.param("L4", [Cancelled(1.0, 1, "wait"), ended(1.1, how="cancelled")], 1, id="L4 late"),
    pytest.param("L4", [Cancelled(1.0, 1, "wait"), ended(1.0)], 1, id="L4 not at all"),
    pytest.param("L4", [Cancelled(1.0, 1, "shielded"), ended(2.0, how="cancelled")], 0, id="L4 shielded"),
    pytest.param("L4", [Cancelled(1.0, 1, "shielded"), sent(1.5)], 1, id="L4 sent"),
    pytest.param("L4", [Cancelled(1.0, 1, "shielded"), sent(1.5, shielded=True)], 0, id="L4 sent, shielded"),
    pytest.param("L5", [looked(1.0)], 0, id="L5 not counted"),
    pytest.param("L5", [looked(1.0, active=3, held=MOST + 6)], 0, id="L5 two for each call"),
    pytest.param("L5", [looked(1.0, active=3, held=MOST + 7)], 1, id="L5 more"),
    pytest.param("L5", [sent(0.0), ended(0.5), looked(1.0, held=MOST + 3)], 0, id="L5 one given up"),
    pytest.param("L5", [sent(0.0), LOST, ended(0.5), looked(1.0, held=MOST + 3)], 0, id="L5 one lost"),
    pytest.param(
        "L5",
        [sent(0.0), sent(0.1, 1, 2), GivenUp(0.4, 1, 2), answered(0.4), looked(1.0, held=MOST + 3)],
        0,
        id="L5 one of two was given up",
    ),
    pytest.param("L5", [sent(0.0), answered(0.5), looked(1.0, held=MOST + 3)], 1, id="L5 one answered"),
    pytest.param(
        "L5",
        [sent(0.0), sent(0.1, 2, 2), answered(0.5, 2, 2), looked(1.0, held=MOST + 3)],
        1,
        id="L5 one answered, beside another",
    ),
    pytest.param(
        "L5",
        [sent(0.0), sent(0.1, 1, 2), answered(0.5), GivenUp(0.5, 1, 2), looked(1.0, held=MOST + 1)],
        0,
        id="L5 a hedge that has lost",
    ),
    pytest.param(
        "L5",
        [
            sent(0.0),
            LOST,
            sent(61.0, 2, 2),
            answered(61.0, 2, 2, None, "MaybeSent"),
            looked(62.0, held=MOST + 4),
        ],
        1,
        id="L5 one lost long ago",
    ),
    pytest.param("L7", [looked(1.0), looked(2.0)], 0, id="L7 on"),
    pytest.param("L7", [looked(2.0), looked(3.0, monotonic=1.0)], 1, id="L7 back"),
    pytest.param("L8", [sent(0.5), Slept(0.5, 1, 1.0), Closed(1.0), ended(1.0)], 0, id="L8 in that step"),
    pytest.param("L8", [Closed(1.0), sent(1.0)], 1, id="L8 sent"),
    pytest.param("L8", [Closed(1.0), Slept(1.0, 1, 2.0)], 1, id="L8 slept"),
    pytest.param("L8", [Closed(1.0), Paused(1.0, 1, None)], 1, id="L8 waits"),
    pytest.param("L8", [Closed(1.0), ended(1.1)], 1, id="L8 late"),
    pytest.param("S1", [Shown(1.0, 1, "an error")], 1, id="S1"),
    pytest.param("S2", [sent(1.0), sent(1.0, marks=Marks(leak="url"))], 0, id="S2 none"),
    pytest.param("S2", [sent(1.0, marks=Marks(leak="origin"))], 1, id="S2 elsewhere"),
    pytest.param("S3", [sent(1.0), sent(1.0, marks=Marks(leak="origin"))], 0, id="S3 none"),
    pytest.param("S3", [sent(1.0, marks=Marks(leak="url"))], 1, id="S3 in a URL"),
]


OVERLAPPING: list[object] = [sent(0.0), sent(0.1, 2, 2), answered(0.5, 2, 2)]


@pytest.mark.parametrize(
    ("says", "trace", "more"),
    [
        pytest.param("fields", OVERLAPPING, 1, id="an older one is under way"),
        pytest.param("wait", OVERLAPPING, 0, id="a server that does not report"),
        pytest.param("fields", [sent(0.0), answered(0.5)], 0, id="none is under way"),
        pytest.param("fields", [sent(0.0), answered(0.5), sent(0.6, 2, 2)], 0, id="a younger one is"),
        pytest.param("fields", [sent(-70.0), *OVERLAPPING[1:], sent(70.0, 3, 3)], 0, id="a minute ago"),
    ],
)
def test_what_a_report_may_not_have_counted_may_be_held(says: str, trace: list[object], more: int) -> None:
    scenario = Scenario(breaker=None, quota=Quota(units=10, says=says))
    at = 70.0 if len(trace) == 4 else 1.0
    for held, times in ((28 + more, 0), (29 + more, 1)):
        assert broken("L5", scenario, *trace, looked(at, active=1, held=held)) == times


@pytest.mark.parametrize(
    ("scenario", "held", "times"),
    [
        pytest.param(Scenario(breaker=None), 18, 0, id="none"),
        pytest.param(Scenario(breaker=None), 19, 1, id="none, and more"),
        pytest.param(Scenario(breaker=None, hedge=HedgePolicy(most=2)), 22, 0, id="hedges"),
        pytest.param(Scenario(breaker=None, hedge=HedgePolicy(most=2)), 23, 1, id="hedges, and more"),
        pytest.param(Scenario(breaker=None, quota=Quota(units=10)), 28, 0, id="a quota"),
        pytest.param(Scenario(breaker=None, quota=Quota(units=10)), 29, 1, id="a quota, and more"),
        pytest.param(OVERRATED, 48, 0, id="a quota that is taken for another one"),
        pytest.param(OVERRATED, 49, 1, id="a quota that is taken for another one, and more"),
        pytest.param(SHARING, 48, 0, id="a shared quota"),
        pytest.param(SHARING, 49, 1, id="a shared quota, and more"),
    ],
)
def test_what_is_declared_may_be_held(scenario: Scenario, held: int, times: int) -> None:
    assert broken("L5", scenario, looked(1.0, active=1, held=held)) == times


@pytest.mark.parametrize(("rule", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(rule: str, trace: list[object], times: int) -> None:
    assert broken(rule, Scenario(), *trace) == times


@pytest.mark.parametrize(("more", "times"), [(0, 0), (1, 1)])
def test_who_waits_in_a_place_is_found_by_more_ways(more: int, times: int) -> None:
    """By its turn and its flow; and two places in one priority are ranked, in two rankings."""
    places = (Place(1, "a"), Place(1, "b"))
    most = MOST + 3 * len(places) + 11 * 2 + 4 * 3
    scenario = Scenario(places=places)
    assert broken("L5", scenario, looked(1.0, active=3, held=most + more)) == times
