"""Breaker: what B1 to B6 promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from offwire.events import BreakerChanged
from offwire.state.breaker import TRANSITIONS, State
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.records import Answered, Ended, GivenUp, Healed, Looked, Sent
from offwire.testing.simulate.scenario import Scenario

_ROUNDING = 1e-6
_LEGAL = frozenset((before.value, after.value) for (before, _), after in TRANSITIONS.items())
_ENOUGH = 5
_CLOSED, _OPEN, _HALF_OPEN = State.CLOSED.value, State.OPEN.value, State.HALF_OPEN.value


class _OfBreakers(Check):
    """Has a subject where there are breakers."""

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether there are any."""
        return scenario.breaker is not None


class _ByOrigin(_OfBreakers):
    """Knows the state of each origin's breaker."""

    def _begin(self) -> None:
        self._states: dict[str, str] = {}

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
        self._tokens: set[int] = set()
        self._last: Answered | None = None

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

    def sent(self, record: Sent) -> None:
        """Not while it is open; a sign-in is another matter."""
        if record.marks.kind == "token":
            self._tokens.add(record.exchange)
        elif self._states.get(record.origin) == _OPEN:
            self.fail(record.at, record.call, f"it is sent to {record.origin}, whose breaker is open")

    def answered(self, record: Answered) -> None:
        """What may have opened it."""
        if record.exchange not in self._tokens:
            self._last = record


class BoundedProbes(_ByOrigin):
    """B2: a half-open breaker has no more probes under way than its policy allows."""

    rule: ClassVar[str] = "B2"

    def _begin(self) -> None:
        super()._begin()
        self._probes: dict[int, Sent] = {}  # by their exchanges

    def changed(self, event: BreakerChanged) -> None:
        """Each state counts anew."""
        self._keep(lambda each: each.origin != event.origin)

    def sent(self, record: Sent) -> None:
        """One more probe."""
        policy = self.scenario.breaker
        if policy is None or self._states.get(record.origin) != _HALF_OPEN or record.marks.kind == "token":
            return
        self._probes[record.exchange] = record
        probes = sum(each.origin == record.origin for each in self._probes.values())
        if probes > policy.probes:
            self.fail(record.at, record.call, f"{probes} probes are under way")

    def answered(self, record: Answered) -> None:
        """One less."""
        self._probes.pop(record.exchange, None)

    def given_up(self, record: GivenUp) -> None:
        """One less."""
        self._probes.pop(record.exchange, None)

    def ended(self, record: Ended) -> None:
        """Its call was given up."""
        if self._probes:
            self._keep(lambda each: each.call != record.call)

    def _keep(self, which: Callable[[Sent], bool]) -> None:
        self._probes = {number: each for number, each in self._probes.items() if which(each)}


class LegalTransitions(_ByOrigin):
    """B3: a breaker goes from closed to open to half open, and from there to either."""

    rule: ClassVar[str] = "B3"

    def changed(self, event: BreakerChanged) -> None:
        """From the state that it was in, by the table."""
        if event.before != self.state(event.origin) or (event.before, event.after) not in _LEGAL:
            said = f"{event.before} to {event.after}"
            self.fail(event.at, 0, f"it went from {said}, and was {self.state(event.origin)}")


class EpochsAreApart(_OfBreakers):
    """B4: what was sent before the last change of a breaker changes it no more."""

    rule: ClassVar[str] = "B4"

    def _begin(self) -> None:
        self._epochs: dict[str, int] = {}
        self._sent_in: dict[int, int] = {}
        self._last: int | None = None  # the epoch of the last answer

    def sent(self, record: Sent) -> None:
        """In which epoch it was sent."""
        if record.marks.kind != "token":
            self._sent_in[record.exchange] = self._epochs.get(record.origin, 0)

    def answered(self, record: Answered) -> None:
        """What may change it."""
        epoch = self._sent_in.pop(record.exchange, None)
        if epoch is not None:
            self._last = epoch

    def breaker_changed(self, event: BreakerChanged) -> None:
        """By an answer of this epoch; time alone only leads from open to half open."""
        epoch = self._epochs.get(event.origin, 0)
        self._epochs[event.origin] = epoch + 1
        if event.after != _HALF_OPEN and self._last != epoch:
            self.fail(event.at, 0, f"what was sent in an earlier epoch made it {event.after}")


class EnoughOutcomes(_OfBreakers):
    """B5: below the least number of outcomes a breaker never opens."""

    rule: ClassVar[str] = "B5"

    def _begin(self) -> None:
        self._flying: dict[int, str] = {}
        self._outcomes: dict[str, int] = {}

    def sent(self, record: Sent) -> None:
        """Where it goes."""
        if record.marks.kind != "token":
            self._flying[record.exchange] = record.origin

    def answered(self, record: Answered) -> None:
        """One outcome more."""
        origin = self._flying.pop(record.exchange, None)
        if origin is not None:
            self._outcomes[origin] = self._outcomes.get(origin, 0) + 1

    def breaker_changed(self, event: BreakerChanged) -> None:
        """Enough of them for an opening."""
        policy, outcomes = self.scenario.breaker, self._outcomes.get(event.origin, 0)
        if policy is not None and event.before == _CLOSED and outcomes < policy.min_calls:
            self.fail(event.at, 0, f"it opens after {outcomes} outcomes, where {policy.min_calls} are needed")
        self._outcomes[event.origin] = 0


class ClosesAgain(_OfBreakers):
    """B6: once the server is well and calls keep coming, every breaker that they meet closes."""

    rule: ClassVar[str] = "B6"
    wakes_at: ClassVar[tuple[str, ...]] = ("healed",)

    def _begin(self) -> None:
        self._met: dict[str, int] = {}

    def healed(self, _record: Healed) -> None:
        """From here on."""

    def sent(self, record: Sent) -> None:
        """Origins that calls have come to, and how often."""
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
