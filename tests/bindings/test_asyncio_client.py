"""asyncio's client: its own kind of cancel, its loop, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from threading import Event
from typing import Any

import pytest
import trio

from offwire.errors import ResponseTimeout, WrongEventLoop
from offwire.flow import Emit, Flow, Gather, Sleep, Wait
from offwire.ticket import Ticket
from offwire_asyncio import Client
from offwire_httpx import LibraryName
from tests.bindings.conftest import Serve
from tests.bindings.flows import LONG, get, one
from tests.bindings.servers import Peer, RawServer, always, answer, stall, stall_mid_body


def watched(inner: Flow[Any], ends: list[Any]) -> Flow[Any]:
    try:
        return (yield from inner)
    except GeneratorExit:
        ends.append("closed")
        raise


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main(), debug=True)


async def asked(server: RawServer) -> None:
    assert await asyncio.to_thread(server.asked.wait, 5)


@pytest.mark.parametrize("handler", [stall, stall_mid_body])
def test_a_cancelled_task_closes_its_flow(serve: Serve, library: LibraryName, handler: Any) -> None:
    server, after = serve(handler), serve(always(answer()))

    async def main() -> None:
        ends: list[str] = []
        async with Client(library=library) as client:
            task = asyncio.create_task(client.run(watched(get(server.url + "/"), ends)))
            await asked(server)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert ends == ["closed"]
            assert (await client.run(get(after.url + "/"))).status == 200

    run(main)


@pytest.mark.parametrize(
    "effect",
    [
        pytest.param(lambda now: Sleep(now + LONG), id="Sleep"),
        pytest.param(lambda now: Wait(Ticket()), id="Wait"),
        pytest.param(lambda now: Gather((one(Wait(Ticket())), one(Sleep(now + LONG)))), id="Gather"),
    ],
)
def test_a_timeout_of_asyncios_own_closes_the_flow(effect: Callable[[float], Any]) -> None:
    async def main() -> None:
        ends: list[str] = []
        async with Client() as client:
            now = asyncio.get_running_loop().time()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await client.run(watched(one(effect(now)), ends))
            assert ends == ["closed"]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.run(watched(one(effect(now)), ends)), 0.02)
            assert ends == ["closed", "closed"]

    run(main)


class Slow:
    """A server whose answer waits for a word."""

    def __init__(self, reply: bytes) -> None:
        self.go = Event()
        self._reply = reply

    def __call__(self, peer: Peer) -> None:
        peer.request()
        assert self.go.wait(5)
        peer.send(self._reply)


@pytest.mark.parametrize("cancels", [1, 3])
def test_a_shielded_answer_is_not_lost_to_a_cancel(serve: Serve, library: LibraryName, cancels: int) -> None:
    slow = Slow(answer(b"token"))
    server = serve(slow)
    seen: list[object] = []

    def flow() -> Flow[None]:
        seen.append((yield from get(server.url + "/", shielded=True)).content)
        yield Emit([1])
        seen.append("went on")

    async def main() -> None:
        async with Client(library=library) as client:
            task = asyncio.create_task(client.run(watched(flow(), seen)))
            await asked(server)
            for _ in range(cancels):
                task.cancel()
                await asyncio.sleep(0)
            assert not task.done()
            slow.go.set()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert seen == [b"token", "closed"]

    run(main)


@pytest.mark.parametrize(
    "fails", [pytest.param(False, id="after its last answer"), pytest.param(True, id="after a failure")]
)
def test_a_cancel_is_not_swallowed_by_a_shielded_send(serve: Serve, fails: bool) -> None:
    slow = Slow(b"" if fails else answer(b"token"))
    server = serve(slow)

    async def main() -> None:
        async with Client() as client:
            loop = asyncio.get_running_loop()
            limit = asyncio.timeout(None)

            async def call() -> None:
                async with limit:
                    await client.run(get(server.url + "/", shielded=True))

            calling = asyncio.create_task(call())
            await asked(server)
            limit.reschedule(loop.time())
            loop.call_later(0.02, slow.go.set)
            with pytest.raises(TimeoutError):
                await calling
            assert slow.go.is_set()

    run(main)


def test_a_shielded_send_keeps_its_deadline(serve: Serve) -> None:
    server = serve(stall)

    async def main() -> None:
        async with Client() as client:
            deadline = asyncio.get_running_loop().time() + 0.1
            with pytest.raises(ResponseTimeout):
                await client.run(get(server.url + "/", shielded=True, deadline=deadline))

    run(main)


def test_it_belongs_to_the_loop_of_its_first_call() -> None:
    client = Client()
    items = []

    def flow() -> Flow[None]:
        yield Emit([1])
        yield Emit([2])

    async def begin() -> None:
        items.append(client.iterate(flow()))
        assert await anext(items[0]) == 1

    async def elsewhere() -> None:
        with pytest.raises(WrongEventLoop, match="another event loop"):
            await client.run(one(Emit([])))
        with pytest.raises(WrongEventLoop):
            await anext(items[0])
        with pytest.raises(WrongEventLoop):
            await items[0].aclose()
        with pytest.raises(WrongEventLoop):
            await client.aclose()

    run(begin)
    run(elsewhere)


def test_it_is_not_for_trio() -> None:
    async def main() -> None:
        client = Client()
        with pytest.raises(WrongEventLoop, match="for asyncio"):
            await client.run(one(Emit([])))

    trio.run(main)


def test_a_client_that_made_no_call_is_closed_anywhere() -> None:
    client = Client()
    run(client.aclose)
    run(client.aclose)


def test_100_tasks_that_are_cancelled_leave_nothing(serve: Serve, library: LibraryName) -> None:
    server, after = serve(stall), serve(always(answer()))

    async def main() -> None:
        ends: list[str] = []
        async with Client(library=library) as client:
            tasks = [
                asyncio.create_task(client.run(watched(get(server.url + "/"), ends))) for _ in range(100)
            ]
            await asked(server)
            for task in tasks:
                task.cancel()
            assert all(
                isinstance(each, asyncio.CancelledError)
                for each in await asyncio.gather(*tasks, return_exceptions=True)
            )
            assert ends == ["closed"] * 100
            assert (await client.run(get(after.url + "/"))).status == 200

    run(main)
