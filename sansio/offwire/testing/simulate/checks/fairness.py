"""Fairness: what F1 to F4 promise to those who wait for the quota.

Rules of this file: a turn at the quota is known when it has come, and how long it was waited for. What
falls on one instant may have come in any order, so a check counts it in favour of the core. Who has
left the line is not seen, so what depends on what it would have cost allows for the dearest call.
"""

from __future__ import annotations

from math import inf
from typing import ClassVar, NamedTuple

from offwire.events import QuotaWaited
from offwire.state.line import PLAIN_WEIGHT, USUAL_PLACE, FairnessPolicy, Place
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.records import Began, Sent
from offwire.testing.simulate.scenario import PRICES, Scenario

_ROUNDING = 1e-6


class _Turn(NamedTuple):
    """A call was let through that had waited."""

    at: float
    since: float
    call: int
    place: Place
    cost: float


class _Turns(Check):
    """Knows in which place each call waits, and what it costs."""

    def _begin(self) -> None:
        quota = self.scenario.quota
        self._prices = PRICES if quota is not None and quota.priced else {}
        self._dearest = max(self._prices.values(), default=1.0)
        self._policy = self.scenario.fairness or FairnessPolicy()
        self._calls: dict[int, tuple[Place, float]] = {}

    def began(self, record: Began) -> None:
        """Note where it will wait, if it has to."""
        place = Place(record.priority, record.flow)
        self._calls[record.call] = (place, self._prices.get(record.operation, 1.0))

    def quota_waited(self, event: QuotaWaited) -> None:
        """Its turn has come."""
        place, cost = self._calls.get(event.call, (USUAL_PLACE, 1.0))
        self._let_through(_Turn(event.at, event.at - event.waited, event.call, place, cost))

    def _let_through(self, turn: _Turn) -> None:
        """Judge it."""

    def _weight(self, place: Place) -> float:
        return self._policy.weights.get(place.flow, PLAIN_WEIGHT)


class _Flows(_Turns):
    """Speaks of flows of one priority."""

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Where there are none, everybody waits in one."""
        return bool(scenario.places)


class FirstComeFirstServed(_Turns):
    """F1: of those who wait for the quota in one priority and flow, the one that came first goes first."""

    rule: ClassVar[str] = "F1"

    def _begin(self) -> None:
        super()._begin()
        self._since: dict[Place, float] = {}

    def _let_through(self, turn: _Turn) -> None:
        """Nobody is let through who came before the one before."""
        latest = self._since.get(turn.place, -inf)
        if turn.since < latest - _ROUNDING:
            said = f"it has waited since {turn.since:.6f}, and one since later went first"
            self.fail(turn.at, turn.call, said)
        self._since[turn.place] = max(latest, turn.since)


class BoundedPassing(_Flows):
    """F2: while a call waits, no other flow of its priority gets more than its share beside the call's own
    flow, and one call of each.
    """

    rule: ClassVar[str] = "F2"

    def _begin(self) -> None:
        super()._begin()
        self._turns: list[_Turn] = []

    def _let_through(self, turn: _Turn) -> None:
        """Add up what went while it waited, flow by flow."""
        own = 0.0
        passed: dict[Place, float] = {}
        for each in reversed(self._turns):
            if each.at < turn.since - _ROUNDING:
                break
            if each.place == turn.place:
                own += each.cost
            elif each.place.priority == turn.place.priority and each.at > turn.since + _ROUNDING:
                passed[each.place] = passed.get(each.place, 0.0) + each.cost
        share = (own + self._dearest) / self._weight(turn.place)
        for place, cost in passed.items():
            most = share * self._weight(place) + self._dearest
            if cost > most + _ROUNDING:
                said = f"{place} got {cost:g} units while it waited, where {most:g} were its share"
                self.fail(turn.at, turn.call, said)
        self._turns.append(turn)


class WeightedShares(_Flows):
    """F3: while two flows of one priority wait, what each got over its weight differs by one call of each."""

    rule: ClassVar[str] = "F3"

    def _begin(self) -> None:
        super()._begin()
        self._latest: dict[Place, float] = {}
        self._ahead: dict[tuple[Place, Place], float] = {}
        """What a flow got more than another one, over its weight, since both have waited."""
        self._claims: dict[tuple[Place, Place], float] = {}
        """The same at the first one's last turn: it counts if the other one waited then."""

    def _let_through(self, turn: _Turn) -> None:
        """See whether its flow has waited since its turn before; then how others stood at theirs."""
        own = turn.place
        others = [each for each in self._latest if each != own and each.priority == own.priority]
        has_waited = turn.since < self._latest.get(own, -inf) - _ROUNDING
        for other in others:
            claim = self._claims.pop((other, own), None)
            most = self._dearest / self._weight(own) + self._dearest / self._weight(other)
            if not has_waited:
                # It was away, so both begin anew, after this turn.
                self._claims.pop((own, other), None)
                self._ahead[own, other] = self._ahead[other, own] = 0.0
                continue
            if claim is not None and abs(claim) > most + _ROUNDING:
                said = f"{other} got {claim:g} units of weight 1 more than {own}, where {most:g} may be"
                self.fail(turn.at, turn.call, said)
            gained = turn.cost / self._weight(own)
            self._ahead[own, other] += gained
            self._ahead[other, own] -= gained
            self._claims[own, other] = self._ahead[own, other]
        self._latest[own] = turn.at


class NobodyStarves(_Turns):
    """F4: while somebody waits for the quota, no newcomer passes; and of any other priority at most one
    call, once the difference to it has been waited for.
    """

    rule: ClassVar[str] = "F4"

    def _begin(self) -> None:
        super()._begin()
        self._granted: set[int] = set()
        self._passed_at = -inf
        self._turns: dict[int, list[float]] = {}  # by priority

    def sent(self, record: Sent) -> None:
        """Those that were let through at once; who has waited may have fetched a token since."""
        if record.marks.kind == "token":
            return
        if record.direct and record.call not in self._granted:
            self._passed_at = record.at
        self._granted.discard(record.call)

    def _let_through(self, turn: _Turn) -> None:
        """Who waited has been passed by none of the newcomers, and by few of other priorities."""
        self._granted.add(turn.call)
        if turn.since + _ROUNDING < self._passed_at < turn.at - _ROUNDING:
            said = f"it has waited since {turn.since:.6f}, and one passed at {self._passed_at:.6f}"
            self.fail(turn.at, turn.call, said)
        priority, aging = turn.place.priority, self._policy.aging
        own = self._turns.setdefault(priority, [])
        since = max(turn.since, own[-1] if own else -inf)
        for other, turns in self._turns.items():
            if other == priority or (other > priority and aging is None):
                continue
            late = since + max(0.0, (other - priority) * (aging or 0.0)) + _ROUNDING
            passed = sum(at > late for at in turns)
            if passed > 1:
                said = f"{passed} calls of priority {other} went since {late:.6f}, before one of {priority}"
                self.fail(turn.at, turn.call, said)
        own.append(turn.at)


FAIRNESS_CHECKS: tuple[type[Check], ...] = (
    FirstComeFirstServed, BoundedPassing, WeightedShares, NobodyStarves,
)  # fmt: skip
"""All of this family."""
