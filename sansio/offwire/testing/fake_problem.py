"""Error answers of fake servers: problem details (RFC 9457), in the shape that real ones have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from offwire.json_value import Json
from offwire.message.headers import HeadersInput
from offwire.message.response import Response

TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""The statuses that fake servers fail with, and their names (RFC 9110 section 15)."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: HeadersInput = (),
    errors: Sequence[dict[str, Json]] = (),
) -> Response:
    """A problem+json answer.

    Args:
        status: one of TITLES.
        code: the server's own name for what went wrong, such as `user_not_found`.
        detail: a sentence.
        headers: more fields.
        errors: what is wrong with each field of a document: `{"field": ..., "message": ...}`.
    """
    document: dict[str, Json] = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        document["errors"] = list(errors)
    made = Response(status, json=document, headers={"Content-Type": "application/problem+json"})
    return Response(status, headers=made.headers.replacing(headers), content=made.content)
