"""Flows side by side in tasks: what decides a race, and that nothing is left of who has lost it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from threading import Event
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync

from offwire.flow import Flow, Race, Sleep, Wait
from offwire.ticket import Ticket
from offwire_anyio import AsyncClient
from offwire_httpx import LibraryName, Limits
from tests.bindings.conftest import Serve
from tests.bindings.flows import LONG, Watch, get, one, queued
from tests.bindings.servers import Peer, always, answer, first, stall, stall_mid_body

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(client_class: type[AsyncClient]) -> AsyncIterator[AsyncClient]:
    async with client_class() as client:
        yield client


def nothing_is_held(client: AsyncClient) -> bool:
    left = client.runtime.connections.snapshot()
    return (left.in_use, left.waiting) == (0, 0)


def after(client: AsyncClient, told: Event, result: object) -> Flow[object]:
    """A result, some time after `told`."""
    while not told.is_set():
        yield Sleep(client.world.clock() + 0.005)
    return result


@pytest.mark.parametrize(
    "handler", [pytest.param(stall, id="before the answer"), pytest.param(stall_mid_body, id="mid-body")]
)
async def test_a_losers_connection_is_closed_and_not_used_again(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName, handler: Any
) -> None:
    server = serve(first(handler, always(answer())))
    async with client_class(library=library, limits=Limits(max_connections=1)) as client:
        flow = queued(client.runtime, get(server.url + "/"))
        assert await client.run(one(Race((flow, after(client, server.asked, "first"))))) == "first"
        assert nothing_is_held(client)
        assert await run_sync(server.left.wait, 5)
        assert (await client.run(queued(client.runtime, get(server.url + "/")))).status == 200
    assert server.connections == 2


async def test_no_flow_is_stepped_after_the_one_that_decided(client: AsyncClient) -> None:
    steps: list[int] = []

    def runner(number: int) -> Flow[int]:
        yield Sleep(0.0)
        steps.append(number)
        return number

    found = await client.run(one(Race(tuple(runner(each) for each in range(4)))))
    assert steps == [found]


async def test_a_loser_is_closed_in_the_step_that_decides(client: AsyncClient) -> None:
    ends: list[str] = []
    ticket = Ticket()

    def loser() -> Flow[object]:
        try:
            yield Wait(ticket)
            return "second"
        finally:
            ends.append("closed")

    def winner() -> Flow[object]:
        yield Sleep(0.0)
        ticket.wake()  # its task is to go on, but not before it is closed
        return "first"

    def racing() -> Flow[object]:
        return (yield Race((loser(), winner())))

    assert await client.run(racing()) == "first"
    assert ends == ["closed"]


async def test_a_cancel_closes_all_that_race(serve: Serve, client: AsyncClient) -> None:
    server = serve(stall)
    watches = [Watch(), Watch(), Watch()]
    flows = (
        watches[0](queued(client.runtime, get(server.url + "/"))),
        watches[1](one(Wait(Ticket()))),
        watches[2](one(Sleep(client.world.clock() + LONG))),
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.run, one(Race(flows)))
        assert await run_sync(server.asked.wait, 5)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert [each.ends for each in watches] == [["closed"]] * 3
    assert nothing_is_held(client)


async def test_an_exchange_that_may_not_be_lost_is_finished(serve: Serve, client: AsyncClient) -> None:
    go = Event()

    def slow(peer: Peer) -> None:
        peer.request()
        assert go.wait(5)
        peer.send(answer(b"token"))

    server = serve(slow)
    seen: list[object] = []

    def shielded() -> Flow[None]:
        seen.append((yield from get(server.url + "/", shielded=True)).content)
        yield Wait(Ticket())

    def winner() -> Flow[object]:
        yield from after(client, server.asked, None)
        go.set()
        return "first"

    assert await client.run(one(Race((shielded(), winner())))) == "first"
    assert seen == [b"token"]
