"""An iteration takes a flow as far as it is asked, and closes it whatever happens."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import anyio
import pytest

from offwire.errors import ClientClosed, UsageError
from offwire.flow import Emit, Flow, Sleep, Wait
from offwire.ticket import Ticket
from offwire_anyio import AsyncClient
from tests.bindings.flows import LONG, Watch, one

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(client_class: type[AsyncClient]) -> AsyncIterator[AsyncClient]:
    async with client_class() as client:
        yield client


async def test_an_iteration_ends_with_its_client(client: AsyncClient) -> None:
    watch = Watch()

    def flow() -> Flow[None]:
        yield Emit([1])
        yield Emit([2])

    items = client.iterate(watch(flow()))
    assert await anext(items) == 1
    await client.aclose()
    with pytest.raises(ClientClosed):
        await anext(items)
    assert watch.ends == ["closed"]
    assert [each async for each in items] == []


async def test_a_forgotten_iteration_is_closed_with_the_next_step(client: AsyncClient) -> None:
    watch = Watch()
    items = client.iterate(watch(one(Emit([1, 2]))))
    await anext(items)
    del items
    gc.collect()
    assert watch.ends == []
    await client.run(one(Emit([])))
    assert watch.ends == ["closed"]


async def test_a_forgotten_iteration_that_fails_is_warned_about(client: AsyncClient) -> None:
    def flow() -> Flow[None]:
        try:
            yield Emit([1])
        finally:
            raise LookupError("nobody's")

    await anext(client.iterate(flow()))
    gc.collect()
    with pytest.warns(RuntimeWarning, match="forgotten iteration raised LookupError"):
        await client.run(one(Emit([])))


async def test_a_cancelled_iteration_is_over(client: AsyncClient) -> None:
    watch = Watch()
    items = client.iterate(watch(one(Sleep(client.world.clock() + LONG))))
    with anyio.move_on_after(0.01):
        await anext(items)
    assert watch.ends == ["closed"]
    assert [each async for each in items] == []


async def test_an_iteration_is_for_one_task_at_a_time(client: AsyncClient) -> None:
    watch = Watch()
    items = client.iterate(watch(one(Wait(Ticket()))))

    async def ask() -> None:
        await anext(items)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await watch.reached.wait()
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(UsageError, match="another task"):
            await anext(items)
        with pytest.raises(UsageError, match="another task"):
            await items.aclose()
        tasks.cancel_scope.cancel()


async def test_an_iteration_is_a_context_too(client: AsyncClient) -> None:
    watch = Watch()
    async with client.iterate(watch(one(Emit([1, 2])))) as items:
        assert await anext(items) == 1
    assert watch.ends == ["closed"]
