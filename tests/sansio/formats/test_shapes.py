"""Readers of what holds other values."""

from __future__ import annotations

import enum
from enum import Enum, IntEnum
from typing import Any

import pytest

from offwire.formats.enums import is_known
from offwire.formats.mismatch import Mismatch
from offwire.formats.scalars import STRICT, Reader, read_any
from offwire.formats.shapes import (
    array_reader,
    compact_reader,
    enum_reader,
    literal_reader,
    map_reader,
    optional_reader,
    tuple_reader,
)

INT, STR = STRICT[int], STRICT[str]
DETAILED = pytest.mark.parametrize("detailed", [False, True], ids=["fast", "detailed"])


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Bits(enum.Flag):
    A = 1


class Mixed(Enum):
    ONE = 1
    TWO = "2"


class Odd(Enum):
    PAIR = (1, 2)


def broken(value: object, _kind: object) -> object:
    raise KeyError(value)


def value_of(member: object) -> object:
    assert isinstance(member, Enum)
    return member.value


def places(reader: Reader, value: object) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(Mismatch) as raised:
        reader(value, None)
    return list(raised.value.places)


@DETAILED
@pytest.mark.parametrize("make", [list, tuple, set, frozenset])
def test_an_array_is_read_item_by_item(make: Any, detailed: bool) -> None:
    found = array_reader(make, INT, detailed=detailed)([1, 2, 2], None)
    assert found == make([1, 2, 2])
    assert type(found) is make


@DETAILED
@pytest.mark.parametrize("make", [list, tuple])
@pytest.mark.parametrize("value", ["abc", {}, {"a": 1}, 5, None])
def test_only_an_array_is_an_array(make: Any, value: object, detailed: bool) -> None:
    ((path, problem),) = places(array_reader(make, read_any, detailed=detailed), value)
    assert path == ()
    assert problem.startswith("should be an array, not ")


def test_an_array_tells_of_all_items_that_do_not_fit() -> None:
    reader = array_reader(list, INT, detailed=True)
    assert places(reader, [1, "x", None]) == [
        ((1,), "should be an integer, not a string"),
        ((2,), "should be an integer, not null"),
    ]
    assert places(array_reader(list, broken, detailed=True), ["secret"]) == [((0,), "is refused (KeyError)")]


@pytest.mark.parametrize("detailed", [False, True])
def test_a_compact_list_has_no_nulls(detailed: bool) -> None:
    read = compact_reader(STRICT[int], detailed=detailed)
    assert read(None, None) == []
    assert read([None, 0, None, 1], None) == [0, 1]
    with pytest.raises(Mismatch) as raised:
        read([None, "a"], None)
    assert [path for path, _ in raised.value.places] == [(1,) if detailed else ()]
    with pytest.raises(Mismatch):
        read({}, None)


def test_a_fixed_tuple_has_a_reader_for_each_item() -> None:
    reader = tuple_reader((INT, STR))
    assert reader([1, "x"], None) == (1, "x")
    assert places(reader, [1]) == [((), "should be an array of 2, not of 1")]
    assert places(reader, "ab") == [((), "should be an array, not a string")]
    assert places(reader, ["x", 1]) == [
        ((0,), "should be an integer, not a string"),
        ((1,), "should be a string, not the number 1"),
    ]


@DETAILED
def test_a_map_is_read_entry_by_entry(detailed: bool) -> None:
    assert map_reader(None, INT, detailed=detailed)({"a": 1, "b": 2}, None) == {"a": 1, "b": 2}
    upper = map_reader(lambda key, _: str(key).upper(), INT, detailed=detailed)
    assert upper({"a": 1}, None) == {"A": 1}
    assert places(map_reader(None, INT, detailed=detailed), ["a"]) == [
        ((), "should be an object, not an array")
    ]
    assert places(upper, "a") == [((), "should be an object, not a string")]


def test_a_map_tells_of_all_entries_that_do_not_fit() -> None:
    reader = map_reader(None, INT, detailed=True)
    assert places(reader, {"a": "x", "b": 1, "c": []}) == [
        (("a",), "should be an integer, not a string"),
        (("c",), "should be an integer, not an array"),
    ]
    assert places(map_reader(INT, broken, detailed=True), {"a": 1}) == [(("a",), "is refused (KeyError)")]


