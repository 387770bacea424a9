"""`Ledger`: the account of one shared quota, as its store keeps it.

Rules of this file:

- A unit is out with a holder, cooling, or free. What is out and what cools is never granted, so no
  grant brings the two above the limit, whoever dies and whatever is lost on the way.
- A holder's units are set to what it says it holds, and not changed by what it says has changed. Of
  a holder's exchanges only the newest counts: one that was overtaken changes nothing.
- A lease that runs out leaves requests that may still be under way. Its units cool from then on as
  those of a request that was given up.
- First come, first served: who was refused has a place in the line, and who comes later gets only
  what would be left. Who does not come back at its time loses the place.
- Time is the store's. Where it goes back, as after a restart of its machine, what had to last goes
  on for as long as was left. It is kept from the ledger's own beginning on, so that the numbers are
  small, and exact to a microsecond for centuries.
- Statement by statement it can be written in a store's own language: it adds and compares, over
  lists whose order is fixed. What has to be worked out of a question is in `Terms`.
"""

from __future__ import annotations

from math import ceil, floor, inf
from typing import Final, TypeAlias, TypedDict, assert_never

from attrs import define, field, frozen

from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, Lease
from offwire.state.limits import CLOCK_DRIFT, BucketLimit, ConcurrencyLimit, WindowLimit

REFRESH_SECONDS: Final = 0.05
"""When the first in line looks again for units that others hold; the second after twice that, and so on.

Short beside the second that the shortest limits of public APIs last; with ten holders in line the
store is asked about 60 times a second.
"""
LONGEST_REFRESH: Final = 1.0
"""The most of it, however long the line is."""
PATIENCE_SECONDS: Final = 0.5
"""How late one in line may come without losing its place."""
SLOTS: Final = 256
"""Into so many parts a time of cooling is cut, and each end rounded up: what is kept stays small."""
_SOONEST: Final = 0.001
"""No wait is shorter, so that rounding cannot make anybody ask without end."""
_ROUNDING: Final = 1e-9
"""By what share of the limit sums of fractional costs may be off."""


class LedgerState(TypedDict):
    """A ledger as plain data, for JSON and its like."""

    kind: str
    pace: float
    origin: float
    last: float
    full_at: float
    blocked_until: float
    leases: list[LeaseRow]
    cooling: list[CoolingRow]
    line: list[PlaceRow]


LeaseRow: TypeAlias = tuple[str, int, float, float, float, float]
"""Holder, number, units, expires at, cool at, size."""
CoolingRow: TypeAlias = tuple[float, float]
"""Free at, units."""
PlaceRow: TypeAlias = tuple[str, float, float]
"""Holder, least, lost at."""


@frozen(kw_only=True)
class Terms:
    """What a ledger needs to know of a question's limit, worked out."""

    kind: str
    """`window`, `bucket` or `concurrency`."""
    size: float
    """Units that may be taken at once."""
    pace: float
    """The window's seconds, or the bucket's units per second. All who share a quota agree on it."""
    finished_for: float
    """Seconds for which a unit cools that was answered."""
    strayed_for: float
    """The same, where its request was given up, or its lease ran out."""

    @classmethod
    def of(cls, question: Exchange) -> Terms:
        """Work them out."""
        limit, stray = question.limit, question.stray
        match limit:
            case WindowLimit(calls, period, min_rtt=min_rtt):
                whole = period * (1 + CLOCK_DRIFT)
                return cls(
                    kind="window",
                    size=calls,
                    pace=period,
                    finished_for=max(0.0, whole - min_rtt),
                    strayed_for=stray + whole,
                )
            case BucketLimit(capacity=capacity, per_second=per_second):
                return cls(kind="bucket", size=capacity, pace=per_second, finished_for=0.0, strayed_for=stray)
            case ConcurrencyLimit(calls):
                return cls(kind="concurrency", size=calls, pace=0.0, finished_for=0.0, strayed_for=stray)
            case _:
                assert_never(limit)


@define
class _Account:
    """What one holder has."""

    holder: str
    number: int
    """Of its newest exchange."""
    units: float
    expires_at: float
    cool_at: float
    """When the units have cooled if the lease runs out."""
    size: float
    """The limit as this holder declares it; the smallest one counts."""


@define
class _Cooling:
    free_at: float
    units: float


@define
class _Place:
    """Of a holder that was refused."""

    holder: str
    least: float
    lost_at: float


