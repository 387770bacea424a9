"""Which groups a class is annotated with, whatever form the annotations have.

Rules of this file: an annotation is evaluated where it was written: among the names of its class,
of its module, and of the function around it while that still runs. One that cannot be looked up
is passed over, since it may be meant for type checkers only; who then looks for a group in its
place is told why there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any, NoReturn, TypeAlias, get_origin

Names: TypeAlias = Mapping[str, object]
"""What names stand for."""


class Absent:
    """Stands in a class where its instances have nothing, and says why to whoever looks for it."""

    def __init__(self, reason: str) -> None:
        """Give the rest of a sentence that begins with the name of the class."""
        self._reason = reason

    def __get__(self, instance: object, owner: type[object]) -> NoReturn:
        """Refuse."""
        raise AttributeError(f"{owner.__name__} {self._reason}")


def local_groups(owner: type[object], base: type[object], frame: FrameType) -> Names:
    """The groups among the annotations of `owner`, which is being defined in `frame`.

    Names of a function, or of text that is run by `exec`, are gone when it has ended, so what needs
    them is looked up at once. Those of a module stay, and may be looked up when they are needed.
    """
    if frame.f_locals is _names_of(owner.__module__):
        return {}
    names = dict(frame.f_locals)
    found = {}
    for name, annotation in _annotations(owner).items():
        try:
            kind = _group(annotation, base, frame.f_globals, names)
        except Exception:  # noqa: BLE001, S112 - it may be defined further down: `groups_of` looks again
            continue
        if kind is not None:
            found[name] = kind
    return found


def groups_of(owner: type[object], base: type[object]) -> Mapping[str, type[object]]:
    """The groups, which are subclasses of `base`, that `owner` and its bases are annotated with.

    Evaluating is dear, so the outcome is kept in `owner`, unless a name is not known yet.
    """
    known: Mapping[str, type[object]] | None = vars(owner).get("_groups")
    if known is not None:
        return known
    found: dict[str, type[object]] = {}
    missing = False
    for each in reversed(owner.__mro__):
        if each.__module__ == base.__module__:  # a Group or an Api as such, which has no groups
            continue
        local = vars(each).get("_local_groups", {})
        names = _names_of(each.__module__)
        for name, annotation in _annotations(each).items():
            try:
                kind = local.get(name) or _group(annotation, base, names, vars(each))
            except Exception:  # noqa: BLE001 - an annotation may hold whatever a type checker takes
                missing = True
                if not hasattr(owner, name):
                    setattr(owner, name, _unknown(name, annotation))
                continue
            found.pop(name, None)  # which a base may have annotated with another group
            if kind is not None:
                found[name] = kind
    if not missing:
        setattr(owner, "_groups", found)  # noqa: B010 - a group declares nothing of the kind
    return found


def _names_of(module: str) -> Names:
    names: Names = getattr(sys.modules.get(module), "__dict__", {})
    return names


def _annotations(owner: type[object]) -> Names:
    from inspect import get_annotations  # noqa: PLC0415 - attrs has loaded it, but need not

    return get_annotations(owner)


def _group(annotation: object, base: type[object], globals_: Names, locals_: Names) -> type[object] | None:
    if isinstance(annotation, str):
        # As the language does with what is no text: annotations are code of the module they stand in.
        annotation = eval(annotation, dict(globals_), dict(locals_))  # noqa: S307
    kind: Any = get_origin(annotation) or annotation
    return kind if isinstance(kind, type) and issubclass(kind, base) else None


def _unknown(name: str, annotation: object) -> Absent:
    return Absent(
        f"has no {name}: its annotation {annotation!r} cannot be looked up. Where it is meant as a group, "
        "define that above the class, and import it outside of `if TYPE_CHECKING`"
    )
