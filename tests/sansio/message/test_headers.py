"""Header fields that exist can go onto the wire."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.headers import NO_HEADERS, Headers

NAMES = st.text("abcAB-", min_size=1, max_size=3)
VALUES = st.text("abc ;=\xe9\t", max_size=5).map(str.strip)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"Accept": "a", "X-B": "b"}, id="a mapping"),
        pytest.param([("Accept", "a"), ("X-B", "b")], id="pairs"),
        pytest.param((pair for pair in [("Accept", "a"), ("X-B", "b")]), id="an iterator"),
        pytest.param(Headers({"Accept": "a", "X-B": "b"}), id="headers"),
    ],
)
def test_headers_are_made_from_fields_of_any_form(fields: Any) -> None:
    assert Headers(fields).pairs() == (("Accept", "a"), ("X-B", "b"))


@given(st.text(), st.sampled_from("\r\n\0"), st.text())
def test_a_value_with_a_line_break_or_nul_is_refused(before: str, wrong: str, after: str) -> None:
    with pytest.raises(ValueError):
        Headers({"X-A": before + wrong + after})


@given(st.text(), st.text())
def test_a_field_that_is_taken_stays_on_its_line(name: str, value: str) -> None:
    try:
        headers = Headers({name: value})
    except ValueError:
        return
    line = f"{name}: {value}".encode("latin-1")
    assert not set(line) & {0, 10, 13}
    assert headers.get(name) == value


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        pytest.param("X-A", "a\nb", "may not have", id="line feed"),
        pytest.param("X-A", "a\x7fb", "may not have", id="delete"),
        pytest.param("X-A", "a\x01b", "may not have", id="control"),
        pytest.param("X-A", "€", "may not have", id="beyond latin-1"),
        pytest.param("X-A", " a", "white space", id="leading space"),
        pytest.param("X-A", "a\t", "white space", id="trailing tab"),
        pytest.param("X A", "a", "no header name", id="space in a name"),
        pytest.param("X-A:", "a", "no header name", id="colon in a name"),
        pytest.param("X\n", "a", "no header name", id="line feed in a name"),
        pytest.param("É", "a", "no header name", id="a name beyond ASCII"),
        pytest.param("", "a", "no header name", id="empty name"),
    ],
)
def test_a_wrong_field_is_refused_with_its_name(name: str, value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Headers({name: value})
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("X-A", None), ("X-A", 1), ("X-A", b"a"), (b"X-A", "a"), (1, "")]
)
def test_names_and_values_of_other_types_are_refused(name: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="are str"):
        Headers({name: value})


def test_a_refused_value_is_not_shown(canary: Callable[[str], str]) -> None:
    with pytest.raises(ValueError) as caught:
        Headers({"Authorization": f"Bearer {canary('refused header')}\n"})
    assert canary("refused header") not in str(caught.value)


@pytest.mark.parametrize("value", ["", "a", "a\tb", "caf\xe9", "a  b"])
def test_a_value_of_the_standard_is_taken(value: str) -> None:
    assert Headers({"X-A": value})["x-a"] == value


def test_look_ups_ignore_case_and_keep_the_order() -> None:
    headers = Headers([("Vary", "a"), ("X-B", "b"), ("VARY", "c")])
    assert headers.values("vary") == ("a", "c")
    assert headers.get("vARY") == "a, c"
    assert headers["Vary"] == "a, c"
    assert headers.get("nothing") is None
    assert headers.values("nothing") == ()
    assert "x-b" in headers
    assert "X-C" not in headers
    assert 1 not in headers
    assert list(headers) == ["vary", "x-b"]
    assert len(headers) == 3
    with pytest.raises(KeyError):
        headers["X-C"]


def test_fields_take_the_place_of_those_with_their_name() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])
    assert headers.replacing({"A": "4", "C": "5"}).pairs() == (("B", "2"), ("A", "4"), ("C", "5"))
    assert headers.replacing(()) is headers
    assert NO_HEADERS.replacing(headers) is headers


def test_fields_are_left_out_by_name() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])
    assert headers.without("a", "C").pairs() == (("B", "2"),)


@given(FIELDS, FIELDS)
def test_replacing_gives_the_new_values_and_leaves_the_others(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    before, added = Headers(old), Headers(new)
    after = before.replacing(added)
    for name in {*before, *added}:
        assert after.values(name) == (added.values(name) or before.values(name))


@given(FIELDS, st.randoms(use_true_random=False))
def test_headers_are_equal_when_each_name_has_the_same_values(
    fields: list[tuple[str, str]], random: Any
) -> None:
    names = list({name.lower() for name, _ in fields})
    random.shuffle(names)
    grouped = [(name.upper(), value) for each in names for name, value in fields if name.lower() == each]
    assert Headers(grouped) == Headers(fields)
    assert hash(Headers(grouped)) == hash(Headers(fields))
    assert Headers([*fields, ("z", "")]) != Headers(fields)


def test_headers_are_not_equal_to_their_pairs() -> None:
    assert Headers({"A": "1"}) != (("A", "1"),)


@given(FIELDS)
def test_a_pickle_gives_the_same_headers(fields: list[tuple[str, str]]) -> None:
    headers = Headers(fields)
    twin = pickle.loads(pickle.dumps(headers))
    assert twin.pairs() == headers.pairs()


def test_only_values_on_the_list_are_shown(canary: Callable[[str], str]) -> None:
    headers = Headers({"Accept": "text/html", "Authorization": f"Bearer {canary('header value')}"})
    assert repr(headers) == "Headers(Accept: text/html, Authorization: ***)"
    assert str(headers) == repr(headers)
