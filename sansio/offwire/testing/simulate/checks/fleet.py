"""The fleet: what R9, R11, R12, T8 to T10 and L9 promise of processes that share a store.

Rules of this file: a check across processes sees all of their records, and knows from `Turned` whose each is
and what their clock shows. It keeps an account of its own, apart from the store's.
"""

from __future__ import annotations

from math import inf
from typing import ClassVar, Final

from attrs import define

from offwire.events import QuotaStoreFound, QuotaStoreLost, QuotaWaited
from offwire.state.limits import CLOCK_DRIFT, BucketLimit, Limit, WindowLimit
from offwire.state.shared import LATE_SHARE
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.checks.quota import WindowSafety
from offwire.testing.simulate.records import (
    Accounted,
    Answered,
    Closed,
    Ended,
    Exchanged,
    Kept,
    Killed,
    Sent,
    Strayed,
    Turned,
    Visited,
)
from offwire.testing.simulate.scenario import Scenario
from offwire.testing.simulate.shared_store import BEGINS_AT, Shared

_ROUNDING: Final = 1e-6
_OF_ONE: Final = frozenset({"R1", "R2", "R3", "R4", "T2"})


def speaks_of_one(check: type[Check], scenario: Scenario) -> bool:
    """Whether a rule holds for each process of a fleet by itself.

    What is said of a limit that one process has for itself does not; nor does T2, since what a store keeps
    counts, and not what came last; nor T5 where the wall clocks are set, by which processes tell each other
    when a token ends; nor T3 where calls are hedged, which is seen while an answer is told to the store.
    """
    is_excused = (check.rule == "T5" and scenario.jumps) or (
        check.rule == "T3" and scenario.hedge is not None
    )
    return check.rule not in _OF_ONE and not is_excused


class Across(Check):
    """A check of all processes together."""

    _process: int = 0
    _offset: float = 0.0
    _rate: float = 1.0

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether there are several."""
        return scenario.processes > 1

    def turned(self, record: Turned) -> None:
        """Whose is what follows."""
        self._process, self._offset, self._rate = record.process, record.offset, record.rate

    @property
    def _shared(self) -> Shared:
        return self.scenario.store or Shared()

    def _store_time(self, local: float) -> float:
        """What the store's clock shows when the process' shows `local`."""
        return BEGINS_AT + (local - self._offset) / self._rate * (1 + self._shared.skew)


class _OfQuota(Across):
    """Has a subject where processes share a limit."""

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether they do."""
        return super().concerns(scenario) and scenario.quota is not None and bool(scenario.quota.limits())


@define
class _Leased:
    number: int = 0
    units: float = 0.0
    expires_at: float = -inf


class LeaseSafety(_OfQuota):
    """R9: no grant brings what is leased, what cools and what a bucket holds above the limit."""

    rule: ClassVar[str] = "R9"

    def _begin(self) -> None:
        quota = self.scenario.quota
        limits: tuple[Limit, ...] = () if quota is None else quota.limits()
        self._size, self._pace, self._finished_for, self._strayed_for = inf, 0.0, 0.0, self._shared.stray
        for limit in limits:
            self._size = limit.largest if isinstance(limit, BucketLimit) else getattr(limit, "calls", inf)
            if isinstance(limit, WindowLimit):
                whole = limit.period * (1 + CLOCK_DRIFT)
                self._finished_for = whole - limit.min_rtt
                self._strayed_for += whole
            elif isinstance(limit, BucketLimit):
                self._pace = limit.per_second
        self._leased: dict[int, _Leased] = {}
        self._cooling: list[tuple[float, float]] = []
        self._full_at = -inf

    def exchanged(self, record: Exchanged) -> None:
        """Whatever is granted, there was."""
        at = record.at
        self._expire(at)
        if record.error:
            self.fail(at, 0, f"process {record.process} is refused: {record.error}")
            return
        leased = self._leased.setdefault(record.process, _Leased())
        if record.number <= leased.number:
            if record.granted:
                self.fail(at, 0, f"process {record.process} gets units by an exchange that was overtaken")
            return
        leased.number, leased.expires_at = record.number, at + self._shared.lasts
        leased.units = record.flying + record.granted
        self._end(at + self._finished_for, record.finished)
        self._end(at + self._strayed_for, record.strayed)
        self._thaw(at)
        total = sum(each.units for each in self._leased.values()) + sum(units for _, units in self._cooling)
        total += max(0.0, self._full_at - at) * self._pace
        if record.granted and total > self._size + _ROUNDING:
            self.fail(at, 0, f"{total:g} units are out or cool, where the limit is {self._size:g}")

    def _end(self, at: float, units: float) -> None:
        if units:
            self._cooling.append((at, units))

    def _expire(self, at: float) -> None:
        for process, leased in tuple(self._leased.items()):
            if leased.expires_at <= at:
                del self._leased[process]
                self._end(leased.expires_at + self._strayed_for, leased.units)
        self._thaw(at)

    def _thaw(self, at: float) -> None:
        over = sorted(each for each in self._cooling if each[0] <= at)
        self._cooling = [each for each in self._cooling if each[0] > at]
        for free_at, units in over:
            if self._pace:
                self._full_at = max(self._full_at, free_at) + units / self._pace


