"""Names on the wire: how a field's Python name becomes the key of a JSON object.

    @wire_names(camel_case)
    @frozen
    class Fight:
        start_time: int                               # "startTime"
        name: str = field(metadata=wire("fightName"))  # "fightName"
        class_: str                                   # "class"

Rules of this file: a field has one name on the wire, for reading and for writing. What the field
itself says goes before the class's naming. One trailing underscore, which Python code uses to
stay clear of keywords (PEP 8), never goes onto the wire, unless the field itself says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from attrs import fields, has

if TYPE_CHECKING:
    from attrs import Attribute

C = TypeVar("C", bound=type)
Naming: TypeAlias = Callable[[str], str]
"""Makes a name on the wire out of a Python name."""

_NAMING: Final = "__offwire_wire_names__"
_METADATA: Final = "offwire.wire"


def camel_case(name: str) -> str:
    """`fight_ids` as `fightIds`; leading underscores stay."""
    lead, first, *others = _words(name)
    return lead + first + "".join(map(_capitalised, others))


def pascal_case(name: str) -> str:
    """`fight_ids` as `FightIds`; leading underscores stay."""
    lead, *words = _words(name)
    return lead + "".join(map(_capitalised, words))


def kebab_case(name: str) -> str:
    """`fight_ids` as `fight-ids`; leading underscores stay."""
    lead, *words = _words(name)
    return lead + "-".join(words)


def wire_names(naming: Naming) -> Callable[[C], C]:
    """Decorate an attrs class or dataclass: its fields, and those of its subclasses, are named so.

    It may stand above or below `@frozen`.
    """

    def decorate(kind: C) -> C:
        setattr(kind, _NAMING, staticmethod(naming))
        return kind

    return decorate


def wire(name: str) -> dict[str, str]:
    """The metadata of a field whose name on the wire is `name`: `field(metadata=wire("fullName"))`."""
    return {_METADATA: name}


def wire_fields(kind: type) -> dict[str, str]:
    """Each field of an attrs class or dataclass that its constructor takes, with its name on the wire.

    Raises:
        TypeError: two fields have the same name on the wire.
    """
    naming: Naming | None = getattr(kind, _NAMING, None)
    named: dict[str, str] = {}
    for name, metadata in _fields(kind):
        own = metadata.get(_METADATA)
        if own is None:
            own = name[:-1] if name.endswith("_") and len(name) > 1 else name
            if naming is not None:
                own = naming(own)
        named[name] = own
    if len(set(named.values())) < len(named):
        twice = sorted({each for each in named.values() if list(named.values()).count(each) > 1})
        raise TypeError(
            f"two fields of {kind.__name__} are both {twice[0]!r} on the wire: rename one with wire(...)"
        )
    return named


def _fields(kind: type) -> Iterable[tuple[str, Mapping[Any, Any]]]:
    if has(kind):
        all_fields: tuple[Attribute[Any], ...] = fields(kind)
        return [(each.name, each.metadata) for each in all_fields if each.init]
    from dataclasses import fields as of_dataclass  # noqa: PLC0415 - only dataclasses pay for it

    return [(each.name, each.metadata) for each in of_dataclass(kind) if each.init]


def _words(name: str) -> list[str]:
    """The leading underscores, then at least one word."""
    bare = name.lstrip("_")
    return [name[: len(name) - len(bare)], *(bare.split("_"))]


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]
