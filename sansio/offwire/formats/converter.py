"""`Structurer`: what a type declares, turned into a reader of it, once for each type.

Rules of this file: what may stand for what is decided here and in `scalars`, `shapes` and
`unions`. The code that makes classes is written for each class when that is first read: by
`construction` for those of attrs, and by cattrs for all others, and where it has to be told what
does not fit. A type that is not known here is refused when it is first met, even where the data
would not need it. This module is imported when something is first read, since cattrs is heavy.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from enum import Enum
from functools import cache
from typing import (
    Any,
    Final,
    Literal,
    TypeGuard,
    Union,
    get_args,
    get_origin,
    is_typeddict,
)

from attrs import NOTHING, Attribute, fields, fields_dict, has, resolve_types
from cattrs import ClassValidationError, Converter, StructureHandlerNotFoundError
from cattrs.errors import AttributeValidationNote
from cattrs.gen import make_dict_structure_fn, override
from cattrs.gen.typeddicts import make_dict_structure_fn as make_typeddict_structure_fn

from offwire.errors import DecodeError
from offwire.formats.columns import Columns, columns_reader
from offwire.formats.compact import is_compact
from offwire.formats.construction import Part, constructor, is_sum_of_its_fields
from offwire.formats.mismatch import Mismatch, Place, expected, places_of
from offwire.formats.naming import wire_fields
from offwire.formats.scalars import LENIENT, STRICT, Reader, read_any
from offwire.formats.shapes import (
    ANY,
    ARRAYS,
    MAPS,
    WRAPPERS,
    array_reader,
    compact_reader,
    enum_reader,
    literal_reader,
    map_reader,
    optional_reader,
    tuple_reader,
)
from offwire.formats.unions import NO_KEYS, Member, union_reader
from offwire.unset import Unset

_RANKS: Final = {kind: 2 * rank for rank, kind in enumerate(STRICT)}
_BETWEEN: Final = _RANKS[float] + 1


@cache
def structurer(*, lenient: bool, detailed: bool) -> Structurer:
    """The one Structurer of that kind."""
    return Structurer(lenient=lenient, detailed=detailed)


class Structurer(Converter):
    """Readers by type. A detailed one is slower, and tells where the data does not fit, in all places."""

    def __init__(self, *, lenient: bool, detailed: bool) -> None:
        super().__init__(detailed_validation=detailed)
        self._lenient = lenient
        self._detailed = detailed
        self._readers: dict[object, Reader] = {}

    def read(self, data: object, kind: object) -> object:
        """`data` as `kind` declares it; see `structure` for what is raised."""
        reader = self._readers.get(kind)
        if reader is None:
            reader = self.reader(kind)
        try:
            return reader(data, None)
        except RecursionError:
            problem: str | None = "nests too deeply"
        except Exception:  # noqa: BLE001 - what it was, the detailed one finds out
            problem = None
        # Not inside of an except: the first error, which may quote the data, would stay attached.
        if problem is not None:
            raise DecodeError(message=f"$ {problem}")
        return self._explained(data, kind)

    def reader(self, kind: object) -> Reader:
        """The reader of a type, whose errors are the caller's to tell.

        Raises:
            TypeError: it is no type that is read from JSON.
        """
        try:
            return self.get_structure_hook(kind)
        except StructureHandlerNotFoundError as error:
            raise TypeError(error.args[0]) from None

    def get_structure_hook(self, type: object, cache_result: bool = True) -> Reader:
        """cattrs: the reader of a part."""
        reader = self._readers.get(type)
        if reader is None:
            reader = self._readers[type] = self._made(type)
        return reader

    def structure(self, obj: object, cl: object) -> object:  # type: ignore[override]
        """cattrs: read a part whose class refers to itself."""
        return self.get_structure_hook(cl)(obj, cl)

    def _explained(self, data: object, kind: object) -> object:
        reader = structurer(lenient=self._lenient, detailed=True).get_structure_hook(kind)
        try:
            return reader(data, None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told of
            mismatch = Mismatch(places_of(error))
        raise mismatch.as_decode_error()

    def _made(self, kind: Any) -> Reader:
        scalar = (LENIENT if self._lenient else STRICT).get(kind)
        if scalar is not None:
            return scalar
        if kind in ANY:
            return read_any
        origin, args = get_origin(kind) or kind, get_args(kind)
        if origin in WRAPPERS and args:
            if is_compact(kind):
                item = self.get_structure_hook(get_args(args[0])[0])
                return compact_reader(item, detailed=self._detailed)
            return self.get_structure_hook(args[0])
        for name in ("__supertype__", "__value__"):  # of a NewType, of a `type` statement
            if hasattr(kind, name):
                return self.get_structure_hook(getattr(kind, name))
        if origin is Union or origin is types.UnionType:
            return self._union(args)
        if origin is Literal:
            return literal_reader(args)
        if origin is tuple and args and args[-1] is not Ellipsis:
            return tuple_reader(tuple(self.get_structure_hook(each) for each in args))
        if origin is Columns and args:
            return columns_reader(args[0], self.get_structure_hook)
        if origin in ARRAYS:
            item = self.get_structure_hook(args[0]) if args else read_any
            return array_reader(ARRAYS[origin], item, detailed=self._detailed)
        if origin in MAPS:
            return self._map(*(args or (str, object)))
        if isinstance(origin, type):
            if issubclass(origin, Enum):
                return enum_reader(origin, lenient=self._lenient)
            if is_typeddict(origin) or has(origin) or hasattr(origin, "__dataclass_fields__"):
                return self._class(kind, origin)
        raise StructureHandlerNotFoundError(f"{_name(kind)} is no type that is read from JSON", kind)

    def _map(self, key: object, item: object) -> Reader:
        keys: Reader | None = None
        if key is not str and key not in ANY:
            # JSON has no keys but text, so that numbers come as such.
            keys = structurer(lenient=True, detailed=self._detailed).get_structure_hook(key)
        return map_reader(keys, self.get_structure_hook(item), detailed=self._detailed)

    def _union(self, args: tuple[object, ...]) -> Reader:
        members = [each for each in args if each is not Unset and each is not type(None)]
        if len(members) == 1:
            reader = self.get_structure_hook(members[0])
        else:
            members.sort(key=_rank)
            name = " or ".join(_name(each) for each in members)
            reader = union_reader(tuple(self._ways(members)), name)
        return optional_reader(reader) if type(None) in args else reader

    def _ways(self, members: list[object]) -> Iterable[Member]:
        for lenient in (False, True) if self._lenient else (False,):
            one = structurer(lenient=lenient, detailed=self._detailed)
            for each in members:
                yield one._member(each)
        for each in members:
            if _is_enum(each):
                yield Member(_name(each), self.get_structure_hook(each))

    def _member(self, kind: Any) -> Member:
        if _is_enum(kind):
            return Member(_name(kind), enum_reader(kind, lenient=self._lenient, known_only=True))
        return Member(_name(kind), self.get_structure_hook(kind), _keys(get_origin(kind) or kind))

    def _class(self, kind: Any, origin: Any) -> Reader:
        if has(origin):
            resolve_types(origin)
            if kind is origin and not self._detailed and is_sum_of_its_fields(origin):
                return self._constructing(origin)
        if is_typeddict(origin):
            names = {name: name for name in origin.__annotations__}
            make: Any = make_typeddict_structure_fn(kind, self, _cattrs_detailed_validation=self._detailed)
        else:
            names = wire_fields(origin)
            renamed: dict[str, Any] = {
                name: override(rename=own) for name, own in names.items() if own != name
            }
            make = make_dict_structure_fn(
                kind, self, _cattrs_detailed_validation=self._detailed, _cattrs_use_linecache=False, **renamed
            )
        if self._detailed:
            return _detailed_class_reader(make, origin.__name__, names)
        return make if _asks_for_a_key(origin) else _class_reader(make)

    def _constructing(self, kind: Any) -> Reader:
        """The reader of an attrs class, without cattrs, whose code hands over each value one by one."""
        # A class may hold objects of itself, so that this is asked for while it is being made.
        self._readers[kind] = lambda value, _kind: self._readers[kind](value, None)
        try:
            parts = [self._part(each, wire) for each, wire in _wired(kind)]
        except BaseException:
            del self._readers[kind]
            raise
        make = constructor(kind, parts)
        return make if _asks_for_a_key(kind) else _class_reader(make)

    def _part(self, each: Attribute[Any], wire: str) -> Part:
        source = f"s[{wire!r}]" if each.default is NOTHING else f"s.get({wire!r}, NOTHING)"
        read = self.get_structure_hook(object if each.type is None else each.type)
        return Part(each.name, source, None if read is read_any else read, _as_it_is(each.type))


def _wired(kind: Any) -> Iterable[tuple[Attribute[Any], str]]:
    attributes = fields_dict(kind)
    return ((attributes[name], wire) for name, wire in wire_fields(kind).items())


def _as_it_is(kind: Any) -> tuple[type, ...]:
    """The classes of what the reader of a type gives back as it came."""
    if kind in (bool, int, float, str):
        return (kind,)
    if get_origin(kind) in (Union, types.UnionType):
        others = [each for each in get_args(kind) if each is not Unset and each is not type(None)]
        inner = _as_it_is(others[0]) if len(others) == 1 else ()
        return (*inner, type(None)) if inner and type(None) in get_args(kind) else inner
    return ()


def _class_reader(make: Reader) -> Reader:
    def read(value: object, _kind: object) -> object:
        if not isinstance(value, dict):
            raise expected("an object", value)
        return make(value, None)

    return read


def _detailed_class_reader(make: Reader, class_name: str, names: dict[str, str]) -> Reader:
    def read(value: object, _kind: object) -> object:
        if not isinstance(value, dict):
            raise expected("an object", value)
        places: list[Place] = []
        try:
            return make(value, None)
        except ClassValidationError as failed:
            for error in failed.exceptions:
                name = _name_of_field(error)
                if name is None:
                    # All fields fit, and the class's own checks say no. Their words may quote the data.
                    places.append(((), f"is refused by {class_name} ({type(error).__name__})"))
                elif isinstance(error, KeyError) and names[name] not in value:
                    places.append(((names[name],), "is missing"))
                else:
                    places += places_of(error, names[name])
        raise Mismatch(places)

    return read


def _name_of_field(error: BaseException) -> str | None:
    notes = [each for each in getattr(error, "__notes__", ()) if isinstance(each, AttributeValidationNote)]
    return notes[-1].name if notes else None


def _asks_for_a_key(kind: type) -> bool:
    """Whether what cattrs writes fails by itself on all that is no object, since it looks for a key."""
    return has(kind) and any(each.init and each.default is NOTHING for each in fields(kind))


def _keys(kind: Any) -> frozenset[str]:
    """The keys that a class knows; of other types none."""
    if is_typeddict(kind):
        return frozenset(kind.__annotations__)
    if isinstance(kind, type) and (has(kind) or hasattr(kind, "__dataclass_fields__")):
        return frozenset(wire_fields(kind).values())
    return NO_KEYS


def _rank(kind: object) -> tuple[int, str]:
    """Narrow before wide; what has no place in the table comes between numbers and texts."""
    return (_RANKS.get(kind, _BETWEEN), _name(kind))


def _is_enum(kind: object) -> TypeGuard[type[Enum]]:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _name(kind: object) -> str:
    """What a user would write."""
    if is_compact(kind):
        return f"Compact[{_name(get_args(get_args(kind)[0])[0])}]"
    origin, args = get_origin(kind), get_args(kind)
    if origin is Union or origin is types.UnionType:
        return " | ".join(_name(each) for each in args)
    if isinstance(origin, type) and args:
        return f"{_name(origin)}[{', '.join(_name(each) for each in args)}]"
    return kind.__qualname__ if isinstance(kind, type) else str(kind)
