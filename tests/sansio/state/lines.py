"""A waiting line that looks at all who wait each time: what `offwire.state.line` is compared with."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from offwire.state.line import FairnessPolicy, Place

K = TypeVar("K", bound=Hashable)
NOWHERE = Place()


class Listed(NamedTuple, Generic[K]):
    """One who waits."""

    who: K
    number: int
    cost: float
    place: Place


class ListedLine(Generic[K]):
    """The rules of a line, over one list of all who wait, as they came."""

    def __init__(self, policy: FairnessPolicy) -> None:
        self.policy = policy
        self.line: list[Listed[K]] = []
        self.numbers = 0
        self.since: dict[int, tuple[float, int]] = {}
        """When each priority had its last turn, or began to wait."""
        self.time: dict[int, float] = {}
        self.given: dict[Place, float] = {}

    def weight(self, flow: str) -> float:
        return self.policy.weights.get(flow, 1.0)

    def first(self) -> K | None:
        return None if not self.line else self._first().who

    def join(self, who: K, now: float, cost: float = 1.0, place: Place = NOWHERE) -> None:
        self.numbers += 1
        if not self.waiting(place.priority):
            self.since[place.priority] = (now, self.numbers)
            self.time[place.priority] = 0.0
        if not self.waiting(place.priority, place.flow):
            self.given[place] = self.time[place.priority]
        self.line.append(Listed(who, self.numbers, cost, place))

    def serve(self, now: float) -> K:
        served = self._first()
        self.line.remove(served)
        self.numbers += 1
        priority = served.place.priority
        self.since[priority] = (now, self.numbers)
        self.given[served.place] = self.end(served)
        self.time[priority] = max(self.time[priority], self.given[served.place])
        return served.who

    def leave(self, who: K) -> None:
        self.line = [each for each in self.line if each.who != who]

    def waiting(self, priority: int, flow: str | None = None) -> list[Listed[K]]:
        return [
            each for each in self.line if each.place.priority == priority and flow in (None, each.place.flow)
        ]

    def end(self, one: Listed[K]) -> float:
        """When its flow would have had it, on the scale of its priority, if it goes next in the flow."""
        return self.given[one.place] + one.cost / self.weight(one.place.flow)

    def _first(self) -> Listed[K]:
        aging = self.policy.aging

        def rank(priority: int) -> tuple[float, int]:
            since, number = self.since[priority]
            return (-priority if aging is None else since - priority * aging), number

        lane = self.waiting(min({each.place.priority for each in self.line}, key=rank))
        heads = {each.place: each for each in reversed(lane)}.values()
        return min(heads, key=lambda each: (self.end(each), each.number))
