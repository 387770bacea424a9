"""A document, and the calls that can be made of it."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from enum import Enum
from typing import Any

import pytest
from attrs import frozen

from offwire.formats.graphql.document import Document, graphql
from offwire.formats.graphql.lexer import DocumentError
from offwire.formats.naming import camel_case, wire_names
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.safety import Safety
from offwire.unset import UNSET, Unset

HERO = Document(
    "query Hero($id: ID!, $filter: Filter, $first: Int! = 3) "
    "{ hero(id: $id) { name friends(filter: $filter, first: $first) { name } } }"
)
ADD = Document("mutation { add }")


@frozen
class Hero:
    name: str


class Colour(Enum):
    RED = "Red"


@wire_names(camel_case)
@frozen
class Filter:
    is_old: bool | Unset = UNSET
    name: str | None | Unset = UNSET


def body(call: Call[Any]) -> dict[str, Any]:
    assert call.request.body is not None
    assert call.request.fields() == (
        ("Accept", "application/graphql-response+json, application/json;q=0.9"),
        ("Content-Type", "application/json"),
    )
    assert (call.request.method, call.request.url.text) == ("POST", "")
    sent: dict[str, Any] = json.loads(call.request.body.content)
    return sent


def test_what_a_document_says_of_itself() -> None:
    assert (HERO.kind, HERO.operation_name, HERO.name) == ("query", "Hero", None)
    assert HERO.variables == {"id", "filter", "first"}
    assert (ADD.kind, ADD.operation_name, ADD.variables) == ("mutation", None, frozenset())
    assert repr(ADD) == "Document(text=<16 characters>, name=None)"


def test_a_document_is_a_value() -> None:
    twin = pickle.loads(pickle.dumps(HERO))
    assert twin == HERO
    assert hash(twin) == hash(HERO)
    assert twin != Document(HERO.text, "Hero")
    assert twin.call({"id": "1"}, returns=Hero, at="hero") == HERO.call({"id": "1"}, returns=Hero, at="hero")


@pytest.mark.parametrize(
    ("variables", "sent"),
    [
        pytest.param({"id": "7"}, {"id": "7"}, id="plain"),
        pytest.param({"id": "7", "filter": UNSET}, {"id": "7"}, id="left out"),
        pytest.param({"id": "7", "filter": None}, {"id": "7", "filter": None}, id="null"),
        pytest.param(
            {"id": "é", "filter": Filter(is_old=True)},
            {"id": "é", "filter": {"isOld": True}},
            id="an input object",
        ),
        pytest.param(
            {"id": "7", "filter": {"a": UNSET, "b": [Filter(name=None), Colour.RED]}},
            {"id": "7", "filter": {"b": [{"name": None}, "Red"]}},
            id="nested",
        ),
    ],
)
def test_variables(variables: dict[str, object], sent: object) -> None:
    call = HERO.call(variables, returns=Hero, at="hero")
    assert body(call) == {"query": HERO.text, "operationName": "Hero", "variables": sent}


@pytest.mark.parametrize("variables", [None, {}])
def test_nothing_is_sent_that_there_is_not(variables: dict[str, object] | None) -> None:
    assert body(ADD.call(variables, returns=object)) == {"query": ADD.text}


@pytest.mark.parametrize(
    ("document", "variables", "words"),
    [
        pytest.param(
            HERO,
            {"id": "1", "frist": 2},
            "declares no variable 'frist'; it declares filter, first, id",
            id="a typo",
        ),
        pytest.param(ADD, {"id": "1"}, "declares no variable 'id'; it declares none", id="none is declared"),
        pytest.param(HERO, {"filter": None}, "needs a value for the variable 'id'", id="missing"),
        pytest.param(HERO, {"id": UNSET}, "needs a value for the variable 'id'", id="left out"),
        pytest.param(HERO, {"id": None}, "the variable 'id' may not be null", id="null"),
    ],
)
def test_variables_that_do_not_fit(document: Document, variables: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        document.call(variables, returns=object)


def test_variables_that_have_no_form_in_json() -> None:
    with pytest.raises(TypeError, match=r"\$\.id is of type complex"):
        HERO.call({"id": 1j}, returns=Hero)


def test_an_answer_is_read() -> None:
    call = HERO.call({"id": "7"}, returns=Hero, at="hero")
    assert call.parse(Response(200, json={"data": {"hero": {"name": "Ada"}}})) == Hero("Ada")
    again = HERO.call({"id": "8"}, returns=Hero, at="hero")
    assert again.meaning is call.meaning
    absent = HERO.call({"id": "7"}, returns=Hero, at="hero", nullable=True)
    assert absent.parse(Response(200, json={"data": {"hero": None}})) is None
    length = call.mapped(lambda hero, _: len(hero.name)).or_none(404)
    assert length.parse(Response(200, json={"data": {"hero": {"name": "Ada"}}})) == 3
    assert length.parse(Response(404)) is None


@pytest.mark.parametrize(
    ("document", "safety", "expected"),
    [
        pytest.param(HERO, None, Safety.SAFE, id="a query"),
        pytest.param(ADD, None, Safety.UNKNOWN, id="a mutation"),
        pytest.param(ADD, Safety.IDEMPOTENT, Safety.IDEMPOTENT, id="a mutation that says better"),
    ],
)
def test_safety(document: Document, safety: Safety | None, expected: Safety) -> None:
    variables = {"id": "1"} if document is HERO else None
    assert document.call(variables, returns=object, safety=safety).safety is expected


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        pytest.param("{ a", DocumentError, "line 1, column 1: '{' is never closed", id="no document"),
        pytest.param(
            "subscription { a }", ValueError, "a subscription is not one answer", id="a subscription"
        ),
        pytest.param("query A { a } query B { b }", ValueError, "name the one to send: A, B", id="several"),
        pytest.param(7, TypeError, "Document.text is a str, not int", id="no text"),
    ],
)
def test_a_document_is_checked_at_birth(text: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        Document(text)


def test_a_document_with_a_name_is_checked_when_it_is_used() -> None:
    two = "query A { a } mutation B { b }"
    assert body(Document(two, name="B").call(returns=object)) == {"query": two, "operationName": "B"}
    for text, words in (("{ a", "never closed"), (two, "no operation 'C'; it has A, B")):
        document = Document(text=text, name="C")
        with pytest.raises(ValueError, match=words):
            document.call(returns=object)
        with pytest.raises(ValueError, match=words):
            _ = document.kind
    with pytest.raises(TypeError, match=r"Document\.name is a str or None, not int"):
        Document(two, 7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_any_document_gives_plain_data() -> None:
    call = graphql("query A($x: Int) { a(x: $x) } query B { b }", {"x": 1}, name="A")
    assert body(call)["operationName"] == "A"
    assert body(call)["variables"] == {"x": 1}
    assert call.parse(Response(200, json={"data": {"a": [1, None]}})) == {"a": [1, None]}
    assert body(graphql("{ a }")) == {"query": "{ a }"}


def test_a_start_loads_no_more_than_documents_need() -> None:
    code = (
        "import sys; from offwire.formats.graphql import Document; Document('x' * 9, name='A');"
        "print(*[each for each in ('outline', 'lexer', 'reading', 'answer', 'batch')"
        " if f'offwire.formats.graphql.{each}' in sys.modules], 'json' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "False\n", "")
