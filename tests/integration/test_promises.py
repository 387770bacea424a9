"""What the README promises, over real sockets, in each world: one token request, nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any

import anyio
import pytest
import trio

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Async, Request, Response
from offwire.errors import CallError, SignInFailed
from offwire.testing import Answer
from offwire.testing.fake_faults import NO_FAULTS
from offwire.testing.rest_server import FakeQuota, FakeRest, Faults
from offwire.time import Now
from offwire_anyio import AsyncClient
from offwire_serve import serve
from tests.integration.directory import Directory, User, directory

CALLS = 1000
PLENTY = FakeQuota(limit=1_000_000, per=1.0)


def stand_in(faults: Faults = NO_FAULTS, seed: int = 0) -> FakeRest:
    return FakeRest(
        users=50,
        seed=seed,
        client_id="client",
        client_secret="client-secret-1",
        quota=PLENTY,
        faults=faults,
    )


def many_in_sync(base_url: str, calls: int) -> list[object]:
    with offwire_sync.Client() as client, ThreadPoolExecutor(32) as threads:
        users = directory(client, base_url).users
        return list(threads.map(lambda number: attempted(users.get, 1 + number % 50), range(calls)))


def attempted(call: Callable[[int], User], number: int) -> object:
    try:
        return call(number)
    except CallError as error:
        return error


async def many_at_once(client: AsyncClient, base_url: str, calls: int) -> list[object]:
    users = directory(client, base_url).users
    found: list[object] = []

    async def one(number: int) -> None:
        try:
            found.append(await users.get(1 + number % 50))
        except CallError as error:
            found.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(calls):
            tasks.start_soon(one, number)
    return found


def many_in_asyncio(base_url: str, calls: int) -> list[object]:
    async def run() -> list[object]:
        async with offwire_asyncio.Client() as client:
            return await many_at_once(client, base_url, calls)

    return asyncio.run(run())


def many_in_trio(base_url: str, calls: int) -> list[object]:
    async def run() -> list[object]:
        async with offwire_trio.Client() as client:
            return await many_at_once(client, base_url, calls)

    return trio.run(run)


WORLDS = [
    pytest.param(many_in_sync, id="sync"),
    pytest.param(many_in_asyncio, id="asyncio"),
    pytest.param(many_in_trio, id="trio"),
]
Many = Callable[[str, int], list[object]]


@pytest.mark.parametrize("many", WORLDS)
def test_a_thousand_calls_make_one_token_request(many: Many) -> None:
    server = stand_in()
    with serve(server) as address:
        found = many(address.base_url, CALLS)
    assert len(found) == CALLS
    assert all(isinstance(each, User) for each in found)
    assert server.stats.token_requests == 1


@pytest.mark.parametrize("many", WORLDS)
def test_a_thousand_calls_share_one_failure_to_sign_in(many: Many) -> None:
    asked = []

    def refusing(request: Request, _now: Now) -> Answer:
        asked.append(request.url.path)
        return Answer(Response(401, json={"error": "invalid_client"}), after=0.05)

    with serve(refusing) as address:
        found = many(address.base_url, CALLS)
    assert len(found) == CALLS
    assert all(isinstance(each, SignInFailed) and each.code == "invalid_client" for each in found)
    assert asked == ["/oauth/token"]


@pytest.mark.parametrize("many", WORLDS)
def test_a_thousand_calls_are_all_answered_although_some_go_wrong(many: Many) -> None:
    server = stand_in(faults=Faults(server_error=0.02, dropped=0.02, truncated=0.02), seed=3)
    with serve(server) as address:
        found = many(address.base_url, CALLS)
    assert all(isinstance(each, User) for each in found)
    assert server.stats.token_requests == 1
    assert sum(server.stats.faults.values()) > 0


async def cancelled_at_random(client: AsyncClient, base_url: str, calls: int) -> Directory[Async]:
    api = directory(client, base_url)
    random = Random(5)

    async def one(number: int) -> None:
        with anyio.move_on_after(random.random() * 0.2):
            with suppress(CallError):
                await api.users.get(1 + number % 50)

    async with anyio.create_task_group() as tasks:
        for number in range(calls):
            tasks.start_soon(one, number)
    return api


async def left_by(client: AsyncClient, base_url: str) -> tuple[int, int, int, int]:
    api = await cancelled_at_random(client, base_url, 500)
    quota = api.snapshot().quota
    connections = client.runtime.connections.snapshot()
    assert (await api.users.get(7)).id == 7
    return quota.waiting, quota.in_flight, connections.in_use, connections.waiting


Run = Callable[[Callable[[], Coroutine[Any, Any, tuple[int, int, int, int]]]], tuple[int, int, int, int]]


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        pytest.param(lambda script: asyncio.run(script()), offwire_asyncio.Client, id="asyncio"),
        pytest.param(trio.run, offwire_trio.Client, id="trio"),
    ],
)
def test_cancelled_calls_leave_nothing_behind(run: Run, kind: type[AsyncClient]) -> None:
    server = stand_in(faults=Faults(slow=0.3, dropped=0.05), seed=11)
    with serve(server) as address:

        async def script() -> tuple[int, int, int, int]:
            async with kind() as client:
                return await left_by(client, address.base_url)

        assert run(script) == (0, 0, 0, 0)
