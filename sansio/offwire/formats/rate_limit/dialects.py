"""The ways in which servers say in header fields what is left of a limit.

| dialect | fields | reset |
|---|---|---|
| `IETF` | `RateLimit` and `RateLimit-Policy`, or `RateLimit-Limit`, `-Remaining`, `-Reset` | seconds to go |
| `GITHUB` | `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `-Resource`; `Retry-After` | an instant |
| `X` | `X-Rate-Limit-Limit`, `-Remaining`, `-Reset` | an instant |
| `REDDIT` | `X-RateLimit-Used`, `-Remaining`, `-Reset`, with fractions | seconds to go |
| `DISCORD` | `X-RateLimit-Limit`, `-Remaining`, `-Reset-After`, `-Reset`, `-Bucket` | both |
| `SHOPIFY_REST` | `X-Shopify-Shop-Api-Call-Limit`, as in `32/40` | the bucket leaks |

Rules of this file: a dialect that is declared is the only one that is read, and it has nothing to
guess. What is malformed counts as not said; nothing is raised. Of fields of one name the first
counts.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from attrs import field, frozen
from attrs.validators import optional

from offwire.bounds import above
from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.rate_limit.reset import ResetForm, number, read_reset
from offwire.message.headers import Headers
from offwire.time import Now

_LIMIT: Final = re.compile(r"(\d{1,18})\s*(?:[,;].*)?", re.ASCII)  # drafts up to 06: "100, 100;w=60"
_SHARE: Final = re.compile(r"(\d{1,18})/(\d{1,18})", re.ASCII)


class Dialect(Protocol):
    """How one API speaks of its limits. Any object with this will do."""

    def read(self, headers: Headers, now: Now) -> tuple[RateLimitReport, ...]:
        """A report for each limit that an answer's `headers` speak of; none where they say nothing."""
        ...


def _is_name(_instance: object, _attribute: object, value: str) -> None:
    Headers({value: ""})


_a_name: Final = optional(_is_name)


@frozen(kw_only=True)
class FieldsDialect:
    """One limit, whose numbers have a field each. The names of fields in any case; None for none.

    Raises:
        TypeError, ValueError: one of them is no field's name, or there is nothing to read.
    """

    limit: str | None = field(default=None, validator=_a_name)
    """Units in a whole window."""
    remaining: str | None = field(default=None, validator=_a_name)
    """Units left."""
    used: str | None = field(default=None, validator=_a_name)
    """Units gone: with what remains, the limit, where no field has that."""
    reset: str | None = field(default=None, validator=_a_name)
    """When the window ends, in the form `reset_form`."""
    reset_form: ResetForm = ResetForm.UNDECLARED
    reset_after: str | None = field(default=None, validator=_a_name)
    """Seconds until the window ends; goes before `reset`."""
    name: str | None = field(default=None, validator=_a_name)
    """Which limit the others speak of."""
    retry_after: str | None = field(default=None, validator=_a_name)
    """Seconds in which nothing is left, whatever the others say, and whatever the status is."""

    def __attrs_post_init__(self) -> None:
        if not (self.limit or self.remaining or self.reset or self.reset_after or self.retry_after):
            raise ValueError(
                "FieldsDialect needs the name of a field to read: limit, remaining, reset, reset_after "
                "or retry_after"
            )

    def read(self, headers: Headers, now: Now) -> tuple[RateLimitReport, ...]:
        """See `Dialect`."""
        found: list[RateLimitReport] = []
        name = _first(headers, self.name) or None
        away = _seconds(self.retry_after, headers, now)
        if away:
            found.append(RateLimitReport(limit=None, remaining=0.0, reset_after=away, name=name))
        limit = _LIMIT.fullmatch(_first(headers, self.limit))
        units = None if limit is None else int(limit[1])
        remaining = number(_first(headers, self.remaining))
        reset = _seconds(self.reset_after, headers, now)
        if reset is None and (text := _first(headers, self.reset)):
            reset = read_reset(text, self.reset_form, headers, now)
        if units is None and remaining is not None:
            used = number(_first(headers, self.used))
            if used is not None:
                units = int(used + remaining)
        if not (units is None and remaining is None and reset is None):
            found.append(RateLimitReport(limit=units, remaining=remaining, reset_after=reset, name=name))
        return tuple(found)


