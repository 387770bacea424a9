"""Errors leave with all facts of their call, and with none of its credentials."""

from __future__ import annotations

import pickle

import pytest

# No canaries here: these errors hold the server's words as they came, before they leave.
from offwire.completion import completed
from offwire.errors import (
    CallError,
    DeadlineExceeded,
    DecodeError,
    GraphQLError,
    GraphQLProblem,
    MaybeSent,
    NeverSent,
    NotFound,
    RateLimited,
    ResponseTimeout,
    StatusError,
)
from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.safety import Safety
from offwire.secret import Secret
from tests.sansio.kit import context_in, new_runtime

REQUEST = Request("GET", "https://api.test/things?key=open-sesame&page=2")


def test_an_error_gets_the_facts_of_its_call() -> None:
    runtime = new_runtime()
    context = context_in(runtime)
    context.attempts, context.waited = 3, 1.5
    runtime.now.advance(4.0, 0.0)
    error = completed(MaybeSent(message="it broke"), REQUEST, context)
    assert type(error) is MaybeSent
    assert (error.message, error.operation, error.method) == ("it broke", "Things.get", "GET")
    assert error.url == "https://api.test/things?key=***&page=2"
    assert (error.attempts, error.waited, error.elapsed) == (3, 1.5, 4.0)


@pytest.mark.parametrize(
    ("error", "deadline", "kind"),
    [
        pytest.param(ResponseTimeout(message="silence"), 4.0, DeadlineExceeded, id="at the deadline"),
        pytest.param(NeverSent(message="refused"), 3.0, DeadlineExceeded, id="after it"),
        pytest.param(ResponseTimeout(message="silence"), 4.5, ResponseTimeout, id="before it"),
        pytest.param(ResponseTimeout(message="silence"), None, ResponseTimeout, id="there is none"),
        pytest.param(NotFound(message="no", status=404), 4.0, NotFound, id="answered"),
    ],
)
def test_no_answer_by_the_deadline_is_a_passed_deadline(
    error: CallError, deadline: float | None, kind: type[CallError]
) -> None:
    runtime = new_runtime()
    context = context_in(runtime, deadline=deadline)
    runtime.now.advance(4.0, 0.0)
    outcome = completed(error, REQUEST, context)
    assert type(outcome) is kind
    if isinstance(outcome, DeadlineExceeded):
        assert outcome.cause is not None
        assert type(outcome.cause) is type(error)
        assert outcome.cause.operation == outcome.operation == "Things.get"


@pytest.mark.parametrize(
    ("error", "safety", "attempts", "known"),
    [
        pytest.param(MaybeSent(message=""), Safety.UNKNOWN, 1, None, id="nobody knows"),
        pytest.param(MaybeSent(message=""), Safety.SAFE, 1, True, id="safe"),
        pytest.param(MaybeSent(message=""), Safety.IDEMPOTENT, 1, True, id="idempotent"),
        pytest.param(MaybeSent(message=""), Safety.KEYED, 1, True, id="keyed"),
        pytest.param(NeverSent(message=""), Safety.UNKNOWN, 1, True, id="never sent"),
        pytest.param(DeadlineExceeded(message=""), Safety.UNKNOWN, 0, True, id="nothing was sent at all"),
        pytest.param(DeadlineExceeded(message=""), Safety.UNKNOWN, 1, None, id="something was"),
        pytest.param(MaybeSent(message="", retry_safe=False), Safety.SAFE, 1, False, id="it is said"),
    ],
)
def test_whether_sending_again_can_do_harm(
    error: CallError, safety: Safety, attempts: int, known: bool | None
) -> None:
    context = context_in(new_runtime(), safety)
    context.attempts = attempts
    assert completed(error, REQUEST, context).retry_safe is known


def test_the_servers_wait_is_told_unless_it_is_known() -> None:
    context = context_in(new_runtime())
    response = Response(429, headers={"Retry-After": "7"})
    error = RateLimited(message="no", status=429, response=response)
    assert completed(error, REQUEST, context).retry_after == 7.0
    assert completed(error.with_facts(retry_after=9.0), REQUEST, context).retry_after == 9.0
    assert completed(error.with_facts(response=None), REQUEST, context).retry_after is None


def test_no_echo_of_a_credential_is_left() -> None:
    key, long = "open-sesame", "open-sesame-and-close"
    said = f"the keys {key} and {long} are not known"
    response = Response(
        401,
        headers=[("X-Echo", f"key={long}"), ("Set-Cookie", f"session={key}"), ("Content-Type", "text/plain")],
        content=f"{long}|{key}".encode(),
        elapsed=0.5,
    )
    context = context_in(new_runtime(), secrets=(Secret(key), Secret(long)))
    error = StatusError(
        message=said, status=401, code=key, detail=said, request_id=f"id-{long}", response=response
    )
    for each in (error, DeadlineExceeded(message="late", cause=error)):
        outcome = completed(each, REQUEST, context)
        told = outcome.cause if isinstance(outcome, DeadlineExceeded) else outcome
        assert isinstance(told, StatusError)
        assert (told.message, told.code, told.request_id) == (
            "the keys *** and *** are not known",
            "***",
            "id-***",
        )
        assert told.detail == told.message
        assert told.response is not None
        assert (told.response.status, told.response.content, told.response.elapsed) == (401, b"***|***", 0.5)
        assert told.response.headers.pairs() == (("X-Echo", "key=***"), ("Content-Type", "text/plain"))
        assert key.encode() not in pickle.dumps(outcome)


def test_an_answer_that_could_not_be_read_shows_none_either() -> None:
    key = "open-sesame"
    context = context_in(new_runtime(), secrets=(Secret(key),))
    response = Response(200, content=key.encode())
    error = completed(
        DecodeError(message=f"$.{key} should be null", path=f"$.{key}", response=response), REQUEST, context
    )
    assert isinstance(error, DecodeError)
    assert (error.message, error.path) == ("$.*** should be null", "$.***")
    assert error.response is not None
    assert error.response.content == b"***"


def test_what_a_graphql_server_says_shows_none_either() -> None:
    key = "open-sesame"
    echo = GraphQLProblem(
        message=f"no {key}", path=(key, 3), code=key, locations=((1, 2),), extensions={"a": [key, 1, None]}
    )
    response = Response(200, headers={"Retry-After": "7"}, content=key.encode())
    error = GraphQLError(
        message=f"it says {key}",
        problems=(echo, GraphQLProblem()),
        data={key: [key, True]},
        response=response,
    )
    told = completed(error, REQUEST, context_in(new_runtime(), secrets=(Secret(key),)))
    assert isinstance(told, GraphQLError)
    assert told.problems == (
        GraphQLProblem(
            message="no ***",
            path=("***", 3),
            code="***",
            locations=((1, 2),),
            extensions={"a": ["***", 1, None]},
        ),
        GraphQLProblem(),
    )
    assert (told.message, told.data, told.retry_after) == ("it says ***", {"***": ["***", True]}, 7.0)
    assert key.encode() not in pickle.dumps(told)
    plain = completed(error, REQUEST, context_in(new_runtime()))
    assert isinstance(plain, GraphQLError)
    assert plain.data is error.data


def test_data_that_nests_too_deeply_to_be_looked_through_is_left_out() -> None:
    deep: Json = []
    for _ in range(5000):
        deep = [deep]
    error = GraphQLError(message="no", data=deep)
    told = completed(error, REQUEST, context_in(new_runtime(), secrets=(Secret("open-sesame"),)))
    assert isinstance(told, GraphQLError)
    assert told.data is None
