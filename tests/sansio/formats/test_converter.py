"""Readers of types."""

from __future__ import annotations

import collections
import dataclasses
import typing
from collections.abc import Callable, Iterable, Mapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Generic, Literal, NewType, TypedDict, TypeVar

import attrs
import pytest
from typing_extensions import TypeAliasType

from offwire.errors import DecodeError
from offwire.formats.columns import Columns
from offwire.formats.compact import Compact
from offwire.formats.converter import structurer
from offwire.formats.naming import camel_case, wire, wire_names
from offwire.json_value import Json
from offwire.secret import Secret
from offwire.unset import UNSET, Unset

T = TypeVar("T")
UserId = NewType("UserId", int)
Names = TypeAliasType("Names", list[str])


class Colour(Enum):
    RED = "red"


class Other(Enum):
    TEAL = "teal"


@attrs.frozen
class Item:
    price: float


@wire_names(camel_case)
@attrs.frozen
class Order:
    order_id: int
    items: list[Item]
    class_: str
    colour: Colour | None = None
    paid_at: datetime | None = None
    note: str | Unset = UNSET
    full: str = attrs.field(default="", metadata=wire("fullName"))
    extra: Json = None
    more: dict[str, Json] = attrs.field(factory=dict)
    token: Secret | None = attrs.field(default=None, kw_only=True)
    derived: int = attrs.field(init=False, default=7)


@attrs.frozen
class Page(Generic[T]):
    items: list[T]
    total: int = 0


@attrs.frozen
class Users(Page[Item]):
    pass


@attrs.frozen
class Node:
    name: str
    children: list[Node]


@attrs.frozen
class AllOptional:
    a: int = 0
    b: Item | None = None


@wire_names(camel_case)
@dataclasses.dataclass(frozen=True)
class Data:
    user_id: int
    item: Item | None = None


class Key(TypedDict):
    a: int


class Keys(Key, total=False):
    b: list[Item]


class Loose(TypedDict, total=False):
    a: int


@attrs.frozen
class Positive:
    number: int = attrs.field(validator=attrs.validators.gt(0))


def stripped(text: str) -> str:
    return text.strip()


@attrs.frozen
class Converted:
    text: str = attrs.field(converter=stripped)
    odd: type = attrs.field(converter=type)


@attrs.frozen
class Cat:
    kind: Literal["cat"]
    name: str
    lives: int = 9


@attrs.frozen
class Dog:
    kind: Literal["dog"]
    name: str


@attrs.frozen
class Unreadable:
    call: Callable[[], int] | None = None


ORDER = {"orderId": 1, "items": [{"price": 1.5}], "class": "x"}


