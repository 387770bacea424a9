"""Rest: what each argument sends, what each answer becomes, and how it fares when things go wrong."""

from __future__ import annotations

import inspect
import pickle
import pydoc
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import frozen

from offwire import (
    UNSET,
    ApiKey,
    Bearer,
    Body,
    BreakerPolicy,
    Call,
    ClientCredentials,
    Constant,
    Context,
    Flow,
    Forward,
    Options,
    Request,
    Response,
    Safety,
    SignIn,
    TokenGrant,
    transform_request,
    transform_response,
)
from offwire import operation as declared
from offwire.apis.rest import ByLink, Rest, RestConfig, RestResponse
from offwire.apis.rest.client import rest_call, rest_pages
from offwire.auth.fetched import Exchange
from offwire.auth.token import Token
from offwire.errors import (
    AuthenticationError,
    CircuitOpen,
    Conflict,
    DeadlineExceeded,
    DecodeError,
    MaybeSent,
    NotFound,
    PermissionDenied,
    RateLimited,
    ResponseTimeout,
    ServerError,
    StatusError,
    ValidationFailed,
)
from offwire.events import AttemptEnded, CallEnded, Event
from offwire.formats.multipart import File
from offwire.json_value import Json
from offwire.metrics import Metrics
from offwire.mode import M, Sync
from offwire.testing import Answer, Client, Drop, Refuse, Script, Stall, World, json_answer
from offwire.testing.rest_server import FakeQuota, FakeRest, Faults
from offwire.timeouts import Timeouts
from tests.sansio.clients import AsyncClient, Within, items, result

BASE = "https://api.test/v1"
PLAIN: Any = vars(pydoc)["plaintext"]
OK = json_answer({"ok": True})
VERBS = ["get", "head", "options", "post", "put", "patch", "delete"]
Canary = Callable[[str], str]


@frozen
class User:
    id: int
    name: str


class PaymentRequired(StatusError):
    """402."""


def rest(*replies: Any, auth: Any = None, **settings: Any) -> tuple[Client, Rest[Sync]]:
    client = Client(Script(*replies))
    return client, Rest(client, RestConfig(**{"base_url": BASE, **settings}), auth=auth)


def sent(
    *arguments: Any, verb: str = "post", settings: dict[str, Any] | None = None, **named: Any
) -> Request:
    """What goes onto the wire for one call."""
    client, api = rest(OK, **settings or {})
    getattr(api, verb)(*arguments, **named)
    (request,) = client.requests
    return request


def content_types(request: Request) -> list[str]:
    return [value for name, value in request.fields() if name.lower() == "content-type"]


# Three faces


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_sends_its_method(verb: str) -> None:
    client, api = rest(OK, OK)
    response = getattr(api, verb)("/users/7")
    assert (response.status_code, response.data) == (200, {"ok": True})
    assert (client.requests[0].method, client.requests[0].url.text) == (verb.upper(), f"{BASE}/users/7")
    asynchronous = AsyncClient(Script(OK))
    coroutine = getattr(Rest(asynchronous, RestConfig(base_url=BASE)), verb)("/users/7")
    assert asynchronous.requests == ()
    assert result(coroutine).data == {"ok": True}
    call = getattr(Rest, verb)("/users/7")
    assert type(call) is Call
    assert call.request == Request(verb.upper(), "/users/7")


@pytest.mark.parametrize("method", ["PURGE", "REPORT", "TRACE", "M-SEARCH"])
def test_any_other_method_has_a_verb_too(method: str) -> None:
    client, api = rest(OK)
    assert api.request(method)("/cache", params={"a": 1}).data == {"ok": True}
    assert (client.requests[0].method, client.requests[0].url.query) == (method, "a=1")
    api_async = Rest(AsyncClient(Script(json_answer({"id": 7, "name": "Ada"}))), RestConfig(base_url=BASE))
    assert result(api_async.request(method)("/cache", returns=User)).data == User(7, "Ada")
    assert Rest.request(method)("/cache").request.method == method


