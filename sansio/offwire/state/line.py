"""`Line`: those who wait for one thing, and who of them goes next.

Rules of this file:

- Priorities first: of two, the higher one goes. But a priority that nobody has been served of for
  `FairnessPolicy.aging` seconds, while somebody of it waits, counts as one more, and so on. So while
  somebody of priority p waits, then from `(q - p) * aging` seconds on at most one of any other
  priority q goes before the next of p. The seconds count from p's last turn, or from when it began
  to wait.
- Within a priority, flows share by weight: self-clocked fair queueing (Golestani, "A self-clocked fair
  queueing scheme for broadband applications", INFOCOM 1994, section 3). Over any time in which two
  flows wait, what each was given over its weight differs by at most one call of each, over its weight.
  So whoever waits in flow f is passed by flow g for at most `g.weight / f.weight` times the cost of
  those up to and with it in f, and one call of g more.
- Within a flow, first come, first served.
- The order depends on who came, left and was served, and never on the time since: whoever is first
  stays so until one of these happens. It may wait as long as it likes; nobody is let through meanwhile,
  unless one comes who goes before it.
- Each step takes logarithmic time in the number of flows, and none in the number of those who wait.
  Nothing is kept of a flow or a priority in which nobody waits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from types import MappingProxyType
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from attrs import field, frozen

from offwire.bounds import above, none_or

K = TypeVar("K", bound=Hashable)

PLAIN_WEIGHT: Final = 1.0
"""Of a flow that the policy does not name."""


def _weights(value: Mapping[str, float]) -> Mapping[str, float]:
    for flow, weight in value.items():
        if not 0 < weight < inf:
            raise ValueError(
                f"FairnessPolicy.weights: the weight of {flow!r} has to be a number above 0, not {weight!r}"
            )
    return MappingProxyType(dict(value))


def _shown(weights: Mapping[str, float]) -> str:
    return repr(dict(weights))


@frozen(kw_only=True)
class FairnessPolicy:
    """How those who wait share.

    Raises at birth:
        ValueError: a number is not above 0, or not finite.
    """

    weights: Mapping[str, float] = field(factory=dict, converter=_weights, hash=False, repr=_shown)
    """What flows get within their priority, in proportion to each other; 1 for those not named."""
    aging: float | None = field(default=30.0, validator=none_or(above(0)))
    """Seconds without a turn that count as one priority more; None starves what is not urgent."""


class Place(NamedTuple):
    """Where a call stands in a line."""

    priority: int = 0
    flow: str = ""


USUAL_PLACE: Final = Place()
"""Of a call that says nothing of it."""


@frozen(kw_only=True)
class Waiting:
    """How many of one flow wait."""

    priority: int
    flow: str
    calls: int


class Line(Generic[K]):
    """A waiting line, with priorities, flows and weights. `now` is monotonic, and never runs back."""

    __slots__ = ("_aging", "_joined", "_lanes", "_order", "_standing", "_weights")

    def __init__(self, policy: FairnessPolicy) -> None:
        """Nobody waits."""
        self._weights = policy.weights
        self._aging = policy.aging
        self._standing: dict[K, _Standing[K]] = {}
        self._lanes: dict[int, _Lane[K]] = {}
        self._order: list[
            tuple[float, int, _Lane[K]]
        ] = []  # of lanes, the next one first; some may have ended
        self._joined = 0

    def __len__(self) -> int:
        return len(self._standing)

    def __contains__(self, who: K) -> bool:
        return who in self._standing

    def first(self) -> K | None:
        """Who goes next; None where nobody waits."""
        return self._order[0][2].first() if self._order else None

    def join(self, who: K, now: float, cost: float = 1.0, place: Place = USUAL_PLACE) -> None:
        """Have `who` wait at the end of its flow. `cost` is above 0, and `who` does not wait yet."""
        priority, name = place
        self._joined = number = self._joined + 1
        lane = self._lanes.get(priority)
        if lane is None:
            lane = self._lanes[priority] = _Lane(priority)
            heappush(self._order, (self._rank(priority, now), number, lane))
        flow = lane.flows.get(name)
        if flow is None:
            weight = self._weights.get(name, PLAIN_WEIGHT)
            flow = lane.flows[name] = _Flow(name, weight, lane.time)
        self._standing[who] = standing = _Standing(who, number, cost, lane, flow)
        flow.calls[who] = standing
        if len(flow.calls) == 1:
            lane.line_up(flow)

    def serve(self, now: float) -> K:
        """Take the first one out, and have its flow and its priority pay for it.

        Raises:
            IndexError: nobody waits.
        """
        lane = self._order[0][2]
        served = lane.serve()
        del self._standing[served.who]
        if lane.flows:
            self._joined += 1
            heapreplace(self._order, (self._rank(lane.priority, now), self._joined, lane))
        else:
            del self._lanes[lane.priority]
        _tidy(self._order, len(self._lanes))
        return served.who

    def leave(self, who: K) -> None:
        """Take `who` out, wherever it stands. Nothing happens if it does not wait."""
        standing = self._standing.pop(who, None)
        if standing is not None:
            lane = standing.lane
            lane.leave(standing)
            if not lane.flows:
                del self._lanes[lane.priority]
                _tidy(self._order, len(self._lanes))

    def waiting(self) -> tuple[Waiting, ...]:
        """How many wait, by priority and flow: the most urgent priority first, flows by their name."""
        return tuple(
            Waiting(priority=priority, flow=name, calls=len(lane.flows[name].calls))
            for priority, lane in sorted(self._lanes.items(), reverse=True)
            for name in sorted(lane.flows)
        )

    def _rank(self, priority: int, now: float) -> float:
        """Less for those who go first. All age alike, so their order is that of when they would have
        had to come with priority 0.
        """
        return -priority if self._aging is None else now - priority * self._aging


class _Lane(Generic[K]):
    """Those of one priority. It ends when nobody waits in it."""

    __slots__ = ("_heads", "flows", "priority", "time")

    def __init__(self, priority: int) -> None:
        self.priority: Final = priority
        self.flows: dict[str, _Flow[K]] = {}
        """Those in which somebody waits."""
        self.time = 0.0
        """What a flow with the weight 1 has been given that waited all the time: where new flows begin."""
        self._heads: list[
            tuple[float, int, _Standing[K]]
        ] = []  # of flows, the next one first; some may have left

    @property
    def is_over(self) -> bool:
        """Whether the lane has ended."""
        return not self.flows

    def first(self) -> K:
        """Who goes next."""
        return self._heads[0][2].who

    def line_up(self, flow: _Flow[K]) -> None:
        """Rank the first call of a flow by when it would end, if the flow had its share all the time."""
        head = flow.head()
        heappush(self._heads, (flow.given + head.cost / flow.weight, head.number, head))

    def serve(self) -> _Standing[K]:
        end, _, served = heappop(self._heads)
        served.flow.given = end
        if end > self.time:  # it is not, where a dear one has left and cheap ones of its flow catch up
            self.time = end
        self._remove(served, was_head=True)
        return served

    def leave(self, standing: _Standing[K]) -> None:
        self._remove(standing, was_head=standing is standing.flow.head())

    def _remove(self, standing: _Standing[K], *, was_head: bool) -> None:
        flow = standing.flow
        standing.is_over = True
        del flow.calls[standing.who]
        if was_head:
            if flow.calls:
                self.line_up(flow)
            else:
                # What it was given needs no memory: it is not more than what new flows begin with.
                del self.flows[flow.name]
            _tidy(self._heads, len(self.flows))


class _Flow(Generic[K]):
    """Those of one flow, in the order of their coming."""

    __slots__ = ("calls", "given", "name", "weight")

    def __init__(self, name: str, weight: float, given: float) -> None:
        self.name: Final = name
        self.weight: Final = weight
        self.given = given  # what it has had, over its weight, on its lane's scale
        self.calls: OrderedDict[K, _Standing[K]] = OrderedDict()

    def head(self) -> _Standing[K]:
        return self.calls[next(iter(self.calls))]


class _Standing(Generic[K]):
    """One who waits."""

    __slots__ = ("cost", "flow", "is_over", "lane", "number", "who")

    def __init__(self, who: K, number: int, cost: float, lane: _Lane[K], flow: _Flow[K]) -> None:
        self.who: Final = who
        self.number: Final = number
        self.cost: Final = cost
        self.lane: Final = lane
        self.flow: Final = flow
        self.is_over = False


class _Ending(Protocol):
    @property
    def is_over(self) -> bool: ...


E = TypeVar("E", bound=_Ending)

_SLACK: Final = 8
"""Entries of a heap that are not worth a tidying."""


def _tidy(heap: list[tuple[float, int, E]], alive: int) -> None:
    """Have the first entry be one that has not ended, and most of the others too; `alive` have not.

    An entry is a rank, a number that no other entry has, and who is ranked.
    """
    while heap and heap[0][2].is_over:
        heappop(heap)
    if len(heap) > 2 * alive + _SLACK:
        heap[:] = [each for each in heap if not each[2].is_over]
        heapify(heap)