def read(data: object, kind: Any, *, lenient: bool = False) -> Any:
    """As the faster and the more telling reader have it, which have to agree."""
    fast = structurer(lenient=lenient, detailed=False).read(data, kind)
    assert structurer(lenient=lenient, detailed=True).read(data, kind) == fast
    return fast


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        pytest.param(5, int, 5, id="a scalar"),
        pytest.param({"a": [1]}, object, {"a": [1]}, id="object"),
        pytest.param({"a": [1]}, Any, {"a": [1]}, id="Any"),
        pytest.param({"a": [1]}, Json, {"a": [1]}, id="Json"),
        pytest.param({"a": [None]}, dict[str, Json], {"a": [None]}, id="dict of Json"),
        pytest.param(5, UserId, 5, id="a NewType"),
        pytest.param(["a"], Names, ["a"], id="a type alias"),
        pytest.param(5, Annotated[int, "a note"], 5, id="Annotated"),
        pytest.param(5, Final[int], 5, id="Final"),
        pytest.param("a", Literal["a", "b"], "a", id="a literal"),
        pytest.param("red", Colour, Colour.RED, id="an enum"),
        pytest.param([1, "a"], list, [1, "a"], id="a bare list"),
        pytest.param([1, "a"], tuple, (1, "a"), id="a bare tuple"),
        pytest.param({"a": 1}, dict, {"a": 1}, id="a bare dict"),
        pytest.param([[1], []], list[list[int]], [[1], []], id="lists of lists"),
        pytest.param([1], typing.List[int], [1], id="the old list"),  # noqa: UP006
        pytest.param([1, 2], tuple[int, ...], (1, 2), id="a tuple"),
        pytest.param([1, "x"], tuple[int, str], (1, "x"), id="a fixed tuple"),
        pytest.param([1, 1], set[int], {1}, id="a set"),
        pytest.param([1], frozenset[int], frozenset({1}), id="a frozenset"),
        pytest.param([1], AbstractSet[int], frozenset({1}), id="Set"),
        pytest.param([1], Sequence[int], (1,), id="Sequence"),
        pytest.param([1], Iterable[int], (1,), id="Iterable"),
        pytest.param([1], MutableSequence[int], [1], id="MutableSequence"),
        pytest.param({"a": 1}, dict[str, int], {"a": 1}, id="a dict"),
        pytest.param({"a": 1}, Mapping[str, int], {"a": 1}, id="Mapping"),
        pytest.param({"7": 1}, dict[int, int], {7: 1}, id="keys that are numbers"),
        pytest.param({"2024-01-02": 1}, dict[date, int], {date(2024, 1, 2): 1}, id="keys that are dates"),
        pytest.param({"red": 1}, dict[Colour, int], {Colour.RED: 1}, id="keys that are enums"),
        pytest.param({"a": 1}, dict[object, int], {"a": 1}, id="keys of any type"),
        pytest.param(ORDER, Order, Order(1, [Item(1.5)], "x"), id="a class"),
        pytest.param(
            ORDER
            | {
                "colour": "red",
                "paidAt": "2024-01-02T03:04:05",
                "note": "n",
                "fullName": "f",
                "unknown": 1,
                "extra": [1],
                "more": {"a": {}},
                "token": "t",
                "order_id": 2,
                "derived": 8,
            },
            Order,
            Order(
                1,
                [Item(1.5)],
                "x",
                Colour.RED,
                datetime(2024, 1, 2, 3, 4, 5),
                "n",
                "f",
                [1],
                {"a": {}},
                token=Secret("t"),
            ),
            id="a class, all fields",
        ),
        pytest.param({"items": [{"price": 1}]}, Page[Item], Page([Item(1.0)]), id="a generic class"),
        pytest.param(
            {"items": [1], "total": 1}, Page[int], Page([1], 1), id="a generic class of another type"
        ),
        pytest.param(
            {"items": [{"price": 1}]}, Users, Users([Item(1.0)]), id="a subclass of a generic class"
        ),
        pytest.param(
            {"name": "a", "children": [{"name": "b", "children": []}]},
            Node,
            Node("a", [Node("b", [])]),
            id="recursive",
        ),
        pytest.param({}, AllOptional, AllOptional(), id="no keys"),
        pytest.param({"a": 1, "b": {"price": 2}}, AllOptional, AllOptional(1, Item(2.0)), id="optional keys"),
        pytest.param({"userId": 1, "item": {"price": 2}}, Data, Data(1, Item(2.0)), id="a dataclass"),
        pytest.param(
            {"a": 1, "b": [{"price": 2}], "c": 3}, Keys, {"a": 1, "b": [Item(2.0)], "c": 3}, id="a TypedDict"
        ),
        pytest.param({}, Loose, {}, id="a TypedDict without keys"),
        pytest.param({"number": 1}, Positive, Positive(1), id="a validator"),
        pytest.param(None, int | None, None, id="null"),
        pytest.param(1, int | None, 1, id="not null"),
        pytest.param(1, typing.Optional[int], 1, id="the old optional"),  # noqa: UP045
        pytest.param(None, type(None), None, id="only null"),
        pytest.param(1, float | int, 1, id="an integer stays one"),
        pytest.param(1.5, int | float | None, 1.5, id="a float"),
        pytest.param(True, int | bool, True, id="true"),
        pytest.param("5", int | str, "5", id="text"),
        pytest.param("2024-01-02T03:04", str | datetime, datetime(2024, 1, 2, 3, 4), id="text of a datetime"),
        pytest.param("abcd", bytes | str, "abcd", id="text goes before base64"),
        pytest.param("1.5", Decimal | str | float, Decimal("1.5"), id="text of a number"),
        pytest.param("red", str | Colour, Colour.RED, id="a known enum value"),
        pytest.param("blue", str | Colour, "blue", id="an unknown enum value where text is taken"),
        pytest.param("teal", Colour | Other, Other.TEAL, id="the enum that knows the value"),
        pytest.param("a", Literal["a"] | int, "a", id="a literal or a number"),
        pytest.param([1], list[int] | int, [1], id="a list or one"),
        pytest.param(1, list[int] | int, 1, id="one or a list"),
        pytest.param({"kind": "dog", "name": "Rex"}, Cat | Dog, Dog("dog", "Rex"), id="by a literal"),
        pytest.param(
            {"kind": "cat", "name": "Tom"}, Dog | Cat | None, Cat("cat", "Tom"), id="by a literal, too"
        ),
        pytest.param({"price": 1}, AllOptional | Item, Item(1.0), id="by keys"),
        pytest.param({"userId": 1}, Item | Data, Data(1), id="by keys, a dataclass"),
        pytest.param({"a": 1, "b": []}, Item | Keys, {"a": 1, "b": []}, id="by keys, a TypedDict"),
        pytest.param({"x": 1}, Item | dict[str, int], {"x": 1}, id="a class or a map"),
    ],
)
def test_types_are_read(data: object, kind: Any, expected: object) -> None:
    found = read(data, kind)
    assert found == expected
    assert type(found) is type(expected)


