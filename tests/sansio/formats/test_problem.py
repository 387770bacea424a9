"""What is read out of an answer that says what went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.problem import LONGEST_SUMMARY, FieldError, Problem, read_problem
from offwire.message.response import Response


def error(field: str, message: str, code: str | None = None) -> FieldError:
    return FieldError(field=field, message=message, code=code)


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        pytest.param(
            {
                "type": "https://example.com/probs/out-of-credit",
                "title": "You do not have enough credit.",
                "status": 403,
                "detail": "Your current balance is 30, but that costs 50.",
                "instance": "/account/12345/msgs/abc",
                "balance": 30,
            },
            Problem(
                title="You do not have enough credit.",
                detail="Your current balance is 30, but that costs 50.",
                type="https://example.com/probs/out-of-credit",
                instance="/account/12345/msgs/abc",
            ),
            id="RFC 9457",
        ),
        pytest.param(
            {
                "type": "https://example.net/validation-error",
                "title": "Your request is not valid.",
                "errors": [{"detail": "must be a positive integer", "pointer": "#/age"}],
            },
            Problem(
                title="Your request is not valid.",
                type="https://example.net/validation-error",
                errors=(error("#/age", "must be a positive integer"),),
            ),
            id="RFC 9457 with errors",
        ),
        pytest.param(
            {
                "error": {
                    "code": 403,
                    "message": "No.",
                    "status": "PERMISSION_DENIED",
                    "details": [{"reason": "x"}],
                }
            },
            Problem(detail="No.", code="PERMISSION_DENIED"),
            id="Google",
        ),
        pytest.param(
            {"error": {"message": "Bad key", "type": "invalid_request_error", "param": None, "code": None}},
            Problem(detail="Bad key", code="invalid_request_error"),
            id="OpenAI",
        ),
        pytest.param(
            {
                "error": {
                    "code": "NotFound",
                    "message": "None.",
                    "details": [{"target": "id", "message": "Odd."}],
                }
            },
            Problem(detail="None.", code="NotFound", errors=(error("id", "Odd."),)),
            id="OData",
        ),
        pytest.param(
            {"error": "invalid_grant", "error_description": "Code  expired\n"},
            Problem(detail="Code expired", code="invalid_grant"),
            id="OAuth",
        ),
        pytest.param({"error": "invalid_grant"}, Problem(code="invalid_grant"), id="a code alone"),
        pytest.param({"error": "Not found."}, Problem(detail="Not found."), id="a sentence"),
        pytest.param(
            {"error": "Not found.", "message": "No such user."},
            Problem(detail="No such user."),
            id="a sentence and another",
        ),
        pytest.param(
            {"code": "E17", "message": "No."}, Problem(detail="No.", code="E17"), id="code and message"
        ),
        pytest.param(
            {"code": 17, "message": "No."}, Problem(detail="No.", code="17"), id="a number for a code"
        ),
        pytest.param({"code": True, "message": ""}, None, id="true is no code"),
        pytest.param(
            {"code": 17, "error": {"code": "inner", "message": "In."}, "message": "Out."},
            Problem(detail="In.", code="inner"),
            id="the inner one goes first",
        ),
        pytest.param({"error": {}, "message": "Out."}, Problem(detail="Out."), id="nothing inside"),
        pytest.param(
            {"__type": "com.amazonaws.dynamodb#ThrottlingException", "message": "Rate"},
            Problem(detail="Rate", code="ThrottlingException"),
            id="AWS",
        ),
        pytest.param(
            {
                "errors": [
                    {"message": "Bad", "path": ["user", 0, "name"], "extensions": {"code": "BAD"}},
                    {"message": "Worse", "extensions": 3},
                ]
            },
            Problem(errors=(error("user.0.name", "Bad", "BAD"), error("", "Worse"))),
            id="GraphQL",
        ),
        pytest.param(
            {"detail": [{"loc": ["body", "age"], "msg": "Field required", "type": "missing"}]},
            Problem(errors=(error("body.age", "Field required", "missing"),)),
            id="FastAPI",
        ),
        pytest.param({"detail": "Not found."}, Problem(detail="Not found."), id="Django"),
        pytest.param(
            {"title": "Invalid.", "status": 400, "errors": {"Name": ["Too long.", "Odd."], "Age": "Low."}},
            Problem(
                title="Invalid.",
                errors=(error("Name", "Too long."), error("Name", "Odd."), error("Age", "Low.")),
            ),
            id="ASP.NET",
        ),
        pytest.param(
            {
                "errors": [
                    {"field": "a", "message": "x"},
                    {"target": "b", "text": "y"},
                    {"path": [], "code": "z"},
                ]
            },
            Problem(errors=(error("a", "x"), error("b", "y"), error("", "z", "z"))),
            id="fields by several names",
        ),
        pytest.param(
            {"errors": ["One.", "", 3, None, [], {}]},
            Problem(errors=(error("", "One."),)),
            id="only messages",
        ),
        pytest.param({"errors": ["x"] * 30}, Problem(errors=(error("", "x"),) * 20), id="too many errors"),
        pytest.param(
            ["One.", {"message": "Two."}], Problem(errors=(error("", "One."), error("", "Two."))), id="a list"
        ),
        pytest.param("No.", Problem(detail="No."), id="text"),
        pytest.param(
            {"message": "a\x1b[31m\nb\u202e"}, Problem(detail="a\\x1b[31m b\\u202e"), id="control characters"
        ),
        pytest.param({"message": "x" * 201}, Problem(detail="x" * 197 + "..."), id="long text"),
        pytest.param({"message": "x" * 200}, Problem(detail="x" * 200), id="text that just fits"),
        pytest.param({"request_id": "r1"}, Problem(request_id="r1"), id="only a request id"),
        pytest.param({"type": "about:blank"}, Problem(type="about:blank"), id="only a type"),
        pytest.param(
            {"unknown": 1, "message": 3, "errors": 4, "error": None}, None, id="nothing that is known"
        ),
        pytest.param({}, None, id="an empty object"),
        pytest.param([], None, id="an empty list"),
        pytest.param(None, None, id="null"),
        pytest.param(17, None, id="a number"),
    ],
)
def test_the_usual_shapes_are_read(json: Any, expected: Problem | None) -> None:
    assert read_problem(Response(400, json=json)) == expected


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        pytest.param(
            "application/problem+json", b'{"title": "No."}', Problem(title="No."), id="problem+json"
        ),
        pytest.param(
            "text/plain", b' \n{"message": "No."}', Problem(detail="No."), id="JSON that does not say so"
        ),
        pytest.param("", b'["No."]', Problem(errors=(error("", "No."),)), id="a list without a type"),
        pytest.param("application/json", b"No.", None, id="what says JSON and is not"),
        pytest.param("text/plain", b"{No.", None, id="what looks like JSON and is not"),
        pytest.param("text/plain; charset=latin-1", b"Gr\xfcn  \r\n", Problem(detail="Grün"), id="text"),
        pytest.param("text/plain", b"x" * 300, Problem(detail="x" * 197 + "..."), id="long text"),
        pytest.param("text/plain", b"", None, id="no text"),
        pytest.param(
            "text/html",
            b"<html><HEAD><Title lang=en>\n502 Bad &amp; Gateway </title>secret",
            Problem(title="502 Bad & Gateway"),
            id="HTML",
        ),
        pytest.param("text/html", b"<p>secret</p>", None, id="HTML without a title"),
        pytest.param("text/html", b"<title></title>", None, id="HTML with an empty title"),
        pytest.param("application/xhtml+xml", b"<title>No.</title>", Problem(title="No."), id="XHTML"),
        pytest.param("image/png", b"\x89PNG", None, id="an image"),
        pytest.param("application/xml", b"<Error/>", None, id="XML"),
    ],
)
def test_other_bodies_tell_little(content_type: str, content: bytes, expected: Problem | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert read_problem(Response(500, content=content, headers=headers)) == expected


@pytest.mark.parametrize("name", ["x-request-id", "Request-Id", "X-Correlation-ID", "CF-RAY"])
def test_the_request_id_comes_from_the_header(name: str) -> None:
    assert read_problem(Response(500, headers={name: "abc"})) == Problem(request_id="abc")


def test_the_first_request_id_that_is_not_empty_counts() -> None:
    headers = {"CF-RAY": "ray", "X-Correlation-Id": "b", "Request-Id": ""}
    found = read_problem(Response(500, headers=headers, json={"request_id": "c"}))
    assert found == Problem(request_id="b")


@pytest.mark.parametrize(
    ("headers", "json", "code"),
    [
        pytest.param({"x-amzn-errortype": "SlowDown:http://internal/"}, {}, "SlowDown", id="the header"),
        pytest.param({"x-amzn-errortype": "A"}, {"__type": "x#B"}, "A", id="before the body"),
        pytest.param({"x-amzn-errortype": ""}, {"__type": "B"}, "B", id="an empty header"),
    ],
)
def test_amazons_code_comes_from_the_header(headers: dict[str, str], json: Any, code: str) -> None:
    found = read_problem(Response(400, headers=headers, json=json))
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        pytest.param(Problem(), None, id="nothing"),
        pytest.param(Problem(code="x", request_id="y"), None, id="no words"),
        pytest.param(Problem(title="No.", detail="Because."), "No.; Because.", id="title and detail"),
        pytest.param(Problem(title="No.", detail="No."), "No.", id="the same twice"),
        pytest.param(
            Problem(detail="No.", errors=(error("a", "x"), error("", "y"))),
            "No.; a: x; y",
            id="errors of fields",
        ),
        pytest.param(
            Problem(errors=(error("f", "x" * 200),) * 2 + (error("g", "y" * 200),)),
            f"f: {'x' * 200}; g: {'y' * 89}...",
            id="long",
        ),
    ],
)
def test_a_summary_is_what_a_person_wants_to_read(problem: Problem, expected: str | None) -> None:
    assert problem.summary == expected
    assert expected is None or len(expected) <= LONGEST_SUMMARY


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NAMES = st.sampled_from(
    [
        "error", "errors", "code", "message", "detail", "details", "title", "type", "instance", "status",
        "path", "field", "__type", "extensions", "loc",
    ]
)  # fmt: skip
BODIES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(BODIES)
def test_whatever_json_says_it_is_read_and_printable(body: Any) -> None:
    problem = read_problem(Response(500, json=body))
    if problem is not None:
        texts = [problem.title, problem.detail, problem.code, problem.type, problem.instance, problem.summary]
        texts += [text for each in problem.errors for text in (each.field, each.message, each.code)]
        assert all(text.isprintable() and len(text) <= LONGEST_SUMMARY for text in texts if text is not None)


@given(st.binary(), st.sampled_from(["text/plain; charset=utf-16", "text/html", "application/json", "x/y"]))
def test_no_body_is_an_error(content: bytes, content_type: str) -> None:
    problem = read_problem(Response(500, content=content, headers={"Content-Type": content_type}))
    assert problem is None or problem.summary is None or problem.summary.isprintable()
