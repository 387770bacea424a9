"""`Columns[Event]`: an array of objects as one list for each field, without an object for each row.

    call = document.call(variables, returns=Columns[Event], at="reportData.report.events.data")
    columns = esologs(call)
    columns.data["timestamp"]               # [0, 17, 34, …]

It stands wherever a type stands that is read from JSON: as what an operation returns, or as the
type of a field of it, such as a page's `data: Columns[Event]`. `offwire_frames` makes tables of it.

| a field's type | its column holds |
|---|---|
| bool, int, float, str | the same; `int | float` becomes float |
| datetime, date, time | the same |
| an enum or a literal of text, or of numbers | the text or the number that came |
| UUID, Decimal, bytes | their text |
| all else, such as a list, an object or `Json` | its JSON, as text |

Rules of this file: what columns there are, and what they hold, follows from the class alone, so
that the columns of two pages always fit together. What is null, UNSET, or absent without another
default, is None. What a column holds as JSON is not looked into; all else is read strictly, as by
`structure`. The class's own checks are not run, since there are no objects to check. A class that
holds a Secret has no columns, since tables are written to files.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import (
    Any,
    Final,
    Generic,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    final,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from attrs import NOTHING, Attribute, Factory, evolve, field, fields, fields_dict, frozen, has, resolve_types

from offwire.formats.compact import is_compact
from offwire.formats.enums import plain_types
from offwire.formats.json import dumps
from offwire.formats.mismatch import Mismatch, expected, places_of
from offwire.formats.naming import wire_fields
from offwire.formats.scalars import Reader
from offwire.formats.shapes import WRAPPERS
from offwire.formats.unstructure import unstructure
from offwire.json_value import Json
from offwire.secret import Secret
from offwire.unset import UNSET, Unset

T = TypeVar("T")

ColumnType: TypeAlias = (
    type[bool] | type[int] | type[float] | type[str] | type[datetime] | type[date] | type[time]
)
"""What a column holds, besides None."""

_AS_THEY_ARE: Final = (bool, int, float, str, datetime, date, time)
_AS_TEXT: Final = (UUID, Decimal, bytes)
_FACTORY: Final[Any] = Factory  # of which attrs' types say that it is a function


def _kind(_columns: object, _attribute: object, kind: Any) -> None:
    columns_in(kind)


def _data(columns: Columns[object], _attribute: object, data: Mapping[str, list[object]]) -> None:
    unknown = sorted(data.keys() - schema_of(columns.kind).keys())
    if unknown:
        raise ValueError(f"data has a column {unknown[0]!r}, and {columns.kind.__name__} has no such field")
    uneven = [name for name, column in data.items() if len(column) != columns.rows]
    if uneven:
        raise ValueError(f"data has {len(data[uneven[0]])} values of {uneven[0]!r} for {columns.rows} rows")


@final
@frozen(kw_only=True)
class Columns(Generic[T]):
    """Rows of T, by column."""

    kind: type[T] = field(validator=_kind)
    """The attrs class that a row would be an object of."""
    rows: int
    """How many there are."""
    data: dict[str, list[object]] = field(validator=_data, repr=lambda data: f"<{', '.join(data)}>")
    """The values of each field by its name in Python, one for each row; None where there is none."""

    @property
    def schema(self) -> dict[str, ColumnType]:
        """What each column of `data` holds, besides None."""
        return {name: each for name, each in schema_of(self.kind).items() if name in self.data}

    def present(self) -> Columns[T]:
        """Without the columns in which there is nothing but None."""
        kept = {
            name: column for name, column in self.data.items() if any(each is not None for each in column)
        }
        return Columns(kind=self.kind, rows=self.rows, data=kept)


def schema_of(kind: type[object]) -> dict[str, ColumnType]:
    """What the column of each field of an attrs class holds, besides None, in the class's order.

    Raises:
        TypeError: it is no attrs class, or it holds a Secret.
    """
    return {each.name: each.type for each in columns_in(kind)}


def columns_of(kind: type[T], rows: Iterable[T]) -> Columns[T]:
    """Objects as columns.

    Raises:
        TypeError: `kind` is no attrs class, or it holds a Secret, or a row is none of its objects.
    """
    objects = list(rows)
    strange = [each for each in objects if not isinstance(each, kind)]
    if strange:
        raise TypeError(f"a row is a {type(strange[0]).__name__}, and not a {kind.__name__}")
    data = {
        each.name: each.values_of([getattr(row, each.name) for row in objects]) for each in columns_in(kind)
    }
    return Columns(kind=kind, rows=len(objects), data=data)


def concatenated(kind: type[T], parts: Iterable[Columns[T]]) -> Columns[T]:
    """The rows of all parts, in their order, in all columns that `kind` has.

    Raises:
        TypeError: `kind` is no attrs class, or it holds a Secret, or a part is of another class.
    """
    data: dict[str, list[object]] = {name: [] for name in schema_of(kind)}
    rows = 0
    for part in parts:
        if part.kind is not kind:
            raise TypeError(f"a part has rows of {part.kind.__name__}, and not of {kind.__name__}")
        for name, column in data.items():
            column += part.data.get(name) or [None] * part.rows
        rows += part.rows
    return Columns(kind=kind, rows=rows, data=data)


@frozen(kw_only=True)
class Column:
    """How one field becomes a column."""

    name: str
    wire: str
    """The field's name on the wire."""
    type: ColumnType
    plain: object
    """The type that is read: the field's, less its enums; where `is_json`, plain data."""
    is_json: bool
    """Whether what comes is written as JSON."""
    default: object
    """The value of a row that does not have the field; NOTHING where it has to."""

    def values_of(self, values: list[object]) -> list[object]:
        """What the values of a field are in a column."""
        if not self.is_json and {self.type, type(None)}.issuperset(map(type, values)):
            return values
        return [self.value_of(each) for each in values]

    def value_of(self, value: object) -> object:
        """What a field's value is in a column."""
        if value is None or value is UNSET:
            return None
        if self.is_json:
            return dumps(value).decode()
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, _AS_TEXT):
            return unstructure(value)
        return float(value) if self.type is float and type(value) is int else value


