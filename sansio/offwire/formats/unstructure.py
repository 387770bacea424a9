"""Values to plain data, as JSON has it.

Rules of this file: no secret is written unknowingly, and nothing is dropped but what is UNSET.
How a class is written is worked out once. Errors name the type and the path, never the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Final, TypeAlias

from offwire.formats.naming import wire_fields
from offwire.formats.path import Path, path_text
from offwire.json_value import Json
from offwire.secret import Secret
from offwire.unset import UNSET, Unset

Writer: TypeAlias = Callable[[Any], Json]

_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


def unstructure(value: object) -> Json:
    """`value` as plain data.

    attrs classes and dataclasses become dicts by their names on the wire (`wire_names`), less
    the fields that are UNSET; so do dicts, less the entries that are. Enums are written by
    value, datetimes, dates and times in ISO 8601, bytes in base64, UUIDs and Decimals as
    text, tuples and sets as lists, the latter in an order that does not change.

    Raises:
        TypeError: something in it has no form in JSON, or is a Secret.
        RecursionError: the value holds itself.
    """
    try:
        return _write(value)
    except _Unwritable as error:
        path, problem = error.path, error.problem
    raise TypeError(f"{path_text(path)} {problem}")


class _Unwritable(Exception):
    """Something has no form in JSON. The path grows while the error passes up."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.path: Path = ()

    def under(self, step: str | int) -> _Unwritable:
        self.path = (step, *self.path)
        return self


def _write(value: Any) -> Json:
    kind = value.__class__
    if kind in _PLAIN:
        plain: Json = value
        return plain
    writer = _WRITERS.get(kind)
    if writer is None:
        writer = _WRITERS[kind] = _made(kind)
    return writer(value)


def _dict(value: Mapping[Any, Any]) -> Json:
    written: dict[str, Json] = {}
    for key, each in value.items():
        name = key if key.__class__ is str else _key(key)
        if each.__class__ in _PLAIN:
            written[name] = each
        elif each is not UNSET:
            try:
                written[name] = _write(each)
            except _Unwritable as error:
                raise error.under(name)  # noqa: B904 - it is the same error
    return written


def _key(key: object) -> str:
    """A key as text, numbers and constants as `json.dumps` writes them."""
    written = _write(key)
    match written:
        case str():
            return written
        case None:
            return "null"
        case bool():
            return "true" if written else "false"
        case int():
            return str(int(written))
        case float():
            return repr(float(written))
        case _:
            raise _Unwritable(f"has a key of type {type(key).__name__}: keys are text in JSON")


def _list(values: Iterable[Any]) -> Json:
    written: list[Json] = []
    for each in values:
        try:
            written.append(_write(each))
        except _Unwritable as error:
            raise error.under(len(written))  # noqa: B904 - it is the same error
    return written


def _set(values: Iterable[Any]) -> Json:
    """As a list: in the members' order where they have one, else in the order of their text."""
    written: list[Any] = [_write(each) for each in values]
    try:
        return sorted(written)
    except TypeError:
        return sorted(written, key=repr)


def _bytes(value: bytes) -> Json:
    from binascii import b2a_base64  # noqa: PLC0415 - few write bytes

    return b2a_base64(value, newline=False).decode()


def _secret(_value: Secret) -> Json:
    raise _Unwritable("is a Secret, which is not written unknowingly: pass its `.reveal()` if that is meant")


def _unset(_value: Unset) -> Json:
    raise _Unwritable("is UNSET: only a field, or an entry of a dict, can be left out")


def _same(value: Json) -> Json:
    return value


def _iso(value: Any) -> Json:
    text: str = value.isoformat()
    return text


def _enum(value: Any) -> Json:
    return _write(value.value)


def _object(kind: type) -> Writer:
    names = wire_fields(kind)
    wires = tuple(names.values())
    # Twice the class, which is not written: an attrgetter gives a tuple from two names on.
    values: Callable[[Any], tuple[Any, ...]] = attrgetter(*names, "__class__", "__class__")

    def write(value: object) -> Json:
        written: dict[str, Json] = {}
        for name, each in zip(wires, values(value)):  # noqa: B905 - less the class
            if each.__class__ in _PLAIN:
                written[name] = each
            elif each is not UNSET:
                try:
                    written[name] = _write(each)
                except _Unwritable as error:
                    raise error.under(name)  # noqa: B904 - it is the same error
        return written

    return write


def _made(kind: type) -> Writer:
    if hasattr(kind, "__attrs_attrs__") or hasattr(kind, "__dataclass_fields__"):
        return _object(kind)
    # Loaded here, since a program that writes none of them need not load their modules.
    from datetime import date, time  # noqa: PLC0415
    from decimal import Decimal  # noqa: PLC0415
    from enum import Enum  # noqa: PLC0415
    from uuid import UUID  # noqa: PLC0415

    by_base: tuple[tuple[type | tuple[type, ...], Writer], ...] = (
        (Enum, _enum),
        ((str, int, float), _same),
        (Mapping, _dict),
        ((list, tuple), _list),
        ((set, frozenset), _set),
        ((date, time), _iso),
        ((UUID, Decimal), str),
        (bytes, _bytes),
    )
    for base, writer in by_base:
        if issubclass(kind, base):
            return writer
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")

    def refuse(_value: object) -> Json:
        raise _Unwritable(f"is of type {name}, which has no form in JSON")

    return refuse


_WRITERS: Final[dict[type, Writer]] = {
    dict: _dict, list: _list, tuple: _list, bytes: _bytes, Secret: _secret, Unset: _unset,
}  # fmt: skip
"""By exact class; grows with each class that is met."""
