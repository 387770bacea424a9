"""Ticks are at round numbers, few, and all that is drawn is between the first and the last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.simulate.axes import duration, number_axis, time_axis


@pytest.mark.parametrize(
    ("most", "labels"),
    [
        (0.0, ["0", "0.25", "0.50", "0.75", "1.00"]),
        (0.9, ["0", "0.25", "0.50", "0.75", "1.00"]),
        (4, ["0", "1", "2", "3", "4"]),
        (50, ["0", "20", "40", "60"]),
        (3600, ["0", "1,000", "2,000", "3,000", "4,000"]),
    ],
)
def test_numbers(most: float, labels: list[str]) -> None:
    assert [label for _, label in number_axis(most).ticks] == labels


@pytest.mark.parametrize(
    ("most", "labels"),
    [
        (0.0, ["0", "100 ms", "200 ms"]),
        (7.2, ["0", "1 s", "2 s"]),
        (100, ["0", "10 s", "20 s"]),
        (500, ["0", "1 min", "2 min"]),
        (8555, ["0", "20 min", "40 min", "1 h", "1:20 h"]),
        (86_400, ["0", "4 h", "8 h"]),
        (30 * 86_400, ["0", "7 d", "14 d"]),
        (300 * 86_400, ["0", "50 d", "100 d"]),
    ],
)
def test_times(most: float, labels: list[str]) -> None:
    assert [label for _, label in time_axis(most).ticks][: len(labels)] == labels


@pytest.mark.parametrize(
    ("seconds", "step", "text"),
    [
        (0.0, 0.0, "0"),
        (0.0004, 0.0, "0.4 ms"),
        (0.3527, 0.0, "353 ms"),
        (0.25, 0.25, "250 ms"),
        (0.0025, 0.0005, "2.5 ms"),
        (1.0, 0.25, "1 s"),
        (1.5, 0.5, "1.5 s"),
        (4.586, 0.0, "4.59 s"),
        (42.04, 0.0, "42 s"),
        (60.0, 0.0, "1 min"),
        (90.0, 30.0, "1:30 min"),
        (3599.9, 0.0, "60 min"),
        (3600.0, 0.0, "1 h"),
        (8555.0, 0.0, "2:23 h"),
        (5_000_000.0, 0.0, "1,388:53 h"),
        (172_800.0, 86_400.0, "2 d"),
    ],
)
def test_a_time_is_told_as_somebody_would(seconds: float, step: float, text: str) -> None:
    assert duration(seconds, step) == text


@given(st.floats(1e-5, 1e9), st.integers(2, 12))
def test_numbers_fit_on_their_axis(most: float, steps: int) -> None:
    axis = number_axis(most, steps)
    _fits(axis.end, [at for at, _ in axis.ticks], [label for _, label in axis.ticks], most, steps)
    assert axis.ticks[-1][0] == axis.end


@given(st.floats(1e-3, 1e9), st.integers(2, 12), st.booleans())
def test_times_fit_on_their_axis(most: float, steps: int, whole: bool) -> None:
    axis = time_axis(most, steps, whole=whole)
    _fits(axis.end, [at for at, _ in axis.ticks], [label for _, label in axis.ticks], most, steps)
    if whole:
        assert axis.ticks[-1][0] == axis.end
    else:
        assert axis.end == most


def _fits(end: float, ticks: list[float], labels: list[str], most: float, steps: int) -> None:
    assert ticks[0] == 0
    assert end >= most * (1 - 1e-6)
    assert ticks[-1] <= end * (1 + 1e-6)
    assert 1 <= len(ticks) <= steps + 2
    assert len(set(labels)) == len(labels), "ticks can be told apart"
