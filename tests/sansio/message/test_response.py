"""A response is a fact."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.headers import NO_HEADERS, Headers
from offwire.message.response import Response


def test_a_response_holds_what_came() -> None:
    response = Response(201, headers={"A": "1"}, content=b"x", elapsed=0.5)
    assert (response.status, response.content, response.elapsed) == (201, b"x", 0.5)
    assert response.headers == Headers({"A": "1"})
    assert Response(204) == Response(204, headers=NO_HEADERS, content=b"", elapsed=0.0)


@pytest.mark.parametrize("status", [100, 200, 520, 999])
def test_any_status_of_three_digits_is_taken(status: int) -> None:
    assert Response(status).status == status


@pytest.mark.parametrize("status", [0, 99, 1000, -200])
def test_other_numbers_are_no_status(status: int) -> None:
    with pytest.raises(ValueError, match="three digits"):
        Response(status)


def test_a_response_is_made_from_json() -> None:
    response = Response(200, json={"name": "Ada", "é": None})
    assert response.content == '{"name": "Ada", "é": null}'.encode()
    assert response.headers["content-type"] == "application/json"
    assert Response(200, json=None).content == b"null"


def test_a_response_is_made_from_text() -> None:
    response = Response(200, text="é")
    assert response.content == "é".encode()
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_given_content_type_is_kept() -> None:
    response = Response(400, json={}, headers={"content-type": "application/problem+json"})
    assert response.headers.pairs() == (("content-type", "application/problem+json"),)


@pytest.mark.parametrize(
    "bodies",
    [
        {"text": "a", "json": 1},
        {"content": b"a", "json": 1},
        {"content": b"a", "text": "b"},
    ],
)
def test_a_response_has_one_body(bodies: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one of content, text and json"):
        Response(200, **bodies)


def test_content_is_bytes() -> None:
    wrong: Any = "text"
    with pytest.raises(TypeError, match="not str"):
        Response(200, content=wrong)


@pytest.mark.parametrize(("status", "expected"), [(199, False), (200, True), (299, True), (300, False)])
def test_success_is_a_status_of_two_hundred_and_more(status: int, expected: bool) -> None:
    assert Response(status).is_success is expected


@pytest.mark.parametrize(
    ("content_type", "media_type", "is_json"),
    [
        (None, "", False),
        ("Application/JSON; charset=utf-8", "application/json", True),
        ("text/json", "text/json", True),
        ("application/problem+json", "application/problem+json", True),
        ("text/html ; x", "text/html", False),
        ("application/jsonl", "application/jsonl", False),
    ],
)
def test_the_media_type_is_read_without_parameters(
    content_type: str | None, media_type: str, is_json: bool
) -> None:
    response = Response(200, headers={"Content-Type": content_type} if content_type else {})
    assert (response.media_type, response.is_json) == (media_type, is_json)


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        pytest.param(None, "é".encode(), "é", id="UTF-8 where nothing is said"),
        pytest.param("text/plain", "é".encode(), "é", id="UTF-8 where no charset is"),
        pytest.param("text/plain; charset=latin-1", b"\xe9", "é", id="charset"),
        pytest.param('text/plain; a=b; Charset = "UTF-16LE"', b"a\0", "a", id="quoted charset"),
        pytest.param("text/plain; x-charset=latin-1", "é".encode(), "é", id="another parameter"),
        pytest.param("text/plain; charset=klingon", b"a", "a", id="unknown charset"),
        pytest.param("text/plain; charset=", b"a", "a", id="empty charset"),
        pytest.param("text/plain; charset=idna", b"a\xff", "a\ufffd", id="a codec that replaces nothing"),
        pytest.param("text/plain; charset=hex", b"00", "00", id="a codec that gives no text"),
        pytest.param("text/plain", b"\xff", "\ufffd", id="what cannot be decoded"),
    ],
)
def test_text_can_always_be_read(content_type: str | None, content: bytes, expected: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert Response(200, headers=headers, content=content).text == expected


@given(st.text(), st.sampled_from(["", "; charset=utf-8", "; charset=ascii"]))
def test_text_never_raises(text: str, parameter: str) -> None:
    content = text.encode("utf-16")
    response = Response(200, headers={"Content-Type": f"text/plain{parameter}"}, content=content)
    assert isinstance(response.text, str)


def test_a_response_is_frozen_and_a_value() -> None:
    response: Any = Response(200, text="a")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        response.status = 201
    assert len({response, Response(200, text="a")}) == 1


def test_a_pickle_gives_the_same_response() -> None:
    response = Response(200, headers={"A": "1"}, content=b"\xff", elapsed=1.5)
    assert pickle.loads(pickle.dumps(response)) == response


def test_a_response_is_shown_without_what_it_carries(canary: Callable[[str], str]) -> None:
    response = Response(
        200, headers={"Set-Cookie": canary("response header")}, content=canary("response body").encode()
    )
    assert str(response) == (
        "Response(status=200, headers=Headers(Set-Cookie: ***), content=<32 bytes>, elapsed=0.0)"
    )
