"""Every driver keeps the laws, and all of them in the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import trio

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire.runtime import Runtime
from offwire_anyio import AsyncClient
from tests.bindings.kit import LAWS, PAGES_TRACE, Bench, Law, pages
from tests.bindings.servers import RawServer, echo, refusing, stall


class SyncDriver:
    """Runs laws with blocking calls."""

    def __init__(self, threads: int | None) -> None:
        self._threads = threads

    def run(self, make: Callable[[Runtime], Any]) -> object:
        with offwire_sync.Client(threads=self._threads) as client:
            return client.run(make(client.runtime))

    def iterate(self, make: Callable[[Runtime], Any], see: Callable[[object], bool]) -> None:
        with offwire_sync.Client() as client:
            items = client.iterate(make(client.runtime))
            for item in items:
                if not see(item):
                    break
            items.close()
            items.close()
            assert list(items) == []


class AsyncDriver:
    """Runs laws in an event loop."""

    def __init__(self, kind: type[AsyncClient], run: Callable[[Callable[[], Any]], object]) -> None:
        self._kind = kind
        self._run = run

    def run(self, make: Callable[[Runtime], Any]) -> object:
        async def main() -> object:
            async with self._kind() as client:
                return await client.run(make(client.runtime))

        return self._run(main)

    def iterate(self, make: Callable[[Runtime], Any], see: Callable[[object], bool]) -> None:
        async def main() -> None:
            async with self._kind() as client:
                items = client.iterate(make(client.runtime))
                async for item in items:
                    if not see(item):
                        break
                await items.aclose()
                await items.aclose()
                assert [each async for each in items] == []

        self._run(main)


DRIVERS = [
    pytest.param(SyncDriver(None), id="sync"),
    pytest.param(SyncDriver(3), id="sync with threads"),
    pytest.param(AsyncDriver(offwire_asyncio.Client, lambda main: asyncio.run(main())), id="asyncio"),
    pytest.param(AsyncDriver(offwire_trio.Client, trio.run), id="trio"),
]
every_driver = pytest.mark.parametrize("driver", DRIVERS)


@pytest.fixture(scope="module")
def bench() -> Iterator[Callable[[Runtime], Bench]]:
    with ExitStack() as servers:
        echoing = servers.enter_context(RawServer(echo)).url
        stalling = servers.enter_context(RawServer(stall)).url
        nobody = servers.enter_context(refusing())
        yield lambda runtime: Bench(runtime=runtime, echoing=echoing, stalling=stalling, refusing=nobody)


@every_driver
@pytest.mark.parametrize("law", LAWS, ids=[each.name for each in LAWS])
def test_a_driver_keeps(
    driver: SyncDriver | AsyncDriver, law: Law, bench: Callable[[Runtime], Bench]
) -> None:
    made: list[Bench] = []

    def flow(runtime: Runtime) -> Any:
        made.append(bench(runtime))
        return law.flow(made[0])

    if law.raises is not None:
        with pytest.raises(law.raises):
            driver.run(flow)
    else:
        assert driver.run(flow) == law.result
    assert tuple(made[0].trace) == law.trace


@every_driver
def test_a_flow_is_iterated_no_further_than_asked(
    driver: SyncDriver | AsyncDriver, bench: Callable[[Runtime], Bench]
) -> None:
    made: list[Bench] = []

    def flow(runtime: Runtime) -> Any:
        made.append(bench(runtime))
        return pages(made[0])

    def see(item: object) -> bool:
        made[0].note(str(item))
        return True

    driver.iterate(flow, see)
    assert tuple(made[0].trace) == PAGES_TRACE


@every_driver
@pytest.mark.parametrize("taken", [1, 2, 3])
def test_a_flow_that_is_iterated_is_closed_once(
    driver: SyncDriver | AsyncDriver, bench: Callable[[Runtime], Bench], taken: int
) -> None:
    trace: list[str] = []

    def flow(runtime: Runtime) -> Any:
        try:
            yield from pages(bench(runtime))
        except GeneratorExit:
            trace.append("closed")
            raise

    def see(item: object) -> bool:
        trace.append(str(item))
        return len(trace) < taken

    driver.iterate(flow, see)
    assert trace == [*"abc"[:taken], "closed"]
