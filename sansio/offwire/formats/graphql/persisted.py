"""Automatic persisted queries: a document that the server knows is sent as its hash only.

The protocol is Apollo's (https://www.apollographql.com/docs/apollo-server/performance/apq): the
hash goes in `extensions.persistedQuery`; to `PersistedQueryNotFound` the document is sent along,
for the server to keep, and `PersistedQueryNotSupported` ends it.

Rules of this file: requests stay POSTs, with a GET's caching given up for bodies of any length.
What is not the POST of a GraphQL document goes out as it came. A request by hash that the server
did not know has done nothing, so that mutations go this way too.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from offwire.context import Context
from offwire.errors import DecodeError
from offwire.flow import Flow
from offwire.formats.graphql.answer import problems_in
from offwire.formats.json import dumps, loads
from offwire.json_value import Json
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request, made
from offwire.message.response import Response

_NOT_FOUND: Final = frozenset({"PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND"})
_NOT_SUPPORTED: Final = frozenset({"PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"})
_LONGEST_REFUSAL: Final = 8192
_MOST_REFUSING: Final = 64
_NOTHING: Final[frozenset[str]] = frozenset()


def persisted_queries() -> Middleware:
    """A middleware for `Policies(middleware=[persisted_queries()])`. Make one for each API.

    It remembers the URLs whose server supports no persisted queries, the last 64 of them.
    """
    refusing: dict[str, None] = {}

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        place = request.url.text.partition("?")[0]
        body = None if place in refusing else _graphql_body(request)
        if body is None:
            return (yield from forward(request, context))
        body["extensions"] = _with_hash(body)
        short = {name: value for name, value in body.items() if name != "query"}
        response = yield from forward(_with_body(request, short), context)
        said = _refusal(response)
        if said & _NOT_SUPPORTED:
            while len(refusing) >= _MOST_REFUSING:
                del refusing[next(iter(refusing))]
            refusing[place] = None
            return (yield from forward(request, context))
        if said & _NOT_FOUND:
            return (yield from forward(_with_body(request, body), context))
        return response

    return layer


def _graphql_body(request: Request) -> dict[str, Json] | None:
    """What a request sends to a GraphQL server; None where it is another kind of request."""
    body = request.body
    if request.method != "POST" or body is None or body.content_type != "application/json":
        return None
    try:
        data = loads(body.content)
    except DecodeError:
        return None
    return data if isinstance(data, dict) and isinstance(data.get("query"), str) else None


def _with_hash(body: dict[str, Json]) -> Json:
    from hashlib import sha256  # noqa: PLC0415 - only who persists queries pays

    extensions = body.get("extensions")
    hashed: Json = {"version": 1, "sha256Hash": sha256(str(body["query"]).encode()).hexdigest()}
    return {**(extensions if isinstance(extensions, dict) else {}), "persistedQuery": hashed}


def _with_body(request: Request, data: dict[str, Json]) -> Request:
    body = None if request.body is None else evolve(request.body, content=dumps(data))
    return made(request.method, request.url, request.headers, body)


def _refusal(response: Response) -> frozenset[str]:
    """The messages and codes of an answer that refuses a hash; such an answer is short."""
    content = response.content
    if len(content) > _LONGEST_REFUSAL or not (b"PersistedQuery" in content or b"PERSISTED_QUERY" in content):
        return _NOTHING
    try:
        data = loads(content)
    except DecodeError:
        return _NOTHING
    problems = problems_in(data.get("errors")) if isinstance(data, dict) else ()
    return frozenset(text for each in problems for text in (each.message, each.code) if text)
