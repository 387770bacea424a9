"""What a server says of its rate limit in the header fields of any answer.

| fields | reset |
|---|---|
| `RateLimit-Limit`, `-Remaining`, `-Reset` (IETF drafts up to 06) | seconds to go |
| `X-RateLimit-Limit`, `-Remaining`, `-Reset-After` (Discord) | seconds to go |
| `X-RateLimit-Limit`, `-Remaining`, `-Reset` (GitHub, Discord: an instant; Reddit: seconds to go) | by size |
| `X-Rate-Limit-Limit`, `-Remaining`, `-Reset` (X) | by size |

Rules of this file: a report is made of one row's fields, the first row's that says something, so
that two limits are never mixed. A reset whose form only its size tells is an instant, in seconds
since 1970, where it is at least half of the time now (of the answer's Date, where it has one);
below that it is seconds to go. An instant is compared with the Date as well, so that a wrong
clock of ours does no harm. What is malformed counts as not said; nothing is raised.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from offwire.formats.server_wait import MOST_WAIT, sent_at
from offwire.message.headers import Headers
from offwire.time import Now


@frozen(kw_only=True)
class RateLimitReport:
    """What one answer says. None stands for what it does not say."""

    limit: int | None
    """Units in a whole window."""
    remaining: float | None
    """Units left in this window."""
    reset_after: float | None
    """Seconds until the window ends; 0 where it has ended."""


_FAMILIES: Final = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_PARTS: Final = ("limit", "remaining", "reset", "reset-after")
_PLACES: Final = {
    family + part: (row, part)
    for row, family in enumerate(_FAMILIES)
    for part in _PARTS
    if part != "reset-after" or family == "x-ratelimit-"
}
_LIMIT: Final = re.compile(r"(\d{1,18})\s*(?:[,;].*)?", re.ASCII)  # drafts up to 06: "100, 100;w=60"
_NUMBER: Final = re.compile(r"\d{1,18}(\.\d*)?", re.ASCII)


def read_rate_limit(headers: Headers, now: Now) -> RateLimitReport | None:
    """What `headers` say, or None where they say nothing."""
    rows: tuple[dict[str, str], ...] | None = None
    # Every answer comes through here, and most have no such field: no index, one look at each name.
    for name, value in headers.pairs():
        if name[0] in "xXrR":
            place = _PLACES.get(name.lower())
            if place is not None:
                rows = rows or ({}, {}, {})
                rows[place[0]].setdefault(place[1], value)
    if rows is None:
        return None
    for family, fields in zip(_FAMILIES, rows, strict=True):
        report = _report(fields, family, headers, now)
        if report is not None:
            return report
    return None


def _report(fields: dict[str, str], family: str, headers: Headers, now: Now) -> RateLimitReport | None:
    limit = _LIMIT.fullmatch(fields.get("limit", ""))
    remaining = _number(fields.get("remaining", ""))
    reset = _number(fields.get("reset-after", ""))
    if reset is None:
        reset = _number(fields.get("reset", ""))
        if reset is not None and family != "ratelimit-":
            sent = sent_at(headers, now)
            if reset >= sent / 2:
                reset = max(0.0, reset - sent)
    if reset is not None and reset > MOST_WAIT:
        reset = None
    if limit is None and remaining is None and reset is None:
        return None
    return RateLimitReport(
        limit=None if limit is None else int(limit[1]), remaining=remaining, reset_after=reset
    )


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None
