"""`Reported`: what a server says that is left of its quota, folded with what is under way.

Rules of this file:

- A report is a bound: so many units until its reset. All bounds hold until they end, so that one
  that comes late, or speaks of less than is known, raises nothing.
- `remaining` does not know of requests that were sent after the one that was reported on and are
  not answered yet, or were given up and may still arrive; they are taken off.
- Requests overtake one another, so it need not know of those either that were sent before and are not
  answered yet. As much as they cost is kept back until they are; then they are in a report of their own.
- Only a reset raises what is left: to the limit where that is known, less what is in flight. Where it
  is not known, one request probes: the others wait for its answer, for a second at most.
- A bound without an end, which is what a reset leaves behind and what a server says that names no
  reset, holds until a later request was reported on. Where nothing is in flight that could be, a
  bound that stands in the way is dropped, so that nobody waits for nothing.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Final

from attrs import frozen

from offwire.state.limits import STRAY_SECONDS

_MOST_BOUNDS: Final = 4
PROBE_SECONDS: Final = 1.0
"""For how long others wait for the answer to one that probes: it may be a call that takes minutes."""


@frozen(kw_only=True)
class ReportedBound:
    """What may be sent before a certain time."""

    left: float
    """Units; below 0 where more is under way than the server has left."""
    until: float | None
    """Monotonic; None where no end is known."""


class _Bound:
    __slots__ = ("after", "left", "until")

    def __init__(self, left: float, until: float, after: int) -> None:
        self.left = left
        self.until = until
        self.after = after  # the permits with higher numbers have been taken off `left`

    def covers(self, other: _Bound) -> bool:
        """Whether whatever this one lets through, the other one does too, for good."""
        return self.left <= other.left and self.until >= other.until and self.after >= other.after


class Strays:
    """Requests that nobody waits for any more, while the server may still get them."""

    __slots__ = ("_strays",)

    def __init__(self) -> None:
        """Begin with none."""
        self._strays: deque[tuple[float, int, float]] = deque()  # (until when, number, cost)

    def add(self, number: int, cost: float, now: float) -> None:
        """A request was given up after it may have been sent."""
        self._forget(now)
        self._strays.append((now + STRAY_SECONDS, number, cost))

    def cost(self, after: int, now: float) -> float:
        """The costs of those whose permits came after number `after`."""
        self._forget(now)
        return sum(cost for _, number, cost in self._strays if number > after)

    def _forget(self, now: float) -> None:
        while self._strays and self._strays[0][0] <= now:
            self._strays.popleft()


class Reported:
    """The bounds of one quota. Its owner tells it of each permit that is taken and refunded."""

    __slots__ = (
        "_bounds", "_dearest", "_flying", "_given_up", "_last", "_limit", "_open", "_probe", "_probe_until",
    )  # fmt: skip

    def __init__(
        self, flying: dict[int, float], given_up: Strays, last: int, *, probing: bool = False
    ) -> None:
        """Look at the owner's permits in flight: their costs by their numbers, oldest first.

        `given_up` are those that the owner gave up, `last` is the number of the newest permit. Where
        `probing`, the next one goes alone.
        """
        self._flying = flying
        self._given_up = given_up
        self._last = last
        self._limit: int | None = None
        self._bounds: list[_Bound] = []  # by their ends
        self._open: _Bound | None = None  # the one without an end
        self._dearest = max(flying.values(), default=0.0)  # no permit has cost more
        self._probe = last if probing else None  # who comes next probes: the first number above this one
        self._probe_until = inf

    @property
    def is_void(self) -> bool:
        """Whether nothing is known that counts, now or later."""
        return self._probe is None and self._open is None and self._limit is None and not self._bounds

    def ready_at(self, cost: float, now: float) -> float:
        """When `cost` fits all bounds: `now` if at once, infinity if that hangs on an answer."""
        if self._bounds and self._bounds[0].until <= now:
            self._expire(now)
        if self._open is not None and self._lacks(self._open, cost):
            if self._flying:
                return inf
            self._open = None
        at = now
        if self._probe is not None:
            at = self._probed_at(now, self._probe)
        for bound in self._bounds:
            if self._lacks(bound, cost):
                at = max(at, bound.until)
        return at

    def hangs(self, cost: float, now: float) -> bool:
        """Whether an answer that is under way may let `cost` through before the time of `ready_at`."""
        return all(bound.left >= cost or bound.until <= now for bound in self._bounds)

    def take(self, number: int, cost: float) -> None:
        """A permit was given out."""
        self._last = number
        self._dearest = max(self._dearest, cost)
        for bound in self._bounds:
            bound.left -= cost
        if self._open is not None:
            self._open.left -= cost

    def give_back(self, number: int, cost: float) -> None:
        """A permit was refunded: what it was taken off gets it back."""
        if self._probe is not None and self._probe < number:
            self._probe = number  # it has found nothing out
        for bound in self._bounds:
            if bound.after < number:
                bound.left += cost
        if self._open is not None and self._open.after < number:
            self._open.left += cost

    def learn(
        self, remaining: float | None, reset_after: float | None, limit: int | None, now: float, after: int
    ) -> None:
        """The server's answer to permit number `after` says this; see `Quota.report`."""
        if self._bounds and self._bounds[0].until <= now:
            self._expire(now)
        if limit is not None:
            self._limit = limit
        if remaining is None:
            return
        for number in reversed(self._flying):
            if number <= after:
                break
            remaining -= self._flying[number]
        remaining -= self._given_up.cost(after, now)
        if self._probe is not None and self._probe < after:
            self._probe = None
        if self._open is not None and self._open.after < after:
            self._open = None
        if reset_after is not None:
            self._add(_Bound(remaining, now + reset_after, after))
        elif self._open is None:
            self._open = _Bound(remaining, inf, after)
        else:
            self._open.left = min(self._open.left, remaining)

    def snapshot(self) -> tuple[ReportedBound, ...]:
        """The bounds as the last input left them, by their ends."""
        bounds = [ReportedBound(left=each.left, until=each.until) for each in self._bounds]
        if self._open is not None:
            bounds.append(ReportedBound(left=self._open.left, until=None))
        return tuple(bounds)

    def _add(self, new: _Bound) -> None:
        if any(bound.covers(new) for bound in self._bounds):
            return
        kept = [bound for bound in self._bounds if not new.covers(bound)]
        kept.append(new)
        kept.sort(key=_end)
        if len(kept) > _MOST_BOUNDS:
            # One that covers both: the later of the ends, which are the last to matter.
            one, other = kept[-2:]
            kept[-2:] = [_Bound(min(one.left, other.left), other.until, max(one.after, other.after))]
        self._bounds = kept

    def _lacks(self, bound: _Bound, cost: float) -> bool:
        """Whether `bound` has no room for `cost`, and for what may not have been counted yet."""
        left = bound.left - cost
        if left < 0.0:
            return True
        if left >= self._dearest * len(self._flying):
            return False
        for number, behind in self._flying.items():
            if number >= bound.after:
                break
            left -= behind
        return left < 0.0

    def _probed_at(self, now: float, probe: int) -> float:
        """When the next one may go: `now` for the one that probes, and where its answer said nothing."""
        if self._last <= probe:
            self._probe_until = inf
            return now
        if next(reversed(self._flying), 0) <= probe or self._probe_until <= now:
            self._probe = None
            return now
        self._probe_until = min(self._probe_until, now + PROBE_SECONDS)
        return self._probe_until

    def _expire(self, now: float) -> None:
        """Drop the bounds that have ended; after the last of them a window has begun.

        Where one without an end is there, that one goes on: what ended came late, out of the
        window before.
        """
        self._bounds = [bound for bound in self._bounds if bound.until > now]
        if not self._bounds and self._open is None:
            if self._limit is None:
                self._probe = self._last
            else:
                self._open = _Bound(self._limit - sum(self._flying.values()), inf, self._last)


def _end(bound: _Bound) -> float:
    return bound.until
