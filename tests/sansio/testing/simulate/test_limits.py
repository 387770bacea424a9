"""A server's limits admit what their rules say, and not one unit more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.simulate.limits import (
    Concurrency,
    FixedWindow,
    Gauged,
    ServerLimit,
    SlidingWindow,
    TokenBucket,
)

TIMES = st.lists(st.integers(0, 60).map(lambda tenth: tenth / 8), min_size=1, max_size=40).map(sorted)


@pytest.mark.parametrize(
    ("make", "asked", "admitted"),
    [
        pytest.param(
            lambda: SlidingWindow(2, 1.0), [0.0, 0.5, 0.9, 1.0, 1.2, 1.5], "yynyny", id="sliding window"
        ),
        pytest.param(
            lambda: FixedWindow(2, 1.0), [0.8, 0.9, 0.95, 1.0, 1.1, 1.2], "yynyyn", id="fixed window"
        ),
        pytest.param(
            lambda: FixedWindow(1, 1.0, offset=0.5), [0.1, 0.4, 0.5, 1.4, 1.5], "ynyny", id="offset window"
        ),
        pytest.param(lambda: TokenBucket(2, 1.0), [0.0, 0.0, 0.5, 1.0, 1.5, 2.0], "yynyny", id="bucket"),
        pytest.param(lambda: Concurrency(2), [0.0, 0.1, 0.2, 1.0, 1.05, 1.1], "yynyny", id="concurrency"),
    ],
)
def test_a_limit_admits(make: Callable[[], ServerLimit], asked: list[float], admitted: str) -> None:
    limit = make()
    found = ""
    for at in asked:
        reading = limit.ask(at, 1.0)
        if reading.admitted:
            limit.lasts(at, 1.0)
        found += "y" if reading.admitted else "n"
    assert found == admitted


@given(TIMES)
def test_no_window_holds_more_than_its_units(times: list[float]) -> None:
    limit = SlidingWindow(3, 1.0)
    taken = [at for at in times if limit.ask(at, 1.0).admitted]
    assert all(sum(at <= other < at + 1.0 for other in taken) <= 3 for at in taken)


LIMITS: dict[str, Callable[[], ServerLimit]] = {
    "sliding": lambda: SlidingWindow(2, 1.0),
    "fixed": lambda: FixedWindow(2, 1.0),
    "bucket": lambda: TokenBucket(2, 2.0),
}


@given(TIMES, st.sampled_from(sorted(LIMITS)))
def test_what_a_limit_says_of_its_reset_is_kept(times: list[float], kind: str) -> None:
    limit = LIMITS[kind]()
    readings = [limit.ask(at, 1.0) for at in times]
    if not readings[-1].admitted:
        assert limit.ask(times[-1] + readings[-1].reset, 1.0).admitted


def test_a_limit_says_what_is_left() -> None:
    assert SlidingWindow(3, 1.0).ask(0.0, 2.0) == (True, 3, 1.0, 1.0)
    assert SlidingWindow(3, 1.0).ask(0.0, 4.0) == (False, 3, 3.0, 0.0)
    assert FixedWindow(3, 1.0).ask(0.25, 1.0) == (True, 3, 2.0, 0.75)
    assert TokenBucket(3, 1.0).ask(0.0, 1.0).remaining is None
    assert Concurrency(3).ask(0.0, 1.0).remaining is None


@pytest.mark.parametrize(
    ("make", "used"),
    [
        pytest.param(lambda: SlidingWindow(5, 1.0), {0.0: 0, 0.5: 3, 0.9: 3, 1.0: 1, 2.0: 0}, id="sliding"),
        pytest.param(lambda: FixedWindow(5, 1.0), {0.0: 0, 0.5: 3, 0.99: 3, 1.0: 0}, id="fixed"),
        pytest.param(lambda: TokenBucket(5, 2.0), {0.0: 0, 0.5: 2, 1.0: 1, 9.0: 0}, id="bucket"),
        pytest.param(lambda: Concurrency(5), {0.0: 0, 0.5: 2, 0.9: 2, 1.0: 1, 1.5: 0}, id="concurrency"),
    ],
)
def test_a_limit_shows_what_is_used(make: Callable[[], Gauged], used: dict[float, float]) -> None:
    def taken_until(last: float) -> Gauged:
        limit = make()
        for at, cost in ((0.0, 2.0), (0.5, 1.0)):
            if at < last or at == last == 0.5:
                limit.ask(at, cost)
                limit.lasts(at, 1.0)
        return limit

    for at, units in used.items():
        limit = taken_until(at)
        assert limit.used(at) == units
        assert limit.used(at) == units, "to look at it changes nothing"
