"""The blocking network: one limit for opening, reads that end in time, and what was written for whom."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from math import inf
from time import monotonic
from typing import Any

import pytest

from offwire_httpx import LibraryName
from offwire_httpx.library import load
from offwire_httpx.limit import Limit, Progress
from offwire_httpx.sync_network import SyncNetwork, SyncStream
from tests.bindings.conftest import Serve
from tests.bindings.servers import Peer, drip, mute


@pytest.fixture
def core(library: LibraryName) -> Any:
    return load(library).core


@pytest.fixture
def network(core: Any) -> SyncNetwork:
    return SyncNetwork(core)


@pytest.fixture
def stream(serve: Serve, network: SyncNetwork) -> Iterator[SyncStream]:
    stream = network.connect_tcp("127.0.0.1", serve(mute).port, 5.0)
    yield stream
    stream.close()


def limit(seconds: float = inf, left: float = inf) -> Limit:
    made = Limit(seconds)
    made.progress = Progress(monotonic() + left, written=False)
    return made


def addresses(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    kinds = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found]
    monkeypatch.setattr(socket, "getaddrinfo", _numeric_or(socket.getaddrinfo, kinds))


def _numeric_or(real: Any, kinds: list[Any]) -> Any:
    def getaddrinfo(host: str, *rest: Any, **options: Any) -> Any:
        return kinds if host == "many.test" else real(host, *rest, **options)

    return getaddrinfo


def test_the_first_address_that_answers_is_taken(
    serve: Serve, network: SyncNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(mute)
    addresses(monkeypatch, "127.0.0.9", "127.0.0.9", "127.0.0.1")
    stream = network.connect_tcp("many.test", server.port, limit(5.0))
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", server.port)
    stream.close()


def test_where_none_answers_the_last_one_says_why(
    core: Any, network: SyncNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses(monkeypatch, "127.0.0.8", "127.0.0.9")
    with pytest.raises(core.ConnectError):
        network.connect_tcp("many.test", 1, 5.0)


def test_a_name_that_cannot_be_is_a_failed_connection(core: Any, network: SyncNetwork) -> None:
    for name in ("no-such-host.invalid", "a" * 70):
        with pytest.raises(core.ConnectError):
            network.connect_tcp(name, 80, 5.0)


def test_nothing_is_tried_when_no_time_is_left(core: Any, network: SyncNetwork) -> None:
    with pytest.raises(core.ConnectTimeout):
        network.connect_tcp("127.0.0.1", 1, 0.0)


def test_tls_has_what_the_connection_has_left(serve: Serve, core: Any, network: SyncNetwork) -> None:
    server = serve(mute)
    began = monotonic()
    stream = network.connect_tcp("127.0.0.1", server.port, limit(0.2))
    with pytest.raises(core.ConnectTimeout):
        stream.start_tls(ssl.create_default_context(), "localhost", 30.0)
    assert 0.2 <= monotonic() - began < 2
    assert server.left.wait(5)


def test_tls_is_not_begun_when_no_time_is_left(serve: Serve, core: Any, network: SyncNetwork) -> None:
    server = serve(mute)
    stream = network.connect_tcp("127.0.0.1", server.port, limit(0.05))
    with pytest.raises(core.ReadTimeout):
        stream.read(1, 0.06)
    with pytest.raises(core.ConnectTimeout):
        stream.start_tls(ssl.create_default_context(), "localhost", 30.0)
    assert server.left.wait(5)


def test_a_read_ends_with_its_exchange(core: Any, stream: SyncStream) -> None:
    began = monotonic()
    with pytest.raises(core.ReadTimeout):
        stream.read(1, limit(30.0, left=0.1))
    assert 0.1 <= monotonic() - began < 2
    with pytest.raises(core.ReadTimeout):
        stream.read(1, limit(30.0, left=0.0))


def test_reads_come_as_they_are(serve: Serve, network: SyncNetwork) -> None:
    def talk(peer: Peer) -> None:
        peer.send(b"abc")

    stream = network.connect_tcp("127.0.0.1", serve(talk).port, None)
    found = b""
    while piece := stream.read(10, limit()):
        found += piece
    assert found == b"abc"
    stream.close()


def test_what_is_written_is_noted_for_whom(serve: Serve, core: Any, network: SyncNetwork) -> None:
    server = serve(mute)
    stream = network.connect_tcp("127.0.0.1", server.port, limit(5.0))
    mine, other = limit(5.0), limit(5.0)
    body = bytes(100_000)
    stream.write(body, mine)
    stream.write(b"", other)
    stream.write(b"x", 5.0)
    assert (mine.progress.written, other.progress.written) == (True, False)
    late = limit(5.0, left=0.0)
    with pytest.raises(core.WriteTimeout):
        stream.write(b"x", late)
    assert not late.progress.written
    stream.close()
    assert server.left.wait(5)
    assert server.received == 100_001


def test_a_write_that_nobody_takes_ends_with_its_exchange(
    serve: Serve, core: Any, network: SyncNetwork
) -> None:
    def takes_nothing(peer: Peer) -> None:
        peer.server.stopping.wait(10)

    stream = network.connect_tcp("127.0.0.1", serve(takes_nothing).port, limit(5.0))
    began = monotonic()
    with pytest.raises(core.WriteTimeout):
        stream.write(bytes(50_000_000), limit(30.0, left=0.2))
    assert 0.2 <= monotonic() - began < 2
    stream.close()


def test_drips_are_read_until_the_deadline(serve: Serve, core: Any, network: SyncNetwork) -> None:
    stream = network.connect_tcp("127.0.0.1", serve(drip(b"", b"x" * 1000, every=0.01)).port, limit(5.0))
    stream.write(b"GET / HTTP/1.1\r\n\r\n", limit(5.0))
    until = limit(30.0, left=0.15)

    def read_on() -> None:
        while stream.read(10, until):
            pass

    with pytest.raises(core.ReadTimeout):
        read_on()
    assert 0 <= monotonic() - until.progress.deadline < 1
    stream.close()
