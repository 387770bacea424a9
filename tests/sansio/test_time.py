"""The instant of a step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offwire.time import Now

SECONDS = st.floats(0, 1e10)


def test_an_instant_begins_where_it_is_set() -> None:
    now = Now(3.0, 1_700_000_000.0)
    assert (now.monotonic, now.wall) == (3.0, 1_700_000_000.0)
    assert (Now().monotonic, Now().wall) == (0.0, 0.0)


def test_advancing_moves_both_clocks() -> None:
    now = Now(1.0, 100.0)
    now.advance(2.0, 200.0)
    assert (now.monotonic, now.wall) == (2.0, 200.0)


def test_wall_time_may_be_set_back_and_monotonic_time_not() -> None:
    now = Now(5.0, 100.0)
    now.advance(4.0, 50.0)
    assert (now.monotonic, now.wall) == (5.0, 50.0)


@given(st.lists(st.tuples(SECONDS, SECONDS)))
def test_monotonic_time_never_runs_backwards(readings: list[tuple[float, float]]) -> None:
    now = Now()
    for monotonic, wall in readings:
        before = now.monotonic
        now.advance(monotonic, wall)
        assert now.monotonic == max(before, monotonic)
        assert now.wall == wall


def test_an_instant_shows_both_clocks() -> None:
    assert repr(Now(1.5, 2.5)) == "Now(monotonic=1.5, wall=2.5)"
