"""Groups as text: what a method loads, and how documents are put together."""

from __future__ import annotations

from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import COMPACT, Expression, Operation, OperationGroup, Paging, Parameter
from offwire.codegen.graphql.writing import Place
from offwire.codegen.graphql.writing_groups import write_documents, write_fragments, write_group

PLACE = Place(settings=Settings(package="shop"), modules={"User": "users_models", "Pet": "users_models"})
USER = Expression("User", frozenset({"User"}))
PAGE = Parameter(name="number", wire="number", type=Expression("int | Unset"), required=False)


def operation(**more: object) -> Operation:
    facts: dict[str, object] = {
        "method": "get", "constant": "GET_USER", "name": "getUser", "text": "query getUser { user }",
        "fragments": (), "parameters": (), "at": "user", "returns": USER, "nullable": False,
        "is_union": False, "doc": ["A user."],
    }  # fmt: skip
    return Operation(**facts | more)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def group(*operations: Operation) -> OperationGroup:
    return OperationGroup(module="users", class_name="Users", doc="All users.", operations=operations)


def written(**more: object) -> str:
    return write_group(PLACE, group(operation(**more)))


def documents(*fragments: str) -> str:
    return write_documents(
        PLACE, group(operation(fragments=fragments)), {each: each.upper() for each in fragments}
    )


def test_a_method_loads_what_it_needs() -> None:
    text = written()
    assert "if TYPE_CHECKING:\n    from shop.users_models import User\n" in text
    assert (
        "        from shop.users_documents import GET_USER\n        from shop.users_models import User\n\n"
        in text
    )
    assert '        return GET_USER.call(returns=User, at="user")\n' in text


def test_a_method_of_plain_types_needs_no_checkers_imports() -> None:
    text = written(returns=Expression("int"), at="")
    assert "TYPE_CHECKING" not in text
    assert "return GET_USER.call(returns=int)\n" in text


def test_plain_data_is_cast() -> None:
    json = Expression("Json", imports=frozenset({("offwire.json_value", "Json")}), has_null=True)
    text = written(returns=json, nullable=True)
    assert 'return cast("Call[Json]", GET_USER.call(returns=object, at="user", nullable=True))\n' in text
    assert "    from offwire.json_value import Json\n" in text
    assert "        from offwire.json_value" not in text


def test_a_union_is_cast_to_a_type() -> None:
    text = written(returns=Expression("Pet", frozenset({"Pet"})), is_union=True)
    assert 'returns=cast("type[Pet]", Pet)' in text


def test_a_compact_list_is_a_list_to_checkers() -> None:
    text = written(returns=Expression("Compact[User]", frozenset({"User"}), frozenset({COMPACT})))
    assert "-> Call[list[User]]:" in text
    assert "    from builtins import list as Compact\n" in text
    assert "else:\n    from offwire.formats.compact import Compact\n" in text
    assert "# ruff: noqa: N812, PLC0415" in text


def test_pages_leave_their_variable_out() -> None:
    paging = Paging(item=USER, items="page.data", facts=["a=1"], function="by_page_number", variable="number")
    text = written(paging=paging, parameters=(PAGE,), nullable=True)
    assert "    def get(self) -> Pages[User]:" in text
    assert "    def get_page(self, *, number: int | Unset = UNSET) -> Call[User | None]:" in text
    assert 'items=lambda page: page.data,\n            a=1,\n            variable="number",\n' in text
    assert "import by_page_number\n" in text


def test_pages_of_edges_load_what_reads_these() -> None:
    paging = Paging(item=USER, items="nodes(page.e)", facts=[], function="by_relay_cursor", variable="after")
    text = written(paging=paging)
    assert "import by_relay_cursor, nodes\n" in text
    assert "variable=" not in text


def test_documents_are_put_together_from_fragments() -> None:
    assert 'GET_USER: Final = Document(_GET_USER, "getUser")\n' in documents()
    assert "fragments" not in documents()
    text = documents("a", "b")
    assert "from shop import fragments\n" in text
    assert 'Document(_GET_USER + fragments.A + fragments.B, "getUser")\n' in text


def test_sums_break_when_they_are_long() -> None:
    one = documents(*("a" * 16, "b" * 16, "c" * 16))
    assert "Document(\n    _GET_USER + fragments.AAAA" in one
    many = documents(*(letter * 30 for letter in "abcd"))
    assert f"Document(\n    _GET_USER\n    + fragments.{'A' * 30}\n" in many
    assert f'    + fragments.{"D" * 30},\n    "getUser",\n)\n' in many
    assert "    _GET_USER + fragments" in documents(*(letter * 25 for letter in "ab"), "c")


def test_fragments_are_constants() -> None:
    text = write_fragments(PLACE, [("USER", "fragment User on User { id }")])
    assert 'USER = """\nfragment User on User { id }\n"""\n' in text
