"""Readers of arrays, maps, literals and enums, made from the readers of what is in them.

Rules of this file: an array is a JSON array and a map is a JSON object; text is neither. A
reader that is asked to be `detailed` goes on after a part that does not fit, so as to tell of all
such parts; one that is not stops at the first, and is faster as long as all fits.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
)
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Annotated, Any, Final, NotRequired, Required

from offwire.formats.enums import is_open, known_member, plain_types, unknown_member
from offwire.formats.mismatch import Mismatch, Place, expected, places_of
from offwire.formats.scalars import LENIENT, Reader
from offwire.json_value import Json

ARRAYS: Final[dict[object, Callable[[list[object]], object]]] = {
    list: list, MutableSequence: list,
    tuple: tuple, Sequence: tuple, Collection: tuple, Iterable: tuple,
    set: set, MutableSet: set,
    frozenset: frozenset, AbstractSet: frozenset,
}  # fmt: skip
"""What an array becomes, by the origin of its type."""

MAPS: Final[frozenset[object]] = frozenset({dict, Mapping, MutableMapping})
"""The origins of the types of a map, which becomes a dict."""

WRAPPERS: Final[tuple[object, ...]] = (Annotated, Final, Required, NotRequired)
"""The origins of types that are read as what they wrap."""

ANY: Final[tuple[object, ...]] = (Any, object, Json)
"""The types of plain data, which is taken as it is."""

_MOST_SHOWN: Final = 8


def array_reader(make: Callable[[list[object]], object], item: Reader, *, detailed: bool) -> Reader:
    """Items of one type, in what `make` makes of their list."""

    def read_detailed(value: object, _kind: object) -> object:
        if not isinstance(value, list):
            raise expected("an array", value)
        return make(_each_read((item, each) for each in value))

    def read_list(value: object, _kind: object) -> list[object]:
        if not isinstance(value, list):
            raise expected("an array", value)
        return [item(each, None) for each in value]

    def read(value: object, _kind: object) -> object:
        return make(read_list(value, None))

    if detailed:
        return read_detailed
    return read_list if make is list else read


def compact_reader(item: Reader, *, detailed: bool) -> Reader:
    """A list of the items that are not null; null is the list of none."""
    listed = array_reader(list, optional_reader(item), detailed=detailed)

    def read(value: object, _kind: object) -> object:
        if value is None:
            return []
        items = listed(value, None)
        assert isinstance(items, list)
        return [each for each in items if each is not None]

    return read


def tuple_reader(items: tuple[Reader, ...]) -> Reader:
    """As many items as there are readers."""
    length = len(items)

    def read(value: object, _kind: object) -> object:
        if not isinstance(value, list):
            raise expected("an array", value)
        if len(value) != length:
            raise Mismatch([((), f"should be an array of {length}, not of {len(value)}")])
        return tuple(_each_read(zip(items, value, strict=True)))

    return read


def map_reader(key: Reader | None, item: Reader, *, detailed: bool) -> Reader:
    """A dict; its keys are left as they are where `key` is None."""

    def read_detailed(value: object, _kind: object) -> object:
        if not isinstance(value, dict):
            raise expected("an object", value)
        read: dict[object, object] = {}
        places: list[Place] = []
        for name, each in value.items():
            try:
                read[name if key is None else key(name, None)] = item(each, None)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told of
                places += places_of(error, name)
        if places:
            raise Mismatch(places)
        return read

    def read(value: object, _kind: object) -> object:
        if not isinstance(value, dict):
            raise expected("an object", value)
        return {name: item(each, None) for name, each in value.items()}

    return read if key is None and not detailed else read_detailed


def literal_reader(values: tuple[object, ...]) -> Reader:
    """One of a few values, of the same type too: 1 is not true. Enum members stand for their values."""
    options = {}
    for each in values:
        plain = each.value if isinstance(each, Enum) else each
        options[plain.__class__, plain] = each
    shown = [repr(plain) for _, plain in options]
    what = f"one of {', '.join(shown[:_MOST_SHOWN])}{', ...' if len(shown) > _MOST_SHOWN else ''}"

    def read(value: object, _kind: object) -> object:
        key = (value.__class__, value)
        if isinstance(value, list | dict) or key not in options:
            raise expected(what, value)
        return options[key]

    return read


def enum_reader(kind: type[Enum], *, lenient: bool, known_only: bool = False) -> Reader:
    """A member of `kind`; unknown ones too, unless `known_only` is set or the enum is a Flag."""
    types = plain_types(kind)
    members = {each.value: each for each in kind if each.value.__class__ in types}
    kept = is_open(kind) and not known_only
    readers = [LENIENT[each] for each in (int, float, str) if each in types] if lenient else []

    def read(value: object, _kind: object) -> object:
        if value.__class__ in types:
            member = members.get(value) or known_member(kind, value)
            if member is not None:
                return member
            if kept:
                return unknown_member(kind, value)
        else:
            for each in readers:
                try:
                    return read(each(value, None), None)
                except Mismatch:
                    continue
        raise expected(f"a value of {kind.__name__}", value)

    return read


def optional_reader(inner: Reader) -> Reader:
    """Null, or what `inner` reads."""

    def read(value: object, _kind: object) -> object:
        return None if value is None else inner(value, None)

    return read


def _each_read(parts: Iterable[tuple[Reader, object]]) -> list[object]:
    """What each reader makes of its value; where some do not fit, all of those are told of."""
    read: list[object] = []
    places: list[Place] = []
    for index, (item, each) in enumerate(parts):
        try:
            read.append(item(each, None))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told of
            places += places_of(error, index)
    if places:
        raise Mismatch(places)
    return read