@pytest.mark.parametrize("method", ["purge", "", "A B", "GET\r\n"])
def test_what_is_no_method_is_refused(method: str) -> None:
    _, api = rest()
    with pytest.raises(ValueError, match="a method is an upper-case token"):
        api.request(method)


@pytest.mark.parametrize("verb", [*VERBS, "paginate"])
def test_help_on_a_verb_is_of_use(verb: str) -> None:
    for face in (getattr(Rest, verb), getattr(rest()[1], verb)):
        assert face.__name__ == verb
        shown = pydoc.render_doc(face, renderer=PLAIN)
        assert f"{verb}(path: 'str', /, **arguments" in shown
        assert "It takes by name:" in shown
        assert "path" in inspect.signature(face).parameters


def test_the_operation_is_named_in_errors() -> None:
    client, api = rest(json_answer({}, 404), json_answer({}, 404))
    with pytest.raises(NotFound) as caught:
        api.get("/users/7")
    assert caught.value.operation == "Rest.get"
    with pytest.raises(NotFound) as caught:
        api.request("PURGE")("/users/7")
    assert caught.value.operation == "Rest.purge"
    assert client.requests[1].method == "PURGE"


# What is sent


@pytest.mark.parametrize(
    ("path", "arguments", "url"),
    [
        pytest.param("/users", {}, f"{BASE}/users", id="a path"),
        pytest.param("users", {}, f"{BASE}/users", id="a path without its slash"),
        pytest.param("", {}, BASE, id="the base URL itself"),
        pytest.param("/", {}, f"{BASE}/", id="its root"),
        pytest.param("/users?a=1", {"params": {"b": 2}}, f"{BASE}/users?a=1&b=2", id="a query twice"),
        pytest.param("/users/{id}", {"path": {"id": 7}}, f"{BASE}/users/7", id="a value"),
        pytest.param(
            "/users/{id}", {"path": {"id": "a/b?c"}}, f"{BASE}/users/a%2Fb%3Fc", id="a quoted value"
        ),
        pytest.param("https://other.test/x", {}, "https://other.test/x", id="another origin"),
        pytest.param("HTTPS://other.test/{a}", {"path": {"a": 1}}, "https://other.test/1", id="in capitals"),
        pytest.param("https://api.test/v2", {}, "https://api.test/v2", id="an absolute URL"),
        pytest.param("/u", {"params": {"active": True, "n": 5}}, f"{BASE}/u?active=true&n=5", id="scalars"),
        pytest.param("/u", {"params": {"a": None, "b": UNSET, "c": ""}}, f"{BASE}/u?c=", id="left out"),
        pytest.param("/u", {"params": {"a": [1, 2]}}, f"{BASE}/u?a=1&a=2", id="a list"),
        pytest.param("/u", {"params": None, "path": None}, f"{BASE}/u", id="None is nothing"),
    ],
)
def test_a_url_is_made_of_base_path_and_parameters(path: str, arguments: dict[str, Any], url: str) -> None:
    assert sent(path, **arguments).url.text == url


