"""Harvest a directory of users through sync, asyncio and trio, over real sockets.

The server is the stand-in, on a loopback port: it wants OAuth2 tokens, allows so many requests a
second, and lets a share of its answers go wrong. Nothing may be lost, and nothing may come twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import trio
from attrs import evolve, frozen
from rich.table import Table

import offwire_asyncio
import offwire_sync
import offwire_trio
from examples.directory import Directory, User
from offwire import Client, ClientCredentials, M, Policies, RetryPolicy, WindowLimit
from offwire.metrics import Metrics, MetricsSnapshot
from offwire.testing.rest_server import FakeQuota, FakeRest, FakeStats, Faults
from offwire_serve import serve


@frozen(kw_only=True)
class Settings:
    """What to harvest, and under which conditions."""

    users: int
    per_second: int
    faults: float
    seed: int
    concurrency: int = 50


@frozen(kw_only=True)
class Outcome:
    """What one harvest brought, and what it cost."""

    world: str
    found: tuple[int, ...]
    metrics: MetricsSnapshot
    server: FakeStats
    seconds: float


Tick = Callable[[], object]


def directory(client: Client[M], base_url: str, settings: Settings, metrics: Metrics) -> Directory[M]:
    """The API, with everything that a real one would want."""
    return Directory(
        client,
        base_url=base_url,
        auth=ClientCredentials(
            token_url=f"{base_url}/oauth/token", client_id="demo", client_secret="demo-secret"
        ),
        policies=Policies(
            quota=[WindowLimit(calls=settings.per_second, period=1.0)],
            # With as many faults as here, three attempts would fail once in some thousand calls.
            retry=RetryPolicy(max_attempts=6),
            observers=[metrics],
        ),
    )


def harvest_sync(base_url: str, settings: Settings, metrics: Metrics, tick: Tick) -> list[User]:
    """Blocking calls, on threads."""
    harvest = []
    with offwire_sync.Client() as client:
        api = directory(client, base_url, settings, metrics)
        ids = [user.id for user in api.users.list()]
        with client.map(api.users.get, ids, concurrency=settings.concurrency, ordered=False) as found:
            for user in found:
                harvest.append(user)
                tick()
    return harvest


async def harvest_async(
    client: offwire_asyncio.Client | offwire_trio.Client,
    base_url: str,
    settings: Settings,
    metrics: Metrics,
    tick: Tick,
) -> list[User]:
    """Tasks: the same under asyncio and trio."""
    harvest = []
    async with client:
        api = directory(client, base_url, settings, metrics)
        ids = [user.id async for user in api.users.list()]
        async with client.map(api.users.get, ids, concurrency=settings.concurrency, ordered=False) as found:
            async for user in found:
                harvest.append(user)
                tick()
    return harvest


def harvest_asyncio(base_url: str, settings: Settings, metrics: Metrics, tick: Tick) -> list[User]:
    """Under asyncio."""
    return asyncio.run(harvest_async(offwire_asyncio.Client(), base_url, settings, metrics, tick))


def harvest_trio(base_url: str, settings: Settings, metrics: Metrics, tick: Tick) -> list[User]:
    """Under trio."""
    return trio.run(harvest_async, offwire_trio.Client(), base_url, settings, metrics, tick)


WORLDS = {"sync": harvest_sync, "asyncio": harvest_asyncio, "trio": harvest_trio}


def run(world: str, settings: Settings, tick: Tick) -> Outcome:
    """Harvest once, from a stand-in of its own."""
    server = FakeRest(
        users=settings.users,
        seed=settings.seed,
        client_id="demo",
        client_secret="demo-secret",
        quota=FakeQuota(limit=settings.per_second, per=1.0),
        # A 503 here names no wait: one that does holds the whole harvest up for as long, as it asks.
        faults=evolve(Faults.evenly(settings.faults), retry_after=0),
    )
    metrics = Metrics()
    with serve(server) as address:
        began = time.perf_counter()
        found = WORLDS[world](address.base_url, settings, metrics, tick)
        seconds = time.perf_counter() - began
    return Outcome(
        world=world,
        found=tuple(user.id for user in found),
        metrics=metrics.snapshot(),
        server=server.stats,
        seconds=seconds,
    )


def report(outcomes: list[Outcome], settings: Settings) -> Table:
    """One row for each world."""
    table = Table(
        title=f"REST: {settings.users:,} users, {settings.per_second} a second, {settings.faults:.0%} faults",
        title_justify="left",
    )
    for name in (
        "world",
        "calls",
        "attempts",
        "retries",
        "429s",
        "tokens",
        "quota used",
        "p50",
        "p95",
        "wall",
    ):
        table.add_column(name, justify="left" if name == "world" else "right", no_wrap=True)
    for each in outcomes:
        counted = each.metrics
        allowed = settings.per_second * each.seconds
        table.add_row(
            each.world,
            f"{counted.calls:,}",
            f"{counted.attempts:,}",
            str(counted.retries),
            str(counted.throttled),
            str(each.server.token_requests),
            f"{counted.attempts / allowed:.1%}",
            f"{counted.duration(0.50) * 1000:.0f} ms",
            f"{counted.duration(0.95) * 1000:.0f} ms",
            f"{each.seconds:.1f} s",
        )
    return table


def complaints(outcome: Outcome, settings: Settings) -> list[str]:
    """What went wrong in one harvest; nothing should."""
    found = outcome.found
    wrong = []
    if missing := set(range(1, settings.users + 1)) - set(found):
        wrong.append(f"{outcome.world}: {len(missing)} users are missing")
    if len(found) != len(set(found)):
        wrong.append(f"{outcome.world}: {len(found) - len(set(found))} users came twice")
    if outcome.server.token_requests != 1:
        wrong.append(f"{outcome.world}: {outcome.server.token_requests} token requests in one lifetime")
    return wrong
