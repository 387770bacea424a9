"""Header fields become text, and what cannot be sent is refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from offwire.message.headers import Headers
from offwire.operations.fields import header_fields
from offwire.unset import UNSET


class Language(StrEnum):
    ENGLISH = "en"


def test_values_are_text_and_what_is_not_there_is_left_out() -> None:
    given_fields: dict[str, Any] = {"X-A": "é", "X-B": 5, "X-C": None, "X-D": UNSET, "X-E": ""}
    assert header_fields(given_fields).pairs() == (("X-A", "é"), ("X-B", "5"), ("X-E", ""))
    assert header_fields({"Accept-Language": Language.ENGLISH}).pairs() == (("Accept-Language", "en"),)
    assert header_fields({}) == Headers()


def test_two_content_types_are_refused() -> None:
    assert header_fields({"Content-Type": "a/b", "content-type": None}) == Headers({"Content-Type": "a/b"})
    with pytest.raises(ValueError, match="one Content-Type"):
        header_fields({"Content-Type": "a/b", "content-type": "a/b"})


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        pytest.param({"X": ["a"]}, TypeError, "'X' cannot be a list", id="a list"),
        pytest.param([("X", "a")], TypeError, "headers is a mapping", id="pairs"),
        pytest.param({"X A": "b"}, ValueError, "'X A' is no header name", id="a name with a blank"),
        pytest.param({"X": "a\r\nY: b"}, ValueError, "may not have", id="a line break"),
    ],
)
def test_what_cannot_be_sent_is_refused(fields: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        header_fields(fields)
