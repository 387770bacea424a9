"""Forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.forms import MEDIA_TYPE, encode_form, encode_form_body, quote_form
from offwire.message.styles import Brackets, Comma, DeepObject, Exploded, Spaced
from offwire.unset import UNSET


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, b"", id="nothing"),
        pytest.param({"a": 1, "b": True, "c": None, "d": UNSET}, b"a=1&b=true", id="values"),
        pytest.param({"a b": "c d"}, b"a+b=c+d", id="spaces"),
        pytest.param({"a": "+&=~*-._é"}, b"a=%2B%26%3D%7E*-._%C3%A9", id="other characters"),
        pytest.param({"a": "1\r\n2"}, b"a=1%0D%0A2", id="line break"),
        pytest.param({"a": [1, 2], "b": []}, b"a=1&a=2", id="lists"),
        pytest.param({"a": Comma([1, "b,c"])}, b"a=1,b%2Cc", id="commas"),
        pytest.param({"a": Spaced(["b", "c+d"])}, b"a=b+c%2Bd", id="between spaces"),
        pytest.param({"a": Brackets([1])}, b"a%5B%5D=1", id="brackets"),
        pytest.param({"a": DeepObject({"k": [1]})}, b"a%5Bk%5D%5B0%5D=1", id="deep"),
        pytest.param({"a": Exploded({"b": 1})}, b"b=1", id="exploded"),
    ],
)
def test_fields_become_a_form(fields: Any, expected: bytes) -> None:
    assert encode_form(fields) == expected


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"a": b"x"}, TypeError),
        ({1: "x"}, TypeError),
        ({"a": [None]}, TypeError),
        ({"a": Spaced(["b c"])}, ValueError),
    ],
)
def test_a_field_that_cannot_be_sent_is_refused(fields: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        encode_form(fields)


def test_a_form_is_a_body_with_its_media_type(canary: Callable[[str], str]) -> None:
    body = encode_form_body({"password": canary("form field")})
    assert body.content_type == MEDIA_TYPE == "application/x-www-form-urlencoded"
    assert body.content == f"password={canary('form field')}".encode()
    assert canary("form field") not in repr(body)


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text(), max_size=3), max_size=4))
def test_a_form_reads_back_as_it_was_written(fields: dict[str, Any]) -> None:
    expected = [
        (name, each)
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    assert parse_qsl(encode_form(fields).decode("ascii"), keep_blank_values=True) == expected


@given(st.text())
def test_quoted_text_is_plain(text: str) -> None:
    assert not set(quote_form(text)) - set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._+%"
    )
