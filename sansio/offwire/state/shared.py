"""`SharedLimit`: one limit for many programs, of which each leases what it needs.

Rules of this file:

- Nothing starts without a unit that the store has granted, whose lease has not run out. By our own
  clock it runs out earlier than by the store's: it is counted from before the question, and shorter
  by what the two clocks may drift apart.
- Who asks gives back all that is unused, from the moment of asking on; so whatever becomes of the
  question, no unit is used that the store may have given to others. All that is under way is told
  as it is, and what ended is told until an answer shows that it was heard.
- A batch is what waits here, or what a moment at the rate of late would use, and never more than a
  share of the limit: few units are lost to others where this program dies.
- While the store is away, a limit of our own stands in, from which what is under way is taken off. All
  that it lets through is told the store when that is back.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from offwire.bounds import above, at_least
from offwire.quota_store import Exchange, Lease, QuotaStore, SharedBy
from offwire.state.away import LocalShare, WhenAway
from offwire.state.leasing import due
from offwire.state.limits import (
    CLOCK_DRIFT,
    STRAY_SECONDS,
    BucketLimit,
    ConcurrencyLimit,
    LimitMachine,
    LimitSnapshot,
    WindowLimit,
)

if TYPE_CHECKING:
    from offwire.flow import Store

BATCH_SECONDS: Final = 1.0
"""A batch is at most what is used in this time."""
BATCHES: Final = 16
"""… and in this part of a window, or of the time in which a bucket fills."""
BATCH_SHARE: Final = 1 / 8
"""… and at most this share of the limit."""
LATE_SHARE: Final = 1 / 2
"""Who has waited with units in hand may send them so late after the lease, as a share of `stray`.

The store counts them as under way for all of `stray`; the rest is for the way to the server.
"""
_ROUNDING: Final = 1e-9
_SAME_SECONDS: Final = 0.05
"""Two ends of a block that are so close are the same one, heard by two ways."""


def _named(_instance: object, _attribute: object, value: str) -> None:
    if not value:
        raise ValueError("SharedLimit.key is text, such as the API's name and the account's, and not empty")


@frozen
class SharedLimit:
    """A limit that all programs keep together which name the same key of the same store.

        store = offwire_store.RedisStore("redis://localhost")
        Policies(quota=[SharedLimit(WindowLimit(1000, 60.0), store, "shop")])

    Raises at birth:
        ValueError: the key is empty, or a number is out of its range.
    """

    limit: SharedBy
    """What the server allows to all of them."""
    store: QuotaStore = field(eq=False)
    key: str = field(validator=_named)
    """Names the server's account whose limit this is. Who names it declares the same limit."""
    when_away: WhenAway = field(default=LocalShare(), kw_only=True)
    """What to do while the store does not answer."""
    lasts: float = field(default=10.0, kw_only=True, validator=above(0))
    """Seconds of a lease. Where requests under way outlast it, the units they hold are counted for
    longer; for a `ConcurrencyLimit`, let it be as long as the longest request takes."""
    stray: float = field(default=STRAY_SECONDS, kw_only=True, validator=at_least(0))
    """Seconds that a request may arrive late at the server after its program has died."""
    retry_after: float = field(default=1.0, kw_only=True, validator=above(0))
    """Seconds between two attempts to reach a store that is away."""

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return self.limit.largest

    def machine(self) -> LimitMachine:
        """See `Limit`."""
        return _Shared(self)


@frozen(kw_only=True)
class SharedSnapshot(LimitSnapshot):
    """A shared limit at one instant, as this program sees it."""

    unused: float
    """Units that are leased and free."""
    is_away: bool
    """Whether the store did not answer the last time."""


