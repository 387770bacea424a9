"""What msgspec decodes for a type, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntEnum
from types import GenericAlias
from typing import Annotated, Any, Final, Literal, NewType

import attrs
import msgspec
import pytest

from offwire.formats.columns import Columns
from offwire.formats.compact import Compact
from offwire.formats.enums import unknown_member
from offwire.formats.mirror import Mirrors, Struct, decoder_of
from offwire.formats.scalars import read_any
from offwire.json_value import Json
from offwire.unset import UNSET, Unset


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    NONE = 0
    SMALL = 1


class Mixed(Enum):
    ONE = 1
    TWO = "two"


@attrs.frozen
class Item:
    id: int
    colour: Colour | Unset = UNSET


@attrs.frozen
class Row:
    id: int
    made_at: datetime | None = None
    price: Decimal = Decimal(1)
    colour: Colour | None = None
    parts: list[int] = attrs.Factory(list)
    data: object = None


Untyped: Any = attrs.make_class("Untyped", ["a"])


@attrs.define
class Node:
    children: list[Node] = attrs.Factory(list)


@attrs.define(init=False)
class Own:
    a: int

    def __init__(self, a: int) -> None:
        self.a = a + 1


UserId = NewType("UserId", int)

CASES = [
    pytest.param(bool, b"true", True, id="bool"),
    pytest.param(type(None), b"null", None, id="null"),
    pytest.param(object, b"[1]", [1], id="plain data"),
    pytest.param(Json, b"{}", {}, id="Json"),
    pytest.param(
        datetime, b'"2026-01-02T03:04:05.1234567"', datetime(2026, 1, 2, 3, 4, 5, 123456), id="by text"
    ),
    pytest.param(Decimal, b"1.50", Decimal("1.5"), id="a number by its digits"),
    pytest.param(Annotated[int, "a word"], b"1", 1, id="annotated"),
    pytest.param(UserId, b"1", 1, id="a new type"),
    pytest.param(int | None, b"null", None, id="null for an optional number"),
    pytest.param(int | None, b"1", 1, id="an optional number"),
    pytest.param(int | str | Unset, b'"a"', "a", id="a number or text"),
    pytest.param(Item | Unset, b'{"id":1}', Item(1), id="a class or UNSET"),
    pytest.param(Item | None, b"null", None, id="null for a class"),
    pytest.param(Item | None, b'{"id":1}', Item(1), id="an optional class"),
    pytest.param(Item | str, b'{"id":1}', Item(1), id="a class or text"),
    pytest.param(Compact[int] | None, b"null", None, id="null for an optional compact list"),
    pytest.param(Compact[int], b"null", [], id="null for a compact list"),
    pytest.param(Compact[int], b"[1,null]", [1], id="a compact list"),
    pytest.param(Compact[Item], b'[{"id":1},null]', [Item(1)], id="a compact list of a class"),
    pytest.param(Literal["a", "b"], b'"a"', "a", id="a literal of text"),
    pytest.param(Literal["a", 1], b"1", 1, id="a literal"),
    pytest.param(list, b'[1,"a"]', [1, "a"], id="a list of anything"),
    pytest.param(list[Item], b'[{"id":1}]', [Item(1)], id="a list of a class"),
    pytest.param(Sequence[int], b"[1]", (1,), id="a sequence"),
    pytest.param(set[int], b"[1,1]", {1}, id="a set"),
    pytest.param(tuple[Item, ...], b'[{"id":1}]', (Item(1),), id="a tuple of a class"),
    pytest.param(tuple[int, str], b'[1,"a"]', (1, "a"), id="a tuple of two"),
    pytest.param(tuple, b"[1]", (1,), id="a tuple of anything"),
    pytest.param(dict, b'{"a":[]}', {"a": []}, id="a map of anything"),
    pytest.param(Mapping[str, int], b'{"a":1}', {"a": 1}, id="a map"),
    pytest.param(dict[str, Item], b'{"a":{"id":1}}', {"a": Item(1)}, id="a map of a class"),
    pytest.param(dict[int, int], b'{"1":1}', {1: 1}, id="a map by number"),
    pytest.param(Colour, b'"red"', Colour.RED, id="an enum"),
    pytest.param(Colour, b'"blue"', unknown_member(Colour, "blue"), id="an unknown member"),
    pytest.param(Size, b"0", Size.NONE, id="an enum of numbers"),
    pytest.param(Mixed, b"1", Mixed.ONE, id="an enum of both"),
    pytest.param(Item, b'{"id":1,"colour":"red","x":1}', Item(1, Colour.RED), id="a class"),
    pytest.param(Untyped, b'{"a":[1]}', Untyped([1]), id="a class without types"),
    pytest.param(Node, b'{"children":[{}]}', Node([Node()]), id="a class that holds itself"),
    pytest.param(Own, b'{"a":1}', Own(1), id="a class of an __init__ of its own"),
    pytest.param(
        Columns[Row],
        b'[{"id":1,"made_at":"2026-01-02T03:04:05","price":"2.50","colour":"blue",'
        b'"parts":[1, 2],"data":null},{"id":2}]',
        Columns(
            kind=Row,
            rows=2,
            data={
                "id": [1, 2],
                "made_at": [datetime(2026, 1, 2, 3, 4, 5), None],
                "price": ["2.50", "1"],
                "colour": ["blue", None],
                "parts": ["[1, 2]", "[]"],
                "data": [None, None],
            },
        ),
        id="columns",
    ),
    pytest.param(
        Columns[Item],
        b'[{"id":1}]',
        Columns(kind=Item, rows=1, data={"id": [1], "colour": [None]}),
        id="UNSET",
    ),
]


@pytest.mark.parametrize(("kind", "content", "expected"), CASES)
def test_a_type_is_read(kind: Any, content: bytes, expected: object) -> None:
    mirror = Mirrors().of(kind)
    decoded = msgspec.json.decode(content, type=mirror.kind)
    value = decoded if mirror.convert is None else mirror.convert(decoded, None)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param(int, b"1.0", id="a fraction part"),
        pytest.param(int | str, b"1.5", id="no member of a union"),
        pytest.param(Item, b"{}", id="a field that is missing"),
        pytest.param(Item, b'{"id":null}', id="null"),
        pytest.param(Item, b'{"id":1,"colour":null}', id="null for UNSET"),
        pytest.param(Size, b"true", id="true for an enum of numbers"),
        pytest.param(Colour, b"1", id="a number for an enum of text"),
        pytest.param(datetime, b'"2026-01-02"', id="a date for a datetime"),
        pytest.param(list[Item], b"[null]", id="null for an item"),
        pytest.param(Columns[Row], b"[{}]", id="a column that is missing"),
        pytest.param(Columns[Row], b'[{"id":"1"}]', id="text for a column of numbers"),
        pytest.param(Columns[Row], b'[{"id":1,"made_at":1}]', id="a number for a column of datetimes"),
    ],
)
def test_what_does_not_fit_raises(kind: Any, content: bytes) -> None:
    mirror = Mirrors().of(kind)
    with pytest.raises(Exception) as raised:
        (mirror.convert or read_any)(msgspec.json.decode(content, type=mirror.kind), None)
    assert not isinstance(raised.value, AssertionError)


@pytest.mark.parametrize("kind", [type, list[type], Final, Columns[int], GenericAlias(Columns, (type,))])
def test_what_is_no_type_of_json_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError):
        Mirrors().of(kind)


def test_fields_of_a_struct_have_any_name() -> None:
    struct = Struct()
    first, second = struct.add("class", int), struct.add("ä b", str, "none")
    read: object = msgspec.json.decode(b'{"class":1}', type=struct.made("Any"))
    assert (getattr(read, first), getattr(read, second)) == (1, "none")


@pytest.mark.parametrize(
    ("within", "unless", "content", "expected"),
    [
        pytest.param((), (), b"1", 1, id="the whole document"),
        pytest.param(("a",), (), b'{"b":2,"a":1}', 1, id="one key"),
        pytest.param(("a", "b", "c"), (), b'{"a":{"b":{"c":1}}}', 1, id="three keys"),
        pytest.param(("a",), ("errors",), b'{"a":1,"errors":null}', 1, id="a key that may be null"),
        pytest.param(("a",), ("errors",), b'{"a":1}', 1, id="a key that may be absent"),
        pytest.param(("a",), ("errors",), b'{"a":1,"errors":[]}', None, id="a key that may not be there"),
        pytest.param(("a", "b"), (), b'{"a":null}', None, id="null on the way"),
        pytest.param(("a", "b"), (), b'{"a":{}}', None, id="nothing on the way"),
        pytest.param((), ("errors",), b"1", None, id="no object"),
    ],
)
def test_a_document_is_decoded_at_its_place(
    within: tuple[str, ...], unless: tuple[str, ...], content: bytes, expected: int | None
) -> None:
    decode = decoder_of(int, within, unless)
    if expected is None:
        with pytest.raises(ValueError):
            decode(content)
    else:
        assert decode(content) == expected


def test_a_document_may_have_no_such_key_where_it_is_read_as_a_whole() -> None:
    decode = decoder_of(dict[str, int], (), ("errors",))
    assert decode(b'{"a":1}') == {"a": 1}
    with pytest.raises(ValueError):
        decode(b'{"a":1,"errors":2}')
