"""What any answer says of its server's limits, whether or not somebody declared how.

Rules of this file: every answer of every API comes through here, so one without such fields costs one
look at its names. With a `Dialect` that one is read, without one what `undeclared.py` knows. An answer
out of a shared cache, which an Age above 0 tells, says nothing: what it says has been. Nothing is
raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offwire.formats.rate_limit.report import RateLimitReport
from offwire.message.headers import HeaderPairs, Headers
from offwire.time import Now

if TYPE_CHECKING:
    from offwire.formats.rate_limit.dialects import Dialect

_PARTS: Final = ("limit", "remaining", "reset")
_FAMILIES: Final = (
    ("ratelimit",),
    tuple("ratelimit-" + part for part in _PARTS),
    tuple("x-ratelimit-" + part for part in (*_PARTS, "reset-after")),
    tuple("x-rate-limit-" + part for part in _PARTS),
    ("x-shopify-shop-api-call-limit",),
)
"""The names of fields that say something, in the order of `undeclared.FAMILIES`."""
_SPEAKERS: Final = {name: row for row, names in enumerate(_FAMILIES) for name in names}

silent: Final[set[str]] = set()
"""Names, as they are spelled, that have been seen and say nothing of a limit. For reading."""
_MOST_SILENT: Final = 1024
"""So many are kept; servers together have fewer, unless one makes some up."""


def read_rate_limits(
    headers: Headers, now: Now, dialect: Dialect | None = None
) -> tuple[RateLimitReport, ...]:
    """A report for each limit that `headers` speak of, to be told in this order; none where of none."""
    if dialect is not None:
        return () if _is_stored(headers) else dialect.read(headers, now)
    pairs = headers.pairs()
    # Most answers have no such field, and all of a server's have the same names.
    for name, _ in pairs:
        if name not in silent:
            return _heard(pairs, headers, now)
    return ()


def _heard(pairs: HeaderPairs, headers: Headers, now: Now) -> tuple[RateLimitReport, ...]:
    rows: set[int] = set()
    for name, _ in pairs:
        row = _SPEAKERS.get(name.lower())
        if row is not None:
            rows.add(row)
        elif len(silent) < _MOST_SILENT:
            silent.add(name)
    if not rows or _is_stored(headers):
        return ()
    from offwire.formats.rate_limit.undeclared import read_families  # noqa: PLC0415 - few servers have limits

    return read_families(sorted(rows), headers, now)


def _is_stored(headers: Headers) -> bool:
    ages = headers.values("age")
    return bool(ages) and ages[0].isdecimal() and ages[0].strip("0") != ""
