"""The engine: where a request goes, what it carries, what is told of it, and what its failure says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import pytest

from offwire.auth import ApiKey, Basic, Bearer, ClientCredentials, InQuery, RefreshToken, SignIn, TokenGrant
from offwire.auth.credentials import FixedCredential
from offwire.auth.fetched import Exchange, TokenSource
from offwire.auth.token import Token
from offwire.backoff import Constant, Jitter
from offwire.context import Context
from offwire.engine import Engine
from offwire.errors import (
    AuthenticationError,
    CallError,
    CircuitOpen,
    DeadlineExceeded,
    DecodeError,
    MaybeSent,
    RateLimited,
    ServerError,
    SignInFailed,
    StatusError,
)
from offwire.events import (
    AttemptEnded,
    AttemptStarted,
    BreakerChanged,
    CallEnded,
    CallStarted,
    QuotaWaited,
    Redirected,
    RetryScheduled,
    TokenReceived,
    TokenRequested,
)
from offwire.flow import Flow, Send
from offwire.hedge_policy import HedgePolicy
from offwire.layers.shape import Forward, Middleware
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.expect import DEFAULT_EXPECT
from offwire.operations.meaning import Completes, Meaning
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.paging import by_offset
from offwire.policies import IdempotencyPolicy, Policies
from offwire.quota_store import Lease, QuotaQuestion
from offwire.retry_policy import RetryPolicy
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.breaker import BreakerPolicy, State
from offwire.state.limits import BucketLimit, ConcurrencyLimit, WindowLimit
from offwire.state.line import FairnessPolicy
from offwire.state.points import PointsAccount, PointsLimit
from offwire.state.retry_budget import NoBudget
from offwire.state.shared import SharedLimit
from offwire.state.token_box import TokenState
from offwire.testing import (
    Answer,
    Client,
    Driven,
    Drop,
    Refuse,
    Reply,
    Script,
    Server,
    Stall,
    World,
    json_answer,
)
from offwire.testing.rest_server import FakeQuota, FakeRest
from offwire.time import Now
from offwire.timeouts import Timeouts
from tests.canaries import Canary
from tests.sansio.kit import OK, Diary, new_runtime

T = TypeVar("T")
Auth = FixedCredential | TokenSource

BASE = "https://api.test/v2"
USUAL = Policies()
ONE_SECOND = RetryPolicy(backoff=Constant(1.0, jitter=Jitter.NONE), spread=0.0, budget=NoBudget())
PATIENT = Policies(retry=ONE_SECOND)
GET = Call.get("/things/{id}", path={"id": 7}, returns=object)
POST = Call.post("/things", json={"name": "Ada"})


def engine_in(
    world: World, *, base_url: str = BASE, auth: Auth | None = None, policies: Policies = USUAL
) -> Engine:
    return Engine(world.runtime, base_url=base_url, auth=auth, policies=policies)


def answering(request: Request, now: Now) -> Reply:
    return json_answer({"path": request.url.path})


def sent(
    call: Call[Any],
    *,
    options: Options = NO_OPTIONS,
    base_url: str = BASE,
    auth: Auth | None = None,
    policies: Policies = USUAL,
    server: Server = answering,
) -> Request:
    """The last request of a call that succeeds."""
    with World(server) as world:
        world.run(
            engine_in(world, base_url=base_url, auth=auth, policies=policies).perform(call, "", options)
        )
        return world.requests[-1]


def failure(
    server: Server,
    call: Call[Any] = GET,
    *,
    options: Options = NO_OPTIONS,
    auth: Auth | None = None,
    policies: Policies = PATIENT,
) -> CallError:
    with World(server) as world, pytest.raises(CallError) as raised:
        world.run(engine_in(world, auth=auth, policies=policies).perform(call, "Things.get", options))
    return raised.value


# --- where it goes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "target", "url"),
    [
        pytest.param("https://api.test", "/things", "https://api.test/things", id="no path"),
        pytest.param("https://api.test/", "/things", "https://api.test/things", id="a slash at the end"),
        pytest.param("https://api.test/v2", "/things", "https://api.test/v2/things", id="below a path"),
        pytest.param("https://api.test/v2//", "/things", "https://api.test/v2/things", id="many slashes"),
        pytest.param("https://api.test/v2", "things", "https://api.test/v2/things", id="without a slash"),
        pytest.param("https://api.test/v2", "?a=b", "https://api.test/v2?a=b", id="a query alone"),
        pytest.param("https://api.test/v2", "", "https://api.test/v2", id="nothing"),
        pytest.param("https://api.test/v2", "https://api.test/x", "https://api.test/x", id="absolute"),
        pytest.param("https://api.test/v2", "https://o.test/x", "https://o.test/x", id="another origin"),
        pytest.param("http://127.0.0.1:8000", "/things", "http://127.0.0.1:8000/things", id="this machine"),
        pytest.param("https://api.test/v2#top", "/things", "https://api.test/v2/things", id="a fragment"),
    ],
)
def test_a_target_goes_below_the_base_url(base_url: str, target: str, url: str) -> None:
    call = Call.get("/x").with_target(target)
    assert sent(call, base_url=base_url).url.text == url


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        pytest.param("", "an Api needs a base URL", id="none"),
        pytest.param("/v2", "base_url is absolute and has no query", id="relative"),
        pytest.param("api.test", "base_url is absolute and has no query", id="no scheme"),
        pytest.param("https://api.test/v2?a=b", "base_url is absolute and has no query", id="a query"),
        pytest.param("https://api.test/v2?", "base_url is absolute and has no query", id="an empty query"),
        pytest.param("ftp://api.test", "http", id="another scheme"),
        pytest.param("https://u:p@api.test", "user name or password", id="user info"),
    ],
)
def test_a_base_url_is_absolute_and_plain(base_url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        engine_in(World(answering), base_url=base_url)


CREDENTIALS: list[Auth] = [
    ApiKey(headers={"X-Api-Key": "k"}),
    Basic("user", "password"),
    Bearer("t"),
    ClientCredentials(token_url="https://id.test/token", client_id="c", client_secret="s"),
]


@pytest.mark.parametrize("auth", CREDENTIALS, ids=lambda auth: type(auth).__name__)
def test_credentials_travel_over_https_or_within_this_machine(auth: Auth) -> None:
    with pytest.raises(ValueError, match="base_url has to be https where there are credentials"):
        engine_in(World(answering), base_url="http://api.test", auth=auth)
    for base_url in ("http://localhost:80", "http://127.0.0.1:8000", "http://[::1]", "https://api.test"):
        engine_in(World(answering), base_url=base_url, auth=auth)


# --- what it carries ------------------------------------------------------------------------------


def test_the_nearer_a_field_is_to_the_call_the_more_it_counts() -> None:
    policies = Policies(headers={"A": "policies", "B": "policies", "C": "policies", "X-Api-Key": "policies"})
    auth = ApiKey(headers={"X-Api-Key": "auth", "D": "auth"})
    options = Options(headers={"b": "options", "C": "options", "D": "options"})
    call = Call.get("/x", headers={"c": "call"}).with_options(Options(headers={"E": "call's own options"}))
    assert dict(sent(call, options=options, auth=auth, policies=policies).headers.pairs()) == {
        "A": "policies",
        "X-Api-Key": "auth",
        "b": "options",
        "D": "options",
        "E": "call's own options",
        "c": "call",
    }


@pytest.mark.parametrize(
    ("auth", "url", "headers"),
    [
        pytest.param(None, f"{BASE}/x", {}, id="nothing"),
        pytest.param(ApiKey(headers={"X-Api-Key": "k"}), f"{BASE}/x", {"X-Api-Key": "k"}, id="a key"),
        pytest.param(
            ApiKey(query={"key": "a b", "k2": "c"}), f"{BASE}/x?key=a%20b&k2=c", {}, id="in the query"
        ),
        pytest.param(Basic("u", "p"), f"{BASE}/x", {"Authorization": "Basic dTpw"}, id="basic"),
        pytest.param(Bearer("t"), f"{BASE}/x", {"Authorization": "Bearer t"}, id="bearer"),
    ],
)
def test_each_credential_goes_where_it_belongs(
    auth: FixedCredential | None, url: str, headers: Mapping[str, str]
) -> None:
    request = sent(Call.get("/x"), auth=auth)
    assert (request.url.text, dict(request.headers.pairs())) == (url, headers)


@pytest.mark.parametrize(
    ("target", "url"),
    [
        pytest.param("/x?page=2", "/x?page=2&key=k&tag=t", id="the server repeats none"),
        pytest.param("/x?key=k&page=2", "/x?key=k&page=2&tag=t", id="one"),
        pytest.param("/x?key=k&page=2&tag=t", "/x?key=k&page=2&tag=t", id="all"),
        pytest.param("/x?monkey=k", "/x?monkey=k&key=k&tag=t", id="another that looks like it"),
    ],
)
def test_a_key_in_the_query_is_not_put_there_twice(target: str, url: str) -> None:
    request = sent(Call.get("/x").with_target(f"{BASE}{target}"), auth=ApiKey(query={"key": "k", "tag": "t"}))
    assert request.url.text == f"{BASE}{url}"


@pytest.mark.parametrize(
    "auth",
    [
        ApiKey(headers={"X-Api-Key": "k"}),
        ApiKey(query={"key": "k"}),
        Basic("u", "p"),
        SignIn(steps=lambda exchange, previous: granting("t"), initial=TokenGrant("t")),
    ],
    ids=["header", "query", "basic", "token"],
)
def test_another_origin_gets_nothing_that_is_secret(auth: Auth) -> None:
    policies = Policies(headers={"Accept": "*/*", "Authorization": "policies", "Cookie": "policies"})
    options = Options(headers={"Accept-Language": "en", "Authorization": "options"})
    call = Call.get("https://other.test/x", headers={"X-Trace": "1"})
    request = sent(call, options=options, auth=auth, policies=policies)
    assert request.url.text == "https://other.test/x"
    assert dict(request.headers.pairs()) == {"Accept": "*/*", "Accept-Language": "en", "X-Trace": "1"}
    own = Call.get("https://other.test/x", headers={"Authorization": "for other.test"})
    assert sent(own, auth=auth, policies=policies).headers["authorization"] == "for other.test"


@pytest.mark.parametrize(
    "auth",
    [
        ApiKey(headers={"X-Api-Key": "k"}),
        Bearer("t"),
        ClientCredentials(
            token_url=f"{BASE}/token", client_id="c", client_secret="s", initial=TokenGrant("t")
        ),
        ClientCredentials(
            token_url=f"{BASE}/token",
            client_id="c",
            client_secret="s",
            initial=TokenGrant("t"),
            placement=InQuery(),
        ),
    ],
    ids=["key", "bearer", "token", "token in the query"],
)
def test_no_redirect_takes_a_credential_along(auth: Auth) -> None:
    def leaving(request: Request, now: Now) -> Reply:
        if request.url.host == "api.test":
            return Answer(Response(307, headers={"Location": "https://evil.test/", "Set-Cookie": "a=secret"}))
        return Answer(OK)

    policies = Policies(headers={"Accept": "*/*"}, cookies=True)
    request = sent(Call.post("/x", json=1), auth=auth, policies=policies, server=leaving)
    assert (request.url.text, dict(request.headers.pairs())) == ("https://evil.test/", {"Accept": "*/*"})


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policies", "options", "own", "deadline", "read"),
    [
        pytest.param(Policies(), Options(), Options(), None, 30.0, id="the defaults"),
        pytest.param(
            Policies(deadline=9.0, timeouts=Timeouts(read=3.0)), Options(), Options(), 9.0, 3.0, id="policies"
        ),
        pytest.param(
            Policies(deadline=9.0),
            Options(deadline=5.0, timeouts=Timeouts(read=2.0)),
            Options(),
            5.0,
            2.0,
            id="options",
        ),
        pytest.param(
            Policies(deadline=9.0), Options(headers={"A": "b"}), Options(), 9.0, 30.0, id="other options"
        ),
        pytest.param(
            Policies(),
            Options(deadline=5.0),
            Options(deadline=2.0, timeouts=Timeouts(read=1.0)),
            2.0,
            1.0,
            id="the call's",
        ),
    ],
)
def test_the_nearest_limits_count(
    policies: Policies, options: Options, own: Options, deadline: float | None, read: float
) -> None:
    runtime = new_runtime()
    runtime.now.advance(100.0, 0.0)
    engine = Engine(runtime, base_url=BASE, auth=None, policies=policies)
    driven = Driven(engine.perform(GET.with_options(own), "", options))
    send = driven.expect(Send)
    assert (send.deadline, send.timeouts.read) == (None if deadline is None else 100.0 + deadline, read)
    driven.close()


# --- idempotency keys -----------------------------------------------------------------------------

KEYED = Policies(idempotency=IdempotencyPolicy(), retry=ONE_SECOND)


def keys_of(world: World) -> list[str | None]:
    return [request.headers.get("idempotency-key") for request in world.requests]


def test_all_attempts_of_a_call_have_one_key_and_no_two_calls_share_one() -> None:
    with World(Script(Drop(), Answer(Response(409)), Answer(OK), Drop(), Answer(OK))) as world:
        engine = engine_in(world, policies=KEYED)
        world.run(engine.perform(POST))
        world.run(engine.perform(POST))
        first, second = keys_of(world)[0], keys_of(world)[3]
        assert keys_of(world) == [first] * 3 + [second] * 2
        assert first != second
        assert all(re.fullmatch("[0-9a-f]{32}", key or "") for key in (first, second))


@pytest.mark.parametrize(
    ("call", "policies", "options", "key", "repeated"),
    [
        pytest.param(POST, Policies(), Options(), None, False, id="the server knows none"),
        pytest.param(POST, KEYED, Options(), "drawn", True, id="drawn"),
        pytest.param(POST, Policies(), Options(idempotency_key="mine"), "mine", True, id="the user's"),
        pytest.param(POST, KEYED, Options(idempotency_key="mine"), "mine", True, id="the user's wins"),
        pytest.param(
            Call.post("/x", headers={"Idempotency-Key": "own"}), KEYED, Options(), "own", True, id="a field's"
        ),
        pytest.param(
            Call.post("/x", headers={"Idempotency-Key": "own"}),
            KEYED,
            Options(idempotency_key="mine"),
            "own",
            True,
            id="a field's wins over all",
        ),
        pytest.param(
            Call.post("/x", headers={"Idempotency-Key": "own"}),
            Policies(),
            Options(),
            "own",
            False,
            id="unknown",
        ),
        pytest.param(
            Call.post("/x", safety=Safety.IDEMPOTENT), KEYED, Options(), None, True, id="not needed"
        ),
        pytest.param(Call.put("/x"), KEYED, Options(), None, True, id="another method"),
        pytest.param(
            Call.put("/x"), KEYED, Options(idempotency_key="mine"), "mine", True, id="but the user's"
        ),
        pytest.param(Call.get("/x"), KEYED, Options(), None, True, id="a GET"),
    ],
)
def test_a_key_makes_a_request_repeatable(
    call: Call[Any], policies: Policies, options: Options, key: str | None, repeated: bool
) -> None:
    with World(Script(Drop(), Answer(OK))) as world:
        task = world.spawn(engine_in(world, policies=policies).perform(call, "", options))
        world.run_until_idle()
        assert task.done
        assert len(world.requests) == (2 if repeated else 1)
        assert len(set(keys_of(world))) == 1
        (sent_key,) = set(keys_of(world))
        assert sent_key == key or (key == "drawn" and sent_key is not None)


def test_a_key_goes_into_the_field_that_the_server_knows() -> None:
    policies = Policies(idempotency=IdempotencyPolicy(header="X-Request-Key", methods={"DELETE"}))
    assert "x-request-key" in sent(Call.delete("/x", safety=Safety.UNKNOWN), policies=policies).headers
    assert "x-request-key" not in sent(POST, policies=policies).headers


# --- the order of the layers ----------------------------------------------------------------------


def noting(diary: list[str], name: str) -> Middleware:
    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        diary.append(f"{name} {request.method} {request.headers.get('authorization')}")
        response = yield from forward(request, context)
        diary.append(f"{name} {response.status}")
        return response

    return layer


def test_middleware_is_around_calls_and_attempt_middleware_around_attempts_with_their_token() -> None:
    diary: list[str] = []
    policies = Policies(
        retry=ONE_SECOND,
        middleware=[noting(diary, "outer"), noting(diary, "inner")],
        attempt_middleware=[noting(diary, "attempt")],
    )
    source = SignIn(steps=lambda exchange, previous: granting("new"), initial=TokenGrant("old"))
    replies = [
        Answer(Response(503)),
        Answer(Response(401)),
        Answer(Response(302, headers={"Location": "/v2/other"})),
        Answer(OK),
    ]
    with World(Script(*replies)) as world:
        world.run(engine_in(world, auth=source, policies=policies).perform(Call.get("/x")))
    assert diary == [
        "outer GET None",
        "inner GET None",
        "attempt GET Bearer old",
        "attempt 503",
        "attempt GET Bearer old",
        "attempt 401",
        "attempt GET Bearer new",
        "attempt 302",
        "attempt GET Bearer new",
        "attempt 200",
        "inner 200",
        "outer 200",
    ]


def granting(token: str) -> Flow[TokenGrant]:
    yield from ()
    return TokenGrant(token)


# --- what is told ---------------------------------------------------------------------------------


def test_all_that_happens_to_one_call_is_told_in_order() -> None:
    diary = Diary()
    source = ClientCredentials(token_url="https://id.test/token", client_id="c", client_secret="s")
    token = json_answer({"access_token": "t", "expires_in": 60}, after=0.5)
    policies = Policies(
        retry=ONE_SECOND, observers=[diary], breaker=BreakerPolicy(min_calls=1, window=2, open_for=0.5)
    )
    replies = [
        token,
        Answer(Response(503), after=0.25),
        Answer(Response(307, headers={"Location": "/v2/b?key=abcdefgh"}), after=0.25),
        json_answer([], after=0.25),
    ]
    with World(Script(*replies)) as world:
        world.run(
            engine_in(world, auth=source, policies=policies).perform(
                Call.get("/a", returns=object), "Things.get"
            )
        )
    a, b = f"{BASE}/a", f"{BASE}/b?key=***"
    origin = "https://api.test:443"
    assert diary == [
        CallStarted(at=0.0, call=1, operation="Things.get", method="GET", url=a),
        TokenRequested(at=0.0, call=1, generation=1),
        TokenReceived(at=0.5, call=1, generation=1, lifetime=60.0),
        AttemptStarted(at=0.5, call=1, attempt=1, method="GET", url=a),
        AttemptEnded(at=0.75, call=1, attempt=1, status=503, error=None, elapsed=0.25),
        BreakerChanged(at=0.75, origin=origin, before="closed", after="open"),
        RetryScheduled(at=0.75, call=1, reason="503", wait=1.0),
        BreakerChanged(at=1.75, origin=origin, before="open", after="half open"),
        AttemptStarted(at=1.75, call=1, attempt=2, method="GET", url=a),
        AttemptEnded(at=2.0, call=1, attempt=2, status=307, error=None, elapsed=0.25),
        BreakerChanged(at=2.0, origin=origin, before="half open", after="closed"),
        Redirected(at=2.0, call=1, status=307, url=b),
        AttemptStarted(at=2.0, call=1, attempt=3, method="GET", url=b),
        AttemptEnded(at=2.25, call=1, attempt=3, status=200, error=None, elapsed=0.25),
        CallEnded(
            at=2.25,
            call=1,
            operation="Things.get",
            status=200,
            error=None,
            attempts=3,
            waited=1.0,
            elapsed=2.25,
        ),
    ]


def raising(forward: Forward, request: Request, context: Context) -> Flow[Response]:
    yield from forward(request, context)
    raise KeyError("a bug")


@pytest.mark.parametrize(
    ("reply", "middleware", "status", "error"),
    [
        pytest.param(json_answer(1), (), 200, None, id="success"),
        pytest.param(Answer(Response(404)), (), 404, "NotFound", id="refused"),
        pytest.param(Answer(Response(200, text="<html>")), (), 200, "DecodeError", id="unreadable"),
        pytest.param(Drop(), (), None, "MaybeSent", id="broken"),
        pytest.param(json_answer(1), (raising,), None, "KeyError", id="a bug in a middleware"),
        pytest.param(Stall(), (), None, "Cancelled", id="cancelled"),
    ],
)
def test_each_call_is_told_to_begin_and_to_end_once(
    reply: Reply, middleware: tuple[Middleware, ...], status: int | None, error: str | None
) -> None:
    diary = Diary()
    policies = Policies(retry=RetryPolicy.never(), observers=[diary], middleware=middleware)
    with World(Script(reply)) as world:
        task = world.spawn(engine_in(world, policies=policies).perform(GET, "Things.get"))
        world.advance(1.0)
        task.cancel()
        assert task.done
    assert [type(each) for each in (diary[0], diary[-1])] == [CallStarted, CallEnded]
    assert len(diary.of(CallStarted)) == len(diary.of(CallEnded)) == 1
    (ended,) = diary.of(CallEnded)
    assert isinstance(ended, CallEnded)
    assert (ended.status, ended.error, ended.attempts) == (status, error, 1)


def test_a_call_that_never_began_is_not_told_of() -> None:
    diary, runtime = Diary(), new_runtime()
    engine = Engine(runtime, base_url=BASE, auth=None, policies=Policies(observers=[diary]))
    engine.perform(GET).close()
    assert (diary, runtime.calls) == ([], 0)


def test_several_observers_hear_the_same_and_one_that_raises_harms_nobody() -> None:
    def broken(event: object) -> None:
        raise RuntimeError

    first, second = Diary(), Diary()
    with World(answering) as world:
        engine = engine_in(world, policies=Policies(observers=[first, broken, second]))
        with pytest.warns(RuntimeWarning, match="an observer raised RuntimeError at a") as warned:
            assert world.run(engine.perform(GET)) == {"path": "/v2/things/7"}
        assert len(warned) == 4
    assert first == second
    assert first.names == ["CallStarted", "AttemptStarted", "AttemptEnded", "CallEnded"]


# --- what a failure says --------------------------------------------------------------------------


@pytest.mark.parametrize("observers", [[], [Diary()]], ids=["unobserved", "observed"])
def test_a_failure_has_all_the_facts_of_its_call(observers: list[Diary]) -> None:
    policies = Policies(retry=ONE_SECOND, observers=observers)
    call = Call.get("/things", query={"key": "open-sesame"}, returns=object)
    last = Answer(
        Response(
            503,
            headers={"Retry-After": "121", "X-Request-Id": "r-1"},
            json={"code": "down", "message": "Later"},
        ),
        after=0.5,
    )
    error = failure(Script(Drop(after=0.5), last), call, policies=policies)
    assert isinstance(error, ServerError)
    assert (error.operation, error.method, error.url) == ("Things.get", "GET", f"{BASE}/things?key=***")
    assert (error.attempts, error.waited, error.elapsed) == (2, 1.0, 2.0)
    assert (error.status, error.code, error.request_id) == (503, "down", "r-1")
    assert (error.retry_after, error.retry_safe) == (121.0, True)
    assert str(error).startswith(
        "GET https://api.test/v2/things?key=***: the server answered 503 "
        "(after 2 attempts, 1.0 s of waiting); come back in 121.0 s."
    )
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_deadline_ends_a_call_at_once_with_what_happened_before() -> None:
    limited = Answer(Response(429, headers={"Retry-After": "60"}, json={"detail": "key open-sesame is busy"}))
    error = failure(
        Script(limited), options=Options(deadline=30.0), auth=ApiKey(headers={"K": "open-sesame"})
    )
    assert isinstance(error, DeadlineExceeded)
    assert (error.elapsed, error.retry_after, error.attempts) == (0.0, 60.0, 1)
    cause = error.cause
    assert isinstance(cause, RateLimited)
    assert (cause.operation, cause.status, cause.retry_after) == ("Things.get", 429, 60.0)
    assert cause.detail == "key *** is busy"


def test_a_deadline_that_passes_under_way_says_so() -> None:
    error = failure(Script(Stall()), POST, options=Options(deadline=2.0))
    assert isinstance(error, DeadlineExceeded)
    assert (error.elapsed, error.retry_safe) == (2.0, None)
    assert type(error.cause).__name__ == "ResponseTimeout"


ECHO = "open-sesame"


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        pytest.param(ApiKey(headers={"K": ECHO}), {}, id="a key"),
        pytest.param(ApiKey(query={"K": ECHO}), {}, id="a key in the query"),
        pytest.param(Basic("u", ECHO), {}, id="a password"),
        pytest.param(Bearer(ECHO), {}, id="a token from elsewhere"),
        pytest.param(
            ClientCredentials(
                token_url=f"{BASE}/t", client_id="c", client_secret="s", initial=TokenGrant(ECHO)
            ),
            {},
            id="a token",
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_no_credential_that_the_server_echoes_is_shown(
    auth: Auth, headers: Mapping[str, str], status: int
) -> None:
    echo = Response(status, headers={"X-Echo": ECHO}, json={"detail": f"do not use {ECHO}"})
    call: Call[Any] = Call.get("/x", returns=list[int])
    error = failure(Script(Answer(echo)), call, auth=auth)
    assert isinstance(error, StatusError | DecodeError)
    assert error.response is not None
    assert ECHO not in str(error) + repr(error) + error.response.text + error.response.headers["x-echo"]
    assert "***" in error.response.text
    if isinstance(error, StatusError):
        assert error.detail == "do not use ***"


def test_a_session_that_the_server_echoes_is_not_shown_either() -> None:
    first = Answer(Response(200, headers={"Set-Cookie": f"session={ECHO}"}))
    second = Answer(Response(403, headers={"Set-Cookie": "session=another"}, text=f"no {ECHO}"))
    with World(Script(first, second)) as world:
        engine = engine_in(world, policies=Policies(cookies=True))
        world.run(engine.perform(Call.get("/x")))
        with pytest.raises(StatusError) as raised:
            world.run(engine.perform(Call.get("/x")))
    response = raised.value.response
    assert response is not None
    assert (raised.value.detail, response.text) == ("no ***", "no ***")
    assert "set-cookie" not in response.headers


def test_no_secret_shows_whatever_goes_wrong(canary: Canary) -> None:
    key, password, token = canary("engine key"), canary("engine password"), canary("engine token")
    auths: list[Auth] = [
        ApiKey(headers={"X-Key": key}),
        ApiKey(query={"key": key}),
        Basic("user", password),
        Bearer(token),
        ClientCredentials(
            token_url=f"{BASE}/token",
            client_id="c",
            client_secret=password,
            initial=TokenGrant(token, lifetime=60),
        ),
        RefreshToken(token_url=f"{BASE}/token", client_id="c", refresh_token=token, client_secret=password),
    ]
    replies: list[Reply] = [
        Answer(Response(400)),
        Answer(Response(401)),
        Answer(Response(500)),
        Drop(),
        Refuse(),
        Stall(),
    ]
    to = Answer(Response(302, headers={"Location": f"http://api.test/?key={key}"}))
    for auth in auths:
        for reply in [*replies, to]:
            diary = Diary()
            policies = Policies(retry=RetryPolicy(max_attempts=2), observers=[diary])

            def always(request: Request, now: Now, reply: Reply = reply) -> Reply:
                return reply

            error = failure(always, auth=auth, policies=policies)
            assert str(error)
            assert diary.names[0] == "CallStarted"


# --- what calls share -----------------------------------------------------------------------------


def test_an_outage_is_multiplied_by_next_to_nothing() -> None:
    def down(request: Request, now: Now) -> Reply:
        return Answer(Response(503), after=0.1)

    with World(down, max_connections=None) as world:
        engine = engine_in(world, policies=Policies(breaker=None))
        tasks = [world.spawn(engine.perform(GET)) for _ in range(1000)]
        world.run_until_idle()
        assert all(isinstance(task.error, ServerError) for task in tasks)
        assert len(world.requests) == 1035


def test_with_a_breaker_it_is_not_even_sent() -> None:
    def down(request: Request, now: Now) -> Reply:
        return Answer(Response(503), after=0.1)

    with World(down, max_connections=10) as world:
        engine = engine_in(world)
        tasks = [world.spawn(engine.perform(GET)) for _ in range(1000)]
        world.run_until_idle()
        kinds = [type(task.error) for task in tasks]
        assert set(kinds) == {ServerError, CircuitOpen}
        assert len(world.requests) < 40
        assert kinds.count(ServerError) < 40


def test_after_a_429_nobody_starts_before_the_wait_is_over() -> None:
    server = Script(
        Answer(Response(429, headers={"Retry-After": "30"}), after=0.1), *[Answer(OK, after=0.2)] * 500
    )
    diary = Diary()
    with World(server, max_connections=5) as world:
        engine = engine_in(world, policies=Policies(observers=[diary]))
        tasks = [world.spawn(engine.perform(Call.get("/x"))) for _ in range(500)]
        world.run_until_idle()
        assert all(task.error is None for task in tasks)
        assert len(world.requests) == 501
    starts = [each.at for each in diary if isinstance(each, AttemptStarted)]
    assert [at for at in starts if 0.1 <= at < 30.1] == []
    assert len(diary.of(QuotaWaited)) >= 495


def test_calls_wait_where_their_options_say_and_a_retry_waits_there_again() -> None:
    server = Script(*[Answer(Response(503))] * 2, *[Answer(OK)] * 50)
    policies = Policies(
        quota=[BucketLimit(capacity=1, per_second=1.0)],
        fairness=FairnessPolicy(weights={"b": 2.0}, aging=None),
        retry=RetryPolicy(backoff=Constant(0.0, jitter=Jitter.NONE)),
    )
    with World(server, max_connections=None) as world:
        engine = engine_in(world, policies=policies)
        for path, options in (
            ("/now", NO_OPTIONS), ("/plain", NO_OPTIONS), ("/urgent", Options(priority=1)),
            ("/a1", Options(flow="a")), ("/a2", Options(flow="a")), ("/b1", Options(flow="b")),
            ("/b2", Options(flow="b")), ("/most", Options(priority=2, flow="a")),
        ):  # fmt: skip
            world.spawn(engine.perform(Call.get(path), "", options))
        world.run_until_idle()
    assert [each.url.path.removeprefix("/v2") for each in world.requests] == [
        "/now", "/most", "/most", "/urgent", "/b1", "/plain", "/a1", "/b2", "/a2", "/now",
    ]  # fmt: skip


@pytest.mark.parametrize("latency", [0.0, 0.02])
def test_within_the_declared_limit_no_server_that_counts_exactly_says_no(latency: float) -> None:
    rest = FakeRest(quota=FakeQuota(limit=20, per=1.0))
    source = ClientCredentials(
        token_url="https://api.test/oauth/token", client_id="client", client_secret="secret"
    )
    policies = Policies(quota=[WindowLimit(20, 1.0)])

    def chance(random: Any) -> float:
        return float(random.uniform(0, 2 * latency))

    with World(rest, max_connections=None, latency=chance) as world:
        engine = engine_in(world, base_url="https://api.test", auth=source, policies=policies)
        call = Call.get("/users/{id}", path={"id": 7})
        tasks = [world.spawn(engine.perform(call)) for _ in range(200)]
        world.run_until_idle()
        assert all(task.error is None for task in tasks)
        assert world.now < 10.5
    assert (rest.stats.throttled, rest.stats.token_requests) == (0, 1)


def test_a_thousand_calls_share_one_token_and_one_failure() -> None:
    rest = FakeRest(quota=None)
    source = ClientCredentials(
        token_url="https://api.test/oauth/token", client_id="client", client_secret="secret"
    )
    call = Call.get("/users/{id}", path={"id": 7})
    with World(rest, latency=0.01) as world:
        engine = engine_in(world, base_url="https://api.test", auth=source)
        tasks = [world.spawn(engine.perform(call)) for _ in range(1000)]
        world.run_until_idle()
        assert all(task.error is None for task in tasks)
        assert rest.stats.token_requests == 1
        rest.revoke_tokens()
        tasks = [world.spawn(engine.perform(call)) for _ in range(1000)]
        world.run_until_idle()
        assert all(task.error is None for task in tasks)
        assert rest.stats.token_requests == 2
    wrong = ClientCredentials(
        token_url="https://api.test/oauth/token", client_id="client", client_secret="wrong"
    )
    with World(rest, latency=0.01) as world:
        engine = engine_in(world, base_url="https://api.test", auth=wrong)
        tasks = [world.spawn(engine.perform(call, "Users.get")) for _ in range(1000)]
        world.run_until_idle()
        errors = [task.error for task in tasks]
        assert {type(error) for error in errors} == {SignInFailed}
        first = cast(SignInFailed, errors[0])
        assert (first.code, first.is_final, first.operation) == ("invalid_client", True, "Users.get")
        assert rest.stats.token_requests == 3


def test_cookies_are_kept_where_the_policies_say_so() -> None:
    rest = FakeRest(quota=None)
    for cookies in (True, False):
        with World(rest) as world:
            engine = engine_in(world, base_url="https://api.test", policies=Policies(cookies=cookies))
            world.run(engine.perform(Call.get("/cookies/set", query={"a": "1"}, returns=object)))
            told = world.run(engine.perform(Call.get("/cookies", returns=object)))
            assert ("1" in str(told)) is cookies


def test_the_snapshot_tells_what_calls_share() -> None:
    source = SignIn(steps=lambda exchange, previous: granting("new"))
    policies = Policies(quota=[ConcurrencyLimit(5)], cookies=True)
    with World(Script(Answer(Response(200, headers={"Set-Cookie": "a=1"}), after=1.0))) as world:
        engine = engine_in(world, auth=source, policies=policies)
        before = engine.snapshot()
        assert (before.quota.in_flight, before.breakers) == (0, {})
        assert (before.tokens and before.tokens.state, before.cookies and before.cookies.cookies) == (
            TokenState.EMPTY,
            (),
        )
        task = world.spawn(engine.perform(Call.get("/x")))
        world.advance(0.5)
        assert engine.snapshot().quota.in_flight == 1
        world.run_until_idle()
        assert task.done
        after = engine.snapshot()
        assert (after.quota.in_flight, after.retry_budget.tokens) == (0, 500.0)
        assert after.breakers["https://api.test:443"].state is State.CLOSED
        assert after.tokens is not None
        assert after.tokens.state is TokenState.FRESH
        assert after.cookies is not None
        assert [each.name for each in after.cookies.cookies] == ["a"]
    plain = Engine(new_runtime(), base_url=BASE, auth=None, policies=Policies(breaker=None)).snapshot()
    assert (plain.breakers, plain.tokens, plain.cookies) == ({}, None, None)


# --- sign-ins -------------------------------------------------------------------------------------


def steps(exchange: Exchange, previous: Token | None) -> Flow[TokenGrant]:
    yield from exchange(Call.post("/session", json={"user": "u"}))
    token = yield from exchange(Call.post("https://id.test/token", returns=str))
    return TokenGrant(token, lifetime=60.0)


def test_a_sign_in_goes_through_cookies_and_retries_but_past_token_and_quota() -> None:
    replies: list[Reply] = [
        Answer(Response(204, headers={"Set-Cookie": "session=1"})),
        Refuse(),
        Answer(Response(200, text="t")),
        Answer(OK),
    ]
    policies = Policies(
        cookies=True,
        retry=ONE_SECOND,
        quota=[ConcurrencyLimit(1)],
        headers={"User-Agent": "test", "Authorization": "policies"},
    )
    with World(Script(*replies)) as world:
        world.run(engine_in(world, auth=SignIn(steps=steps), policies=policies).perform(Call.get("/x")))
        session, _, token, last = world.requests
    assert (session.url.text, token.url.text) == (f"{BASE}/session", "https://id.test/token")
    assert dict(session.headers.pairs()) == {"User-Agent": "test", "Authorization": "policies"}
    assert dict(token.headers.pairs()) == {"User-Agent": "test"}
    assert dict(last.headers.pairs()) == {
        "User-Agent": "test",
        "Authorization": "Bearer t",
        "Cookie": "session=1",
    }


@pytest.mark.parametrize("rotating", [False, True])
def test_a_sign_in_that_uses_something_up_is_shielded(rotating: bool) -> None:
    runtime = new_runtime()
    source = SignIn(steps=steps, is_rotating=rotating)
    engine = Engine(runtime, base_url=BASE, auth=source, policies=Policies())
    driven = Driven(engine.perform(Call.get("/x")))
    assert driven.expect(Send).shielded is rotating
    driven.answer(OK)
    driven.answer(Response(200, text="t"))
    assert driven.expect(Send).shielded is False
    driven.close()


# --- pages ----------------------------------------------------------------------------------------


def listing(total: int) -> Callable[[Request, Now], Reply]:
    """A list of numbers by offset and limit."""

    def server(request: Request, now: Now) -> Reply:
        params = dict(request.url.params)
        start = int(params["offset"])
        return json_answer(list(range(start, min(total, start + int(params["limit"])))))

    return server


def items(page: list[int]) -> list[int]:
    return page


NUMBERS = Call.get("/numbers", returns=list[int])


def test_a_list_that_is_left_leaves_nothing_behind() -> None:
    diary = Diary()
    with World(listing(25)) as world:
        engine = engine_in(world, policies=Policies(observers=[diary]))
        found = world.iterate(engine.paginate(by_offset(NUMBERS, items=items, limit=10), "Numbers.list"))
        assert next(found) == 0
        found.close()
        assert engine.snapshot().quota.in_flight == 0
    assert len(diary.of(CallStarted)) == len(diary.of(CallEnded)) == 1


# --- answers --------------------------------------------------------------------------------------


def test_a_call_returns_what_its_answer_means() -> None:
    with World(Script(json_answer([1, 2]), Answer(Response(404)), json_answer([3]))) as world:
        engine = engine_in(world)
        assert world.run(engine.perform(NUMBERS)) == [1, 2]
        assert world.run(engine.perform(NUMBERS.or_none(404))) is None
        assert world.run(
            engine.perform(NUMBERS.mapped(lambda page, response: (len(page), response.status)))
        ) == (1, 200)


def test_an_answer_in_another_shape_tells_where() -> None:
    error = failure(Script(json_answer([1, "x"])), NUMBERS)
    assert isinstance(error, DecodeError)
    assert (error.path, error.status, error.operation) == ("$[1]", 200, "Things.get")


def test_a_refusal_is_of_its_kind() -> None:
    error = failure(Script(Answer(Response(401))))
    assert isinstance(error, AuthenticationError)
    assert isinstance(failure(Script(Drop()), POST), MaybeSent)


def test_a_body_goes_along() -> None:
    body = Body(content=b"x", content_type="text/plain")
    assert sent(Call.put("/x", body=body)).body == body


@pytest.mark.parametrize("observers", [(), (Diary(),)], ids=["unobserved", "observed"])
def test_errors_that_an_answer_holds_as_values_have_the_facts_of_the_call(
    observers: tuple[Diary, ...],
) -> None:
    def outcomes(_response: Response, complete: Completes) -> object:
        return complete(DecodeError(message="no open-sesame here"))

    meaning: Meaning[object] = Meaning(None, DEFAULT_EXPECT, Safety.SAFE, outcomes=outcomes)
    call = Call(Call.get("/things").request, meaning)
    client = Client(Script(Answer(Response(200))))
    engine = Engine(
        client.runtime,
        base_url="https://api.test",
        auth=Bearer("open-sesame"),
        policies=Policies(observers=observers),
    )
    error = client.run(engine.perform(call, "Things.several"))
    assert isinstance(error, DecodeError)
    assert (error.message, error.operation, error.attempts) == ("no *** here", "Things.several", 1)
    assert (error.method, error.url) == ("GET", "https://api.test/things")


class GrantingStore:
    """A store that grants all that is wanted."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float, float]] = []

    def answer(self, question: QuotaQuestion, /) -> object:
        self.asked.append((question.holder, question.want, question.finished))
        return Lease(granted=question.want)


