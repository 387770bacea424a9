"""The stand-in behaves like a whole REST service, and keeps a record of what it did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import NetworkError
from offwire.flow import Flow, Send, Sleep
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.fake_faults import Fault
from offwire.testing.rest_server import FakeQuota, FakeRest, FakeStats, Faults
from offwire.testing.servers import Answer, Drop, Truncate
from offwire.testing.world import World
from offwire.time import Now
from offwire.timeouts import Timeouts

HOST = "https://shop.test"
NEW = {"name": "Ada", "email": "ada@example.com"}


def request(
    method: str,
    target: str,
    *,
    json_: Any = None,
    form: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    body = None
    if json_ is not None:
        body = Body(content=json.dumps(json_).encode(), content_type="application/json")
    if form is not None:
        body = Body(content=form.encode(), content_type="application/x-www-form-urlencoded")
    return Request(method, HOST + target, headers=headers or {}, body=body)


TOKEN = request(
    "POST", "/oauth/token", form="grant_type=client_credentials&client_id=client&client_secret=secret"
)


def read(response: Response) -> Any:
    return json.loads(response.content)


class Caller:
    """Who calls a stand-in with a token, at a time of its own."""

    def __init__(self, rest: FakeRest) -> None:
        self.rest = rest
        self.now = Now(0.0, 1_767_225_600.0)
        self.token = read(self.answer(TOKEN))["access_token"]

    def answer(self, request: Request) -> Response:
        reply = self.rest(request, self.now)
        assert isinstance(reply, Answer)
        return reply.response

    def call(
        self, method: str, target: str, *, json_: Any = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        fields = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.answer(request(method, target, json_=json_, headers=fields))


def caller(**settings: Any) -> Caller:
    return Caller(FakeRest(**{"users": 30, "quota": None, **settings}))


# Users


def test_a_user_can_be_read() -> None:
    me = caller()
    response = me.call("GET", "/users/7")
    assert (response.status, read(response)) == (200, me.rest.user(7))
    assert read(response)["id"] == 7


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_user_who_does_not_exist_is_not_found(method: str) -> None:
    response = caller().call(method, "/users/99", json_=NEW)
    assert (response.status, response.media_type) == (404, "application/problem+json")
    assert read(response)["code"] == "user_not_found"


def test_users_can_be_listed() -> None:
    response = caller(page_size_max=5).call("GET", "/users?per_page=50&sort=-id")
    assert [user["id"] for user in read(response)["items"]] == [30, 29, 28, 27, 26]
    assert 'rel="next"' in response.headers["link"]


def test_a_bad_parameter_is_told() -> None:
    response = caller().call("GET", "/users?page=0")
    assert (response.status, read(response)["detail"]) == (400, "page is a whole number from 1 on")


def test_a_user_can_be_created() -> None:
    me = caller()
    response = me.call("POST", "/users", json_=NEW)
    assert (response.status, response.headers["location"]) == (201, "/users/31")
    assert read(response)["createdAt"] == "2026-01-01T00:00:00Z"
    assert me.rest.user(31) == read(response)
    assert me.rest.user_ids == tuple(range(1, 32))


def test_a_user_can_be_replaced_changed_and_deleted() -> None:
    me = caller()
    assert read(me.call("PUT", "/users/7", json_=NEW))["role"] == "viewer"
    assert read(me.call("PATCH", "/users/7", json_={"role": "admin"}))["role"] == "admin"
    assert me.call("DELETE", "/users/7").status == 204
    assert me.call("DELETE", "/users/7").status == 404
    assert me.rest.user(7) is None


def test_a_merge_patch_is_taken_as_such() -> None:
    me = caller()
    headers = {"Content-Type": "application/merge-patch+json"}
    assert me.call("PATCH", "/users/7", json_={"name": "Eve"}, headers=headers).status == 200


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/users"), ("PUT", "/users/7"), ("PATCH", "/users/7")]
)
def test_a_document_that_cannot_be_taken_says_why(method: str, target: str) -> None:
    me = caller()
    wrong = me.call(method, target, json_={"role": "king"})
    assert wrong.status == 422
    assert {"field": "role", "message": "is one of admin, editor, viewer"} in read(wrong)["errors"]
    assert me.call(method, target, json_=[1]).status == 400
    assert me.call(method, target, json_=NEW, headers={"Content-Type": "text/plain"}).status == 415
    assert me.call(method, target).status == 415
    assert me.call(method, target, headers={"Content-Type": "application/json"}).status == 400


def test_the_same_key_with_the_same_body_brings_the_same_answer_and_one_user() -> None:
    me = caller()
    first = me.call("POST", "/users", json_=NEW, headers={"Idempotency-Key": "k"})
    second = me.call("POST", "/users", json_=NEW, headers={"Idempotency-Key": "k"})
    assert (second.status, second.content) == (201, first.content)
    assert me.rest.stats.users_created == 1
    other = me.call("POST", "/users", json_=NEW, headers={"Idempotency-Key": "l"})
    assert read(other)["id"] == 32


def test_the_same_key_with_another_body_is_refused() -> None:
    me = caller()
    me.call("POST", "/users", json_=NEW, headers={"Idempotency-Key": "k"})
    response = me.call("POST", "/users", json_={**NEW, "name": "Eve"}, headers={"Idempotency-Key": "k"})
    assert (response.status, read(response)["code"]) == (422, "idempotency_key_reused")


# Tokens


@pytest.mark.parametrize("target", ["/users", "/users/7"])
def test_users_need_a_token(target: str) -> None:
    rest = FakeRest(users=10)
    reply = rest(request("GET", target), Now())
    assert isinstance(reply, Answer)
    assert reply.response.status == 401
    assert reply.response.headers["www-authenticate"] == 'Bearer realm="users"'


def test_a_token_runs_out() -> None:
    me = caller(token_lifetime=60.0)
    assert me.call("GET", "/users/7").status == 200
    me.now.advance(60.0, 0.0)
    response = me.call("GET", "/users/7")
    assert response.status == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_tokens_can_be_revoked() -> None:
    me = caller()
    me.rest.revoke_tokens()
    assert me.call("GET", "/users/7").status == 401


def test_a_refresh_token_can_be_had_and_traded() -> None:
    rest = FakeRest(client_id="me", client_secret="mine")
    token = rest.issue_refresh_token()
    form = f"grant_type=refresh_token&refresh_token={token}&client_id=me&client_secret=mine"
    reply = rest(request("POST", "/oauth/token", form=form), Now())
    assert isinstance(reply, Answer)
    assert read(reply.response)["refresh_token"] != token


# Other routes


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/status/418", 418),
        ("/redirect?to=/users", 302),
        ("/cookies/set?a=1", 200),
        ("/cookies", 200),
        ("/nowhere", 404),
        ("/users/abc", 404),
        ("/users/", 404),
        ("/status/1000", 404),
        ("/delay/x", 404),
    ],
)
def test_each_path_is_routed(target: str, status: int) -> None:
    reply = FakeRest(users=1)(request("GET", target), Now())
    assert isinstance(reply, Answer)
    assert reply.response.status == status


def test_an_upload_is_routed() -> None:
    assert caller().call("POST", "/upload").status == 415


@pytest.mark.parametrize(("target", "after"), [("/delay/3", 3.0), ("/delay/0.25", 0.25)])
def test_an_answer_can_be_delayed(target: str, after: float) -> None:
    reply = FakeRest(users=1)(request("GET", target), Now())
    assert isinstance(reply, Answer)
    assert reply.after == after


def test_head_is_get_without_the_body() -> None:
    me = caller()
    got, head = me.call("GET", "/users/7"), me.call("HEAD", "/users/7")
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.media_type == "application/json"
    assert me.rest.stats.users_served == {7: 1}


@pytest.mark.parametrize(
    ("target", "allow"),
    [
        ("/users", "GET, POST, HEAD, OPTIONS"),
        ("/users/7", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("/oauth/token", "POST, OPTIONS"),
    ],
)
def test_options_and_a_wrong_method_tell_the_methods(target: str, allow: str) -> None:
    me = caller()
    options, wrong = me.call("OPTIONS", target), me.call("TRACE", target)
    assert (options.status, options.headers["allow"]) == (204, allow)
    assert (wrong.status, wrong.headers["allow"]) == (405, allow)


def test_each_answer_has_an_id() -> None:
    me = caller()
    ids = [me.call("GET", target).headers["x-request-id"] for target in ("/users/7", "/nowhere")]
    assert ids == ["fake-2", "fake-3"]


# Quota


def test_the_quota_is_told_with_each_answer_and_kept() -> None:
    me = caller(quota=FakeQuota(limit=2, per=10.0))
    first, second, third = (me.call("GET", target) for target in ("/users/7", "/nowhere", "/users/7"))
    assert [each.status for each in (first, second, third)] == [200, 404, 429]
    assert [each.headers["x-ratelimit-remaining"] for each in (first, second, third)] == ["1", "0", "0"]
    assert {each.headers["x-ratelimit-limit"] for each in (first, second, third)} == {"2"}
    assert (third.headers["retry-after"], third.headers["x-ratelimit-reset"]) == ("10", "10")
    assert "retry-after" not in first.headers
    me.now.advance(10.0, 0.0)
    assert me.call("GET", "/users/7").status == 200
    assert (me.rest.stats.allowed, me.rest.stats.throttled) == (3, 1)


def test_tokens_are_not_counted_by_the_quota() -> None:
    me = caller(quota=FakeQuota(limit=1, per=10.0))
    assert "x-ratelimit-limit" not in me.answer(TOKEN).headers
    assert me.call("GET", "/users/7").status == 200


def test_without_a_quota_everything_is_allowed() -> None:
    me = caller()
    assert "x-ratelimit-limit" not in me.call("GET", "/users/7").headers
    assert (me.rest.stats.allowed, me.rest.stats.throttled) == (1, 0)


# Faults


def always(fault: Fault) -> Faults:
    settings: dict[str, Any] = {fault.value: 1.0, "retry_after": 7, "slow_by": 3.0}
    return Faults(**settings)


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [(Fault.SERVER_ERROR, 500, None), (Fault.UNAVAILABLE, 503, "7")],
)
def test_a_failing_server_does_nothing(fault: Fault, status: int, retry_after: str | None) -> None:
    me = caller(faults=always(fault))
    response = me.call("DELETE", "/users/7")
    assert (response.status, response.headers.get("retry-after")) == (status, retry_after)
    assert me.rest.user(7) is not None
    assert me.rest.stats.faults[fault.value] == 1


@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault.TRUNCATED, Truncate), (Fault.DROPPED, Drop), (Fault.SLOW, Answer)]
)
def test_a_failing_wire_loses_the_answer_and_not_the_work(fault: Fault, kind: type[object]) -> None:
    me = caller(faults=always(fault))
    headers = {"Authorization": f"Bearer {me.token}"}
    reply = me.rest(request("POST", "/users", json_=NEW, headers=headers), me.now)
    assert isinstance(reply, kind)
    assert me.rest.user(31) is not None
    if isinstance(reply, Answer):
        assert (reply.response.status, reply.after) == (201, 3.0)


def test_what_is_lost_is_not_counted_as_served() -> None:
    me = caller(faults=Faults(truncated=1.0))
    headers = {"Authorization": f"Bearer {me.token}"}
    for target in ("/users/7", "/users"):
        assert isinstance(me.rest(request("GET", target, headers=headers), me.now), Truncate)
    stats = me.rest.stats
    assert (stats.users_served, stats.users_listed, stats.by_status) == ({}, {}, {200: 1})


def test_tokens_go_wrong_only_where_that_is_asked_for() -> None:
    assert isinstance(FakeRest(users=1, faults=Faults(dropped=1.0))(TOKEN, Now()), Answer)
    assert isinstance(FakeRest(users=1, faults=Faults(dropped=1.0, on_tokens=True))(TOKEN, Now()), Drop)


# The record


@pytest.mark.parametrize(("users", "page_size_max"), [(-1, 100), (10, 0)])
def test_numbers_out_of_range_are_refused(users: int, page_size_max: int) -> None:
    with pytest.raises(ValueError, match="users is a number from 0 on"):
        FakeRest(users, page_size_max=page_size_max)


def test_the_record_tells_what_was_done() -> None:
    me = caller(users=3)
    for target in ("/users/1", "/users/1", "/users/2", "/users?per_page=2", "/users/9"):
        me.call("GET", target)
    me.call("POST", "/users", json_=NEW)
    assert me.rest.stats == FakeStats(
        requests=7,
        by_status={200: 5, 404: 1, 201: 1},
        allowed=6,
        throttled=0,
        faults=dict.fromkeys(("server_error", "unavailable", "slow", "truncated", "dropped"), 0),
        token_requests=1,
        tokens_issued=1,
        users_served={1: 2, 2: 1},
        users_listed={1: 1, 2: 1},
        users_created=1,
    )


def test_a_snapshot_does_not_change_afterwards() -> None:
    me = caller()
    before = me.rest.stats
    me.call("GET", "/users/7")
    assert (before.requests, before.by_status, before.users_served) == (1, {200: 1}, {})


def harvesting(rest: FakeRest, number: int, token: str) -> Flow[int]:
    """Fetch one user, patiently."""
    asked = request("GET", f"/users/{number}", headers={"Authorization": f"Bearer {token}"})
    attempt = 0
    while True:
        attempt += 1
        try:
            response: Response = yield Send(asked, Timeouts(read=30.0))
        except NetworkError:
            continue
        if response.status == 200:
            return int(read(response)["id"])
        yield Sleep(attempt * 1.0)


@given(seed=st.integers(0, 1_000), limit=st.integers(3, 20), rate=st.sampled_from([0.0, 0.2, 0.5]))
def test_a_harvest_loses_nobody_and_the_window_is_never_exceeded(seed: int, limit: int, rate: float) -> None:
    rest = FakeRest(users=25, seed=seed, quota=FakeQuota(limit=limit, per=1.0), faults=Faults.evenly(rate))
    admitted: list[float] = []

    def server(request: Request, now: Now) -> Any:
        before = rest.stats.allowed
        reply = rest(request, now)
        admitted.extend([now.monotonic] * (rest.stats.allowed - before))
        return reply

    with World(server, seed=seed, latency=lambda chance: chance.uniform(0.0, 0.3)) as world:
        token = read(Caller(rest).answer(TOKEN))["access_token"]
        tasks = [world.spawn(harvesting(rest, number, token)) for number in rest.user_ids]
        world.run_until_idle()
    assert [each.result() for each in tasks] == list(rest.user_ids)
    stats = rest.stats
    assert stats.users_served == dict.fromkeys(rest.user_ids, 1)
    lost = stats.faults["truncated"] + stats.faults["dropped"]
    assert stats.requests == sum(stats.by_status.values()) + lost
    assert stats.throttled == stats.by_status.get(429, 0)
    assert stats.allowed == len(admitted)
    for start in admitted:
        assert sum(start <= at < start + 1.0 for at in admitted) <= limit


@given(seed=st.integers(0, 1_000))
def test_the_same_seed_and_requests_make_the_same_answers(seed: int) -> None:
    def answers() -> list[object]:
        rest = FakeRest(users=5, seed=seed, quota=FakeQuota(limit=5), faults=Faults.evenly(0.5))
        return [rest(each, Now()) for each in [TOKEN, *[request("GET", "/cookies")] * 10]]

    assert answers() == answers()
