"""What is told of data that does not fit."""

from __future__ import annotations

import pytest

from offwire.errors import DecodeError
from offwire.formats.mismatch import Mismatch, expected, kind_of, places_of


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(-42, "the number -42", id="an integer"),
        pytest.param(1.7, "the number 1.7", id="a float"),
        pytest.param(2**63, "the number 9223372036854775808", id="as many digits as are shown"),
        pytest.param(10**30, "a long number", id="a long integer"),
        pytest.param(10**10_000, "a long number", id="more digits than Python writes"),
        pytest.param(-1.2345678901234567e-300, "a long number", id="a long float"),
        pytest.param("secret", "a string", id="text"),
        pytest.param("", "an empty string", id="empty text"),
        pytest.param(["secret"], "an array", id="a list"),
        pytest.param({"secret": 1}, "an object", id="a dict"),
        pytest.param(b"secret", "a bytes", id="what JSON does not have"),
    ],
)
def test_the_kind_of_a_value_shows_no_content(value: object, kind: str) -> None:
    assert kind_of(value) == kind


def test_what_should_be_and_what_is() -> None:
    assert expected("an integer", None).places == (((), "should be an integer, not null"),)


def test_places_are_seen_from_the_whole() -> None:
    inner = Mismatch([(("b", 1), "is missing"), ((), "is odd")])
    assert places_of(inner, "a") == [(("a", "b", 1), "is missing"), (("a",), "is odd")]
    assert places_of(inner) == [(("b", 1), "is missing"), ((), "is odd")]


def test_the_words_of_a_foreign_error_are_not_shown() -> None:
    assert places_of(ValueError("secret"), "a") == [(("a",), "is refused (ValueError)")]


@pytest.mark.parametrize(
    ("others", "more"),
    [
        pytest.param(0, "", id="one"),
        pytest.param(1, " (and 1 more)", id="two"),
        pytest.param(2, " (and 2 more)", id="three"),
    ],
)
def test_an_error_tells_the_first_place_and_counts_the_others(others: int, more: str) -> None:
    error = Mismatch([(("a", 0), "is missing"), *[((), "x")] * others]).as_decode_error()
    assert isinstance(error, DecodeError)
    assert error.path == "$.a[0]"
    assert error.message == f"$.a[0] is missing{more}"
