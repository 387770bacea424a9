"""The events of ESO Logs as one table: by column, they are those that come as objects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import trio
from polars.testing import assert_frame_equal

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import ClientCredentials
from offwire.apis.esologs import EsoLogs, Event, EventColumns, EventsCursor
from offwire.formats.columns import Columns
from offwire.mode import Async, Client, M
from offwire.testing.esologs import FakeEsoLogs
from offwire.testing.esologs.event_log import Boundary
from offwire_frames import to_pandas, to_polars
from offwire_serve import serve

LIMIT = 100

Read = Callable[[str, str, "EventsCursor | None", "int | None"], "list[EventColumns]"]
"""Reads a report's events by column from a cursor on, up to so many pages."""


def esologs(client: Client[M], address: str) -> EsoLogs[M]:
    token = ClientCredentials(token_url=f"{address}/oauth/token", client_id="client", client_secret="secret")
    return EsoLogs(client, auth=token, base_url=address)


def in_sync(address: str, code: str, after: EventsCursor | None, count: int | None) -> list[EventColumns]:
    parts: list[EventColumns] = []
    with offwire_sync.Client() as client:
        for part in esologs(client, address).reports.event_columns(code, after=after, limit=LIMIT):
            parts.append(part)
            if len(parts) == count:
                break
    return parts


async def in_a_task(
    client: Client[Async], address: str, code: str, after: EventsCursor | None, count: int | None
) -> list[EventColumns]:
    parts: list[EventColumns] = []
    async for part in esologs(client, address).reports.event_columns(code, after=after, limit=LIMIT):
        parts.append(part)
        if len(parts) == count:
            break
    return parts


def in_asyncio(address: str, code: str, after: EventsCursor | None, count: int | None) -> list[EventColumns]:
    async def run() -> list[EventColumns]:
        async with offwire_asyncio.Client() as client:
            return await in_a_task(client, address, code, after, count)

    return asyncio.run(run())


def in_trio(address: str, code: str, after: EventsCursor | None, count: int | None) -> list[EventColumns]:
    async def run() -> list[EventColumns]:
        async with offwire_trio.Client() as client:
            return await in_a_task(client, address, code, after, count)

    return trio.run(run)


def objects(address: str, code: str) -> list[Event]:
    with offwire_sync.Client() as client:
        return list(esologs(client, address).reports.events(code, limit=LIMIT))


@pytest.mark.parametrize("boundary", ["whole", "repeats"])
@pytest.mark.parametrize("stop", [None, 1, 4], ids=["in one go", "resumed early", "resumed in the middle"])
@pytest.mark.parametrize("read", [in_sync, in_asyncio, in_trio])
def test_the_table_is_that_of_the_objects(read: Read, stop: int | None, boundary: Boundary) -> None:
    fake = FakeEsoLogs(events=900, boundary=boundary, burst=60)
    code = fake.codes[0]
    with serve(fake) as address:
        parts = read(address.base_url, code, None, stop)
        if stop is not None:
            saved: Any = json.loads(json.dumps(parts[-1].cursor.to_json()))
            assert not parts[-1].is_last
            parts += read(address.base_url, code, EventsCursor.from_json(saved), None)
        events = objects(address.base_url, code)
    assert len(events) == 900
    frame = to_polars(each.columns for each in parts)
    assert_frame_equal(frame, to_polars(events))
    assert to_pandas(each.columns for each in parts).equals(to_pandas(events))


def test_a_report_without_events_is_an_empty_table() -> None:
    fake = FakeEsoLogs(events=50)
    with serve(fake) as address, offwire_sync.Client() as client:
        reports = esologs(client, address.base_url).reports
        pages = reports.event_columns(fake.codes[0], start_time=1e12)
        columns: list[Columns[Event]] = [each.columns for each in pages]
    frame = to_polars(columns)
    assert frame.is_empty()
    assert frame.schema == to_polars([], Event).schema
