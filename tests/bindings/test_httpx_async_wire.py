"""One request by a task: both event loops, both libraries, pools of ours and what users hand in."""

from __future__ import annotations

import gzip
import importlib
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync

from offwire.errors import MaybeSent, NetworkError, NeverSent, ResponseTimeout
from offwire.flow import Send
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.timeouts import Timeouts
from offwire_anyio import AsyncClient
from offwire_httpx import LibraryName, Proxy
from offwire_httpx.async_wire import AsyncWire, async_wire
from offwire_httpx.settings import Settings
from tests.bindings.conftest import Serve
from tests.bindings.servers import (
    Peer,
    always,
    answer,
    drop,
    drop_mid_body,
    echo,
    first,
    proxy,
    refusing,
    stall,
    stall_mid_body,
)

pytestmark = pytest.mark.anyio

QUICK = Timeouts(connect=5.0, read=5.0, write=5.0)


def send(url: str, method: str = "GET", **options: Any) -> Send:
    body = options.pop("body", None)
    request = Request(
        method, url, headers=options.pop("headers", {}), body=None if body is None else Body(content=body)
    )
    return Send(request, options.pop("timeouts", QUICK), **options)


class Sender:
    """A wire, with what a driver brings along."""

    def __init__(self, wire: AsyncWire) -> None:
        self.wire = wire
        self.cancels = 0

    async def __call__(self, what: Send) -> Response:
        return await self.wire.send(what, self.wire.progress(what), self._cancelled)

    def _cancelled(self) -> None:
        self.cancels += 1


def made(client_class: type[AsyncClient], settings: Settings, **handed: Any) -> Sender:
    world = client_class.world
    return Sender(async_wire(settings, world.backend, world.clock, **handed))


@pytest.fixture(params=["pooled", "transport", "client"])
async def wire(
    request: pytest.FixtureRequest, library: LibraryName, client_class: type[AsyncClient]
) -> AsyncIterator[Sender]:
    """Each way of sending, with each library."""
    http = importlib.import_module(library)
    settings = Settings(library=library)
    match request.param:
        case "pooled":
            sender = made(client_class, settings)
            yield sender
            await sender.wire.aclose()
        case "transport":
            async with http.AsyncHTTPTransport() as transport:
                yield made(client_class, settings, transport=transport)
        case _:
            async with http.AsyncClient() as client:
                yield made(client_class, settings, http=client)


@pytest.fixture
async def pooled(library: LibraryName, client_class: type[AsyncClient]) -> AsyncIterator[Sender]:
    sender = made(client_class, Settings(library=library))
    yield sender
    await sender.wire.aclose()


async def test_an_answer_comes_whole(serve: Serve, wire: Sender) -> None:
    server = serve(always(answer(b'{"id": 7}', "200 OK", "Content-Type: application/json", "X-A: 1")))
    for _ in range(2):
        response = await wire(send(f"{server.url}/users/7?a=b"))
        assert (response.status, response.content, response.is_json) == (200, b'{"id": 7}', True)
        assert response.headers["x-a"] == "1"
        assert response.elapsed > 0
    assert server.connections == 1


async def test_what_goes_out_is_what_was_decided_and_what_the_wire_needs(serve: Serve, wire: Sender) -> None:
    server = serve(echo)
    response = await wire(send(f"{server.url}/users?a=%20b", "POST", headers={"X-Key": "k"}, body=b'{"n":1}'))
    head, _, body = response.content.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /users?a=%20b HTTP/1.1"
    names = sorted(line.partition(b":")[0].lower() for line in lines[1:])
    assert names == [b"accept-encoding", b"content-length", b"host", b"x-key"]
    assert body == b'{"n":1}'


async def test_a_coded_answer_is_undone(serve: Serve, wire: Sender) -> None:
    text = b"twice " * 50_000
    server = serve(always(answer(gzip.compress(text), "200 OK", "Content-Encoding: gzip")))
    assert (await wire(send(server.url + "/"))).content == text


async def test_big_bodies_go_whole_both_ways(serve: Serve, wire: Sender) -> None:
    server = serve(echo)
    body = bytes(range(256)) * 8_000
    assert (await wire(send(server.url + "/", "PUT", body=body))).content.endswith(body)


