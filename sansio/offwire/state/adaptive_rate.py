"""A send rate that is found out: lowered when the server throttles, raised again while it does not.

This is the client rate limiter of the AWS SDKs' adaptive retry mode, whose published vectors it
keeps to. Rules of this file:

- Until the first throttle nothing is held back; from then on a token bucket is in force for good.
- A throttle cuts the rate to `CUT` of what was really sent. After that the rate follows a cubic curve,
  which is steep at first, flat where the last throttle came, and steep again beyond (RFC 9438 has
  the same for TCP).
- The rate is never more than twice what was really sent lately, since a rate that nobody used is
  not proven; nor less than `least`, so that the curve can begin at all.
- A call that is dearer than the bucket is large goes when the bucket is full, and leaves a debt.
- Only an answer teaches: a request that was given up says nothing about the rate.
"""

from __future__ import annotations

from math import cbrt, floor
from typing import Final

from attrs import field, frozen

from offwire.bounds import above
from offwire.state.limits import LimitSnapshot

CUT: Final = 0.7
"""What is left of the rate after a throttle: beta in the SDKs' description."""
_SCALE: Final = 0.4
"""How steep the curve is."""
_NEWEST: Final = 0.8
"""The weight of the last half second in the measured rate."""
_SECONDS: Final = 0.5
"""The rate is measured over as many."""
_LEAST_CAPACITY: Final = 1.0


@frozen(kw_only=True)
class AdaptiveRateLimit:
    """A limit that nobody declares: units a second, as the server's throttling shows them.

    For one resource, and for calls that may wait: while the rate is found out, all slow down.
    """

    least: float = field(default=0.5, validator=above(0))
    """Units a second that are always sent."""

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return float("inf")

    def machine(self) -> AdaptiveRate:
        """See `Limit`."""
        return AdaptiveRate(self)


@frozen(kw_only=True)
class AdaptiveRateSnapshot(LimitSnapshot):
    """The rate at one instant."""

    holds: bool
    """Whether anything is held back: from the first throttle on."""
    rate: float
    """Units a second that may be sent, where anything is held back."""
    measured: float
    """Units a second that were sent lately."""


class CubicCurve:
    """The rate over time after a throttle. Times in seconds, rates in units a second."""

    __slots__ = ("_flat_after", "_peak", "_since")

    def __init__(self, peak: float, since: float) -> None:
        """Begin as if `peak` had been throttled at the time `since`."""
        self.throttle(peak, since)

    def throttle(self, rate: float, now: float) -> float:
        """The rate after a throttle that came at `rate`."""
        self._peak = rate
        self._since = now
        self._flat_after = cbrt(rate * (1 - CUT) / _SCALE)
        return rate * CUT

    def rate_at(self, now: float) -> float:
        """The rate that is tried at a time when nothing throttles."""
        return _SCALE * float(now - self._since - self._flat_after) ** 3 + self._peak


class _SentLately:
    """Units a second, by half seconds, the newest of which counts most."""

    __slots__ = ("_slice", "_units", "rate")

    def __init__(self) -> None:
        self.rate = 0.0
        self._slice = 0
        self._units = 0.0

    def count(self, units: float, elapsed: float) -> None:
        self._units += units
        current = floor(elapsed / _SECONDS)
        if current > self._slice:
            newest = self._units / ((current - self._slice) * _SECONDS)
            self.rate = newest * _NEWEST + self.rate * (1 - _NEWEST)
            self._slice = current
            self._units = 0.0


class AdaptiveRate:
    """The machine of an `AdaptiveRateLimit`. Beside its inputs as a `LimitMachine` it has `throttled`."""

    __slots__ = (
        "_began", "_capacity", "_curve", "_filled_at", "_flying", "_has_begun", "_holds", "_limit", "_rate",
        "_sent", "_throttled", "_tokens",
    )  # fmt: skip

    def __init__(self, limit: AdaptiveRateLimit) -> None:
        """Begin without holding anything back."""
        self._limit = limit
        self._holds = False
        self._rate = 0.0
        self._capacity = 0.0
        self._tokens = 0.0  # at the time `_filled_at`; below 0 where a dear call has left a debt
        self._filled_at = 0.0
        self._flying: dict[int, tuple[float, float]] = {}  # by number: cost, and tokens taken
        self._throttled: set[int] = set()  # numbers in flight whose answers were throttles
        self._sent = _SentLately()
        self._began = 0.0  # at the first take
        self._has_begun = False
        self._curve = CubicCurve(0.0, 0.0)  # in seconds since the first take

    def ready_at(self, cost: float, now: float) -> float:
        """See `LimitMachine`."""
        if not self._holds:
            return now
        return max(now, self._filled_at + (min(cost, self._capacity) - self._tokens) / self._rate)

    def take(self, cost: float, number: int, now: float) -> None:
        """See `LimitMachine`."""
        if not self._has_begun:
            self._has_begun = True
            self._began = self._filled_at = now
        taken = 0.0
        if self._holds:
            self._fill(now)
            self._tokens -= cost
            taken = cost
        self._flying[number] = (cost, taken)

    def give_back(self, cost: float, number: int) -> None:
        """See `LimitMachine`."""
        self._tokens += self._flying.pop(number)[1]

    def throttled(self, number: int) -> None:
        """The answer to what is in flight says that too much was sent. `finish` is owed next."""
        self._throttled.add(number)

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        """See `LimitMachine`."""
        del self._flying[number]
        was_throttled = number in self._throttled
        self._throttled.discard(number)
        if not answered:
            return
        elapsed = now - self._began
        self._sent.count(cost, elapsed)
        if was_throttled:
            sent = self._sent.rate
            rate = self._curve.throttle(min(sent, self._rate) if self._holds else sent, elapsed)
            self._holds = True
        else:
            rate = self._curve.rate_at(elapsed)
        self._fill(now)
        self._rate = max(min(rate, 2 * self._sent.rate), self._limit.least)
        self._capacity = max(self._rate, _LEAST_CAPACITY)
        self._tokens = min(self._tokens, self._capacity)

    def snapshot(self) -> AdaptiveRateSnapshot:
        """See `LimitMachine`."""
        clear_at: float | None = None
        if self._holds and self._tokens < self._capacity:
            clear_at = self._filled_at + (self._capacity - self._tokens) / self._rate
        return AdaptiveRateSnapshot(
            limit=self._limit,
            in_flight=sum(cost for cost, _ in self._flying.values()),
            clear_at=clear_at,
            holds=self._holds,
            rate=self._rate,
            measured=self._sent.rate,
        )

    def _fill(self, now: float) -> None:
        self._tokens = min(self._tokens + (now - self._filled_at) * self._rate, self._capacity)
        self._filled_at = now
