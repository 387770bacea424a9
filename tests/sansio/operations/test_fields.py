"""Header fields are the same whether they are checked or remembered, and no secret is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.headers import Headers
from offwire.operations import fields as fields_module
from offwire.operations.fields import header_fields
from offwire.unset import UNSET


@pytest.fixture(autouse=True)
def forgetting() -> Iterator[None]:
    fields_module._plain_names.clear()
    fields_module._known_fields.clear()
    yield
    fields_module._plain_names.clear()
    fields_module._known_fields.clear()


class Language(StrEnum):
    ENGLISH = "en"


def test_values_are_text_and_what_is_not_there_is_left_out() -> None:
    given_fields: dict[str, Any] = {"X-A": "é", "X-B": 5, "X-C": None, "X-D": UNSET, "X-E": ""}
    assert header_fields(given_fields).pairs() == (("X-A", "é"), ("X-B", "5"), ("X-E", ""))
    assert header_fields({}) == Headers()


@given(
    st.dictionaries(
        st.sampled_from(["Accept", "Vary", "X-Token", "X-Other", "content-type"]),
        st.text(st.sampled_from("ab \té\x7f"), max_size=4),
    )
)
def test_every_way_gives_what_a_plain_check_gives(fields: dict[str, str]) -> None:
    try:
        expected = Headers(fields).pairs()
    except ValueError:
        for _ in range(3):
            with pytest.raises(ValueError, match="header"):
                header_fields(fields)
    else:
        assert [header_fields(fields).pairs() for _ in range(3)] == [expected] * 3


def test_the_same_harmless_fields_are_one_value() -> None:
    fields = {"Accept": "application/json", "Accept-Language": "en"}
    header_fields(fields)
    kept = header_fields(dict(fields))
    assert header_fields(dict(fields)) is kept
    assert header_fields({"Accept": "application/json", "Accept-Language": Language.ENGLISH}) is kept


def test_a_secret_is_not_remembered(canary: Callable[[str], str]) -> None:
    token = canary("a header of a call")
    for _ in range(3):
        assert header_fields({"X-Token": token})["x-token"] == token
    assert fields_module._known_fields == {}
    assert fields_module._plain_names == {"X-Token"}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields_module, "_MOST_KNOWN_FIELDS", 3)
    monkeypatch.setattr(fields_module, "_MOST_PLAIN_NAMES", 3)
    for number in range(10):
        header_fields({"Accept": f"a/{number}"})
        header_fields({f"X-{number}": "a"})
        assert len(fields_module._known_fields) <= 3
    assert len(fields_module._plain_names) == 3


def test_two_content_types_are_refused_each_time() -> None:
    for _ in range(3):
        header_fields({"Content-Type": "a/b"})
        with pytest.raises(ValueError, match="one Content-Type"):
            header_fields({"Content-Type": "a/b", "content-type": "a/b"})


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        pytest.param({"X": ["a"]}, TypeError, "'X' cannot be a list", id="a list"),
        pytest.param([("X", "a")], TypeError, "headers is a mapping", id="pairs"),
        pytest.param({"X A": "b"}, ValueError, "'X A' is no header name", id="a name with a blank"),
    ],
)
def test_what_cannot_be_sent_is_refused(fields: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        header_fields(fields)
