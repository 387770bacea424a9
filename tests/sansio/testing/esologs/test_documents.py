"""Documents are checked and executed as GraphQL says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from offwire.testing.esologs import documents
from offwire.testing.esologs.documents import BadDocument, Documents
from offwire.testing.esologs.nodes import Complaint

DOCUMENTS = Documents()


def complaining(_: object) -> object:
    raise Complaint("no such report")


ROOT: dict[str, Any] = {
    "rateLimitData": lambda _: {"limitPerHour": 7},
    "reportData": {"report": complaining},
    "gameData": {"ability": lambda arguments: {"id": arguments["id"], "name": None}, "factions": [{"id": 1}]},
}


def run(text: str, name: str | None = None, **variables: Any) -> dict[str, Any]:
    return DOCUMENTS.executed(DOCUMENTS.prepared(text, name), variables, ROOT)


def test_fields_are_answered_from_data_and_functions() -> None:
    text = "query ($id: Int!) { gameData { ability(id: $id) { id name } factions { id } } }"
    ability = {"id": 3, "name": None}
    assert run(text, id=3) == {"data": {"gameData": {"ability": ability, "factions": [{"id": 1}]}}}


def test_a_complaint_leaves_the_rest_as_it_is() -> None:
    answer = run('{ rateLimitData { limitPerHour } reportData { report(code: "x") { code } } }')
    assert answer["data"] == {"rateLimitData": {"limitPerHour": 7}, "reportData": {"report": None}}
    (error,) = answer["errors"]
    assert (error["message"], error["path"]) == ("no such report", ["reportData", "report"])


def test_wrong_variables_bring_no_data() -> None:
    answer = run("query ($id: Int!) { gameData { ability(id: $id) { id } } }", id="seven")
    assert answer.keys() == {"errors"}


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        pytest.param("{", None, "Syntax Error", id="no GraphQL"),
        pytest.param("{ nothing }", None, "Cannot query field", id="not in the schema"),
        pytest.param(
            "query A { __typename } query B { __typename }", None, "operationName", id="which of two"
        ),
        pytest.param("query A { __typename }", "B", "operationName", id="no such operation"),
    ],
)
def test_a_bad_document_is_told(text: str, name: str | None, told: str) -> None:
    with pytest.raises(BadDocument, match=told) as caught:
        DOCUMENTS.prepared(text, name)
    assert told in str(caught.value.errors)


def test_a_document_is_read_once() -> None:
    assert DOCUMENTS.prepared("{ __typename }", None) is DOCUMENTS.prepared("{ __typename }", None)


def test_fields_are_counted_for_the_operation_alone() -> None:
    text = """
      query A { gameData { ...G } }
      query B { a: gameData { __typename } b: gameData { ...G } }
      fragment G on GameData { one: ability(id: 1) { id } two: ability(id: 2) { ...N } }
      fragment N on GameAbility { name }
    """
    assert DOCUMENTS.prepared(text, "A").fields == {
        "Query.gameData": 1,
        "GameData.ability": 2,
        "GameAbility.id": 1,
        "GameAbility.name": 1,
    }
    assert DOCUMENTS.prepared(text, "B").fields["Query.gameData"] == 2
    anonymous = DOCUMENTS.prepared("{ gameData { factions { id } } }", None)
    assert (anonymous.name, anonymous.fields["GameFaction.id"]) == (None, 1)


def test_without_graphql_core_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh: Callable[[], object] = documents._schema.__wrapped__
    monkeypatch.setattr(documents, "_schema", fresh)
    monkeypatch.setitem(sys.modules, "graphql", None)
    with pytest.raises(ImportError, match=r"pip install 'offwire\[graphql\]'"):
        Documents()
    monkeypatch.undo()
    assert fresh() is not None
