"""The cursor: plain data and back, and what it knows of the millisecond that it stands at."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.apis.esologs.events import Event, Resources
from offwire.apis.esologs.events_cursor import EventsCursor, digest

HIT = Event(timestamp=5.0, type="damage", amount=10)
HEAL = Event(timestamp=5.0, type="heal", amount=10)
LATER = Event(timestamp=6.0, type="damage", amount=10)


def test_begins_with_nothing_given() -> None:
    cursor = EventsCursor(timestamp=5.0)
    assert cursor.without_given([HIT, HEAL]) == [HIT, HEAL]


def test_leaves_out_what_was_given_as_often_as_it_was() -> None:
    cursor = EventsCursor(timestamp=0.0).moved(5.0, [HIT, HIT, LATER])
    assert cursor.without_given([HIT, HIT, HIT, HEAL, LATER]) == [HIT, HEAL, LATER]


def test_tells_of_each_event_whether_it_was_given() -> None:
    cursor = EventsCursor(timestamp=0.0).moved(5.0, [HIT, HIT])
    assert cursor.which_given([HEAL, HIT, LATER, HIT, HIT]) == [False, True, False, True, False]


def test_knows_only_its_own_millisecond() -> None:
    cursor = EventsCursor(timestamp=0.0).moved(6.0, [HIT, LATER])
    assert cursor.given == {digest(LATER): 1}
    assert cursor.without_given([HIT, LATER]) == [HIT]


def test_a_page_of_the_same_millisecond_repeats_what_was_given() -> None:
    first = EventsCursor(timestamp=5.0).moved(5.0, [HIT, HIT])
    second = first.moved(5.0, [HIT, HIT, HIT, HEAL])
    assert second.given == {digest(HIT): 3, digest(HEAL): 1}


def test_a_page_that_does_not_repeat_forgets_nothing() -> None:
    cursor = EventsCursor(timestamp=5.0).moved(5.0, [HIT, HIT]).moved(5.0, [HEAL])
    assert cursor.given == {digest(HIT): 2, digest(HEAL): 1}


def test_a_digest_tells_events_apart_but_not_by_their_time() -> None:
    assert digest(HIT) == digest(LATER)
    assert digest(HIT) != digest(HEAL)
    near = Event(timestamp=5.0, type="damage", amount=10, source_resources=Resources(x=1))
    assert digest(near) != digest(HIT)


def test_a_digest_is_the_same_in_every_run() -> None:
    # Written down, since a saved cursor meets the digests of a later run.
    assert digest(HIT) == "10f8c1462791d86b09131d06"


@given(
    st.floats(0, 1e12, allow_nan=False),
    st.dictionaries(st.text(max_size=24), st.integers(1, 10_000), max_size=4),
)
def test_survives_being_saved(timestamp: float, counts: dict[str, int]) -> None:
    cursor = EventsCursor(timestamp=timestamp, given=counts)
    assert EventsCursor.from_json(json.loads(json.dumps(cursor.to_json()))) == cursor


def test_is_a_value() -> None:
    cursor = EventsCursor(timestamp=5.0, given={"a": 1})
    assert hash(cursor) == hash(EventsCursor(timestamp=5.0, given={"a": 1}))
    with pytest.raises(TypeError):
        cursor.given["b"] = 1  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    assert pickle.loads(pickle.dumps(EventsCursor(timestamp=5.0, given={"a": 1}))) == cursor


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        pytest.param([], ValueError, "'timestamp' and 'given'", id="no object"),
        pytest.param({"timestamp": 1.0}, ValueError, "'timestamp' and 'given'", id="missing"),
        pytest.param({"timestamp": 1.0, "given": {}, "x": 1}, ValueError, "to_json", id="too much"),
        pytest.param({"timestamp": "1", "given": {}}, TypeError, "timestamp", id="text"),
        pytest.param({"timestamp": True, "given": {}}, TypeError, "timestamp", id="a truth value"),
        pytest.param({"timestamp": -1.0, "given": {}}, ValueError, "timestamp", id="negative"),
        pytest.param({"timestamp": float("nan"), "given": {}}, ValueError, "timestamp", id="no number"),
        pytest.param({"timestamp": 1.0, "given": []}, TypeError, "given", id="no counts"),
        pytest.param({"timestamp": 1.0, "given": {"a": 0}}, ValueError, "given", id="a count of none"),
        pytest.param({"timestamp": 1.0, "given": {"a": True}}, ValueError, "given", id="a true count"),
        pytest.param({"timestamp": 1.0, "given": {"a": "1"}}, ValueError, "given", id="a count in text"),
        pytest.param({"timestamp": 1.0, "given": {1: 1}}, ValueError, "given", id="no digest"),
    ],
)
def test_refuses_what_it_has_not_made(data: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        EventsCursor.from_json(data)
