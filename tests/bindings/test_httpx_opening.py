"""Opening a connection has one limit in all; reads and writes end with their exchange."""

from __future__ import annotations

from math import inf

import pytest

from offwire_httpx.limit import Limit, Progress
from offwire_httpx.opening import Opening, allowed


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Expired(Exception):
    """Nothing is left."""


def limit(seconds: float, deadline: float) -> Limit:
    made = Limit(seconds)
    made.progress = Progress(deadline, written=False)
    return made


def test_what_is_left_gets_less() -> None:
    clock = Clock()
    opening = Opening(10.0, clock, Expired)
    assert opening.left() == 10.0
    clock.now += 4.0
    assert opening.left() == 6.0
    assert opening.left(parties=3) == 2.0
    clock.now += 6.0
    with pytest.raises(Expired):
        opening.left()


@pytest.mark.parametrize("timeout", [None, limit(inf, inf)])
def test_no_limit_is_no_limit(timeout: float | None) -> None:
    assert Opening(timeout, Clock(), Expired).left() is None


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        pytest.param(limit(30.0, inf), 30.0, id="no deadline"),
        pytest.param(limit(inf, inf), None, id="no limit at all"),
        pytest.param(limit(30.0, 105.0), 5.0, id="the deadline is nearer"),
        pytest.param(limit(30.0, 200.0), 30.0, id="the limit is nearer"),
        pytest.param(limit(inf, 105.0), 5.0, id="only a deadline"),
        pytest.param(7.0, 7.0, id="a plain timeout"),
        pytest.param(None, None, id="none"),
    ],
)
def test_a_read_is_allowed_so_much(timeout: float | None, seconds: float | None) -> None:
    clock = Clock()
    assert allowed(timeout, clock, Expired) == seconds


@pytest.mark.parametrize("deadline", [100.0, 99.0])
def test_a_read_after_the_deadline_is_none(deadline: float) -> None:
    clock = Clock()
    with pytest.raises(Expired):
        allowed(limit(30.0, deadline), clock, Expired)
