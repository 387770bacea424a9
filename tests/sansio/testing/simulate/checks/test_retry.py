"""The rules of retries, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.backoff import Constant
from offwire.events import HedgeSent, Redirected, RetryScheduled, TokenRequested
from offwire.retry_policy import RetryPolicy
from offwire.state.retry_budget import NoBudget, TokenBudget
from offwire.testing.simulate.checks.retry import DeadlineIsKept
from offwire.testing.simulate.records import Asked, Marks, Paused, Replied, Slept
from offwire.testing.simulate.scenario import Scenario
from offwire.testing.simulate.tokens import SignIn
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, began, broken, ended, looked, sent

PLAIN = Scenario(retry=RetryPolicy(max_attempts=2, budget=TokenBudget(capacity=30.0)))
FREE = Scenario(retry=RetryPolicy(budget=NoBudget(), backoff=Constant(1.0)))
ROTATING = evolve(PLAIN, sign_in=SignIn(rotating=True))
FETCH = TokenRequested(at=0.5, call=1, generation=1)
SHIELDED = sent(1.0, marks=TOKEN)._replace(shielded=True)
UNSAFE = began(safety="unknown")


def retry(at: float = 1.0, reason: str = "503", wait: float = 0.5) -> RetryScheduled:
    return RetryScheduled(at=at, call=1, reason=reason, wait=wait)


def keyed(call: int, exchange: int, key: str) -> object:
    return sent(1.0, call, exchange, Marks(key=key))


HEDGE = HedgeSent(at=1.0, call=1, waited=0.1)
HOP = Redirected(at=1.0, call=1, status=302, url="/")
LATE = began(deadline=2.0)

ASKED = Asked(1.0, 1, "Load")
TRACES = [
    pytest.param("Y1", PLAIN, [sent(1.0)] * 4, 0, id="Y1 with two fresh tokens"),
    pytest.param("Y1", PLAIN, [sent(1.0)] * 5, 1, id="Y1 too often"),
    pytest.param("Y1", PLAIN, [HOP, *[sent(1.0)] * 5], 0, id="Y1 over two hops"),
    pytest.param("Y1", PLAIN, [sent(1.0, marks=TOKEN)] * 9, 0, id="Y1 sign-ins"),
    pytest.param("Y1", PLAIN, [retry()] * 2, 0, id="Y1 within the budget"),
    pytest.param("Y1", PLAIN, [retry()] * 3, 1, id="Y1 over the budget"),
    pytest.param("Y1", PLAIN, [retry(reason="429")] * 6, 0, id="Y1 refusals cost less"),
    pytest.param("Y1", PLAIN, [answered(0.5), *[retry()] * 3], 0, id="Y1 earned"),
    pytest.param("Y1", FREE, [answered(0.5), *[retry()] * 30], 0, id="Y1 no budget"),
    pytest.param("Y1", PLAIN, [answered(0.5, status=500), *[retry()] * 3], 1, id="Y1 not earned"),
    pytest.param("Y1", PLAIN, [looked(1.0)], 0, id="Y1 tokens"),
    pytest.param("Y1", PLAIN, [looked(1.0, budget=-1.0)], 1, id="Y1 tokens below nothing"),
    pytest.param("Y1", PLAIN, [HEDGE, retry(), HEDGE], 1, id="Y1 hedges over the budget"),
    pytest.param("Y2", PLAIN, [retry()] * 2, 0, id="Y2 two"),
    pytest.param("Y2", PLAIN, [HEDGE, retry()], 0, id="Y2 one of them a hedge"),
    pytest.param("Y2", PLAIN, [HEDGE, retry(), HEDGE], 1, id="Y2 hedges"),
    pytest.param("Y3", PLAIN, [began(), sent(1.0), sent(1.5, 1, 2)], 0, id="Y3 a hedge"),
    pytest.param("Y3", PLAIN, [UNSAFE, sent(1.0), sent(1.5, 1, 2)], 1, id="Y3 an unsafe hedge"),
    pytest.param("Y2", PLAIN, [retry()] * 3, 1, id="Y2 three"),
    pytest.param("Y2", FREE, [retry()] * 30, 0, id="Y2 no budget"),
    pytest.param("Y2", PLAIN, [retry(), answered(1.0), retry(), retry()], 0, id="Y2 with a success"),
    pytest.param("Y2", PLAIN, [retry(), answered(1.0, status=500), retry(), retry()], 1, id="Y2 with none"),
    pytest.param("Y3", PLAIN, [began(), sent(1.0), answered(2.0, status=500), sent(3.0)], 0, id="Y3 safe"),
    pytest.param("Y3", PLAIN, [UNSAFE, sent(1.0), answered(2.0, status=500), sent(3.0)], 1, id="Y3 unsafe"),
    pytest.param("Y3", PLAIN, [UNSAFE, sent(1.0), answered(2.0, status=429), sent(3.0)], 0, id="Y3 refused"),
    pytest.param("Y3", PLAIN, [UNSAFE, sent(1.0), answered(2.0, status=307), sent(3.0)], 0, id="Y3 followed"),
    pytest.param(
        "Y3", PLAIN, [UNSAFE, sent(1.0), answered(2.0, status=500), sent(3.0, method="GET")], 0, id="Y3 a GET"
    ),
    pytest.param(
        "Y3",
        PLAIN,
        [UNSAFE, sent(1.0), answered(2.0, status=None, error="NeverSent"), sent(3.0)],
        0,
        id="Y3 never sent",
    ),
    pytest.param(
        "Y3",
        PLAIN,
        [UNSAFE, sent(1.0), answered(2.0, status=None, error="MaybeSent"), sent(3.0)],
        1,
        id="Y3 maybe sent",
    ),
    pytest.param(
        "Y3",
        PLAIN,
        [UNSAFE, sent(1.0, marks=TOKEN), answered(2.0, status=500), sent(3.0)],
        0,
        id="Y3 a sign-in",
    ),
    pytest.param("Y4", PLAIN, [keyed(1, 1, "a"), keyed(1, 2, "a"), keyed(2, 3, "b")], 0, id="Y4 kept"),
    pytest.param("Y4", PLAIN, [keyed(1, 1, "a"), keyed(1, 2, "b")], 1, id="Y4 changed"),
    pytest.param("Y4", PLAIN, [keyed(1, 1, "a"), keyed(2, 2, "a")], 1, id="Y4 shared"),
    pytest.param("Y4", PLAIN, [keyed(1, 1, "a"), sent(1.0, marks=TOKEN)], 0, id="Y4 a sign-in"),
    pytest.param("Y5", PLAIN, [answered(1.0, status=503, wait=2.0), sent(2.9)], 1, id="Y5 early"),
    pytest.param("Y5", PLAIN, [answered(1.0, status=503, wait=2.0), sent(3.0)], 0, id="Y5 in time"),
    pytest.param(
        "Y5",
        PLAIN,
        [sent(0.0, marks=TOKEN), answered(1.0, status=503, wait=2.0), sent(1.1, exchange=2)],
        0,
        id="Y5 a sign-in",
    ),
    pytest.param("Y5", PLAIN, [retry(wait=20.0)], 0, id="Y5 the cap"),
    pytest.param("Y5", PLAIN, [retry(wait=20.1)], 1, id="Y5 above the cap"),
    pytest.param("Y5", PLAIN, [answered(1.0, status=503, wait=60.0), retry(wait=60.0)], 0, id="Y5 asked"),
    pytest.param("Y5", FREE, [retry(wait=-1.0)], 1, id="Y5 below nothing"),
    pytest.param(
        "Y6", PLAIN, [LATE, sent(1.9), Slept(1.9, 1, 1.95), Paused(1.9, 1, 2.0), ended(2.0)], 0, id="Y6"
    ),
    pytest.param("Y6", PLAIN, [LATE, sent(2.0)], 1, id="Y6 sent"),
    pytest.param("Y6", PLAIN, [LATE, Slept(1.0, 1, 2.0)], 1, id="Y6 slept"),
    pytest.param("Y6", PLAIN, [LATE, Paused(1.0, 1, None)], 1, id="Y6 waits without end"),
    pytest.param("Y6", PLAIN, [LATE, Paused(1.0, 1, 2.1)], 1, id="Y6 waits too long"),
    pytest.param("Y6", PLAIN, [LATE, ended(2.1)], 1, id="Y6 ended"),
    pytest.param("Y6", PLAIN, [LATE, ASKED, Replied(2.1, 1, "Load", ""), ended(2.1)], 0, id="Y6 a store"),
    pytest.param("Y6", PLAIN, [LATE, ASKED, ended(2.1)], 0, id="Y6 a store that is asked"),
    pytest.param("Y6", PLAIN, [LATE, Replied(1.9, 1, "Load", ""), ended(2.1)], 1, id="Y6 after a store"),
    pytest.param("Y6", PLAIN, [began(), Paused(1.0, 1, None), ended(9.0)], 0, id="Y6 no deadline"),
    pytest.param("Y6", ROTATING, [LATE, FETCH, ended(2.1)], 1, id="Y6 a token that is not yet asked for"),
    pytest.param("Y6", PLAIN, [LATE, sent(1.0), ended(2.1)], 1, id="Y6 nothing is used up"),
    pytest.param("Y6", PLAIN, [LATE, SHIELDED, ended(2.1)], 0, id="Y6 a token that may not be lost"),
    pytest.param("Y6", PLAIN, [LATE, SHIELDED._replace(at=2.0)], 1, id="Y6 a token asked for too late"),
]


def test_deadlines_concern_scenarios_that_have_some() -> None:
    assert DeadlineIsKept.concerns(evolve(PLAIN, deadlines=0.5))
    assert not DeadlineIsKept.concerns(PLAIN)


@pytest.mark.parametrize(("rule", "scenario", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(
    rule: str, scenario: Scenario, trace: list[object], times: int
) -> None:
    assert broken(rule, scenario, *trace) == times