class _Shared:
    """See `offwire.state.leasing.Leasing`."""

    __slots__ = (
        "_asked", "_asked_at", "_asks_at", "_away_since", "_batch_seconds", "_blocked_until", "_ends",
        "_finished", "_flying", "_holder", "_known_until", "_limit", "_local", "_most", "_number", "_out",
        "_per_call", "_since", "_size", "_strayed", "_taken", "_unused",
    )  # fmt: skip

    def __init__(self, limit: SharedLimit) -> None:
        self._limit = limit
        self._holder = ""
        self._per_call = isinstance(limit.limit, ConcurrencyLimit)
        self._size, memory = _measures(limit.limit)
        self._batch_seconds = min(BATCH_SECONDS, memory / BATCHES)
        self._most = self._size * BATCH_SHARE
        self._unused = 0.0
        self._ends = -inf
        self._flying: dict[int, float] = {}
        self._finished = _Tally(memory)
        self._strayed = _Tally(memory + limit.stray)
        self._taken = 0.0  # since the last question
        self._since = -inf
        self._number = 0
        self._asked: Exchange | None = None
        self._asked_at = -inf
        self._asks_at = -inf
        self._out = 0.0  # what the store counts as ours; infinity where that is not known
        self._away_since: float | None = None
        self._local: LimitMachine | None = None
        self._blocked_until = -inf
        self._known_until = -inf  # the end of the block that the store knows of

    @property
    def store(self) -> Store[Exchange]:
        return self._limit.store

    def identify(self, holder: str) -> None:
        self._holder = holder

    # What every limit does.

    def ready_at(self, cost: float, now: float) -> float:
        if self._local is not None:
            at = self._local.ready_at(cost, now)
            # Who asks a store that is away may wait for long, and all who stand behind it too.
            return at if at <= now + self._limit.retry_after else min(at, self._asking_at(now))
        if now >= self._ends:
            self._unused = 0.0
        if self._unused + _ROUNDING * self._size >= self._units(cost):
            return now
        return self._asking_at(now)

    def take(self, cost: float, number: int, now: float) -> None:
        self._flying[number] = cost
        self._taken += self._units(cost)
        if self._local is not None:
            self._local.take(cost, number, now)
        else:
            self._unused = max(0.0, self._unused - self._units(cost))

    def give_back(self, cost: float, number: int) -> None:
        del self._flying[number]
        self._taken -= self._units(cost)
        if self._local is not None:
            self._local.give_back(cost, number)
        else:
            self._unused += self._units(cost)  # also under way it is counted: a question tells it as flying

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        del self._flying[number]
        (self._finished if answered else self._strayed).add(self._units(cost), now)
        if self._local is not None:
            self._local.finish(cost, number, now, answered)
        elif self._away_since is None and (self._per_call or not self._flying):
            # What comes back at once is there to be had; what cools begins to when the store hears of it.
            self._asks_at = min(self._asks_at, now)

    def snapshot(self) -> SharedSnapshot:
        return SharedSnapshot(
            limit=self._limit,
            in_flight=self._in_flight(),
            clear_at=None,
            unused=self._unused,
            is_away=self._away_since is not None,
        )

    # What is asked.

    def question(self, cost: float, waiting: int, at: float, now: float) -> Exchange | None:
        if self._asked is not None:
            return None
        if at > due(now):
            # They would run out unused, and count as used for as long as requests may stray.
            return self._ask(0.0, 0.0, now) if self._unused > 0 and self._ends <= at < inf else None
        if self.ready_at(cost, now) <= now or self._asks_at > now:
            return None
        least = self._units(cost)
        span = now - self._since
        late = self._taken / span * self._batch_seconds if span > 0 else 0.0
        want = max(least, min(max(least * waiting, late), self._most))
        return self._ask(least, want, now)

    def report(self, waiting: int, flying: int, now: float) -> Exchange | None:
        if self._asked is not None:
            return None
        if self._away_since is not None:
            is_due = now >= self._asks_at
        else:
            is_idle = not waiting and (self._per_call or not flying)
            has_news = self._out > self._in_flight() or self._finished or self._strayed
            is_due = bool(is_idle and has_news) or self._blocked_until > max(now, self._known_until)
        return self._ask(0.0, 0.0, now) if is_due else None

    def answered(self, lease: Lease, now: float) -> float | None:
        asked = self._asked
        assert asked is not None, "an answer belongs to a question that is under way"
        self._asked = None
        self._finished.heard()
        self._strayed.heard()
        self._ends = self._asked_at + asked.lasts * (1 - CLOCK_DRIFT)
        self._unused += lease.granted
        self._out = asked.flying + lease.granted
        self._asks_at = now + lease.again_after if asked.want > 0 and not lease.granted else now
        self._known_until = max(
            self._known_until, self._asked_at + asked.blocked, now + lease.blocked + _SAME_SECONDS
        )
        since, self._away_since, self._local = self._away_since, None, None
        return None if since is None else now - since

    def failed(self, now: float) -> bool:
        self.dropped()
        self._asks_at = now + self._limit.retry_after
        if self._away_since is not None:
            return False
        self._away_since = now
        own = self._limit.when_away.limit(self._limit.limit)
        if own is not None:
            self._local = local = own.machine()
            for number, cost in self._flying.items():
                local.take(cost, number, now)
            self._unused = 0.0
        return True

    def dropped(self) -> None:
        self._asked = None
        self._finished.lost()
        self._strayed.lost()
        self._out = inf

    def has_lapsed(self, now: float) -> bool:
        return self._local is None and now >= self._ends + self._limit.stray * LATE_SHARE

    def block(self, until: float) -> None:
        self._blocked_until = max(self._blocked_until, until)

    def _ask(self, least: float, want: float, now: float) -> Exchange:
        limit = self._limit
        self._number += 1
        self._unused = 0.0
        self._taken, self._since = 0.0, now
        self._asked_at = now
        self._asked = Exchange(
            key=limit.key,
            limit=limit.limit,
            holder=self._holder,
            number=self._number,
            flying=self._in_flight(),
            finished=min(self._finished.told(now), self._size),
            strayed=min(self._strayed.told(now), self._size),
            least=least,
            want=want,
            lasts=limit.lasts,
            stray=limit.stray,
            blocked=max(0.0, self._blocked_until - now),
        )
        return self._asked

    def _asking_at(self, now: float) -> float:
        return inf if self._asked is not None else max(self._asks_at, due(now))

    def _units(self, cost: float) -> float:
        return 1.0 if self._per_call else cost

    def _in_flight(self) -> float:
        return float(len(self._flying)) if self._per_call else sum(self._flying.values())


