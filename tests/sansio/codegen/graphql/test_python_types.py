"""Types: exact in what answers hold, wide in what arguments take."""

from __future__ import annotations

import pytest
from graphql import GraphQLNamedType, parse_type, type_from_ast

from offwire.codegen.graphql.python_types import Types, unknown_settings
from offwire.codegen.graphql.schema import read_schema
from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import Expression

SCHEMA = read_schema(
    """
    scalar JSON
    scalar DateTime
    scalar Opaque
    enum Colour { RED }
    input Where { not: Where }
    type Query { a(where: Where): Colour, b: JSON, c: DateTime, d: Opaque, e: Int, f: Float, g: ID }
    """,
    "schema",
)
SCALARS = {"JSON": "Json", "DateTime": "datetime:datetime"}


def named(kind: GraphQLNamedType) -> Expression:
    return Expression(kind.name)


def types(*, compact: bool = False) -> Types:
    return Types(SCHEMA, Settings(scalars=SCALARS, compact_lists=compact))


def answer(text: str, *, compact: bool = False, never_null: bool = False) -> str:
    kind = type_from_ast(SCHEMA, parse_type(text))
    assert kind is not None
    return types(compact=compact).answer(kind, named, never_null=never_null).text


def argument(text: str, *, compact: bool = False) -> str:
    kind = type_from_ast(SCHEMA, parse_type(text))
    assert kind is not None
    return types(compact=compact).argument(kind).text


@pytest.mark.parametrize(
    ("kind", "expected", "compact"),
    [
        ("Int!", "int", "int"),
        ("Float", "float | None", "float | None"),
        ("ID!", "str", "str"),
        ("Colour", "Colour | None", "Colour | None"),
        ("Query", "Query | None", "Query | None"),
        ("JSON", "Json", "Json"),
        ("Opaque", "object", "object"),
        ("DateTime!", "datetime", "datetime"),
        ("[Int!]!", "list[int]", "list[int]"),
        ("[Int]!", "list[int | None]", "Compact[int]"),
        ("[Int!]", "list[int] | None", "Compact[int]"),
        ("[[Int]]", "list[list[int | None] | None] | None", "Compact[Compact[int]]"),
        ("[[Int!]!]!", "list[list[int]]", "list[list[int]]"),
    ],
)
def test_answers(kind: str, expected: str, compact: str) -> None:
    assert answer(kind) == expected
    assert answer(kind, compact=True) == compact


def test_what_is_never_null() -> None:
    assert answer("Colour", never_null=True) == "Colour"
    assert answer("[Int]", never_null=True) == "list[int | None]"


@pytest.mark.parametrize(
    ("kind", "expected", "compact"),
    [
        ("Int!", "int", "int"),
        ("Int", "int | None", "int | None"),
        ("ID!", "str | int", "str | int"),
        ("Colour!", "ColourLike", "ColourLike"),
        ("Where", "Where | None", "Where | None"),
        ("[Int]!", "Sequence[int | None]", "Sequence[int]"),
        ("[Int!]", "Sequence[int] | None", "Sequence[int] | None"),
        ("JSON", "Json", "Json"),
    ],
)
def test_arguments(kind: str, expected: str, compact: str) -> None:
    assert argument(kind) == expected
    assert argument(kind, compact=True) == compact


def test_a_null_that_stands_for_an_empty_list() -> None:
    kind = type_from_ast(SCHEMA, parse_type("[Int]"))
    assert kind is not None
    assert types(compact=True).is_compact(kind)
    assert not types().is_compact(kind)


def test_what_was_used_is_noted() -> None:
    one = types()
    kind = type_from_ast(SCHEMA, parse_type("Where!"))
    assert kind is not None
    one.argument(kind)
    assert (list(one.inputs), list(one.enums)) == (["Where"], [])
    assert {"Colour", "ColourLike", "ColourValue", "Where", "datetime"} <= one.taken


def test_fields_keep_clear_of_types() -> None:
    one = types()
    assert [one.field_name(each) for each in ("__typename", "datetime", "class", "id")] == [
        "typename", "datetime_", "class_", "id",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        (Settings(scalars={"ID": "int", "JSON": "Json"}, never_null=("Query.*", "Query.a")), []),
        (
            Settings(scalars={"DateTim": "datetime"}),
            ["settings: scalars.DateTim: the schema has no such scalar (did you mean DateTime?)"],
        ),
        (Settings(scalars={"Colour": "str"}), ["settings: scalars.Colour: the schema has no such scalar"]),
        (
            Settings(never_null=("Quer.a", "Query.x", "JSON.a")),
            [
                "settings: never_null: Quer.a: the schema has no type Quer (did you mean Query?)",
                "settings: never_null: Query.x: Query has no field x",
                "settings: never_null: JSON.a: the schema has no type JSON (did you mean JSON?)",
            ],
        ),
    ],
)
def test_settings_that_speak_of_nothing(settings: Settings, problems: list[str]) -> None:
    assert [str(each) for each in unknown_settings(SCHEMA, settings)] == problems
