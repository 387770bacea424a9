"""Selections: one class for each that is not the same, and fragments under their names."""

from __future__ import annotations

import re

import pytest

from tests.sansio.codegen.graphql import kit

SCHEMA = """
interface Node { id: ID!, title: String }
type User implements Node { id: ID!, title: String, name: String, friends: [User!]!, best: Found }
type Team implements Node { id: ID!, title: String, size: Int }
type Robot implements Node { id: ID!, title: String, size: Int }
union Found = User | Team | Robot
type Query { user: User, node: Node, found: [Found!]!, users: [User!]!, old: Int @deprecated(reason: "gone") }
"""
TYPENAME = ' = field(metadata=wire("__typename"))'


def models(documents: str, settings: str = "") -> dict[str, str]:
    """The body of each class, and each union, by name."""
    files = kit.made(SCHEMA, documents, settings)
    text = files["operations_models.py"] + files.get("shared_models.py", "")
    found = {}
    for match in re.finditer(r"^class (\w+)(\(\w+\))?:\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL):
        body = [line.strip() for line in match[3].splitlines() if re.match(r"    \w+:", line)]
        found[match[1]] = (match[2] or "") + "; ".join(body)
    return found | dict(re.findall(r"^(\w+): TypeAlias = (.*)$", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param(
            "query getUser { user { id name } }",
            {"User": "id: str; name: str | None"},
            id="anonymous",
        ),
        pytest.param(
            "query a { user { ...U } } fragment U on User { id title }",
            {"U": "id: str; title: str | None"},
            id="fragment",
        ),
        pytest.param(
            "query a { user { id friends { id } } }  query b { users { id } }",
            {"AFriend": "id: str", "A": "id: str; friends: list[AFriend]"},
            id="identical ones are shared",
        ),
        pytest.param(
            "query a { user { ...U name } } fragment U on User { id }",
            {"U": "id: str", "A": "(U)name: str | None"},
            id="extended fragment",
        ),
        pytest.param(
            "query a { user { ...V } } query b { user { ...V name } } "
            "fragment V on User { ...U title } fragment U on User { id }",
            {"U": "id: str", "V": "(U)title: str | None", "B": "(V)name: str | None"},
            id="extended twice",
        ),
        pytest.param(
            "query a { user { ...U id name } } fragment U on User { id }",
            {"U": "id: str", "A": "id: str; name: str | None"},
            id="overlapping",
        ),
        pytest.param(
            "query a { user { ...U ...V } } fragment U on User { id } fragment V on User { name }",
            {"U": "id: str", "V": "name: str | None", "A": "id: str; name: str | None"},
            id="two fragments",
        ),
        pytest.param(
            "query a { user { id ...U @include(if: true) ... @skip(if: true) { title } } } "
            "fragment U on User { name }",
            {
                "U": "name: str | None",
                "A": "id: str; name: str | None | Unset = UNSET; title: str | None | Unset = UNSET",
            },
            id="absent at times",
        ),
        pytest.param(
            "query a { user { friends { id } friends { name } } }",
            {"A": "id: str; name: str | None"},
            id="selected in two places",
        ),
        pytest.param(
            "query a { node { id ...N } } fragment N on Node { title }",
            {"N": "title: str | None", "A": "id: str; title: str | None"},
            id="interface, all the same",
        ),
        pytest.param(
            "query a { node { id __typename } }",
            {"A": f"id: str; typename: str{TYPENAME}"},
            id="typename by itself",
        ),
        pytest.param(
            "query getAll { found { ... on Node { id } ... on User { name } } } "
            "query more { found { ... on Node { id } ... on User { name } } }",
            {
                "AllRobot": f'typename: Literal["Robot", "Team"]{TYPENAME}; id: str',
                "AllUser": f'typename: Literal["User"]{TYPENAME}; id: str; name: str | None',
                "All": "AllRobot | AllUser | OtherAll",
            },
            id="union, shared",
        ),
    ],
)
def test_classes(documents: str, expected: dict[str, str]) -> None:
    found = models(documents)
    assert {name: found.get(name) for name in expected} == expected
    others = {each for each in found if not each.startswith("Other")}
    assert others == expected.keys() or "AFriend" in expected


def test_the_rest_of_a_union_is_one_class_that_refuses_the_others() -> None:
    text = kit.made(SCHEMA, "query a { found { ... on User { name } } }")["operations_models.py"]
    assert 'typename: str = field(metadata=wire("__typename"), validator=validators.not_(' in text


def test_a_fragment_that_depends_on_the_type_is_a_union() -> None:
    found = models("query a { node { ...N } } fragment N on Node { id ... on User { name } }")
    assert found["N"] == "NUser | OtherN"


def test_names_stay_short() -> None:
    deep = "friends { " * 6 + "id best { ... on Team { size } } " + "} " * 6
    found = models(f"query aVeryLongNameOfAnOperationIndeed {{ user {{ id {deep} }} }}")
    assert max(map(len, found)) <= 45
    assert len(found) > 8


def test_a_name_that_is_taken_gets_another() -> None:
    found = models(
        "query User { user { id name } } fragment User on User { id }  query b { users { ...User } }"
    )
    assert found["User"] == "id: str"
    assert found["UserDetails"] == "id: str; name: str | None"


def test_comments_and_deprecations_are_told() -> None:
    document = "# Who.\nfragment U on User {\n  # Own words.\n  name\n}\nquery a { user { ...U } old }"
    text = kit.made(SCHEMA, document)["operations_models.py"]
    assert '"""Who."""' in text
    assert '    """Own words."""\n' in text
    assert '    """Deprecated: gone"""\n' in text


def test_descriptions_become_docstrings() -> None:
    schema = '"A thing." type Thing { "Its size." size: Int } type Query { thing: Thing }'
    text = kit.made(schema, "query a { thing { size b: size } }", "descriptions = true")[
        "operations_models.py"
    ]
    assert '"""A thing."""' in text
    assert text.count('    """Its size."""\n') == 2


def test_what_is_never_null() -> None:
    assert models("query a { user { id name } }", 'never_null = ["User.name"]')["A"] == "id: str; name: str"
    assert models("query a { user { id name } }", 'never_null = ["User.*"]')["A"] == "id: str; name: str"
