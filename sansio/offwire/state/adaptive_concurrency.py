"""A number of calls side by side that is found out, from how long answers take and what is refused.

Two laws, after Netflix' concurrency-limits:

| limit | goes up | goes down |
|---|---|---|
| `AimdConcurrencyLimit` | by one for each answer | after a refusal |
| `GradientConcurrencyLimit` | while answers are quick | as they slow down; after a refusal |

Rules of this file:

- A refusal is an answer that sends away, or none within `patience`. A call that was given up sooner
  says nothing, since a user's cancel is no word of the server.
- Of the calls that were under way together, the first refusal cuts and the others do not: they tell
  of the same moment. Without that, one burst of refusals would cut the limit to nothing.
- Calls tell something of the limit where it was in use: below half of it, nothing is raised.
- The number is never below `least` nor above `most`, whatever is seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import inf
from typing import Final, Protocol

from attrs import field, frozen

from offwire.bounds import above, at_least, count, share
from offwire.state.limits import LimitSnapshot

_WARM_UP: Final = 10
"""So many round trips are averaged plainly, before the newest counts by `_WINDOW`."""
_WINDOW: Final = 600
"""Round trips over which the long average forgets."""
_SMOOTHING: Final = 0.2
"""The weight of what the last answer says the limit should be."""
_QUEUE: Final = 4.0
"""Calls that may wait in the server, so that the limit can grow at all."""
_RECOVERED: Final = 2.0
"""Where answers come so much more quickly than on the whole, the whole was of a worse time …"""
_FORGET: Final = 0.95
"""… and is taken back by this factor."""


class _Law(Protocol):
    """How the limit follows what is seen."""

    def answered(self, limit: float, in_flight: int, round_trip: float) -> float:
        """The limit after an answer; `in_flight` were under way when its request was sent."""
        ...


@frozen(kw_only=True)
class AdaptiveConcurrencyLimit(ABC):
    """What both limits declare: calls side by side."""

    first: int = field(default=20, validator=count(1))
    least: int = field(default=1, validator=count(1))
    most: int = field(default=200, validator=count(1))
    patience: float = field(default=5.0, validator=above(0))
    """Seconds; what takes longer counts as a refusal."""
    cut: float = field(default=0.9, validator=share)
    """What is left of the limit after a refusal."""

    def __attrs_post_init__(self) -> None:
        if not self.least <= self.first <= self.most:
            raise ValueError(
                f"{type(self).__name__}: least, first and most have to be in this order, "
                f"not {self.least}, {self.first}, {self.most}"
            )

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return inf

    def machine(self) -> AdaptiveConcurrency:
        """See `Limit`."""
        return AdaptiveConcurrency(self, self._law())

    @abstractmethod
    def _law(self) -> _Law: ...


@frozen(kw_only=True)
class AimdConcurrencyLimit(AdaptiveConcurrencyLimit):
    """Calls side by side: one more after each answer, a share less after a refusal."""

    def _law(self) -> _Law:
        return _Aimd()


@frozen(kw_only=True)
class GradientConcurrencyLimit(AdaptiveConcurrencyLimit):
    """Calls side by side, as many as do not make answers slower than they are on the whole."""

    tolerance: float = field(default=1.5, validator=at_least(1))
    """How many times longer than on the whole an answer may take before the limit falls."""

    def _law(self) -> _Law:
        return _Gradient(self.tolerance)


@frozen(kw_only=True)
class AdaptiveConcurrencySnapshot(LimitSnapshot):
    """The limit at one instant."""

    calls: int
    """How many may be under way."""


class AdaptiveConcurrency:
    """The machine of either limit. Beside its inputs as a `LimitMachine` it has `throttled`."""

    __slots__ = ("_calls", "_cut_after", "_flying", "_last", "_law", "_limit", "_throttled")

    def __init__(self, limit: AdaptiveConcurrencyLimit, law: _Law) -> None:
        """Begin with `limit.first` calls."""
        self._limit = limit
        self._law = law
        self._calls = float(limit.first)
        self._flying: dict[int, tuple[float, int]] = {}  # by number: since when, and how many there were
        self._throttled: set[int] = set()  # numbers in flight whose answers were refusals
        self._last = 0
        self._cut_after = 0  # calls up to this number were sent before the last cut

    def ready_at(self, cost: float, now: float) -> float:
        """See `LimitMachine`."""
        return now if len(self._flying) < int(self._calls) else inf

    def take(self, cost: float, number: int, now: float) -> None:
        """See `LimitMachine`."""
        self._flying[number] = (now, len(self._flying) + 1)
        self._last = number

    def give_back(self, cost: float, number: int) -> None:
        """See `LimitMachine`."""
        del self._flying[number]

    def throttled(self, number: int) -> None:
        """The answer to what is in flight says that too much was sent. `finish` is owed next."""
        self._throttled.add(number)

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        """See `LimitMachine`."""
        since, in_flight = self._flying.pop(number)
        round_trip = now - since
        if number in self._throttled or round_trip > self._limit.patience:
            self._throttled.discard(number)
            if number <= self._cut_after:
                return
            self._cut_after = self._last
            calls = self._calls * self._limit.cut
        elif answered:
            calls = self._law.answered(self._calls, in_flight, round_trip)
        else:
            return
        self._calls = max(self._limit.least, min(self._limit.most, calls))

    def snapshot(self) -> AdaptiveConcurrencySnapshot:
        """See `LimitMachine`."""
        return AdaptiveConcurrencySnapshot(
            limit=self._limit, in_flight=len(self._flying), clear_at=None, calls=int(self._calls)
        )


class _Aimd:
    """Additive increase; what cuts is in the machine."""

    __slots__ = ()

    def answered(self, limit: float, in_flight: int, round_trip: float) -> float:
        return limit + 1 if in_flight * 2 >= limit else limit


class _Gradient:
    """Netflix' Gradient2: the limit follows the ratio of the long average to the last round trip."""

    __slots__ = ("_long", "_seen", "_tolerance")

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._long = 0.0
        self._seen = 0

    def answered(self, limit: float, in_flight: int, round_trip: float) -> float:
        self._seen += 1
        weight = 1 / self._seen if self._seen <= _WARM_UP else 2 / (_WINDOW + 1)
        whole = self._long = self._long + (round_trip - self._long) * weight
        if whole > _RECOVERED * round_trip:
            self._long = whole * _FORGET
        if in_flight * 2 < limit:
            return limit
        ratio = self._tolerance * whole / round_trip if round_trip > 0 else 1.0
        aim = limit * max(0.5, min(1.0, ratio)) + _QUEUE
        return limit * (1 - _SMOOTHING) + aim * _SMOOTHING
