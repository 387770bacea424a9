"""Pools are made when needed, never queue, and speak HTTP/2 and SOCKS where asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
import trio

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Url
from offwire.errors import MaybeSent, ResponseTimeout
from offwire.flow import Flow, Gather, Send
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.timeouts import Timeouts
from offwire_httpx import LibraryName, Limits, Tls
from offwire_httpx.library import load
from offwire_httpx.pools import Pools
from offwire_httpx.settings import Settings
from tests.bindings.conftest import Certificates, Serve
from tests.bindings.servers import Peer, RawServer


def pools(library: LibraryName, **options: Any) -> Pools:
    return Pools(Settings(library=library, **options), load(library), "", load(library).core.SyncBackend)


def test_a_pool_is_shared_by_all_of_its_scheme(library: LibraryName) -> None:
    made = pools(library)
    first = made.take(Url("http://a.test/"))
    assert made.take(Url("http://b.test/x")) is first
    secure = made.take(Url("https://a.test/"))
    assert secure is not first
    for each in (first, secure, first):
        made.give_back(each)
    assert made.take_all() == [first, secure]
    assert made.take_all() == []


def test_an_exclusive_pool_is_lent_to_one_at_a_time(library: LibraryName) -> None:
    loaded = load(library)
    made = Pools(Settings(library=library), loaded, "", loaded.core.SyncBackend, exclusive=True)
    first, second = made.take(Url("http://a.test/")), made.take(Url("http://a.test/"))
    assert first is not second
    made.give_back(first)
    assert made.take(Url("http://b.test/")) is first
    assert made.take_all() == [first, second]


def test_a_pool_has_no_limit_of_its_own(library: LibraryName) -> None:
    made = pools(library, limits=Limits(max_connections=3, keepalive_expiry=7.0))
    pool = made.take(Url("http://a.test/"))
    assert pool._max_connections > 1_000_000
    assert pool._max_keepalive_connections == 3
    assert pool._keepalive_expiry == 7.0
    assert pool._retries == 0


def test_plain_http_costs_no_context(library: LibraryName) -> None:
    assert pools(library).take(Url("http://a.test/"))._ssl_context is None


# HTTP/2


def get(url: str, **options: Any) -> Flow[Response]:
    request = Request("POST", url, body=Body(content=b"ping"))
    response: Response = yield Send(request, Timeouts(connect=5.0, read=5.0), **options)
    return response


def http2() -> Callable[[Peer], None]:
    """Answer every stream with its path; streams to /stall never."""

    def handler(peer: Peer) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        raw = peer.raw()
        raw.sendall(connection.data_to_send())
        paths: dict[int, bytes] = {}
        with suppress(OSError):
            while data := raw.recv(65_536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        paths[event.stream_id] = dict(event.headers)[b":path"]
                    elif isinstance(event, h2.events.StreamEnded):
                        path = paths[event.stream_id]
                        peer.server.saw(path)
                        if path == b"/stall":
                            continue
                        connection.send_headers(event.stream_id, [(":status", "200"), ("x-proto", "h2")])
                        connection.send_data(event.stream_id, path, end_stream=True)
                raw.sendall(connection.data_to_send())

    return handler


@pytest.fixture
def server(serve: Serve, certificates: Certificates) -> RawServer:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificates.configure(context)
    context.set_alpn_protocols(["h2"])
    return serve(http2(), tls=context)


def three(url: str) -> Flow[list[bytes]]:
    yield from get(f"{url}/first")
    found: list[Response] = yield Gather(tuple(get(f"{url}/{number}") for number in range(3)))
    assert all(each.headers["x-proto"] == "h2" for each in found)
    return [each.content for each in found]


def test_threads_do_not_share_an_http2_connection(
    server: RawServer, library: LibraryName, certificates: Certificates
) -> None:
    """Where they did, header fields of one request would get into another's: seen with both libraries."""
    tls = Tls(ca_file=certificates.ca_file)
    with offwire_sync.Client(library=library, tls=tls, http2=True, threads=3) as client:
        for _ in range(20):
            assert client.run(three(server.url)) == [b"/0", b"/1", b"/2"]
    assert server.connections <= 3


@pytest.mark.parametrize("world", ["asyncio", "trio"])
def test_http2_shares_a_connection_among_tasks(
    server: RawServer, library: LibraryName, certificates: Certificates, world: str
) -> None:
    async def main(kind: Any) -> None:
        tls = Tls(ca_file=certificates.ca_file)
        async with kind(library=library, tls=tls, http2=True) as client:
            assert await client.run(three(server.url)) == [b"/0", b"/1", b"/2"]
            deadline = kind.world.clock() + 0.1
            with pytest.raises(ResponseTimeout):
                await client.run(get(f"{server.url}/stall", deadline=deadline))
            assert (await client.run(get(f"{server.url}/after"))).content == b"/after"
        assert server.connections == 1

    if world == "asyncio":
        asyncio.run(main(offwire_asyncio.Client))
    else:
        trio.run(main, offwire_trio.Client)


def test_what_http2_cannot_read_was_maybe_sent(
    serve: Serve, library: LibraryName, certificates: Certificates
) -> None:
    def garbage(peer: Peer) -> None:
        peer.raw().recv(65_536)
        peer.send(b"\0" * 100)
        peer.hang()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificates.configure(context)
    context.set_alpn_protocols(["h2"])
    server = serve(garbage, tls=context)
    tls = Tls(ca_file=certificates.ca_file)
    with offwire_sync.Client(library=library, tls=tls, http2=True) as client, pytest.raises(MaybeSent):
        client.run(get(server.url + "/"))
