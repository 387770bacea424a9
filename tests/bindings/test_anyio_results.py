"""A function mapped over items: in tasks, in order or not, and never further than asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anyio
import pytest

from offwire.errors import UsageError
from offwire.flow import Emit, Flow, Sleep, Wait
from offwire.ticket import Ticket
from offwire_anyio import AsyncClient
from tests.bindings.conftest import Serve
from tests.bindings.flows import LONG, Watch, get, one
from tests.bindings.servers import echo

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(client_class: type[AsyncClient]) -> AsyncIterator[AsyncClient]:
    async with client_class() as client:
        yield client


async def test_results_come_in_the_items_order(serve: Serve, client: AsyncClient) -> None:
    server = serve(echo)

    async def call(number: int) -> str:
        return (await client.run(get(f"{server.url}/{number}"))).content.split()[1].decode()

    async with client.map(call, range(50), concurrency=8) as found:
        assert [each async for each in found] == [f"/{number}" for number in range(50)]


async def test_results_come_as_they_are_there(client: AsyncClient) -> None:
    go = anyio.Event()

    async def call(number: int) -> int:
        if number == 0:
            await go.wait()
        return number

    seen: list[int] = []
    async with client.map(call, [0, 1, 2], concurrency=3, ordered=False) as found:
        async for number in found:
            seen.append(number)
            if len(seen) == 2:
                go.set()
    assert sorted(seen[:2]) == [1, 2]
    assert seen[2] == 0


@pytest.mark.parametrize("ordered", [True, False])
async def test_no_more_calls_are_ahead_than_asked_for(client: AsyncClient, ordered: bool) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for each in range(20):
            taken.append(each)
            yield each

    async def call(number: int) -> int:
        await anyio.lowlevel.checkpoint()
        return number

    consumed = 0
    async with client.map(call, items(), concurrency=4, ordered=ordered) as found:
        assert taken == []
        async for _ in found:
            assert len(taken) <= consumed + 4
            consumed += 1
    assert consumed == 20


async def test_items_may_come_one_by_one_themselves(client: AsyncClient) -> None:
    def flow() -> Flow[None]:
        for each in range(6):
            yield Emit([each])

    async def call(number: object) -> object:
        return number

    async with client.map(call, client.iterate(flow()), concurrency=2) as found:
        assert [each async for each in found] == list(range(6))


async def test_the_first_error_stops_the_rest_and_is_itself(client: AsyncClient) -> None:
    watches = {number: Watch() for number in range(3)}
    begun: list[int] = []

    async def call(number: int) -> object:
        begun.append(number)
        if number == 2:
            raise LookupError("third")
        return await client.run(watches[number](one(Sleep(client.world.clock() + LONG))))

    with pytest.raises(LookupError, match="third"):  # noqa: PT012 - the block is what is tested
        async with client.map(call, range(100), concurrency=3) as found:
            try:
                await anext(found)
            finally:
                assert [each async for each in found] == []
    assert set(begun) <= {0, 1, 2}
    assert all(watches[number].ends == ["closed"] for number in begun if number != 2)


async def test_an_error_does_not_disturb_the_consumer_until_it_asks(client: AsyncClient) -> None:
    go = anyio.Event()

    async def call(number: int) -> int:
        if number == 1:
            await go.wait()
            raise LookupError
        return number

    async with client.map(call, range(3), concurrency=2) as found:
        assert await anext(found) == 0
        go.set()
        await anyio.wait_all_tasks_blocked()
        await anyio.lowlevel.checkpoint()
        with pytest.raises(LookupError):
            await anext(found)


async def test_an_error_of_the_items_stops_the_rest(client: AsyncClient) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("items")

    async def call(number: int) -> int:
        return number

    async with client.map(call, items(), concurrency=1) as found:
        assert await anext(found) == 1
        with pytest.raises(LookupError, match="items"):
            await anext(found)
        assert [each async for each in found] == []


async def test_leaving_early_cancels_the_calls(client: AsyncClient) -> None:
    watch = Watch()

    async def call(number: int) -> object:
        if number == 0:
            await watch.reached.wait()
            return number
        return await client.run(watch(one(Wait(Ticket()))))

    async with client.map(call, range(2), concurrency=2) as found:
        assert await anext(found) == 0
    assert watch.ends == ["closed"]


async def test_an_exception_in_the_block_comes_out_as_itself(client: AsyncClient) -> None:
    async def call(number: int) -> int:
        return number

    with pytest.raises(LookupError):  # noqa: PT012 - the block is what is tested
        async with client.map(call, range(5)) as found:
            await anext(found)
            raise LookupError


async def test_a_cancel_in_the_block_ends_the_calls(client: AsyncClient) -> None:
    watch = Watch()

    async def call(number: int) -> object:
        return await client.run(watch(one(Wait(Ticket()))))

    with anyio.CancelScope() as scope:
        async with client.map(call, [1]) as found, anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await watch.reached.wait()
                scope.cancel()

            tasks.start_soon(cancel)
            await anext(found)
    assert scope.cancelled_caught
    assert watch.ends == ["closed"]


async def test_calls_that_have_not_begun_do_not_begin(client: AsyncClient) -> None:
    begun: list[int] = []

    async def call(number: int) -> None:
        begun.append(number)
        raise LookupError

    async with client.map(call, range(5), concurrency=5) as found:
        with pytest.raises(LookupError):
            await anext(found)
    assert len(begun) == 1


async def test_results_are_for_one_block(client: AsyncClient) -> None:
    async def call(number: int) -> int:
        return number

    results = client.map(call, [1])
    with pytest.raises(UsageError, match="inside of a block"):
        await anext(aiter(results))
    async with results as found:
        assert [each async for each in found] == [1]
    assert [each async for each in results] == []
    with pytest.raises(UsageError, match="one async with block"):
        await results.__aenter__()
    with pytest.raises(ValueError, match="concurrency"):
        client.map(call, [1], concurrency=0)


async def test_of_two_errors_the_first_is_raised(client: AsyncClient) -> None:
    async def call(number: int) -> None:
        if number == 1:
            raise LookupError
        try:
            await anyio.sleep(LONG)
        finally:
            raise ValueError

    async with client.map(call, range(2), concurrency=2, ordered=False) as found:
        with pytest.raises(LookupError):
            await anext(found)
