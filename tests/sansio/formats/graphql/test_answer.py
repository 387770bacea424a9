"""What a GraphQL answer says, whatever servers make of one."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import (
    AuthenticationError,
    CallError,
    DecodeError,
    GraphQLError,
    GraphQLProblem,
    PermissionDenied,
    RateLimited,
    ServerError,
    ValidationFailed,
)
from offwire.formats.graphql.answer import Answer, problems_in, read_answer
from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response

POST = Request("POST", "https://api.test/graphql")


def problem(
    message: str = "",
    path: tuple[str | int, ...] | None = None,
    code: str | None = None,
    locations: tuple[tuple[int, int], ...] = (),
    extensions: Json = None,
) -> GraphQLProblem:
    return GraphQLProblem(message=message, path=path, code=code, locations=locations, extensions=extensions)


def failure(response: Response) -> CallError:
    with pytest.raises(CallError) as raised:
        read_answer(response, POST)
    return raised.value


def test_an_answer_without_errors() -> None:
    response = Response(200, json={"data": {"a": 1}, "extensions": {"cost": 2}})
    assert read_answer(response, POST) == Answer(data={"a": 1}, problems=(), response=response)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        pytest.param(None, (), id="null"),
        pytest.param([], (), id="an empty list"),
        pytest.param(
            [
                {
                    "message": "no\nreport",
                    "path": ["report", "fights", 3],
                    "locations": [{"line": 2, "column": 7}, {"line": "2"}, 4],
                    "extensions": {"code": "NOT_FOUND", "more": 1},
                }
            ],
            (
                problem(
                    "no report",
                    ("report", "fights", 3),
                    "NOT_FOUND",
                    ((2, 7),),
                    {"code": "NOT_FOUND", "more": 1},
                ),
            ),
            id="a whole one",
        ),
        pytest.param([{}], (problem(),), id="without a message"),
        pytest.param([{"message": 3, "path": "a", "locations": {}}], (problem(),), id="of other types"),
        pytest.param([{"message": "m", "path": ["a", None]}], (problem("m"),), id="a path that is none"),
        pytest.param(
            [{"extensions": {"code": 7}}], (problem(code="7", extensions={"code": 7}),), id="a number as code"
        ),
        pytest.param([{"extensions": {"code": None}}], (problem(extensions={"code": None}),), id="no code"),
        pytest.param(
            ["no", 3, None], (problem("no"), problem(), problem()), id="entries that are no objects"
        ),
        pytest.param("no", (problem("no"),), id="text"),
        pytest.param({"message": "no"}, (problem("no"),), id="one object"),
        pytest.param([{"message": "x"}] * 500, (problem("x"),) * 100, id="too many"),
    ],
)
def test_problems(errors: Json, expected: tuple[GraphQLProblem, ...]) -> None:
    assert problems_in(errors) == expected
    answer = read_answer(Response(200, json={"data": {}, "errors": errors}), POST)
    assert (answer.data, answer.problems) == ({}, expected)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: (
            st.lists(each, max_size=3)
            | st.dictionaries(
                st.sampled_from(["message", "path", "code", "locations", "line", "extensions"]), each
            )
        ),
    )
)
def test_whatever_stands_in_errors_can_be_shown(errors: Json) -> None:
    found = problems_in(errors)
    if found:
        error = Answer(data=None, problems=found, response=Response(200)).error()
        assert str(error).isprintable()


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        pytest.param(
            {"json": {"data": None}}, "$.data", "$.data is null, and the answer tells of no errors", id="null"
        ),
        pytest.param(
            {"json": {}}, "$.data", "$.data is missing, and the answer tells of no errors", id="neither"
        ),
        pytest.param({"json": {"errors": []}}, "$.data", "is missing, and", id="no data and an empty list"),
        pytest.param(
            {"json": {"data": [1]}}, "$.data", "$.data should be an object, not an array", id="data is a list"
        ),
        pytest.param({"json": [1]}, "$", "$ should be an object, not an array", id="a list"),
        pytest.param({"text": "<html>"}, "$", "is not JSON at line 1, column 1 (text/plain)", id="no JSON"),
        pytest.param({}, "$", "the document is empty (no Content-Type)", id="empty"),
    ],
)
def test_what_is_no_answer(body: dict[str, object], path: str, words: str) -> None:
    response = Response(200, **body)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    error = failure(response)
    assert isinstance(error, DecodeError)
    assert words in error.message
    assert (error.path, error.status, error.response) == (path, 200, response)


MISSING = {"errors": [{"message": "no such field", "extensions": {"code": "INVALID"}}]}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(400, GraphQLError, id="400"),
        pytest.param(404, GraphQLError, id="404"),
        pytest.param(422, GraphQLError, id="422"),
        pytest.param(401, AuthenticationError, id="401"),
        pytest.param(403, PermissionDenied, id="403"),
        pytest.param(429, RateLimited, id="429"),
        pytest.param(500, ServerError, id="500"),
        pytest.param(503, ServerError, id="503"),
    ],
)
def test_which_error_a_status_with_an_answer_is(status: int, kind: type[CallError]) -> None:
    error = failure(Response(status, headers={"Retry-After": "3", "X-Request-Id": "r-1"}, json=MISSING))
    assert type(error) is kind
    facts = error.facts()
    assert (facts["status"], facts["request_id"], error.retry_after) == (status, "r-1", 3.0)
    assert "no such field" in str(error)
    assert "INVALID" in str(error)


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(422, json={"code": "own", "errors": []}), id="a code of its own"),
        pytest.param(Response(400, json={"data": {}}), id="no errors"),
        pytest.param(Response(400, json={"errors": []}), id="no answer"),
        pytest.param(Response(400, text="no"), id="text"),
    ],
)
def test_a_status_without_errors_is_the_usual_error(response: Response) -> None:
    error = failure(response)
    assert isinstance(error, ValidationFailed)
    assert (error.method, error.url) == ("POST", "https://api.test/graphql")


@pytest.mark.parametrize(
    ("problems", "words"),
    [
        pytest.param((problem("a"),), "the server tells of an error: a", id="one"),
        pytest.param((problem("a."),), "the server tells of an error: a", id="with a full stop"),
        pytest.param((problem(),), "the server tells of an error: no message", id="without a message"),
        pytest.param(
            (problem("a", ("b", 0, "c"), "D"), problem("e", ())),
            "the server tells of 2 errors: a at $.data.b[0].c [D]; e",
            id="with a path and a code",
        ),
        pytest.param(
            tuple(problem(each) for each in "abcde"),
            "the server tells of 5 errors: a; b; c; and 2 more",
            id="many",
        ),
    ],
)
def test_what_an_error_says(problems: tuple[GraphQLProblem, ...], words: str) -> None:
    answer = Answer(data={"b": None}, problems=problems, response=Response(200))
    error = answer.error()
    assert error.message == words
    assert (error.problems, error.data, error.status, error.request_id) == (problems, {"b": None}, 200, None)
    assert str(error).endswith("the part of the data that did come is in `data`.")
    assert answer.error("other words").message == "other words"
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.facts()) == (str(error), error.facts())


def test_a_code_at_the_top_goes_before_those_of_the_problems() -> None:
    error = failure(Response(401, json={"code": "expired", **MISSING}))
    assert isinstance(error, AuthenticationError)
    assert (error.code, error.detail) == ("expired", "no such field")
