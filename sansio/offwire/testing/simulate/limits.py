"""A server's limits, as machines that count by the server's own clock.

Rules of this file: a limit admits or refuses, and what is refused uses nothing up. What it says is
left, and for how long, is what its own rules say, to the last digit.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import NamedTuple, Protocol

_ROUNDING = 1e-9


class Reading(NamedTuple):
    """What a limit says to one request."""

    admitted: bool
    limit: float
    remaining: float | None
    """Units left; None where there is no such number."""
    reset: float
    """Seconds until there are more."""


class ServerLimit(Protocol):
    """Admits requests. Any object with these will do."""

    def ask(self, at: float, cost: float) -> Reading:
        """Whether a request of this cost is admitted now, which takes its units."""
        ...

    def lasts(self, at: float, seconds: float) -> object:
        """The request that was admitted last is worked on for so long."""
        ...


class Gauged(ServerLimit, Protocol):
    """A limit that shows how much of it is used, without being asked for any."""

    def used(self, at: float) -> float:
        """Units that count at this time, which is not before that of the last request."""
        ...


class SlidingWindow:
    """At most `calls` units in any `per` seconds."""

    def __init__(self, calls: float, per: float) -> None:
        self._calls = calls
        self._per = per
        self._admitted: deque[tuple[float, float]] = deque()
        self._used = 0.0

    def ask(self, at: float, cost: float) -> Reading:
        """See `ServerLimit`."""
        admitted = self._admitted
        while admitted and admitted[0][0] + self._per <= at:
            self._used -= admitted.popleft()[1]
        fits = self._used + cost <= self._calls + _ROUNDING
        if fits:
            admitted.append((at, cost))
            self._used += cost
        reset = admitted[0][0] + self._per - at if admitted else 0.0
        return Reading(fits, self._calls, self._calls - self._used, reset)

    def used(self, at: float) -> float:
        """See `Gauged`."""
        return sum(cost for since, cost in self._admitted if since + self._per > at)

    def lasts(self, at: float, seconds: float) -> None:
        """Nothing comes of it."""


class FixedWindow:
    """At most `calls` units in each stretch of `per` seconds, which follow one another."""

    def __init__(self, calls: float, per: float, *, offset: float = 0.0) -> None:
        """Begin a window `offset` seconds into each stretch of the server's clock."""
        self._calls = calls
        self._per = per
        self._offset = offset
        self._window = -inf
        self._used = 0.0

    def ask(self, at: float, cost: float) -> Reading:
        """See `ServerLimit`."""
        window = (at - self._offset) // self._per
        if window > self._window:
            self._window, self._used = window, 0.0
        fits = self._used + cost <= self._calls + _ROUNDING
        if fits:
            self._used += cost
        reset = (self._window + 1) * self._per + self._offset - at
        return Reading(fits, self._calls, self._calls - self._used, reset)

    def used(self, at: float) -> float:
        """See `Gauged`."""
        return self._used if (at - self._offset) // self._per == self._window else 0.0

    def lasts(self, at: float, seconds: float) -> None:
        """Nothing comes of it."""


class TokenBucket:
    """A bucket of `capacity` units, into which `per_second` flow."""

    def __init__(self, capacity: float, per_second: float) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._level = capacity
        self._at = 0.0

    def ask(self, at: float, cost: float) -> Reading:
        """See `ServerLimit`."""
        self._level = min(self._capacity, self._level + max(0.0, at - self._at) * self._per_second)
        self._at = at
        fits = cost <= self._level * (1 + _ROUNDING) + _ROUNDING
        if fits:
            self._level -= cost
        missing = max(0.0, cost - self._level)
        return Reading(fits, self._capacity, None, missing / self._per_second)

    def used(self, at: float) -> float:
        """See `Gauged`: what has not flowed back yet."""
        return max(0.0, self._capacity - self._level - max(0.0, at - self._at) * self._per_second)

    def lasts(self, at: float, seconds: float) -> None:
        """Nothing comes of it."""


class Concurrency:
    """At most `calls` requests that are worked on at a time."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._ends: list[float] = []

    def ask(self, at: float, cost: float) -> Reading:
        """See `ServerLimit`."""
        self._ends = [end for end in self._ends if end > at]
        fits = len(self._ends) < self._calls
        reset = min(self._ends, default=at) - at
        return Reading(fits, self._calls, None, reset)

    def used(self, at: float) -> float:
        """See `Gauged`: the requests that are worked on."""
        return sum(end > at for end in self._ends)

    def lasts(self, at: float, seconds: float) -> None:
        """The request keeps its place until then."""
        self._ends.append(at + seconds)