def test_an_unknown_enum_value_is_kept_where_no_text_is_taken() -> None:
    found = read("blue", int | Colour)
    assert type(found) is Colour
    assert str(found.value) == "blue"


def test_converters_of_fields_come_after_the_type() -> None:
    found = structurer(lenient=False, detailed=False).read({"text": " x ", "odd": 5}, Converted)
    assert isinstance(found, Converted)
    assert found.text == "x"
    assert found.odd is int


def test_the_order_of_a_union_does_not_matter() -> None:
    one, other = (
        structurer(lenient=False, detailed=False),
        structurer.__wrapped__(lenient=False, detailed=False),
    )
    assert one.read("2024-01-02T03:04", str | datetime) == other.read("2024-01-02T03:04", datetime | str)
    assert one.read(1, int | float) == other.read(1, float | int)


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        pytest.param("42", int, 42, id="a scalar"),
        pytest.param(["1", 2.0], list[int], [1, 2], id="in a list"),
        pytest.param({"price": "1.5"}, Item, Item(1.5), id="in a class"),
        pytest.param("42", int | str, "42", id="a union is read strictly first"),
        pytest.param("42", int | bool, 42, id="and then leniently"),
        pytest.param({"7": "1"}, dict[int, int], {7: 1}, id="keys and values"),
        pytest.param({"price": "1"}, AllOptional | Item, Item(1.0), id="in a union of classes"),
    ],
)
def test_types_are_read_leniently(data: object, kind: Any, expected: object) -> None:
    assert read(data, kind, lenient=True) == expected


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        pytest.param("secret", int, "$ should be an integer, not a string", id="a scalar"),
        pytest.param([], Order, "$ should be an object, not an array", id="a list for a class"),
        pytest.param("secret", Order, "$ should be an object, not a string", id="text for a class"),
        pytest.param(
            ["a", "b"], AllOptional, "$ should be an object, not an array", id="a list for optional keys"
        ),
        pytest.param("ab", AllOptional, "$ should be an object, not a string", id="text for optional keys"),
        pytest.param([], Data, "$ should be an object, not an array", id="a list for a dataclass"),
        pytest.param([], Loose, "$ should be an object, not an array", id="a list for a TypedDict"),
        pytest.param({"a": "x"}, Loose, "$.a should be an integer, not a string", id="in a TypedDict"),
        pytest.param({}, Keys, "$.a is missing", id="missing in a TypedDict"),
        pytest.param(
            {"items": [], "class": "x"}, Order, "$.orderId is missing", id="missing, by its name on the wire"
        ),
        pytest.param({}, Order, "$.orderId is missing (and 2 more)", id="several that are missing"),
        pytest.param(ORDER | {"class": None}, Order, "$.class should be a string, not null", id="null"),
        pytest.param(
            ORDER | {"note": None}, Order, "$.note should be a string, not null", id="null is not UNSET"
        ),
        pytest.param(
            ORDER | {"items": [{"price": 1}, {"price": "secret"}, {}]},
            Order,
            "$.items[1].price should be a number, not a string (and 1 more)",
            id="deep",
        ),
        pytest.param(
            {"items": [1]}, Page[str], "$.items[0] should be a string, not the number 1", id="generic"
        ),
        pytest.param(
            {"a": {"b": "x"}},
            dict[str, dict[str, int]],
            "$.a.b should be an integer, not a string",
            id="maps",
        ),
        pytest.param(
            {"secret key": 1},
            dict[int, int],
            '$["secret key"] should be an integer, not a string',
            id="a key",
        ),
        pytest.param([[1], {}], set[object], "$ is refused (TypeError)", id="what has no hash"),
        pytest.param({"number": -99}, Positive, "$ is refused by Positive (ValueError)", id="a validator"),
        pytest.param(
            [{"number": 1}, {"number": -99}],
            list[Positive],
            "$[1] is refused by Positive (ValueError)",
            id="deep validator",
        ),
        pytest.param(
            ORDER | {"token": ""},
            Order,
            "$.token should be a string that is not empty, not an empty string",
            id="secret",
        ),
        pytest.param(None, int | str, "$ should be int or str, not null", id="a union"),
        pytest.param(
            5, Cat | list[int], "$ should be Cat or list[int], not the number 5", id="names of a union"
        ),
        pytest.param(
            5,
            Literal["x"] | dict[str, list[Item | None]],
            "$ should be dict[str, list[Item | NoneType]] or typing.Literal['x'], not the number 5",
            id="longer names of a union",
        ),
        pytest.param(
            {"a": 5, "b": {}}, AllOptional | int, "$.b.price is missing", id="a union with one class"
        ),
        pytest.param(
            {"kind": "cow", "name": "x"}, Cat | Dog, "$ should be Cat or Dog, not an object", id="no class"
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(data: object, kind: Any, message: str) -> None:
    for detailed in (False, True):
        with pytest.raises(DecodeError) as raised:
            structurer(lenient=False, detailed=detailed).read(data, kind)
        assert raised.value.message == message
        assert message.startswith(f"{raised.value.path} ")
        assert raised.value.__context__ is None


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Callable[[], int], id="a function"),
        pytest.param(list[Callable[[], int]], id="inside"),
        pytest.param(Unreadable, id="in a field"),
        pytest.param(collections.deque[int], id="a deque"),
        pytest.param(type, id="type"),
        pytest.param(Page, id="a generic class without its parameter"),
        pytest.param(T, id="a type variable"),
        pytest.param("Order", id="a name"),
    ],
)
def test_a_type_that_json_has_not_is_refused_at_once(kind: Any) -> None:
    with pytest.raises(TypeError):
        structurer(lenient=False, detailed=False).read({}, kind)