@pytest.mark.parametrize(
    ("path", "arguments", "error", "words"),
    [
        pytest.param("/users/{id}", {}, TypeError, "needs a path value for 'id'", id="a missing value"),
        pytest.param(
            "/users/{id}", {"path": {"ids": 7}}, TypeError, "'id' and has no place", id="a wrong name"
        ),
        pytest.param(
            "/users", {"path": {"id": 7}}, TypeError, "no place for the path value 'id'", id="surplus"
        ),
        pytest.param(
            "/users/{id}", {"path": {"id": ".."}}, ValueError, "'id' may not be '..'", id="two dots"
        ),
        pytest.param(
            "/users/{id}", {"path": {"id": ""}}, ValueError, "'id' may not be ''", id="an empty value"
        ),
        pytest.param("//evil.test/x", {}, ValueError, "a URL starts with", id="a host without a scheme"),
        pytest.param("https://a:b@x.test/", {}, ValueError, "user name or password", id="a password"),
        pytest.param(None, {}, TypeError, "a path is a str", id="no path"),
        pytest.param("/u", {"params": {"a": b"x"}}, TypeError, "'a' cannot be a bytes", id="bytes"),
        pytest.param("/u", {"headers": {"X A": "b"}}, ValueError, "'X A'", id="no header name"),
        pytest.param("/u", {"headers": "x"}, TypeError, "headers is a mapping", id="headers as text"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_is_sent(
    path: Any, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    client, api = rest()
    for verb in (api.get, Rest.get):
        with pytest.raises(error, match=words):
            verb(path, **arguments)
    assert client.requests == ()


@pytest.mark.parametrize(
    ("arguments", "content", "kinds"),
    [
        pytest.param({}, None, [], id="no body"),
        pytest.param({"json": {"a": [1, None]}}, b'{"a":[1,null]}', ["application/json"], id="JSON"),
        pytest.param(
            {"json": User(7, "Ada")}, b'{"id":7,"name":"Ada"}', ["application/json"], id="JSON of attrs"
        ),
        pytest.param({"json": None}, b"null", ["application/json"], id="JSON null"),
        pytest.param(
            {"data": {"a": "b c", "n": 1}}, b"a=b+c&n=1", ["application/x-www-form-urlencoded"], id="a form"
        ),
        pytest.param({"data": {}}, b"", ["application/x-www-form-urlencoded"], id="an empty form"),
        pytest.param({"data": "é"}, b"\xc3\xa9", ["text/plain; charset=utf-8"], id="text"),
        pytest.param({"data": b"\xff"}, b"\xff", ["application/octet-stream"], id="bytes"),
        pytest.param({"body": Body(content=b"x", content_type="a/b")}, b"x", ["a/b"], id="a body"),
        pytest.param({"data": None, "files": None, "body": None}, None, [], id="None is nothing"),
        pytest.param(
            {"json": {}, "headers": {"content-type": "application/merge-patch+json"}},
            b"{}",
            ["application/merge-patch+json"],
            id="JSON of another kind",
        ),
    ],
)
def test_a_body_has_its_one_content_type(
    arguments: dict[str, Any], content: bytes | None, kinds: list[str]
) -> None:
    request = sent("/users", **arguments)
    assert (None if request.body is None else request.body.content) == content
    assert content_types(request) == kinds


def test_files_and_fields_go_as_one_multipart_form() -> None:
    file = File(b"%PDF", "a.pdf", "application/pdf")
    alone = sent("/upload", files={"file": file})
    both = sent("/upload", files={"file": [file]}, data={"title": "A"})
    for request, held in ((alone, b'filename="a.pdf"'), (both, b'name="title"\r\n\r\nA')):
        assert request.body is not None
        assert held in request.body.content
        assert content_types(request)[0].startswith("multipart/form-data; boundary=")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param({"json": 1, "data": {}}, ValueError, "one of json, form", id="JSON and a form"),
        pytest.param({"json": 1, "data": "x"}, ValueError, "one of json, form", id="JSON and text"),
        pytest.param({"json": 1, "files": {}}, ValueError, "one of json, form", id="JSON and files"),
        pytest.param({"data": b"x", "files": {}}, ValueError, "one of json, form", id="bytes and files"),
        pytest.param(
            {"data": "x", "body": Body(content=b"")}, ValueError, "data and body", id="text and a body"
        ),
        pytest.param({"data": {}, "body": Body(content=b"")}, ValueError, "one of", id="a form and a body"),
        pytest.param({"data": 5}, TypeError, "data is a mapping of form fields, str or bytes", id="a number"),
        pytest.param({"data": [("a", 1)]}, TypeError, "not list", id="pairs"),
        pytest.param({"body": b"x"}, TypeError, "body is a Body", id="bytes as body"),
    ],
)
def test_a_body_is_given_in_one_way(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Rest.post("/users", **arguments)


def test_an_unknown_argument_is_refused_with_a_list_of_what_there_is() -> None:
    client, api = rest()
    for verb in (api.get, Rest.get):
        with pytest.raises(
            TypeError, match=r"get\(\) takes no 'parms'; it takes returns, path, params, headers, "
        ):
            verb("/users", parms={"a": 1})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    for paginate in (api.paginate, Rest.paginate):
        with pytest.raises(
            TypeError, match=r"paginate\(\) takes no 'json'; it takes by, returns, path, params"
        ):
            paginate("/users", by=ByLink(), returns=User, json=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert client.requests == ()


def test_the_call_goes_before_the_view_and_the_view_before_the_config() -> None:
    client, api = rest(OK, OK, headers={"X-A": "config", "X-B": "config", "X-C": "config"})
    view = api.with_options(Options(headers={"x-b": "view", "x-c": "view"}))
    view.get("/users", headers={"X-C": "call", "Accept": "text/csv", "X-D": None})
    api.get("/users")
    first, second = client.requests
    assert [first.headers[name] for name in ("x-a", "x-b", "x-c")] == ["config", "view", "call"]
    assert [second.headers[name] for name in ("x-a", "x-b", "x-c")] == ["config"] * 3
    assert (first.headers.values("accept"), second.headers.values("accept")) == (
        ("text/csv",),
        ("application/json",),
    )
    assert first.headers["user-agent"] == "offwire"
    assert "x-d" not in first.headers


def test_credentials_stay_with_their_origin() -> None:
    client, api = rest(OK, OK, auth=ApiKey(headers={"X-Key": "k"}, query={"key": "q"}))
    api.get("/users")
    api.get("https://other.test/users")
    here, there = client.requests
    assert (here.headers["x-key"], here.url.query) == ("k", "key=q")
    assert ("x-key" in there.headers, there.url.query) == (False, "")
    with pytest.raises(ValueError, match="has to be https"):
        rest(base_url="http://api.test", auth=Bearer("t"))


# What comes back


def test_data_is_of_the_type_that_was_asked_for() -> None:
    _, api = rest(*[json_answer({"id": 7, "name": "Ada"})] * 5, json_answer([{"id": 7, "name": "Ada"}]))
    response = api.get("/users/7", returns=User)
    assert response == RestResponse(
        status_code=200, headers=response.headers, data=User(7, "Ada"), elapsed=0.0
    )
    assert api.get("/users/7").data == {"id": 7, "name": "Ada"}
    assert api.get("/users/7", returns=bytes).data == b'{"id": 7, "name": "Ada"}'
    assert api.get("/users/7", returns=dict[str, object]).data["name"] == "Ada"
    assert api.get("/users/7", returns=Response).data.status == 200
    assert api.get("/users", returns=list[User]).data == [User(7, "Ada")]


def test_what_is_not_there_is_none() -> None:
    _, api = rest(Answer(Response(204)), Answer(Response(200, headers={"Content-Type": "application/json"})))
    assert api.delete("/users/7").data is None
    assert api.head("/users/7").data is None


def test_how_long_an_answer_took_is_told() -> None:
    client, api = rest(Drop(after=3.0), Answer(Response(200), after=0.25), backoff=Constant(1.0))
    response = api.get("/users")
    assert response.elapsed == 0.25, "without waits and retries"
    assert client.now > 3.25


def test_an_answer_that_is_not_what_was_asked_for_says_where() -> None:
    _, api = rest(json_answer([{"id": 7, "name": "Ada"}, {"id": "8", "name": "Bob"}]), json_answer("{", 200))
    with pytest.raises(DecodeError) as caught:
        api.get("/users", returns=list[User])
    assert (caught.value.path, caught.value.status, caught.value.operation) == ("$[1].id", 200, "Rest.get")


def test_lenient_reading_is_configured() -> None:
    loose = json_answer({"id": "7", "name": "Ada"})
    assert rest(loose, lenient=True)[1].get("/u", returns=User).data == User(7, "Ada")
    with pytest.raises(DecodeError):
        rest(loose)[1].get("/u", returns=User)


ERRORS = [
    (400, ValidationFailed), (401, AuthenticationError), (403, PermissionDenied), (404, NotFound),
    (409, Conflict), (410, NotFound), (412, Conflict), (413, ValidationFailed), (415, ValidationFailed),
    (418, StatusError), (422, ValidationFailed), (429, RateLimited), (500, ServerError),
    (503, ServerError), (520, ServerError), (599, ServerError),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), ERRORS)
def test_each_status_is_an_error_of_its_kind(status: int, kind: type[StatusError]) -> None:
    problem: Json = {"message": "it is so", "code": "so_it_is"}
    answer = Answer(Response(status, json=problem, headers={"X-Request-Id": "r-1"}))
    typed: dict[str, Any] = {"returns": User}
    for returns in ({}, typed):
        _, api = rest(answer, max_retries=0)
        with pytest.raises(StatusError) as caught:
            api.get("/users", params={"page": 1, "key": "k"}, **returns)
        error = caught.value
        assert type(error) is kind
        assert (error.status, error.code, error.detail, error.request_id) == (
            status,
            "so_it_is",
            "it is so",
            "r-1",
        )
        assert (error.method, error.url, error.attempts) == ("GET", f"{BASE}/users?page=1&key=***", 1)
        twin = pickle.loads(pickle.dumps(error))
        assert (type(twin), str(twin)) == (kind, str(error))


@pytest.mark.parametrize("status", [300, 304, 199])
def test_what_is_no_success_is_an_error(status: int) -> None:
    with pytest.raises(StatusError):
        rest(Answer(Response(status)))[1].get("/users")


def test_a_status_may_have_an_error_of_ones_own() -> None:
    _, api = rest(json_answer({"message": "no funds"}, 402), errors={402: PaymentRequired})
    with pytest.raises(PaymentRequired, match="no funds"):
        api.post("/orders", json={})


def test_a_429_carries_the_wait_that_the_server_asks_for() -> None:
    _, api = rest(Answer(Response(429, headers={"Retry-After": "7"})), max_retries=0)
    with pytest.raises(RateLimited) as caught:
        api.get("/users")
    assert caught.value.retry_after == 7.0


# When things go wrong


def test_a_get_is_repeated_and_a_post_only_if_it_surely_never_left() -> None:
    for verb, replies, requests in (
        ("get", [Drop(), Answer(Response(503)), OK], 3),
        ("put", [Drop(), OK], 2),
        ("post", [Refuse(), Refuse(), OK], 3),
    ):
        client, api = rest(*replies)
        assert getattr(api, verb)("/users").data == {"ok": True}
        assert len(client.requests) == requests
    client, api = rest(Drop())
    with pytest.raises(MaybeSent):
        api.post("/orders", json={})
    client, api = rest(Answer(Response(503)))
    with pytest.raises(ServerError):
        api.post("/orders", json={})
    assert len(client.requests) == 1


def test_the_last_failing_answer_is_an_error_and_never_none() -> None:
    client, api = rest(*[Answer(Response(503))] * 3)
    with pytest.raises(ServerError) as caught:
        api.get("/users")
    assert (caught.value.attempts, len(client.requests)) == (3, 3)


def test_the_number_of_retries_is_configured() -> None:
    for retries in (0, 1, 4):
        client, api = rest(*[Drop()] * 9, max_retries=retries)
        with pytest.raises(MaybeSent) as caught:
            api.get("/users")
        assert (len(client.requests), caught.value.attempts) == (retries + 1, retries + 1)


def test_the_statuses_that_are_repeated_are_configured() -> None:
    client, api = rest(Answer(Response(404)), OK, retry_statuses={404})
    assert api.get("/users").data == {"ok": True}
    client, api = rest(Answer(Response(503)), retry_statuses=set())
    with pytest.raises(ServerError):
        api.get("/users")
    assert len(client.requests) == 1


def test_a_backoff_of_ones_own_is_asked_and_heeded() -> None:
    asked: list[tuple[int, float]] = []

    class Fibonacci:
        def delay(self, attempt: int, previous: float, random: object) -> float:
            asked.append((attempt, previous))
            return float([1, 2, 3, 5][attempt - 1])

    client, api = rest(*[Drop()] * 4, OK, max_retries=4, backoff=Fibonacci())
    api.get("/users")
    assert asked == [(1, 0.0), (2, 1.0), (3, 2.0), (4, 3.0)]
    assert client.now == 11.0


def test_a_servers_wait_is_kept() -> None:
    client, api = rest(Answer(Response(429, headers={"Retry-After": "7"})), OK, backoff=Constant(0.1))
    api.get("/users")
    assert 7.0 <= client.now <= 8.0


def test_a_call_may_have_a_timeout_of_its_own() -> None:
    for timeout, seconds in ((2.0, 2.0), (3, 3.0), (Timeouts(read=4.0), 4.0)):
        client, api = rest(Stall(), max_retries=0)
        with pytest.raises(ResponseTimeout):
            api.get("/users", timeout=timeout)
        assert client.now == seconds
    client, api = rest(Stall(), max_retries=0, timeout=9.0)
    with pytest.raises(ResponseTimeout):
        api.get("/users", timeout=None)
    assert client.now == 9.0


def test_a_call_may_have_a_deadline_of_its_own() -> None:
    client, api = rest(*[Stall()] * 3, deadline=50.0, timeout=10.0)
    with pytest.raises(DeadlineExceeded):
        api.get("/users", deadline=15.0)
    assert client.now == 15.0


@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), True, "5"])
def test_a_time_of_a_call_is_a_positive_number_of_seconds(name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"{name} is a positive number of seconds"):
        Rest.get("/users", **{name: value})


