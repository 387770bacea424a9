"""`plan_from`: a plan out of a document, such as `tomllib` reads from a file.

    workers = 50
    items = 2_000
    limit = "3600/h"

    [[calls]]
    name = "events"
    cost = [2, 8]
    latency = { median = "300ms", p99 = "2s" }

Rules of this file: the keys are the names of the fields of `Plan` and of the classes in it. A time is
a number of seconds, or a text with a unit. What is wrong is told with its place, and with what
would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeAlias, TypeVar

from attrs import NOTHING, AttrsInstance, fields

from offwire.hedge_policy import HedgePolicy
from offwire.testing.simulate.plan import (
    Latency,
    LogNormal,
    Plan,
    PlannedCall,
    PlannedClient,
    PlannedFaults,
    PlannedLimit,
    PlannedTokens,
    Uniform,
)

T = TypeVar("T", bound=AttrsInstance)
_Reader: TypeAlias = Callable[[object, str], object]

_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*")
_RATE: Final = re.compile(r"\s*([\d_,]+)\s*(?:/|per)\s*(.+)")


def seconds_in(text: str) -> float:
    """The seconds of a text such as `90`, `300ms`, `5m` or `1h30m`.

    Raises:
        ValueError: it is no such text.
    """
    stripped = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", stripped):
        return float(stripped)
    parts = _PART.findall(stripped)
    if not parts or _PART.sub("", stripped):
        raise ValueError(
            f"a time is a number of seconds, or such as 300ms, 90s, 5m, 1h30m or 1d, not {text!r}"
        )
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def rate_in(text: str) -> tuple[int, float]:
    """The units and the seconds of a text such as `3600/h`, `10/s` or `100/90s`.

    Raises:
        ValueError: it is no such text.
    """
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError(f"a rate is units per time, such as 3600/h, 10/s or 100/90s, not {text!r}")
    per = found[2].strip()
    return int(re.sub("[_,]", "", found[1])), _SECONDS.get(per) or seconds_in(per)


def plan_from(document: Mapping[str, object]) -> Plan:
    """The plan that a document holds.

    Raises:
        ValueError: something in it makes no sense; the message names the place, and what would.
    """
    return _section(Plan, _PLAN, document, "")


def _section(kind: type[T], readers: Mapping[str, _Reader], value: object, place: str) -> T:
    if not isinstance(value, Mapping):
        raise _refused(place, f"a table with {', '.join(readers)}", value)
    dotted = f"{place}." if place else ""
    values: dict[str, Any] = {}
    for key, each in value.items():
        reader = readers.get(key)
        if reader is None:
            raise ValueError(f"{dotted}{key} is no field of a plan; {_near(str(key), readers)}")
        values[key] = reader(each, f"{dotted}{key}")
    for attribute in fields(kind):
        if attribute.default is NOTHING and attribute.name not in values:
            raise ValueError(f"{dotted}{attribute.name} is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(str(error).replace(f"{kind.__name__}.", dotted)) from None


def _near(key: str, readers: Mapping[str, _Reader]) -> str:
    close = get_close_matches(key.lower(), readers, n=1)
    return f"did you mean {close[0]}?" if close else f"here are {', '.join(readers)}"


def _refused(place: str, wanted: str, value: object) -> ValueError:
    return ValueError(f"{place} has to be {wanted}, not {value!r}")


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(place, "a number", value)
    return value


def _whole(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(place, "a whole number", value)
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise _refused(place, "text", value)
    return value


def _flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(place, "true or false", value)
    return value


def _seconds(value: object, place: str) -> float:
    if isinstance(value, str):
        try:
            return seconds_in(value)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
    return _number(value, place)


def _cost(value: object, place: str) -> tuple[float, float]:
    if isinstance(value, list):
        if len(value) != 2:
            raise _refused(place, "a number, or the least and the most", value)
        return _number(value[0], f"{place}[0]"), _number(value[1], f"{place}[1]")
    number = _number(value, place)
    return number, number


def _latency(value: object, place: str) -> Latency:
    if not isinstance(value, Mapping):
        seconds = _seconds(value, place)
        return Uniform(least=seconds, most=seconds)
    if "least" in value or "most" in value:
        return _section(Uniform, {"least": _seconds, "most": _seconds}, value, place)
    return _section(LogNormal, {"median": _seconds, "p99": _seconds}, value, place)


def _spans(value: object, place: str) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list) or not all(isinstance(each, list) and len(each) == 2 for each in value):
        raise _refused(place, 'a list of spans, such as [["10m", "12m"]]', value)
    return tuple(
        (_seconds(start, f"{place}[{number}][0]"), _seconds(end, f"{place}[{number}][1]"))
        for number, (start, end) in enumerate(value)
    )


def _limit(value: object, place: str) -> PlannedLimit:
    if isinstance(value, str):
        try:
            units, per = rate_in(value)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        value = {"units": units, "per": per}
    return _section(PlannedLimit, _LIMIT, value, place)


def _calls(value: object, place: str) -> tuple[PlannedCall, ...]:
    if not isinstance(value, list):
        raise _refused(place, "a list: each kind of call begins with [[calls]]", value)
    return tuple(
        _section(PlannedCall, _CALL, each, f"{place}[{number}]") for number, each in enumerate(value)
    )


def _hedge(value: object, place: str) -> HedgePolicy | None:
    if isinstance(value, bool):
        return HedgePolicy() if value else None
    seconds = _seconds(value, place)
    try:
        return HedgePolicy(after=seconds)
    except ValueError as error:
        raise ValueError(str(error).replace("HedgePolicy.after", place)) from None


def _table(kind: type[AttrsInstance], readers: Mapping[str, _Reader]) -> _Reader:
    return lambda value, place: _section(kind, readers, value, place)


_CALL: Final[Mapping[str, _Reader]] = {
    "name": _text, "share": _number, "cost": _cost, "latency": _latency, "safe": _flag, "errors": _number,
}  # fmt: skip
_LIMIT: Final[Mapping[str, _Reader]] = {
    "units": _whole, "per": _seconds, "kind": _text, "known": _text, "burst": _whole, "offset": _seconds,
    "unit": _text,
}  # fmt: skip
_FAULTS: Final[Mapping[str, _Reader]] = {
    "errors": _number, "refused": _number, "lost": _number, "truncated": _number, "stalled": _number,
    "slow": _number, "slow_by": _seconds, "down": _spans,
}  # fmt: skip
_TOKENS: Final[Mapping[str, _Reader]] = {"lifetime": _seconds, "takes": _seconds, "fails": _number}
_CLIENT: Final[Mapping[str, _Reader]] = {
    "attempts": _whole, "retry_budget": _number, "patience": _seconds, "timeout": _seconds,
    "deadline": _seconds, "hedge": _hedge, "breaker": _flag, "connections": _whole, "way": _seconds,
    "pause": _seconds, "rest": _seconds,
}  # fmt: skip
_PLAN: Final[Mapping[str, _Reader]] = {
    "title": _text, "workers": _whole, "items": _whole, "lasts": _seconds, "calls": _calls, "limit": _limit,
    "faults": _table(PlannedFaults, _FAULTS), "tokens": _table(PlannedTokens, _TOKENS),
    "client": _table(PlannedClient, _CLIENT), "seed": _whole, "runs": _whole,
}  # fmt: skip
