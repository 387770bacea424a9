"""Cookies: send what the jar holds for a request's URL.

Rules of this file: a Cookie header that the caller set goes out as it is. What an answer sets, the
attempt hands to the jar itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offwire.context import Context
from offwire.message.request import Request
from offwire.secret import Secret

if TYPE_CHECKING:
    from offwire.state.cookie_jar import CookieJar


def with_cookies(jar: CookieJar, request: Request, context: Context) -> Request:
    """The request with what `jar` has for it; `context` learns which texts are secret by that."""
    if "cookie" in request.headers:
        return request
    cookies = jar.header_for(request.url, context.now.wall)
    if cookies is None:
        return request
    values = (pair.partition("=")[2] for pair in cookies.split("; "))
    context.secrets += tuple(Secret(value) for value in values if len(value) >= 8)
    return request.with_headers({"Cookie": cookies})
