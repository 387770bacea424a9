"""What type checkers make of lists with gaps, columns and tables: `mypy --strict` and pyright read it."""

from __future__ import annotations

from typing import assert_type

import polars as pl
from attrs import frozen

from offwire import Call, Response
from offwire.formats.columns import Columns, columns_of, concatenated
from offwire.formats.compact import Compact
from offwire.formats.document import read_document
from offwire_frames import polars_frame, to_polars


@frozen
class Event:
    timestamp: int


@frozen
class Page:
    data: Columns[Event]
    names: Compact[str]


def of_a_page(page: Page) -> None:
    assert_type(page.names, list[str])
    assert_type(page.data, Columns[Event])
    assert_type(page.data.data, dict[str, list[object]])
    assert_type(to_polars(page.data), pl.DataFrame)
    Page(page.data, ["a"])


def of_a_call(answer: Response, events: list[Event]) -> None:
    columns = Call.get("/events", returns=Columns[Event]).parse(answer)
    assert_type(columns, Columns[Event])
    assert_type(concatenated(Event, [columns, columns_of(Event, events)]), Columns[Event])
    assert_type(read_document(b"[]", list[Event], within=("data",)), list[Event])
    assert_type(polars_frame([b"[]"], Event), pl.DataFrame)
