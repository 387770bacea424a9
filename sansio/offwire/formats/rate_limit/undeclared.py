"""What a server says of its limits where nobody declared how it does.

Rules of this file: of the families of fields that are there, the first that says something counts, so
that two limits are never mixed. The form of a reset is told by its size (`reset.py`).

| family | sent by |
|---|---|
| `RateLimit` | servers that follow the IETF's drafts |
| `RateLimit-Limit`, `-Remaining`, `-Reset` | those of drafts up to 06; GitLab, whose reset is an instant |
| `X-RateLimit-*` | GitHub, Discord, Reddit and many more |
| `X-Rate-Limit-*` | X |
| `X-Shopify-Shop-Api-Call-Limit` | Shopify |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from offwire.formats.rate_limit.dialects import SHOPIFY_REST, Dialect, FieldsDialect, IetfDialect
from offwire.formats.rate_limit.report import RateLimitReport
from offwire.message.headers import Headers
from offwire.time import Now

FAMILIES: Final[tuple[Dialect, ...]] = (
    IetfDialect(before=None),  # since the next ones may have any form
    FieldsDialect(limit="ratelimit-limit", remaining="ratelimit-remaining", reset="ratelimit-reset"),
    FieldsDialect(
        limit="x-ratelimit-limit",
        remaining="x-ratelimit-remaining",
        used="x-ratelimit-used",
        reset="x-ratelimit-reset",
        reset_after="x-ratelimit-reset-after",
        name="x-ratelimit-resource",
    ),
    FieldsDialect(limit="x-rate-limit-limit", remaining="x-rate-limit-remaining", reset="x-rate-limit-reset"),
    SHOPIFY_REST,
)
"""The first that says something counts."""


def read_families(rows: Iterable[int], headers: Headers, now: Now) -> tuple[RateLimitReport, ...]:
    """What the `FAMILIES` of these numbers say, or nothing."""
    for row in rows:
        reports = FAMILIES[row].read(headers, now)
        if reports:
            return reports
    return ()
