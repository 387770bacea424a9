"""Quota: what R1 to R10 promise; those that are about what servers report are in `reports`.

Rules of this file: what is promised of the server's own count holds where the callers know its
limit, no proxy doubles a request, and no request comes after its caller has given it up. From the
first one that does on, R1 and R2 look away.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import ClassVar

from offwire.events import AttemptEnded, QuotaWaited
from offwire.state.limits import CLOCK_DRIFT, ConcurrencyLimit, WindowLimit
from offwire.testing.simulate.checks.backlog import Backlog
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.checks.premises import NEVER_SENT, in_order, is_priced
from offwire.testing.simulate.checks.reports import ServerTruth, StaleReports
from offwire.testing.simulate.records import (
    Answered,
    Ended,
    GivenUp,
    Looked,
    Sent,
    Strayed,
    Visited,
)
from offwire.testing.simulate.scenario import Scenario

_ROUNDING = 1e-6


class _Exact(Check):
    """Holds as long as the premises do."""

    holds: bool

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether the callers know the limit, and no proxy doubles a request."""
        return scenario.quota is not None and scenario.quota.is_honest and not scenario.network.doubled

    def _begin(self) -> None:
        self.holds = self.concerns(self.scenario)

    def strayed(self, _record: Strayed) -> None:
        """From here on the server counts what nobody can know of."""
        self.holds = False


class WindowSafety(_Exact):
    """R1: in no stretch of the server's time do more units arrive than the limit allows."""

    rule: ClassVar[str] = "R1"

    def _begin(self) -> None:
        super()._begin()
        self._lately: deque[tuple[float, float]] = deque()
        self._used = 0.0
        self._level = inf
        self._at = 0.0

    def visited(self, record: Visited) -> None:
        """Count anew, apart from the server's own machine."""
        quota = self.scenario.quota
        if not self.holds or quota is None or quota.kind == "concurrency":
            return
        if quota.kind == "bucket":
            rate = quota.units / quota.per
            self._level = min(quota.units, self._level + (record.at - self._at) * rate) - record.cost
            self._at = record.at
            if self._level < -_ROUNDING:
                self.fail(record.at, 0, f"the bucket is overdrawn by {-self._level:.6f} units")
            return
        lately = self._lately
        lately.append((record.at, record.cost))
        self._used += record.cost
        while lately[0][0] + quota.per <= record.at:
            self._used -= lately.popleft()[1]
        if quota.kind == "sliding" and self._used > quota.units + _ROUNDING:
            self.fail(record.at, 0, f"{self._used:g} units came in {quota.per:g} s")


class ZeroRefusals(_Exact):
    """R2: whoever knows the limit is never told that there were too many requests."""

    rule: ClassVar[str] = "R2"

    def answered(self, record: Answered) -> None:
        """A 429 is one too many. Of concurrency, abandoned work may still run at the server."""
        quota = self.scenario.quota
        if self.holds and quota is not None and quota.kind != "concurrency" and record.status == 429:
            self.fail(record.at, record.call, "the server says 429, although its limit is known")


class WorkConservation(Check):
    """R3: while somebody waits for the quota, what the quota has is used."""

    rule: ClassVar[str] = "R3"

    def _begin(self) -> None:
        self._done: deque[float] = deque()
        self._due = inf  # by when somebody has to be let through

    def attempt_ended(self, event: AttemptEnded) -> None:
        """What it has taken comes back a window later; at once, if it never left."""
        if event.error not in NEVER_SENT:
            self._done.append(event.at)

    def answered(self, record: Answered) -> None:
        """Who is sent away makes all others wait, whatever the quota has; so does a report."""
        if record.wait is not None or record.status == 429 or record.remaining is not None:
            self._due = inf

    def quota_waited(self, event: QuotaWaited) -> None:
        """In time."""
        if event.at - event.waited <= self._due < event.at - _ROUNDING:
            self.fail(event.at, event.call, f"its turn was at {self._due:.6f}")
        self._due = inf

    def looked(self, record: Looked) -> None:
        """Nobody may wait for what is there."""
        quota, waiting = record.engine.quota, record.engine.quota.waiting
        blocked = quota.blocked_until is not None and quota.blocked_until > record.at
        if not waiting or blocked or quota.reported:
            return
        if not quota.in_flight and all(
            each.clear_at is None or each.clear_at <= record.at for each in quota.limits
        ):
            self.fail(record.at, 0, f"{waiting} calls wait for a quota that has everything")
            return
        limits = self.scenario.quota.limits() if self.scenario.quota is not None else ()
        if not limits or not isinstance(limits[0], WindowLimit) or is_priced(self.scenario):
            return
        busy = limits[0].period * (1 + CLOCK_DRIFT)
        while self._done and self._done[0] + busy < record.at - _ROUNDING:
            self._done.popleft()
        missing = quota.in_flight + len(self._done) - limits[0].calls
        if 0 <= missing < len(self._done):
            self._due = min(self._due, self._done[missing] + busy)
        if missing < 0:
            self.fail(
                record.at,
                0,
                f"{waiting} calls wait, while {quota.in_flight} of {limits[0].calls} are in flight and "
                f"{len(self._done)} were answered lately",
            )


