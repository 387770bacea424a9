"""One exchange as an ASGI application sees it: requests as fakes want them, replies as they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from offwire.message.body import Body
from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Script, Stall, Truncate
from offwire.time import Now
from offwire_serve.exchange import Connection, exchange, leaves

ORIGIN = "http://127.0.0.1:8000"
OK = Response(200, text="0123456789")


class Wire:
    """A client's side of one exchange: messages that come, messages that went, and the connection."""

    def __init__(self, *messages: dict[str, Any], **scope: Any) -> None:
        self.messages = list(messages) or [{"type": "http.request", "body": b""}]
        self.scope = {
            "method": "GET",
            "raw_path": b"/users",
            "query_string": b"",
            "headers": [(b"host", b"shop.test")],
            **scope,
        }
        self.sent: list[Any] = []
        self.ends: list[str] = []
        self.asked: list[Request] = []
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def leave(self, how: str) -> None:
        self.ends.append(how)
        self.gone.set()

    async def exchange(self, reply: Reply) -> None:
        script = Script(reply)

        def ask(request: Request) -> Reply:
            self.asked.append(request)
            return script(request, Now())

        connection = Connection(abort=lambda: self.leave("abort"), close=lambda: self.leave("close"))
        await exchange(ask, ORIGIN, connection, self.scope, self.receive, self.send)


def exchanged(reply: Reply, make: Callable[[], Wire]) -> Wire:
    async def run() -> Wire:
        wire = make()
        await wire.exchange(reply)
        return wire

    return asyncio.run(run())


def test_a_request_comes_as_a_world_would_hand_it_over() -> None:
    wire = exchanged(
        Answer(OK),
        lambda: Wire(
            {"type": "http.request", "body": b'{"a":', "more_body": True},
            {"type": "http.request", "body": b"1}"},
            method="POST",
            raw_path=b"/caf%C3%A9",
            query_string=b"a=1&b=%20",
            headers=[
                (b"host", b"shop.test:8080"),
                (b"content-length", b"7"),
                (b"content-type", b"application/json"),
                (b"connection", b"keep-alive"),
                (b"x-kind", b"caf\xe9"),
            ],
        ),
    )
    assert wire.asked == [
        Request(
            "POST",
            "http://shop.test:8080/caf%C3%A9?a=1&b=%20",
            headers={"x-kind": "café"},
            body=Body(content=b'{"a":1}', content_type="application/json"),
        )
    ]


def test_a_request_without_a_body_keeps_its_content_type_and_has_none() -> None:
    wire = exchanged(Answer(OK), lambda: Wire(headers=[(b"content-type", b"text/plain")]))
    assert wire.asked == [Request("GET", f"{ORIGIN}/users", headers={"content-type": "text/plain"})]


def test_a_body_without_a_content_type_has_none() -> None:
    wire = exchanged(Answer(OK), lambda: Wire({"type": "http.request", "body": b"x"}, method="PUT"))
    assert wire.asked[0].body == Body(content=b"x")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"host", b"user:pass@shop.test")], id="a host that is none"),
        pytest.param([(b"content-type", b"a/b"), (b"content-type", b"c/d")], id="two content types"),
    ],
)
def test_a_request_that_is_none_is_refused_without_asking(headers: list[tuple[bytes, bytes]]) -> None:
    wire = exchanged(Answer(OK), lambda: Wire(headers=headers))
    assert wire.asked == []
    assert wire.sent[0]["status"] == 400


def test_a_client_that_leaves_before_the_end_of_its_body_asks_nothing() -> None:
    wire = exchanged(
        Answer(OK),
        lambda: Wire({"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}),
    )
    assert (wire.asked, wire.sent) == ([], [])


def test_an_answer_goes_out_whole_with_its_length() -> None:
    response = Response(201, headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], content=b"done")
    wire = exchanged(Answer(response), Wire)
    assert wire.sent == [
        {
            "type": "http.response.start",
            "status": 201,
            "headers": [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"4")],
        },
        {"type": "http.response.body", "body": b"done"},
    ]
    assert wire.ends == []


@pytest.mark.parametrize(
    ("response", "headers"),
    [
        pytest.param(Response(200), [(b"content-length", b"0")], id="an empty one"),
        pytest.param(Response(204), [], id="204"),
        pytest.param(Response(304), [], id="304"),
        pytest.param(
            Response(200, headers=Headers({"Content-Length": "42"})),
            [(b"content-length", b"42")],
            id="to HEAD",
        ),
    ],
)
def test_a_length_is_said_once_and_only_where_there_is_one(
    response: Response, headers: list[tuple[bytes, bytes]]
) -> None:
    assert exchanged(Answer(response), Wire).sent[0]["headers"] == headers


@pytest.mark.parametrize("after", [0.0, 0.001])
def test_a_drop_ends_the_connection_without_a_byte(after: float) -> None:
    wire = exchanged(Drop(after), Wire)
    assert (wire.sent, wire.ends) == ([], ["abort"])


def test_a_refusal_comes_too_late_and_is_a_drop() -> None:
    wire = exchanged(Refuse(), Wire)
    assert (wire.sent, wire.ends) == ([], ["abort"])


def test_a_truncated_answer_promises_the_whole_and_gives_the_half() -> None:
    wire = exchanged(Truncate(OK), Wire)
    assert (b"content-length", b"10") in wire.sent[0]["headers"]
    assert wire.sent[1:] == [{"type": "http.response.body", "body": b"01234", "more_body": True}]
    assert wire.ends == ["close"]


@pytest.mark.parametrize(
    ("response", "method"),
    [pytest.param(Response(204), "GET", id="no content"), pytest.param(OK, "HEAD", id="HEAD")],
)
def test_an_answer_without_a_body_cannot_break_off_and_is_dropped(response: Response, method: str) -> None:
    wire = exchanged(Truncate(response), lambda: Wire(method=method))
    assert (wire.sent, wire.ends) == ([], ["abort"])


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Answer(OK, 3600.0), id="answer"),
        pytest.param(Truncate(OK, 3600.0), id="truncate"),
        pytest.param(Drop(3600.0), id="drop"),
        pytest.param(Stall(), id="stall"),
    ],
)
def test_a_client_that_leaves_is_not_waited_for(reply: Reply) -> None:
    def left() -> Wire:
        wire = Wire()
        wire.gone.set()
        return wire

    wire = exchanged(reply, left)
    assert (len(wire.asked), wire.sent, wire.ends) == (1, [], [])


def test_a_client_that_stays_has_not_left() -> None:
    async def run() -> list[bool]:
        wire = Wire({"type": "http.request", "body": b""})
        return [await leaves(wire.receive, 0.0), await leaves(wire.receive, 0.001)]

    assert asyncio.run(run()) == [False, False]
