"""The life of a call: what L1 to L8 promise; and secrets, S1 to S3."""

from __future__ import annotations

from collections import Counter, deque
from math import ceil, inf
from typing import ClassVar

from offwire.events import CallEnded, CallStarted
from offwire.state.limits import STRAY_SECONDS
from offwire.state.token_box import TokenState
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.records import (
    Answered,
    Began,
    Cancelled,
    Closed,
    Ended,
    GivenUp,
    Looked,
    Paused,
    Sent,
    Shown,
    Slept,
    Stuck,
)


class OneEnd(Check):
    """L1: each call has exactly one end, which observers are told of once, and nothing after it."""

    rule: ClassVar[str] = "L1"

    def _begin(self) -> None:
        self._open: set[int] = set()
        self._told: set[int] = set()

    def began(self, record: Began) -> None:
        """One more call."""
        self._open.add(record.call)

    def call_started(self, event: CallStarted) -> None:
        """Observers know of it."""
        self._told.add(event.call)

    def call_ended(self, event: CallEnded) -> None:
        """Once."""
        if event.call not in self._told:
            self.fail(event.at, event.call, "observers are told of its end without a beginning, or twice")
        self._told.discard(event.call)

    def ended(self, record: Ended) -> None:
        """Once, and observers have been told."""
        if record.call not in self._open or record.call in self._told:
            self.fail(record.at, record.call, "it ends twice, or observers were not told")
        self._open.discard(record.call)

    def sent(self, record: Sent) -> None:
        """Only calls that have not ended send."""
        if record.call not in self._open:
            self.fail(record.at, record.call, "it is sent after its end")

    def looked(self, record: Looked) -> None:
        """At the end all have ended."""
        if record.is_last and (self._open or self._told):
            self.fail(record.at, min(self._open | self._told), "it has not ended")


class NoLostWake(Check):
    """L2: a call that waits is woken, or has a time; the world never stands still before all have ended."""

    rule: ClassVar[str] = "L2"

    def stuck(self, record: Stuck) -> None:
        """Nothing is going to happen any more."""
        self.fail(record.at, record.calls[0], f"{len(record.calls)} calls wait for what never comes")


class NoZombies(Check):
    """L3: when all calls have ended, nothing is held by anybody."""

    rule: ClassVar[str] = "L3"

    def looked(self, record: Looked) -> None:
        """No permits, slots, probes, seats or leases."""
        if not record.is_last:
            return
        engine, connections = record.engine, record.connections
        held = {
            "places at the quota": engine.quota.waiting,
            "permits": engine.quota.in_flight,
            "connections": connections.in_use,
            "places in line for one": connections.waiting,
            "probes": sum(each.probes_running for each in engine.breakers.values()),
        }
        if engine.tokens is not None:
            held["seats"] = engine.tokens.waiting
            held["leases"] = int(engine.tokens.state is TokenState.REFRESHING)
        left = [f"{number} {what}" for what, number in held.items() if number]
        if left:
            self.fail(record.at, 0, f"nobody is there any more, but there are {', '.join(left)}")


class CancelAtOnce(Check):
    """L4: a cancel takes effect in the same step, but for an exchange that may not be lost."""

    rule: ClassVar[str] = "L4"
    wakes_at: ClassVar[tuple[str, ...]] = ("cancelled",)

    def _begin(self) -> None:
        self._cancelled: dict[int, Cancelled] = {}

    def cancelled(self, record: Cancelled) -> None:
        """From here on."""
        self._cancelled[record.call] = record

    def ended(self, record: Ended) -> None:
        """In the same instant, and as a cancel."""
        cancelled = self._cancelled.pop(record.call, None)
        if cancelled is None or cancelled.phase == "shielded":
            return
        if record.at != cancelled.at or record.how != "cancelled":
            self.fail(record.at, record.call, f"it was cancelled at {cancelled.at:.6f}, and {record.how}")

    def sent(self, record: Sent) -> None:
        """Nothing is sent for it, but to end what may not be lost."""
        if record.call in self._cancelled and not record.shielded:
            self.fail(record.at, record.call, "it is sent after it was cancelled")


