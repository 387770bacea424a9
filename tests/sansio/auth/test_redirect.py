"""Redirects: which one counts, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.auth.redirect import read_redirect
from offwire.errors import SignInFailed, StrayRedirect
from offwire.secret import Secret

Canary = Callable[[str], str]
STATE = Secret("state-1")
ISSUER = "https://auth.test"


def read(query: str, issuer: str | None = None) -> Secret:
    return read_redirect(f"/callback?{query}", STATE, issuer)


@pytest.mark.parametrize(
    "redirect",
    [
        pytest.param("/?code=c%2B1&state=state-1", id="a path"),
        pytest.param("http://127.0.0.1:8765/callback?state=state-1&code=c%2B1", id="a URL"),
        pytest.param("?state=state-1&code=c%2B1&scope=a&scope=b&session_state=x", id="with more parameters"),
        pytest.param("?state=state-1&code=c%2B1&error=", id="an empty parameter is none"),
        pytest.param("?state=state-1&code=c%2B1#_=_", id="a fragment"),
        pytest.param("?state=state-1&code=c%2B1&iss=https://other.test", id="an issuer nobody knows"),
    ],
)
def test_the_code_is_read(redirect: str) -> None:
    assert read_redirect(redirect, STATE, None) == Secret("c+1")


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="nothing"),
        pytest.param("code=c", id="no state"),
        pytest.param("code=c&state=", id="an empty state"),
        pytest.param("code=c&state=state-2", id="another state"),
        pytest.param("code=c&state=STATE-1", id="another case"),
        pytest.param("code=c&state=state-1%20", id="a longer state"),
        pytest.param("code=c&state=st%C3%A4te", id="not ASCII"),
        pytest.param("error=access_denied", id="an error without state"),
        pytest.param("error=access_denied&state=state-2", id="an error with another state"),
        pytest.param("code=c&state=state-1&state=state-1", id="the state twice"),
        pytest.param("code=c&code=d&state=state-1", id="the code twice"),
        pytest.param("error=a&error=b&state=state-1", id="the error twice"),
        pytest.param("iss=a&iss=b&code=c&state=state-1", id="the issuer twice"),
        pytest.param("&".join(["state=state-1", "code=c", *["x=1"] * 60]), id="a flood"),
    ],
)
def test_what_is_not_the_answer_is_stray(query: str) -> None:
    with pytest.raises(StrayRedirect):
        read(query)


def test_a_lone_surrogate_is_stray() -> None:
    with pytest.raises(StrayRedirect):
        read("code=c&state=\udc80")


@pytest.mark.parametrize(
    ("query", "code", "is_final", "message"),
    [
        pytest.param(
            "error=access_denied&error_description=No+thanks.",
            "access_denied",
            True,
            "the sign-in was refused access_denied: No thanks.",
            id="denied",
        ),
        pytest.param(
            "error=server_error", "server_error", False, "the sign-in was refused server_error", id="broken"
        ),
        pytest.param(
            "error=temporarily_unavailable&code=c",
            "temporarily_unavailable",
            False,
            "the sign-in was refused temporarily_unavailable",
            id="busy, whatever the code",
        ),
        pytest.param(
            "error=%22%0Ax&error_description=<script>%0Aalert(1)%1B%5B",
            None,
            True,
            "the sign-in was refused: <script> alert(1)?[",
            id="no code, and controls",
        ),
        pytest.param("foo=1", None, True, "the redirect brings neither a code nor an error", id="no code"),
        pytest.param("code=", None, True, "the redirect brings neither a code nor an error", id="empty code"),
    ],
)
def test_a_refusal_says_what_the_server_says(
    query: str, code: str | None, is_final: bool, message: str
) -> None:
    with pytest.raises(SignInFailed) as caught:
        read(f"state=state-1&{query}")
    error = caught.value
    assert not isinstance(error, StrayRedirect)
    assert (error.code, error.is_final) == (code, is_final)
    assert error.message == message


def test_a_long_description_is_cut() -> None:
    with pytest.raises(SignInFailed) as caught:
        read(f"state=state-1&error=access_denied&error_description={'x' * 5_000}")
    assert len(caught.value.message) < 300


def test_neither_state_nor_code_shows(canary: Canary) -> None:
    state, code = canary("state"), canary("code")
    said = {"error": "access_denied", "error_description": f"{state} {code}", "code": code}
    for query in ({"state": state, **said}, {"state": code, **said}, {"state": state, "iss": code}):
        with pytest.raises(SignInFailed):
            read_redirect(f"/?{urlencode(query)}", Secret(state), ISSUER if "iss" in query else None)


@pytest.mark.parametrize("query", ["code=c", "code=c&iss=https://auth.test/", "error=access_denied"])
def test_an_issuer_that_is_known_has_to_be_named(query: str) -> None:
    with pytest.raises(SignInFailed, match="names another issuer, or none") as caught:
        read(f"state=state-1&{query}", ISSUER)
    assert caught.value.is_final


def test_the_right_issuer_passes() -> None:
    assert read("state=state-1&code=c&iss=https%3A%2F%2Fauth.test", ISSUER) == Secret("c")


@given(st.text())
def test_any_text_is_read_or_refused(redirect: str) -> None:
    with pytest.raises(StrayRedirect):
        read_redirect(redirect, STATE, None)
