"""Layout: what a formatter would do, so that there is nothing left for it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.codegen.graphql.layout import Bracket, block, docstring, flat, imports, lines, quoted

CALL = Bracket("f(", ["alpha", Bracket("{", ['"a": 1', '"b": 2'], "}", is_literal=True)], ")")


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (40, ['x = f(alpha, {"a": 1, "b": 2})']),
        (28, ["x = f(", '    alpha, {"a": 1, "b": 2}', ")"]),
        (22, ["x = f(", "    alpha,", '    {"a": 1, "b": 2},', ")"]),
        (18, ["x = f(", "    alpha,", "    {", '        "a": 1,', '        "b": 2,', "    },", ")"]),
    ],
)
def test_brackets_break_as_far_as_they_have_to(width: int, expected: list[str]) -> None:
    assert lines(CALL, width, before="x = ") == expected


def test_what_cannot_be_broken_stays() -> None:
    assert lines("a" * 30, 10, "  ") == ["  " + "a" * 30]
    assert flat(Bracket("f(", [], ")")) == "f()"


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (["One line."], ['"""One line."""']),
        (['It is a "name"'], ['"""It is a "name" """']),
        (["One.", "", "Two."], ['"""One.', "", "Two.", '"""']),
        (["word " * 9], ['"""word word word word word word', "word word word", '"""']),
        (['a \\ and """'], ['"""a \\\\ and \\"\\"\\" """']),
    ],
)
def test_docstrings_are_wrapped(paragraphs: list[str], expected: list[str]) -> None:
    assert docstring(paragraphs, 38) == expected


@given(st.text(st.characters(codec="ascii", min_codepoint=32)))
def test_literals_mean_what_they_quote(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert ast.literal_eval(block(text)) == f"\n{text}\n"


def test_literals_are_in_double_quotes() -> None:
    assert quoted("it's") == '"it\'s"'
    assert quoted('say "it"') == "'say \"it\"'"


def test_imports_are_in_isorts_order() -> None:
    wanted = {
        "shop.b": ["x"],
        "offwire.mode": ["M"],
        "attrs": ["field", "frozen"],
        "typing": ["cast", "Final", "TYPE_CHECKING", "Any"],
        "__future__": ["annotations"],
        "empty": [],
        ".near": ["a" * 20, "b" * 20],
    }
    assert imports(wanted, 40, own=("shop",)) == [
        "from __future__ import annotations",
        "",
        "from typing import (",
        "    TYPE_CHECKING,",
        "    Any,",
        "    Final,",
        "    cast,",
        ")",
        "",
        "from attrs import field, frozen",
        "from offwire.mode import M",
        "",
        "from shop.b import x",
        "",
        "from .near import (",
        f"    {'a' * 20},",
        f"    {'b' * 20},",
        ")",
    ]
