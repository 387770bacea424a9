"""Generating: groups, enums, and all that can be wrong with names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.codegen.graphql import generate
from tests.sansio.codegen.graphql import kit

SCHEMA = """
"How bright."
enum Tone {
  "Hardly."
  dark
  DARK @deprecated(reason: "use dark")
  None
  _2
}
type Query { a: Int, tone: Tone, item: Query }
"""
TWO = "query getA { a } query getB { a }"
ADD = "add it to the operations of a group in the settings"
TAKEN = "there is a class Tone already, so none for this fragment"
LEAVE = "write it, or leave it out here"
RENAME = "rename the fragment, or what else is called so in the settings"


def test_all_operations_are_in_one_group_by_default() -> None:
    text = kit.made(SCHEMA, TWO)["operations.py"]
    assert "def get_a(self)" in text
    assert '    """All operations."""\n' in text


def test_groups_are_the_settings() -> None:
    files = kit.made(SCHEMA, TWO, "[groups.first_ones]\noperations = { getA = 'a', getB = 'b' }")
    assert 'class FirstOnes(Group[M]):\n    """Operations: first ones."""\n' in files["first_ones.py"]


def test_enums_have_names_of_constants() -> None:
    text = kit.made(SCHEMA, "query tone { tone }")["enums.py"]
    for each in ('DARK = "DARK"', 'DARK_2 = "dark"', 'NONE = "None"', '_2 = "_2"', "Deprecated: use dark"):
        assert each in text
    assert "`Tone` of the schema." in text
    told = kit.made(SCHEMA, "query tone { tone }", "descriptions = true")["enums.py"]
    assert '"""How bright."""' in told
    assert '"""Hardly."""' in told


@pytest.mark.parametrize(
    ("documents", "settings", "problems"),
    [
        pytest.param(
            TWO,
            "[groups.x]\noperations = { getA = 'a' }",
            [f"documents.graphql:1:18: getB is in no group ({ADD})"],
            id="in no group",
        ),
        pytest.param(
            "query getA { a }",
            "[groups.x]\noperations = { getA = 'a', getAA = 'b', zzz = 'c' }",
            [
                "settings: groups.x.operations.getAA: there is no such operation (did you mean getA?)",
                f"settings: groups.x.operations.zzz: there is no such operation ({LEAVE})",
            ],
            id="unknown",
        ),
        pytest.param(
            "query getA { a }",
            "[groups.x]\noperations = { getA = 'getA' }",
            ["settings: groups.x.operations.getA: 'getA' is no name of a method (get_a)"],
            id="no name of a method",
        ),
        pytest.param(
            TWO,
            "[groups.x]\noperations = { getA = 'a', getB = 'a' }",
            ["settings: groups.x.operations.getB: getA is called a as well (rename one)"],
            id="two methods",
        ),
        pytest.param(
            "query getA { a }",
            "[groups.x]\noperations = { getA = 'a' }\n[groups.y]\noperations = { getA = 'a' }",
            ["settings: groups.y.operations.getA: it is in groups.x as well (leave one out)"],
            id="two groups",
        ),
        pytest.param(
            "query getA { a }",
            "[groups.enums]\noperations = { getA = 'a' }",
            ["settings: groups.enums: no module can have this name (choose another)"],
            id="a module's name",
        ),
        pytest.param(
            "query getA { tone }",
            "[groups.x]\nclass_name = 'Tone'\noperations = { getA = 'a' }",
            ["settings: groups.x.class_name: there is a class Tone already (choose another name)"],
            id="a class's name",
        ),
        pytest.param(
            "query getA { tone item { ...Tone } } fragment Tone on Query { a }",
            "",
            [
                f"documents.graphql:1:38: {TAKEN} ({RENAME})",
            ],
            id="a fragment's name",
        ),
        pytest.param(
            "query getA { a }",
            "scalars = { Xyzzy = 'str' }\nnever_null = ['Zzz.a']",
            [
                "settings: never_null: Zzz.a: the schema has no type Zzz",
                "settings: scalars.Xyzzy: the schema has no such scalar",
            ],
            id="the schema",
        ),
    ],
)
def test_problems(documents: str, settings: str, problems: list[str]) -> None:
    assert kit.trouble(SCHEMA, documents, settings) == problems


def test_the_single_pages_of_a_list_have_a_name_of_their_own() -> None:
    schema = """
    type Page { data: [Int], current_page: Int!, has_more_pages: Boolean! }
    type Query { many(page: Int): Page, one: Int }
    """
    documents = """
    query many($page: Int) { many(page: $page) { data current_page has_more_pages } }
    query many_page { one }
    """
    (problem,) = kit.trouble(schema, documents)
    assert problem.endswith(".many_page: the single pages of many are called many_page (rename one)")


def test_documents_of_almost_the_same_name_stay_apart() -> None:
    text = kit.made(SCHEMA, "query getA { a } query GetA { a }")["operations_documents.py"]
    assert (
        'GET_A: Final = Document(_GET_A, "GetA")' in text or 'GET_A: Final = Document(_GET_A, "getA")' in text
    )
    assert "GET_A_2: Final" in text


@given(st.permutations(sorted(kit.sources("shop")[1])))
def test_the_same_comes_out_whatever_the_order_of_the_files(names: list[str]) -> None:
    schema, texts, settings = kit.sources("shop")
    shuffled = {name: texts[name] for name in names}
    assert generate(schema, shuffled, settings) == kit.generated("shop")
