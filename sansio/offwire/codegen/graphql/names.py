"""Python names out of GraphQL names.

Rules of this file: words are taken apart at underscores and at capitals, and an acronym is one
word, with its plural: `fightIDs` is `fight_ids`. What Python or the generated code needs for
itself gets an underscore at the end. Where two names become one, the name that was in Python's
form already keeps it, then the first one; the others are numbered.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Container, Iterable
from typing import Final

_WORD: Final = re.compile(
    r"[A-Z]{2,}s(?![a-z])"  # IDs, NPCs
    r"|[A-Z]+(?=[A-Z][a-z])"  # the HTTP of HTTPServer
    r"|[A-Z]?[a-z]+[0-9]*"
    r"|[A-Z]+[0-9]*"
    r"|[0-9]+"
)

_TYPES: Final = frozenset({"bool", "float", "int", "list", "object", "str"})
IN_RECORDS: Final = _TYPES | {"camel_case", "field", "frozen", "validators", "wire", "wire_names"}
"""What a class of fields refers to, so that no field may stand in its place."""
IN_CALLS: Final = _TYPES | {"by_page_number", "by_relay_cursor", "cast", "nodes", "self"}
"""What a method refers to, so that no parameter may stand in its place."""
IN_GROUPS: Final = _TYPES | {"operation", "pages"}
"""What a class of methods refers to, so that no method may stand in its place."""


def words(name: str) -> list[str]:
    """The words of a name as they are written: `useAbilityIDs` is use, Ability and IDs."""
    return _WORD.findall(name)


def snake_case(name: str) -> str:
    """`fightIDs` as `fight_ids`; underscores at the ends are lost. A name without words is `value`."""
    return "_".join(each.lower() for each in words(name)) or "value"


def pascal_case(name: str) -> str:
    """`getNPCs` as `GetNPCs`; a name without words is `Value`."""
    return "".join(each[:1].upper() + each[1:] for each in words(name)) or "Value"


def constant_case(name: str) -> str:
    """`DamageDone` as `DAMAGE_DONE`."""
    return snake_case(name).upper()


def attribute(name: str, taken: Container[str] = _TYPES) -> str:
    """The name of a field, a parameter or a method: in snake case, and none that is taken."""
    snake = snake_case(name)
    if snake[0].isdigit():
        snake = f"_{snake}"
    return f"{snake}_" if keyword.iskeyword(snake) or snake in taken else snake


def class_name(name: str) -> str:
    """The name of a class: in Pascal case, and no builtin's and no keyword's."""
    pascal = pascal_case(name)
    if pascal[0].isdigit():
        pascal = f"_{pascal}"
    return (
        f"{pascal}_" if keyword.iskeyword(pascal) or hasattr(builtins, pascal) or pascal in _OURS else pascal
    )


_OURS: Final = frozenset(
    {"Call", "Compact", "Document", "Final", "Group", "Json", "Literal", "M", "OpenEnum", "Pages", "Sequence"}
    | {"TypeAlias", "Unset", "UNSET", "TYPE_CHECKING"}
)
"""Classes that generated modules import."""


def distinct(names: Iterable[str], make: Callable[[str], str]) -> dict[str, str]:
    """What `make` makes of each name, no two the same."""
    given = list(dict.fromkeys(names))
    made: dict[str, str] = {}
    for each in sorted(given, key=lambda name: make(name).rstrip("_") != name):
        made[each] = unused(make(each), made.values())
    return {each: made[each] for each in given}


def unused(name: str, taken: Container[str], joint: str = "_") -> str:
    """The name, with a number behind `joint` where it is taken."""
    if name not in taken:
        return name
    number = 2
    while f"{name.rstrip('_')}{joint}{number}" in taken:
        number += 1
    return f"{name.rstrip('_')}{joint}{number}"


def singular(name: str) -> str:
    """What one of `name` is called, as far as English tells by its end: `abilities` is `ability`."""
    lower = name.lower()
    if lower.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if lower.endswith(("ses", "xes", "ches", "shes")) and not lower.endswith(("eses", "ases")):
        return name[:-2]
    return name[:-1] if lower.endswith("s") and not lower.endswith(("ss", "us", "is")) else name