class BoundedMemory(Check):
    """L5: what the machines hold is bounded by the calls that there are, and by what was declared.

    By the limits' units, that is, and as many twice more for what a shared limit has to tell its store;
    by the breakers' windows; by the requests that were given up within a minute, each of which may still
    arrive; and where a server reports what is left, by those that were answered within a minute while an
    older one was, and is, under way, whose report may not have counted them.
    """

    rule: ClassVar[str] = "L5"

    def _begin(self) -> None:
        scenario = self.scenario
        quota = scenario.quota
        units = 0 if quota is None else ceil(quota.units * max(1.0, quota.declared))
        self._declared = _TABLES + units
        if scenario.store is not None:
            self._declared += 2 * units  # what has ended and what has strayed, until it was told
        if scenario.breaker is not None:
            self._declared += _ORIGINS * (scenario.breaker.window + scenario.breaker.probes)
        requests = 1 if scenario.hedge is None else 1 + scenario.hedge.most
        self._places = 2 * requests
        if scenario.places:
            # Who waits is found by its turn and by its flow too; flows and priorities are ranked.
            self._places += 2 * requests
            priorities = {each.priority for each in scenario.places}
            self._declared += 3 * len({*scenario.places}) + _SLACK * (1 + len(priorities))
        self._flying: Counter[int] = Counter()
        self._given_up: deque[float] = deque()
        self._reports = quota is not None and quota.says == "fields"
        self._since: dict[int, float] = {}  # when the calls that are under way were sent, oldest first
        self._answered: deque[float] = deque()

    def sent(self, record: Sent) -> None:
        """Something of it is held until its end."""
        self._flying[record.call] += 1
        self._since.setdefault(record.call, record.at)

    def answered(self, record: Answered) -> None:
        """And longer, where nobody knows whether the server has it, or whether a report has counted it."""
        self._landed(record.call)
        if record.error:
            self._stray(record.at)
        elif self._reports:
            self._answered.append(record.at)

    def given_up(self, record: GivenUp) -> None:
        """As above."""
        self._landed(record.call)
        self._stray(record.at)

    def ended(self, record: Ended) -> None:
        """As above."""
        self._since.pop(record.call, None)
        for _ in range(self._flying.pop(record.call, 0)):
            self._stray(record.at)

    def _landed(self, call: int) -> None:
        self._flying[call] -= 1
        if not self._flying[call]:
            self._since.pop(call, None)

    def _stray(self, at: float) -> None:
        self._given_up.append(at)
        while self._given_up[0] + STRAY_SECONDS <= at:
            self._given_up.popleft()

    def looked(self, record: Looked) -> None:
        """Each request has places in two lines at most."""
        oldest = max(record.at - STRAY_SECONDS, next(iter(self._since.values()), inf))
        while self._answered and self._answered[0] < oldest:
            self._answered.popleft()
        most = self._declared + self._places * record.active + len(self._given_up) + len(self._answered)
        if record.held is not None and record.held > most:
            said = f"{record.held} things are held for {record.active} calls, where {most} may be"
            self.fail(record.at, 0, said)


_SLACK = 11
"""What a ranking holds of those that have left, and the one who is ranked."""

_TABLES = 16
"""What is held of origins, cookies and reports; none of it grows with the calls."""
_ORIGINS = 3


class TimeOnlyGoesOn(Check):
    """L7: whatever clocks do, the core's time never runs backwards."""

    rule: ClassVar[str] = "L7"

    def _begin(self) -> None:
        self._latest = -inf

    def looked(self, record: Looked) -> None:
        """Not before what it was."""
        if record.monotonic < self._latest:
            self.fail(record.at, 0, f"the core went back from {self._latest:.6f} to {record.monotonic:.6f}")
        self._latest = max(self._latest, record.monotonic)


class NothingAfterClose(Check):
    """L8: when a client is closed, every call ends in that step, and asks for nothing any more."""

    rule: ClassVar[str] = "L8"
    wakes_at: ClassVar[tuple[str, ...]] = ("closed",)

    def _begin(self) -> None:
        self._closed = inf

    def closed(self, record: Closed) -> None:
        """From here on."""
        self._closed = record.at

    def _asks(self, record: Sent | Slept | Paused | Answered) -> None:
        self.fail(record.at, record.call, f"a {type(record).__name__} after the client was closed")

    def sent(self, record: Sent) -> None:
        """None."""
        self._asks(record)

    def slept(self, record: Slept) -> None:
        """None."""
        self._asks(record)

    def paused(self, record: Paused) -> None:
        """None."""
        self._asks(record)

    def ended(self, record: Ended) -> None:
        """In that step."""
        if record.at > self._closed:
            self.fail(record.at, record.call, "it has ended after the client was closed")


class NoSecretShown(Check):
    """S1: no secret, in whatever form, is in an event, an error or a snapshot."""

    rule: ClassVar[str] = "S1"

    def shown(self, record: Shown) -> None:
        """There is one."""
        self.fail(record.at, record.call, f"a secret shows in {record.where}")


class NoSecretElsewhere(Check):
    """S2: no credential goes to another origin than its own."""

    rule: ClassVar[str] = "S2"

    def sent(self, record: Sent) -> None:
        """None in its fields, and none in its body."""
        if record.marks.leak == "origin":
            self.fail(record.at, record.call, f"a secret goes to {record.origin}")


class NoSecretInUrl(Check):
    """S3: no credential that goes into a field is in a URL."""

    rule: ClassVar[str] = "S3"

    def sent(self, record: Sent) -> None:
        """None."""
        if record.marks.leak == "url":
            self.fail(record.at, record.call, "a secret is in the URL")


LIFECYCLE_CHECKS: tuple[type[Check], ...] = (
    OneEnd, NoLostWake, NoZombies, CancelAtOnce, BoundedMemory, TimeOnlyGoesOn, NothingAfterClose,
    NoSecretShown, NoSecretElsewhere, NoSecretInUrl,
)  # fmt: skip
"""All of both families."""
