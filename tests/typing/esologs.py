"""User code of ESO Logs' client that only type checkers read: results, and the slips that they catch.

A line with an ignore has to be an error: both checkers report an ignore that is not needed.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import assert_type

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import Async, Bearer, Call, ClientCredentials, Options, Pages, PointsForecast, Response, Sync
from offwire.apis.esologs import TOKEN_URL, EsoLogs, Event, EventColumns, EventPage, EventsCursor
from offwire.apis.esologs.generated import (
    Ability,
    Character,
    CharacterOverview,
    CharacterPage,
    CharacterSummary,
    EventDataType,
    Fight,
    Guild,
    GuildRank,
    Item,
    RateLimit,
    Report,
    ReportSummary,
    Zone,
)
from offwire.formats.columns import Columns
from offwire.json_value import Json
from offwire.state.points import PointsSnapshot
from offwire_frames import to_pandas, to_polars


def pure() -> None:
    from offwire.apis.esologs.groups import GameData, Guilds
    from offwire.apis.esologs.reports import Reports

    assert_type(GameData.ability(7), Call[Ability | None])
    assert_type(GameData.ability(7).parse(Response(200)), Ability | None)
    assert_type(GameData.items(limit=100), Pages[Item])
    assert_type(Guilds.find(id=7), Call[Guild | None])
    assert_type(Reports.events("abc"), Pages[Event])
    assert_type(Reports.events_page("abc"), Call[EventPage])
    assert_type(Reports.event_columns("abc", limit=1000), Pages[EventColumns])


def sync() -> None:
    with offwire_sync.Client() as client:
        assert_type(EsoLogs.from_env(client, os.environ), EsoLogs[Sync])
        eso = EsoLogs(
            client,
            auth=ClientCredentials(token_url=TOKEN_URL, client_id="id", client_secret="secret"),
            user=Bearer("token"),
        )
        assert_type(eso, EsoLogs[Sync])
        assert_type(eso.as_user, EsoLogs[Sync])
        assert_type(eso.with_options(Options(deadline=5.0)), EsoLogs[Sync])
        assert_type(eso.game_data.ability(7), Ability | None)
        assert_type(eso.game_data.items(), Iterator[Item])
        assert_type(eso.characters.find(name="Ada", server_slug="x", server_region="NA"), Character | None)
        assert_type(eso.characters.overview(7), CharacterOverview | None)
        assert_type(eso.characters.zone_rankings(7, metric="dps"), Json)
        assert_type(eso.world_data.zones(), list[Zone])
        assert_type(eso.guilds.members(7), Iterator[CharacterSummary])
        assert_type(eso.guilds.members_page(7), CharacterPage | None)
        assert_type(eso.reports.get("abc"), Report | None)
        assert_type(eso.reports.fights("abc", kill_type="Kills"), list[Fight] | None)
        assert_type(eso.reports.search(start_time=datetime.now(UTC), end_time=1.0), Iterator[ReportSummary])
        assert_type(eso.reports.of_guild(7), Iterator[ReportSummary])
        assert_type(eso.users.guild_rank(7), GuildRank | None)
        assert_type(eso.system.rate_limit(), RateLimit)
        assert_type(eso.points, PointsSnapshot)
        for event in eso.reports.events("abc", fight_ids=[1], data_type=EventDataType.DAMAGE_DONE):
            assert_type(event.amount, int | None)
        for page in eso.reports.event_pages("abc", after=EventsCursor(timestamp=1.0), data_type="Healing"):
            assert_type(page.cursor, EventsCursor)
            assert_type(page.events, list[Event])
        for part in eso.reports.event_columns("abc", after=EventsCursor(timestamp=1.0)):
            assert_type(part.columns, Columns[Event])
            assert_type(part.cursor, EventsCursor)
        to_polars(each.columns for each in eso.reports.event_columns("abc"))
        to_pandas([each.columns for each in eso.reports.event_columns("abc")], Event)
        to_polars(eso.reports.events("abc"), Event)


def slips(eso: EsoLogs[Sync]) -> None:
    eso.reports.events("abc", fight_ides=[1])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    eso.reports.events(fight_ids=[1])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    eso.reports.events("abc", fight_ids="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    eso.reports.event_columns("abc", after=7.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    eso.reports.events("abc", data_type="Damage")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    eso.game_data.ability("7")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    eso.game_data.abilties()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    eso.forecast(["reports.events"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    eso.guilds.find(7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def under_asyncio() -> None:
    async with offwire_asyncio.Client() as client:
        eso = EsoLogs.from_env(client, os.environ)
        assert_type(eso, EsoLogs[Async])
        assert_type(await eso.game_data.ability(7), Ability | None)
        assert_type(eso.reports.events("abc"), AsyncIterator[Event])
        assert_type(eso.forecast({"reports.events": 34}), PointsForecast)
        async for event in eso.reports.events("abc", limit=1000):
            assert_type(event, Event)
        to_polars([page.columns async for page in eso.reports.event_columns("abc")])


async def under_trio() -> None:
    async with offwire_trio.Client() as client:
        eso = EsoLogs(client, user=Bearer("token"))
        assert_type(await eso.as_user.reports.get("abc"), Report | None)
        async for page in eso.reports.event_pages("abc"):
            assert_type(page.is_last, bool)
