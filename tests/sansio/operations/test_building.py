"""A request that is built by its shape is the one that the plain checks give, and keeps no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.body import Body
from offwire.message.headers import NO_HEADERS, HeaderPairs, Headers
from offwire.message.request import Request
from offwire.operations.building import Build, compile_request
from offwire.operations.fields import header_fields
from offwire.unset import UNSET


class Word(StrEnum):
    ACCEPT = "Accept"
    ENGLISH = "en"


def built(headers: Mapping[Any, Any] | None) -> Request:
    names = None if headers is None else tuple(headers)
    return compile_request("GET", "/x", (), names)({}, {}, headers, None)


def test_all_parts_are_put_together() -> None:
    build = compile_request("POST", "/users/{id}", ("page", "sort"), ("Accept", "X-Trace"))
    body = Body(content=b"{}")
    request = build({"id": "ada"}, {"page": 2, "sort": "a b"}, {"Accept": "a/b", "X-Trace": "é 1"}, body)
    assert request == Request(
        "POST", "/users/ada?page=2&sort=a%20b", headers={"Accept": "a/b", "X-Trace": "é 1"}, body=body
    )
    assert request.url.origin == ""


def test_an_absolute_template_gives_an_absolute_url() -> None:
    request = compile_request("GET", "https://h/{id}", (), None)({"id": 7}, {}, None, None)
    assert (request.url.text, request.url.origin) == ("https://h/7", "https://h:443")


def test_no_header_fields_are_none() -> None:
    assert built(None).headers is NO_HEADERS
    assert built({}).headers == NO_HEADERS


NAMES = st.sampled_from(
    ["Accept", "Vary", "X-Token", "content-type", "Content-Type", "X Y", "", "é", "all", Word.ACCEPT]
)
VALUES = st.text(st.sampled_from("ab \t\r\n\0é\x7f\u0100"), max_size=4) | st.sampled_from(
    [None, UNSET, 5, 1.5, True, Word.ENGLISH, ["a"]]
)


def _headers_of(build: Build, fields: Mapping[str, Any]) -> Headers:
    return build({}, {}, fields, None).headers


def outcome(function: Callable[[], Headers]) -> HeaderPairs | tuple[type[Exception], str]:
    try:
        return function().pairs()
    except (TypeError, ValueError) as error:
        return type(error), str(error)


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=3))
def test_every_set_of_fields_is_what_a_plain_check_gives(sets: list[dict[str, Any]]) -> None:
    names = tuple(sets[0])
    build = compile_request("GET", "/x", (), names)
    for each in sets:
        fields = {name: each.get(name, "b") for name in names}
        for mapping in (fields, MappingProxyType(fields)):
            expected = outcome(partial(header_fields, mapping))
            assert outcome(partial(_headers_of, build, mapping)) == expected


@pytest.mark.parametrize("value", [" a", "a ", " ", "a  b", "", "a\r\nX: b", "a\0", "a\tb"], ids=repr)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_place_lets_through_what_another_would_not(value: str, place: int) -> None:
    fields = {f"X-{number}": value if number == place else "a" for number in range(3)}
    assert outcome(lambda: built(fields).headers) == outcome(lambda: header_fields(fields))


def test_no_value_is_kept(canary: Callable[[str], str]) -> None:
    token = canary("a header of a call")
    build = compile_request("GET", "/x", (), ("X-Token",))
    assert build({}, {}, {"X-Token": token}, None).headers["x-token"] == token
    kept = vars(build).values(), build.__globals__.values()
    assert not any(token in repr(each) for values in kept for each in values)
