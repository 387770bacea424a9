"""Rows that a cursor knows: the same whether they are objects or columns."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.apis.esologs.events import Event, EventAbility, EventActor, Resources
from offwire.apis.esologs.events_columns import events_at, timestamps_of, without_given
from offwire.apis.esologs.events_cursor import EventsCursor
from offwire.errors import DecodeError
from offwire.formats.columns import Columns, columns_of
from offwire.formats.structure import structure

FULL = Event(
    timestamp=5.0,
    type="damage",
    tick=True,
    amount=0,
    buffs="1.2.",
    source_resources=Resources(hit_points=1, x=-5),
    ability=EventAbility(name="Jabs", icon="jabs.png"),
    source=EventActor(name="Aela", server="NA"),
)
HIT = Event(timestamp=5.0, type="damage", amount=10)
HEAL = Event(timestamp=5.0, type="heal", amount=10)
LATER = Event(timestamp=6.0, type="damage", amount=10)


def of(*events: Event) -> Columns[Event]:
    return columns_of(Event, events)


def test_rows_of_a_millisecond_become_events() -> None:
    columns = of(LATER, FULL, HIT)
    assert timestamps_of(columns) == [6.0, 5.0, 5.0]
    assert events_at(columns, 5.0) == [FULL, HIT]
    assert events_at(columns, 7.0) == []


def test_what_came_as_json_is_read_as_an_event_reads_it() -> None:
    row = {"timestamp": 5, "type": "cast", "sourceResources": {"x": 1, "new": {}}, "ability": None}
    columns: Columns[Event] = structure([row], Columns[Event])
    assert events_at(columns, 5.0) == [structure(row, Event)]


def test_what_is_no_event_is_told_where_it_is_looked_into() -> None:
    row = {"timestamp": 5, "type": "cast", "sourceResources": {"x": "far"}}
    columns: Columns[Event] = structure([row], Columns[Event])
    with pytest.raises(DecodeError, match=r"\$\.sourceResources\.x should be an integer"):
        events_at(columns, 5.0)
    assert events_at(columns, 6.0) == []


def test_a_cursor_that_knows_nothing_takes_nothing_away() -> None:
    columns = of(HIT, HEAL)
    assert without_given(columns, EventsCursor(timestamp=5.0)) is columns


def test_leaves_out_what_was_given_as_often_as_it_was() -> None:
    cursor = EventsCursor(timestamp=0.0).moved(5.0, [HIT, HIT])
    assert without_given(of(HIT, HIT, HIT, HEAL, LATER), cursor) == of(HIT, HEAL, LATER)


EVENTS = st.lists(st.sampled_from([FULL, HIT, HEAL, LATER]), max_size=12)


@given(EVENTS, EVENTS, st.sampled_from([5.0, 6.0, 7.0]))
def test_columns_and_objects_agree(before: list[Event], events: list[Event], at: float) -> None:
    cursor = EventsCursor(timestamp=0.0).moved(at, before)
    assert without_given(of(*events), cursor) == of(*cursor.without_given(events))
    assert cursor.moved(at, events_at(of(*events), at)) == cursor.moved(at, events)
    assert json.dumps(cursor.moved(at, events_at(of(*events), at)).to_json())
