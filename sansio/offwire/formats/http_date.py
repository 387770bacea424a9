"""HTTP dates: the three forms of RFC 9110 section 5.6.7, as seconds since 1970.

Rules of this file: only what the grammar says is a date, letter case included; anything else is
None, never an error. Whether the named day of the week is right is not looked at. No locale and
no clock: the year of the obsolete two-digit form is decided by the `wall` that is handed in.
"""

from __future__ import annotations

import re
from typing import Final

_DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_WEEKDAY: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_TIME: Final = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_FORMS: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_DAY}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT",  # IMF-fixdate
        rf"{_WEEKDAY}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT",  # rfc850
        rf"{_DAY} {_MONTH} (?P<day>\d\d| \d) {_TIME} (?P<year>\d{{4}})",  # asctime
    )
)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BEFORE: Final = tuple(sum(_DAYS[:month]) for month in range(12))
_YEAR_SECONDS: Final = 365.2425 * 86_400


def read_http_date(text: str, wall: float) -> float | None:
    """Seconds since 1970-01-01T00:00:00Z, or None where `text` is no HTTP date.

    `wall` is the time now: a two-digit year that would lie more than 50 years ahead of it is
    one of the past (RFC 9110 section 5.6.7).
    """
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            break
    else:
        return None
    year, day = int(found["year"]), int(found["day"])
    month = _MONTHS.index(found["month"])
    if len(found["year"]) == 2:
        year = _whole_year(year, wall)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS[month] + (leap and month == 1):
        return None
    past = year - 1
    days = (
        past * 365
        + past // 4
        - past // 100
        + past // 400
        + _BEFORE[month]
        + (leap and month > 1)
        + day
        - 719_163
    )
    hours = days * 24 + int(found["hour"])
    return float((hours * 60 + int(found["minute"])) * 60 + int(found["second"]))


def _whole_year(two_digits: int, wall: float) -> int:
    """The last year with these two digits that is no more than 50 years ahead of `wall`."""
    latest = int(1970 + wall / _YEAR_SECONDS) + 50
    return latest - (latest - two_digits) % 100
