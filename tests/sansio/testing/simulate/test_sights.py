"""Sights are seen in the trace, and all of them come up within a few hundred seeds."""

from __future__ import annotations

import pytest

from offwire.events import BreakerChanged, QuotaWaited, RetryScheduled, TokenRefused
from offwire.state.token_box import TokenState
from offwire.testing.simulate.checks.check import Audience
from offwire.testing.simulate.fleet_sights import FLEET_SIGHTS
from offwire.testing.simulate.records import (
    Cancelled,
    Closed,
    Ended,
    GivenUp,
    Jumped,
    Marks,
    Paused,
    Reported,
    Slept,
    Strayed,
)
from offwire.testing.simulate.scenario import API, Quota, Scenario
from offwire.testing.simulate.sights import SIGHTS, Sights
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, looked, sent


def change(after: str) -> BreakerChanged:
    return BreakerChanged(at=0.0, origin=API, before="open", after=after)


def retry(reason: str) -> RetryScheduled:
    return RetryScheduled(at=1.0, call=1, reason=reason, wait=1.0)


def cancelled(phase: str) -> Cancelled:
    return Cancelled(1.0, 1, phase)


REFUSED = TokenRefused(at=1.0, call=1, generation=1, error="SignInFailed")
LATE = Ended(2.0, 1, "raised", "DeadlineExceeded")
TURN = QuotaWaited(at=1.0, call=1, waited=1.0)
UNANSWERED = answered(1.0, status=None, error="MaybeSent")
NEVER_SENT = answered(1.0, status=None, error="NeverSent")

TRACES: list[tuple[str, list[object]]] = [
    ("quota exhausted", [TURN]),
    ("backlog", [TURN, QuotaWaited(at=3.0, call=2, waited=2.1)]),
    ("refused despite the quota", [sent(0.0), answered(1.0, status=429)]),
    ("recalled", [TURN, Paused(1.0, 1, None), TURN]),
    ("stale report", [Reported(1.0, 1, 1.0, 1.0)]),
    (
        "report over an edge",
        [
            answered(9.0, remaining=1.0, reset=1.0, arrived=8.0),
            answered(9.0, remaining=1.0, reset=1.0, arrived=1.0),
        ],
    ),
    ("budget empty", [looked(1.0, budget=1.0)]),
    ("fetch joined", [looked(1.0, budget=99.0, token=TokenState.REFRESHING, seats=2)]),
    ("fetch unknown", [sent(0.0, marks=TOKEN), UNANSWERED]),
    ("fetch refused", [REFUSED]),
    (
        "token renewed",
        [sent(0.0, marks=Marks(token=1)), answered(1.0, status=401), sent(2.0, marks=Marks(token=2))],
    ),
    ("breaker opened", [change("open")]),
    ("breaker closed", [change("closed")]),
    ("circuit open", [Ended(2.0, 1, "raised", "CircuitOpen")]),
    ("probe cancelled", [change("half open"), sent(0.0), cancelled("send")]),
    ("deadline in a send", [sent(0.0), UNANSWERED, LATE]),
    ("deadline in a line", [Paused(0.0, 1, 2.0), LATE]),
    ("deadline before a retry", [sent(0.0), answered(1.0, status=500), LATE]),
    ("cancel in a send", [cancelled("send")]),
    ("cancel in a sleep", [cancelled("sleep")]),
    ("cancel in a line", [cancelled("wait")]),
    ("cancel in a race", [cancelled("race")]),
    ("cancel of a shielded send", [cancelled("shielded")]),
    ("clock set in a wait", [Slept(0.0, 1, 2.0), Jumped(1.0, 5.0, 0.0)]),
    ("retry after never sent", [retry("NeverSent")]),
    ("retry after maybe sent", [retry("MaybeSent")]),
    ("retry after a refusal", [retry("429")]),
    ("hedge won", [sent(0.0), sent(0.5, 1, 2), answered(1.0, 1, 2), GivenUp(1.0, 1, 1)]),
    ("hedge lost", [sent(0.0), sent(0.5, 1, 2), answered(1.0, 1, 1), GivenUp(1.0, 1, 2)]),
    ("request strayed", [Strayed(1.0, 1, 1)]),
    ("went elsewhere", [sent(1.0, marks=Marks("elsewhere"))]),
    ("closed midway", [Closed(1.0)]),
]

QUIET: list[object] = [
    sent(0.0),
    answered(1.0),
    NEVER_SENT,
    retry("503"),
    change("half open"),
    looked(1.0, budget=99.0),
    Jumped(1.0, 5.0, 0.0),
    cancelled("ask"),
    Ended(2.0, 1, "returned", ""),
]


KNOWN = Scenario(quota=Quota(per=0.5, says="wait"))


def seen(trace: list[object], scenario: Scenario = KNOWN) -> set[str]:
    sights = Sights(scenario)
    handlers = Audience([sights]).handlers
    for record in trace:
        for handler in handlers.get(type(record), ()):
            handler(record)
    return sights.seen


@pytest.mark.parametrize(("name", "trace"), TRACES, ids=[name for name, _ in TRACES])
def test_a_sight_is_seen(name: str, trace: list[object]) -> None:
    assert name in seen(trace)


@pytest.mark.parametrize(
    ("scenario", "trace"),
    [
        pytest.param(KNOWN, [TURN], id="a short one"),
        pytest.param(KNOWN, [TURN, QuotaWaited(at=3.0, call=2, waited=1.9)], id="with a gap"),
        pytest.param(
            Scenario(quota=Quota(per=0.5)), [QuotaWaited(at=3.0, call=2, waited=2.9)], id="of another kind"
        ),
        pytest.param(Scenario(), [QuotaWaited(at=3.0, call=2, waited=2.9)], id="without a limit"),
    ],
)
def test_some_waits_are_no_backlog(scenario: Scenario, trace: list[object]) -> None:
    assert "backlog" not in seen(trace, scenario)


def test_without_a_limit_a_wait_is_for_the_first_answer() -> None:
    assert seen([TURN], Scenario()) == set()


def test_where_nothing_happens_nothing_is_seen() -> None:
    assert seen(QUIET) == set()


def test_all_of_them_have_a_trace() -> None:
    assert [*(name for name, _ in TRACES), *FLEET_SIGHTS] == list(SIGHTS)
