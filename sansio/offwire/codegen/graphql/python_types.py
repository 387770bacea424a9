"""Types of GraphQL as types of Python: scalars, enums, lists, and what is null.

Rules of this file: what an answer holds is exact, and what an argument takes is wide: an enum's
text as well as its member, any sequence for a list, a number for an ID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
)

from offwire.codegen.graphql.names import IN_RECORDS, attribute, class_name, unused
from offwire.codegen.graphql.problems import Problem
from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import COMPACT, SEQUENCE, Expression

_BUILT_IN: Final = {"Int": "int", "Float": "float", "String": "str", "Boolean": "bool", "ID": "str"}
_WITH_NULL: Final = frozenset({"object", "offwire:Json", "offwire.json_value:Json"})

Named = Callable[[GraphQLNamedType], Expression]
"""What stands for a type that is no list, where it is not null."""


class Types:
    """Python's types for a schema's, by the settings; it notes which enums and inputs are used."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self.enums: dict[str, GraphQLEnumType] = {}
        """The enums that were used, by the names of their classes."""
        self.inputs: dict[str, GraphQLInputObjectType] = {}
        """The input objects that were used, by the names of their classes."""
        self._compact = settings.compact_lists
        self._scalars = {**_BUILT_IN, **settings.scalars}
        self._names: dict[str, str] = {}
        self.taken: set[str] = {each.rpartition(":")[2] for each in settings.scalars.values()}
        """The names of classes that are in use."""
        self._in_records = IN_RECORDS | self.taken
        for name, kind in schema.type_map.items():
            if isinstance(kind, GraphQLEnumType | GraphQLInputObjectType) and not name.startswith("__"):
                self._names[name] = unused(class_name(name), self.taken, "")
                self.taken.add(self._names[name])
                if isinstance(kind, GraphQLEnumType):
                    self.taken.update(self._names[name] + each for each in ("Like", "Value"))

    def answer(self, kind: GraphQLType, named: Named, *, never_null: bool = False) -> Expression:
        """The type of a field in an answer."""
        nullable = not isinstance(kind, GraphQLNonNull)
        bare: GraphQLType = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if not isinstance(bare, GraphQLList):
            assert isinstance(bare, GraphQLNamedType)
            found = self.leaf(bare) if isinstance(bare, GraphQLScalarType | GraphQLEnumType) else named(bare)
        elif self._compact and (nullable or not isinstance(bare.of_type, GraphQLNonNull)):
            return self.answer(bare.of_type, named, never_null=True).inside("Compact[{}]", COMPACT)
        else:
            found = self.answer(bare.of_type, named).inside("list[{}]")
        return found.or_none() if nullable and not never_null else found

    def is_compact(self, kind: GraphQLType) -> bool:
        """Whether a null of this type is an empty list."""
        return self._compact and isinstance(kind, GraphQLList)

    def field_name(self, key: str) -> str:
        """Python's name for a field of a class; `__typename` loses its underscores."""
        return attribute(key, self._in_records)

    def argument(self, kind: GraphQLType) -> Expression:
        """The type of a variable, or of a field of an input object."""
        if isinstance(kind, GraphQLNonNull):
            return self._argument(kind.of_type)
        return self._argument(kind).or_none()

    def leaf(self, kind: GraphQLNamedType) -> Expression:
        """The type of a scalar or an enum in an answer."""
        if isinstance(kind, GraphQLEnumType):
            name = self._names[kind.name]
            self.enums[name] = kind
            return Expression(name, frozenset({name}))
        return _scalar(self._scalars.get(kind.name, "object"))

    def _argument(self, kind: GraphQLType) -> Expression:
        if isinstance(kind, GraphQLList):
            inner: GraphQLType = kind.of_type
            if self._compact and not isinstance(inner, GraphQLNonNull):
                return self._argument(inner).inside("Sequence[{}]", SEQUENCE)
            return self.argument(inner).inside("Sequence[{}]", SEQUENCE)
        if isinstance(kind, GraphQLEnumType):
            name = self.leaf(kind).text
            return Expression(f"{name}Like", frozenset({f"{name}Like"}))
        if isinstance(kind, GraphQLInputObjectType):
            name = self._names[kind.name]
            self.inputs[name] = kind
            return Expression(name, frozenset({name}))
        assert isinstance(kind, GraphQLScalarType)
        if kind.name == "ID" and self._scalars["ID"] == "str":
            return Expression("str | int")
        return self.leaf(kind)


_SHORT: Final = {
    "Json": "offwire.json_value:Json",
    "datetime": "datetime:datetime",
    "date": "datetime:date",
    "time": "datetime:time",
    "Decimal": "decimal:Decimal",
    "UUID": "uuid:UUID",
}
"""Types that need not be told where they are from."""


def _scalar(place: str) -> Expression:
    place = _SHORT.get(place, place)
    module, _, name = place.rpartition(":")
    has_null = place in _WITH_NULL
    return Expression(name, imports=frozenset({(module, name)} if module else ()), has_null=has_null)


def unknown_settings(schema: GraphQLSchema, settings: Settings) -> Iterator[Problem]:
    """What the settings say of things that the schema does not have."""
    for name in settings.scalars:
        if name not in _BUILT_IN and not isinstance(schema.type_map.get(name), GraphQLScalarType):
            scalars = [each for each, kind in schema.type_map.items() if isinstance(kind, GraphQLScalarType)]
            yield _unknown(f"scalars.{name}", "the schema has no such scalar", name, scalars)
    for each in settings.never_null:
        owner, _, name = each.partition(".")
        fields: Mapping[str, object] | None = getattr(schema.type_map.get(owner), "fields", None)
        if fields is None:
            yield _unknown(f"never_null: {each}", f"the schema has no type {owner}", owner, schema.type_map)
        elif name != "*" and name not in fields:
            yield _unknown(f"never_null: {each}", f"{owner} has no field {name}", name, fields)


def _unknown(place: str, what: str, name: str, known: Iterable[str]) -> Problem:
    from difflib import get_close_matches  # noqa: PLC0415 - mistakes only pay for it

    close = get_close_matches(name, [each for each in known if not each.startswith("__")])
    return Problem("settings", 0, 0, f"{place}: {what}", f"did you mean {close[0]}?" if close else "")