@define
class Ledger:
    """Who holds how much of one quota. A store keeps one for each key."""

    _kind: str = ""
    _pace: float = 0.0
    _origin: float = 0.0
    """The store's time at which this ledger's own one was 0. All others here are in its own."""
    _last: float = 0.0
    _full_at: float = 0.0
    """When a bucket is full again, by what is finished."""
    _blocked_until: float = 0.0
    _accounts: list[_Account] = field(factory=list)
    _cooling: list[_Cooling] = field(factory=list)
    """By when they are free."""
    _line: list[_Place] = field(factory=list)

    @classmethod
    def of(cls, state: LedgerState) -> Ledger:
        """The ledger that had this `state`."""
        return cls(
            state["kind"],
            state["pace"],
            state["origin"],
            state["last"],
            state["full_at"],
            state["blocked_until"],
            [_Account(*row) for row in state["leases"]],
            [_Cooling(*row) for row in state["cooling"]],
            [_Place(*row) for row in state["line"]],
        )

    def state(self) -> LedgerState:
        """All that it knows, as plain data."""
        return LedgerState(
            kind=self._kind,
            pace=self._pace,
            origin=self._origin,
            last=self._last,
            full_at=self._full_at,
            blocked_until=self._blocked_until,
            leases=[(a.holder, a.number, a.units, a.expires_at, a.cool_at, a.size) for a in self._accounts],
            cooling=[(each.free_at, each.units) for each in self._cooling],
            line=[(each.holder, each.least, each.lost_at) for each in self._line],
        )

    @property
    def lasts(self) -> float:
        """Seconds from the last exchange on, after which it knows no more than a new one."""
        end = max(self._full_at, self._blocked_until, self._last)
        for account in self._accounts:
            end = max(end, account.cool_at)
        for cooling in self._cooling:
            end = max(end, cooling.free_at)
        for place in self._line:
            end = max(end, place.lost_at)
        if self._kind == "bucket":
            end += (self._out() + self._cooled()) / self._pace
        return end - self._last

    def exchange(self, question: Exchange, now: float) -> Lease:
        """Take a holder's account, and grant what there is. `now` is the store's time.

        Raises:
            StoreFailed: others who share the quota declare another kind of limit, or one of another
                pace; or the holder wants more at once than the smallest limit that is declared.
        """
        terms = Terms.of(question)
        now = self._advanced(now)
        self._expire(now)
        self._agree(question, terms)
        account = self._account(question.holder)
        if question.number <= account.number:
            return self._lease(question.holder, 0.0, REFRESH_SECONDS, now)
        account.number = question.number
        account.units = question.flying
        account.expires_at = now + question.lasts
        account.cool_at = account.expires_at + terms.strayed_for
        account.size = terms.size
        if question.blocked > 0:
            self._blocked_until = max(self._blocked_until, now + question.blocked)
        self._finish(question.finished, terms, now)
        self._cool(now + terms.strayed_for, question.strayed, terms.strayed_for / SLOTS)
        self._thaw(now)
        return self._answer(question, account, now)

    # What ends with time.

    def _advanced(self, now: float) -> float:
        """`now` in the ledger's own time, which never goes back."""
        if not self._kind:
            self._origin = now
        if now - self._origin < self._last:
            self._origin = now - self._last
        self._last = max(self._last, now - self._origin)
        return self._last

    def _expire(self, now: float) -> None:
        kept = []
        for account in self._accounts:
            if account.expires_at > now:
                kept.append(account)
            else:
                self._cool(account.cool_at, account.units, 0.0)
        self._accounts = kept
        self._thaw(now)
        self._line = [place for place in self._line if place.lost_at > now]

    def _thaw(self, now: float) -> None:
        while self._cooling and self._cooling[0].free_at <= now:
            cooled = self._cooling.pop(0)
            if self._kind == "bucket":
                self._fill(cooled.units, cooled.free_at)

    # What the holder says.

    def _agree(self, question: Exchange, terms: Terms) -> None:
        is_idle = not self._accounts and not self._cooling and self._full_at <= self._last
        if is_idle:
            self._kind = terms.kind
            self._pace = terms.pace
        if self._kind != terms.kind or self._pace != terms.pace:
            raise StoreFailed(
                f"the quota {question.key!r} is shared as a {self._kind} limit with "
                f"{_PACES[self._kind]} {self._pace:g}, and this program declares a {terms.kind} limit with "
                f"{_PACES[terms.kind]} {terms.pace:g}: declare the same everywhere, or take another key"
            )
        size = min([terms.size, *(each.size for each in self._accounts)])
        if question.least > size:
            raise StoreFailed(
                f"the quota {question.key!r} is shared with a program that declares a limit of {size:g}, so "
                f"{question.least:g} units at once can never be had: declare the same limit everywhere"
            )

    def _account(self, holder: str) -> _Account:
        for account in self._accounts:
            if account.holder == holder:
                return account
        account = _Account(holder, 0, 0.0, 0.0, 0.0, 0.0)
        self._accounts.append(account)
        return account

    def _finish(self, units: float, terms: Terms, now: float) -> None:
        if terms.kind == "bucket" and units > 0:
            self._fill(units, now)
        else:
            self._cool(now + terms.finished_for, units, terms.finished_for / SLOTS)

    def _fill(self, units: float, now: float) -> None:
        """Into a bucket, by the generic cell rate algorithm; `_Bucket` in `offwire.state.limits` says why."""
        self._full_at = max(self._full_at, now) + units / self._pace

    def _cool(self, free_at: float, units: float, slot: float) -> None:
        """Keep units back until `free_at`, or the end of the slot that this is in."""
        if units <= 0:
            return
        if slot > 0:
            free_at = max(free_at, ceil(free_at / slot) * slot)
        place = len(self._cooling)
        while place > 0 and self._cooling[place - 1].free_at > free_at:
            place -= 1
        if place > 0 and self._cooling[place - 1].free_at == free_at:
            self._cooling[place - 1].units += units
        else:
            self._cooling.insert(place, _Cooling(free_at, units))

    # What it gets.

    def _answer(self, question: Exchange, account: _Account, now: float) -> Lease:
        ahead, place = 0.0, 0
        while place < len(self._line) and self._line[place].holder != question.holder:
            ahead += self._line[place].least
            place += 1
        if question.want <= 0:
            self._leave(place)
            return self._lease(question.holder, 0.0, 0.0, now)
        size = account.size
        for each in self._accounts:
            size = min(size, each.size)
        room = size - self._out() - self._cooled() - self._level(now) - ahead
        if self._blocked_until > now:
            again_after = max(_SOONEST, self._blocked_until - now)
        elif room + _ROUNDING * size < question.least:
            again_after = self._again_after(question.least, ahead, size, place, now)
        else:
            self._leave(place)
            part = floor(room / (2 * self._holders(question.holder)))
            granted = min(question.want, max(question.least, part))
            account.units += granted
            return self._lease(question.holder, granted, 0.0 if granted > 0 else REFRESH_SECONDS, now)
        lost_at = now + again_after + PATIENCE_SECONDS
        if place < len(self._line):
            self._line[place].least = question.least
            self._line[place].lost_at = lost_at
        else:
            self._line.append(_Place(question.holder, question.least, lost_at))
        return self._lease(question.holder, 0.0, again_after, now)

    def _leave(self, place: int) -> None:
        if place < len(self._line):
            self._line.pop(place)

    def _again_after(self, least: float, ahead: float, size: float, place: int, now: float) -> float:
        """Seconds to go until there is enough though nothing comes back, or to a look at what has.

        None looks before there could be enough; from then on those in line do, one after another.
        """
        soonest = self._fits_after(least, size, now)
        looks = min(REFRESH_SECONDS * (place if soonest > 0 else place + 1), LONGEST_REFRESH)
        kept = ahead + self._out() + (self._cooled() if self._kind == "bucket" else 0.0)
        return max(_SOONEST, min(soonest + looks, self._fits_after(kept + least, size, now)))

    def _fits_after(self, units: float, size: float, now: float) -> float:
        """Seconds until so many fit beside what is finished; infinity where that alone does not do it."""
        if self._kind == "bucket":
            missing = units - size + self._level(now)
            return max(0.0, missing / self._pace) if units <= size else inf
        missing = units - size + self._cooled() - _ROUNDING * size
        at = now
        for cooling in self._cooling:
            if missing <= 0:
                break
            at = cooling.free_at
            missing -= cooling.units
        return at - now if missing <= 0 else inf

    def _lease(self, holder: str, granted: float, again_after: float, now: float) -> Lease:
        return Lease(
            granted=granted,
            again_after=again_after,
            holders=self._holders(holder),
            blocked=max(0.0, self._blocked_until - now),
        )

    # Sums.

    def _out(self) -> float:
        units = 0.0
        for account in self._accounts:
            units += account.units
        return units

    def _cooled(self) -> float:
        units = 0.0
        for cooling in self._cooling:
            units += cooling.units
        return units

    def _level(self, now: float) -> float:
        """Units that a bucket holds by what is finished; 0 for the others."""
        return max(0.0, self._full_at - now) * self._pace if self._kind == "bucket" else 0.0

    def _holders(self, asker: str) -> int:
        """How many have units, `asker` counted though it has none."""
        holders = 0
        for account in self._accounts:
            if account.units > 0 or account.holder == asker:
                holders += 1
        return holders


_PACES: Final = {"window": "period", "bucket": "per_second", "concurrency": "pace"}
