"""Events by column: which rows a cursor already knows, told without an object for each row.

Rules of this file: only the rows of the one millisecond at which a cursor stands become events, so
that a cursor counts the same whether a page came as objects or as columns. Whatever else a page
holds stays as it came, and in its order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import compress
from typing import Any

from offwire.apis.esologs.events import Event
from offwire.apis.esologs.events_cursor import EventsCursor
from offwire.formats.columns import Columns, columns_in
from offwire.formats.structure import structure


def timestamps_of(columns: Columns[Event]) -> list[float]:
    """The column of timestamps, of which each row has one."""
    column: list[Any] = columns.data["timestamp"]
    return column


def events_at(columns: Columns[Event], timestamp: float) -> list[Event]:
    """The rows of one millisecond as events, in their order.

    Raises:
        DecodeError: what such a row holds as JSON is none of an event.
    """
    return [_event(columns, index) for index in _rows_at(columns, timestamp)]


def without_given(columns: Columns[Event], cursor: EventsCursor) -> Columns[Event]:
    """The rows that are new, as `EventsCursor.without_given` has it.

    Raises:
        DecodeError: what a row of the cursor's millisecond holds as JSON is none of an event.
    """
    if not cursor.given:
        return columns
    was_given = cursor.which_given(events_at(columns, cursor.timestamp))
    dropped = set(compress(_rows_at(columns, cursor.timestamp), was_given))
    kept = [index not in dropped for index in range(columns.rows)]
    return Columns(
        kind=Event,
        rows=columns.rows - len(dropped),
        data={name: list(compress(column, kept)) for name, column in columns.data.items()},
    )


def _rows_at(columns: Columns[Event], timestamp: float) -> Iterable[int]:
    return (index for index, each in enumerate(timestamps_of(columns)) if each == timestamp)


def _event(columns: Columns[Event], index: int) -> Event:
    row: dict[str, Any] = {}
    for each in columns_in(Event):
        value: Any = columns.data[each.name][index]
        if value is not None:
            row[each.wire] = json.loads(value) if each.is_json else value
    return structure(row, Event)
