"""What a tally counts is what happened."""

from __future__ import annotations

import pytest

from offwire.events import (
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    Event,
    HedgeSent,
    QuotaWaited,
    RetryScheduled,
    TokenRequested,
)
from offwire.testing.simulate.series import Series
from offwire.testing.simulate.tally import Tally


def started(at: float, call: int, operation: str = "read") -> Event:
    return CallStarted(at=at, call=call, operation=operation, method="GET", url="")


def sent(at: float, call: int) -> Event:
    return AttemptStarted(at=at, call=call, attempt=1, method="GET", url="")


def answered(at: float, call: int, status: int | None, elapsed: float) -> Event:
    error = "Timeout" if status is None else None
    return AttemptEnded(at=at, call=call, attempt=1, status=status, error=error, elapsed=elapsed)


def ended(at: float, call: int, error: str | None, elapsed: float) -> Event:
    return CallEnded(
        at=at, call=call, operation="", status=None, error=error, attempts=1, waited=0.0, elapsed=elapsed
    )


STORY: list[Event] = [
    started(0.0, 1),
    started(0.0, 2),
    started(0.0, 3, "write"),
    TokenRequested(at=0.0, call=1, generation=1),
    QuotaWaited(at=1.0, call=1, waited=1.0),
    sent(1.0, 1),
    sent(1.0, 2),
    answered(1.5, 1, 429, 0.5),
    RetryScheduled(at=1.5, call=1, reason="429", wait=2.0),
    answered(2.0, 2, 503, 1.0),
    ended(2.0, 2, "ServerError", 2.0),
    sent(3.5, 1),
    answered(4.0, 1, 200, 0.5),
    ended(4.0, 1, None, 4.0),
    sent(4.0, 3),
    answered(9.0, 3, None, 5.0),
    sent(9.5, 3),
    AttemptEnded(at=10.0, call=3, attempt=2, status=None, error="Cancelled", elapsed=0.5),
    ended(10.0, 3, "Cancelled", 10.0),
]


def test_a_story() -> None:
    tally = Tally(["read", "write"], Series(1.0))
    seen = []
    for event in STORY:
        tally(event)
        seen.append((tally.queue, tally.in_flight))
    tally.used("write", 2.5)
    assert seen[2] == (3, 0)
    assert seen[6] == (1, 2)
    assert seen[7] == (2, 1)
    assert seen[-1] == (0, 0)
    whole, kinds = tally.figures()
    read, write = kinds["read"], kinds["write"]
    assert (read.calls, read.done, read.failed, read.unfinished) == (2, 1, 1, 0)
    assert (read.attempts, read.retries, read.throttled, read.errors) == (3, 1, 1, 1)
    assert (read.wait_p50, read.wait_p95, read.wait_most) == (1.0, 3.0, 3.0)
    assert (read.latency_p50, read.latency_p95, read.units) == (4.0, 4.0, 0.0)
    assert (write.calls, write.done, write.unfinished, write.errors, write.units) == (1, 0, 1, 1, 2.5)
    assert (whole.calls, whole.attempts, whole.errors, whole.units) == (3, 5, 2, 2.5)
    assert whole.wait_most == 3.0
    assert tally.failures == {"ServerError": 1}
    assert (tally.token_requests, tally.ended_at) == (1, 4.0)


def test_requests_side_by_side_are_one_time_under_way() -> None:
    tally = Tally(["read"], Series(1.0))
    for event in (
        started(0.0, 1),
        sent(1.0, 1),
        HedgeSent(at=1.5, call=1, waited=0.5),
        sent(1.5, 1),
        answered(2.0, 1, 200, 0.5),
        AttemptEnded(at=2.0, call=1, attempt=1, status=None, error="Cancelled", elapsed=1.0),
        ended(2.0, 1, None, 2.0),
    ):
        tally(event)
    whole, _ = tally.figures()
    assert (whole.attempts, whole.hedges, whole.retries, whole.errors) == (2, 1, 0, 0)
    assert (whole.wait_most, whole.latency_p50) == (1.0, 2.0)
    assert tally.in_flight == 0


def test_over_time() -> None:
    tally = Tally(["read", "write"], Series(1.0))
    for event in STORY:
        tally(event)
    spans = tally.series.timeline().spans
    assert [each.attempts for each in spans] == [0, 2, 0, 1, 1, 0, 0, 0, 0, 1]
    assert [each.throttled for each in spans[:3]] == [0, 1, 0]
    assert [each.errors for each in spans[:3]] == [0, 0, 1]
    assert [each.retries for each in spans[:3]] == [0, 1, 0]
    assert (spans[2].failed, spans[4].done) == (1, 1)
    assert (spans[2].wait_p50, spans[3].wait_p50, spans[4].wait_p95) == (1.0, None, 3.0)


def test_an_operation_that_is_not_planned_is_refused() -> None:
    with pytest.raises(KeyError):
        Tally(["read"], Series(1.0))(started(0.0, 1, "other"))
