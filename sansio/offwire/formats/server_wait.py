"""How long a server asks to stay away, in the ways in which servers say it.

Rules of this file: a wait that is given is given whole, never shortened; what is no wait (past,
zero, negative, not a number, above `MOST_WAIT`) counts as not said. A date is compared with the
answer's own Date, where it has one, so that a wrong clock of ours does no harm.

Read are, the first that says something: `retry-after-ms` (Azure, OpenAI), `x-ms-retry-after-ms`
(Azure), and `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from offwire.formats.http_date import read_http_date
from offwire.message.headers import Headers
from offwire.message.response import Response
from offwire.time import Now

MOST_WAIT: Final = 366 * 86_400.0
"""Seconds; a longer wait is taken for a mistake."""

_NUMBER: Final = re.compile(r"\d+(\.\d*)?", re.ASCII)


def server_wait(response: Response, now: Now) -> float | None:
    """Seconds to stay away from now on, or None where the server names no usable wait."""
    headers = response.headers
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        wait = _longest(_number(value) / 1000 for value in headers.values(name))
        if wait is not None:
            return wait
    values = headers.values("retry-after")
    return _longest(_seconds(value, headers, now) for value in values) if values else None


def sent_at(headers: Headers, now: Now) -> float:
    """When the server sent this, in seconds since 1970: its Date, or now where it has none."""
    dates = headers.values("date")
    sent = read_http_date(dates[0], now.wall) if dates else None
    return now.wall if sent is None else sent


def _seconds(value: str, headers: Headers, now: Now) -> float:
    wait = _number(value)
    if wait > 0:
        return wait
    at = read_http_date(value, now.wall)
    return 0.0 if at is None else at - sent_at(headers, now)


def _number(value: str) -> float:
    return float(value) if _NUMBER.fullmatch(value) else 0.0


def _longest(waits: Iterable[float]) -> float | None:
    """A field that comes twice is a mistake; to wait too long does less harm than too short."""
    return max((wait for wait in waits if 0 < wait <= MOST_WAIT), default=None)