def test_a_post_is_repeatable_with_a_key() -> None:
    client, api = rest(Drop(), OK)
    api.post("/orders", json={}, idempotency_key="order-1")
    assert [each.headers["idempotency-key"] for each in client.requests] == ["order-1"] * 2
    client, api = rest(Drop(), OK, OK, idempotency_keys=True)
    api.post("/orders", json={})
    api.post("/orders", json={})
    first, again, other = [each.headers["idempotency-key"] for each in client.requests]
    assert first == again != other


def test_a_post_may_be_declared_safe() -> None:
    client, api = rest(Drop(), OK)
    assert api.post("/search", json={}, safety=Safety.SAFE).data == {"ok": True}
    assert len(client.requests) == 2


def test_the_rate_limit_is_a_token_bucket() -> None:
    client, api = rest(*[OK] * 25, rate_limit_calls=10, rate_limit_period=5.0)
    times = []
    for _ in range(25):
        api.get("/users")
        times.append(client.now)
    assert times[:10] == [0.0] * 10, "a full bucket"
    assert times[10:] == pytest.approx([0.5 * number for number in range(1, 16)], rel=1e-3), (
        "one each half second"
    )
    client.advance(100.0)
    assert len(client.requests) == 25


def test_calls_wait_for_their_turn_while_the_rate_limit_holds() -> None:
    with World(FakeRest(users=60, quota=FakeQuota(limit=10, per=1.0))) as world:
        config = RestConfig(base_url=BASE.removesuffix("/v1"), rate_limit_calls=5, rate_limit_period=1.0)
        auth = ClientCredentials(
            token_url="https://api.test/oauth/token", client_id="client", client_secret="secret"
        )
        api = Rest(Within(world), config, auth=auth)
        tasks = [
            world.spawn(api._engine.perform(Rest.get("/users/{id}", path={"id": number})))
            for number in range(1, 51)
        ]
        world.run_until_idle()
        assert [task.result().status_code for task in tasks] == [200] * 50
        assert world.now >= 8.5


