"""Schemas: the odd ones are read, the wrong ones are told of with their places."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, GraphQLObjectType

from offwire.codegen.graphql.problems import GenerationError, Problem
from offwire.codegen.graphql.schema import located, read_schema

ODD = """
# Printed by a server.
schema { query: Query }
scalar Boolean
scalar String
directive @deprecated(reason: String) on FIELD_DEFINITION
directive @oneOf on INPUT_OBJECT
directive @own on FIELD
directive @own on FIELD
type Query { page: Page, old: Int @deprecated }
type Page { a: String }
type Page { a: String }
type Orphan { id: Int }
type __Type { name: String }
enum __Kind { A }
extend type Page { b: Int }
"""


def test_an_odd_schema_is_read() -> None:
    schema = read_schema(ODD, "odd")
    page = schema.type_map["Page"]
    assert isinstance(page, GraphQLObjectType)
    assert sorted(page.fields) == ["a", "b"]
    assert "Orphan" in schema.type_map


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("type {", ["s:1:6: Syntax Error: Expected Name, found '{'."], id="syntax"),
        pytest.param(
            "type Query { a: Int }\ntype Query { b: Int }",
            ["s:2:1: Query is defined twice, and not in the same way (keep one of the two)"],
            id="two of a name",
        ),
        pytest.param("type Query { a: Xyzzy }", ["s:1:17: Unknown type 'Xyzzy'."], id="unknown type"),
        pytest.param("type A { a: Int }", ["s: Query root type must be provided."], id="no query"),
    ],
)
def test_what_is_no_schema_is_told_with_its_place(text: str, problems: list[str]) -> None:
    with pytest.raises(GenerationError) as caught:
        read_schema(text, "s")
    assert [str(each) for each in caught.value.problems] == problems


def test_a_problem_without_a_place_has_a_name() -> None:
    assert located(GraphQLError("two\nlines"), "x", "do") == Problem("x", 0, 0, "two lines", "do")
