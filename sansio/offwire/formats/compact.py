"""`Compact[T]`: a list that a server sends with gaps.

    @frozen
    class Guild:
        members: Compact[Member]        # to type checkers `list[Member]`

Rules of this file: where it is declared, null stands for the empty list, and items that are null
are left out, so that nobody has to look for them. In GraphQL most lists are declared as `[T]`,
of which the list and each item may be null, although few servers send either. A field that is
absent is missing, or has its default, as any other; and `Compact[T] | None` keeps the list's null.
What is written is a list.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias, TypeVar, final, get_args

T = TypeVar("T")


@final
class _Mark:
    """What tells a compact list from others, at run time."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "COMPACT"


_COMPACT: Final = _Mark()

Compact: TypeAlias = Annotated[list[T], _COMPACT]
"""A list of T without nulls, whatever the server sends."""


def is_compact(kind: object) -> bool:
    """Whether `kind`, an `Annotated`, is such a list."""
    return any(each is _COMPACT for each in get_args(kind)[1:])
