"""The asynchronous network: one limit for opening, and no connection is left open by a cancel."""

from __future__ import annotations

import gc
import ssl
from math import inf
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync

from offwire_anyio import AsyncClient
from offwire_httpx import LibraryName
from offwire_httpx.async_network import AsyncNetwork
from offwire_httpx.library import load
from offwire_httpx.limit import Limit, Progress
from tests.bindings.conftest import Serve
from tests.bindings.servers import Peer, mute

pytestmark = pytest.mark.anyio


@pytest.fixture
def core(library: LibraryName) -> Any:
    return load(library).core


@pytest.fixture
def network(core: Any, client_class: type[AsyncClient]) -> AsyncNetwork:
    return AsyncNetwork(core, client_class.world.backend, client_class.world.clock)


def limit(seconds: float, deadline: float = inf) -> Limit:
    made = Limit(seconds)
    made.progress = Progress(deadline, written=False)
    return made


async def test_a_connection_reads_writes_and_closes(serve: Serve, network: AsyncNetwork) -> None:
    def talk(peer: Peer) -> None:
        peer.send(peer.raw().recv(100).upper())

    server = serve(talk)
    stream = await network.connect_tcp("127.0.0.1", server.port, limit(5.0))
    mine = limit(5.0)
    await stream.write(b"abc", mine)
    assert mine.progress.written
    assert await stream.read(10, limit(inf)) == b"ABC"
    assert await stream.read(10, 5.0) == b""
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", server.port)
    await stream.aclose()


async def test_a_write_after_the_deadline_is_none(serve: Serve, core: Any, network: AsyncNetwork) -> None:
    server = serve(mute)
    stream = await network.connect_tcp("127.0.0.1", server.port, None)
    late = limit(5.0, deadline=0.0)
    with pytest.raises(core.WriteTimeout):
        await stream.write(b"x", late)
    with pytest.raises(core.ReadTimeout):
        await stream.read(1, late)
    assert not late.progress.written
    await stream.write(b"x", 5.0)
    await stream.aclose()


async def test_tls_has_what_the_connection_has_left(serve: Serve, core: Any, network: AsyncNetwork) -> None:
    server = serve(mute)
    stream = await network.connect_tcp("127.0.0.1", server.port, limit(0.1))
    with anyio.fail_after(5):
        with pytest.raises(core.ConnectTimeout):
            await stream.start_tls(ssl.create_default_context(), "localhost", 30.0)
        assert await run_sync(server.left.wait, 5)


async def test_a_cancel_during_tls_leaves_no_connection_open(serve: Serve, network: AsyncNetwork) -> None:
    server = serve(mute)
    stream = await network.connect_tcp("127.0.0.1", server.port, limit(5.0))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stream.start_tls, ssl.create_default_context(), "localhost", 5.0)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await run_sync(server.left.wait, 5)
    del stream
    gc.collect()


async def test_nothing_is_tried_when_no_time_is_left(core: Any, network: AsyncNetwork) -> None:
    with pytest.raises(core.ConnectTimeout):
        await network.connect_tcp("127.0.0.1", 1, 0.0)
