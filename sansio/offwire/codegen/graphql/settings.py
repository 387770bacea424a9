"""`Settings`: what a user wants otherwise than a generator would do it by itself.

    package = "shop.generated"
    extra_field = "rateLimit { remaining }"
    never_null = ["Query.*"]

    [scalars]
    DateTime = "datetime:datetime"

    [groups.users]
    doc = "Those who buy."
    operations = { getUser = "get", listUsers = "list" }

Rules of this file: settings are a value, which TOML text can be read into; what is in no relation
to them is refused, by its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, Final, cast

from attrs import field, frozen
from attrs.validators import deep_iterable, ge, instance_of, matches_re

from offwire.codegen.graphql.problems import Problem, failed

_DOTTED: Final = r"([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?"
_NAME: Final = r"[a-z_][a-z0-9_]*"


@frozen(kw_only=True)
class GroupSettings:
    """One group of operations."""

    operations: Mapping[str, str] = field(factory=dict)
    """The method's name for each operation, by the operation's name in the documents."""
    class_name: str = ""
    """The class's name; by default that of the group, `item_sets` as `ItemSets`."""
    doc: str = ""
    """The class's docstring."""


@frozen(kw_only=True)
class Settings:
    """How to generate. Every field has a default that works.

    Raises at birth:
        TypeError, ValueError: a field is of the wrong type or form; the message names it.
    """

    package: str = field(default="", validator=matches_re(_DOTTED))
    """Where the files will be imported from; by default they import each other relatively."""
    groups: Mapping[str, GroupSettings] = field(factory=dict)
    """The groups by the names of their modules; by default there is one, `operations`."""
    scalars: Mapping[str, str] = field(factory=dict)
    """Python's type for each of the schema's own scalars: `datetime:datetime`, or `str`.

    What is not named is `object`, which is the data as JSON has it.
    """
    extra_field: str = ""
    """What each query selects beside its own, such as how much of a quota is left."""
    never_null: tuple[str, ...] = field(default=(), validator=deep_iterable(matches_re(r"\w+\.(\w+|\*)")))
    """Fields that are never null although the schema says so: `Query.viewer`, or `Query.*` for all."""
    compact_lists: bool = field(default=False, validator=instance_of(bool))
    """Whether null stands for an empty list, and null items are left out."""
    descriptions: bool = field(default=False, validator=instance_of(bool))
    """Whether the schema's descriptions become docstrings, where the documents have no comment."""
    first_party: tuple[str, ...] = ()
    """Packages whose imports stand with those of `package`, as isort would have it."""
    line_length: int = field(default=110, validator=(instance_of(int), ge(60)))
    """The longest line."""
    command: str = "offwire generate graphql"
    """What to run to generate again, as the files tell."""


_READ: Final = {
    "package": str, "scalars": dict, "extra_field": str, "never_null": list, "compact_lists": bool,
    "descriptions": bool, "first_party": list, "line_length": int, "command": str, "groups": dict,
}  # fmt: skip


def read_settings(text: str) -> Settings:
    """The settings that a TOML text holds; its keys are the names of the fields.

    Raises:
        GenerationError: the text is no TOML, or holds what is no setting.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise failed([Problem("settings", 0, 0, f"is not TOML: {error}")]) from None
    problems = list(_mismatches("", data, _READ))
    groups: dict[str, GroupSettings] = {}
    for name, each in cast("dict[str, object]", data.get("groups") or {}).items():
        if isinstance(each, dict):
            found = list(_mismatches(f"groups.{name}.", each, _IN_GROUP))
            problems += found
            if not found:
                groups[name] = GroupSettings(**each)
        else:
            problems.append(_problem(f"groups.{name}", "is a table"))
    if problems:
        raise failed(problems)
    values: dict[str, Any] = {"groups": groups}
    for name in data.keys() - {"groups"}:
        values[name] = tuple(data[name]) if isinstance(data[name], list) else data[name]
    try:
        return Settings(**values)
    except (TypeError, ValueError) as error:
        raise failed([_problem(str(error.args[0]), "")]) from None


_IN_GROUP: Final = {"operations": dict, "class_name": str, "doc": str}


def _mismatches(prefix: str, data: Mapping[str, object], kinds: Mapping[str, type]) -> list[Problem]:
    found = []
    for name, value in data.items():
        kind = kinds.get(name)
        if kind is None:
            found.append(
                _problem(f"{prefix}{name}", "is no setting", f"there are {', '.join(sorted(kinds))}")
            )
        elif type(value) is not kind:
            found.append(_problem(f"{prefix}{name}", f"is {_KINDS[kind]}, not {value!r}"))
        elif kind in (list, dict) and name != "groups":
            items = value.values() if isinstance(value, dict) else cast("list[object]", value)
            if not all(isinstance(each, str) for each in items):
                found.append(_problem(f"{prefix}{name}", "holds text only"))
    return found


_KINDS: Final[Mapping[type, str]] = {
    str: "text", dict: "a table", list: "a list", bool: "true or false", int: "a whole number",
}  # fmt: skip


def _problem(name: str, what: str, fix: str = "") -> Problem:
    return Problem("settings", 0, 0, f"{name} {what}".strip(), fix)
