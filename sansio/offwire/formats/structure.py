"""Plain data to typed values: `structure(data, list[User])`.

Rules of this file: strict unless told otherwise, so that data which is not what is declared
never becomes a value silently. What is taken for what stands in `scalars`; unknown keys are
passed over. What reads is loaded when something is first read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

from offwire.json_value import Json

if TYPE_CHECKING:
    from offwire.formats.converter import Structurer

T = TypeVar("T")

_structurers: Final[dict[bool, Structurer]] = {}


def structure(data: object, kind: type[T], *, lenient: bool = False) -> T:
    """`data`, as `json.loads` gives it, as a `kind`.

    `kind` is an attrs class, a dataclass or a TypedDict, an enum, a literal, one of the types of
    `scalars`, an array or map of such, or a union. attrs classes and dataclasses are read by their
    names on the wire (`wire_names`), and generic ones by their parameters. `lenient` also takes
    what means the same without loss, such as "42" for an int.

    Raises:
        DecodeError: the data does not fit; its `path` says where, by names on the wire, and its
            message what was expected and what kind of thing came, never the content of text.
        TypeError: `kind`, or a part of it, is no type that is read from JSON.
    """
    structurer = _structurers.get(lenient)
    if structurer is None:
        from offwire.formats.converter import structurer as made  # noqa: PLC0415 - cattrs is heavy

        structurer = _structurers[lenient] = made(lenient=lenient, detailed=False)
    return cast(T, structurer.read(data, kind))


def as_list(data: Json) -> list[Json]:
    """Where a server sends a list of one without the list, and an empty list as null: always a list."""
    if isinstance(data, list):
        return data
    return [] if data is None else [data]
