"""Printed documents: compact, readable, and the same as what was read."""

from __future__ import annotations

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, print_ast

from offwire.codegen.graphql.printing import print_definition

LONG = " ".join(f"field{number}" for number in range(20))
ARGUMENTS = ", ".join(f"argument{number}: $variable{number}" for number in range(5))
VARIABLES = ", ".join(f"$variable{number}: String" for number in range(9))

TEXTS = {
    "short": "query A($id: ID!) { user(id: $id) { ...User } }",
    "long": f"query A {{ user {{ {LONG} deep {{ a b }} {LONG} }} }}",
    "arguments": f"query A {{ user {{ name({ARGUMENTS}) {{ a }} age }} }}",
    "variables": f"query A({VARIABLES}) {{ a }}",
    "directives": "query A @live { a @skip(if: true) ... @include(if: $b) { c } ...D @own }",
    "inline": f"query A {{ a {{ ... on B {{ {LONG} }} }} }}",
    "alias": "mutation A { b: a(c: {d: [1, 2]}) }",
    "fragment": "fragment A on B { c }",
    "block": 'query A { a(b: """\n  two\n  lines\n""") { c } }',
}


def printed(text: str) -> str:
    (node,) = parse(text).definitions
    assert isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    return print_definition(node)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_printed_means_the_same(text: str) -> None:
    assert print_ast(parse(printed(text))) == print_ast(parse(text))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_lines_are_of_a_length(text: str) -> None:
    assert max(map(len, printed(text).splitlines())) <= 100


def test_what_fits_on_a_line_stands_on_one() -> None:
    assert printed(TEXTS["short"]) == TEXTS["short"]


def test_names_fill_lines() -> None:
    lines = printed(TEXTS["long"]).splitlines()
    assert lines[2].strip().startswith("field0 field1")
    assert "    deep { a b }" in lines
