"""Which error each status is, and what it carries of the answer."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import Request, Response
from offwire.errors import (
    AuthenticationError,
    Conflict,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    StatusError,
    ValidationFailed,
)
from offwire.operations.status import ERROR_OF_STATUS, status_error

REQUEST = Request("POST", "https://api.test/users?page=2&key=k")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, StatusError), (304, StatusError),
        (400, ValidationFailed), (401, AuthenticationError), (402, StatusError), (403, PermissionDenied),
        (404, NotFound), (405, StatusError), (408, StatusError), (409, Conflict), (410, NotFound),
        (412, Conflict), (413, ValidationFailed), (415, ValidationFailed), (418, StatusError),
        (422, ValidationFailed), (423, StatusError), (429, RateLimited), (499, StatusError),
        (500, ServerError), (501, ServerError), (502, ServerError), (503, ServerError), (504, ServerError),
        (520, ServerError), (599, ServerError), (999, ServerError),
    ],
)  # fmt: skip
def test_each_status_has_its_error(status: int, kind: type[StatusError]) -> None:
    error = status_error(Response(status), REQUEST)
    assert type(error) is kind
    assert error.status == status
    assert str(status) in str(error)


@given(st.integers(100, 999))
def test_whatever_the_status_there_is_an_error_for_it(status: int) -> None:
    error = status_error(Response(status), REQUEST)
    assert isinstance(error, ServerError) == (status >= 500)
    assert (type(error) in (StatusError, ServerError)) == (status not in ERROR_OF_STATUS)
    assert pickle.loads(pickle.dumps(error)).status == status


def test_an_error_carries_what_the_server_says() -> None:
    problem = {"type": "about:blank", "title": "Invalid", "detail": "name is missing", "code": "bad_name"}
    headers = {"Content-Type": "application/problem+json", "X-Request-Id": "r-1"}
    response = Response(422, json=problem, headers=headers)
    error = status_error(response, REQUEST)
    assert (error.method, error.url) == ("POST", "https://api.test/users?page=2&key=***")
    assert (error.code, error.request_id) == ("bad_name", "r-1")
    assert "name is missing" in (error.detail or "")
    assert error.response is response


def test_an_answer_without_words_has_none() -> None:
    error = status_error(Response(404), REQUEST)
    assert (error.code, error.detail, error.request_id, error.retry_after) == (None, None, None, None)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"retry-after-ms": "1500"}, 1.5, id="milliseconds"),
        pytest.param(
            {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:29 GMT"},
            30.0,
            id="a date and the answer's own",
        ),
        pytest.param({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None, id="a date without a clock"),
        pytest.param({"Retry-After": "soon"}, None, id="no wait"),
    ],
)
def test_an_error_carries_the_wait_that_the_server_asks_for(
    headers: dict[str, str], wait: float | None
) -> None:
    for status in (429, 503):
        assert status_error(Response(status, headers=headers), REQUEST).retry_after == wait


def test_errors_of_an_api_go_before_the_table() -> None:
    class Teapot(StatusError):
        """418."""

    errors = ((418, Teapot), (404, Conflict))
    assert type(status_error(Response(418), REQUEST, errors)) is Teapot
    assert type(status_error(Response(404), REQUEST, errors)) is Conflict
    assert type(status_error(Response(400), REQUEST, errors)) is ValidationFailed
