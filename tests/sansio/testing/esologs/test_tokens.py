"""Codes are good once, for whom they were meant; users' tokens are told from clients'."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.testing.esologs.tokens import CODE_LIFETIME, Tokens
from offwire.testing.fake_tokens import TokenSettings

HOST = "https://logs.test"
BACK = "http://localhost:8765/callback"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PROOF = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
CLIENT: dict[str, Any] = {"client_id": "me", "client_secret": "shh"}


def tokens(*, consents: bool = True, public_client: bool = False) -> Tokens:
    settings = TokenSettings(client_id="me", client_secret="shh", lifetime=60.0)
    return Tokens(settings, Random(7), consents=consents, public_client=public_client)


def authorize(where: Tokens, **changes: str) -> Response:
    asked = {"response_type": "code", "client_id": "me", "redirect_uri": BACK, **changes}
    return where.authorize(Request("GET", f"{HOST}/oauth/authorize?{urlencode(asked)}"), 0.0)


def back(response: Response) -> dict[str, str]:
    assert response.status == 302
    location = Url(response.headers["location"])
    assert location.text.startswith(BACK)
    return dict(location.params)


def exchange(where: Tokens, now: float = 1.0, **form: str) -> tuple[int, dict[str, Any]]:
    body = Body(content=urlencode(form).encode(), content_type="application/x-www-form-urlencoded")
    response = where.answer(Request("POST", f"{HOST}/oauth/token", body=body), now)
    return response.status, json.loads(response.content)


def redeem(where: Tokens, code: str, now: float = 1.0, **form: str) -> tuple[int, dict[str, Any]]:
    return exchange(
        where, now, **{"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **form}
    )


def refusal(where: Tokens, token: str | None, *, for_users: bool, now: float = 1.0) -> str | None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    response = where.refusal(Request("POST", f"{HOST}/api", headers=headers), now, for_users=for_users)
    if response is None:
        return None
    assert (response.status, json.loads(response.content)) == (401, {"error": "Unauthenticated."})
    return response.headers["www-authenticate"]


INVALID = 'Bearer realm="esologs", error="invalid_token"'


def test_a_code_brings_a_users_token() -> None:
    where = tokens()
    sent_back = back(authorize(where, state="s/1", scope="view-user-profile"))
    assert sent_back["state"] == "s/1"
    status, document = redeem(where, sent_back["code"], **CLIENT)
    assert (status, document["scope"], document["expires_in"]) == (200, "view-user-profile", 60)
    assert refusal(where, document["access_token"], for_users=True) is None
    assert refusal(where, document["access_token"], for_users=False) is None
    assert (where.requests, where.issued) == (1, 1)


def test_a_refresh_token_brings_the_next_and_is_good_once() -> None:
    where = tokens()
    _, first = redeem(where, back(authorize(where))["code"], **CLIENT)
    status, second = exchange(
        where, grant_type="refresh_token", refresh_token=first["refresh_token"], **CLIENT
    )
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert refusal(where, second["access_token"], for_users=True) is None
    again = exchange(where, grant_type="refresh_token", refresh_token=first["refresh_token"], **CLIENT)
    assert (again[0], again[1]["error"]) == (400, "invalid_grant")


def test_a_clients_token_is_no_users() -> None:
    where = tokens()
    _, document = exchange(where, grant_type="client_credentials", **CLIENT)
    assert refusal(where, document["access_token"], for_users=False) is None
    assert refusal(where, document["access_token"], for_users=True) == INVALID
    assert refusal(where, None, for_users=False) == 'Bearer realm="esologs"'
    assert refusal(where, document["access_token"], for_users=False, now=61.0) == INVALID


@pytest.mark.parametrize(
    ("asked", "form", "now", "status"),
    [
        pytest.param({}, CLIENT, 1.0, 200, id="without a proof"),
        pytest.param(PROOF, {**CLIENT, "code_verifier": VERIFIER}, 1.0, 200, id="with its proof"),
        pytest.param(PROOF, CLIENT, 1.0, 400, id="the proof is missing"),
        pytest.param(PROOF, {**CLIENT, "code_verifier": "w" * 43}, 1.0, 400, id="another proof"),
        pytest.param({}, {**CLIENT, "code_verifier": VERIFIER}, 1.0, 400, id="a proof out of nowhere"),
        pytest.param({}, {**CLIENT, "redirect_uri": f"{BACK}2"}, 1.0, 400, id="another address"),
        pytest.param({}, {**CLIENT, "code": "code-0"}, 1.0, 400, id="another code"),
        pytest.param({}, CLIENT, CODE_LIFETIME, 400, id="too late"),
        pytest.param({}, {"client_id": "me"}, 1.0, 401, id="no secret"),
    ],
)
def test_a_code_is_good_for_whom_it_was_meant(
    asked: dict[str, str], form: dict[str, Any], now: float, status: int
) -> None:
    where = tokens()
    code = back(authorize(where, **asked))["code"]
    assert redeem(where, **{"code": code, **form}, now=now)[0] == status


def test_a_code_is_good_once() -> None:
    where = tokens()
    code = back(authorize(where))["code"]
    assert [redeem(where, code, **CLIENT)[0] for _ in range(2)] == [200, 400]


def test_a_public_client_needs_no_secret_but_a_proof() -> None:
    where = tokens(public_client=True)
    assert back(authorize(where))["error"] == "invalid_request"
    code = back(authorize(where, **PROOF))["code"]
    status, document = redeem(where, code, code_verifier=VERIFIER, client_id="me")
    assert status == 200
    form: dict[str, Any] = {
        "grant_type": "refresh_token",
        "refresh_token": document["refresh_token"],
        "client_id": "me",
    }
    assert exchange(where, **form)[0] == 200
    assert exchange(where, grant_type="client_credentials", client_id="me")[0] == 401


def test_a_public_client_may_show_its_secret() -> None:
    where = tokens(public_client=True)
    request = Request(
        "POST",
        f"{HOST}/oauth/token",
        headers={"Authorization": "Basic bWU6c2ho"},
        body=Body(
            content=f"grant_type=refresh_token&refresh_token={where.issue_refresh_token()}".encode(),
            content_type="application/x-www-form-urlencoded",
        ),
    )
    assert where.answer(request, 0.0).status == 200


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="another flow"),
        pytest.param(
            {"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request", id="plain"
        ),
    ],
)
def test_an_error_goes_back_with_the_browser(asked: dict[str, str], error: str) -> None:
    assert back(authorize(tokens(), state="s", **asked)).items() >= {("error", error), ("state", "s")}


def test_a_user_may_say_no() -> None:
    assert back(authorize(tokens(consents=False)))["error"] == "access_denied"


@pytest.mark.parametrize(
    "asked", [{"client_id": "you"}, {"redirect_uri": "/here"}, {"redirect_uri": "http://["}]
)
def test_a_stranger_is_sent_nowhere(asked: dict[str, str]) -> None:
    assert authorize(tokens(), **asked).status == 400


def test_an_address_keeps_its_own_query() -> None:
    response = authorize(tokens(), redirect_uri=f"{BACK}?a=1")
    assert dict(parse_qsl(response.headers["location"].partition("?")[2])).keys() == {"a", "code"}


def test_all_tokens_can_be_made_void() -> None:
    where = tokens()
    code = back(authorize(where))["code"]
    _, document = exchange(where, grant_type="client_credentials", **CLIENT)
    where.revoke_all()
    assert refusal(where, document["access_token"], for_users=False) == INVALID
    assert redeem(where, code, **CLIENT)[0] == 400


def test_a_request_without_a_form_is_refused() -> None:
    assert tokens().answer(Request("POST", f"{HOST}/oauth/token"), 0.0).status == 400
