"""Harvest a report of ESO Logs, and a guild's characters, through sync, asyncio and trio.

The server is the stand-in of ESO Logs on a loopback port: it executes GraphQL, wants tokens, counts
points, lets a share of its answers go wrong, and ends pages amid a millisecond. What comes is compared
with what it knows: none missing, and none twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import trio
from attrs import evolve, frozen
from rich.table import Table

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Client, ClientCredentials, M, RetryPolicy
from offwire.apis.esologs import DEFAULT_POLICIES, EsoLogs, Event
from offwire.apis.esologs.generated.reports_models import ReportMasterData
from offwire.metrics import Metrics, MetricsSnapshot
from offwire.testing.esologs import EsoLogsStats, FakeEsoLogs
from offwire.testing.fake_faults import Faults
from offwire_serve import serve

GUILD = 1
ID, SECRET = "demo", "demo-secret"


@frozen(kw_only=True)
class Settings:
    """What to harvest, and under which conditions."""

    events: int
    members: int
    faults: float
    seed: int
    page_size: int = 500
    concurrency: int = 20


@frozen(kw_only=True)
class Harvest:
    """What one world has brought."""

    events: Sequence[Event]
    pages: int
    characters: tuple[int, ...]
    """Their ids, as they came."""
    actors: dict[int, str]
    """The names of those who act in the report, by their ids there."""


@frozen(kw_only=True)
class Outcome:
    """One harvest, and what it cost."""

    world: str
    harvest: Harvest
    metrics: MetricsSnapshot
    server: EsoLogsStats
    seconds: float
    complaints: tuple[str, ...]


Tick = Callable[[int], object]
"""Is told how many events or characters have come."""


def client_of(client: Client[M], base_url: str, metrics: Metrics) -> EsoLogs[M]:
    """The API, as a program would have it, but for its address."""
    auth = ClientCredentials(token_url=f"{base_url}/oauth/token", client_id=ID, client_secret=SECRET)
    # With as many faults as here, three attempts would fail once in some thousand calls.
    policies = evolve(DEFAULT_POLICIES, retry=RetryPolicy(max_attempts=6), observers=[metrics])
    return EsoLogs(client, auth=auth, base_url=base_url, policies=policies)


def names_of(master: ReportMasterData | None) -> dict[int, str]:
    """Who acts in a report, by their ids there."""
    if master is None:
        return {}
    return {each.id: each.name or each.display_name for each in master.actors if each.id is not None}


def harvest_sync(base_url: str, code: str, settings: Settings, metrics: Metrics, tick: Tick) -> Harvest:
    """Blocking calls; characters on threads."""
    with offwire_sync.Client() as client:
        eso = client_of(client, base_url, metrics)
        master = eso.reports.master_data(code)
        pages = []
        for page in eso.reports.event_pages(code, limit=settings.page_size):
            pages.append(page.events)
            tick(len(page.events))
        members = [each.id for each in eso.guilds.members(GUILD, limit=25)]
        found = []
        with client.map(eso.characters.get, members, concurrency=settings.concurrency) as characters:
            for each in characters:
                found.append(each.id if each else 0)
                tick(1)
    return Harvest(
        events=[event for page in pages for event in page],
        pages=len(pages),
        characters=tuple(found),
        actors=names_of(master),
    )


async def harvest_async(
    client: offwire_asyncio.Client | offwire_trio.Client,
    base_url: str,
    code: str,
    settings: Settings,
    metrics: Metrics,
    tick: Tick,
) -> Harvest:
    """Tasks: the same under asyncio and trio."""
    async with client:
        eso = client_of(client, base_url, metrics)
        master = await eso.reports.master_data(code)
        pages = []
        async for page in eso.reports.event_pages(code, limit=settings.page_size):
            pages.append(page.events)
            tick(len(page.events))
        members = [each.id async for each in eso.guilds.members(GUILD, limit=25)]
        found = []
        async with client.map(eso.characters.get, members, concurrency=settings.concurrency) as characters:
            async for each in characters:
                found.append(each.id if each else 0)
                tick(1)
    return Harvest(
        events=[event for page in pages for event in page],
        pages=len(pages),
        characters=tuple(found),
        actors=names_of(master),
    )


def harvest_asyncio(base_url: str, code: str, settings: Settings, metrics: Metrics, tick: Tick) -> Harvest:
    """Under asyncio."""
    return asyncio.run(harvest_async(offwire_asyncio.Client(), base_url, code, settings, metrics, tick))


def harvest_trio(base_url: str, code: str, settings: Settings, metrics: Metrics, tick: Tick) -> Harvest:
    """Under trio."""
    return trio.run(harvest_async, offwire_trio.Client(), base_url, code, settings, metrics, tick)


WORLDS = {"sync": harvest_sync, "asyncio": harvest_asyncio, "trio": harvest_trio}


def run(world: str, settings: Settings, tick: Tick) -> Outcome:
    """Harvest once, from a stand-in of its own."""
    server = FakeEsoLogs(
        events=settings.events,
        members=settings.members,
        seed=settings.seed,
        boundary="repeats",
        faults=evolve(Faults.evenly(settings.faults), retry_after=0, slow_by=0.2),
        client_id=ID,
        client_secret=SECRET,
    )
    code, metrics = server.codes[0], Metrics()
    with serve(server) as address:
        began = time.perf_counter()
        harvest = WORLDS[world](address.base_url, code, settings, metrics, tick)
        seconds = time.perf_counter() - began
    return Outcome(
        world=world,
        harvest=harvest,
        metrics=metrics.snapshot(),
        server=server.stats,
        seconds=seconds,
        complaints=tuple(complaints(world, harvest, server, settings)),
    )


def complaints(world: str, harvest: Harvest, server: FakeEsoLogs, settings: Settings) -> list[str]:
    """What is not as the server knows it to be; nothing should."""
    wanted = [each["castTrackID"] for each in server.events(server.codes[0])]
    got = [each.cast_track_id for each in harvest.events]
    wrong = []
    if missing := set(wanted) - set(got):
        wrong.append(f"{world}: {len(missing)} events are missing")
    if twice := len(got) - len(set(got)):
        wrong.append(f"{world}: {twice} events came twice")
    if not wrong and got != wanted:
        wrong.append(f"{world}: the events are out of order")
    if sorted(harvest.characters) != list(range(1, settings.members + 1)):
        wrong.append(f"{world}: the characters are not those of the guild")
    return wrong


def report(outcomes: list[Outcome], settings: Settings) -> Table:
    """One row for each world."""
    table = Table(
        title=f"ESO Logs: a report of {settings.events:,} events and a guild of {settings.members}, "
        f"{settings.faults:.0%} faults",
        title_justify="left",
    )
    names = ("world", "events", "pages", "guild", "attempts", "retries", "429s", "points", "tokens", "wall")
    for name in (*names, "missing, twice"):
        table.add_column(name, justify="left" if name == "world" else "right", no_wrap=True)
    for each in outcomes:
        counted, harvest = each.metrics, each.harvest
        table.add_row(
            each.world,
            f"{len(harvest.events):,}",
            str(harvest.pages),
            str(len(harvest.characters)),
            str(counted.attempts),
            str(counted.retries),
            str(counted.throttled),
            f"{sum(each.server.points_spent.values()):.1f}",
            str(each.server.token_requests),
            f"{each.seconds:.1f} s",
            "[red]see below[/red]" if each.complaints else "[green]none, none[/green]",
        )
    return table