class Throughput(Check):
    """R4: callers who keep waiting get all of a window, in each of its periods and the longest round trip.

    It speaks of windows that are known, of calls that cost one unit, and that wait for nothing else.
    """

    rule: ClassVar[str] = "R4"

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether nothing but a known window holds calls back; not what the server says is left, for one."""
        quota = scenario.quota
        return (
            quota is not None
            and quota.is_honest
            and isinstance(quota.limits()[0], WindowLimit)
            and not quota.priced
            and quota.says != "fields"
            and scenario.hedge is None
            and in_order(scenario)
        )

    def _begin(self) -> None:
        limits = self.scenario.quota.limits() if self.scenario.quota is not None else ()
        self._limit = next((each for each in limits if isinstance(each, WindowLimit)), None)
        self._backlog = Backlog()
        self._flying: dict[int, float] = {}  # since when, the oldest first
        self._longest = 0.0
        self._turns: set[int] = set()  # calls that have had their turn, and are not sent yet

    def sent(self, record: Sent) -> None:
        """It is under way; and one more was let through, where it did not have to wait for that."""
        self._flying[record.call] = record.at
        if record.call in self._turns:
            self._turns.remove(record.call)
        else:
            self._backlog.admitted += 1

    def answered(self, record: Answered) -> None:
        """How long it took; and whether all have to stay away."""
        self._landed(record)
        self._backlog.answered(record)

    def ended(self, record: Ended) -> None:
        """It was given up."""
        self._turns.discard(record.call)
        self._landed(record)

    def _landed(self, record: Answered | Ended) -> None:
        since = self._flying.pop(record.call, None)
        if since is not None and record.at - since > self._longest:
            self._longest = record.at - since

    def quota_waited(self, event: QuotaWaited) -> None:
        """As many as were due have been let through."""
        self._turns.add(event.call)
        backlog, limit = self._backlog, self._limit
        backlog.admit(event)
        if limit is None:
            return
        longest = max(self._longest, event.at - next(iter(self._flying.values()), event.at))
        period = limit.period * (1 + CLOCK_DRIFT) + longest
        due = limit.calls * int((event.at - backlog.since - _ROUNDING) / period)
        if backlog.admitted < due:
            self.fail(
                event.at,
                event.call,
                f"{backlog.admitted} were let through in {event.at - backlog.since:.6f} s, where {due} could",
            )


class BlockIsGlobal(Check):
    """R6: after a 429 or 503 that names a wait, nobody is sent before it is over."""

    rule: ClassVar[str] = "R6"

    def _begin(self) -> None:
        self._until = -inf
        self._tokens: set[int] = set()

    def sent(self, record: Sent) -> None:
        """Nobody starts within the wait; a sign-in is another matter."""
        if record.marks.kind == "token":
            self._tokens.add(record.exchange)
        elif record.at < self._until - _ROUNDING:
            self.fail(record.at, record.call, f"it is sent, where nobody may be before {self._until:.6f}")

    def answered(self, record: Answered) -> None:
        """The wait that everybody has to keep."""
        if record.status in (429, 503) and record.wait and record.exchange not in self._tokens:
            self._until = max(self._until, record.at + record.wait)


class RefundExactness(Check):
    """R7: what was taken of the quota is settled or refunded, exactly once."""

    rule: ClassVar[str] = "R7"

    def looked(self, record: Looked) -> None:
        """Never more than calls and hedges, never below nothing; and nothing at all at the end."""
        quota, hedge = record.engine.quota, self.scenario.hedge
        most = 0 if record.is_last else record.active * (1 + (0 if hedge is None else hedge.most))
        if not 0 <= quota.in_flight <= most:
            self.fail(record.at, 0, f"{quota.in_flight} permits are out, for {most} requests at most")
        for limit in quota.limits:
            if limit.in_flight < -_ROUNDING or (record.is_last and abs(limit.in_flight) > _ROUNDING):
                self.fail(record.at, 0, f"{limit.in_flight:g} units are in flight of {limit.limit}")


class BoundedConcurrency(Check):
    """R10: no more requests are under way than the limit of concurrency and the connections allow."""

    rule: ClassVar[str] = "R10"

    def _begin(self) -> None:
        self._flying: dict[int, int] = {}  # by exchange
        self._exchanges: dict[int, list[int]] = {}  # by call
        self._limited = 0
        quota = self.scenario.quota
        limits = quota.limits() if quota is not None else ()
        self._most = min((each.calls for each in limits if isinstance(each, ConcurrencyLimit)), default=None)

    def sent(self, record: Sent) -> None:
        """One more."""
        is_limited = record.marks.kind != "token"
        self._limited += is_limited - self._flying.get(record.exchange, 0)
        self._flying[record.exchange] = is_limited
        self._exchanges.setdefault(record.call, []).append(record.exchange)
        if len(self._flying) > self.scenario.connections:
            self.fail(record.at, record.call, f"{len(self._flying)} connections are in use")
        if self._most is not None and self._limited > self._most:
            said = f"{self._limited} requests are under way, where {self._most} may be"
            self.fail(record.at, record.call, said)

    def answered(self, record: Answered) -> None:
        """One less."""
        self._limited -= self._flying.pop(record.exchange, 0)

    def given_up(self, record: GivenUp) -> None:
        """One less."""
        self._limited -= self._flying.pop(record.exchange, 0)

    def ended(self, record: Ended) -> None:
        """A call that was given up has none."""
        for exchange in self._exchanges.pop(record.call, ()):
            self._limited -= self._flying.pop(exchange, 0)


QUOTA_CHECKS: tuple[type[Check], ...] = (
    WindowSafety, ZeroRefusals, WorkConservation, Throughput, ServerTruth, BlockIsGlobal, RefundExactness,
    StaleReports, BoundedConcurrency,
)  # fmt: skip
"""All of this family."""