@pytest.mark.parametrize(
    ("method", "reply", "status"),
    [
        pytest.param("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", 200, id="HEAD"),
        pytest.param("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204, id="204"),
    ],
)
async def test_answers_without_a_body_end_at_once(
    serve: Serve, wire: Sender, method: str, reply: bytes, status: int
) -> None:
    server = serve(always(reply))
    for _ in range(2):
        response = await wire(send(server.url + "/", method))
        assert (response.status, response.content) == (status, b"")
    assert server.connections == 1


async def test_a_redirect_is_an_answer(serve: Serve, wire: Sender) -> None:
    server = serve(always(answer(b"", "302 Found", "Location: /elsewhere")))
    assert (await wire(send(server.url + "/"))).status == 302
    assert len(server.requests) == 1


async def caught(wire: Sender, what: Send) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        await wire(what)
    assert what.request.url.text not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


async def test_a_refused_connection_was_never_sent(wire: Sender) -> None:
    with refusing() as url:
        error = await caught(wire, send(f"{url}/secret"))
    assert type(error) is NeverSent
    assert "refused" in error.message


async def test_a_name_that_nobody_has_was_never_sent(wire: Sender) -> None:
    assert type(await caught(wire, send("http://no-such-host.invalid/"))) is NeverSent


@pytest.mark.parametrize(
    "handler", [pytest.param(drop, id="before the answer"), pytest.param(drop_mid_body, id="mid-body")]
)
async def test_a_broken_connection_was_maybe_sent(serve: Serve, wire: Sender, handler: Any) -> None:
    server = serve(handler)
    assert type(await caught(wire, send(server.url + "/"))) is MaybeSent


@pytest.mark.parametrize(
    "handler", [pytest.param(stall, id="no answer"), pytest.param(stall_mid_body, id="half an answer")]
)
async def test_silence_ends_by_the_read_limit(serve: Serve, wire: Sender, handler: Any) -> None:
    server = serve(handler)
    error = await caught(wire, send(server.url + "/", timeouts=Timeouts(read=0.1)))
    assert type(error) is ResponseTimeout


async def test_a_coding_that_lies_was_maybe_sent(serve: Serve, wire: Sender) -> None:
    server = serve(always(answer(b"not gzip", "200 OK", "Content-Encoding: gzip")))
    assert type(await caught(wire, send(server.url + "/"))) is MaybeSent


@pytest.mark.parametrize(
    ("handler", "closes"),
    [pytest.param(stall, 0, id="no answer yet"), pytest.param(stall_mid_body, 1, id="half an answer")],
)
async def test_a_cancel_is_told_first_and_frees_the_connection(
    serve: Serve, wire: Sender, handler: Any, closes: int
) -> None:
    server = serve(first(handler, always(answer())))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wire, send(server.url + "/"))
        assert await run_sync(server.asked.wait, 5)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await run_sync(server.left.wait, 5)
    assert wire.cancels <= closes
    assert (await wire(send(server.url + "/"))).status == 200


async def test_a_proxy_forwards(serve: Serve, library: LibraryName, client_class: type[AsyncClient]) -> None:
    server, between = serve(always(answer(b"far"))), serve(proxy)
    through = Proxy(f"http://127.0.0.1:{between.port}", username="user", password="pass")
    sender = made(client_class, Settings(library=library, proxy=through))
    assert (await sender(send(f"http://127.0.0.1:{server.port}/x"))).content == b"far"
    await sender.wire.aclose()


async def test_a_proxy_that_refuses_was_never_sent_through(
    serve: Serve, library: LibraryName, client_class: type[AsyncClient]
) -> None:
    between = serve(proxy)
    sender = made(client_class, Settings(library=library, proxy=Proxy(f"http://127.0.0.1:{between.port}")))
    error = await caught(sender, send("https://far.test/"))
    assert type(error) is NeverSent
    assert "proxy" in error.message
    await sender.wire.aclose()


async def test_after_a_lost_connection_another_one_is_opened(serve: Serve, pooled: Sender) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.send(answer())

    server = serve(first(once, always(answer())))
    await pooled(send(server.url + "/"))
    assert await run_sync(server.left.wait, 5)
    assert (await pooled(send(server.url + "/"))).status == 200
    assert server.connections == 2


async def test_what_was_handed_in_stays_open(
    serve: Serve, library: LibraryName, client_class: type[AsyncClient]
) -> None:
    http = importlib.import_module(library)
    server = serve(always(answer()))
    async with http.AsyncHTTPTransport() as transport:
        for _ in range(2):
            sender = made(client_class, Settings(), transport=transport)
            await sender(send(server.url + "/"))
            await sender.wire.aclose()
    assert server.connections == 1


async def test_a_client_that_is_handed_in_adds_nothing_of_its_own(
    serve: Serve, library: LibraryName, client_class: type[AsyncClient]
) -> None:
    http = importlib.import_module(library)
    server = serve(echo)
    async with http.AsyncClient(auth=("user", "pass"), headers={"X-Own": "1"}, cookies={"a": "1"}) as handed:
        sent = (await made(client_class, Settings(), http=handed)(send(server.url + "/"))).content
    assert b"Authorization" not in sent
    assert b"X-Own" not in sent
    assert b"ookie" not in sent


async def test_what_cannot_be_used_is_refused(library: LibraryName, client_class: type[AsyncClient]) -> None:
    http = importlib.import_module(library)
    async with http.AsyncClient() as client, http.AsyncHTTPTransport() as transport:
        with pytest.raises(ValueError, match="not both"):
            made(client_class, Settings(), transport=transport, http=client)
        with pytest.raises(ValueError, match="proxy= does not count beside transport="):
            made(client_class, Settings(proxy=Proxy("http://a.test:1")), transport=transport)
    with http.Client() as blocking, http.HTTPTransport() as blocking_transport:
        with pytest.raises(TypeError, match="asynchronous"):
            made(client_class, Settings(), http=blocking)
        with pytest.raises(TypeError, match="asynchronous"):
            made(client_class, Settings(), transport=blocking_transport)


async def test_a_fake_transport_of_the_library_is_a_transport(
    library: LibraryName, client_class: type[AsyncClient]
) -> None:
    http = importlib.import_module(library)
    coded = {"Content-Encoding": "gzip"}
    fake = http.MockTransport(lambda request: http.Response(201, headers=coded, content=gzip.compress(b"ok")))
    response = await made(client_class, Settings(), transport=fake)(send("https://api.test/users"))
    assert (response.status, response.content) == (201, b"ok")
