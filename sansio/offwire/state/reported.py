"""`Reported`: what a server says that is left of its quota, folded with what is under way.

Rules of this file:

- A report is a bound: so many units until its reset. All bounds hold until they end, so that one
  that comes late, or speaks of less than is known, raises nothing.
- Requests overtake one another. Of one that was under way together with the one that is reported on,
  nobody knows whether the report has counted it, whichever of the two was sent first, until its own
  answer tells: where the server had more left for it than for the report, it came first, and the report
  has counted it. Otherwise it is taken off, and so is one whose answer says nothing, or does not come.
  Until then it is in doubt, and as much as it costs is kept back.
- What is sent after a report has come was not counted in it, and is taken off at once.
- Only a reset raises what is left: to the limit where that is known, less what is in flight. Where it
  is not known, one request probes: the others wait for its answer, for a second at most.
- A bound without an end, which is what a reset leaves behind and what a server says that names no
  reset, holds until a later request was reported on. Where nothing is in flight that could be, a
  bound that stands in the way is dropped, so that nobody waits for nothing.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import frozen

from offwire.state.limits import STRAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_BOUNDS: Final = 4
PROBE_SECONDS: Final = 1.0
"""For how long others wait for the answer to one that probes: it may be a call that takes minutes."""
SAME_RESET_SECONDS: Final = 2.0
"""By how much two resets may differ that are the same one: many servers name whole seconds."""


@frozen(kw_only=True)
class ReportedBound:
    """What may be sent before a certain time."""

    left: float
    """Units; below 0 where more is under way than the server has left."""
    in_doubt: float = 0.0
    """The costs of requests that the server may have counted already. `left` less these may be sent."""
    until: float | None
    """Monotonic; None where no end is known."""


class _Said(NamedTuple):
    """What an answer says of one window."""

    remaining: float
    until: float
    limit: int | None

    def is_of_same_window(self, other: _Said) -> bool:
        least, most = self.until - SAME_RESET_SECONDS, self.until + SAME_RESET_SECONDS
        return self.limit == other.limit and least <= other.until <= most

    def has_counted(self, answer: Sequence[_Said]) -> bool:
        """Whether the server had counted a request, with whose answer it said this, when it said that."""
        return any(each.remaining >= self.remaining and each.is_of_same_window(self) for each in answer)


class _Bound:
    __slots__ = ("after", "decided", "doubt", "left", "said", "seen")

    def __init__(
        self, said: _Said, left: float, after: int, doubt: float, seen: int, decided: set[int]
    ) -> None:
        self.said = said
        self.left = left
        self.after = after  # the permit of the request that was reported on
        self.doubt = doubt  # what those in doubt cost
        self.seen = seen  # in doubt are the permits in flight up to this number …
        self.decided = decided  # … but for these

    @property
    def until(self) -> float:
        return self.said.until

    def doubts(self, number: int) -> bool:
        return number <= self.seen and number not in self.decided

    def decide(self, number: int, cost: float, *, counted: bool) -> None:
        """One that was in doubt had been counted in what was said, or had not."""
        self.doubt -= cost
        if not counted:
            self.left -= cost
        self.decided.add(number)

    def covers_newer(self, new: _Bound) -> bool:
        """Whether whatever this one lets through, one that was made later does too, for good."""
        # What only the new one has in doubt is taken off here already.
        doubt = new.doubt - self.doubt if self.said.is_of_same_window(new.said) else new.doubt
        return self.left <= new.left - doubt and self.until >= new.until

    def covers_older(self, old: _Bound) -> bool:
        """Whether whatever this one lets through, one that was made before does too, for good."""
        # In the same window, what had come before the older report is counted in the newer one as well.
        doubt = 0.0 if self.said.is_of_same_window(old.said) else old.doubt
        return self.left <= old.left - doubt and self.until >= old.until


def _merged(old: _Bound, new: _Bound) -> _Bound:
    """One that covers both, `new` being made later."""
    until, after = max(old.until, new.until), max(old.after, new.after)
    remaining = min(old.said.remaining, new.said.remaining)
    said = _Said(remaining, until, new.said.limit)
    if old.said.is_of_same_window(new.said):
        # What the older one has taken off since, and the newer one has in doubt, is in doubt again.
        left = min(old.left + (new.doubt - old.doubt), new.left)
        return _Bound(said, left, after, new.doubt, new.seen, new.decided)
    # An answer that decides a doubt about one of them says nothing of the other.
    return _Bound(said, min(old.left - old.doubt, new.left - new.doubt), after, 0.0, 0, set())


class _Ended(NamedTuple):
    number: int
    cost: float
    until: float
    """Until when it counts: when it can come no more, or the window is over that it came in."""
    last: int
    """The newest permit there was."""
    said: Sequence[_Said]
    """What its answer said."""


class Overlap:
    """The requests that are over, and that were under way together with one that still is."""

    __slots__ = ("_ended", "_flying")

    def __init__(self, flying: Mapping[int, float]) -> None:
        """Begin with none. `flying` has the numbers of those in flight, oldest first."""
        self._flying = flying
        self._ended: deque[_Ended] = deque()

    def add(self, number: int, cost: float, now: float, last: int, said: Sequence[_Said] = ()) -> None:
        """A request is over. `last` is the newest permit, and what is said came with its answer."""
        self._forget(now)
        if self._flying:
            # Whatever is said of a window that is over, nobody has to know.
            over = max((each.until for each in said), default=inf) + SAME_RESET_SECONDS
            until = min(now + STRAY_SECONDS, over)
            self._ended.append(_Ended(number, cost, until, last, said))

    def uncounted(self, after: int, said: _Said, now: float) -> float:
        """What those cost that the report on permit number `after` has not counted."""
        self._forget(now)
        remaining, until, limit = said
        least, most = until - SAME_RESET_SECONDS, until + SAME_RESET_SECONDS
        cost = 0.0
        # As `_Said.has_counted` says, without a function for each: there may be hundreds.
        for number, own, _, last, answer in reversed(self._ended):
            if last < after:
                break
            for left, end, other in answer:
                if left >= remaining and least <= end <= most and other == limit:
                    break
            else:
                if number != after:
                    cost += own
        return cost

    def _forget(self, now: float) -> None:
        """Drop those that count no more, and those that all reports to come have counted."""
        oldest = next(iter(self._flying), inf)
        ended = self._ended
        while ended and (ended[0].until <= now or ended[0].last < oldest):
            ended.popleft()


class Reported:
    """The bounds of one quota. Its owner tells it of each permit that is taken and refunded."""

    __slots__ = (
        "_bounds", "_flying", "_last", "_limit", "_open", "_overlap", "_probe", "_probe_until", "_spoken",
    )  # fmt: skip

    def __init__(
        self, flying: Mapping[int, float], overlap: Overlap, last: int, *, probing: bool = False
    ) -> None:
        """Look at the owner's permits in flight: their costs by their numbers, oldest first.

        `overlap` has those that are over, `last` is the number of the newest permit. Where `probing`,
        the next one goes alone.
        """
        self._flying = flying
        self._overlap = overlap
        self._last = last
        self._limit: int | None = None
        self._bounds: list[_Bound] = []  # by their ends
        self._open: _Bound | None = None  # the one without an end
        self._spoken: dict[int, list[_Said]] = {}  # those in flight whose answers have come, and say this
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
        if self._open is not None and self._open.left - self._open.doubt < cost:
            if self._flying:
                return inf
            self._open = None
        at = now
        if self._probe is not None:
            at = self._probed_at(now, self._probe)
        for bound in self._bounds:
            if bound.left - bound.doubt < cost:
                at = max(at, bound.until)
        return at

    def hangs(self, cost: float, now: float) -> bool:
        """Whether an answer that is under way may let `cost` through before the time of `ready_at`."""
        return all(bound.left >= cost or bound.until <= now for bound in self._bounds)

    def take(self, number: int, cost: float) -> None:
        """A permit was given out."""
        self._last = number
        for bound in self._all():
            bound.left -= cost

    def give_back(self, number: int, cost: float) -> None:
        """A permit was refunded: what it was taken off gets it back."""
        if self._probe is not None and self._probe < number:
            self._probe = number  # it has found nothing out
        self._spoken.pop(number, None)
        for bound in self._all():
            if number > bound.seen:
                bound.left += cost
            elif bound.doubts(number):
                bound.decide(number, cost, counted=True)
            bound.decided.discard(number)

    def end(self, number: int, cost: float, now: float) -> None:
        """A permit was settled. What its answer said was learned before."""
        for bound in self._all():
            if bound.doubts(number):
                bound.decide(number, cost, counted=False)
            bound.decided.discard(number)
        self._overlap.add(number, cost, now, self._last, self._spoken.pop(number, ()))

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
        said = _Said(remaining, inf if reset_after is None else now + reset_after, limit)
        cost = self._flying.get(after)
        if cost is not None:
            self._spoken.setdefault(after, []).append(said)
            for bound in self._all():
                if bound.doubts(after) and bound.said.is_of_same_window(said):
                    bound.decide(after, cost, counted=bound.said.has_counted((said,)))
        if self._probe is not None and self._probe < after:
            self._probe = None
        if self._open is not None and self._open.after < after:
            self._open = None
        new = self._bound(said, after, now)
        if reset_after is not None:
            self._add(new)
        elif self._open is None:
            self._open = new
        else:
            self._open = _merged(self._open, new)

    def snapshot(self) -> tuple[ReportedBound, ...]:
        """The bounds as the last input left them, by their ends."""
        return tuple(
            ReportedBound(
                left=each.left, in_doubt=each.doubt, until=None if each.until == inf else each.until
            )
            for each in self._all()
        )

    def _all(self) -> list[_Bound]:
        return self._bounds if self._open is None else [*self._bounds, self._open]

    def _bound(self, said: _Said, after: int, now: float) -> _Bound:
        """All that are in flight are in doubt, but for those whose answers have come."""
        left = said.remaining - self._overlap.uncounted(after, said, now)
        doubt = sum(self._flying.values())
        for number, answer in self._spoken.items():
            cost = self._flying[number]
            doubt -= cost
            if number != after and not said.has_counted(answer):
                left -= cost
        return _Bound(said, left, after, doubt, self._last, set(self._spoken))

    def _add(self, new: _Bound) -> None:
        if any(bound.covers_newer(new) for bound in self._bounds):
            return
        kept = [bound for bound in self._bounds if not new.covers_older(bound)]
        kept.append(new)
        kept.sort(key=_end)
        if len(kept) > _MOST_BOUNDS:
            # The later of the ends are the last to matter.
            one, other = sorted(kept[-2:], key=_birth)
            kept[-2:] = [_merged(one, other)]
        self._bounds = kept

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
                said = _Said(self._limit, inf, self._limit)
                self._open = _Bound(
                    said, self._limit, self._last, sum(self._flying.values()), self._last, set()
                )


def _end(bound: _Bound) -> float:
    return bound.until


def _birth(bound: _Bound) -> int:
    return bound.seen