def test_no_more_calls_are_under_way_than_configured() -> None:
    with World(lambda _request, _now: Answer(Response(200), after=1.0)) as world:
        api = Rest(Within(world), RestConfig(base_url=BASE, max_concurrency=3))
        tasks = [world.spawn(api._engine.perform(Rest.get("/users"))) for _ in range(9)]
        world.advance(0.5)
        assert api.snapshot().quota.in_flight == 3
        world.run_until_idle()
        assert world.now == 3.0, "nine calls of one second, three at a time"
        assert all(task.done for task in tasks)


def test_a_server_that_keeps_failing_is_left_alone_for_a_while() -> None:
    policy = BreakerPolicy(min_calls=2, window=4, open_for=30.0)
    client, api = rest(*[Answer(Response(500))] * 2, OK, OK, max_retries=0, circuit_breaker=policy)
    for _ in range(2):
        with pytest.raises(ServerError):
            api.get("/users")
    with pytest.raises(CircuitOpen) as caught:
        api.get("/users")
    assert (len(client.requests), caught.value.retry_after) == (2, 30.0)
    client.advance(30.0)
    assert api.get("/users").data == {"ok": True}
    client, api = rest(*[Answer(Response(500))] * 30, max_retries=0, circuit_breaker=None)
    for _ in range(30):
        with pytest.raises(ServerError):
            api.get("/users")