def test_a_limit_that_is_shared_is_asked_for_units_and_told_of_the_end() -> None:
    store = GrantingStore()
    limit = SharedLimit(WindowLimit(10, 60.0), store, "shop")
    with World(lambda _request, _now: Answer(OK)) as world:
        engine = Engine(
            world.runtime, base_url="https://api.test", auth=None, policies=Policies(quota=[limit])
        )
        world.run(engine.perform(Call.get("/things/7")))
    (holder, want, _), (same, nothing, finished) = store.asked
    assert (want, nothing, finished) == (1, 0, 1)
    assert holder == same
    assert engine.snapshot().quota.limits[0].in_flight == 0


def test_what_prices_calls_can_be_asked() -> None:
    limit = PointsLimit(read=lambda _: None, hints={"Things.get": 3.0})
    with World(answering) as world:
        pricing = engine_in(world, policies=Policies(quota=[WindowLimit(9, 1.0), limit])).pricing
        assert isinstance(pricing, PointsAccount)
        assert pricing.cost("Things.get").mean == 3.0
        assert engine_in(world).pricing is None


@pytest.mark.parametrize("auth", ["open-sesame", Secret("open-sesame"), Bearer])
def test_what_is_no_credential_is_refused_without_showing_it(auth: Any) -> None:
    with pytest.raises(TypeError, match=r"^auth is a credential, such as Bearer\(token\)") as caught:
        engine_in(World(answering), auth=auth)
    assert "open-sesame" not in str(caught.value)


