"""What of a message may be shown: an allow-list, so that what nobody thought of stays hidden.

Rules of this file: header values and query parameters are masked unless their name stands here.
Names are always shown, since they tell what was sent and give nothing away. What stands in a
query without a name is masked, and so is a value that some servers would take for more than one.
"""

from __future__ import annotations

from typing import Final

from offwire.secret import MASK

SHOWN_HEADERS: Final = frozenset(
    {
        "accept", "accept-encoding", "accept-language", "age", "allow", "cache-control",
        "connection", "content-encoding", "content-language", "content-length", "content-type",
        "date", "etag", "expires", "host", "if-modified-since", "if-none-match", "last-modified",
        "ratelimit", "ratelimit-policy",
        "retry-after", "server", "transfer-encoding", "user-agent", "vary",
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-request-id",
    }
)  # fmt: skip
"""Header names, in lower case, whose values may be shown."""

SHOWN_PARAMETERS: Final = frozenset(
    {"active", "dir", "limit", "offset", "order", "page", "page_size", "per_page", "sort"}
)
"""Query parameters whose values may be shown: those that page and order."""


def shown_header(name: str, value: str) -> str:
    """`value` where the header is on the allow-list, else the mask."""
    return value if name.lower() in SHOWN_HEADERS else MASK


def shown_query(query: str) -> str:
    """A raw query string with the value of each parameter that is not on the list masked."""
    if not query:
        return query
    shown = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if not equals:
            shown.append(MASK if pair else "")
        elif name in SHOWN_PARAMETERS and ";" not in value:
            shown.append(pair)
        else:
            shown.append(f"{name}={MASK}")
    return "&".join(shown)
