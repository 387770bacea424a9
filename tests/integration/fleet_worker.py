"""The programs of a fleet, for tests/integration/test_fleet.py: each calls until it is killed.

    python -m tests.integration.fleet_worker

It reads settings, a line of JSON for each program, and forks one for each: so a program starts in
milliseconds, and is a process of its own, whose number begins all that it says: `12 born`, `12 up`
after its first call, `12 failed ...` after each that raised, and what becomes of its quota's store.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TypedDict

import anyio
import trio

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Client, ClientCredentials, M, Policies, SharedLimit, WindowLimit, stored
from offwire.errors import OffwireError
from offwire.events import Event, QuotaStoreFound, QuotaStoreLost
from offwire.mode import Async
from offwire.state.away import FailClosed, LocalShare
from offwire_store import RedisStore, SqliteStore
from tests.integration.directory import Directory


class Settings(TypedDict):
    """What a worker is told."""

    world: str
    base_url: str
    store: str
    """A Redis' address, or a file's path."""
    calls: int
    period: float
    lasts: float
    stray: float
    fail_closed: bool
    concurrency: int


def directory(client: Client[M], settings: Settings) -> Directory[M]:
    """The API, whose quota and token are the fleet's."""
    where = settings["store"]
    store = (
        RedisStore(where, timeout=2.0, claim_lasts=3.0)
        if "://" in where
        else SqliteStore(where, timeout=10.0)
    )
    shared = SharedLimit(
        WindowLimit(settings["calls"], settings["period"]),
        store,
        "shop",
        lasts=settings["lasts"],
        stray=settings["stray"],
        retry_after=0.1,
        when_away=FailClosed() if settings["fail_closed"] else LocalShare(),
    )
    source = ClientCredentials(
        token_url=f"{settings['base_url']}/oauth/token", client_id="client", client_secret="client-secret-1"
    )
    return Directory(
        client,
        base_url=settings["base_url"],
        auth=stored(source, store, "shop"),
        policies=Policies(quota=[shared], observers=[observed]),
    )


NOWHERE: Settings = {
    "world": "sync",
    "base_url": "http://127.0.0.1:1",
    "store": "redis://127.0.0.1:1",
    "calls": 1,
    "period": 1.0,
    "lasts": 1.0,
    "stray": 1.0,
    "fail_closed": False,
    "concurrency": 1,
}
"""Nobody listens there."""
said_up = threading.Event()


def say(text: str) -> None:
    os.write(1, f"{os.getpid()} {text}\n".encode())  # one write, so that lines do not mix


def say_up() -> None:
    if not said_up.is_set():
        said_up.set()
        say("up")


def observed(event: Event) -> None:
    if isinstance(event, QuotaStoreLost | QuotaStoreFound):
        say(type(event).__name__)


def in_sync(settings: Settings) -> None:
    with offwire_sync.Client() as client:
        shop = directory(client, settings)

        def call() -> None:
            while True:
                try:
                    shop.users.get(1)
                except OffwireError as error:
                    say(f"failed {error!r}")
                else:
                    say_up()

        threads = [threading.Thread(target=call) for _ in range(settings["concurrency"])]
        for each in threads:
            each.start()
        for each in threads:
            each.join()


async def in_tasks(client: offwire_asyncio.Client | offwire_trio.Client, settings: Settings) -> None:
    async with client:
        shop: Directory[Async] = directory(client, settings)

        async def call() -> None:
            while True:
                try:
                    await shop.users.get(1)
                except OffwireError as error:
                    say(f"failed {error!r}")
                else:
                    say_up()

        async with anyio.create_task_group() as tasks:
            for _ in range(settings["concurrency"]):
                tasks.start_soon(call)


def run(settings: Settings) -> None:
    say("born")
    match settings["world"]:
        case "sync":
            in_sync(settings)
        case "asyncio":
            asyncio.run(in_tasks(offwire_asyncio.Client(), settings))
        case _:
            trio.run(in_tasks, offwire_trio.Client(), settings)


def load() -> None:
    """Load what a first call loads, so that no program has to."""
    client = offwire_sync.Client()
    shop = directory(client, NOWHERE)
    with suppress(OffwireError):
        shop.users.get(1)
    client.close()
    offwire_asyncio.Client()
    offwire_trio.Client()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    load()
    for line in sys.stdin:
        if os.fork() == 0:
            os.close(0)
            run(json.loads(line))


if __name__ == "__main__":
    main()
