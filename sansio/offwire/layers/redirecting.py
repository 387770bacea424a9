"""Redirects (RFC 9110 section 15.4), followed here so that no credential leaves its origin.

Rules of this file: 303 turns any method but HEAD into GET, and 301 and 302 turn POST into GET, as
every browser does; 307 and 308 send the same again. Going on to another origin drops what the
caller put in as credentials; going from https to http is refused, and so is a circle. What was
declared of the operation's safety holds for as long as the method stays the same.
"""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from offwire.bounds import count
from offwire.context import Context
from offwire.errors import CallError, RedirectRefused
from offwire.flow import Flow
from offwire.layers.shape import Forward, GoingOn
from offwire.message.request import Request, made
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.safety import safety_of

FOLLOWED: Final = frozenset({301, 302, 303, 307, 308})
BOUND_TO_ORIGIN: Final = ("authorization", "cookie", "proxy-authorization")
"""Fields that hold credentials whatever the API, and so never go to another origin."""
_OF_THE_BODY: Final = ("content-type", "content-encoding", "content-language", "content-location")


@frozen(kw_only=True)
class RedirectPolicy:
    """How many redirects to follow, and where to."""

    limit: int = field(default=10, validator=count(0))
    """The most hops of one call; 0 hands a 3xx answer back as it is."""
    across_origins: bool = True
    """Whether another origin is followed at all; credentials never are."""


def redirecting(policy: RedirectPolicy, credential_headers: frozenset[str]) -> GoingOn:
    """Follow as `policy` says. `credential_headers`, in lower case, never leave their origin."""

    def following(forward: Forward, request: Request, response: Response, context: Context) -> Flow[Response]:
        first_safety = context.safety
        try:
            return (yield from _followed(forward, request, response, context, policy, credential_headers))
        except CallError as error:
            if error.retry_safe and not first_safety.repeatable and context.safety is not first_safety:
                # The first request was done, before what it pointed to could not be had.
                raise error.with_facts(retry_safe=None) from None
            raise
        finally:
            context.safety = first_safety

    return following


def _followed(
    forward: Forward,
    request: Request,
    response: Response,
    context: Context,
    policy: RedirectPolicy,
    credential_headers: frozenset[str],
) -> Flow[Response]:
    visited = {(request.method, request.url)}
    hops = 0
    while response.status in FOLLOWED and policy.limit:
        location = response.headers.get("location")
        if location is None:
            return response
        if hops == policy.limit:
            raise _refused(f"more than {policy.limit} redirects", response.status, request.url)
        hops += 1
        following = _next(request, response.status, location, policy, credential_headers)
        place = (following.method, following.url)
        # One that sets a cookie may well point to where the request has been: it is another one now.
        if place in visited and "set-cookie" not in response.headers:
            raise _refused("the server redirects in a circle", response.status, following.url)
        visited.add(place)
        if following.method != request.method:
            context.safety = safety_of(following.method)
        request = following
        if context.observers:
            from offwire.events import Redirected  # noqa: PLC0415 - only observed calls pay for events

            context.tell(
                Redirected(
                    at=context.now.monotonic,
                    call=context.number,
                    status=response.status,
                    url=str(request.url),
                )
            )
        response = yield from forward(request, context)
    return response


def _next(
    request: Request, status: int, location: str, policy: RedirectPolicy, credentials: frozenset[str]
) -> Request:
    try:
        url = request.url.join(location)
    except ValueError:
        raise RedirectRefused(message="the Location cannot be read", status=status) from None
    headers = request.headers
    if url.origin != request.url.origin:
        if not policy.across_origins:
            raise _refused("the policy stays on its origin", status, url)
        if request.url.scheme == "https" and url.scheme != "https":
            raise _refused("the Location leaves https", status, url)
        headers = headers.without(*BOUND_TO_ORIGIN, *credentials)
    if (status == 303 and request.method != "HEAD") or (status in (301, 302) and request.method == "POST"):
        return made("GET", url, headers.without(*_OF_THE_BODY), None)
    return made(request.method, url, headers, request.body)


def _refused(why: str, status: int, url: Url) -> RedirectRefused:
    return RedirectRefused(message=why, status=status, location=str(url))
