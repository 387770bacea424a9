"""Breaker: what B1 to B6 promise."""

from __future__ import annotations

from math import inf
from typing import ClassVar

from offwire.events import BreakerChanged
from offwire.state.breaker import TRANSITIONS, State
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.records import Answered, Ended, Healed, Looked, Sent

_ROUNDING = 1e-6
_LEGAL = frozenset((before.value, after.value) for (before, _), after in TRANSITIONS.items())
_ENOUGH = 5
_CLOSED, _OPEN, _HALF_OPEN = State.CLOSED.value, State.OPEN.value, State.HALF_OPEN.value


class _ByOrigin(Check):
    """Knows each origin's state, and by which answer it came."""

    def _begin(self) -> None:
        self._states: dict[str, str] = {}
        self._flying: dict[int, Sent] = {}
        self._last: Answered | None = None

    def sent(self, record: Sent) -> None:
        """What is under way."""
        if record.marks.kind != "token":
            self._flying[record.call] = record
            self.admitted(record)

    def admitted(self, record: Sent) -> None:
        """A request that the breaker has let through."""

    def answered(self, record: Answered) -> None:
        """What has come of it."""
        sent = self._flying.pop(record.call, None)
        if sent is not None:
            self._last = record
            self.outcome(sent, record)

    def outcome(self, sent: Sent, record: Answered) -> None:
        """How a request has ended."""

    def ended(self, record: Ended) -> None:
        """It was given up."""
        self._flying.pop(record.call, None)

    def breaker_changed(self, event: BreakerChanged) -> None:
        """Follow it."""
        self.changed(event)
        self._states[event.origin] = event.after

    def changed(self, event: BreakerChanged) -> None:
        """A change, before it is noted."""

    def state(self, origin: str) -> str:
        """The state of an origin's breaker."""
        return self._states.get(origin, _CLOSED)


class OpenMeansClosedOff(_ByOrigin):
    """B1: while a breaker is open, nothing is sent to its origin before its time."""

    rule: ClassVar[str] = "B1"

    def _begin(self) -> None:
        super()._begin()
        self._until: dict[str, float] = {}
        self._openings: dict[str, int] = {}

    def changed(self, event: BreakerChanged) -> None:
        """From an opening on, for as long as the policy or the server says."""
        policy = self.scenario.breaker
        if policy is None:
            return
        if event.after == _CLOSED:
            self._openings[event.origin] = 0
        elif event.after == _OPEN:
            openings = self._openings.get(event.origin, 0)
            self._openings[event.origin] = openings + 1
            seconds = min(policy.open_cap, policy.open_for * policy.open_growth**openings)
            last = self._last
            if last is not None and last.status == 503 and last.wait is not None:
                seconds = last.wait
            self._until[event.origin] = event.at + seconds
        elif event.at < self._until.get(event.origin, 0.0) - _ROUNDING:
            self.fail(event.at, 0, f"it is half open {self._until[event.origin] - event.at:.6f} s too early")

    def admitted(self, record: Sent) -> None:
        """Not while it is open."""
        if self.state(record.origin) == _OPEN:
            self.fail(record.at, record.call, f"it is sent to {record.origin}, whose breaker is open")


class BoundedProbes(_ByOrigin):
    """B2: a half-open breaker has no more probes under way than its policy allows."""

    rule: ClassVar[str] = "B2"

    def _begin(self) -> None:
        super()._begin()
        self._probes: dict[str, set[int]] = {}

    def changed(self, event: BreakerChanged) -> None:
        """Each state counts anew."""
        self._probes[event.origin] = set()

    def admitted(self, record: Sent) -> None:
        """One more probe."""
        policy = self.scenario.breaker
        if policy is None or self.state(record.origin) != _HALF_OPEN:
            return
        probes = self._probes.setdefault(record.origin, set())
        probes.intersection_update(self._flying)
        probes.add(record.call)
        if len(probes) > policy.probes:
            self.fail(record.at, record.call, f"{len(probes)} probes are under way")


class LegalTransitions(_ByOrigin):
    """B3: a breaker goes from closed to open to half open, and from there to either."""

    rule: ClassVar[str] = "B3"

    def changed(self, event: BreakerChanged) -> None:
        """From the state that it was in, by the table."""
        if event.before != self.state(event.origin) or (event.before, event.after) not in _LEGAL:
            said = f"{event.before} to {event.after}"
            self.fail(event.at, 0, f"it went from {said}, and was {self.state(event.origin)}")


class EpochsAreApart(_ByOrigin):
    """B4: what was sent before the last change of a breaker changes it no more."""

    rule: ClassVar[str] = "B4"

    def _begin(self) -> None:
        super()._begin()
        self._epochs: dict[str, int] = {}
        self._sent_in: dict[int, int] = {}

    def admitted(self, record: Sent) -> None:
        """In which epoch it was sent."""
        self._sent_in[record.exchange] = self._epochs.get(record.origin, 0)

    def changed(self, event: BreakerChanged) -> None:
        """By an answer of this epoch; time alone only leads from open to half open."""
        epoch = self._epochs.get(event.origin, 0)
        self._epochs[event.origin] = epoch + 1
        if event.after == _HALF_OPEN:
            return
        if self._last is None or self._sent_in.get(self._last.exchange) != epoch:
            self.fail(event.at, 0, f"what was sent in an earlier epoch made it {event.after}")


class EnoughOutcomes(_ByOrigin):
    """B5: below the least number of outcomes a breaker never opens."""

    rule: ClassVar[str] = "B5"

    def _begin(self) -> None:
        super()._begin()
        self._outcomes: dict[str, int] = {}

    def outcome(self, sent: Sent, record: Answered) -> None:
        """One more."""
        self._outcomes[sent.origin] = self._outcomes.get(sent.origin, 0) + 1

    def changed(self, event: BreakerChanged) -> None:
        """Enough of them for an opening."""
        policy, outcomes = self.scenario.breaker, self._outcomes.get(event.origin, 0)
        if policy is not None and event.before == _CLOSED and outcomes < policy.min_calls:
            self.fail(event.at, 0, f"it opens after {outcomes} outcomes, where {policy.min_calls} are needed")
        self._outcomes[event.origin] = 0


class ClosesAgain(Check):
    """B6: once the server is well and calls keep coming, every breaker that they meet closes."""

    rule: ClassVar[str] = "B6"

    def _begin(self) -> None:
        self._healed = inf
        self._met: dict[str, int] = {}

    def healed(self, record: Healed) -> None:
        """From here on."""
        self._healed = record.at

    def sent(self, record: Sent) -> None:
        """Origins that calls have come to, and how often."""
        if record.at >= self._healed:
            self._met[record.origin] = self._met.get(record.origin, 0) + 1

    def looked(self, record: Looked) -> None:
        """At the end they are closed."""
        for origin, breaker in record.engine.breakers.items():
            is_met = record.is_last and self._met.get(origin, 0) > _ENOUGH
            if is_met and breaker.state is not State.CLOSED:
                self.fail(record.at, 0, f"the breaker of {origin} is still {breaker.state.value}")


BREAKER_CHECKS: tuple[type[Check], ...] = (
    OpenMeansClosedOff, BoundedProbes, LegalTransitions, EpochsAreApart, EnoughOutcomes, ClosesAgain,
)  # fmt: skip
"""All of this family."""
