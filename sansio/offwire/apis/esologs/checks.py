"""What an argument has to be, before anything is sent.

Rules of this file: a check takes the argument's name and value, and returns what goes onto the
wire. What is of the wrong type is a TypeError, what has the wrong value a ValueError, and both
name the argument and the fix. None and UNSET pass: whether an argument may be left out is for the
signature to say. A truth value is no number. Bounds are those that the site gives in the description
of its API; the lengths of names are far beyond what there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Final, TypeAlias

from offwire.unset import UNSET, Unset

if TYPE_CHECKING:
    from typing import TypeGuard

Check: TypeAlias = Callable[[str, object], object]
"""Takes an argument's name and value, and returns the value as it goes onto the wire."""
Instant: TypeAlias = "datetime | float"
"""A point in time: an aware datetime, or milliseconds since 1970 in UTC."""

_CODE: Final = re.compile(r"(?:a:)?[A-Za-z0-9]{3,64}")
_FIRST_INSTANT: Final = 100_000_000_000
"""In March 1973, long before the first report; taken for seconds, thousands of years ahead."""
_LAST_INSTANT: Final = 4_102_444_800_000
_LONGEST_SLUG: Final = 50
_LONGEST_NAME: Final = 100
_LARGEST_INT: Final = 2**31 - 1
"""Of GraphQL's Int (specification, section 3.5.1)."""


def whole(low: int | None = None, high: int | None = None) -> Check:
    """Accept whole numbers from `low` to `high`."""
    spread = "" if low is None else f" from {low} on" if high is None else f" from {low} to {high}"

    def check(name: str, value: object) -> object:
        if _is_absent(value):
            return value
        wanted = f"{name} is a whole number{spread}, not {value!r}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(wanted)
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(wanted)
        if abs(value) > _LARGEST_INT:
            raise ValueError(f"{name} is a whole number of up to {_LARGEST_INT}, not {value!r}")
        return value

    return check


anything_whole: Final = whole()
an_id: Final = whole(1)
a_page: Final = whole(1)
page_limit: Final = whole(1, 100)
attendance_limit: Final = whole(1, 25)
events_limit: Final = whole(100, 10_000)


def number(name: str, value: object) -> object:
    """Accept finite numbers from 0 on."""
    if _is_absent(value):
        return value
    wanted = f"{name} is a number from 0 on, not {value!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(wanted)
    if not (isfinite(value) and value >= 0):
        raise ValueError(wanted)
    return value


def offset(name: str, value: object) -> object:
    """Accept milliseconds since the start of a report."""
    if isinstance(value, datetime):
        raise TypeError(
            f"{name} counts milliseconds from the start of the report, not {value!r}: "
            "take the report's start_time from it"
        )
    return number(name, value)


def instant(name: str, value: object) -> float | None | Unset:
    """Accept aware datetimes and milliseconds since 1970; the latter go onto the wire."""
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{name} needs a time zone, such as datetime(..., tzinfo=UTC), not {value!r}")
        value = float(round(value.timestamp() * 1000))
    if _is_absent(value):
        return value
    number(name, value)
    if not isinstance(value, int | float) or value > _LAST_INSTANT:
        raise ValueError(f"{name} is in milliseconds since 1970, before the year 2100, not {value!r}")
    if 0 < value < _FIRST_INSTANT:
        raise ValueError(
            f"{name} is in milliseconds since 1970, not seconds: {value!r} would be in 1973 or before"
        )
    return value


def code(name: str, value: object) -> object:
    """Accept what a report's code looks like."""
    if _is_absent(value):
        return value
    _check_text(name, value)
    if not _CODE.fullmatch(str(value)):
        raise ValueError(
            f"{name} is a report's code, such as 'VfxqaX47HGC98rAp', which stands behind /reports/ "
            f"in its address, not {value!r}"
        )
    return value


def text(name: str, value: object) -> object:
    """Accept texts and members of enums, whatever they say: the site may know more than its schema."""
    if not _is_absent(value):
        _check_text(name, value)
    return value


def flag(name: str, value: object) -> object:
    """Accept True and False: 1 and "yes" are none."""
    if not (_is_absent(value) or isinstance(value, bool)):
        raise TypeError(f"{name} is True or False, not {value!r}")
    return value


def title(name: str, value: object) -> object:
    """Accept names of characters and guilds."""
    if _is_absent(value):
        return value
    _check_text(name, value)
    if not str(value).strip() or len(str(value)) > _LONGEST_NAME:
        raise ValueError(f"{name} is a name of up to {_LONGEST_NAME} characters, not {value!r}")
    return value


def slug(name: str, value: object) -> object:
    """Accept slugs: a server's or a region's short name, without spaces."""
    if _is_absent(value):
        return value
    _check_text(name, value)
    text = str(value)
    if not text or len(text) > _LONGEST_SLUG or any(map(str.isspace, text)):
        raise ValueError(
            f"{name} is a short name without spaces, as world_data gives it for servers and regions, "
            f"such as 'megaserver' or 'NA', not {value!r}"
        )
    return value


def ids(name: str, value: object) -> object:
    """Accept lists of ids. None of them is none: the site takes an empty list for no filter at all."""
    if _is_absent(value):
        return value
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise TypeError(f"{name} is a list of whole numbers, such as [1, 2], not {value!r}")
    if not value:
        raise ValueError(f"{name} holds at least one id, or is left out for all, not {value!r}")
    for each in value:
        an_id(f"each of {name}", each)
        if _is_absent(each):
            raise TypeError(f"{name} holds whole numbers, not {each!r}")
    return list(value)


def in_order(start: object, end: object) -> None:
    """See that `start_time` is before `end_time`, where both are given.

    Raises:
        ValueError: it is not.
    """
    if isinstance(start, int | float) and isinstance(end, int | float) and start >= end:
        raise ValueError(f"start_time has to be before end_time; they are {start!r} and {end!r}")


def id_or_name(
    id: int | None, name: str | None, server_slug: str | None, server_region: str | None
) -> int | tuple[str, str, str]:
    """Which of two ways to name somebody is given: the id, or the name with server and region.

    Raises:
        TypeError: both are given, or neither, or one of them in part.
    """
    if id is not None and name is None and server_slug is None and server_region is None:
        return id
    if id is None and name is not None and server_slug is not None and server_region is not None:
        return name, server_slug, server_region
    raise TypeError("give either id, or name, server_slug and server_region together")


def complete(arguments: Mapping[str, object], needs: Mapping[str, Sequence[str]]) -> None:
    """See that whatever is given has with it what it `needs`, without which the site would pass it over.

    Raises:
        TypeError: something is missing.
    """
    for name, others in needs.items():
        missing = [each for each in others if _is_absent(arguments.get(each))]
        if missing and not _is_absent(arguments.get(name)):
            raise TypeError(f"{name} means nothing without {' and '.join(missing)}: give them together")


def _is_absent(value: object) -> TypeGuard[Unset | None]:
    return value is None or value is UNSET


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