def test_a_name_that_leads_nowhere_is_told_as_such() -> None:
    @attrs.frozen
    class Broken:
        a: Missing  # type: ignore[name-defined]  # pyright: ignore[reportUndefinedVariable]  # noqa: F821

    with pytest.raises(NameError, match="Missing"):
        structurer(lenient=False, detailed=False).read({"a": 1}, Broken)


def test_too_deep_a_document_is_told_as_such() -> None:
    data: dict[str, object] = {"name": "x", "children": []}
    for _ in range(5_000):
        data = {"name": "x", "children": [data]}
    with pytest.raises(DecodeError, match=r"^\$ nests too deeply"):
        structurer(lenient=False, detailed=False).read(data, Node)


def test_a_class_whose_check_changes_its_mind_is_believed() -> None:
    seen: list[object] = []

    @attrs.frozen
    class Fickle:
        a: int = 0

        def __attrs_post_init__(self) -> None:
            seen.append(self)
            if len(seen) == 1:
                raise ValueError("not yet")

    assert structurer(lenient=False, detailed=False).read({}, Fickle) == Fickle()


def test_there_is_one_of_a_kind() -> None:
    assert structurer(lenient=True, detailed=False) is structurer(lenient=True, detailed=False)
    assert structurer(lenient=True, detailed=False) is not structurer(lenient=False, detailed=False)


@pytest.mark.parametrize("detailed", [False, True])
def test_a_compact_list_has_no_nulls(detailed: bool) -> None:
    one = structurer(lenient=False, detailed=detailed)
    assert one.read({"a": None, "b": [None, {"price": 1}]}, dict[str, Compact[Item]]) == {
        "a": [],
        "b": [Item(1.0)],
    }
    with pytest.raises(DecodeError) as raised:
        one.read("a", int | Compact[Item])
    assert raised.value.message == "$ should be int or Compact[Item], not a string"


@pytest.mark.parametrize("detailed", [False, True])
def test_an_array_of_objects_may_be_read_by_column(detailed: bool) -> None:
    one = structurer(lenient=False, detailed=detailed)
    assert one.read([{"price": 1}], Columns[Item]) == Columns(kind=Item, rows=1, data={"price": [1.0]})
    with pytest.raises(DecodeError) as raised:
        one.read([{"price": None}], Columns[Item])
    assert raised.value.message == "$[0].price should be a number, not null"


def test_a_reader_is_handed_out() -> None:
    one = structurer(lenient=False, detailed=False)
    assert one.reader(list[Item])([{"price": 1}], None) == [Item(1.0)]
    with pytest.raises(TypeError, match="no type that is read from JSON"):
        one.reader(type)
