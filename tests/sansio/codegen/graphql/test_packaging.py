"""Packages: which class is in which module, and names that are loaded late."""

from __future__ import annotations

from tests.sansio.codegen.graphql import kit

SCHEMA = """
enum Kind { A }
input Where { kind: Kind }
type User { id: Int!, team: Team }
type Team { id: Int! }
union Any = User | Team
type Query { user(where: Where): User, team: Team, any: Any }
"""
DOCUMENTS = """
query user($where: Where) { user(where: $where) { id team { ...T } } }
query team { team { ...T } }
query any { any { ... on User { id ...Twice } } }
query both { team { ...T } user { x: id team { ...T } } }
fragment Twice on User { team { ...T } }
fragment T on Team { id }
fragment Unused on Team { id }
"""
GROUPS = """
package = "shop"
[groups.users]
operations = { user = "get" }
[groups.teams]
operations = { team = "get", any = "any", both = "both" }
"""


def test_classes_of_several_groups_are_shared() -> None:
    files = kit.made(SCHEMA, DOCUMENTS, GROUPS)
    assert list(files) == [
        "__init__.py", "enums.py", "fragments.py", "inputs.py", "shared_models.py", "teams.py",
        "teams_documents.py", "teams_models.py", "users.py", "users_documents.py", "users_models.py",
    ]  # fmt: skip
    assert "class T:" in files["shared_models.py"]
    assert "class Unused:" in files["shared_models.py"]
    assert "from shop.shared_models import T\n" in files["users_models.py"]
    assert "Any: TypeAlias" in files["teams_models.py"]


def test_what_there_is_none_of_has_no_file() -> None:
    assert list(kit.made("type Query { a: Int }", "query a { a }")) == [
        "__init__.py", "operations.py", "operations_documents.py",
    ]  # fmt: skip


def test_names_are_loaded_from_their_modules() -> None:
    text = kit.made(SCHEMA, DOCUMENTS, GROUPS)["__init__.py"]
    assert '_ENUMS = frozenset({\n    "Kind", "KindLike", "KindValue",\n})  # fmt: skip\n' in text
    assert (
        "        if name in _ENUMS:\n            from shop import enums as found  # noqa: PLC0415 - as"
        in text
    )
    assert "        elif name in _USERS_MODELS:\n" in text
    assert (
        "    from .operations import Operations\n"
        in kit.made("type Query { a: Int }", "query a { a }")["__init__.py"]
    )
