"""How JSON documents are read and written."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import Enum, IntEnum
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import DecodeError
from offwire.formats.json import dumps, json_body, loads
from offwire.json_value import Json
from offwire.message.body import Body
from offwire.secret import Secret
from offwire.unset import UNSET, Unset

ID = UUID("12345678-1234-5678-1234-567812345678")


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


@attrs.frozen
class User:
    id: int
    from_: str | None = None
    note: str | Unset = UNSET


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            b'{"a": [1, 2.5, "x", true, false, null]}', {"a": [1, 2.5, "x", True, False, None]}, id="all"
        ),
        pytest.param(b' \r\n\t"x" ', "x", id="white space"),
        pytest.param(b"\xef\xbb\xbf[1]", [1], id="a byte order mark"),
        pytest.param('"é😀"'.encode(), "é😀", id="UTF-8"),
        pytest.param(rb'"\u00e9\ud83d\ude00"', "é😀", id="escapes"),
        pytest.param(b'{"a": 1, "a": 2}', {"a": 2}, id="a key twice"),
        pytest.param(b"12345678901234567890", 12345678901234567890, id="a long number"),
        pytest.param(b"-0.0", -0.0, id="minus zero"),
    ],
)
def test_documents_are_read(content: bytes, expected: Json) -> None:
    assert loads(content) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the document is empty", id="empty"),
        pytest.param(b" \n", "the document is empty", id="white space"),
        pytest.param(b"<html>", "the document is not JSON at line 1, column 1", id="HTML"),
        pytest.param(b'{"a": 1,\n "b": secret}', "the document is not JSON at line 2, column 7", id="a word"),
        pytest.param(b'{"a": 1} x', "the document is not JSON at line 1, column 10", id="more behind it"),
        pytest.param(b"{'a': 1}", "the document is not JSON at line 1, column 2", id="other quotes"),
        pytest.param(b'"a\nb"', "the document is not JSON at line 1, column 3", id="a line end in text"),
        pytest.param(b'"secret', "the document is not JSON at line 1, column 1", id="cut"),
        pytest.param(b'{"a": "\xff"}', "the document is not UTF-8 at byte 7", id="not UTF-8"),
        pytest.param('{"a": 1}'.encode("utf-16"), "the document is not UTF-8 at byte 0", id="UTF-16"),
        pytest.param(
            b"[NaN]", "the document holds a number that is not finite, or has too many digits", id="NaN"
        ),
        pytest.param(
            b"[-Infinity]",
            "the document holds a number that is not finite, or has too many digits",
            id="infinity",
        ),
        pytest.param(
            b"9" * 5_000,
            "the document holds a number that is not finite, or has too many digits",
            id="digits",
        ),
        pytest.param(b"[" * 200_000, "the document nests too deeply", id="deep"),
    ],
)
def test_what_is_no_document_is_told_without_its_content(content: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as raised:
        loads(content)
    assert raised.value.message == message
    assert raised.value.path == "$"
    assert raised.value.__context__ is None
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"a": [1, 2.5, "x", True, None]}, b'{"a":[1,2.5,"x",true,null]}', id="plain"),
        pytest.param("é😀\n", '"é😀\\n"'.encode(), id="text"),
        pytest.param(None, b"null", id="null"),
        pytest.param({"a": UNSET, "b": None, "c": {"d": UNSET}}, b'{"b":null,"c":{}}', id="UNSET"),
        pytest.param(User(1), b'{"id":1,"from":null}', id="an object"),
        pytest.param(
            {"users": [User(1, "x", "y")]}, b'{"users":[{"id":1,"from":"x","note":"y"}]}', id="inside"
        ),
        pytest.param([Colour.RED, Level.LOW], b'["red",1]', id="enums"),
        pytest.param(
            {"a": (ID, Decimal("1.50"))}, f'{{"a":["{ID}","1.50"]}}'.encode(), id="a UUID and a Decimal"
        ),
        pytest.param({ID: 1, Colour.RED: 2}, f'{{"{ID}":1,"red":2}}'.encode(), id="keys"),
        pytest.param({1: 1, None: 2, 1.5: 3}, b'{"1":1,"null":2,"1.5":3}', id="keys that json.dumps takes"),
    ],
)
def test_values_are_written(value: object, expected: bytes) -> None:
    assert dumps(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            {"a": [1, object()]}, r"\$\.a\[1\] is of type object, which has no form", id="an object"
        ),
        pytest.param({"a": Secret("hunter2")}, r"\$\.a is a Secret.*\.reveal\(\)", id="a secret"),
        pytest.param([UNSET], r"\$\[0\] is UNSET", id="UNSET in a list"),
        pytest.param(UNSET, r"\$ is UNSET", id="UNSET alone"),
        pytest.param({"a": {(1, 2): 3}}, r"\$\.a has a key of type tuple", id="a key"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_place(value: object, message: str) -> None:
    with pytest.raises(TypeError, match=message) as raised:
        dumps(value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_there_is_no_nan_and_no_infinity(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(value)


def test_half_of_a_surrogate_pair_is_refused_without_showing_the_text() -> None:
    with pytest.raises(ValueError, match="surrogate") as raised:
        dumps({"a": "secret\ud800"})
    assert raised.value.__context__ is None


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(ValueError, match="holds itself"):
        dumps(value)


def test_a_body_says_that_it_is_json() -> None:
    assert json_body({"a": 1}) == Body(content=b'{"a":1}', content_type="application/json")


DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_what_is_written_is_read_by_us_and_by_others(document: Json) -> None:
    content = dumps(document)
    assert loads(content) == document
    assert json.loads(content) == document


@given(st.binary())
def test_any_bytes_are_a_document_or_a_decode_error(content: bytes) -> None:
    try:
        document = loads(content)
    except DecodeError:
        return
    assert document == json.loads(content)
