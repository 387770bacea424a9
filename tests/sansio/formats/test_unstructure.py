"""How values become plain data."""

from __future__ import annotations

import dataclasses
import json
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.naming import camel_case, wire, wire_names
from offwire.formats.unstructure import unstructure
from offwire.json_value import Json
from offwire.secret import Secret
from offwire.unset import UNSET, Unset

ID = UUID("12345678-1234-5678-1234-567812345678")


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Word(StrEnum):
    YES = "yes"


class Instant(Enum):
    EPOCH = date(1970, 1, 1)


class Point(NamedTuple):
    x: int
    y: int


class Name(str):
    __slots__ = ()


class Odd:
    pass


class Node(dict[str, object]):
    pass


@attrs.frozen
class Nothing:
    pass


@attrs.frozen
class One:
    value: object


@wire_names(camel_case)
@attrs.frozen
class User:
    user_id: int
    full_name: str | None = attrs.field(default=None, metadata=wire("name"))
    class_: str | Unset = UNSET
    _private: int | Unset = UNSET
    derived: int = attrs.field(init=False, default=0)


def made(class_: Any) -> User:
    return User(1, class_=class_)


@wire_names(camel_case)
@dataclasses.dataclass
class Data:
    user_id: int
    note: str | Unset = UNSET


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("x", "x", id="str"),
        pytest.param(5, 5, id="int"),
        pytest.param(1.5, 1.5, id="float"),
        pytest.param(True, True, id="bool"),
        pytest.param(None, None, id="None"),
        pytest.param([1, (2, [3])], [1, [2, [3]]], id="lists and tuples"),
        pytest.param(Point(1, 2), [1, 2], id="a named tuple"),
        pytest.param({3, 1, 2}, [1, 2, 3], id="a set"),
        pytest.param(frozenset({"b", "a"}), ["a", "b"], id="a frozenset"),
        pytest.param({1, "a", None}, ["a", 1, None], id="a set of various"),
        pytest.param({"a": 1, "b": UNSET, "c": None}, {"a": 1, "c": None}, id="a dict"),
        pytest.param(Node(a=1), {"a": 1}, id="a kind of dict"),
        pytest.param(OrderedDict(a=ID), {"a": str(ID)}, id="an ordered dict"),
        pytest.param(MappingProxyType({"a": {"b": UNSET}}), {"a": {}}, id="a mapping"),
        pytest.param(
            {1: 1, Level.LOW: 2, False: 3, Colour.RED: 4, ID: 5, date(2024, 1, 2): 6},
            {"1": 2, "false": 3, "red": 4, str(ID): 5, "2024-01-02": 6},
            id="keys that are no text",
        ),
        pytest.param(
            {True: 1, None: 2, 1.5: 3}, {"true": 1, "null": 2, "1.5": 3}, id="keys that json.dumps takes"
        ),
        pytest.param(Colour.RED, "red", id="an enum"),
        pytest.param(Level.LOW, 1, id="an enum of numbers"),
        pytest.param(Word.YES, "yes", id="an enum of text"),
        pytest.param(Instant.EPOCH, "1970-01-01", id="an enum of dates"),
        pytest.param(Name("x"), "x", id="a kind of str"),
        pytest.param(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05+00:00", id="UTC"),
        pytest.param(
            datetime(2024, 1, 2, 3, 4, 5, 6, timezone(timedelta(hours=2))),
            "2024-01-02T03:04:05.000006+02:00",
            id="offset",
        ),
        pytest.param(datetime(2024, 1, 2, 3, 4, 5), "2024-01-02T03:04:05", id="a naive datetime"),
        pytest.param(date(2024, 1, 2), "2024-01-02", id="a date"),
        pytest.param(time(3, 4, 5), "03:04:05", id="a time"),
        pytest.param(ID, str(ID), id="a UUID"),
        pytest.param(Decimal("1.50"), "1.50", id="a Decimal"),
        pytest.param(b"\x00\xff", "AP8=", id="bytes"),
        pytest.param(Nothing(), {}, id="no fields"),
        pytest.param(One([1, One(2)]), {"value": [1, {"value": 2}]}, id="one field"),
        pytest.param(One(UNSET), {}, id="one field that is UNSET"),
        pytest.param(User(1), {"userId": 1, "name": None}, id="names on the wire"),
        pytest.param(
            User(1, "Ada", "x", 2), {"userId": 1, "name": "Ada", "class": "x", "_private": 2}, id="all fields"
        ),
        pytest.param(Data(1), {"userId": 1}, id="a dataclass"),
        pytest.param(
            {"users": (User(1), Data(2, "x"))},
            {"users": [{"userId": 1, "name": None}, {"userId": 2, "note": "x"}]},
            id="nested",
        ),
    ],
)
def test_values_become_plain_data(value: object, expected: Json) -> None:
    assert unstructure(value) == expected
    assert json.loads(json.dumps(unstructure(value))) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(object(), "$ is of type object, which has no form in JSON", id="an object"),
        pytest.param(
            [1, {"a": [len]}], "$[1].a[0] is of type builtin_function_or_method, which", id="a place"
        ),
        pytest.param(
            timedelta(1), "$ is of type datetime.timedelta, which has no form in JSON", id="a timedelta"
        ),
        pytest.param({1j}, "$ is of type complex, which has no form in JSON", id="in a set"),
        pytest.param(One(One(1j)), "$.value.value is of type complex", id="in fields"),
        pytest.param(made(Secret("hunter2")), "$.class is a Secret, which is not written", id="a secret"),
        pytest.param(
            {"token": Secret("hunter2")}, "pass its `.reveal()` if that is meant", id="how to write one"
        ),
        pytest.param(UNSET, "$ is UNSET: only a field, or an entry of a dict, can be left out", id="UNSET"),
        pytest.param([1, UNSET], "$[1] is UNSET", id="UNSET in a list"),
        pytest.param(
            {"a": {b"x": [], (1,): 1}}, "$.a has a key of type tuple: keys are text in JSON", id="a key"
        ),
        pytest.param({(1,): 1}, "$ has a key of type tuple: keys are text in JSON", id="a tuple for a key"),
        pytest.param(
            {1j: 1}, "$ is of type complex, which has no form in JSON", id="a number that JSON has not"
        ),
    ],
)
def test_what_has_no_form_is_refused_with_its_place(value: object, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        unstructure(value)
    assert message in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__context__ is None


def test_a_class_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match=r"test_unstructure\.Odd, which has no form"):
            unstructure(Odd())


def test_what_holds_itself_is_a_recursion_error() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(RecursionError):
        unstructure(value)


@given(st.sets(st.integers() | st.text() | st.none() | st.booleans()))
def test_a_set_has_one_order(values: set[object]) -> None:
    other: set[object] = set()
    for each in sorted(values, key=repr):
        other.add(each)
    assert unstructure(values) == unstructure(other)