class FleetSafety(Across, WindowSafety):
    """R11: all processes together keep to the limit, as the server counts, where `when_away` is closed:
    whoever dies, whatever is lost, and with what comes after it was given up.
    """

    rule: ClassVar[str] = "R11"

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether they know of it, and nobody goes on without the store."""
        is_closed = (scenario.store or Shared()).when_away == "closed"
        return super().concerns(scenario) and WindowSafety.concerns(scenario) and is_closed

    def strayed(self, _record: Strayed) -> None:
        """That counts too."""

    def visited(self, record: Visited) -> None:
        """Nobody is refused either."""
        super().visited(record)
        quota = self.scenario.quota
        if self.holds and quota is not None and quota.kind != "concurrency" and not record.admitted:
            self.fail(record.at, 0, "the server refuses a request, although its limit is known and shared")


class LiveLease(_OfQuota):
    """R12: nobody sends on a lease that has run out by the store's clock, but while the store is away.

    Nor what was taken before and had to wait, once half of the time is over for which the store counts it.
    """

    rule: ClassVar[str] = "R12"

    def _begin(self) -> None:
        self._expires: dict[int, float] = {}
        self._away: set[int] = set()
        self._turns: dict[tuple[int, int], float] = {}

    def quota_waited(self, event: QuotaWaited) -> None:
        """It has its permit, and may have to wait for something else now."""
        self._turns[self._process, event.call] = event.at

    def exchanged(self, record: Exchanged) -> None:
        """It has been renewed."""
        self._expires[record.process] = record.at + self._shared.lasts

    def quota_store_lost(self, _event: QuotaStoreLost) -> None:
        """From here on `when_away` holds."""
        if self._shared.when_away != "closed":
            self._away.add(self._process)

    def quota_store_found(self, _event: QuotaStoreFound) -> None:
        """… and until here."""
        self._away.discard(self._process)

    def sent(self, record: Sent) -> None:
        """By the store's clock, the lease is there."""
        if record.marks.kind == "token" or self._process in self._away:
            return
        late = self._store_time(record.at) - self._expires.get(self._process, -inf)
        if self._turns.pop((self._process, record.call), -inf) < record.at:
            late -= self._shared.stray * LATE_SHARE
        if late > _ROUNDING:
            self.fail(record.at, record.call, f"process {self._process} sends {late:.6f} s after its lease")