def test_middleware_goes_around_each_call_in_order() -> None:
    seen: list[str] = []

    def named(name: str) -> Any:
        def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
            seen.append(f"{name} before")
            response = yield from forward(request.with_headers({f"X-{name}": name}), context)
            seen.append(f"{name} after {response.status}")
            return response

        return layer

    client, api = rest(Drop(), OK, middleware=[named("a"), named("b")])
    api.get("/users")
    assert seen == ["a before", "b before", "b after 200", "a after 200"]
    assert [(each.headers["x-a"], each.headers["x-b"]) for each in client.requests] == [("a", "b")] * 2


def test_requests_and_answers_can_be_changed_by_pure_functions() -> None:
    signed = transform_request(lambda request: request.with_headers({"X-Signature": "s"}))
    unwrapped = transform_response(lambda response: Response(response.status, json={"id": 7, "name": "Ada"}))
    client, api = rest(OK, middleware=[signed, unwrapped])
    assert api.get("/users/7", returns=User).data == User(7, "Ada")
    assert client.requests[0].headers["x-signature"] == "s"


def test_observers_are_told_and_metrics_count() -> None:
    told: list[Event] = []
    metrics = Metrics()
    _, api = rest(Drop(), OK, json_answer({}, 404), observers=[told.append, metrics])
    api.get("/users")
    with pytest.raises(NotFound):
        api.get("/users/7")
    assert [each.status for each in told if isinstance(each, AttemptEnded)] == [None, 200, 404]
    ended = [each for each in told if isinstance(each, CallEnded)]
    assert [(each.operation, each.status, each.attempts) for each in ended] == [
        ("Rest.get", 200, 2), ("Rest.get", 404, 1),
    ]  # fmt: skip
    assert metrics.snapshot().calls == 2


