"""Latencies: an estimate that is right to 5 %, of what is recent, in bounded memory."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.state.latencies import KEPT_OPERATIONS, Latencies, LatenciesByOperation


def test_before_enough_is_known_there_is_no_estimate() -> None:
    latencies = Latencies(0.5, enough=3)
    seen = []
    for _ in range(4):
        latencies.add(0.2)
        seen.append(latencies.estimate is not None)
    assert seen == [False, False, True, True]


@given(
    share=st.sampled_from([0.5, 0.9, 0.95, 1.0]),
    times=st.lists(st.floats(1e-6, 1e5), min_size=1, max_size=200),
)
def test_an_estimate_is_the_quantile_or_a_little_more(share: float, times: list[float]) -> None:
    latencies = Latencies(share, enough=len(times))
    for each in times:
        latencies.add(each)
    exact = sorted(times)[ceil(share * len(times)) - 1]
    assert latencies.estimate is not None
    assert exact * 0.999 <= latencies.estimate <= exact * 1.051


@pytest.mark.parametrize(("seconds", "estimate"), [(0.0, 1e-6), (-1.0, 1e-6), (1e9, 1e5)])
def test_what_is_out_of_range_counts_as_its_end(seconds: float, estimate: float) -> None:
    latencies = Latencies(0.5, enough=1)
    latencies.add(seconds)
    assert latencies.estimate == pytest.approx(estimate, rel=0.051)


def test_an_estimate_follows_within_two_windows() -> None:
    latencies = Latencies(0.95, enough=10, window=100)
    for _ in range(1000):
        latencies.add(0.1)
    assert latencies.estimate == pytest.approx(0.1, rel=0.051)
    for _ in range(200):
        latencies.add(3.0)
    assert latencies.estimate == pytest.approx(3.0, rel=0.051)
    for _ in range(200):
        latencies.add(0.1)
    assert latencies.estimate == pytest.approx(0.1, rel=0.051)


def test_a_window_is_as_long_as_what_it_takes_to_learn() -> None:
    latencies = Latencies(0.5, enough=50, window=10)
    for _ in range(50):
        latencies.add(0.1)
    assert latencies.estimate is not None


def test_memory_is_bounded() -> None:
    latencies = Latencies(0.5)
    for each in range(20_000):
        latencies.add(1e-7 * 1.002**each)
    assert len(latencies._new) + len(latencies._older) < 1100
    by_operation = LatenciesByOperation(0.5, 1)
    for number in range(2 * KEPT_OPERATIONS):
        by_operation[f"operation {number}"].add(1.0)
    assert len(by_operation) == KEPT_OPERATIONS


def test_operations_are_apart() -> None:
    by_operation = LatenciesByOperation(0.5, 1)
    by_operation["one"].add(1.0)
    assert by_operation["one"].estimate is not None
    assert by_operation["another"].estimate is None
