"""100,000 events over the cursor, with faults, cut off and gone on with: none missing, none twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from random import Random

import anyio
import pytest
import trio
from attrs import evolve

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Exponential, Policies, RetryPolicy, Sync
from offwire.apis.esologs import EsoLogs, Event, EventsCursor
from offwire.apis.esologs.policies import DEFAULT_POLICIES
from offwire.auth import ClientCredentials
from offwire.mode import Async, Client
from offwire.testing.esologs import FakeEsoLogs, Faults
from offwire.testing.esologs.event_log import Boundary
from offwire_anyio import AsyncClient
from offwire_serve import serve

EVENTS = 100_000
PAGE = 1000
FAULTS = evolve(Faults.evenly(0.05), slow_by=0.0, retry_after=0)
POLICIES: Policies = evolve(
    DEFAULT_POLICIES, retry=RetryPolicy(max_attempts=6, backoff=Exponential(base=0.001))
)

Harvest = Callable[[str, str, str | None, int | None, list[Event]], "str | None"]
"""Reads a report's events from a saved cursor on, up to so many pages.

It returns the cursor to save; None at the end.
"""


def credentials(address: str) -> ClientCredentials:
    return ClientCredentials(token_url=f"{address}/oauth/token", client_id="client", client_secret="secret")


def loaded(saved: str | None) -> EventsCursor | None:
    return None if saved is None else EventsCursor.from_json(json.loads(saved))


def in_sync(address: str, code: str, saved: str | None, pages: int | None, events: list[Event]) -> str | None:
    with offwire_sync.Client() as client:
        sync: Client[Sync] = client
        eso = EsoLogs(sync, auth=credentials(address), base_url=address, policies=POLICIES)
        for count, page in enumerate(eso.reports.event_pages(code, after=loaded(saved), limit=PAGE), 1):
            events += page.events
            if count == pages:
                return json.dumps(page.cursor.to_json())
    return None


async def in_a_task(
    client: AsyncClient, address: str, code: str, saved: str | None, pages: int | None, events: list[Event]
) -> str | None:
    """As `in_sync`; it is cancelled while the page after the last one is under way."""
    mode: Client[Async] = client
    eso = EsoLogs(mode, auth=credentials(address), base_url=address, policies=POLICIES)
    reached: str | None = None
    with anyio.CancelScope() as scope:
        count = 0
        async for page in eso.reports.event_pages(code, after=loaded(saved), limit=PAGE):
            count += 1
            events += page.events
            reached = json.dumps(page.cursor.to_json())
            if count == pages:
                scope.cancel()
        return None
    return reached


def in_asyncio(
    address: str, code: str, saved: str | None, pages: int | None, events: list[Event]
) -> str | None:
    async def run() -> str | None:
        async with offwire_asyncio.Client() as client:
            return await in_a_task(client, address, code, saved, pages, events)

    return asyncio.run(run())


def in_trio(address: str, code: str, saved: str | None, pages: int | None, events: list[Event]) -> str | None:
    async def run() -> str | None:
        async with offwire_trio.Client() as client:
            return await in_a_task(client, address, code, saved, pages, events)

    return trio.run(run)


@pytest.mark.parametrize("boundary", ["whole", "repeats"])
@pytest.mark.parametrize(
    "harvest",
    [
        pytest.param(in_sync, id="sync"),
        pytest.param(in_asyncio, id="asyncio"),
        pytest.param(in_trio, id="trio"),
    ],
)
def test_a_harvest_that_is_cut_off_twice_misses_nothing(harvest: Harvest, boundary: Boundary) -> None:
    random = Random(f"{harvest.__name__} {boundary}")
    fake = FakeEsoLogs(
        events=EVENTS,
        faults=FAULTS,
        seed=random.randrange(1000),
        boundary=boundary,
    )
    code = fake.codes[0]
    events: list[Event] = []
    saved: str | None = None
    with serve(fake) as address:
        for pages in (random.randrange(1, 45), random.randrange(1, 45), None):
            saved = harvest(address.base_url, code, saved, pages, events)
    assert saved is None
    truth = fake.events(code)
    assert len(truth) == EVENTS
    assert [(each.timestamp, each.cast_track_id) for each in events] == [
        (each["timestamp"], each["castTrackID"]) for each in truth
    ]
    stats = fake.stats
    assert sum(stats.faults.values()) > 0
    assert stats.throttled == 0
    assert stats.token_requests == 3  # one for each run
