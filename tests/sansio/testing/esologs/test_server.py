"""The stand-in of ESO Logs behaves like a whole service, and keeps a record of what it did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from offwire.flow import Flow, Send
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.testing.esologs.points import Points, TableCost
from offwire.testing.esologs.server import FakeEsoLogs
from offwire.testing.fake_faults import Faults
from offwire.testing.servers import Answer, Drop, Truncate
from offwire.testing.world import World
from offwire.time import Now
from offwire.timeouts import Timeouts

HOST = "https://logs.test"
SMALL: dict[str, Any] = {"guilds": 2, "members": 12, "reports": 3, "events": 700}
BACK = "http://localhost:8765/callback"
EVENTS = """
query Events($code: String!, $start: Float, $limit: Int = 100) {
  rateLimitData { limitPerHour pointsSpentThisHour pointsResetIn }
  reportData { report(code: $code) { events(startTime: $start, limit: $limit) { data nextPageTimestamp } } }
}
"""
PLAIN = TableCost(variation=0, weights={})


def posting(path: str, content: bytes, kind: str, headers: Mapping[str, str] | None = None) -> Request:
    return Request("POST", HOST + path, headers=headers or {}, body=Body(content=content, content_type=kind))


def signing_in(**form: str) -> Request:
    asked = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret", **form}
    return posting("/oauth/token", urlencode(asked).encode(), "application/x-www-form-urlencoded")


class Caller:
    """Who calls a stand-in with a token, at a time of its own."""

    def __init__(self, fake: FakeEsoLogs) -> None:
        self.fake = fake
        self.now = Now(0.0, 1_767_225_600.0)
        self.token = self.read(self.answer(signing_in()))["access_token"]

    def answer(self, request: Request) -> Response:
        reply = self.fake(request, self.now)
        assert isinstance(reply, Answer)
        return reply.response

    @staticmethod
    def read(response: Response) -> Any:
        return json.loads(response.content)

    def asking(self, body: object, path: str = "/api/v2/client") -> Request:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return posting(path, content, "application/json", {"Authorization": f"Bearer {self.token}"})

    def ask(self, query: str, path: str = "/api/v2/client", **variables: Any) -> Any:
        response = self.answer(self.asking({"query": query, "variables": variables}, path))
        assert response.status == 200
        return self.read(response)


def caller(**settings: Any) -> Caller:
    return Caller(FakeEsoLogs(**{**SMALL, **settings}))


# Documents


def test_a_document_is_executed() -> None:
    me = caller()
    answer = me.ask("query A($id: Int!) { guildData { guild(id: $id) { id members { total } } } }", id=2)
    assert answer == {"data": {"guildData": {"guild": {"id": 2, "members": {"total": 12}}}}}
    assert me.ask("{ guildData { guild(id: 9) { id } } }") == {"data": {"guildData": {"guild": None}}}
    assert me.fake.stats.operations == {"A": 1, "": 1}


def test_a_bad_report_code_is_an_error() -> None:
    answer = caller().ask('{ reportData { report(code: "nothing") { code } } }')
    assert answer["data"] == {"reportData": {"report": None}}
    assert answer["errors"][0]["path"] == ["reportData", "report"]


def test_a_bad_document_is_answered_with_errors_and_has_its_price() -> None:
    me = caller(points=Points(cost=PLAIN))
    assert me.ask("{ nothing }").keys() == {"errors"}
    body = {"query": "query A { __typename }", "operationName": "B", "variables": []}
    assert "operationName" in me.read(me.answer(me.asking(body)))["errors"][0]["message"]
    assert me.fake.stats.points_spent == {0: 2.0}
    assert me.fake.stats.operations == {}


def test_one_operation_of_several_is_executed() -> None:
    me = caller()
    body = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    assert me.read(me.answer(me.asking(body))) == {"data": {"b": "Query"}}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    me = caller()
    assert me.answer(me.asking(body)).status == 400
    request = Request("POST", f"{HOST}/api/v2/client", headers={"Authorization": f"Bearer {me.token}"})
    assert me.answer(request).status == 400
    assert me.fake.stats.points_spent == {}


def test_a_document_can_be_named_by_its_hash() -> None:
    me = caller(persisted_queries=True)
    text = "{ __typename }"
    digest = sha256(text.encode()).hexdigest()
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    asked: list[dict[str, Any]] = [named, {"query": text, **named}, named]
    answers = [me.read(me.answer(me.asking(body))) for body in asked]
    assert answers[0]["errors"][0]["message"] == "PersistedQueryNotFound"
    assert answers[1] == answers[2] == {"data": {"__typename": "Query"}}


# Events


@pytest.mark.parametrize("boundary", ["whole", "repeats"])
def test_all_events_can_be_had_and_are_counted(boundary: str) -> None:
    me = caller(boundary=boundary)
    code = me.fake.codes[3]
    got: list[Any] = []
    start: float | None = 0.0
    while start is not None:
        page = me.ask(EVENTS, code=code, start=start)["data"]["reportData"]["report"]["events"]
        got += page["data"]
        start = page["nextPageTimestamp"]
    truth = me.fake.events(code)
    assert len(truth) == 700
    assert list({each["castTrackID"]: each for each in got}.values()) == truth
    served = me.fake.served(code)
    assert served.keys() == set(range(700))
    assert me.fake.stats.events_served == {code: len(got)}
    assert served == Counter(each["castTrackID"] - 1 for each in got)
    assert max(served.values()) == (1 if boundary == "whole" else 2)


def test_the_truth_can_be_filtered() -> None:
    fake = caller().fake
    code = fake.codes[0]
    assert all(each["fight"] == 2 for each in fake.events(code, {"fightIDs": [2]}))
    assert fake.served(code) == {}


def test_the_same_seed_and_requests_bring_the_same_answers() -> None:
    def run(seed: int) -> list[Any]:
        me = caller(seed=seed, faults=Faults.evenly(0.5))
        request = me.asking({"query": EVENTS, "variables": {"code": me.fake.codes[0]}})
        return [me.fake(request, me.now) for _ in range(10)]

    assert run(3) == run(3)
    assert run(3) != run(4)


# Tokens


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}], ids=["none", "bad"])
@pytest.mark.parametrize("path", ["/api/v2/client", "/api/v2/user"])
def test_without_a_good_token_there_is_nothing(path: str, headers: dict[str, str]) -> None:
    me = caller()
    response = me.answer(posting(path, b"{}", "application/json", headers))
    assert (response.status, me.read(response)) == (401, {"error": "Unauthenticated."})
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_token_ends() -> None:
    me = caller(token_lifetime=60.0)
    me.now = Now(60.0, 0.0)
    assert me.answer(me.asking({"query": "{ __typename }"})).status == 401


def test_a_user_signs_in_and_is_known_at_the_user_endpoint() -> None:
    me = caller(user=4)
    query = "{ userData { currentUser { id name } } }"
    assert me.answer(me.asking({"query": query}, "/api/v2/user")).status == 401
    asked = urlencode({"response_type": "code", "client_id": "client", "redirect_uri": BACK})
    sent_back = me.answer(Request("GET", f"{HOST}/oauth/authorize?{asked}"))
    code = dict(Url(sent_back.headers["location"]).params)["code"]
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    me.token = me.read(me.answer(signing_in(**grant)))["access_token"]
    user = me.ask(query, "/api/v2/user")
    assert user == {"data": {"userData": {"currentUser": {"id": 4, "name": "Player4"}}}}
    assert "errors" in me.ask(query)


def test_a_refresh_token_from_before_is_a_users() -> None:
    me = caller()
    grant = {"grant_type": "refresh_token", "refresh_token": me.fake.issue_refresh_token()}
    me.token = me.read(me.answer(signing_in(**grant)))["access_token"]
    assert me.ask("{ __typename }", "/api/v2/user") == {"data": {"__typename": "Query"}}
    me.fake.revoke_tokens()
    assert me.answer(me.asking({"query": "{ __typename }"})).status == 401
    assert (me.fake.stats.token_requests, me.fake.stats.tokens_issued) == (2, 2)


# Points


@pytest.mark.parametrize("counts_itself", [True, False])
def test_points_are_told_with_or_without_the_running_document(counts_itself: bool) -> None:
    me = caller(points=Points(limit=50, cost=PLAIN, counts_itself=counts_itself))
    me.now = Now(3590.5, 0.0)
    told = [me.ask(EVENTS, code=me.fake.codes[0])["data"]["rateLimitData"] for _ in range(2)]
    first = 1.0 if counts_itself else 0.0
    assert [each["pointsSpentThisHour"] for each in told] == [first, first + 1]
    assert (told[0]["limitPerHour"], told[0]["pointsResetIn"]) == (50, 10)


def test_who_has_spent_all_points_waits_for_the_next_hour() -> None:
    me = caller(points=Points(limit=3, cost=PLAIN))
    request = me.asking({"query": "{ __typename }"})
    me.now = Now(1000.0, 0.0)
    assert [me.answer(request).status for _ in range(4)] == [200, 200, 200, 429]
    refused = me.answer(request)
    assert (me.read(refused)["status"], refused.headers["retry-after"]) == (429, "2600")
    me.now = Now(3600.0, 0.0)
    assert me.answer(request).status == 401, "the token's hour has ended as well"
    me.token = me.read(me.answer(signing_in()))["access_token"]
    assert me.answer(me.asking({"query": "{ __typename }"})).status == 200
    assert (me.fake.stats.points_spent, me.fake.stats.throttled) == ({0: 3.0, 1: 1.0}, 2)


def test_a_refusal_need_not_tell_how_long() -> None:
    me = caller(points=Points(limit=1, cost=lambda operation: 5.0, tells_wait=False))
    me.ask("{ __typename }")
    refused = me.answer(me.asking({"query": "{ __typename }"}))
    assert (refused.status, "retry-after" in refused.headers) == (429, False)


# Faults


def test_faults_of_the_server_do_nothing() -> None:
    me = caller(faults=Faults(server_error=0.5, unavailable=0.5, retry_after=7))
    request = me.asking({"query": EVENTS, "variables": {"code": me.fake.codes[0]}})
    responses = [me.answer(request) for _ in range(20)]
    assert {each.status for each in responses} == {500, 503}
    assert {each.headers.get("retry-after") for each in responses} == {None, "7"}
    assert me.fake.stats.points_spent == {}
    assert me.fake.stats.faults["server_error"] + me.fake.stats.faults["unavailable"] == 20


def test_what_does_not_arrive_is_spent_but_not_served() -> None:
    me = caller(faults=Faults(truncated=0.5, dropped=0.5), points=Points(cost=PLAIN))
    request = me.asking({"query": EVENTS, "variables": {"code": me.fake.codes[0]}})
    replies = {type(me.fake(request, me.now)) for _ in range(20)}
    assert replies == {Truncate, Drop}
    assert me.fake.stats.points_spent == {0: 20.0}
    assert me.fake.stats.events_served == {}
    assert me.fake.stats.by_status == {200: 1}, "the token's"


def test_an_answer_may_be_slow() -> None:
    me = caller(faults=Faults(slow=1.0, slow_by=2.5))
    reply = me.fake(me.asking({"query": "{ __typename }"}), me.now)
    assert isinstance(reply, Answer)
    assert reply.after == 2.5


def test_requests_for_tokens_go_wrong_only_where_asked_for() -> None:
    fake = FakeEsoLogs(**SMALL, faults=Faults(server_error=1.0, on_tokens=True))
    reply = fake(signing_in(), Now(0.0, 0.0))
    assert isinstance(reply, Answer)
    assert reply.response.status == 500


# Everything else


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/v2/client", 405, id="documents are posted"),
        pytest.param("POST", "/oauth/authorize", 405, id="a browser gets"),
        pytest.param("GET", "/", 404, id="nothing there"),
    ],
)
def test_other_paths_and_methods_are_refused(method: str, path: str, status: int) -> None:
    me = caller(faults=Faults(server_error=1.0))
    response = me.answer(Request(method, HOST + path))
    assert (response.status, me.read(response)["status"]) == (status, status)
    assert ("allow" in response.headers) is (status == 405)


@pytest.mark.parametrize("user", [0, 7])
def test_the_user_has_to_exist(user: int) -> None:
    with pytest.raises(ValueError, match="user is one from 1 to 6"):
        FakeEsoLogs(**SMALL, user=user)


def test_it_is_a_server_in_virtual_time() -> None:
    fake = FakeEsoLogs(**SMALL)

    def signed_in() -> Flow[Response]:
        response: Response = yield Send(signing_in(), Timeouts())
        return response

    world = World(fake)
    task = world.spawn(signed_in())
    world.run_until_idle()
    assert task.result().status == 200
    assert fake.stats.requests == 1
