"""Enums whose server may know more members than we do.

    class Colour(OpenEnum):
        RED = "red"

    colour = Colour("teal")     # <Colour.UNKNOWN: 'teal'>
    is_known(colour)            # False

Rules of this file: a value that an enum does not list, but which is of the same type as those
that it lists, becomes a member of its own, so that a server's new value breaks no client and is
not lost. Such members are not listed, by iteration or by name. As long as a class has met no
more than `KEPT_UNKNOWN` of them, those of equal value are one object, as with known members.
"""

from __future__ import annotations

from enum import Enum, Flag
from typing import Any, Final, TypeVar

E = TypeVar("E", bound=Enum)

KEPT_UNKNOWN: Final = 256
"""Unknown members that a class keeps; of more than those, the oldest are made anew when met again."""

_CACHE: Final = "__offwire_unknown__"
_TYPES: Final = "__offwire_types__"
_MARK: Final = "__offwire_is_unknown__"
_PLAIN: Final = frozenset({str, int, float})


class OpenEnum(Enum):
    """A base for enums: `Colour("teal")` gives an unknown member instead of raising a ValueError.

    The unknown members of any enum are read from JSON; those of an OpenEnum also survive
    pickling. Mix in `str` or `int` as with any enum: `class Colour(str, OpenEnum)`.
    """

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        return unknown_member(cls, value) if value.__class__ in plain_types(cls) else None


def is_known(member: Enum) -> bool:
    """Whether the enum lists this member."""
    return _MARK not in member.__dict__


def known_member(kind: type[E], value: object) -> E | None:
    """The member that `value` stands for, by its value or by the class's own `_missing_`, or None."""
    if value.__class__ not in plain_types(kind):
        return None
    try:
        member = kind(value)
    except ValueError:
        return None
    return member if is_known(member) else None


def unknown_member(kind: type[E], value: object) -> E:
    """The member for a value that is not listed. The caller owes that it is of a type in `plain_types`."""
    cache: dict[object, E] | None = kind.__dict__.get(_CACHE)
    if cache is None:
        cache = {}
        setattr(kind, _CACHE, cache)
    member = cache.get(value)
    if member is None:
        member = _new(kind, value)
        if len(cache) >= KEPT_UNKNOWN:
            cache.pop(next(iter(cache)), None)
        cache[value] = member
    return member


def plain_types(kind: type[Enum]) -> frozenset[type]:
    """The types of the listed values that JSON has: of `str`, `int` and `float`, which are used."""
    found: frozenset[type] | None = kind.__dict__.get(_TYPES)
    if found is None:
        found = frozenset(type(each.value) for each in kind.__members__.values()) & _PLAIN
        setattr(kind, _TYPES, found)
    return found


def _new(kind: Any, value: object) -> Any:
    """As the machinery of `enum` makes members, but without listing it."""
    base = kind._member_type_
    member = object.__new__(kind) if base is object else base.__new__(kind, value)
    member._name_, member._value_ = "UNKNOWN", value
    setattr(member, _MARK, True)
    return member


def is_open(kind: type[Enum]) -> bool:
    """Whether unknown values of `kind` are kept. A Flag has a rule of its own for them: its boundary."""
    return not issubclass(kind, Flag)