class _OfTokens(Across):
    """Has a subject where processes share a token."""

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether they do."""
        return super().concerns(scenario) and scenario.sign_in is not None


class FleetSingleFlight(_OfTokens):
    """T8: whoever fetches a token has its claim, and nobody else fetches one before that has run out."""

    rule: ClassVar[str] = "T8"

    def _begin(self) -> None:
        self._claims: dict[int, float] = {}  # until when, by the store's clock
        self._flying: dict[int, int] = {}

    def kept(self, record: Kept) -> None:
        """Who has a claim."""
        if record.question == "Claim" and record.is_done:
            self._claims[record.process] = record.at + self._shared.claim_lasts
        elif record.question == "Release":
            self._claims.pop(record.process, None)

    def sent(self, record: Sent) -> None:
        """One, and no other."""
        if record.marks.kind != "token":
            return
        at = self._store_time(record.at)
        if self._process not in self._claims:
            self.fail(record.at, record.call, f"process {self._process} fetches a token without the claim")
        has_claim = self._claims.get(self._process, -inf) > at + _ROUNDING
        others = [each for each in self._flying if self._claims.get(each, -inf) > at + _ROUNDING]
        others = [each for each in others if each != self._process]
        if others and has_claim:
            self.fail(record.at, record.call, f"processes {others} are fetching a token as well")
        self._flying[self._process] = record.call

    def answered(self, record: Answered) -> None:
        """It is over."""
        self._landed(record.call)

    def ended(self, record: Ended) -> None:
        """It was given up with its call."""
        self._landed(record.call)

    def _landed(self, call: int) -> None:
        if self._flying.get(self._process) == call:
            del self._flying[self._process]


class Fenced(_OfTokens):
    """T9: what is saved says by which claim it was got, and takes no later one's place."""

    rule: ClassVar[str] = "T9"

    def _begin(self) -> None:
        self._claims: set[tuple[int, int]] = set()  # with whose each is
        self._saved = 0

    def kept(self, record: Kept) -> None:
        """By generations."""
        if record.question == "Claim" and record.is_done:
            self._claims.add((record.process, record.generation))
        elif record.question == "Save":
            if (record.process, record.generation) not in self._claims:
                said = f"process {record.process} saves as of claim {record.generation}, which is not its own"
                self.fail(record.at, 0, said)
            if record.is_done:
                if record.generation < self._saved:
                    self.fail(
                        record.at, 0, f"claim {record.generation} replaces what {self._saved} has saved"
                    )
                self._saved = record.generation


class FleetNoReplay(_OfTokens):
    """T10: a refresh token does not go out again once its successor is kept, whoever has sent it: who
    claims after that has seen it. It speaks of what comes before the server has taken all tokens back.
    """

    rule: ClassVar[str] = "T10"

    def _begin(self) -> None:
        self._now = 0  # numbers what happens
        self._shown: dict[tuple[int, int], int] = {}
        self._refresh: dict[int, int] = {}  # by the access token that came for it
        self._kept: dict[int, int] = {}
        self._claimed: dict[int, int] = {}

    def kept(self, record: Kept) -> None:
        """When a successor was kept, and who has claimed after that."""
        self._now += 1
        if record.question == "Forget":
            self._kept.clear()
        elif record.question == "Save" and record.is_done and record.token in self._refresh:
            self._kept[self._refresh[record.token]] = self._now
        elif record.question == "Claim" and record.is_done:
            self._claimed[record.process] = self._now

    def sent(self, record: Sent) -> None:
        """Not one that this process knows to be over."""
        refresh = record.marks.refresh
        if refresh:
            self._shown[self._process, record.exchange] = refresh
            if self._kept.get(refresh, self._now + 1) < self._claimed.get(self._process, 0):
                said = f"process {self._process} sends refresh token {refresh}, whose successor is kept"
                self.fail(record.at, record.call, said)

    def answered(self, record: Answered) -> None:
        """Which access token has come for it."""
        refresh = self._shown.pop((self._process, record.exchange), 0)
        if refresh and record.issued:
            self._refresh[record.issued] = refresh


class NothingLeased(_OfQuota):
    """L9: at the end nobody holds a unit but who was killed or closed, nor is anybody else in the line.

    Where calls are hedged, the unit of one that was given up may be held as well: it runs out.
    """

    rule: ClassVar[str] = "L9"

    def _begin(self) -> None:
        self._gone: set[int] = set()

    def killed(self, record: Killed) -> None:
        """It cannot give anything back."""
        self._gone.add(record.process)

    def closed(self, _record: Closed) -> None:
        """Nor can this one."""
        self._gone.add(self._process)

    def accounted(self, record: Accounted) -> None:
        """What is there runs out."""
        for process, units, expires_at in record.leases:
            is_over = expires_at <= record.at
            is_odd = process not in self._gone and self.scenario.hedge is None
            if units > _ROUNDING and not is_over and is_odd:
                self.fail(record.at, 0, f"process {process} holds {units:g} units, and has no calls")
            if expires_at > record.at + self._shared.lasts + _ROUNDING:
                self.fail(record.at, 0, f"the lease of process {process} lasts until {expires_at:.6f}")
        waiting = [process for process in record.line if process not in self._gone]
        if waiting:
            self.fail(record.at, 0, f"processes {waiting} are in line")


FLEET_CHECKS: tuple[type[Check], ...] = (
    LeaseSafety, FleetSafety, LiveLease, FleetSingleFlight, Fenced, FleetNoReplay, NothingLeased,
)  # fmt: skip
"""All of this family."""