def test_cookies_are_kept_where_that_is_configured() -> None:
    setting = Answer(Response(200, headers={"Set-Cookie": "session=s-1; Path=/"}))
    client, api = rest(setting, OK, cookies=True)
    api.post("/login")
    api.get("/users")
    assert client.requests[1].headers["cookie"] == "session=s-1"
    client, api = rest(setting, OK)
    api.post("/login")
    api.get("/users")
    assert "cookie" not in client.requests[1].headers


def test_one_may_sign_in_as_the_server_wants_it() -> None:
    def steps(exchange: Exchange, _previous: Token | None) -> Flow[TokenGrant]:
        answer = yield from exchange(Rest.post("/auth", json={"username": "ada", "password": "p"}))
        assert isinstance(answer.data, dict)
        return TokenGrant(str(answer.data["token"]), lifetime=60.0)

    token = json_answer({"token": "t-1"})
    client, api = rest(token, OK, OK, token, OK, auth=SignIn(steps=steps))
    api.get("/users")
    api.get("/users")
    client.advance(60.0)
    api.get("/users")
    assert [each.url.path for each in client.requests] == [
        "/v1/auth", "/v1/users", "/v1/users", "/v1/auth", "/v1/users",
    ]  # fmt: skip
    assert client.requests[-1].headers["authorization"] == "Bearer t-1"


