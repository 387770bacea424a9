"""What is answered while a redirect is waited for, and what ends the wait."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import AuthorizationCode, Headers, Response, Secret
from offwire.auth.loopback_redirect import LoopbackAddress, LoopbackRedirect, unreadable
from offwire.errors import SignInFailed

LOGIN = AuthorizationCode(
    authorize_url="https://auth.test/authorize", token_url="https://auth.test/token", client_id="id"
)
AUTHORIZATION = LOGIN.begin(bytes(range(64)), redirect_uri="http://127.0.0.1:8765/callback")
STATE = AUTHORIZATION.state.reveal()
GOOD = f"/callback?state={STATE}&code=code-1"
DENIED = f"/callback?state={STATE}&error=access_denied&error_description=<b>no</b>"
PREFETCH = {"Sec-Purpose": "prefetch;prerender"}


def waiting() -> LoopbackRedirect:
    return LoopbackRedirect(AUTHORIZATION)


def ask(
    redirect: LoopbackRedirect, target: str, method: str = "GET", headers: dict[str, str] | None = None
) -> Response:
    return redirect.answer(method, target, Headers(headers or {}))


def test_the_right_redirect_ends_the_wait() -> None:
    redirect = waiting()
    answer = ask(redirect, GOOD)
    assert (answer.status, redirect.outcome) == (200, Secret("code-1"))
    assert b"You are signed in" in answer.content


def test_so_does_a_refusal() -> None:
    redirect = waiting()
    answer = ask(redirect, DENIED)
    assert answer.status == 400
    assert isinstance(redirect.outcome, SignInFailed)
    assert (redirect.outcome.code, redirect.outcome.is_final) == ("access_denied", True)
    assert redirect.outcome.__traceback__ is None
    assert b"<b>" not in answer.content


@pytest.mark.parametrize(
    ("target", "method", "headers", "status"),
    [
        pytest.param("/favicon.ico", "GET", {}, 404, id="an icon"),
        pytest.param("/", "GET", {}, 404, id="another path"),
        pytest.param("/callback/", "GET", {}, 404, id="a longer path"),
        pytest.param(f"/other?state={STATE}&code=c", "GET", {}, 404, id="another path with the state"),
        pytest.param("http://127.0.0.1:8765" + GOOD, "GET", {}, 404, id="a proxy's form"),
        pytest.param("*", "OPTIONS", {}, 404, id="no path"),
        pytest.param(GOOD, "HEAD", {}, 405, id="HEAD"),
        pytest.param(GOOD, "POST", {}, 405, id="POST"),
        pytest.param(GOOD, "GET", PREFETCH, 400, id="a prefetch"),
        pytest.param(GOOD, "GET", {"Purpose": "Prefetch"}, 400, id="a prefetch of old"),
        pytest.param("/callback", "GET", {}, 400, id="no query"),
        pytest.param("/callback?code=c", "GET", {}, 400, id="no state"),
        pytest.param("/callback?code=c&state=x", "GET", {}, 400, id="another state"),
        pytest.param("/callback?error=access_denied&state=x", "GET", {}, 400, id="a forged refusal"),
        pytest.param(f"{GOOD}&code=d", "GET", {}, 400, id="two codes"),
    ],
)
def test_stray_requests_do_not(target: str, method: str, headers: dict[str, str], status: int) -> None:
    redirect = waiting()
    answer = ask(redirect, target, method, headers)
    assert (answer.status, redirect.outcome) == (status, None)
    assert (answer.content == b"") is (method == "HEAD")
    assert answer.headers.get("allow") == ("GET" if status == 405 else None)
    assert ask(redirect, GOOD).status == 200


@pytest.mark.parametrize("first", [GOOD, DENIED], ids=["signed in", "denied"])
def test_the_first_outcome_stays(first: str) -> None:
    redirect = waiting()
    ask(redirect, first)
    outcome = redirect.outcome
    for again in (GOOD, DENIED):
        assert ask(redirect, again).status == 400
        assert redirect.outcome is outcome


@given(st.sampled_from(["GET", "HEAD", "POST"]), st.text(), st.text())
def test_an_answer_is_fixed_text_that_nobody_keeps(method: str, path: str, query: str) -> None:
    answers = {
        (each.status, each.content)
        for each in (ask(waiting(), f"/{path}?{query}", method), ask(waiting(), f"/callback?{query}", method))
    }
    fixed = {
        (each.status, each.content)
        for each in (ask(waiting(), "/x"), ask(waiting(), "/callback", "POST"), ask(waiting(), "/callback"))
    }
    assert answers <= fixed | {(status, b"") for status, _ in fixed}


@pytest.mark.parametrize("answer", [ask(waiting(), GOOD), ask(waiting(), "/x"), unreadable()])
def test_every_answer_has_strict_headers(answer: Response) -> None:
    assert dict(answer.headers.pairs()) == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Connection": "close",
        "Content-Length": str(len(answer.content)),
    }


@pytest.mark.parametrize(
    ("settings", "bound", "uri"),
    [
        pytest.param({}, "127.0.0.1", "http://127.0.0.1:8765/", id="the default"),
        pytest.param({"host": "::1", "path": "/a%20b"}, "::1", "http://[::1]:8765/a%20b", id="IPv6"),
        pytest.param(
            {"host": "localhost", "path": "/cb"}, "127.0.0.1", "http://localhost:8765/cb", id="a name"
        ),
    ],
)
def test_an_address_says_where_to_listen_and_what_to_register(
    settings: dict[str, Any], bound: str, uri: str
) -> None:
    address = LoopbackAddress(**settings)
    assert (address.port, address.bound_host, address.redirect_uri(8765)) == (0, bound, uri)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"host": "0.0.0.0"}, "has the host 127.0.0.1, ::1, localhost", id="all addresses"),
        pytest.param({"host": "shop.test"}, "has the host", id="another machine"),
        pytest.param({"port": 65_536}, "a port is a number from 0", id="too high"),
        pytest.param({"port": -1}, "a port is a number from 0", id="negative"),
        pytest.param({"path": "callback"}, "begins with a slash", id="no slash"),
        pytest.param({"path": "/a?b"}, "neither [?] nor #", id="a query"),
        pytest.param({"path": "/a#b"}, "neither [?] nor #", id="a fragment"),
        pytest.param({"path": "/a b"}, "percent-encoded", id="a space"),
        pytest.param({"path": "//evil"}, "a URL starts with", id="two slashes"),
    ],
)
def test_an_address_that_cannot_work_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LoopbackAddress(**settings)
