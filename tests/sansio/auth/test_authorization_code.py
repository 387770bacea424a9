"""The authorization code grant: where the user is sent, and what the code is traded for."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from offwire import (
    Api,
    AuthorizationCode,
    Call,
    ClientAuthentication,
    Group,
    M,
    Request,
    Response,
    Safety,
    Secret,
    TokenGrant,
    operation,
)
from offwire.auth.authorization_code import Authorization
from offwire.auth.pkce import challenge_of
from offwire.errors import SignInFailed, StrayRedirect
from offwire.testing import Answer, Client, Drop, Refuse, Reply, Script, Truncate, json_answer

Canary = Callable[[str], str]

RANDOM = bytes(range(64))
REDIRECT_URI = "http://127.0.0.1:8765/callback"
CODE = Secret("code-1")
GRANT = TokenGrant("access-1", lifetime=3600, refresh="refresh-1")


def login(**settings: Any) -> AuthorizationCode:
    return AuthorizationCode(
        **{
            "authorize_url": "https://auth.test/authorize",
            "token_url": "https://auth.test/token",
            "client_id": "id",
            **settings,
        }
    )


def begun(**settings: Any) -> Authorization:
    return login(**settings).begin(RANDOM, redirect_uri=REDIRECT_URI)


def form_of(request: Request) -> dict[str, str]:
    assert request.body is not None
    return dict(parse_qsl(request.body.content.decode(), keep_blank_values=True))


def redeemed(authorization: Authorization, *replies: Reply) -> tuple[TokenGrant, tuple[Request, ...]]:
    client = Client(Script(*replies))
    return client.run(authorization.redeem(client.runtime, CODE)), client.requests


def refusal(authorization: Authorization, *replies: Reply) -> tuple[SignInFailed, int]:
    client = Client(Script(*replies))
    with pytest.raises(SignInFailed) as caught:
        client.run(authorization.redeem(client.runtime, CODE))
    assert caught.value.__context__ is None
    return caught.value, len(client.requests)


def test_the_user_is_sent_to_the_server_with_a_challenge() -> None:
    authorization = begun(scope="read write", parameters={"prompt": "consent"})
    url, _, query = authorization.url.partition("?")
    assert url == "https://auth.test/authorize"
    assert dict(parse_qsl(query)) == {
        "response_type": "code",
        "client_id": "id",
        "redirect_uri": REDIRECT_URI,
        "scope": "read write",
        "state": authorization.state.reveal(),
        "code_challenge": challenge_of(authorization.verifier),
        "code_challenge_method": "S256",
        "prompt": "consent",
    }


def test_without_a_scope_none_is_asked_for_and_the_servers_own_query_stays() -> None:
    authorization = begun(authorize_url="https://auth.test/authorize?realm=a%20b")
    assert authorization.url.startswith("https://auth.test/authorize?realm=a%20b&response_type=code&")
    assert "scope=" not in authorization.url


def test_state_and_verifier_come_from_chance_alone_and_from_different_bytes() -> None:
    first, same, other = begun(), begun(), login().begin(RANDOM[::-1], redirect_uri=REDIRECT_URI)
    assert first == same
    assert len({each.reveal() for each in (first.state, first.verifier, other.state, other.verifier)}) == 4
    longer = login().begin(RANDOM + b"more", redirect_uri=REDIRECT_URI)
    assert longer == first


def test_too_little_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="64 random bytes, not 63"):
        login().begin(RANDOM[1:], redirect_uri=REDIRECT_URI)


def test_a_web_application_makes_it_anew_when_the_redirect_comes() -> None:
    before = begun()
    session = {"state": before.state.reveal(), "verifier": before.verifier.reveal()}
    after = Authorization(
        login=before.login,
        redirect_uri=REDIRECT_URI,
        state=session["state"],
        verifier=session["verifier"],
    )
    assert after == before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param(
            {"authorize_url": "http://auth.test/"}, "authorize_url has to be an absolute", id="http"
        ),
        pytest.param(
            {"token_url": "http://auth.test/"}, "token_url has to be an absolute", id="http for tokens"
        ),
        pytest.param({"authorize_url": "/authorize"}, "authorize_url", id="a path"),
        pytest.param(
            {"authorize_url": "https://auth.test/?state=x"}, "may not hold 'state'", id="own in URL"
        ),
        pytest.param({"parameters": {"scope": "x"}}, "may not hold 'scope'", id="own parameter"),
        pytest.param({"parameters": {"a": "\udc80"}}, "surrogate", id="a parameter that cannot be sent"),
        pytest.param({"client_id": ""}, "client_id may not be empty", id="no id"),
        pytest.param({"client_secret": ""}, "a Secret may not be empty", id="no secret"),
        pytest.param({"scope": ""}, "scope is text, or None", id="no scope"),
        pytest.param({"issuer": 7}, "issuer is text, or None", id="no issuer"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        login(**settings)


def test_parameters_are_a_mapping() -> None:
    with pytest.raises(TypeError, match="parameters is a mapping"):
        login(parameters=["prompt"])


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        pytest.param("http://shop.test/callback", "redirect_uri has to be", id="http"),
        pytest.param("https://shop.test/callback#top", "no fragment", id="a fragment"),
    ],
)
def test_a_redirect_uri_that_would_leak_is_refused(uri: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        login().begin(RANDOM, redirect_uri=uri)


def test_a_verifier_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="43 to 128"):
        Authorization(login=login(), redirect_uri=REDIRECT_URI, state=Secret("s"), verifier=Secret("short"))


def test_the_code_is_read_from_the_redirect() -> None:
    authorization = begun(issuer="https://auth.test")
    query = {"state": authorization.state.reveal(), "code": "code-1", "iss": "https://auth.test"}
    assert authorization.read(f"{REDIRECT_URI}?{urlencode(query)}") == CODE
    with pytest.raises(StrayRedirect):
        authorization.read(f"{REDIRECT_URI}?code=code-1")


def test_a_public_client_names_itself_and_proves_that_it_asked() -> None:
    authorization = begun()
    grant, (request,) = redeemed(
        authorization,
        json_answer({"access_token": "access-1", "token_type": "bearer", "refresh_token": "refresh-1"}),
    )
    assert (request.method, request.url.text) == ("POST", "https://auth.test/token")
    assert form_of(request) == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": authorization.verifier.reveal(),
        "client_id": "id",
    }
    assert "authorization" not in request.headers
    assert grant == TokenGrant("access-1", refresh="refresh-1")


def test_a_client_with_a_secret_shows_it_as_the_server_wants() -> None:
    _, (request,) = redeemed(begun(client_secret="s"), json_answer({"access_token": "a"}))
    assert b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"id:s"
    assert "client_id" not in form_of(request)
    post = begun(client_secret="s", authentication=ClientAuthentication.POST)
    _, (request,) = redeemed(post, json_answer({"access_token": "a"}))
    assert form_of(request)["client_secret"] == "s"


def test_the_call_is_pure_and_not_repeatable() -> None:
    call = begun().call(CODE)
    assert call.meaning.safety is Safety.UNKNOWN
    assert call.parse(Response(200, json={"access_token": "a", "expires_in": "60"})) == TokenGrant(
        "a", lifetime=60
    )
    with pytest.raises(SignInFailed, match="invalid_grant"):
        call.parse(Response(400, json={"error": "invalid_grant"}))


@pytest.mark.parametrize("reply", [Drop(), Truncate(Response(200, json={}))], ids=["dropped", "cut off"])
def test_a_code_that_may_have_arrived_is_not_sent_again(reply: Reply) -> None:
    error, sent = refusal(begun(), reply)
    assert error.message.startswith("the code could not be traded in: ")
    assert (error.operation, error.method, error.url) == (
        "AuthorizationCode.redeem",
        "POST",
        "https://auth.test/token",
    )
    assert (sent, error.attempts, error.is_final) == (1, 1, False)


def test_one_that_never_left_is() -> None:
    grant, requests = redeemed(begun(), Refuse(), json_answer({"access_token": "a"}))
    assert (grant, len(requests)) == (TokenGrant("a"), 2)


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_of_the_token_endpoint_is_not_followed(status: int) -> None:
    error, sent = refusal(begun(), Answer(Response(status, headers={"Location": "https://evil.test/"})))
    assert (error.status, sent) == (status, 1)


def test_a_refusal_shows_no_secret(canary: Canary) -> None:
    secret, code = canary("client secret"), canary("code")
    authorization = begun(client_secret=secret)
    echo = f"{secret} {code} {authorization.verifier.reveal()}"
    client = Client(Script(json_answer({"error": "invalid_grant", "error_description": echo}, 400)))
    with pytest.raises(SignInFailed, match=r"400 invalid_grant: \*\*\* \*\*\* \*\*\*") as caught:
        client.run(authorization.redeem(client.runtime, Secret(code)))
    assert caught.value.is_final
    shown = f"{authorization!r} {authorization.call(Secret(code))!r}"
    for each in (secret, code, authorization.state.reveal(), authorization.verifier.reveal()):
        assert each not in shown


class Users(Group[M]):
    @operation
    def me(self) -> Call[object]:
        return Call.get("/me", returns=object)


class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]


def test_calls_go_on_from_what_the_sign_in_brought() -> None:
    client = Client(
        Script(
            json_answer({"name": "Ada"}),
            json_answer({"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600}),
            json_answer({"name": "Ada"}),
        )
    )
    shop = Shop(client, auth=login(client_secret="s").signed_in(GRANT))
    shop.users.me()
    client.advance(3595.0)
    shop.users.me()
    first, refresh, second = client.requests
    assert first.headers["authorization"] == "Bearer access-1"
    assert form_of(refresh) == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    assert second.headers["authorization"] == "Bearer access-2"


def test_where_nobody_has_signed_in_calls_say_so() -> None:
    client = Client(Script())
    with pytest.raises(SignInFailed, match="nobody has signed in: sign in with a browser") as caught:
        Shop(client, auth=login()).users.me()
    assert caught.value.is_final
    assert client.requests == ()


def test_without_a_refresh_token_the_end_of_the_token_is_the_end() -> None:
    client = Client(Script(json_answer({})))
    shop = Shop(client, auth=login().signed_in(TokenGrant("access-1", lifetime=60)))
    shop.users.me()
    client.advance(60.0)
    with pytest.raises(SignInFailed, match="came without a refresh token: sign in with a browser") as caught:
        shop.users.me()
    assert caught.value.is_final
