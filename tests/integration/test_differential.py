"""The same script through sync, asyncio and trio leaves the same trace, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import trio

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Async, HedgePolicy, Policies, Response, RetryPolicy
from offwire.errors import CallError, NotFound
from offwire.events import Event
from offwire.message.request import Request
from offwire.testing import Answer
from offwire.testing.rest_server import FakeRest, Faults
from offwire.time import Now
from offwire_serve import serve
from tests.integration.directory import Directory, User, Users, directory, without_times

Trace = tuple[list[object], list[dict[str, object]]]


def in_sync(base_url: str) -> Trace:
    seen: list[Event] = []
    results: list[object] = []
    with offwire_sync.Client(seed=1) as client:
        users = directory(client, base_url, seen=seen).users
        for number in (1, 2, 3, 10_000):
            try:
                results.append(users.get(number))
            except CallError as error:
                results.append((type(error), error.attempts))
        results.append(users.find(10_000))
        results += list(users.list(per_page=7))
    return results, without_times(seen, base_url)


def in_asyncio(base_url: str) -> Trace:
    async def script() -> Trace:
        seen: list[Event] = []
        async with offwire_asyncio.Client(seed=1) as client:
            results = await asynchronous(directory(client, base_url, seen=seen).users)
        return results, without_times(seen, base_url)

    return asyncio.run(script())


def in_trio(base_url: str) -> Trace:
    async def script() -> Trace:
        seen: list[Event] = []
        async with offwire_trio.Client(seed=1) as client:
            results = await asynchronous(directory(client, base_url, seen=seen).users)
        return results, without_times(seen, base_url)

    return trio.run(script)


async def asynchronous(users: Users[Async]) -> list[object]:
    results: list[object] = []
    for number in (1, 2, 3, 10_000):
        try:
            results.append(await users.get(number))
        except CallError as error:
            results.append((type(error), error.attempts))
    results.append(await users.find(10_000))
    results += [user async for user in users.list(per_page=7)]
    return results


WORLDS: dict[str, Callable[[str], Trace]] = {"sync": in_sync, "asyncio": in_asyncio, "trio": in_trio}


def traced(world: str, seed: int) -> Trace:
    """The script in one world, against a stand-in of its own that is the same for each."""
    faults = Faults(server_error=0.08, dropped=0.04, truncated=0.04)
    server = FakeRest(users=40, seed=seed, client_id="client", client_secret="client-secret-1", faults=faults)
    with serve(server) as address:
        return WORLDS[world](address.base_url)


@pytest.mark.parametrize("seed", range(5))
def test_the_three_worlds_leave_the_same_trace(seed: int) -> None:
    results, trace = traced("sync", seed)
    for world in ("asyncio", "trio"):
        other_results, other_trace = traced(world, seed)
        assert other_results == results
        assert other_trace == trace
    assert [user.id for user in results[5:] if isinstance(user, User)] == list(range(1, 41))
    assert isinstance(results[3], tuple)
    assert results[3][0] is NotFound
    assert any(event["event"] == "retry_scheduled" for event in trace)


# Hedges


class SlowAtFirst:
    """Answers each first request for a user after a minute, and each second one at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, request: Request, _now: Now) -> Answer:
        self.asked.append(request.url.path)
        number = int(request.url.path.rpartition("/")[2])
        is_first = self.asked.count(request.url.path) == 1
        answer = Response(200, json={"id": number, "name": "Ada"})
        return Answer(answer, after=60.0 if is_first and number < 3 else 0.0)


def hedged(seen: list[Event]) -> Policies:
    return Policies(hedge=HedgePolicy(after=0.5), retry=RetryPolicy(), observers=[seen.append])


def hedged_in_sync(base_url: str) -> Trace:
    seen: list[Event] = []
    with offwire_sync.Client(seed=1) as client:
        users = Directory(client, base_url=base_url, policies=hedged(seen)).users
        results: list[object] = [users.get(number) for number in (1, 2, 3)]
        left = client.runtime.connections.snapshot()
    assert (left.in_use, left.waiting) == (0, 0)
    return results, without_times(seen, base_url)


def hedged_in(
    kind: type[offwire_asyncio.Client | offwire_trio.Client], base_url: str
) -> Callable[[], Coroutine[Any, Any, Trace]]:
    async def script() -> Trace:
        seen: list[Event] = []
        async with kind(seed=1) as client:
            users = Directory(client, base_url=base_url, policies=hedged(seen)).users
            results: list[object] = [await users.get(number) for number in (1, 2, 3)]
            left = client.runtime.connections.snapshot()
        assert (left.in_use, left.waiting) == (0, 0)
        return results, without_times(seen, base_url)

    return script


def test_a_hedge_wins_in_the_same_way_in_the_three_worlds() -> None:
    found: list[Trace] = []
    runs: list[Callable[[str], Trace]] = [
        hedged_in_sync,
        lambda url: asyncio.run(hedged_in(offwire_asyncio.Client, url)()),
        lambda url: trio.run(hedged_in(offwire_trio.Client, url)),
    ]
    for run in runs:
        server = SlowAtFirst()
        with serve(server) as address:
            found.append(run(address.base_url))
        assert server.asked == [f"/users/{number}" for number in (1, 1, 2, 2, 3)]
    assert found[0] == found[1] == found[2]
    results, trace = found[0]
    assert results == [User(number, "Ada") for number in (1, 2, 3)]
    names = [event["event"] for event in trace]
    race = [
        "call_started", "attempt_started", "hedge_sent", "attempt_started",
        "attempt_ended", "attempt_ended", "call_ended",
    ]  # fmt: skip
    assert names == [*race, *race, "call_started", "attempt_started", "attempt_ended", "call_ended"]
    assert [event.get("error") for event in trace if event["event"] == "attempt_ended"] == [
        None, "Cancelled", None, "Cancelled", None,
    ]  # fmt: skip
