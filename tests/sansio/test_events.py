"""Events: a closed set of frozen values with plain facts."""

from __future__ import annotations

from typing import get_args

import attrs
import pytest

from offwire import events
from offwire.events import AttemptEnded, CallStarted, Event

KINDS = get_args(Event)
PLAIN = {"float", "int", "str", "int | None", "str | None", "float | None"}


def test_the_set_of_events_is_closed() -> None:
    defined = {each for each in vars(events).values() if isinstance(each, type) and attrs.has(each)}
    assert set(KINDS) == defined


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_holds_plain_facts_by_name(kind: type[Event]) -> None:
    parts = attrs.fields(kind)
    assert parts[0].name == "at"
    assert {each.type for each in parts} <= PLAIN
    assert all(each.kw_only for each in parts)
    assert kind.__doc__


def test_events_are_values() -> None:
    started = CallStarted(at=0.0, call=1, operation="Things.get", method="GET", url="https://api.test/")
    assert started == attrs.evolve(started)
    assert len({started, attrs.evolve(started)}) == 1
    name = "at"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(started, name, 1.0)
    ended: Event = AttemptEnded(at=0.0, call=1, attempt=1, status=200, error=None, elapsed=0.0)
    events_told: list[Event] = [started, ended]
    assert events_told.index(ended) == 1
