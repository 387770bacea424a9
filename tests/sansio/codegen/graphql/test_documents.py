"""Documents: completed before they are checked, and told of with file, line and column."""

from __future__ import annotations

import pytest
from graphql import FragmentDefinitionNode, InlineFragmentNode, parse, print_ast

from offwire.codegen.graphql.documents import (
    applies_always,
    comment_above,
    condition_of,
    is_extra,
    read_documents,
    spreads,
)
from offwire.codegen.graphql.problems import GenerationError
from offwire.codegen.graphql.schema import read_schema

SCHEMA = read_schema(
    """
    interface Node { id: ID! }
    type User implements Node { id: ID!, name: String, friend: Node }
    type Team implements Node { id: ID!, lead: User }
    union Found = User | Team
    type Query { node: Node, found: [Found!], user(id: ID!): User, quota: Int }
    type Mutation { touch: Node }
    type Subscription { news: Int }
    """,
    "schema",
)
NAME = "name it: query Name { … }"


def text_of(*texts: str, extra: str = "") -> str:
    found = read_documents(SCHEMA, {f"{number}.graphql": each for number, each in enumerate(texts)}, extra)
    return " ".join(
        " ".join(print_ast(each).split()) for each in (*found.operations, *found.fragments.values())
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("query A { node { id } }", "query A { node { id } }", id="nothing depends on the type"),
        pytest.param(
            "query A { node { ... on User { name } } }",
            "query A { node { __typename ... on User { name } } }",
            id="interface",
        ),
        pytest.param(
            "query A { found { ... on Node { id } } }",
            "query A { found { __typename ... on Node { id } } }",
            id="union",
        ),
        pytest.param(
            "query A { node { __typename ... on User { name } } }",
            "query A { node { __typename ... on User { name } } }",
            id="it is there",
        ),
        pytest.param(
            "query A { node { ... on Node { id } ... { id } } }",
            "query A { node { ... on Node { id } ... { id } } }",
            id="fragments on the type itself",
        ),
        pytest.param(
            "query A { user(id: 1) { friend { ...N } } } fragment N on User { name }",
            "query A { user(id: 1) { friend { __typename ...N } } } fragment N on User { name }",
            id="spread",
        ),
        pytest.param(
            "query A { node { ...N } } fragment N on Node { ... on Team { id } }",
            "query A { node { ...N } } fragment N on Node { __typename ... on Team { id } }",
            id="inside of a fragment",
        ),
    ],
)
def test_types_are_asked_for_where_they_matter(text: str, expected: str) -> None:
    assert text_of(text) == expected


def test_an_extra_field_rides_along_with_queries() -> None:
    assert text_of("query A { node { id } }", extra="quota") == "query A { node { id } quota }"
    assert text_of("query A { quota }", extra="quota") == "query A { quota }"
    assert text_of("mutation B { touch { id } }", extra="quota") == "mutation B { touch { id } }"
    (operation,) = read_documents(SCHEMA, {"a": "query A { node { id } }"}, "quota").operations
    assert [is_extra(each) for each in operation.selection_set.selections] == [False, True]


def test_files_of_comments_and_unused_fragments_are_no_mistake() -> None:
    assert text_of("query A { quota }", "# later", "fragment U on User { id }").endswith(
        "fragment U on User { id }"
    )


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("query A {", ["0.graphql:1:10: Syntax Error: Expected Name, found <EOF>."], id="syntax"),
        pytest.param("", ["documents: there is no operation (write a query or a mutation)"], id="nothing"),
        pytest.param(
            "{ quota }",
            [f"0.graphql:1:1: an operation has no name, so no method can be named after it ({NAME})"],
            id="anonymous",
        ),
        pytest.param(
            "subscription S { news }",
            ["0.graphql:1:1: S is a subscription, which is not generated (leave it out)"],
            id="subscription",
        ),
        pytest.param(
            "query A {\n  user(id: 1) { nam } }",
            ["0.graphql:2:17: Cannot query field 'nam' on type 'User'. Did you mean 'name'?"],
            id="unknown field",
        ),
        pytest.param(
            "query A { user(id: $id) { id } }",
            ["0.graphql:1:20: Variable '$id' is not defined by operation 'A'."],
            id="missing variable",
        ),
        pytest.param(
            "query A { quota }\nquery A { quota }",
            ["0.graphql:1:7: There can be only one operation named 'A'."],
            id="two of a name",
        ),
        pytest.param(
            "query A { quota } type T { a: Int }",
            ["0.graphql:1:19: The 'T' definition is not executable."],
            id="a type",
        ),
        pytest.param(
            "query A { node { ...B } xyzzy { ... on Q { a } } }",
            [
                "0.graphql:1:21: Unknown fragment 'B'.",
                "0.graphql:1:25: Cannot query field 'xyzzy' on type 'Query'.",
                "0.graphql:1:40: Unknown type 'Q'.",
            ],
            id="all at once",
        ),
        pytest.param(
            "query A { node { ... on Q { a } ...F } } fragment F on P { b }",
            ["0.graphql:1:25: Unknown type 'Q'.", "0.graphql:1:56: Unknown type 'P'."],
            id="unknown types",
        ),
    ],
)
def test_problems_are_told_with_their_places(text: str, problems: list[str]) -> None:
    with pytest.raises(GenerationError) as caught:
        text_of(text)
    assert [str(each) for each in caught.value.problems] == problems


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ("quota {", "settings (extra_field): Syntax Error: Expected Name, found '}'. (write fields as"),
        ("a } query B { b", "settings (extra_field): too many values to unpack"),
        ("quotas", "settings (extra_field):1:2: Cannot query field 'quotas' on type 'Query'."),
    ],
)
def test_a_wrong_extra_field_is_told_as_the_settings(extra: str, problem: str) -> None:
    with pytest.raises(GenerationError) as caught:
        text_of("query A { node { id } }", extra=extra)
    assert str(caught.value.problems[0]).startswith(problem)


def test_comments_right_above_belong_to_what_is_below() -> None:
    text = "# far\n\n# one\n# two\nquery A { a # beside\n b\n # own\n c }"
    (query,) = parse(text).definitions
    assert comment_above(query) == "one two"
    found = [comment_above(each) for each in query.selection_set.selections]  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    assert found == ["", "", "own"]
    assert comment_above(FragmentDefinitionNode()) == ""


def test_fragments_are_found_in_fragments_once() -> None:
    text = "query A { ...B ...C } fragment B on Q { ...C } fragment C on Q { a }"
    query, *fragments = parse(text).definitions
    named = {each.name.value: each for each in fragments if isinstance(each, FragmentDefinitionNode)}
    assert list(spreads(query, named)) == ["B", "C"]


def test_conditions() -> None:
    node, user = SCHEMA.type_map["Node"], SCHEMA.type_map["User"]
    assert applies_always(SCHEMA, node, user)
    assert not applies_always(SCHEMA, user, node)
    assert condition_of(SCHEMA, InlineFragmentNode(type_condition=None), {}, user) is user
