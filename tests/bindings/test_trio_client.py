"""trio's client: its clocks, its run, and no other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from offwire.errors import ConnectTimeout, ResponseTimeout, WrongEventLoop
from offwire.flow import Emit, Flow, Gather, Send, Sleep, Wait
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts
from offwire_trio import Client
from tests.bindings.conftest import Serve
from tests.bindings.flows import one
from tests.bindings.servers import always, answer, stall

HOUR = 3600.0


def get(url: str, **options: Any) -> Flow[Response]:
    response: Response = yield Send(
        Request("GET", url), Timeouts(connect=None, read=None, write=None), **options
    )
    return response


@pytest.mark.trio
async def test_a_virtual_clock_is_its_clock(autojump_clock: MockClock) -> None:
    async with Client() as client:
        began = trio.current_time()
        await client.run(one(Sleep(began + HOUR)))
        await client.run(one(Wait(Ticket(), began + 2 * HOUR)))
        await client.run(one(Gather((one(Sleep(began + 3 * HOUR)), one(Wait(Ticket(), began + 3 * HOUR))))))
        assert trio.current_time() == pytest.approx(began + 3 * HOUR)
        assert client.runtime.now.monotonic == pytest.approx(began + 3 * HOUR)


@pytest.mark.trio
async def test_a_deadline_is_on_the_virtual_clock(serve: Serve, mock_clock: MockClock) -> None:
    server = serve(stall)
    failed: list[type[Exception]] = []

    async def call(client: Client) -> None:
        try:
            await client.run(get(server.url + "/", deadline=trio.current_time() + HOUR))
        except ResponseTimeout as error:
            failed.append(type(error))

    async with Client() as client, trio.open_nursery() as nursery:
        nursery.start_soon(call, client)
        assert await trio.to_thread.run_sync(server.asked.wait, 5)
        await wait_all_tasks_blocked()
        mock_clock.jump(HOUR - 1)
        await wait_all_tasks_blocked()
        assert failed == []
        mock_clock.jump(2)
    assert failed == [ResponseTimeout]
    with pytest.raises(ConnectTimeout):
        async with Client() as client:
            await client.run(get(server.url + "/", deadline=trio.current_time()))


@pytest.mark.trio
async def test_a_cancel_during_a_shielded_send_comes_at_the_next_wait(serve: Serve) -> None:
    server = serve(always(answer(b"token")))
    seen: list[object] = []

    def flow() -> Flow[None]:
        scope.cancel()
        seen.append((yield from get(server.url + "/", shielded=True)).content)
        yield Sleep(0.0)
        seen.append("went on")

    async with Client() as client:
        with trio.CancelScope() as scope:
            await client.run(flow())
    assert seen == [b"token"]
    assert scope.cancelled_caught


def test_it_belongs_to_the_run_of_its_first_call() -> None:
    client = Client()

    async def begin() -> None:
        await client.run(one(Emit([])))

    async def elsewhere() -> None:
        with pytest.raises(WrongEventLoop, match="another event loop"):
            await client.run(one(Emit([])))

    trio.run(begin)
    trio.run(elsewhere)


def test_it_is_not_for_asyncio() -> None:
    async def main() -> None:
        client = Client()
        with pytest.raises(WrongEventLoop, match="for trio"):
            await client.run(one(Emit([])))

    asyncio.run(main())
