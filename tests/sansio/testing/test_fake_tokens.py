"""The token endpoint keeps to RFC 6749 and RFC 6750."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.fake_tokens import TokenEndpoint, TokenSettings

FORM = "application/x-www-form-urlencoded"
URL = "https://shop.test/oauth/token"
CLIENT = {"client_id": "me", "client_secret": "pass:word"}


def endpoint(lifetime: float = 60.0) -> TokenEndpoint:
    settings = TokenSettings(client_id="me", client_secret="pass:word", lifetime=lifetime)
    return TokenEndpoint(settings, Random(7))


def posting(form: dict[str, str] | str, *, content_type: str | None = FORM, **headers: str) -> Request:
    text = form if isinstance(form, str) else urlencode(form)
    body = Body(content=text.encode(), content_type=content_type)
    return Request("POST", URL, headers=headers, body=body)


def credentials(**form: str) -> Request:
    return posting({"grant_type": "client_credentials", **CLIENT, **form})


def refreshing(token: str) -> Request:
    return posting({"grant_type": "refresh_token", "refresh_token": token, **CLIENT})


def read(response: Response) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(response.content)
    return document


def showing(token: str, scheme: str = "Bearer") -> Request:
    return Request("GET", "https://shop.test/users", headers={"Authorization": f"{scheme} {token}"})


def basic(client: str, secret: str) -> str:
    return "Basic " + b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()


def test_client_credentials_bring_a_token_without_a_refresh_token() -> None:
    tokens = endpoint()
    response = tokens.answer(credentials(), 0.0)
    document = read(response)
    token = document.pop("access_token")
    assert (response.status, document) == (200, {"token_type": "Bearer", "expires_in": 60})
    assert (response.headers["cache-control"], response.headers["pragma"]) == ("no-store", "no-cache")
    assert tokens.refusal(showing(token), 0.0) is None
    assert (tokens.requests, tokens.issued) == (1, 1)


def test_a_fractional_lifetime_and_the_scope_are_told() -> None:
    document = read(endpoint(0.5).answer(credentials(scope="users:read"), 0.0))
    assert (document["expires_in"], document["scope"]) == (0.5, "users:read")


def test_the_client_may_show_itself_by_basic() -> None:
    request = posting({"grant_type": "client_credentials"}, Authorization=basic("me", "pass:word"))
    assert endpoint().answer(request, 0.0).status == 200


@pytest.mark.parametrize("lifetime", [0.0, -1.0, float("inf")])
def test_a_lifetime_is_a_positive_number(lifetime: float) -> None:
    with pytest.raises(ValueError, match=r"TokenSettings\.lifetime"):
        endpoint(lifetime)


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        pytest.param(Request("POST", URL), 400, "invalid_request", id="no body"),
        pytest.param(posting("{}", content_type="application/json"), 400, "invalid_request", id="json"),
        pytest.param(posting("x", content_type=None), 400, "invalid_request", id="no type"),
        pytest.param(posting("nonsense"), 400, "invalid_request", id="no pairs"),
        pytest.param(posting("é=1"), 400, "invalid_request", id="not ASCII"),
        pytest.param(posting("scope=a&scope=b"), 400, "invalid_request", id="a parameter twice"),
        pytest.param(posting(CLIENT), 400, "invalid_request", id="no grant type"),
        pytest.param(
            posting({**CLIENT, "grant_type": "password"}), 400, "unsupported_grant_type", id="another grant"
        ),
        pytest.param(
            posting({**CLIENT, "grant_type": "refresh_token"}), 400, "invalid_request", id="no refresh token"
        ),
        pytest.param(refreshing("made-up"), 400, "invalid_grant", id="an unknown refresh token"),
        pytest.param(posting({"grant_type": "client_credentials"}), 401, "invalid_client", id="no client"),
        pytest.param(credentials(client_secret="wrong"), 401, "invalid_client", id="a wrong secret"),
        pytest.param(credentials(client_id="you"), 401, "invalid_client", id="another client"),
    ],
)
def test_a_bad_request_is_refused_with_its_code(request_: Request, status: int, code: str) -> None:
    tokens = endpoint()
    response = tokens.answer(request_, 0.0)
    assert (response.status, read(response)["error"]) == (status, code)
    assert read(response)["error_description"]
    assert "www-authenticate" not in response.headers
    assert (tokens.requests, tokens.issued) == (1, 0)


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(basic("me", "wrong"), id="a wrong secret"),
        pytest.param("Basic !!!", id="no base64"),
        pytest.param("Basic " + b64encode(b"\xff\xfe").decode(), id="no text"),
        pytest.param("Bearer abc", id="another scheme"),
    ],
)
def test_a_client_that_is_refused_by_basic_is_asked_for_basic(authorization: str) -> None:
    request = posting({"grant_type": "client_credentials"}, Authorization=authorization)
    response = endpoint().answer(request, 0.0)
    assert (response.status, read(response)["error"]) == (401, "invalid_client")
    assert response.headers["www-authenticate"] == 'Basic realm="token"'


def test_a_secret_in_two_places_is_refused() -> None:
    request = posting({"grant_type": "client_credentials", **CLIENT}, Authorization=basic("me", "pass:word"))
    assert read(endpoint().answer(request, 0.0))["error"] == "invalid_request"


def test_a_refresh_token_is_traded_for_new_tokens_once_each() -> None:
    tokens = endpoint()
    newest = tokens.issue_refresh_token()
    for _ in range(3):
        document = read(tokens.answer(refreshing(newest), 0.0))
        assert document["refresh_token"] != newest
        assert tokens.refusal(showing(document["access_token"]), 0.0) is None
        newest = document["refresh_token"]
    assert tokens.issued == 3


def test_a_used_refresh_token_voids_all_of_its_sign_in_and_nothing_else() -> None:
    tokens = endpoint()
    stolen, other = tokens.issue_refresh_token(), tokens.issue_refresh_token()
    first = read(tokens.answer(refreshing(stolen), 0.0))
    second = read(tokens.answer(refreshing(first["refresh_token"]), 0.0))
    assert read(tokens.answer(refreshing(stolen), 0.0))["error"] == "invalid_grant"
    assert tokens.refusal(showing(first["access_token"]), 0.0) is not None
    assert tokens.refusal(showing(second["access_token"]), 0.0) is not None
    assert read(tokens.answer(refreshing(second["refresh_token"]), 0.0))["error"] == "invalid_grant"
    assert tokens.answer(refreshing(other), 0.0).status == 200


def test_a_token_is_good_until_it_runs_out() -> None:
    tokens = endpoint(60.0)
    token = read(tokens.answer(credentials(), 10.0))["access_token"]
    assert tokens.refusal(showing(token), 69.9) is None
    assert tokens.refusal(showing(token, "bearer"), 69.9) is None
    refusal = tokens.refusal(showing(token), 70.0)
    assert refusal is not None
    assert (refusal.status, read(refusal)["code"]) == (401, "token_invalid")
    assert 'error="invalid_token"' in refusal.headers["www-authenticate"]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request("GET", "https://shop.test/users"), id="nothing"),
        pytest.param(showing("abc", "Basic"), id="another scheme"),
        pytest.param(
            Request("GET", "https://shop.test/users", headers={"Authorization": "Bearer"}), id="no token"
        ),
    ],
)
def test_who_shows_no_token_is_asked_for_one(request_: Request) -> None:
    refusal = endpoint().refusal(request_, 0.0)
    assert refusal is not None
    assert (refusal.status, refusal.headers["www-authenticate"]) == (401, 'Bearer realm="users"')


def test_all_tokens_can_be_made_void() -> None:
    tokens = endpoint()
    token = read(tokens.answer(credentials(), 0.0))["access_token"]
    refresh = tokens.issue_refresh_token()
    tokens.revoke_all()
    assert tokens.refusal(showing(token), 0.0) is not None
    assert read(tokens.answer(refreshing(refresh), 0.0))["error"] == "invalid_grant"


def test_the_secret_is_not_shown_with_the_settings() -> None:
    assert "pass:word" not in repr(TokenSettings(client_secret="pass:word"))