# --- the first call ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policies", "alone"),
    [
        pytest.param(Policies(), True, id="no limit"),
        pytest.param(Policies(probe=False), False, id="switched off"),
        pytest.param(Policies(quota=[WindowLimit(9, 60.0)]), False, id="a limit"),
        pytest.param(Policies(quota=[WindowLimit(9, 60.0)], probe=True), True, id="a limit, switched on"),
        pytest.param(Policies(hedge=HedgePolicy(after=1.0)), False, id="hedges"),
    ],
)
def test_the_first_call_goes_alone_where_no_limit_is_known(policies: Policies, alone: bool) -> None:
    world = World(Script(Answer(OK, after=0.5), Answer(OK), Answer(OK)))
    engine = Engine(world.runtime, base_url="https://api.test", auth=None, policies=policies)
    tasks = [world.spawn(engine.perform(Call.get("/things", returns=Response))) for _ in range(3)]
    world.advance(0.25)
    assert len(world.requests) == (1 if alone else 3)
    world.advance(0.25)
    assert [task.result().status for task in tasks] == [200] * 3
    assert len(world.requests) == 3


# --- hedges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quota", "price", "sent"),
    [
        pytest.param([], None, 2, id="no limit"),
        pytest.param([WindowLimit(3, 60.0)], lambda _name, _request: 2.0, 1, id="a price that is too high"),
        pytest.param([PointsLimit(read=lambda _: None)], None, 1, id="points, where the first goes alone"),
    ],
)
def test_a_slow_call_is_hedged_where_the_policies_say_so(quota: Any, price: Any, sent: int) -> None:
    slow, quick = Answer(OK, after=9.0), Answer(OK, after=0.5)
    world = World(Script(slow, quick))
    policies = Policies(hedge=HedgePolicy(after=1.0), quota=quota, price=price)
    engine = Engine(world.runtime, base_url="https://api.test", auth=None, policies=policies)
    assert world.run(engine.perform(Call.get("/things/7", returns=Response))).status == 200
    assert len(world.requests) == sent
    assert world.now == (1.5 if sent == 2 else 9.0)
    assert engine.snapshot().quota.in_flight == 0