@frozen(kw_only=True)
class LeakyBucketDialect:
    """A bucket of which one field says how full it is, as in `32/40`.

    Raises:
        TypeError, ValueError: `level` is no field's name, or `drains_in` is not above 0.
    """

    level: str = field(validator=_is_name)
    """The name of that field."""
    drains_in: float = field(validator=above(0))
    """Seconds in which a full bucket leaks empty."""

    def read(self, headers: Headers, now: Now) -> tuple[RateLimitReport, ...]:
        """See `Dialect`; the window ends when the bucket would be empty."""
        share = _SHARE.fullmatch(_first(headers, self.level))
        if share is None or not int(share[2]):
            return ()
        used, limit = int(share[1]), int(share[2])
        level = min(1.0, used / limit)
        return (
            RateLimitReport(
                limit=limit, remaining=float(max(0, limit - used)), reset_after=self.drains_in * level
            ),
        )


_DRAFTS_UP_TO_06: Final = FieldsDialect(
    limit="ratelimit-limit",
    remaining="ratelimit-remaining",
    reset="ratelimit-reset",
    reset_form=ResetForm.SECONDS,
)


@frozen(kw_only=True)
class IetfDialect:
    """The IETF's drafts in all their generations."""

    before: FieldsDialect | None = _DRAFTS_UP_TO_06
    """What is read where there is no `RateLimit` field that says something."""

    def read(self, headers: Headers, now: Now) -> tuple[RateLimitReport, ...]:
        """See `Dialect`."""
        from offwire.formats.rate_limit.ietf import read_ietf  # noqa: PLC0415 - few servers send these yet

        reports = read_ietf(headers)
        if reports or self.before is None:
            return reports
        return self.before.read(headers, now)


IETF: Final = IetfDialect()
"""draft-ietf-httpapi-ratelimit-headers: all drafts up to 10."""

GITHUB: Final = FieldsDialect(
    limit="x-ratelimit-limit",
    remaining="x-ratelimit-remaining",
    used="x-ratelimit-used",
    reset="x-ratelimit-reset",
    reset_form=ResetForm.INSTANT,
    name="x-ratelimit-resource",
    retry_after="retry-after",
)
"""docs.github.com/rest: its secondary limits send away with a 403, which `Retry-After` tells apart."""

X: Final = FieldsDialect(
    limit="x-rate-limit-limit",
    remaining="x-rate-limit-remaining",
    reset="x-rate-limit-reset",
    reset_form=ResetForm.INSTANT,
)
"""docs.x.com: windows of 15 minutes or a day."""

REDDIT: Final = FieldsDialect(
    remaining="x-ratelimit-remaining",
    used="x-ratelimit-used",
    reset="x-ratelimit-reset",
    reset_form=ResetForm.SECONDS,
)
"""Reddit's Data API: windows of ten minutes."""

DISCORD: Final = FieldsDialect(
    limit="x-ratelimit-limit",
    remaining="x-ratelimit-remaining",
    reset="x-ratelimit-reset",
    reset_form=ResetForm.INSTANT,
    reset_after="x-ratelimit-reset-after",
    name="x-ratelimit-bucket",
)
"""discord.com/developers: a bucket for each route. Of all calls together, a 429's `Retry-After` speaks."""

SHOPIFY_REST: Final = LeakyBucketDialect(level="x-shopify-shop-api-call-limit", drains_in=20.0)
"""shopify.dev: 40 at 2 a second, 80 at 4, 400 at 20; each full bucket takes 20 seconds to leak empty."""


def _seconds(name: str | None, headers: Headers, now: Now) -> float | None:
    text = _first(headers, name)
    return read_reset(text, ResetForm.SECONDS, headers, now) if text else None


def _first(headers: Headers, name: str | None) -> str:
    values = () if name is None else headers.values(name)
    return values[0] if values else ""
