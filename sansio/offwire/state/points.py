"""Points: a quota in which calls cost differently, and of which each answer tells how it stands.

Rules of this file:

- What is left is what the server said last, less what it may not have counted yet: all that is in
  flight, and all that ended without a sum of its own after the request was sent whose answer said
  so. Within a window the highest sum is the newest one, and holds every call with a lower sum.
- Whether a sum holds the very call that it came with, the sums show: one that is 0 does not, and
  from then on the highest one's own call is held back. One that comes twice ranks nothing: from
  then on, all calls that overlap the highest one's are held back.
- What a call will cost nobody knows before. The largest cost seen of its operation is held back,
  and what it really was is learned from the sums (`offwire.state.costs`).
- Seconds that a server gives in whole numbers may be rounded either way, so a window's end is
  known as a span. Nothing is spent of the next window before that span is over.
- A share of what is left may go at once; the rest is spread evenly over the window, so that a long
  harvest neither stops for most of an hour nor comes too late for what was left.
- Until the first answer has said how the quota stands, one call goes ahead alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from math import inf
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from attrs import field, frozen

from offwire.bounds import above, at_least, share
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.costs import Cost, CostBook, Differences
from offwire.state.limits import STRAY_SECONDS, LimitSnapshot

_LEAST_COST: Final = 1e-3
"""Points that a call is taken to cost at least."""
_SECOND: Final = 1.0
"""How far a number of whole seconds may be off."""
_SPARE_SECONDS: Final = 5.0
"""Before a window's end the last points may go, so that their answers come in time."""


@frozen(kw_only=True)
class PointsReport:
    """What a server says of its points."""

    limit: float
    """Points in a window."""
    spent: float
    """Points of this window that are gone."""
    reset_after: float
    """Seconds until the next window."""


PointsReader: TypeAlias = Callable[[Response], "PointsReport | None"]
"""Finds the report in an answer, or None where there is none."""


def _hints(value: Mapping[str, float]) -> Mapping[str, float]:
    for operation, cost in value.items():
        if not cost > 0:
            raise ValueError(f"PointsLimit.hints: the cost of {operation} has to be above 0, not {cost!r}")
    return MappingProxyType(dict(value))


@frozen(kw_only=True)
class PointsLimit:
    """So many points in a window, of which every call costs some."""

    read: PointsReader
    """Finds in an answer what the server says of its points."""
    window: float = field(default=3600.0, validator=above(0))
    """Seconds from one reset to the next."""
    first_guess: float = field(default=20.0, validator=above(0))
    """Points held back for a call of which nothing is known."""
    hints: Mapping[str, float] = field(factory=dict, converter=_hints, hash=False, repr=False)
    """Points to hold back for a first call, by operation."""
    burst: float = field(default=0.1, validator=share)
    """The share of what is left that may be spent at once; 1.0 spreads nothing."""
    spare: float = field(default=0.0, validator=at_least(0))
    """Points of each window that are left to others."""

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return inf

    def machine(self) -> PointsAccount:
        """See `Limit`."""
        return PointsAccount(self)


@frozen(kw_only=True)
class PointsSnapshot(LimitSnapshot):
    """Points at one instant."""

    budget: float | None
    """Those of a window that may be spent; None where nobody has said."""
    spent: float
    """Those that the server has counted."""
    unsure: float
    """Those that are held back for calls that ended, and may not be counted yet."""


@frozen(kw_only=True)
class PointsForecast:
    """What calls will cost, as far as is known."""

    expected: float
    """Points, by the mean cost of each operation."""
    most: float
    """Points, by the largest cost of each operation."""
    guessed: tuple[str, ...]
    """The operations of which no call has been seen, so that their costs are guesses."""
    seconds: float | None
    """How long that takes by `expected`, if nothing but points has to be waited for; None where
    nobody has said how they stand."""


