"""Mirrors: what msgspec is told to decode for a type, and what makes the declared value of it.

msgspec checks names and types while it decodes, in C, but knows neither our names on the wire nor
our rules for what is no JSON type of its own. So an attrs class is mirrored by a Struct of the
same fields, whose values are then handed over by code that is written for the class.

Rules of this file: a mirror takes nothing that `structure` would not take, and makes of it the
very same. What msgspec does not read just as `converter` does, it decodes as plain data, and the
reader of the slow path does the rest: this goes for whatever is not handled here by name. Whatever
a class does when it is made, such as to validate and to convert, is done: a class that does any
of this is called, and only one that merely stores its fields is filled. This module is imported
when something is first read with msgspec at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from operator import attrgetter
from types import GenericAlias, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec
from attrs import NOTHING, fields_dict, frozen, has, resolve_types

from offwire.formats.columns import Column, Columns, columns_in
from offwire.formats.compact import is_compact
from offwire.formats.construction import Part, constructor, is_sum_of_its_fields
from offwire.formats.enums import plain_types
from offwire.formats.naming import wire_fields
from offwire.formats.scalars import STRICT, Reader
from offwire.formats.shapes import ANY, ARRAYS, MAPS, WRAPPERS, enum_reader, optional_reader
from offwire.unset import Unset

_NATIVE: Final = frozenset({bool, int, float, str})
_BY_TEXT: Final = STRICT.keys() - _NATIVE - {type(None)}


@frozen
class Mirror:
    """How a type is read."""

    kind: object
    """What msgspec decodes."""
    convert: Reader | None = None
    """What reads the value out of that; None where it is the value."""


class Mirrors:
    """The mirrors of the types that one document is made of."""

    def __init__(self) -> None:
        self._open: set[type] = set()

    def of(self, kind: object) -> Mirror:
        """The mirror of a type.

        Raises:
            TypeError: it is no type that is read from JSON, or msgspec does not take a part of it.
            ValueError: msgspec does not take a name on the wire.
        """
        if kind in _NATIVE or kind is type(None):
            return Mirror(kind)
        if kind in _BY_TEXT:
            return Mirror(object, STRICT[kind])
        if kind in ANY:
            return Mirror(object)
        origin, args = get_origin(kind) or kind, get_args(kind)
        if origin in WRAPPERS and args:
            return self._compact(get_args(args[0])[0]) if is_compact(kind) else self.of(args[0])
        if origin is Union or origin is UnionType:
            return self._union(kind, args)
        if origin is Literal and all(type(each) is str for each in args):
            return Mirror(kind)
        if origin is Columns:
            return self._columns(args[0])
        if origin in ARRAYS and not (origin is tuple and args[-1:] != (Ellipsis,)):
            return self._array(ARRAYS[origin], args[0] if args else object)
        if origin in MAPS and (not args or args[0] is str):
            return self._map(args[1] if args else object)
        if isinstance(kind, type) and kind not in self._open:
            if issubclass(kind, Enum):
                return _enum(kind)
            if has(kind):
                return self._class(kind)
        return _plain(kind)

    def _compact(self, kind: object) -> Mirror:
        item = self.of(kind)
        convert = item.convert

        def filled(values: Any, _kind: object) -> list[object]:
            if values is None:
                return []
            if convert is None:
                return [each for each in values if each is not None]
            return [convert(each, None) for each in values if each is not None]

        return Mirror(_or_null(_list_of(_or_null(item.kind))), filled)

    def _union(self, kind: object, args: tuple[Any, ...]) -> Mirror:
        members = [each for each in args if each is not Unset and each is not type(None)]
        if not _NATIVE.issuperset(members):
            if len(members) != 1:
                return _plain(kind)
            inner = self.of(members[0])
        else:
            inner = Mirror(Union[tuple(members)])  # noqa: UP007 - of as many as there are
        if type(None) not in args:
            return inner
        return Mirror(_or_null(inner.kind), inner.convert and optional_reader(inner.convert))

    def _array(self, make: Callable[[list[object]], object], kind: object) -> Mirror:
        item = self.of(kind)
        convert = item.convert

        def converted(values: Any, _kind: object) -> list[object]:
            assert convert is not None
            return [convert(each, None) for each in values]

        def of_converted(values: Any, _kind: object) -> object:
            return make(values if convert is None else converted(values, None))

        if make is list:
            return Mirror(_list_of(item.kind), convert and converted)
        return Mirror(_list_of(item.kind), of_converted)

    def _map(self, kind: object) -> Mirror:
        item = self.of(kind)
        convert = item.convert

        def converted(values: Any, _kind: object) -> dict[str, object]:
            assert convert is not None
            return {name: convert(each, None) for name, each in values.items()}

        return Mirror(GenericAlias(dict, (str, item.kind)), convert and converted)

    def _class(self, kind: type) -> Mirror:
        resolve_types(kind)
        if not is_sum_of_its_fields(kind):
            return _plain(kind)
        self._open.add(kind)
        try:
            struct = Struct()
            parts = [
                Part(name, f"s.{struct.add(wire, each.kind, absent)}", each.convert)
                for name, wire, each, absent in self._fields(kind)
            ]
        finally:
            self._open.discard(kind)
        return Mirror(struct.made(kind.__name__), constructor(kind, parts))

    def _columns(self, kind: type) -> Mirror:
        struct = Struct()
        names: dict[str, object] = {}
        lists = []
        for number, each in enumerate(columns_in(kind)):
            inner = Mirror(msgspec.Raw, _text) if each.is_json else self.of(each.plain)
            may_be_absent = each.default is not NOTHING
            if inner.convert is None:
                absent = each.default if may_be_absent else msgspec.NODEFAULT
                value = f"s.{struct.add(each.wire, inner.kind, absent)}"
            else:
                absent = NOTHING if may_be_absent else msgspec.NODEFAULT
                names[f"convert{number}"] = _column_value(each, inner.convert)
                value = f"convert{number}(s.{struct.add(each.wire, inner.kind, absent)}, None)"
            lists.append(f"{each.name!r}: [{value} for s in rows]")
        exec(f"def columns(rows):\n    return {{{', '.join(lists)}}}\n", names)  # noqa: S102 - made of names alone
        data_of: Any = names["columns"]

        def columns(rows: Any, _kind: object) -> Columns[object]:
            return Columns(kind=kind, rows=len(rows), data=data_of(rows))

        return Mirror(_list_of(struct.made(kind.__name__)), columns)

    def _fields(self, kind: type) -> Iterable[tuple[str, str, Mirror, object]]:
        """The name of each field, that on the wire, its mirror, and how it shows that it is absent."""
        attributes = fields_dict(kind)
        for name, wire in wire_fields(kind).items():
            each = attributes[name]
            # What the default is, the constructor knows.
            absent = msgspec.NODEFAULT if each.default is NOTHING else NOTHING
            yield name, wire, self.of(each.type or object), absent


class Struct:
    """A msgspec Struct in the making."""

    def __init__(self) -> None:
        self._fields: list[tuple[str, Any, object]] = []
        self._names: dict[str, str] = {}

    def add(self, wire: str, kind: object, absent: object = msgspec.NODEFAULT) -> str:
        """Add a field of this name on the wire, and give the name of its attribute.

        Where the field is not there, the attribute is `absent`; without that, nothing is read.
        """
        name = f"f{len(self._names)}"
        self._names[name] = wire
        self._fields.append((name, kind, absent))
        return name

    def made(self, name: str) -> type:
        """The class. Its objects live for a moment only and hold no cycles, so they need no watch."""
        return msgspec.defstruct(name, self._fields, rename=self._names, kw_only=True, gc=False)


def decoder_of(kind: object, within: tuple[str, ...], unless: tuple[str, ...]) -> Callable[[bytes], object]:
    """A function that decodes what stands at `within` in a document as a `kind`.

    It raises where the document has no such place, and where one of the keys `unless`, at its top,
    is anything but null.
    """
    if not within and not unless:
        return msgspec.json.Decoder(kind).decode
    top = Struct()
    guards = [attrgetter(top.add(key, object, None)) for key in unless]
    # What is read as a whole may have the keys `unless` itself, so they are looked for on their own.
    decode_whole: Any = None if within else msgspec.json.Decoder(kind).decode
    steps: list[str] = []
    for depth, key in reversed(list(enumerate(within))):
        step = Struct() if depth else top
        steps.insert(0, step.add(key, kind))
        kind = step.made("Step")
    decode_top: Any = msgspec.json.Decoder(top.made("Top")).decode
    value_of = attrgetter(".".join(steps))

    def decoded(content: bytes) -> object:
        found = decode_top(content)
        for guard in guards:
            if guard(found) not in (None, NOTHING):
                raise ValueError("the document has what it must not have")
        return value_of(found) if decode_whole is None else decode_whole(content)

    return decoded


def _enum(kind: type[Enum]) -> Mirror:
    read = enum_reader(kind, lenient=False)
    values = plain_types(kind)
    if values != {str} and values != {int}:
        return Mirror(object, read)
    members = {each.value: each for each in kind if type(each.value) in values}

    def convert(value: object, _kind: object) -> object:
        member = members.get(value)
        return read(value, None) if member is None else member

    return Mirror(str if str in values else int, convert)


def _text(raw: Any, _kind: object) -> str | None:
    """The JSON of a value as it came."""
    text = str(raw, "utf-8")
    return None if text == "null" else text


def _column_value(column: Column, convert: Reader) -> Reader:
    """What a column holds for what came, which is NOTHING where the field is absent."""

    def value_of(value: object, _kind: object) -> object:
        if value is NOTHING:
            return column.default
        converted = convert(value, None)
        return converted if column.is_json else column.value_of(converted)

    return value_of


def _plain(kind: Any) -> Mirror:
    """Plain data, which the slow path's reader reads."""
    from offwire.formats.converter import structurer  # noqa: PLC0415 - cattrs is heavy, and few need it here

    return Mirror(object, structurer(lenient=False, detailed=False).reader(kind))


def _list_of(kind: object) -> object:
    return GenericAlias(list, (kind,))


def _or_null(kind: object) -> object:
    return Union[kind, None]  # noqa: UP007 - not everything that stands for a type has `|`
