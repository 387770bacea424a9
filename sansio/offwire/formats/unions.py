"""Readers of unions: whichever member takes the value.

Rules of this file: the outcome does not hang on the order in which a union names its members,
since Python holds `A | B` and `B | A` for equal. Members are tried from narrow to wide: numbers,
enums that know the value and literals, the types that have a text form, text, enums that do not
know it. A lenient union tries all members strictly first. Of classes, the one that knows most of
an object's keys is tried first, and where two know as many, the one whose name comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from offwire.formats.mismatch import Mismatch, expected
from offwire.formats.scalars import Reader

NO_KEYS: Final[frozenset[str]] = frozenset()


@frozen
class Member:
    """One way to read a member of a union."""

    name: str
    """The member's; in a lenient union there is a strict and a lenient way to read it."""
    reader: Reader
    keys: frozenset[str] = NO_KEYS
    """The keys that a class knows."""


def union_reader(members: tuple[Member, ...], name: str) -> Reader:
    """Try the members in this order, as far as keys do not say otherwise; `name` is the union's in errors."""

    def read(value: object, _kind: object) -> object:
        inside: dict[str, Mismatch] = {}
        for member in _ordered(members, value):
            try:
                return member.reader(value, None)
            except RecursionError:
                raise
            except Mismatch as mismatch:
                if any(path for path, _ in mismatch.places):
                    inside[member.name] = mismatch
            except Exception:  # noqa: BLE001, S112 - it does not fit, for whatever reason
                continue
        # Where just one member is of the value's shape, it is meant, and its trouble is of use.
        raise next(iter(inside.values())) if len(inside) == 1 else expected(name, value)

    return read


def _ordered(members: tuple[Member, ...], value: object) -> Iterable[Member]:
    if not isinstance(value, dict):
        return members
    return sorted(members, key=lambda member: -len(member.keys & value.keys()))