class _Tally:
    """Units that have ended, until the store has heard of them, or they are too long ago to count."""

    __slots__ = ("_counts_for", "_ends", "_telling")

    def __init__(self, counts_for: float) -> None:
        self._counts_for = counts_for
        self._ends: deque[tuple[float, float]] = deque()
        self._telling: deque[tuple[float, float]] = deque()

    def __bool__(self) -> bool:
        return bool(self._ends)

    def add(self, units: float, now: float) -> None:
        ends = self._ends
        ends.append((now, units))
        while ends[0][0] + self._counts_for < now:
            ends.popleft()

    def told(self, now: float) -> float:
        """What to tell. `heard` or `lost` is owed next."""
        self._telling, self._ends = self._ends, deque()
        return sum(units for at, units in self._telling if at + self._counts_for >= now)

    def heard(self) -> None:
        self._telling = deque()

    def lost(self) -> None:
        self._telling.extend(self._ends)
        self._telling, self._ends = deque(), self._telling


def _measures(limit: SharedBy) -> tuple[float, float]:
    """The units of a limit, and the seconds for which one that was used counts."""
    if isinstance(limit, WindowLimit):
        return limit.calls, limit.period * (1 + CLOCK_DRIFT)
    if isinstance(limit, BucketLimit):
        return limit.capacity, limit.capacity / limit.per_second
    return limit.calls, 0.0
