"""Several calls in one request, and what becomes of each."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from attrs import frozen

from offwire import Api, Bearer, Call, Group, M, Options, Policies, Response, Safety, operation
from offwire.errors import CallError, DecodeError, GraphQLError, ServerError
from offwire.formats.graphql.batch import Done, Failed, Outcome, batched
from offwire.formats.graphql.document import Document
from offwire.json_value import Json
from offwire.testing import Answer, Client, Script
from tests.sansio.kit import Diary

HERO = Document("query ($id: ID!) { hero(id: $id) { name } rate { spent } }")
RATE = Document("{ rate { spent } }")
ADD = Document("mutation ($n: Int!) { add(n: $n) }")


@frozen
class Hero:
    name: str


def hero(id: str) -> Call[Hero]:
    return HERO.call({"id": id}, returns=Hero, at="hero")


def spent() -> Call[int]:
    return RATE.call(returns=int, at="rate.spent")


def add(n: int, safety: Safety | None = None) -> Call[int]:
    return ADD.call({"n": n}, returns=int, at="add", safety=safety)


def answer(data: Json, *errors: Json) -> Response:
    return Response(200, json={"data": data, "errors": list(errors)} if errors else {"data": data})


def error_of(outcome: Outcome[Any]) -> CallError:
    assert isinstance(outcome, Failed)
    with pytest.raises(type(outcome.error)) as raised:
        outcome.result()
    assert raised.value is outcome.error
    return outcome.error


def test_what_is_sent() -> None:
    call = batched(hero("1"), spent(), hero("2"))
    request = call.request
    assert request.body is not None
    assert json.loads(request.body.content) == {
        "query": "query Batch($c0_id:ID!$c2_id:ID!)"
        "{c0_hero:hero(id:$c0_id){name}rate{spent}c2_hero:hero(id:$c2_id){name}}",
        "operationName": "Batch",
        "variables": {"c0_id": "1", "c2_id": "2"},
    }
    assert (request.method, request.url.text, request.body.content_type) == ("POST", "", "application/json")
    assert request.headers == spent().request.headers
    only = batched(spent())
    assert only.request.body is not None
    assert b"variables" not in only.request.body.content


def test_each_call_gets_its_own() -> None:
    call = batched(hero("1"), spent(), hero("2").mapped(lambda each, response: (each.name, response.status)))
    data: Json = {"c0_hero": {"name": "A"}, "rate": {"spent": 5}, "c2_hero": {"name": "B"}}
    outcomes = call.parse(answer(data))
    assert outcomes == (Done(Hero("A")), Done(5), Done(("B", 200)))
    assert [each.result() for each in outcomes] == [Hero("A"), 5, ("B", 200)]
    assert call.mapped(lambda each, _: len(each)).parse(answer(data)) == 3


def test_a_call_that_fails_leaves_the_others_alone() -> None:
    data: dict[str, Json] = {"c0_hero": None, "rate": {"spent": 5}, "c2_hero": {"name": 3}}
    broken: dict[str, Json] = {
        "message": "no hero",
        "path": ["c0_hero", "name"],
        "locations": [{"line": 1, "column": 2}],
    }
    first, second, third = batched(hero("1"), spent(), hero("2")).parse(answer(data, broken))
    error = error_of(first)
    assert isinstance(error, GraphQLError)
    assert error.message == "the server tells of an error: no hero at $.data.hero.name"
    assert (error.problems[0].path, error.problems[0].locations) == (("hero", "name"), ())
    assert error.data == {"hero": None, "rate": {"spent": 5}}
    assert pickle.loads(pickle.dumps(first)).error.facts() == error.facts()
    assert second == Done(5)
    wrong = error_of(third)
    assert isinstance(wrong, DecodeError)
    assert wrong.path == "$.data.hero.name"


@pytest.mark.parametrize(
    ("path", "failing"),
    [
        pytest.param(["c0_hero"], [True, False, False], id="one's own"),
        pytest.param(["rate"], [True, True, True], id="what all ask for"),
        pytest.param(None, [True, True, True], id="no path"),
        pytest.param([], [True, True, True], id="an empty path"),
        pytest.param(["nonsense"], [True, True, True], id="nobody's"),
        pytest.param([3], [True, True, True], id="a number"),
    ],
)
def test_whose_an_error_is(path: Json, failing: list[bool]) -> None:
    data: dict[str, Json] = {"c0_hero": {"name": "A"}, "rate": {"spent": 5}, "c2_hero": {"name": "B"}}
    outcomes = batched(hero("1"), spent(), hero("2")).parse(answer(data, {"message": "x", "path": path}))
    assert [isinstance(each, Failed) for each in outcomes] == failing


def test_where_one_leaves_no_data_the_others_are_told() -> None:
    first, second = batched(hero("1"), hero("2")).parse(answer(None, {"message": "x", "path": ["c1_hero"]}))
    error, own = error_of(first), error_of(second)
    assert isinstance(error, GraphQLError)
    assert (error.problems, error.data) == ((), None)
    assert "send this one by itself" in str(error)
    assert "x at $.data.hero" in str(own)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        pytest.param(Response(503), ServerError, id="a status"),
        pytest.param(Response(200, text="no"), DecodeError, id="no JSON"),
        pytest.param(Response(400, json={"errors": [{"message": "no"}]}), GraphQLError, id="refused"),
    ],
)
def test_without_an_answer_the_whole_fails(response: Response, kind: type[CallError]) -> None:
    with pytest.raises(kind):
        batched(hero("1"), hero("2")).parse(response)


@pytest.mark.parametrize(
    ("calls", "safety"),
    [
        pytest.param([hero("1"), spent()], Safety.SAFE, id="queries"),
        pytest.param([add(1), add(1)], Safety.UNKNOWN, id="mutations"),
        pytest.param([add(1, Safety.IDEMPOTENT)] * 2, Safety.IDEMPOTENT, id="mutations that say better"),
        pytest.param([add(1, Safety.IDEMPOTENT), add(2)], Safety.UNKNOWN, id="of different safety"),
    ],
)
def test_safety(calls: list[Call[Any]], safety: Safety) -> None:
    assert batched(*calls).safety is safety


def test_options_are_those_of_all() -> None:
    options = Options(deadline=5.0)
    assert batched(*[hero(each).with_options(options) for each in "12"]).overrides == options


@pytest.mark.parametrize(
    ("calls", "kind", "words"),
    [
        pytest.param([], ValueError, "at least one call", id="none"),
        pytest.param([hero("1"), add(1)], ValueError, "queries or mutations, not both", id="a mix"),
        pytest.param(
            [hero("1"), hero("2").with_target("/other")],
            ValueError,
            "one URL: make a batch for each",
            id="two places",
        ),
        pytest.param(
            [hero("1"), hero("2").with_options(Options(deadline=1.0))],
            ValueError,
            "give them to the batch itself",
            id="options of one",
        ),
        pytest.param([hero("1").or_none(404)], ValueError, "declare or_none for the batch", id="a stand-in"),
        pytest.param([Call.get("/")], TypeError, "that a Document made", id="another call"),
        pytest.param(
            [Call.get("/", returns=str).mapped(lambda text, _: text)],
            TypeError,
            "that a Document made",
            id="mapped",
        ),
        pytest.param(["{ a }"], TypeError, "that a Document made", id="no call"),
    ],
)
def test_what_is_no_batch(calls: list[Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        batched(*calls)


class Heroes(Group[M]):
    @operation
    def both(self) -> Call[tuple[Outcome[Hero], Outcome[int]]]:
        return batched(hero("1"), spent())


class Game(Api[M]):
    base_url = "https://api.test/graphql"
    heroes: Heroes[M]


@pytest.mark.parametrize("watched", [False, True])
def test_errors_inside_say_what_errors_that_are_raised_say(watched: bool) -> None:
    token = "open-sesame"  # no canary: the error holds the server's words as they came, before it leaves
    broken: Json = {"message": f"no hero for {token}", "path": ["c0_hero"], "extensions": {"code": token}}
    server = Script(Answer(answer({"c0_hero": {"name": token}, "rate": {"spent": 5}}, broken)))
    policies = Policies(observers=[Diary()] if watched else [])
    game = Game(Client(server), auth=Bearer(token), policies=policies)
    first, second = game.heroes.both()
    error = error_of(first)
    assert isinstance(error, GraphQLError)
    assert (error.operation, error.attempts, error.retry_safe) == ("Heroes.both", 1, True)
    assert (error.method, error.url) == ("POST", "https://api.test/graphql")
    assert error.problems[0].message == "no hero for ***"
    assert token.encode() not in pickle.dumps(error)
    assert second == Done(5)
