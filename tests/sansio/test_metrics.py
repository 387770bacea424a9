"""Metrics: what is counted of which event, and quantiles that are right to 5 %."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.events import (
    AttemptEnded,
    AttemptStarted,
    BreakerChanged,
    CallEnded,
    CallStarted,
    Event,
    HedgeSent,
    QuotaWaited,
    Redirected,
    RetryScheduled,
    TokenReceived,
    TokenRefused,
    TokenRequested,
)
from offwire.metrics import Metrics, MetricsSnapshot


def ended(elapsed: float = 1.0, *, error: str | None = None, waited: float = 0.0) -> CallEnded:
    return CallEnded(
        at=0.0, call=1, operation="", status=None, error=error, attempts=1, waited=waited, elapsed=elapsed
    )


def attempt(status: int | None, error: str | None = None) -> AttemptEnded:
    return AttemptEnded(at=0.0, call=1, attempt=1, status=status, error=error, elapsed=1.0)


def told(*events: Event) -> MetricsSnapshot:
    metrics = Metrics()
    for each in events:
        metrics(each)
    return metrics.snapshot()


def test_in_the_beginning_all_is_zero() -> None:
    seen = told()
    assert seen == MetricsSnapshot(
        calls=0,
        failures=0,
        attempts=0,
        retries=0,
        hedges=0,
        token_requests=0,
        statuses={},
        errors={},
        waited=0.0,
        durations={},
    )
    assert (seen.throttled, seen.duration(0.5)) == (0, 0.0)


def test_each_event_counts_as_what_it_is() -> None:
    seen = told(
        attempt(200),
        attempt(429),
        attempt(429),
        attempt(None, "MaybeSent"),
        attempt(None, "Cancelled"),
        RetryScheduled(at=0.0, call=1, reason="429", wait=1.0),
        HedgeSent(at=0.0, call=1, waited=0.1),
        TokenRequested(at=0.0, call=1, generation=1),
        ended(waited=1.5),
        ended(error="Cancelled", waited=0.5),
    )
    assert seen.hedges == 1
    assert (seen.calls, seen.failures, seen.attempts, seen.retries, seen.token_requests) == (2, 1, 5, 1, 1)
    assert (seen.statuses, seen.throttled) == ({200: 1, 429: 2}, 2)
    assert seen.errors == {"MaybeSent": 1, "Cancelled": 1}
    assert seen.waited == 2.0


@pytest.mark.parametrize(
    "event",
    [
        CallStarted(at=0.0, call=1, operation="", method="GET", url=""),
        AttemptStarted(at=0.0, call=1, attempt=1, method="GET", url=""),
        QuotaWaited(at=0.0, call=1, waited=1.0),
        TokenReceived(at=0.0, call=1, generation=1, lifetime=None),
        TokenRefused(at=0.0, call=1, generation=1, error=""),
        BreakerChanged(at=0.0, origin="", before="", after=""),
        Redirected(at=0.0, call=1, status=302, url=""),
    ],
    ids=lambda event: type(event).__name__,
)
def test_other_events_are_not_counted(event: Event) -> None:
    assert told(event) == told()


def test_a_snapshot_does_not_change() -> None:
    metrics = Metrics()
    metrics(attempt(200))
    before = metrics.snapshot()
    metrics(attempt(200))
    metrics(ended())
    assert (before.statuses, before.calls, before.durations) == ({200: 1}, 0, {})


@given(
    durations=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=50),
    share=st.floats(0, 1),
)
def test_a_quantile_is_right_to_five_percent(durations: list[float], share: float) -> None:
    exact = sorted(durations)[max(1, ceil(share * len(durations))) - 1]
    assert exact * (1 - 1e-9) <= told(*map(ended, durations)).duration(share) <= exact * 1.05 * (1 + 1e-9)


@pytest.mark.parametrize("elapsed", [0.0, 1e-9, -1.0])
def test_what_is_too_short_to_measure_counts_as_the_shortest(elapsed: float) -> None:
    assert told(ended(elapsed)).duration(1.0) == 1e-6


def test_memory_is_bounded() -> None:
    metrics = Metrics()
    for number in range(20_000):
        metrics(ended(number * 0.01))
    assert len(metrics.snapshot().durations) < 400
    assert "durations" not in repr(metrics.snapshot())