class _Ended(NamedTuple):
    """A call that has ended."""

    number: int
    at: float
    """Or until when it may still be charged, where nobody waits for it any more."""
    cost: float
    is_told: bool
    """Whether its answer came with a sum."""


class PointsAccount:
    """The machine of a `PointsLimit`, which also prices calls and learns from their answers."""

    __slots__ = (
        "_book", "_budget", "_counts_own", "_differences", "_ended", "_flying", "_is_blind", "_is_exact",
        "_last", "_limit", "_reserved", "_reset_by", "_reset_from", "_spent", "_spread_from", "_strays",
        "_told", "_top", "_unsure",
    )  # fmt: skip

    def __init__(self, limit: PointsLimit) -> None:
        """Begin without knowing how the quota stands."""
        self._limit = limit
        self._budget: float | None = None  # points of a window that may be spent; None until a server says
        self._spent = 0.0
        self._reset_from = -inf  # the window ends in this span
        self._reset_by = inf
        self._spread_from = (0.0, 0.0)  # the time, and what was spent by then
        self._counts_own = True  # whether a sum holds the call that it came with
        self._is_exact = True  # whether sums rank their calls
        self._told = 0  # the number of the call whose answer came last with a sum
        self._top = 0  # the number of the one whose sum is the highest
        self._is_blind = False  # whether an answer came that said nothing
        self._flying: dict[int, tuple[float, float]] = {}  # by number: since when, and at what cost
        self._reserved = 0.0  # the sum of these costs
        self._ended: deque[_Ended] = deque()  # while it may matter
        self._strays: list[_Ended] = []  # what nobody waits for: until when it may be charged
        self._unsure = 0.0  # costs of what has ended, and may not be in `_spent`
        self._last = 0
        self._book = CostBook(limit.first_guess, limit.hints)
        self._differences = Differences()

    def cost_of(self, operation: str, request: Request) -> float:
        """See `Pricing`."""
        return self._book.estimate(operation)

    def cost(self, operation: str) -> Cost:
        """What is known of an operation's cost."""
        return self._book.cost(operation)

    def forecast(self, calls: Mapping[str, int], now: float) -> PointsForecast:
        """What so many calls of these operations will cost. Looking changes nothing.

        Raises:
            ValueError: a number of calls is below 0.
        """
        expected = most = 0.0
        guessed: list[str] = []
        for operation, count in calls.items():
            if count < 0:
                raise ValueError(f"a forecast takes numbers of calls from 0 on, not {count!r} of {operation}")
            cost = self._book.cost(operation)
            expected += count * cost.mean
            most += count * cost.largest
            if not cost.calls:
                guessed.append(operation)
        seconds = None if self._budget is None else copy(self)._seconds(expected, self._budget, now)
        return PointsForecast(expected=expected, most=most, guessed=tuple(guessed), seconds=seconds)

    # As a `LimitMachine`

    def ready_at(self, cost: float, now: float) -> float:
        """See `LimitMachine`. Where too little is left, that is when the next window begins."""
        if self._budget is None:
            return inf if self._flying and not self._is_blind else now
        self._roll(now)
        used = self._spent + self._unsure + self._reserved
        # One that is dearer than a window goes when all of a window is left.
        if used + min(cost, self._budget) > self._budget:
            return self._reset_by
        return max(now, self._in_time(used + min(cost, self._budget), self._budget))

    def take(self, cost: float, number: int, now: float) -> None:
        """See `LimitMachine`."""
        self._flying[number] = (now, cost)
        self._reserved += cost
        self._last = number

    def give_back(self, cost: float, number: int) -> None:
        """See `LimitMachine`."""
        del self._flying[number]
        self._reserved -= cost
        self._learn()

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        """See `LimitMachine`."""
        del self._flying[number]
        self._reserved -= cost
        ended = _Ended(number, now if answered else now + STRAY_SECONDS, cost, number == self._told)
        (self._ended if answered else self._strays).append(ended)
        if not self._counts(ended):
            self._unsure += cost
        self._learn()
        self._forget(now)

    def answered(self, operation: str, number: int, response: Response, now: float) -> None:
        """See `Pricing`."""
        report = self._limit.read(response)
        if report is None:
            self._is_blind = True
            return
        since = self._flying[number][0]
        begins_from, begins_by = since + report.reset_after - _SECOND, now + report.reset_after + _SECOND
        if self._budget is not None:
            self._roll(now)
            if begins_by < self._reset_by - self._limit.window / 2:
                return  # late, out of the window before
        is_new = self._budget is None or begins_from > self._reset_by
        self._budget = max(0.0, report.limit - self._limit.spare)
        if is_new:
            self._differences.restart()
            self._spread_from = (now, report.spent)
            self._reset_from, self._reset_by = begins_from, begins_by
        else:
            self._reset_from = max(self._reset_from, begins_from)
            self._reset_by = max(self._reset_from, min(self._reset_by, begins_by))
        if report.spent == 0.0:
            self._counts_own = False
        elif self._differences.holds(report.spent):
            self._is_exact = False
        self._differences.report(operation, report.spent, self._last)
        self._told = number
        if is_new or report.spent >= self._spent:
            self._spent, self._top = report.spent, number
            self._unsure = sum(each.cost for each in self._ended_since(since) if not self._counts(each))

    def snapshot(self) -> PointsSnapshot:
        """See `LimitMachine`."""
        return PointsSnapshot(
            limit=self._limit,
            in_flight=self._reserved,
            clear_at=None if self._reset_by == inf else self._reset_by,
            budget=self._budget,
            spent=self._spent,
            unsure=self._unsure,
        )

    def _in_time(self, used: float, budget: float) -> float:
        """When so much of the window's points may be gone, by the spreading."""
        begun, before = self._spread_from
        gone, whole = used - before, budget - before
        burst = self._limit.burst
        if gone <= burst * whole or burst == 1.0:
            return begun
        end = max(begun, self._reset_by - _SPARE_SECONDS)
        return begun + (end - begun) * (gone / whole - burst) / (1.0 - burst)

    def _seconds(self, points: float, budget: float, now: float) -> float:
        self._roll(now)
        used = self._spent + self._unsure + self._reserved
        if used + points <= budget:
            return max(0.0, self._in_time(used + points, budget) - now)
        further = points - max(0.0, budget - used)
        return self._reset_by - now + self._limit.window * further / budget if budget else inf

    def _roll(self, now: float) -> None:
        """Begin the window that `now` is in, where the one before is surely over."""
        if now < self._reset_by:
            return
        windows = (now - self._reset_by) // self._limit.window
        begun = self._reset_by + windows * self._limit.window
        self._spread_from = (begun, 0.0)
        self._spent = 0.0
        self._unsure = sum(each.cost for each in self._ended_since(self._reset_from))
        self._reset_from += (windows + 1) * self._limit.window
        self._reset_by = begun + self._limit.window
        self._differences = Differences()  # another one, since `forecast` rolls a copy

    def _counts(self, ended: _Ended) -> bool:
        """Whether the highest sum surely holds a call."""
        return ended.is_told and self._is_exact and (self._counts_own or ended.number != self._top)

    def _ended_since(self, since: float) -> Iterator[_Ended]:
        return (each for each in (*self._ended, *self._strays) if each.at >= since)

    def _learn(self) -> None:
        oldest = next(iter(self._flying), None)
        for operation, cost in self._differences.settled(oldest, own=self._counts_own):
            self._book.observe(operation, max(cost, _LEAST_COST))

    def _forget(self, now: float) -> None:
        """Drop what has ended before all that a report or a reset could still speak of."""
        oldest = next(iter(self._flying.values()), (now, 0.0))[0]
        since = min(oldest, self._reset_from)
        while self._ended and self._ended[0].at < since:
            self._ended.popleft()
        if self._strays:
            self._strays = [each for each in self._strays if each.at >= since]