def columns_in(kind: type[object]) -> tuple[Column, ...]:
    """The columns of an attrs class.

    Raises:
        TypeError: it is no attrs class, or it holds a Secret.
    """
    found = _KNOWN.get(kind)
    if found is None:
        given: Any = kind
        if not isinstance(given, type) or not has(given):
            raise TypeError(f"columns are those of an attrs class, and {kind!r} is none")
        resolve_types(given)
        attributes = fields_dict(given)
        found = _KNOWN[kind] = tuple(
            _column(attributes[name], wire) for name, wire in wire_fields(kind).items()
        )
    return found


def columns_reader(kind: type[object], reader_of: Callable[[object], Reader]) -> Reader:
    """The reader of an array of objects; `reader_of` gives the reader of a type.

    Raises:
        TypeError: `kind` is no attrs class, or it holds a Secret.
    """
    columns = [(each, reader_of(each.plain)) for each in columns_in(kind)]

    def read(value: object, _kind: object) -> Columns[object]:
        if not isinstance(value, list):
            raise expected("an array", value)
        data: dict[str, list[object]] = {each.name: [] for each, _ in columns}
        for index, row in enumerate(value):
            if not isinstance(row, dict):
                raise Mismatch(places_of(expected("an object", row), index))
            for column, of_plain in columns:
                try:
                    data[column.name].append(_read(column, of_plain, row))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told of
                    places = list(places_of(error, index, column.wire))
                else:
                    continue
                # Not inside of the except: the first error may quote the data.
                raise Mismatch(places)
        return Columns(kind=kind, rows=len(value), data=data)

    return read


def _read(column: Column, of_plain: Reader, row: dict[str, Json]) -> object:
    if column.wire not in row:
        if column.default is NOTHING:
            raise Mismatch([((), "is missing")])
        return column.default
    value = row[column.wire]
    return column.value_of(value if column.is_json else of_plain(value, None))


_KNOWN: Final[dict[type[object], tuple[Column, ...]]] = {}
"""By class; grows with each that is met."""


def _column(attribute: Attribute[Any], wire: str) -> Column:
    kind: Any = object if attribute.type is None else attribute.type
    if _holds_secret(kind, set()):
        raise TypeError(f"{attribute.name} holds a Secret, which is not put into a table")
    held, plain = _held(kind)
    column = Column(
        name=attribute.name, wire=wire, type=held or str, plain=plain, is_json=held is None, default=NOTHING
    )
    default: Any = attribute.default
    if default is NOTHING:
        return column
    if isinstance(default, _FACTORY):
        # One that hangs on the other fields is not known without an object.
        default = None if default.takes_self else default.factory()
    return evolve(column, default=column.value_of(default))


def _held(kind: Any) -> tuple[ColumnType | None, Any]:
    """What the column of a type holds, and the type that is read for it; None and plain data for JSON."""
    json = (None, object)
    if kind in _AS_THEY_ARE:
        return kind, kind
    if kind in _AS_TEXT:
        return str, kind
    origin, args = get_origin(kind), get_args(kind)
    if origin in WRAPPERS:
        return json if is_compact(kind) else _held(args[0])
    for name in ("__supertype__", "__value__"):  # of a NewType, of a `type` statement
        if hasattr(kind, name):
            return _held(getattr(kind, name))
    if origin is Union or origin is types.UnionType:
        members = {each for each in args if each is not Unset and each is not type(None)}
        if members == {int, float}:
            members = {float}
        if len(members) != 1:
            return json
        held, plain = _held(members.pop())
        return held, plain | None if held and type(None) in args else plain
    if origin is Literal:
        held = _of_values(frozenset(type(each.value if isinstance(each, Enum) else each) for each in args))
        return (held, kind) if held else json
    if isinstance(kind, type) and issubclass(kind, Enum):
        held = _of_values(plain_types(kind))
        return (held, held) if held else json
    return json


def _of_values(kinds: frozenset[type]) -> ColumnType | None:
    if kinds == {str}:
        return str
    if kinds == {int}:
        return int
    return float if kinds and kinds <= {int, float} else None


def _holds_secret(kind: Any, seen: set[object]) -> bool:
    """Whether a Secret may be anywhere in a value of the type."""
    if kind is Secret:
        return True
    inner: list[Any] = [
        *get_args(kind),
        getattr(kind, "__supertype__", None),
        getattr(kind, "__value__", None),
    ]
    origin = get_origin(kind) or kind
    if isinstance(origin, type) and origin not in seen:
        seen.add(origin)
        if has(origin):
            resolve_types(origin)
            inner += [each.type for each in fields(origin)]
        elif is_typeddict(origin) or hasattr(origin, "__dataclass_fields__"):
            inner += get_type_hints(origin).values()
    return any(_holds_secret(each, seen) for each in inner if each is not kind)
