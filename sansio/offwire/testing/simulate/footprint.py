"""`held`: how much machines hold, whatever they are made of.

Rules of this file: what counts is the length of each container that can be reached through the
attributes of the core's own machines, and each only once. Of a container's items, one tells what all
are like, so that a look costs by the number of containers, and not by what is in them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

_CONTAINERS: Final = (dict, list, set, deque)
_ROOM: Final = "offwire.state"
_known: Final[dict[type[object], tuple[str, ...]]] = {}


def held(machines: Iterable[object]) -> int:
    """The lengths of all their dicts, lists, sets and deques, and of those of the machines that they have."""
    total = 0
    seen: set[int] = set()
    left = list(machines)
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, _CONTAINERS):
            total += len(each)
            left.extend(_parts(each))
        else:
            for name in _attributes(type(each)):
                value = getattr(each, name, None)
                if isinstance(value, _CONTAINERS) or _attributes(type(value)):
                    left.append(value)
                elif type(value) is tuple:  # as those that a machine was given at birth
                    left.extend(_parts(value))
    return total


def _parts(container: dict[object, object] | Iterable[object]) -> Iterator[object]:
    """The items of a container, where the first one is a machine or holds something."""
    items = container.values() if isinstance(container, dict) else container
    first = next(iter(items), None)
    if isinstance(first, _CONTAINERS) or _attributes(type(first)):
        yield from items


def _attributes(kind: type[object]) -> tuple[str, ...]:
    """The names of a machine's attributes; none of what is no machine."""
    names = _known.get(kind)
    if names is None:
        names = ()
        if kind.__module__.startswith(_ROOM):
            names = tuple(name for base in kind.__mro__ for name in vars(base).get("__slots__", ()))
        _known[kind] = names
    return names
