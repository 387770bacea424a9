"""Where a fetched token goes in a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from offwire import InHeader, InQuery, Request, Secret
from offwire.auth.fetched import Placement
from offwire.errors import SignInFailed
from offwire.message.body import Body

Canary = Callable[[str], str]

REQUEST = Request(
    "POST",
    "https://api.test/users?page=2",
    headers={"Accept": "x/y"},
    body=Body(content=b"1", content_type="a/b"),
)


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        pytest.param(InHeader(), ("Authorization", "Bearer t-1"), id="as RFC 6750 section 2.1 has it"),
        pytest.param(InHeader("X-Token", ""), ("X-Token", "t-1"), id="under another name, bare"),
        pytest.param(InHeader(prefix="token "), ("Authorization", "token t-1"), id="behind another word"),
    ],
)
def test_a_token_is_put_into_a_header(placement: InHeader, expected: tuple[str, str]) -> None:
    placed = placement.placer(Secret("t-1"))(REQUEST)
    assert placed.headers.pairs() == (("Accept", "x/y"), expected)
    assert (placed.method, placed.url, placed.body) == (REQUEST.method, REQUEST.url, REQUEST.body)
    assert placement.header_names == (expected[0],)
    assert REQUEST.headers.pairs() == (("Accept", "x/y"),)


def test_a_token_takes_the_place_of_what_stands_there() -> None:
    request = REQUEST.with_headers({"authorization": "Basic eA=="})
    placed = InHeader().placer(Secret("t-1"))(request)
    assert placed.headers.values("authorization") == ("Bearer t-1",)


def test_one_placer_serves_requests_with_any_header_fields() -> None:
    place = InHeader().placer(Secret("t-1"))
    others = [REQUEST, REQUEST, REQUEST.with_headers({"Accept": "z/z"}), REQUEST]
    assert [place(each).headers.pairs() for each in others] == [
        (*each.headers.pairs(), ("Authorization", "Bearer t-1")) for each in others
    ]


def test_a_token_is_put_into_the_query_encoded() -> None:
    placement = InQuery()
    placed = placement.placer(Secret("a b&c"))(REQUEST)
    assert placed.url.text == "https://api.test/users?page=2&token=a%20b%26c"
    assert str(placed.url) == "https://api.test/users?page=2&token=***"
    assert InQuery("api key").placer(Secret("x"))(Request("GET", "/a")).url.text == "/a?api%20key=x"
    assert placement.header_names == ()


def test_a_newer_token_in_the_query_takes_the_place_of_the_one_before() -> None:
    placement = InQuery("key")
    request = Request("GET", "/a?monkey=1&key=old&b=2")
    assert placement.placer(Secret("new"))(request).url.text == "/a?monkey=1&b=2&key=new"


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(lambda: InHeader("X Token"), ValueError, id="no header name"),
        pytest.param(lambda: InHeader(prefix="Bearer\n"), ValueError, id="a line break in the prefix"),
        pytest.param(lambda: InHeader(cast(Any, 5)), TypeError, id="a number as header name"),
        pytest.param(lambda: InQuery(""), ValueError, id="no parameter name"),
        pytest.param(lambda: InQuery(cast(Any, None)), ValueError, id="None as parameter name"),
    ],
)
def test_a_place_that_is_none_is_refused_at_birth(
    make: Callable[[], Placement], error: type[Exception]
) -> None:
    with pytest.raises(error):
        make()


@pytest.mark.parametrize(
    ("placement", "end", "place"),
    [
        pytest.param(
            InHeader("X-Token", ""), "\n", "the header field X-Token", id="a line break in a header"
        ),
        pytest.param(InQuery("key"), "\ud800", "the parameter key", id="half a character in the query"),
    ],
)
def test_a_token_that_cannot_be_sent_is_a_failed_sign_in_that_does_not_show_it(
    placement: Placement, end: str, place: str, canary: Canary
) -> None:
    with pytest.raises(SignInFailed, match=place):
        placement.placer(Secret(canary("odd token") + end))


def test_a_placement_does_not_show_the_token_that_it_places(canary: Canary) -> None:
    for placement in (InHeader(), InQuery()):
        place = placement.placer(Secret(canary("placed token")))
        for shown in (repr(placement), repr(place), repr(place(REQUEST)), str(place(REQUEST).url)):
            assert canary("placed token") not in shown
