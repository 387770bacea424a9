"""`Points`: what documents cost with the stand-in of ESO Logs, and how much may be spent in an hour.

Rules of this file: hours are those of the server's own clock, one after the other from its zero on,
and have nothing to do with when a client begins. A document is refused once the limit is reached;
the one before it may have gone past it. What is refused costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Final, TypeAlias

from attrs import field, frozen

from offwire.bounds import above, at_least, count
from offwire.json_value import Json
from offwire.testing.chance import seeded

WEIGHTS: Final[Mapping[str, float]] = {
    "CharacterData.characters": 1.0,
    "Character.encounterRankings": 3.0,
    "Character.recentReports": 2.0,
    "Character.zoneRankings": 3.0,
    "Encounter.characterRankings": 4.0,
    "Encounter.fightRankings": 4.0,
    "Guild.attendance": 2.0,
    "Guild.members": 1.0,
    "GuildData.guilds": 1.0,
    "Report.events": 3.0,
    "Report.fights": 1.0,
    "Report.graph": 4.0,
    "Report.masterData": 1.0,
    "Report.playerDetails": 3.0,
    "Report.rankings": 4.0,
    "Report.table": 4.0,
    "ReportData.reports": 5.0,
}
"""Points for each time that a document names a field; other fields are free.

ESO Logs does not tell its prices. These lie where its users have seen them: 1 or 2 points for
something simple, 3 to 10 for an analysis, 5 to 15 for a search.
"""


@frozen(kw_only=True)
class Operation:
    """What a document asks for, to tell its price from."""

    name: str | None
    fields: Mapping[str, int]
    """How often the document names each field, such as `Report.events`."""
    variables: Mapping[str, Json]


CostFunction: TypeAlias = Callable[[Operation], float]
"""Tells the price of an operation, in points from 0 on."""


@frozen(kw_only=True)
class TableCost:
    """Prices by a table of fields, raised by a share that a client cannot foresee.

    The share is drawn from the operation's name and variables: the same question always costs the
    same, and another one something else.
    """

    base: float = field(default=1.0, validator=at_least(0))
    """Points for any document."""
    weights: Mapping[str, float] = WEIGHTS
    variation: float = field(default=0.5, validator=at_least(0))
    """The greatest share by which a price is raised."""
    seed: int = 0

    def __call__(self, operation: Operation) -> float:
        """The price in points, with two decimals."""
        plain = self.base + sum(
            self.weights.get(name, 0.0) * times for name, times in operation.fields.items()
        )
        question = f"{operation.name} {sorted(operation.variables.items())!r}"
        return round(plain * (1 + self.variation * seeded(self.seed, question).random()), 2)


@frozen(kw_only=True)
class Points:
    """How many points may be spent, and how the server tells of them."""

    limit: int = field(default=18_000, validator=count(1))
    per: float = field(default=3600.0, validator=above(0))
    """How many seconds an hour of the server has; less makes tests over a real socket short."""
    cost: CostFunction = TableCost()
    counts_itself: bool = True
    """Whether `rateLimitData` tells of the points with those of the document that asks for it. What
    ESO Logs does is not known, so clients have to get on with both."""
    tells_wait: bool = True
    """Whether a 429 has a Retry-After."""


class PointsWindow:
    """The points that were spent, hour by hour."""

    __slots__ = ("_points", "refused", "spent")
    spent: dict[int, float]
    """What was spent in each hour, counted from the zero of the server's clock; only hours in which
    something was."""
    refused: int
    """How many documents were refused."""

    def __init__(self, points: Points) -> None:
        self._points = points
        self.spent = {}
        self.refused = 0

    def admits(self, now: float) -> bool:
        """Whether there are points left at `now`, in monotonic seconds; where not, one more is refused."""
        if self.spent.get(self._hour(now), 0.0) < self._points.limit:
            return True
        self.refused += 1
        return False

    def spend(self, cost: float, now: float) -> None:
        """Count the price of a document that arrives at `now`."""
        hour = self._hour(now)
        self.spent[hour] = round(self.spent.get(hour, 0.0) + cost, 6)  # for whoever compares

    def reset_in(self, now: float) -> int:
        """Whole seconds until the next hour, at least 1."""
        per = self._points.per
        return max(1, ceil((self._hour(now) + 1) * per - now))

    def reading(self, now: float, running: float) -> dict[str, Json]:
        """What `rateLimitData` says at `now`.

        Args:
            now: monotonic seconds.
            running: the price of the document that asks, which has been counted already.
        """
        points = self._points
        spent = self.spent.get(self._hour(now), 0.0) - (0.0 if points.counts_itself else running)
        return {
            "limitPerHour": points.limit,
            "pointsSpentThisHour": round(spent, 2),
            "pointsResetIn": self.reset_in(now),
        }

    def _hour(self, now: float) -> int:
        return int(now // self._points.per)
