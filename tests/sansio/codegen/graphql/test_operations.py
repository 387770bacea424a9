"""Operations: what a method takes, and where its result is."""

from __future__ import annotations

import pytest

from tests.sansio.codegen.graphql import kit

SCHEMA = """
scalar JSON
type Inner { name: String!, data: JSON, list: [Int], page(page: Int): Pages }
type Pages { data: [Int], current_page: Int!, has_more_pages: Boolean! }
type Outer { inner: Inner, sure: Inner! }
interface Node { id: ID! }
type Query { outer: Outer, sure: Outer!, node: Node, count(a: Int, b: Int!, c: Int = 1): Int! }
type Mutation { change: Int! }
"""


def method(documents: str, settings: str = "") -> str:
    """The first method, on one line."""
    text = kit.made(SCHEMA, documents, settings)["operations.py"]
    return " ".join(text.partition("    @")[2].partition("    @")[0].split())


@pytest.mark.parametrize(
    ("document", "signature", "call"),
    [
        (
            "query a { outer { inner { name } } }",
            "Call[str | None]",
            'returns=str, at="outer.inner.name", nullable=True',
        ),
        ("query a { sure { sure { name } } }", "Call[str]", 'returns=str, at="sure.sure.name"'),
        ("query a { sure { sure { name list } } }", "Call[A]", 'returns=A, at="sure.sure"'),
        (
            "query a { sure { sure { list } } }",
            "Call[list[int | None] | None]",
            '.list", nullable=True',
        ),
        ("query a { sure { b: inner { c: name } } }", "Call[str | None]", 'at="sure.b.c"'),
        (
            "query a { sure { ...S } } fragment S on Outer { sure { name } }",
            "Call[S]",
            'returns=S, at="sure"',
        ),
        (
            "query a { sure { sure { data } } }",
            'return cast("Call[Json]"',
            "returns=object,",
        ),
        ("query a { sure { sure @skip(if: true) { name } } }", "Call[A]", 'at="sure"'),
        ("query a { sure { sure { name } } node { id } }", "Call[AResult]", "A.call(returns=AResult)"),
        ("query a { ...Q } fragment Q on Query { node { id } }", "Call[Q]", "A.call(returns=Q)"),
        ("query a { node { id } }", "Call[A | None]", 'at="node", nullable=True'),
        ("mutation change { change }", "Call[int]", 'CHANGE.call(returns=int, at="change")'),
    ],
)
def test_single_fields_are_followed(document: str, signature: str, call: str) -> None:
    found = method(document, '[scalars]\nJSON = "Json"')
    assert signature in found
    assert call in found


def test_compact_lists_are_not_null_by_themselves() -> None:
    found = method("query a { sure { sure { list } } }", "compact_lists = true")
    assert "-> Call[list[int]]:" in found
    assert "returns=Compact[int]" in found
    found = method("query a { outer { inner { list } } }", "compact_lists = true")
    assert "-> Call[list[int] | None]:" in found


def test_variables_become_parameters() -> None:
    document = "query a($self: Int, $b: Int!, $cValue: Int! = 2) { count(a: $self, b: $b, c: $cValue) }"
    found = method(document)
    assert "def a(self, b: int, *, self_: int | None | Unset = UNSET, c_value: int | Unset" in found
    assert '{"b": b, "self": self_, "cValue": c_value}' in found


def test_a_comment_is_the_docstring() -> None:
    assert '"""How many. Query `a`: `count`. """' in method("# How many.\nquery a { count(b: 1) }")
    assert '"""Get all items.' in method("query getAllItems { count(b: 1) }")


def test_the_extra_field_is_no_part_of_the_result() -> None:
    made = kit.made(SCHEMA, "query a { sure { sure { name } } }", 'extra_field = "count(b: 1)"')
    assert 'returns=str, at="sure.sure.name"' in made["operations.py"]
    assert "count(b: 1)" in made["operations_documents.py"]


def test_pages_have_a_method_of_their_own() -> None:
    document = """query a($page: Int) {
      outer { inner { page(page: $page) { data current_page has_more_pages } } }
    }"""
    text = kit.made(SCHEMA, document)["operations.py"]
    assert "def a(self) -> Pages[int | None]:" in text
    assert "def a_page(self, *, page: int | None | Unset = UNSET)" in text