def test_a_client_can_be_extended_by_operations_of_its_own() -> None:
    class Directory(Rest[M]):
        @declared
        def user(self, id: int) -> Call[User]:
            return Call.get("/users/{id}", path={"id": id}, returns=User)

    client = Client(Script(json_answer({"id": 7, "name": "Ada"}), OK))
    directory = Directory(client, RestConfig(base_url=BASE))
    assert directory.user(7) == User(7, "Ada")
    assert directory.get("/users").data == {"ok": True}


def test_a_harvest_loses_nothing_although_the_server_misbehaves() -> None:
    server = FakeRest(users=60, seed=3, quota=FakeQuota(limit=50, per=1.0), faults=Faults.evenly(0.05))
    with World(server, latency=0.01) as world:
        auth = ClientCredentials(
            token_url="https://api.test/oauth/token", client_id="client", client_secret="secret"
        )
        config = RestConfig(base_url="https://api.test", max_retries=6, max_concurrency=10, timeout=5.0)
        api = Rest(Within(world), config, auth=auth)
        tasks = [
            world.spawn(api._engine.perform(Rest.get("/users/{id}", path={"id": number}, returns=User)))
            for number in range(1, 61)
        ]
        world.run_until_idle()
        assert [task.result().data.id for task in tasks] == list(range(1, 61))
    assert server.stats.token_requests == 1


# Without a client


def test_calls_and_pages_are_made_without_a_client() -> None:
    call = Rest.get("/users/{id}", path={"id": 7}, params={"a": 1}, returns=User, timeout=5, deadline=9.0)
    assert call.request.url.text == "/users/7?a=1"
    assert call.overrides == Options(deadline=9.0, timeouts=Timeouts(connect=5, read=5, write=5))
    assert call.parse(Response(200, json={"id": 7, "name": "Ada"})).data == User(7, "Ada")
    assert Rest.post("/x", idempotency_key="k").overrides == Options(idempotency_key="k")
    found = Rest.paginate("/users", by=ByLink(), returns=User, items=None)
    assert found.items(found.first.parse(Response(200, json=[{"id": 7, "name": "Ada"}]))) == [User(7, "Ada")]
    assert rest_call("GET", "/x").request == Rest.get("/x").request
    assert rest_pages("/x", by=ByLink(), returns=User).first.request == Request("GET", "/x")


def test_both_modes_send_and_read_alike() -> None:
    def server(request: Request, _now: object) -> Answer:
        assert request.body is not None
        return json_answer({"id": 7, "name": dict(parse_qsl(request.body.content.decode()))["name"]})

    config = RestConfig(base_url=BASE)
    sync, asynchronous = Client(server), AsyncClient(server)
    one = Rest(sync, config).post("/users", data={"name": "Ada"}, returns=User)
    other = result(Rest(asynchronous, config).post("/users", data={"name": "Ada"}, returns=User))
    assert one == other
    assert sync.requests == asynchronous.requests


def test_lists_are_iterated_over_in_both_modes() -> None:
    def replies() -> Iterator[Answer]:
        yield Answer(Response(200, json={"items": [1, 2]}, headers={"Link": "<?page=2>; rel=next"}))
        yield json_answer({"items": [3]})

    config = RestConfig(base_url=BASE)
    assert list(Rest(Client(Script(*replies())), config).paginate("/n", by=ByLink(), returns=int)) == [
        1,
        2,
        3,
    ]
    found = Rest(AsyncClient(Script(*replies())), config).paginate("/n", by=ByLink(), returns=int)
    assert items(found) == [1, 2, 3]


def test_nothing_secret_shows(canary: Canary) -> None:
    told: list[Event] = []
    secret = canary("rest secret")
    _, api = rest(
        Drop(),
        Answer(Response(204)),
        auth=ApiKey(headers={"X-Key": secret}, query={"key": secret}),
        headers={"X-Other": secret},
        observers=[told.append],
    )
    api.put("/users", params={"token": secret}, headers={"X-Call": secret}, data={"password": secret})
    assert secret not in repr(told)
    call = Rest.put("/users", params={"token": secret}, headers={"X-Call": secret}, data={"password": secret})
    assert secret not in repr(call)
