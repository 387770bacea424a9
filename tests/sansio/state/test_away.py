"""What a program keeps to while the store of a shared limit is away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.quota_store import SharedBy
from offwire.state.away import FailClosed, FailOpen, LocalShare
from offwire.state.limits import CLOCK_DRIFT, BucketLimit, ConcurrencyLimit, WindowLimit

WINDOW = WindowLimit(100, 60.0, min_rtt=0.1)
BUCKET = BucketLimit(capacity=40, per_second=4.0)
CALLS = ConcurrencyLimit(20)


@pytest.mark.parametrize("limit", [WINDOW, BUCKET, CALLS], ids=["window", "bucket", "concurrency"])
def test_closed_is_nothing_and_open_is_all(limit: SharedBy) -> None:
    assert FailClosed().limit(limit) is None
    assert FailOpen().limit(limit) is limit


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (WINDOW, BucketLimit(capacity=3.125, per_second=9.375 / (60 * (1 + CLOCK_DRIFT)))),
        (WindowLimit(16, 60.0), BucketLimit(capacity=1, per_second=1 / (60 * (1 + CLOCK_DRIFT)))),
        (WindowLimit(12, 60.0), WindowLimit(1, 60.0)),
        (WindowLimit(2, 60.0), WindowLimit(1, 240.0)),
        (BUCKET, BucketLimit(capacity=5, per_second=0.5)),
        (BucketLimit(capacity=4, per_second=4.0), BucketLimit(capacity=1, per_second=0.5)),
        (BucketLimit(capacity=0.5, per_second=4.0), BucketLimit(capacity=0.5, per_second=0.5)),
        (CALLS, ConcurrencyLimit(2)),
        (ConcurrencyLimit(3), ConcurrencyLimit(1)),
    ],
    ids=str,
)
def test_an_eighth(whole: SharedBy, part: SharedBy) -> None:
    assert LocalShare().limit(whole) == part


@pytest.mark.parametrize("share", [0, -1, 1.5, float("nan")])
def test_a_share_is_a_part(share: float) -> None:
    with pytest.raises(ValueError, match=r"LocalShare\.share has to be a number above 0 and up to 1"):
        LocalShare(share)


@given(
    calls=st.integers(1, 200),
    period=st.floats(0.1, 1000),
    share=st.floats(0.01, 1),
    latencies=st.lists(st.floats(0, 0.3), min_size=1, max_size=20),
)
def test_no_period_holds_more_than_the_share_of_a_window(
    calls: int, period: float, share: float, latencies: list[float]
) -> None:
    part = LocalShare(share).limit(WindowLimit(calls, period))
    assert part is not None
    machine = part.machine()
    now, starts = 0.0, []
    for number in range(100):
        now = max(now, machine.ready_at(1.0, now))
        machine.take(1.0, number, now)
        starts.append(now)
        now += latencies[number % len(latencies)] * period * 0.01
        machine.finish(1.0, number, now, True)
    first = 0
    for last, at in enumerate(starts):
        while starts[first] <= at - period:
            first += 1
        assert last - first + 1 <= max(1.0, calls * share) * (1 + 1e-9)
