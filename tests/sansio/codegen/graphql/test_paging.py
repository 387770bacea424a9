"""Ways of paging: found where all of it is there, and nowhere else."""

from __future__ import annotations

import pytest

from tests.sansio.codegen.graphql import kit

SCHEMA = """
type Item { id: Int! }
type Info { hasNextPage: Boolean!, endCursor: String }
type Edge { node: Item!, other: Int }
type Page {
  data: [Item!]
  one: Item
  current_page: Int!
  page_number: Int
  has_more_pages: Boolean!
  nodes: [Item]
  edges: [Edge!]!
  scalars: [Int!]!
  pageInfo: Info!
  maybeInfo: Info
}
type Query { many(page: Int, after: String, first: Int): Page, other(page: Int): Page }
"""
INFO = "pageInfo { hasNextPage endCursor }"


def paged(variables: str, fields: str, settings: str = "") -> str:
    """The method that walks the pages, or nothing."""
    arguments = ", ".join(f"{each}: ${each}" for each in variables.split() if each)
    declared = ", ".join(f"${each}: {'String' if each == 'after' else 'Int'}" for each in variables.split())
    document = f"query many({declared}) {{ many({arguments}) {{ {fields} }} }}"
    text = kit.made(SCHEMA, document, settings)["operations.py"]
    return text.partition("    @pages\n")[2].partition("    @operation\n")[0]


@pytest.mark.parametrize(
    ("variables", "fields", "items"),
    [
        pytest.param("page", "data { id } current_page has_more_pages", "page.data or ()", id="numbered"),
        pytest.param(
            "after", "nodes { id } pageInfo { hasNextPage endCursor }", "page.nodes or ()", id="nodes"
        ),
        pytest.param(
            "after first",
            "edges { node { id } } pageInfo { hasNextPage endCursor }",
            "nodes(page.edges)",
            id="edges",
        ),
    ],
)
def test_known_ways(variables: str, fields: str, items: str) -> None:
    assert f"items=lambda page: {items},\n" in paged(variables, fields)


def test_numbers_are_no_pages() -> None:
    made = kit.made("type Query { a(page: Int): Int }", "query a($page: Int) { a(page: $page) }")
    assert "@pages" not in made["operations.py"]


@pytest.mark.parametrize(
    ("variables", "fields"),
    [
        pytest.param("page", "data { id } current_page", id="no word on more"),
        pytest.param("page", "data: one { id } current_page has_more_pages", id="no list"),
        pytest.param("page", "data { id } current_page: page_number has_more_pages", id="no number"),
        pytest.param("first", "data { id } current_page has_more_pages", id="no variable"),
        pytest.param("after", "nodes { id } current_page", id="no word on pages"),
        pytest.param("after", "nodes { id } pageInfo { hasNextPage }", id="no cursor"),
        pytest.param("after", "nodes { id } pageInfo: maybeInfo { hasNextPage endCursor }", id="null"),
        pytest.param("after", "nodes: one { id } pageInfo { hasNextPage endCursor }", id="no list of nodes"),
        pytest.param("after", "one { id } pageInfo { hasNextPage endCursor }", id="nothing in it"),
        pytest.param("after", "edges { other } pageInfo { hasNextPage endCursor }", id="no node"),
        pytest.param("after", "edges: one { id } pageInfo { hasNextPage endCursor }", id="no list of edges"),
        pytest.param("after", "edges: scalars pageInfo { hasNextPage endCursor }", id="edges that are none"),
    ],
)
def test_what_lacks_a_part_is_not_paged(variables: str, fields: str) -> None:
    assert paged(variables, fields) == ""


def test_items_may_be_null_where_lists_are_not_compact() -> None:
    fields = "nodes { id } pageInfo { hasNextPage endCursor }"
    assert "-> Pages[ManyItem | None]:" in paged("after", fields)
    assert "-> Pages[ManyItem]:" in paged("after", fields, "compact_lists = true")


def test_a_page_may_extend_a_fragment() -> None:
    document = """
    query many($page: Int) { many(page: $page) { ...Facts data { id } } }
    fragment Facts on Page { current_page has_more_pages }
    """
    assert "by_page_number(" in kit.made(SCHEMA, document)["operations.py"]
