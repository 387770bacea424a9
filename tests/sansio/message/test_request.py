"""A request is whole and checked."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.body import Body
from offwire.message.headers import Headers
from offwire.message.request import KNOWN_METHODS, Request, made
from offwire.message.url import Url

JSON = Body(content=b"{}", content_type="application/json")


def test_a_request_is_made_from_plain_parts() -> None:
    request = Request("GET", "/users/7", headers={"Accept": "a/b"})
    assert request.method == "GET"
    assert request.url == Url("/users/7")
    assert request.headers == Headers({"Accept": "a/b"})
    assert request.body is None


def test_parts_that_are_made_already_are_taken_as_they_are() -> None:
    url, headers = Url("/x"), Headers({"A": "1"})
    request = Request("POST", url, headers=headers, body=JSON)
    assert request.url is url
    assert request.headers is headers
    assert request.body is JSON


@pytest.mark.parametrize("method", [*sorted(KNOWN_METHODS), "REPORT", "M-SEARCH", "X1"])
def test_a_method_is_an_upper_case_token(method: str) -> None:
    assert Request(method, "/").method == method


@pytest.mark.parametrize("method", ["get", "", "GET /x", "GET\r\n", "GÉT"])
def test_another_method_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="upper-case token"):
        Request(method, "/")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"method": 1}, id="method"),
        pytest.param({"url": b"/"}, id="url"),
        pytest.param({"headers": {"A": 1}}, id="headers"),
        pytest.param({"body": b"x"}, id="body"),
    ],
)
def test_a_part_of_another_type_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Request(**{"method": "GET", "url": "/", **parts})


def test_more_than_one_content_type_is_refused() -> None:
    with pytest.raises(ValueError, match="one Content-Type"):
        Request("POST", "/", headers=[("content-type", "a/b"), ("Content-Type", "a/b")])
    with pytest.raises(ValueError, match="one Content-Type"):
        Request("POST", "/").with_headers([("content-type", "a/b"), ("Content-Type", "a/b")])


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        pytest.param({"A": "1"}, None, (("A", "1"),), id="no body"),
        pytest.param({"A": "1"}, Body(content=b""), (("A", "1"),), id="no media type"),
        pytest.param(
            {"A": "1"}, JSON, (("A", "1"), ("Content-Type", "application/json")), id="the body's own"
        ),
        pytest.param({"content-type": "a/b"}, JSON, (("content-type", "a/b"),), id="the header's"),
    ],
)
def test_the_fields_name_the_media_type_once(
    headers: dict[str, str], body: Body | None, expected: tuple[tuple[str, str], ...]
) -> None:
    assert Request("POST", "/", headers=headers, body=body).fields() == expected


def test_a_request_is_made_anew_with_other_headers_or_another_url() -> None:
    request = Request("POST", "/x", headers={"A": "1", "B": "2"}, body=JSON)
    assert request.with_headers({"a": "3"}) == Request("POST", "/x", headers={"B": "2", "a": "3"}, body=JSON)
    assert request.with_url(Url("/y")) == Request("POST", "/y", headers={"A": "1", "B": "2"}, body=JSON)
    assert request.url == Url("/x")


@given(
    st.sampled_from(sorted(KNOWN_METHODS)),
    st.sampled_from(["/", "/x?a=1"]).map(Url),
    st.sampled_from([Headers(), Headers({"A": "1"})]),
    st.sampled_from([None, JSON]),
)
def test_a_request_from_checked_parts_is_one_like_others(
    method: str, url: Url, headers: Headers, body: Body | None
) -> None:
    assert made(method, url, headers, body) == Request(method, url, headers=headers, body=body)


def test_a_pickle_gives_the_same_request() -> None:
    request = Request("POST", "https://h/x?a=1", headers={"A": "1"}, body=JSON)
    assert pickle.loads(pickle.dumps(request)) == request


def test_a_request_is_shown_without_what_it_carries(canary: Callable[[str], str]) -> None:
    request = Request(
        "POST",
        f"/x?token={canary('request query')}",
        headers={"Authorization": canary("request header")},
        body=Body(content=canary("request body").encode()),
    )
    assert str(request) == (
        "Request(method='POST', url=Url('/x?token=***'), headers=Headers(Authorization: ***), "
        "body=Body(content=<32 bytes>, content_type=None))"
    )
