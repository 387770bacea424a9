"""`Node`: what fields of the stand-in of ESO Logs are answered from, and the pages of its lists.

Rules of this file: a node maps the names of fields to plain data, to nodes, or to functions of the
field's arguments that are called when the field is asked for; so nothing is made that nobody asks
for. Pages have the shape that Laravel's paginator has, by which ESO Logs lists everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from offwire.json_value import Json

Node: TypeAlias = dict[str, object]
"""Fields by name."""

Arguments: TypeAlias = "Mapping[str, Json]"
"""What a field was given, by name; what was left out is not there."""


class Complaint(Exception):
    """What a field answers with in place of a value: it becomes an entry of the answer's `errors`."""


def whole(arguments: Arguments, name: str) -> int | None:
    """An argument that the schema says is an Int; None where it is null or left out."""
    value = arguments.get(name)
    return value if isinstance(value, int) else None


def number(arguments: Arguments, name: str) -> float | None:
    """An argument that the schema says is a Float; None where it is null or left out."""
    value = arguments.get(name)
    return float(value) if isinstance(value, int | float) else None


def text(arguments: Arguments, name: str) -> str | None:
    """An argument that is a String or an enum; None where it is null or left out."""
    value = arguments.get(name)
    return value if isinstance(value, str) else None


def wholes(arguments: Arguments, name: str) -> frozenset[int] | None:
    """An argument that is a list of Int, without its nulls; None where it is null, empty or left out."""
    value = arguments.get(name)
    found = {each for each in value if isinstance(each, int)} if isinstance(value, list) else set()
    return frozenset(found) or None


def ranged(arguments: Arguments, name: str, default: int, least: int, most: int) -> int:
    """An Int argument within bounds; `default` where it is null or left out.

    Raises:
        Complaint: it is out of bounds.
    """
    value = whole(arguments, name)
    if value is None:
        return default
    if not least <= value <= most:
        raise Complaint(f"The {name} argument must be between {least} and {most}.")
    return value


def page(
    arguments: Arguments,
    total: int,
    item: Callable[[int], Node],
    *,
    size: int = 100,
    most: int = 100,
    is_counted: bool = True,
) -> Node:
    """The page of a list that the arguments `limit` and `page` ask for.

    Args:
        arguments: the field's.
        total: how many items the list has.
        item: makes the item of a position from 0 on.
        size: how many a page holds where no `limit` is given.
        most: the greatest `limit`.
        is_counted: whether the page tells the total; -1 stands in its place and in that of the last
            page where it does not, as in the search for reports.

    Raises:
        Complaint: `limit` or `page` is out of bounds.
    """
    limit = ranged(arguments, "limit", size, 1, most)
    current = ranged(arguments, "page", 1, 1, 2**31 - 1)
    first = (current - 1) * limit
    indexes = range(first, min(first + limit, total))
    return {
        "data": lambda _: [item(index) for index in indexes],
        "total": total if is_counted else -1,
        "per_page": limit,
        "current_page": current,
        "from": first + 1 if indexes else None,
        "to": first + len(indexes) if indexes else None,
        "last_page": max(1, -(-total // limit)) if is_counted else -1,
        "has_more_pages": first + limit < total,
    }