@pytest.mark.parametrize(
    ("values", "value", "expected"),
    [
        pytest.param(("a", "b"), "b", "b", id="text"),
        pytest.param((1, "1"), "1", "1", id="a number and its text"),
        pytest.param((1,), 1, 1, id="a number"),
        pytest.param((True, 0), True, True, id="true"),
        pytest.param((None,), None, None, id="null"),
        pytest.param((Colour.RED,), "red", Colour.RED, id="an enum member"),
    ],
)
def test_a_literal_is_one_of_its_values(values: tuple[object, ...], value: object, expected: object) -> None:
    assert literal_reader(values)(value, None) is expected


@pytest.mark.parametrize(
    ("values", "value", "problem"),
    [
        pytest.param(("a", "b"), "c", "should be one of 'a', 'b', not a string", id="other text"),
        pytest.param((1,), True, "should be one of 1, not true", id="true is not 1"),
        pytest.param((True,), 1, "should be one of True, not the number 1", id="1 is not true"),
        pytest.param(("a",), ["a"], "should be one of 'a', not an array", id="a list"),
        pytest.param(("a",), {"a": 1}, "should be one of 'a', not an object", id="a dict"),
        pytest.param(
            tuple(range(9)), 9, f"should be one of {', '.join('01234567')}, ..., not the number 9", id="many"
        ),
    ],
)
def test_a_literal_is_nothing_else(values: tuple[object, ...], value: object, problem: str) -> None:
    assert places(literal_reader(values), value) == [((), problem)]


@pytest.mark.parametrize("lenient", [False, True])
def test_an_enum_is_read_by_value_and_unknown_ones_are_kept(lenient: bool) -> None:
    reader = enum_reader(Colour, lenient=lenient)
    assert reader("red", None) is Colour.RED
    teal = reader("teal", None)
    assert isinstance(teal, Colour)
    assert value_of(teal) == "teal"
    assert not is_known(teal)
    assert reader("teal", None) is teal


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(Colour, 5, id="a number for text"),
        pytest.param(Colour, {"red": 1}, id="a dict"),
        pytest.param(Colour, ["red"], id="a list"),
        pytest.param(Colour, None, id="null"),
        pytest.param(Level, "1", id="text for a number"),
        pytest.param(Level, True, id="true"),
        pytest.param(Level, 1.0, id="a float"),
        pytest.param(Bits, 2, id="a bit that is not there"),
        pytest.param(Odd, [1, 2], id="what JSON has not"),
    ],
)
def test_an_enum_takes_no_value_of_another_type(kind: type[Enum], value: object) -> None:
    ((path, problem),) = places(enum_reader(kind, lenient=False), value)
    assert path == ()
    assert problem.startswith(f"should be a value of {kind.__name__}, not ")


def test_flags_are_read_together() -> None:
    assert enum_reader(Bits, lenient=False)(1, None) is Bits.A
    assert enum_reader(Bits, lenient=False)(0, None) is Bits(0)


def test_a_lenient_enum_reads_its_values_leniently() -> None:
    assert enum_reader(Level, lenient=True)("1", None) is Level.LOW
    assert enum_reader(Level, lenient=True)(1.0, None) is Level.LOW
    assert value_of(enum_reader(Level, lenient=True)("7", None)) == 7
    assert value_of(enum_reader(Mixed, lenient=True)(2.0, None)) == 2
    assert value_of(enum_reader(Mixed, lenient=True)(2.5, None)) == "2.5"
    assert places(enum_reader(Level, lenient=True), "x") == [((), "should be a value of Level, not a string")]


def test_a_closed_enum_takes_only_what_it_lists() -> None:
    reader = enum_reader(Colour, lenient=False, known_only=True)
    assert reader("red", None) is Colour.RED
    assert places(reader, "teal") == [((), "should be a value of Colour, not a string")]


def test_an_optional_value_may_be_null() -> None:
    assert optional_reader(INT)(None, None) is None
    assert optional_reader(INT)(1, None) == 1
    assert places(optional_reader(INT), "x") == [((), "should be an integer, not a string")]
