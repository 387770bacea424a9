"""`SetCookie`: one Set-Cookie field, read as RFC 6265 section 5.2 reads it.

Rules of this file: any text is read as a cookie or as None, and nothing is raised. What is read
fits into a Cookie field as it stands. The value never prints. Of RFC 6265bis come the limits on
size and the longest life.
"""

from __future__ import annotations

import math
import re
from typing import Final

from attrs import frozen

from offwire.secret import Secret

LONGEST_COOKIE: Final = 4096
"""Octets of name and value together (RFC 6265bis)."""
LONGEST_ATTRIBUTE: Final = 1024
"""Octets of an attribute's value (RFC 6265bis)."""
LONGEST_LIFE: Final = 400 * 86400
"""Seconds; what asks for more gets this (RFC 6265bis)."""

_UNSENDABLE: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_MAX_AGE: Final = re.compile(r"-?[0-9]+")
_BLANKS: Final = " \t"


@frozen(kw_only=True)
class SetCookie:
    """What a server asks to be kept. HttpOnly and SameSite are about pages, and not kept."""

    name: str
    pair: Secret
    """`name=value`, as it goes into a Cookie field."""
    domain: str | None = None
    """The Domain attribute in lower case, without a leading dot; None where there is none."""
    path: str | None = None
    """The Path attribute; None where there is none that starts with a slash."""
    is_secure: bool = False
    expires: float | None = None
    """Wall time from which on it is to be forgotten; None: with the jar."""


def read_set_cookie(text: str, wall: float) -> SetCookie | None:
    """The cookie in one Set-Cookie value; None where there is none, or it is too long to keep."""
    if _UNSENDABLE.search(text):
        return None
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    name, value = name.strip(_BLANKS), value.strip(_BLANKS)
    if not equals or not name or len(name) + len(value) > LONGEST_COOKIE:
        return None
    domain: str | None = None
    path: str | None = None
    is_secure = False
    expires: float | None = None
    until: float | None = None
    for attribute in attributes:
        key, _, content = attribute.partition("=")
        content = content.strip(_BLANKS)
        if len(content) > LONGEST_ATTRIBUTE:
            continue
        # The last one of a name counts (section 5.3).
        match key.strip(_BLANKS).lower():
            case "domain" if content:
                domain = content.removeprefix(".").lower() or None
            case "path":
                path = content if content.startswith("/") else None
            case "secure":
                is_secure = True
            case "max-age" if _MAX_AGE.fullmatch(content):
                seconds = int(content)
                until = wall + min(seconds, LONGEST_LIFE) if seconds > 0 else -math.inf
            case "expires":
                date = read_cookie_date(content)
                expires = expires if date is None else min(date, wall + LONGEST_LIFE)
            case _:
                pass
    return SetCookie(
        name=name,
        pair=Secret(f"{name}={value}"),
        domain=domain,
        path=path,
        is_secure=is_secure,
        expires=expires if until is None else until,
    )


_DATE_TOKEN: Final = re.compile(r"[^\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY: Final = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR: Final = re.compile(r"([0-9]{2,4})(?![0-9])")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def read_cookie_date(text: str) -> float | None:
    """Seconds since 1970, UTC, or None (RFC 6265 section 5.1.1).

    The order of the parts hardly matters: each piece of text is taken for the first part that it
    fits and that is still missing, tried as time, day, month and year.
    """
    time: re.Match[str] | None = None
    day = month = year = None
    for token in _DATE_TOKEN.findall(text):
        if time is None and (found := _TIME.match(token)):
            time = found
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.match(token)):
            year = int(found[1])
    if time is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    hour, minute, second = (int(each) for each in time.groups())
    if year < 1601 or hour > 23 or minute > 59 or second > 59:
        return None
    if not 1 <= day <= _MONTH_DAYS[month - 1] + (month == 2 and _is_leap(year)):
        return None
    return float(((_days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_since_1970(year: int, month: int, day: int) -> int:
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400 - 719162
    return days + sum(_MONTH_DAYS[: month - 1]) + (month > 2 and _is_leap(year)) + day - 1
