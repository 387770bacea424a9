"""One request off the wire, and its reply onto it: an ASGI application around a fake server.

Rules of this file: a fake server sees requests as a `World` hands them over: an absolute URL, and
neither Host nor Content-Length among the headers. Whatever the reply is, nobody else waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias, assert_never

from attrs import frozen

from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Stall, Truncate

Message: TypeAlias = "MutableMapping[str, Any]"
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Ask: TypeAlias = Callable[[Request], Reply]

_WIRES_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_WITHOUT_BODY = frozenset({204, 304})


@frozen
class Connection:
    """How to end the TCP connection that a request came on."""

    abort: Callable[[], object]
    """At once, without what has not been sent."""
    close: Callable[[], object]
    """When everything has been sent."""


async def exchange(
    ask: Ask, origin: str, connection: Connection, scope: Message, receive: Receive, send: Send
) -> None:
    """Read one request, ask for its reply, and perform that."""
    content = await _body(receive)
    if content is None:
        return
    try:
        request = _request(scope, origin, content)
    except ValueError as error:
        await _answer(Response(400, text=str(error)), send)
        return
    reply = ask(request)
    match reply:
        case Answer(response, after):
            if not await leaves(receive, after):
                await _answer(response, send)
        case Truncate(response, after):
            if not await leaves(receive, after):
                await _truncate(request, response, connection, send)
                await leaves(receive, None)
        case Drop(after) | Refuse(after):
            # The connection stands already when a request is read, so a refusal comes too late.
            if not await leaves(receive, after):
                connection.abort()
                await leaves(receive, None)
        case Stall():
            await leaves(receive, None)
        case _:
            assert_never(reply)


def _request(scope: Message, origin: str, content: bytes) -> Request:
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    kinds = [value for name, value in fields if name == "content-type"]
    own = _WIRES_OWN if not content else _WIRES_OWN | {"content-type"}
    host = next((value for name, value in fields if name == "host"), None)
    scheme, _, usual = origin.partition("://")
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    if len(kinds) > 1:
        raise ValueError("a request has one Content-Type")
    return Request(
        scope["method"],
        f"{scheme}://{host or usual}{target}",
        headers=[(name, value) for name, value in fields if name not in own],
        body=Body(content=content, content_type=kinds[0] if kinds else None) if content else None,
    )


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where the client leaves before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def leaves(receive: Receive, seconds: float | None) -> bool:
    """Whether the client leaves within so many seconds; None waits until it does."""
    if seconds == 0:
        return False
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _answer(response: Response, send: Send) -> None:
    await send(_start(response))
    await send({"type": "http.response.body", "body": response.content})


async def _truncate(request: Request, response: Response, connection: Connection, send: Send) -> None:
    half = response.content[: len(response.content) // 2]
    if request.method == "HEAD" or not response.content:
        # There is no body to break off in.
        connection.abort()
        return
    await send(_start(response))
    await send({"type": "http.response.body", "body": half, "more_body": True})
    connection.close()


def _start(response: Response) -> Message:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.pairs()
    ]
    if "content-length" not in response.headers and response.status not in _WITHOUT_BODY:
        headers.append((b"content-length", str(len(response.content)).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": headers}
