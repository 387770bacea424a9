"""Cookies: send what the jar has for a request's URL, and keep what the answer sets."""

from __future__ import annotations

from offwire.context import Context
from offwire.flow import Flow
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.secret import Secret
from offwire.state.cookie_jar import CookieJar


def keeping_cookies(jar: CookieJar) -> Middleware:
    """Keep cookies in `jar`. A Cookie header that the caller set goes out as it is."""

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        if "cookie" not in request.headers:
            cookies = jar.header_for(request.url, context.now.wall)
            if cookies is not None:
                request = request.with_headers({"Cookie": cookies})
                values = (pair.partition("=")[2] for pair in cookies.split("; "))
                context.secrets += tuple(Secret(value) for value in values if len(value) >= 8)
        response = yield from forward(request, context)
        jar.store(request.url, response.headers, context.now.wall)
        return response

    return layer
