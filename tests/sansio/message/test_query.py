"""How the values of parameters become text."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, cast
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.query import (
    QueryValue,
    Scalar,
    encode_parameter,
    encode_query,
    quote_query,
    segment,
    text_of,
)
from offwire.message.styles import Brackets, Comma, DeepObject, Exploded, Piped, Spaced
from offwire.unset import UNSET, Unset


class Color(enum.Enum):
    RED = "red"
    NUMBER = 7
    PAIR = (1, 2)


class Name(str, enum.Enum):  # noqa: UP042 - as older programs write it
    ADA = "ada"


class Level(enum.IntEnum):
    HIGH = 3


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


class Odd(int):
    def __repr__(self) -> str:
        return "odd"


class Half(float):
    def __repr__(self) -> str:
        return "half"


TEXTS: list[Any] = [
    pytest.param("a b", "a b", id="str"),
    pytest.param("", "", id="empty str"),
    pytest.param("é€", "é€", id="beyond ASCII"),
    pytest.param(Loud("a"), "a", id="a kind of str"),
    pytest.param(True, "true", id="true"),
    pytest.param(False, "false", id="false"),
    pytest.param(-7, "-7", id="int"),
    pytest.param(Odd(7), "7", id="a kind of int"),
    pytest.param(0.1, "0.1", id="float"),
    pytest.param(5.0, "5.0", id="whole float"),
    pytest.param(1e300, "1e+300", id="great float"),
    pytest.param(Half(0.5), "0.5", id="a kind of float"),
    pytest.param(Decimal("1.10"), "1.10", id="Decimal"),
    pytest.param(UUID(int=1), "00000000-0000-0000-0000-000000000001", id="UUID"),
    pytest.param(date(2024, 5, 1), "2024-05-01", id="date"),
    pytest.param(datetime(2024, 5, 1, 12, tzinfo=UTC), "2024-05-01T12:00:00+00:00", id="datetime"),
    pytest.param(time(12, 30, tzinfo=timezone(timedelta(hours=2))), "12:30:00+02:00", id="time"),
    pytest.param(Color.RED, "red", id="Enum"),
    pytest.param(Color.NUMBER, "7", id="Enum of int"),
    pytest.param(Name.ADA, "ada", id="str and Enum"),
    pytest.param(Level.HIGH, "3", id="IntEnum"),
]


@pytest.mark.parametrize(("value", "expected"), TEXTS)
def test_a_value_has_one_text(value: Scalar, expected: str) -> None:
    text = text_of("a", value)
    assert text == expected
    assert type(text) is str


@pytest.mark.parametrize(("value", "expected"), TEXTS)
def test_a_parameter_is_name_and_text(value: Scalar, expected: str) -> None:
    assert encode_parameter("a", value) == f"a={quote_query(expected)}"
    assert encode_query({"a": value}) == f"a={quote_query(expected)}"


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        pytest.param(None, "needs a value here: None", id="None"),
        pytest.param(UNSET, "needs a value here: UNSET", id="UNSET"),
        pytest.param(b"x", "cannot be a bytes: decode it", id="bytes"),
        pytest.param(bytearray(b"x"), "cannot be a bytearray: decode it", id="bytearray"),
        pytest.param({"k": 1}, "cannot be a dict: wrap it in DeepObject or Exploded", id="dict"),
        pytest.param([1], "cannot be a list: give one value", id="list"),
        pytest.param({1}, "cannot be a set: give a list", id="set"),
        pytest.param(object(), "cannot be a object: give a str", id="anything else"),
        pytest.param(1j, "cannot be a complex", id="complex"),
        pytest.param(timedelta(1), "cannot be a timedelta", id="timedelta"),
        pytest.param(Color.PAIR, "cannot be a tuple", id="Enum of a tuple"),
        pytest.param(Comma([1]), "cannot be a Comma", id="a style"),
    ],
)
def test_a_value_without_a_text_is_refused_with_the_name(value: Any, fix: str) -> None:
    with pytest.raises(TypeError, match=f"parameter 'color' {fix}"):
        text_of("color", value)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, Half("nan"), Decimal("NaN"), Decimal("-Infinity"), Decimal("sNaN")],
)
def test_a_number_that_is_not_finite_is_refused(value: Scalar) -> None:
    with pytest.raises(ValueError, match=r"parameter 'price' is .*send a finite number"):
        encode_query({"price": value})


@pytest.mark.parametrize("value", ["\ud800", Loud("a\udfff"), ["\ud800"]])
def test_a_lone_surrogate_is_refused(value: QueryValue) -> None:
    with pytest.raises(ValueError, match=r"parameter 'a' cannot be sent: .* lone surrogate"):
        encode_query({"a": value})
    with pytest.raises(ValueError, match="lone surrogate at position 1"):
        quote_query("a\ud800")


def test_an_error_does_not_show_the_value(canary: Callable[[str], str]) -> None:
    text = canary("refused value")
    values: list[Any] = [text.encode(), {"k": text}, f"{text}\ud800", [text.encode()], Piped([f"{text}|"])]
    for value in values:
        with pytest.raises((TypeError, ValueError)) as caught:
            encode_query({"a": value})
        assert text not in f"{caught.value} {caught.value!r}"


QUERIES: list[Any] = [
    pytest.param({}, "", id="nothing"),
    pytest.param({"a": UNSET, "b": None}, "", id="left out"),
    pytest.param({"a": 1, "b": None, "c": "x"}, "a=1&c=x", id="one left out"),
    pytest.param({"a": ""}, "a=", id="empty text"),
    pytest.param({"a b&": "c=d&e+f/é"}, "a%20b%26=c%3Dd%26e%2Bf%2F%C3%A9", id="encoded"),
    pytest.param({"a": "-._~"}, "a=-._~", id="unreserved"),
    pytest.param({"a": [1, 2]}, "a=1&a=2", id="list"),
    pytest.param({"a": (True, "b c")}, "a=true&a=b%20c", id="tuple"),
    pytest.param({"a": []}, "", id="empty list"),
    pytest.param({"a": [UNSET, 1, UNSET]}, "a=1", id="UNSET in a list"),
    pytest.param({"a": [UNSET]}, "", id="nothing but UNSET in a list"),
    pytest.param({"a": Comma([1, "b,c", True])}, "a=1,b%2Cc,true", id="commas"),
    pytest.param({"a": Comma([])}, "", id="no commas"),
    pytest.param({"a": Comma([UNSET])}, "", id="nothing between commas"),
    pytest.param({"a": Comma([""])}, "a=", id="an empty item"),
    pytest.param({"a": Spaced(["x", 2])}, "a=x%202", id="spaces"),
    pytest.param({"a": Piped(["x", 2])}, "a=x%7C2", id="pipes"),
    pytest.param({"a": Brackets([1, 2])}, "a%5B%5D=1&a%5B%5D=2", id="brackets"),
    pytest.param({"a": Brackets([])}, "", id="no brackets"),
    pytest.param({"a": DeepObject({"k": 1, "l": "m"})}, "a%5Bk%5D=1&a%5Bl%5D=m", id="deep"),
    pytest.param(
        {"a": DeepObject({"k": {"j": 1}, "l": ["x", UNSET, {"m": 2}]})},
        "a%5Bk%5D%5Bj%5D=1&a%5Bl%5D%5B0%5D=x&a%5Bl%5D%5B1%5D%5Bm%5D=2",
        id="deeper",
    ),
    pytest.param({"a": DeepObject({"k": None, "l": UNSET, "m": {}, "n": []})}, "", id="empty deep"),
    pytest.param({"a": Exploded({"k": 1, "l": [2, 3], "m": None})}, "k=1&l=2&l=3", id="exploded"),
    pytest.param({"a": Exploded({"k": DeepObject({"l": Color.RED})})}, "k%5Bl%5D=red", id="nested styles"),
    pytest.param([("a", 1), ("b", 2), ("a", 3)], "a=1&b=2&a=3", id="pairs"),
]


@pytest.mark.parametrize(("params", "expected"), QUERIES)
def test_parameters_become_a_query(params: Any, expected: str) -> None:
    assert encode_query(params) == expected


@pytest.mark.parametrize(
    "style", [list, Comma, Spaced, Piped, Brackets, lambda items: DeepObject({"k": items})]
)
def test_none_in_a_list_is_refused(style: Callable[[list[Any]], QueryValue]) -> None:
    with pytest.raises(TypeError, match=r"parameter 'a.*None has no text"):
        encode_query({"a": style([1, None])})


def test_a_deep_value_is_named_with_its_path() -> None:
    wrong: Any = b"x"
    with pytest.raises(TypeError, match=r"parameter 'a\[k\]\[0\]' cannot be a bytes"):
        encode_query({"a": DeepObject({"k": [wrong]})})


@pytest.mark.parametrize("value", [Spaced(["a b", "c"]), Piped(["a|b"])])
def test_an_item_with_its_delimiter_is_refused_where_it_could_not_be_told(value: QueryValue) -> None:
    with pytest.raises(ValueError, match="item of parameter 'a' holds the delimiter"):
        encode_query({"a": value})


@pytest.mark.parametrize(
    ("key", "error"), [(1, TypeError), ("", ValueError), ("a]", ValueError), ("[", ValueError)]
)
def test_a_key_that_would_change_the_path_of_a_deep_value_is_refused(
    key: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="a key below 'a'"):
        encode_query({"a": DeepObject({key: 1})})


@pytest.mark.parametrize(
    "params", [{1: 1}, {1: None}, {1: [1]}, [(1, 2)], {"a": Exploded(cast("Any", {1: 2}))}]
)
def test_a_name_is_text(params: Any) -> None:
    with pytest.raises(TypeError, match="name of a parameter is a str, not int: 1"):
        encode_query(params)


SCALARS = (
    st.text()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.uuids()
    | st.datetimes()
    | st.sampled_from([Color.RED, Name.ADA, Level.HIGH])
)
TEXT = st.text(min_size=1)


@given(st.lists(st.tuples(st.text(), SCALARS | st.lists(SCALARS, max_size=3)), max_size=4))
def test_a_query_reads_back_as_it_was_written(params: list[tuple[str, Any]]) -> None:
    expected = [
        (name, text_of(name, each))
        for name, value in params
        for each in (value if isinstance(value, list) else [value])
    ]
    query = encode_query(params)
    assert parse_qsl(query, keep_blank_values=True) == expected
    assert query.isascii()
    assert not set(query) & set(" #+[]'\"<>")


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_items_between_commas_read_back_as_they_were_written(items: list[str]) -> None:
    _, _, joined = encode_query({"a": Comma(items)}).partition("=")
    assert [unquote(each) for each in joined.split(",")] == items


@given(st.text())
def test_quoted_text_is_unreserved_and_reads_back(text: str) -> None:
    quoted = quote_query(text)
    assert unquote(quoted) == text
    assert not set(quoted) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a/b?c", "a%2Fb%3Fc", id="slash and question mark"),
        pytest.param("a b", "a%20b", id="space"),
        pytest.param("...", "...", id="three dots"),
        pytest.param("%2e%2e", "%252e%252e", id="encoded dots are text"),
        pytest.param(7, "7", id="int"),
        pytest.param(True, "true", id="bool"),
        pytest.param(datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01T00%3A00%3A00%2B00%3A00", id="datetime"),
    ],
)
def test_a_path_parameter_is_one_segment(value: Scalar, expected: str) -> None:
    assert segment("id", value) == expected


@pytest.mark.parametrize("value", ["", ".", "..", Loud("..")])
def test_a_value_that_would_change_the_path_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="path parameter 'id' may not be"):
        segment("id", value)


@pytest.mark.parametrize("value", [None, UNSET, [1]])
def test_a_path_parameter_has_a_value(value: Any) -> None:
    with pytest.raises(TypeError, match="parameter 'id'"):
        segment("id", value)


@given(TEXT)
def test_any_text_stays_within_its_segment(text: str) -> None:
    if text in {".", ".."}:
        return
    quoted = segment("id", text)
    assert not set(quoted) & set("/?#\\;&=@: ")
    assert unquote(quoted) == text


def test_the_types_of_values_have_names() -> None:
    value: QueryValue = DeepObject({"k": [1, {"l": None}]})
    several: list[Scalar | Unset] = [1, UNSET, "x"]
    assert encode_query({"a": value, "b": several}) == "a%5Bk%5D%5B0%5D=1&b=1&b=x"
