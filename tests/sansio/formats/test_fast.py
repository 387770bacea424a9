"""The fast path: the values of the slow one, or none."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from types import GenericAlias, UnionType
from typing import Annotated, Any, Literal, TypedDict, Union, get_args, get_origin
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import DecodeError
from offwire.formats import fast
from offwire.formats.columns import Columns
from offwire.formats.compact import Compact
from offwire.formats.enums import OpenEnum
from offwire.formats.fast import Declined, fast_reader
from offwire.formats.json import loads
from offwire.formats.naming import camel_case, wire, wire_fields, wire_names
from offwire.formats.structure import structure
from offwire.unset import UNSET, Unset


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Mixed(OpenEnum):
    ONE = 1
    TWO = "two"
    HALF = 0.5


@wire_names(camel_case)
@attrs.frozen
class Part:
    part_id: int
    colour: Colour | None = None
    made_at: datetime | Unset = UNSET


@attrs.define
class Odd:
    """Does more than to store."""

    number: int = attrs.field(validator=attrs.validators.ge(0))
    text: str = attrs.field(validator=attrs.validators.max_len(9), default="none", kw_only=True)
    twice: int = attrs.field(init=False)
    all: list[int] = attrs.field(default=attrs.Factory(lambda self: [self.number], takes_self=True))

    def __attrs_post_init__(self) -> None:
        self.twice = self.number * 2
        if self.number == 3:
            raise ValueError("not 3")


@attrs.frozen
class Node:
    name: str
    children: Compact[Node] = attrs.Factory(list)


@dataclasses.dataclass
class Data:
    number: float
    parts: list[Part] = dataclasses.field(default_factory=list)


class Typed(TypedDict, total=False):
    number: int


LEAVES: list[Any] = [
    bool, int, float, str, object, type(None), datetime, date, time, UUID, Decimal, bytes, Colour, Size,
    Mixed, Columns[Part], Literal["a", "b"], Literal[1, "a"], int | str, int | float, float | bool, Part, Odd,
    Node, Data, Typed, Part | Odd, Part | None | str, tuple[int, str], dict, list,
]  # fmt: skip
NAMES = ("one", "two_words", "class_", "three")


@st.composite
def classes(draw: st.DrawFn, kinds: st.SearchStrategy[Any]) -> Any:
    """A class, as users write them."""
    made = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4)):
        kind = draw(kinds)
        default: Any = draw(
            st.sampled_from([attrs.NOTHING, attrs.NOTHING, UNSET, None, 0, attrs.Factory(list)])
        )
        metadata = draw(st.sampled_from([{}, {}, wire(f'"{name}"'), wire(f"ä{name}!")]))
        made[name] = attrs.field(type=kind, default=default, metadata=metadata, kw_only=True)
    kind = attrs.make_class(
        "Made", made, frozen=draw(st.booleans()), slots=draw(st.sampled_from([True, True, False]))
    )
    return wire_names(camel_case)(kind)


def _around(kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    compact: Any = Compact
    return st.one_of(
        kinds.map(lambda kind: GenericAlias(list, (kind,))),
        kinds.map(lambda kind: GenericAlias(tuple, (kind, ...))),
        kinds.map(lambda kind: GenericAlias(dict, (str, kind))),
        kinds.map(lambda kind: kind | None),
        kinds.map(lambda kind: kind | Unset),
        kinds.map(lambda kind: compact[kind]),
        classes(kinds),
        st.sampled_from([frozenset[int], set[str], dict[int, str], Columns[Part]]),
    )


KINDS = st.recursive(st.sampled_from(LEAVES), _around, max_leaves=6)

WORDS = st.sampled_from(
    ["red", "blue", "a", "two", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05.1234567+01:00", "2026-01-02",
     "03:04", "12345678-1234-5678-1234-567812345678", "1.50", "aGk=", "", "\U0001f600", "\u00e4"]
) | st.text(max_size=3)  # fmt: skip
NUMBERS = (
    st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([0.0, -0.0, 1.0, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 5e-324, 1e22])
)
KEYS = st.sampled_from(
    ["one", "twoWords", "class", "three", "partId", "colour", "madeAt", "number", "text", "all", "name",
     "children", "äone!", "extra"]
)  # fmt: skip
DATETIMES = st.datetimes(timezones=st.none() | st.timezones()).map(lambda each: each.isoformat())
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=8,
)


NODES: st.SearchStrategy[Any] = st.recursive(
    st.fixed_dictionaries({"name": WORDS}),
    lambda inner: st.fixed_dictionaries(
        {"name": WORDS}, optional={"children": st.none() | st.lists(st.none() | inner, max_size=3)}
    ),
    max_leaves=4,
)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(), int: NUMBERS, float: NUMBERS, str: WORDS, type(None): st.none(), Node: NODES,
    Decimal: NUMBERS | WORDS, datetime: WORDS | DATETIMES, date: st.dates().map(str), object: JSON,
}  # fmt: skip


@st.composite
def documents(draw: st.DrawFn, kind: Any) -> bytes:
    """One that fits, as a rule, and then perhaps does not any more."""
    text = json.dumps(draw(fitting(kind)), ensure_ascii=draw(st.booleans())).replace("Infinity", "1e400")
    content = text.encode("utf-8", "surrogatepass")
    pieces = st.sampled_from(
        [b" ", b"\n", b"0", b"-", b"1e400", b"-0", b"1.0", b"NaN", b"null", b'"', b"\\ud800", b"\\u0041",
         b"\xff", b"\xef\xbb\xbf", b"\x01", b"{", b"}", b"[", b"]", b",", b":", b"\\", b'"partId":2,', b"{}"]
    )  # fmt: skip
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.integers(0, 3))
        content = content[:at] + draw(pieces | st.just(b"")) + content[at + gone :]
    return content


def fitting(kind: Any) -> st.SearchStrategy[Any]:
    """Data for a type, of which a part may not fit."""
    return st.one_of(_fitting(kind), _fitting(kind), _fitting(kind), JSON)


def _fitting(kind: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(kind) or kind, get_args(kind)
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if attrs.has(origin) and origin is not Columns:
        attrs.resolve_types(kind)
        attributes = attrs.fields_dict(kind)
        parts = {own: fitting(attributes[name].type) for name, own in wire_fields(kind).items()}
        return st.fixed_dictionaries(parts) | st.fixed_dictionaries({}, optional=parts | {"extra": JSON})
    if origin in (dict, Data, Typed):
        return st.dictionaries(KEYS, fitting(args[1]) if args else JSON, max_size=3)
    if origin in (list, tuple, set, frozenset, Columns) and args:
        return st.lists(fitting(args[0]), max_size=3)
    if origin is Annotated:
        return st.none() | st.lists(st.none() | fitting(get_args(args[0])[0]), max_size=3)
    if origin is Union or origin is UnionType:
        return st.one_of([_fitting(each) for each in args if each is not Unset])
    return WORDS | NUMBERS


@given(st.data())
def test_the_fast_path_gives_what_the_slow_one_gives_or_nothing(data: st.DataObject) -> None:
    kind = data.draw(KINDS)
    content = data.draw(documents(kind))
    read = fast_reader(kind)
    if read is None:
        return
    try:
        value = read(content)
    except Declined:
        return
    slow = structure(loads(content), kind)
    assert value == slow
    assert repr(value) == repr(slow)  # 1 is not 1.0, and 0.0 is not -0.0


@given(st.data())
def test_what_is_in_an_envelope_is_read_as_without_it(data: st.DataObject) -> None:
    content = data.draw(documents(list[Part]))
    bare = fast_reader(list[Part])
    read = fast_reader(list[Part], ("data", "ä"), ("errors",))
    assert bare is not None
    assert read is not None
    wrapped = '{"data":{"x":0,"ä":%s},"errors":null}'.encode() % content
    try:
        value = read(wrapped)
    except Declined:
        with pytest.raises(Declined):
            bare(content)
    else:
        document: Any = loads(wrapped)
        assert value == structure(document["data"]["ä"], list[Part])


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        pytest.param(int, b" 5\n", 5, id="a number"),
        pytest.param(float, b"5", 5.0, id="a whole number for a float"),
        pytest.param(object, b'{"a":[18446744073709551616]}', {"a": [2**64]}, id="plain data"),
        pytest.param(Part, b'{"partId":1,"x":"\\ud83d\\ude00"}', Part(1), id="a field that is not known"),
        pytest.param(Part, b'{"partId":1,"partId":2}', Part(2), id="a key that comes twice"),
        pytest.param(list[Compact[int]], b"[null,[1,null]]", [[], [1]], id="a compact list"),
        pytest.param(Odd, b'{"number":1,"text":"a"}', Odd(1, text="a"), id="a class that does more"),
        pytest.param(Node, b'{"name":"a","children":[{"name":"b"}]}', Node("a", [Node("b")]), id="itself"),
    ],
)
def test_documents_are_read(kind: Any, content: bytes, expected: object) -> None:
    read = fast_reader(kind)
    assert read is not None
    assert read(content) == expected == structure(loads(content), kind)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param(int, b"1.0", id="a fraction part"),
        pytest.param(int, b"true", id="true for a number"),
        pytest.param(str, b'"\\ud800"', id="half of a surrogate pair"),
        pytest.param(Part, b'{"partId":1,"x":"\xff"}', id="no UTF-8 in what is passed over"),
        pytest.param(Part, b'{"partId":1,"x":NaN}', id="no number in what is passed over"),
        pytest.param(Part, b'\xef\xbb\xbf{"partId":1}', id="a byte order mark"),
        pytest.param(Part, b'{"partId":1}{}', id="trailing data"),
        pytest.param(object, b"[" * 100_000, id="deep nesting"),
        pytest.param(Odd, b'{"number":-1}', id="a validator says no"),
        pytest.param(Odd, b'{"number":3}', id="the class says no"),
    ],
)
def test_what_is_out_of_the_ordinary_is_declined(kind: Any, content: bytes) -> None:
    read = fast_reader(kind)
    assert read is not None
    with pytest.raises(Declined) as raised:
        read(content)
    # The first error might quote the data.
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{}", id="nothing"),
        pytest.param(b'{"data":null}', id="null"),
        pytest.param(b'{"data":{}}', id="nothing inside"),
        pytest.param(b'{"data":{"value":null}}', id="null inside"),
        pytest.param(b'{"data":[]}', id="an array"),
        pytest.param(b"[]", id="an array at the top"),
        pytest.param(b'{"data":{"value":1},"errors":[]}', id="errors, though none"),
        pytest.param(b'{"errors":false,"data":{"value":1}}', id="errors before"),
    ],
)
def test_an_envelope_has_to_be_as_declared(content: bytes) -> None:
    read = fast_reader(int, ("data", "value"), ("errors",))
    assert read is not None
    assert read(b'{"data":{"value":1},"errors":null}') == 1
    with pytest.raises(Declined):
        read(content)


def test_keys_may_be_refused_without_an_envelope() -> None:
    read = fast_reader(Part, unless=("errors", "partIds"))
    assert read is not None
    assert read(b'{"partId":1}') == Part(1)
    with pytest.raises(Declined):
        read(b'{"partId":1,"partIds":[]}')


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(type, id="what is not read from JSON"),
        pytest.param(list[Callable[[], int]], id="… as a part"),
        pytest.param(attrs.make_class("A", {"a": attrs.field(metadata=wire('"'))}), id="a name of quotes"),
    ],
)
def test_types_may_be_beyond_it(kind: Any) -> None:
    assert fast_reader(kind) is None


def test_a_reader_is_made_once() -> None:
    assert fast_reader(list[Part], ("data",)) is fast_reader(list[Part], ("data",))


def test_without_msgspec_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.delitem(sys.modules, "offwire.formats.mirror", raising=False)
    fast._reader.cache_clear()
    try:
        assert fast_reader(int) is None
    finally:
        fast._reader.cache_clear()


def test_it_is_loaded_when_something_is_first_read_and_without_the_slow_path() -> None:
    program = (
        "import sys, offwire, offwire.formats.decode\n"
        "assert 'msgspec' not in sys.modules\n"
        "from offwire.formats.fast import fast_reader\n"
        "assert fast_reader(list[int])(b'[1]') == [1]\n"
        "assert 'msgspec' in sys.modules\n"
        "assert 'cattrs' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_long_number_that_is_passed_over_is_not_looked_at() -> None:
    content = b'{"partId":1,"x":' + b"9" * 5_000 + b"}"
    read = fast_reader(Part)
    assert read is not None
    assert read(content) == Part(1)
    with pytest.raises(DecodeError):
        loads(content)
