"""What a GraphQL answer says of its cost in `extensions.cost`, as Shopify's do (shopify.dev).

Rules of this file: a bucket of points is refilled steadily, so its window ends when it would be full
again. What is malformed counts as not said; nothing is raised.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.server_wait import MOST_WAIT
from offwire.json_value import Json

_MOST_POINTS: Final = 1e15


@frozen(kw_only=True)
class QueryCost:
    """What one query costs, and how its bucket stands after it."""

    requested: float
    """Points that the bucket had to hold before the query could run."""
    actual: float | None
    """Points that it took; None where it did not run."""
    restored_per_second: float
    """Points that come back."""
    report: RateLimitReport
    """How the bucket stands."""


def read_query_cost(document: Json) -> QueryCost | None:
    """The cost in a GraphQL answer, as `json.loads` gives it; None where it has none."""
    cost = _below(_below(document, "extensions"), "cost")
    status = _below(cost, "throttleStatus")
    requested = _points(_below(cost, "requestedQueryCost"))
    most = _points(_below(status, "maximumAvailable"))
    left = _points(_below(status, "currentlyAvailable"))
    rate = _points(_below(status, "restoreRate"))
    if requested is None or most is None or left is None or not rate:
        return None
    to_full = max(0.0, most - left) / rate
    return QueryCost(
        requested=requested,
        actual=_points(_below(cost, "actualQueryCost")),
        restored_per_second=rate,
        report=RateLimitReport(
            limit=int(most), remaining=left, reset_after=to_full if to_full <= MOST_WAIT else None
        ),
    )


def _below(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None


def _points(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_POINTS:
        return None
    return float(value)
