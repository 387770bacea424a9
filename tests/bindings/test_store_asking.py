"""Asking a store: what a cancel has to wait for, and that nobody waits for a store that blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event, get_ident

import anyio
import pytest
from anyio.to_thread import run_sync

import offwire_asyncio
from offwire.flow import Ask, Flow, Sleep
from offwire_anyio import AsyncClient
from offwire_sync import Client
from tests.bindings.conftest import Serve
from tests.bindings.flows import Running, get
from tests.bindings.servers import Handler, Peer, answer


class Shelf:
    """A store that keeps what it is told, and may have to be waited for."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.threads: list[int] = []
        self.asked = Event()
        self.go = Event()
        self.go.set()

    def answer(self, question: str, /) -> object:
        self.threads.append(get_ident())
        self.asked.set()
        assert self.go.wait(10)
        self.kept.append(question)
        return question


def slow(go: Event) -> Handler:
    def handler(peer: Peer) -> None:
        peer.request()
        assert go.wait(10)
        peer.send(answer(b"token"))

    return handler


def fetching(url: str, shelf: Shelf, ends: list[str]) -> Flow[None]:
    """Fetch under a shield, keep under one, go on without."""
    try:
        response = yield from get(url + "/", shielded=True)
        yield Ask(shelf, response.content.decode(), shielded=True)
        yield Ask(shelf, "second", shielded=True)
        yield Sleep(0.0)
        ends.append("went on")
    except GeneratorExit:
        ends.append("closed")
        raise


@pytest.mark.anyio
async def test_a_cancel_while_a_token_is_fetched_waits_until_it_is_kept(
    serve: Serve, client_class: type[AsyncClient]
) -> None:
    go, shelf, ends = Event(), Shelf(), list[str]()
    server = serve(slow(go))
    async with client_class() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.run, fetching(server.url, shelf, ends))
        assert await run_sync(server.asked.wait, 10)
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.wait_all_tasks_blocked()
            go.set()
    assert (shelf.kept, ends) == (["token", "second"], ["closed"])


async def _cancelled_as_asyncio_does_it(serve: Serve) -> tuple[list[str], list[str], bool]:
    go, shelf, ends = Event(), Shelf(), list[str]()
    server = serve(slow(go))
    async with offwire_asyncio.Client() as client:
        task = asyncio.ensure_future(client.run(fetching(server.url, shelf, ends)))
        assert await asyncio.to_thread(server.asked.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go.set()
        await asyncio.wait([task])
        return shelf.kept, ends, task.cancelled()


def test_so_does_one_of_asyncios_own_kind(serve: Serve) -> None:
    assert asyncio.run(_cancelled_as_asyncio_does_it(serve)) == (["token", "second"], ["closed"], True)


@pytest.mark.anyio
async def test_closing_the_client_waits_until_it_is_kept(
    serve: Serve, client_class: type[AsyncClient]
) -> None:
    go, shelf = Event(), Shelf()
    server = serve(slow(go))
    client = client_class()

    def flow() -> Flow[None]:
        response = yield from get(server.url + "/", shielded=True)
        yield Ask(shelf, response.content.decode(), shielded=True)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.run, flow())
        assert await run_sync(server.asked.wait, 10)
        tasks.start_soon(client.aclose)
        await anyio.wait_all_tasks_blocked()
        go.set()
    assert shelf.kept == ["token"]


@pytest.mark.anyio
async def test_a_store_that_blocks_blocks_nobody_else(client_class: type[AsyncClient]) -> None:
    shelf = Shelf()
    shelf.go.clear()

    def asking() -> Flow[object]:
        return (yield Ask(shelf, "kept"))

    def other() -> Flow[str]:
        yield Sleep(0.0)
        return "done"

    results: list[object] = []

    async def call(client: AsyncClient) -> None:
        results.append(await client.run(asking()))

    async with client_class() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(call, client)
        assert await run_sync(shelf.asked.wait, 10)
        assert await client.run(other()) == "done"
        shelf.go.set()
    assert results == ["kept"]
    assert shelf.threads != [get_ident()]


def test_a_thread_asks_by_itself_and_others_go_on() -> None:
    shelf = Shelf()
    shelf.go.clear()

    def asking() -> Flow[object]:
        return (yield Ask(shelf, "kept"))

    def other() -> Flow[str]:
        yield Sleep(0.0)
        return "done"

    with Client() as client:
        running = Running(lambda: client.run(asking()))
        assert shelf.asked.wait(10)
        assert client.run(other()) == "done", "the lock is not held meanwhile"
        shelf.go.set()
        assert running.join() == "kept"
        client.run(asking())
    assert shelf.threads[1] == get_ident()


def ended_meanwhile(serve: Serve, flow: Callable[[str], Flow[None]]) -> None:
    """Run `flow` of a server's address, which answers once the block around it is ending."""
    go, waits = Event(), Event()
    server = serve(slow(go))

    def waiting(until: float) -> Flow[None]:
        try:
            waits.set()
            yield Sleep(until)
        finally:
            go.set()

    with Client() as client:

        def call(number: int) -> None:
            if number == 0:
                assert server.asked.wait(10)
                assert waits.wait(10)
            elif number == 1:
                client.run(flow(server.url))
            else:
                client.run(waiting(client.runtime.now.monotonic + 1e6))

        with client.map(call, [0, 1, 2], concurrency=3) as found:
            next(found)


def test_the_end_of_a_block_waits_until_a_token_is_kept(serve: Serve) -> None:
    shelf, ends = Shelf(), list[str]()
    ended_meanwhile(serve, lambda url: fetching(url, shelf, ends))
    assert (shelf.kept, ends) == (["token", "second"], ["closed"])


def test_a_question_that_is_not_shielded_is_not_put_once_the_block_has_ended(serve: Serve) -> None:
    shelf = Shelf()

    def flow(url: str) -> Flow[None]:
        yield from get(url + "/", shielded=True)
        yield Ask(shelf, "too late")

    ended_meanwhile(serve, flow)
    assert shelf.kept == []
