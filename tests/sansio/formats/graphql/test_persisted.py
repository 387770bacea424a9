"""Automatic persisted queries: hashes first, documents where the server asks for them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from offwire import Api, Body, Call, Group, M, Policies, Request, Response, operation
from offwire.formats.graphql.document import graphql
from offwire.formats.graphql.persisted import persisted_queries
from offwire.json_value import Json
from offwire.testing import Answer, Client, Reply, Script
from offwire.time import Now

TEXT = "query A($x: Int) { a(x: $x) }"
HASH = sha256(TEXT.encode()).hexdigest()


class Things(Group[M]):
    @operation
    def ask(self) -> Call[Json]:
        return graphql(TEXT, {"x": 1})

    @operation
    def send(self, call: Call[Json]) -> Call[Json]:
        return call


class Game(Api[M]):
    base_url = "https://api.test/graphql"
    things: Things[M]


class Apollo:
    """A server that keeps the documents that it is sent with their hash."""

    def __init__(self, *, supports: bool = True, status: int = 200) -> None:
        self.known: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.supports = supports
        self.status = status

    def __call__(self, request: Request, _now: Now) -> Reply:
        assert request.body is not None
        body = json.loads(request.body.content)
        self.bodies.append(body)
        query = body.get("query")
        persisted = body.get("extensions", {}).get("persistedQuery")
        if persisted is not None:
            if not self.supports:
                return self.refused("PersistedQueryNotSupported")
            assert persisted["version"] == 1
            if query is None and persisted["sha256Hash"] not in self.known:
                return self.refused("PersistedQueryNotFound")
            query = self.known.setdefault(persisted["sha256Hash"], query or "")
        assert sha256(query.encode()).hexdigest() == HASH
        return Answer(Response(200, json={"data": {"a": body["variables"]["x"]}}))

    def refused(self, message: str) -> Answer:
        return Answer(Response(self.status, json={"errors": [{"message": message}]}))


def api(server: Any) -> Game[Any]:
    return Game(Client(server), policies=Policies(middleware=[persisted_queries()]))


@pytest.mark.parametrize("status", [200, 400])
def test_a_document_is_sent_once(status: int) -> None:
    server = Apollo(status=status)
    game = api(server)
    assert [game.things.ask() for _ in range(3)] == [{"a": 1}] * 3
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
    short = {"operationName": "A", "variables": {"x": 1}, "extensions": extensions}
    assert server.bodies == [short, {**short, "query": TEXT}, short, short]


def test_a_server_that_does_not_support_it_is_asked_once() -> None:
    server = Apollo(supports=False)
    game = api(server)
    assert [game.things.ask() for _ in range(3)] == [{"a": 1}] * 3
    assert ["query" in each for each in server.bodies] == [False, True, True, True]
    assert all("extensions" not in each for each in server.bodies[1:])


def test_what_is_remembered_is_bounded() -> None:
    server = Apollo(supports=False)
    game = api(server)
    places = [f"https://api.test/{number}" for number in range(65)]
    for place in [*places, places[64], places[0]]:
        game.things.send(graphql(TEXT, {"x": 1}).with_target(place))
    assert len(server.bodies) == 2 * 65 + 1 + 2


def test_codes_are_understood_as_well_and_other_extensions_are_kept() -> None:
    call = graphql(TEXT, {"x": 1})
    assert call.request.body is not None
    content = call.request.body.content[:-1] + b',"extensions":{"trace":true}}'
    body = Body(content=content, content_type="application/json")
    request = Request("POST", "", body=body)
    refusal = {"errors": [{"message": "no", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
    server = Script(Answer(Response(200, json=refusal)), Answer(Response(200, json={"data": {}})))
    api(server).things.send(Call.of(request, returns=object))
    for each in server.requests:
        assert each.body is not None
        extensions = json.loads(each.body.content)["extensions"]
        assert extensions == {"trace": True, "persistedQuery": {"version": 1, "sha256Hash": HASH}}


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request("GET", "/"), id="a GET"),
        pytest.param(Request("POST", "/"), id="no body"),
        pytest.param(Request("POST", "/", body=Body(content=b"{}", content_type="text/plain")), id="text"),
        pytest.param(
            Request("POST", "/", body=Body(content=b"{", content_type="application/json")), id="no JSON"
        ),
        pytest.param(
            Request("POST", "/", body=Body(content=b"[]", content_type="application/json")), id="a list"
        ),
        pytest.param(
            Request("POST", "/", body=Body(content=b'{"query":1}', content_type="application/json")),
            id="no text",
        ),
    ],
)
def test_other_requests_go_out_as_they_came(request_: Request) -> None:
    server = Script(Answer(Response(200, json=1)))
    api(server).things.send(Call.of(request_, returns=object))
    assert server.requests[0].body == request_.body
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(200, json={"data": {"said": "PersistedQueryNotFound"}}), id="data"),
        pytest.param(Response(200, json=["PersistedQueryNotFound"]), id="a list"),
        pytest.param(Response(200, text='"PersistedQueryNotFound'), id="no JSON"),
        pytest.param(
            Response(
                200, json={"data": {}, "errors": [{"message": "PersistedQueryNotFound"}], "more": "x" * 9000}
            ),
            id="too long",
        ),
    ],
)
def test_other_answers_are_answers(response: Response) -> None:
    server = Script(Answer(response))
    call: Call[Any] = Call.of(graphql(TEXT, {"x": 1}).request, returns=Response)
    assert api(server).things.send(call) == response
