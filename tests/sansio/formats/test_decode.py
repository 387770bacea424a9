"""Answers to values."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from offwire.errors import DecodeError
from offwire.formats.decode import decode
from offwire.formats.fast import Declined
from offwire.message.response import Response


@attrs.frozen
class User:
    id: int


@pytest.mark.parametrize(
    ("response", "kind", "expected"),
    [
        pytest.param(Response(200, content=b"\x00\xff"), bytes, b"\x00\xff", id="bytes"),
        pytest.param(Response(204), bytes, b"", id="no bytes"),
        pytest.param(Response(200, text="hello"), str, "hello", id="text"),
        pytest.param(Response(204), str, "", id="no text"),
        pytest.param(
            Response(200, content=b"\xe9", headers={"Content-Type": "text/plain; charset=latin-1"}),
            str,
            "é",
            id="charset",
        ),
        pytest.param(Response(200, json="hello"), str, "hello", id="a JSON string"),
        pytest.param(Response(200, json={"a": [1]}), object, {"a": [1]}, id="plain data"),
        pytest.param(Response(200, json=None), object, None, id="null"),
        pytest.param(Response(200, content=b"[1]"), object, [1], id="JSON that does not say so"),
        pytest.param(Response(200, json={"id": 1}), User, User(1), id="a class"),
        pytest.param(Response(200, json=[{"id": 1}]), list[User], [User(1)], id="a list"),
        pytest.param(Response(200, json=None), User | None, None, id="null for an optional value"),
    ],
)
def test_an_answer_is_read_as_what_is_declared(response: Response, kind: Any, expected: object) -> None:
    assert decode(response, kind) == expected


@pytest.mark.parametrize("reader", [None, "declining"], ids=["no fast path", "a fast path that declines"])
def test_the_slow_path_reads_what_the_fast_one_does_not(
    reader: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declining(_content: bytes) -> object:
        raise Declined

    monkeypatch.setattr(
        "offwire.formats.decode.fast_reader", lambda _kind: None if reader is None else declining
    )
    assert decode(Response(200, json={"id": 1}), User) == User(1)
    assert decode(Response(200, json={"id": 1}), object) == {"id": 1}
    with pytest.raises(DecodeError, match=r"\$\.id is missing"):
        decode(Response(200, json={}), User)


def test_what_the_fast_path_reads_the_slow_one_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("offwire.formats.decode.loads")
    assert decode(Response(200, json={"id": 1}), User) == User(1)


def test_a_response_is_itself() -> None:
    response = Response(200, content=b"{")
    assert decode(response, Response) is response


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        pytest.param([{"id": 1}], [User(1)], id="a list"),
        pytest.param({"id": 1}, [User(1)], id="one"),
        pytest.param(None, [], id="null"),
    ],
)
def test_one_may_come_for_a_list(json: Any, expected: list[User]) -> None:
    assert decode(Response(200, json=json), list[User], one_or_list=True) == expected


def test_one_or_list_is_for_lists_only() -> None:
    assert decode(Response(200, json={"id": 1}), User, one_or_list=True) == User(1)
    with pytest.raises(DecodeError):
        decode(Response(200, json=None), list[User])


def test_an_answer_may_be_read_leniently() -> None:
    response = Response(200, json={"id": "1"})
    assert decode(response, User, lenient=True) == User(1)
    with pytest.raises(DecodeError):
        decode(response, User)


@pytest.mark.parametrize(
    ("response", "kind", "message"),
    [
        pytest.param(Response(200), User, "the document is empty (no Content-Type)", id="empty"),
        pytest.param(
            Response(200, headers={"Content-Type": "application/json"}),
            str,
            "the document is empty (application/json)",
            id="no JSON string",
        ),
        pytest.param(
            Response(200, content=b"<secret>", headers={"Content-Type": "text/HTML; charset=x"}),
            User,
            "the document is not JSON at line 1, column 1 (text/html)",
            id="HTML",
        ),
        pytest.param(
            Response(200, content=b'["secret\xff"]', headers={"Content-Type": "application/json"}),
            object,
            "the document is not UTF-8 at byte 8 (application/json)",
            id="not UTF-8",
        ),
        pytest.param(Response(200, json=5), str, "$ should be a string, not the number 5", id="no string"),
        pytest.param(
            Response(200, json={"id": "secret"}), User, "$.id should be an integer, not a string", id="unfit"
        ),
    ],
)
def test_what_is_not_as_declared_is_told_with_the_answer(response: Response, kind: Any, message: str) -> None:
    with pytest.raises(DecodeError) as raised:
        decode(response, kind)
    error = raised.value
    assert error.message == message
    assert error.status == 200
    assert error.response is response
    assert "secret" not in str(error)


def test_a_type_that_is_not_read_from_json_is_told_as_such() -> None:
    with pytest.raises(TypeError, match="no type that is read from JSON"):
        decode(Response(200, json={}), type)
