"""Arrays of objects as columns."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NewType, TypedDict, TypeVar
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import DecodeError
from offwire.formats import structure as structures
from offwire.formats.columns import Columns, columns_in, columns_of, columns_reader, concatenated, schema_of
from offwire.formats.compact import Compact
from offwire.formats.converter import structurer
from offwire.formats.document import read_document
from offwire.formats.enums import OpenEnum
from offwire.formats.json import dumps, loads
from offwire.formats.naming import camel_case, wire_names
from offwire.json_value import Json
from offwire.secret import Secret
from offwire.unset import UNSET, Unset

T = TypeVar("T")


class Kind(OpenEnum):
    DAMAGE = "damage"


class Size(IntEnum):
    SMALL = 1


class Ratio(Enum):
    HALF = 0.5
    ONE = 1


class Mixed(Enum):
    ONE = 1
    TWO = "two"


UserId = NewType("UserId", int)


@attrs.frozen
class Part:
    name: str


@wire_names(camel_case)
@attrs.frozen(kw_only=True)
class Event:
    time_stamp: int
    kind: Kind
    amount: int | None = None
    ratio: float | Unset = UNSET
    number: int | float = 0
    size: Size = Size.SMALL
    price: Decimal | None = None
    part: Part | None = None
    tags: Compact[str] = attrs.Factory(list)
    data: Json = None


def columns(kind: Any, data: object) -> Any:
    """As the slow path reads them."""
    return structurer(lenient=False, detailed=False).read(data, Columns[kind])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(bool, bool, id="bool"),
        pytest.param(int | None, int, id="an optional number"),
        pytest.param(float | Unset, float, id="a float or UNSET"),
        pytest.param(int | float | None, float, id="any number"),
        pytest.param(str | None | Unset, str, id="text"),
        pytest.param(datetime, datetime, id="a datetime"),
        pytest.param(date, date, id="a date"),
        pytest.param(time | None, time, id="a time"),
        pytest.param(UserId, int, id="a new type"),
        pytest.param(Annotated[int, "a word"], int, id="annotated"),
        pytest.param(Kind, str, id="an enum of text"),
        pytest.param(Size | None, int, id="an enum of numbers"),
        pytest.param(Ratio, float, id="an enum of floats"),
        pytest.param(Literal["a", "b"], str, id="a literal of text"),
        pytest.param(Literal[1, Size.SMALL], int, id="a literal of numbers"),
        pytest.param(UUID, str, id="a UUID"),
        pytest.param(bytes | None, str, id="bytes"),
    ],
)
def test_a_column_holds_what_the_type_says(kind: Any, expected: type) -> None:
    row = attrs.make_class("Row", {"a": attrs.field(type=kind)})
    assert schema_of(row) == {"a": expected}
    assert not columns_in(row)[0].is_json


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(None, id="no type"),
        pytest.param(object, id="anything"),
        pytest.param(list[int], id="a list"),
        pytest.param(Compact[int], id="a compact list"),
        pytest.param(Part | None, id="a class"),
        pytest.param(int | str, id="a union"),
        pytest.param(bool | int, id="a union of numbers"),
        pytest.param(Mixed, id="an enum of both"),
        pytest.param(Literal["a", 1], id="a literal of both"),
        pytest.param(dict[str, int], id="a map"),
    ],
)
def test_all_else_is_json(kind: Any) -> None:
    row = attrs.make_class("Row", {"a": attrs.field(type=kind)})
    assert schema_of(row) == {"a": str}
    assert columns_in(row)[0].is_json


ROWS: list[Json] = [
    {"timeStamp": 1, "kind": "damage", "amount": 5, "ratio": 1, "number": 2, "size": 7, "price": "1.50",
     "part": {"name": "a", "more": [1]}, "tags": None, "data": {"a": None}, "unknown": 1},
    {"timeStamp": 2, "kind": "new"},
]  # fmt: skip
DATA: dict[str, list[object]] = {
    "time_stamp": [1, 2],
    "kind": ["damage", "new"],
    "amount": [5, None],
    "ratio": [1.0, None],
    "number": [2.0, 0.0],
    "size": [7, 1],
    "price": ["1.50", None],
    "part": ['{"name":"a","more":[1]}', None],
    "tags": [None, "[]"],
    "data": ['{"a":null}', None],
}


def test_rows_are_read_by_column() -> None:
    read = columns(Event, ROWS)
    assert read == Columns(kind=Event, rows=2, data=DATA)
    assert [list(map(type, each)) for each in read.data.values()] == [
        list(map(type, each)) for each in DATA.values()
    ]
    assert read == read_document(dumps(ROWS), Columns[Event])
    assert columns(Event, []) == Columns(kind=Event, rows=0, data={name: [] for name in DATA})


def test_it_stands_wherever_a_type_stands() -> None:
    page = attrs.make_class("Page", {"data": attrs.field(type=Columns[Event]), "next": attrs.field(type=int)})
    assert structures.structure({"data": ROWS, "next": 1}, page) == page(columns(Event, ROWS), 1)
    assert structures.structure([{**ROWS[1], "timeStamp": "2"}], Columns[Event], lenient=True).data[  # type: ignore[dict-item]  # pyright: ignore[reportGeneralTypeIssues]
        "time_stamp"
    ] == [2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(None, "$ should be an array, not null", id="null"),
        pytest.param([1], "$[0] should be an object, not the number 1", id="no object"),
        pytest.param([ROWS[1], {"kind": "a"}], "$[1].timeStamp is missing", id="missing"),
        pytest.param(
            [{"timeStamp": "secret", "kind": "a"}],
            "$[0].timeStamp should be an integer, not a string",
            id="unfit",
        ),
        pytest.param(
            [{"timeStamp": 1, "kind": None}], "$[0].kind should be a string, not null", id="null in it"
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(data: Any, message: str) -> None:
    for read in (lambda: columns(Event, data), lambda: read_document(dumps(data), Columns[Event])):
        with pytest.raises(DecodeError) as raised:
            read()
        assert raised.value.message == message
        assert raised.value.__context__ is None


def test_objects_become_columns_as_rows_do() -> None:
    events = structures.structure(ROWS, list[Event])
    data = columns_of(Event, iter(events)).data
    assert data == {**DATA, "part": ['{"name":"a"}', None], "tags": ["[]", "[]"]}
    assert columns_of(Event, []).rows == 0


@attrs.frozen
class Plain:
    a: int | None
    b: float | Unset
    c: datetime
    d: UUID | None
    e: bytes
    f: str
    g: list[int]


@given(
    st.lists(
        st.builds(
            Plain,
            a=st.none() | st.integers(),
            b=st.just(UNSET) | st.floats(allow_nan=False, allow_infinity=False),
            c=st.datetimes(timezones=st.just(UTC)),
            d=st.none() | st.uuids(),
            e=st.binary(max_size=3),
            f=st.text(st.characters(codec="utf-8"), max_size=3),
            g=st.lists(st.integers(), max_size=3),
        ),
        max_size=4,
    )
)
def test_columns_of_objects_are_those_of_their_json(rows: list[Plain]) -> None:
    expected = columns_of(Plain, rows)
    # A field without a default has to be there, so what is UNSET is written as a number here.
    if all(each.b is not UNSET for each in rows):
        content = dumps(rows)
        assert read_document(content, Columns[Plain]) == expected
        assert columns(Plain, loads(content)) == expected


def test_parts_are_put_together() -> None:
    one = columns(Event, ROWS)
    both = concatenated(Event, [one, one.present(), columns(Event, [])])
    assert both.rows == 4
    assert both.data == {name: values * 2 for name, values in DATA.items()}
    assert concatenated(Event, []) == columns(Event, [])


def test_columns_that_are_empty_can_be_left_out() -> None:
    read = columns(Event, ROWS[1:])
    present = read.present()
    assert set(present.data) == {"time_stamp", "kind", "number", "size", "tags"}
    assert present.schema == {name: schema_of(Event)[name] for name in present.data}
    assert list(read.schema) == list(schema_of(Event)) == list(DATA)
    assert "damage" not in repr(columns(Event, ROWS))


def test_a_default_that_hangs_on_other_fields_is_not_known() -> None:
    default: Any = attrs.Factory(lambda self: self.a, takes_self=True)
    row = attrs.make_class("Row", {"a": attrs.field(type=int), "b": attrs.field(type=int, default=default)})
    assert columns(row, [{"a": 1}]).data == {"a": [1], "b": [None]}


@attrs.frozen
class Hidden:
    inner: list[Login]


@attrs.frozen
class Login:
    password: Secret | None
    hidden: Hidden | None


class Typed(TypedDict):
    login: Login


@dataclasses.dataclass
class Data:
    typed: Typed


Password = NewType("Password", Secret)


@attrs.frozen
class OfGeneric(Generic[T]):
    a: T


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Secret, id="itself"),
        pytest.param(Secret | None, id="optional"),
        pytest.param(list[Secret], id="in a list"),
        pytest.param(Hidden, id="in a class"),
        pytest.param(Data, id="in a class of a class"),
        pytest.param(Password, id="by another name"),
    ],
)
def test_a_secret_is_not_put_into_a_table(kind: Any) -> None:
    row = attrs.make_class("Row", {"a": attrs.field(type=kind)})
    with pytest.raises(TypeError, match="a holds a Secret"):
        schema_of(row)


@pytest.mark.parametrize("kind", [int, dict, list[int], OfGeneric[int], Data])
def test_a_row_is_of_an_attrs_class(kind: Any) -> None:
    for refuse in (
        lambda: schema_of(kind),
        lambda: concatenated(kind, []),
        lambda: columns_of(kind, []),
        lambda: Columns(kind=kind, rows=0, data={}),
        lambda: columns_reader(kind, structurer(lenient=False, detailed=False).reader),
    ):
        with pytest.raises(TypeError, match="columns are those of an attrs class"):
            refuse()


def test_columns_are_checked_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="data has a column 'b', and Part has no such field"):
        Columns(kind=Part, rows=0, data={"b": []})
    with pytest.raises(ValueError, match="data has 1 values of 'name' for 2 rows"):
        Columns(kind=Part, rows=2, data={"name": ["a"]})
    strange: list[Any] = [Part("a"), 1]
    with pytest.raises(TypeError, match="a row is a int, and not a Part"):
        columns_of(Part, strange)
    other: Any = Columns(kind=Event, rows=0, data={})
    with pytest.raises(TypeError, match="a part has rows of Event, and not of Part"):
        concatenated(Part, [other])
