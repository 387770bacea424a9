"""No rendering of a Secret shows what it holds."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.secret import MASK, Secret, scrub, secret


@pytest.mark.parametrize(
    "render",
    [
        pytest.param(str, id="str"),
        pytest.param(repr, id="repr"),
        pytest.param(lambda each: f"{each}", id="format"),
        pytest.param(lambda each: f"{each!r:>40}", id="format of the repr"),
        pytest.param(lambda each: "%s %r" % (each, each), id="percent"),  # noqa: UP031 - a way to show it
        pytest.param(lambda each: str([each, {"key": each}]), id="in a container"),
        pytest.param(lambda each: json.dumps(each, default=str), id="json"),
    ],
)
def test_every_rendering_is_masked(render: Callable[[Secret], str], canary: Callable[[str], str]) -> None:
    text = canary("rendered secret")
    shown = render(Secret(text))
    assert text not in shown
    assert MASK in shown


def test_a_format_is_kept_for_the_mask() -> None:
    assert f"{Secret('x'):>5}" == "  ***"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret("x"), protocol)


def test_a_secret_can_be_copied_with_what_holds_it() -> None:
    held = Secret("x")
    assert copy.copy(held) is held
    assert copy.deepcopy({"key": held})["key"] is held


def test_a_secret_reveals_its_text() -> None:
    assert Secret("x").reveal() == "x"


def test_secrets_of_the_same_text_are_equal() -> None:
    assert Secret("x") == Secret("x")
    assert Secret("x") != Secret("y")
    assert Secret("x") != "x"
    assert len({Secret("x"), Secret("x"), "x"}) == 2


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="may not be empty"):
        Secret("")


def test_a_secret_of_another_type_is_refused_without_being_shown(canary: Callable[[str], str]) -> None:
    text = canary("secret in bytes")
    wrong: Any = text.encode()
    with pytest.raises(TypeError) as caught:
        Secret(wrong)
    assert text not in str(caught.value)


def test_a_credential_is_taken_as_text_or_as_a_secret() -> None:
    held = Secret("x")
    assert secret(held) is held
    assert secret("x") == held


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        pytest.param("bad token abc", ("abc",), "bad token ***", id="one"),
        pytest.param("abc, abc", ("abc",), "***, ***", id="twice"),
        pytest.param("abc def", ("abc", "def"), "*** ***", id="two"),
        pytest.param("abcdef", ("abc", "abcdef"), "***", id="one that begins with another"),
        pytest.param("nothing", ("abc",), "nothing", id="none"),
        pytest.param("abc", (), "abc", id="no secrets"),
    ],
)
def test_what_a_server_echoes_is_masked(text: str, secrets: tuple[str, ...], expected: str) -> None:
    assert scrub(text, tuple(map(Secret, secrets))) == expected
    assert scrub(text, frozenset(map(Secret, secrets))) == expected


@given(st.lists(st.text("abc", min_size=1), max_size=4), st.text("abc-"))
def test_no_secret_is_left_in_a_scrubbed_text(secrets: list[str], text: str) -> None:
    scrubbed = scrub(text, tuple(map(Secret, secrets)))
    assert not any(each in scrubbed for each in secrets)
