"""Meaning: what the statuses and bodies of answers stand for."""

from __future__ import annotations

from typing import Any, Optional, Union

import pytest
from attrs import frozen

from offwire import Expect, Request, Response, Safety
from offwire.errors import CallError, DecodeError, NotFound
from offwire.operations import meaning as meaning_module
from offwire.operations.call import Call
from offwire.operations.expect import DEFAULT_EXPECT
from offwire.operations.meaning import Completes, Meaning

REQUEST = Request("GET", "/users/7")


@frozen
class User:
    id: int


def meaning(returns: Any = None, expect: Expect = DEFAULT_EXPECT) -> Meaning[Any]:
    return Meaning(returns, expect, Safety.SAFE)


@pytest.mark.parametrize(
    ("returns", "response", "value"),
    [
        pytest.param(None, Response(200, content=b"{not read"), None, id="nothing is looked at"),
        pytest.param(type(None), Response(204), None, id="None as a type"),
        pytest.param(User, Response(200, json={"id": 7}), User(7), id="a class"),
        pytest.param(list[User], Response(200, json=[{"id": 7}]), [User(7)], id="a list of one"),
        pytest.param(dict[str, int], Response(200, json={"a": 1}), {"a": 1}, id="a map"),
        pytest.param(bytes, Response(200, content=b"\x00"), b"\x00", id="bytes"),
        pytest.param(str, Response(200, text="é"), "é", id="text"),
        pytest.param(object, Response(200, json=[1]), [1], id="plain data"),
    ],
)
def test_a_success_is_read_as_what_is_declared(returns: Any, response: Response, value: object) -> None:
    assert meaning(returns).read(response, REQUEST) == value


def test_the_answer_itself_may_be_what_is_wanted() -> None:
    response = Response(200, content=b"x")
    assert meaning(Response).read(response, REQUEST) is response


def test_what_is_not_declared_is_an_error() -> None:
    with pytest.raises(NotFound) as missing:
        meaning(User).read(Response(404), REQUEST)
    assert (missing.value.method, missing.value.url) == ("GET", "/users/7")
    with pytest.raises(DecodeError) as wrong:
        meaning(User).read(Response(200, json={"id": "x"}), REQUEST)
    assert (wrong.value.path, wrong.value.status) == ("$.id", 200)


def test_what_is_declared_later_sees_what_was_declared_before() -> None:
    read = meaning(User).but(none_at=(404,)).but(mappings=(lambda user, _: [user],)).but(empty_at=(410,))
    assert read.read(Response(200, json={"id": 7}), REQUEST) == [User(7)]
    assert read.read(Response(404), REQUEST) == [None]
    assert read.read(Response(410), REQUEST) == []
    assert read.but(none_at=(410,)).read(Response(410), REQUEST) is None, "the latest word counts"


def test_a_stand_in_goes_before_success_and_error() -> None:
    read = meaning(User, Expect(success={200, 202})).but(none_at=(202, 500))
    assert [read.read(Response(status), REQUEST) for status in (202, 500)] == [None, None]


def test_mappings_see_the_answer_and_go_in_order() -> None:
    read = meaning(object).but(mappings=(lambda value, _: value + 1,))
    read = read.but(mappings=(lambda value, response: (value, response.status),))
    assert read.read(Response(201, json=1), REQUEST) == (2, 201)


def test_declaring_more_leaves_the_meaning_as_it_was() -> None:
    first = meaning(User)
    second = first.but(none_at=(404,), mappings=(lambda value, _: value,))
    assert (dict(first.stand_ins), first.mappings) == ({}, ())
    assert (second.returns, second.expect, second.safety) == (first.returns, first.expect, first.safety)


@pytest.mark.parametrize("returns", [User | None, Optional[User], Union[int, str]], ids=repr)  # noqa: UP007, UP045
def test_a_union_is_declared_by_its_empty_side(returns: Any) -> None:
    with pytest.raises(TypeError, match=r"\.or_none\(404\)"):
        meaning(returns)


def test_the_name_of_a_type_is_no_type() -> None:
    with pytest.raises(TypeError, match="not its name 'User'"):
        meaning("User")


def test_reading_is_loaded_by_the_first_answer_that_is_read() -> None:
    meaning_module._decode.cache_clear()
    for _ in range(2):
        assert Call.get("/count", returns=int).parse(Response(200, json=7)) == 7
    assert meaning_module._decode.cache_info().misses == 1


def test_one_answer_may_be_that_of_several_calls() -> None:
    def outcomes(response: Response, complete: Completes) -> object:
        return (response.status, complete(CallError(message="no")))

    several: Meaning[Any] = Meaning(None, DEFAULT_EXPECT, Safety.SAFE, outcomes=outcomes)
    first = several.but(mappings=(lambda found, _: found[1],))
    assert str(first.read(Response(200), REQUEST)) == "no"
    with_url = first.read(Response(200), REQUEST, lambda error: error.with_facts(url="/x"))
    assert str(with_url) == "/x: no"
    assert several.read(Response(201), REQUEST)[0] == 201
    with pytest.raises(NotFound):
        several.read(Response(404), REQUEST)


def test_what_returns_nothing_may_be_mapped() -> None:
    mapped = meaning(None).but(mappings=(lambda value, response: (value, response.status),))
    assert mapped.read(Response(204), REQUEST) == (None, 204)
