"""What calls to ESO Logs will cost, told before any of them is made.

    eso.forecast({"reports.events": 34, "characters.get": 200})

Rules of this file: a call is named as one would make it on the client, and priced by the name of its
operation, under which its answers teach what it costs. Each endpoint has points of its own, and both
are spent at the same time. Nothing is sent, and nothing is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, TypeAlias

from offwire.errors import UsageError
from offwire.operations.descriptors import operation, pages
from offwire.state.points import PointsAccount, PointsForecast

if TYPE_CHECKING:
    from offwire.engine import Engine
    from offwire.operations.group import Group

Groups: TypeAlias = "Mapping[str, Group[Any]]"
"""The groups of a client, by the names that they have there."""


def points_account(engine: Engine) -> PointsAccount:
    """The account of the points of one endpoint.

    Raises:
        UsageError: its policies keep to no points.
    """
    if isinstance(engine.pricing, PointsAccount):
        return engine.pricing
    raise UsageError(
        "the policies of this client keep to no points: give it some with quota=(POINTS,), which "
        "offwire.apis.esologs.points has, as DEFAULT_POLICIES does"
    )


def forecast(groups: Groups, calls: Mapping[str, int], now: float) -> PointsForecast:
    """See `EsoLogs.forecast`; `now` is monotonic."""
    counts: dict[Engine, dict[str, int]] = {}
    asked: dict[str, str] = {}
    for name, count in calls.items():
        engine, priced = _priced(groups, name)
        counts.setdefault(engine, {})[priced] = count
        asked[priced] = name
    parts = [points_account(engine).forecast(each, now) for engine, each in counts.items()]
    spans = [each.seconds for each in parts if each.seconds is not None]
    return PointsForecast(
        expected=sum((each.expected for each in parts), 0.0),
        most=sum((each.most for each in parts), 0.0),
        guessed=tuple(asked[name] for each in parts for name in each.guessed),
        seconds=max(spans, default=0.0) if len(spans) == len(parts) else None,
    )


def _priced(groups: Groups, name: str) -> tuple[Engine, str]:
    """The engine that a call goes to, and the name by which it is priced."""
    group, _, method = name.partition(".")
    if group in groups:
        found = getattr_static(type(groups[group]), method, None)
        if isinstance(found, operation | pages):
            return groups[group]._engine, found.name
    close = get_close_matches(name.lower(), _names(groups))
    hint = f"; close to it: {', '.join(close)}" if close else ", such as reports.events"
    raise ValueError(f"a forecast takes calls by the names that they have on the client, not {name!r}{hint}")


def _names(groups: Groups) -> list[str]:
    return [
        f"{name}.{method}"
        for name, group in groups.items()
        for method in dir(type(group))
        if isinstance(getattr_static(type(group), method), operation | pages)
    ]
