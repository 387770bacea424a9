"""What token endpoints answer, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.auth.token import Token, TokenGrant, read_token_response
from offwire.errors import SignInFailed
from offwire.message.response import Response
from offwire.secret import Secret

CANARY = "canary-5Qf81x"


def refused(response: Response, **options: Any) -> SignInFailed:
    with pytest.raises(SignInFailed) as caught:
        read_token_response(response, **options)
    return caught.value


def test_a_full_answer_becomes_a_grant() -> None:
    grant = read_token_response(
        Response(
            200,
            json={
                "access_token": "a.b-c",
                "token_type": "bearer",
                "expires_in": 3600,
                "refresh_token": "r",
                "scope": "read write",
                "id_token": "who",
                "deep": {"list": [1]},
            },
        )
    )
    assert grant.access == Secret("a.b-c")
    assert grant.lifetime == 3600.0
    assert grant.refresh == Secret("r")
    assert grant.token_type == "Bearer"
    assert grant.scope == "read write"
    assert dict(grant.extra) == {"id_token": "who", "deep": {"list": [1]}}


def test_the_least_answer_becomes_a_grant() -> None:
    grant = read_token_response(Response(201, json={"access_token": "a"}))
    assert grant == TokenGrant("a")
    assert (grant.lifetime, grant.refresh, grant.token_type, grant.scope) == (None, None, "Bearer", None)


@pytest.mark.parametrize(
    ("value", "lifetime"),
    [
        pytest.param("60", 60.0, id="whole number"),
        pytest.param("1.5", 1.5, id="fraction"),
        pytest.param('"60"', 60.0, id="text"),
        pytest.param('" 60.5 "', 60.5, id="text with blanks"),
        pytest.param('"soon"', None, id="other text"),
        pytest.param('""', None, id="empty text"),
        pytest.param("0", None, id="zero"),
        pytest.param("-1", None, id="negative"),
        pytest.param("true", None, id="bool"),
        pytest.param("null", None, id="null"),
        pytest.param("[60]", None, id="list"),
        pytest.param("NaN", None, id="not a number"),
        pytest.param("Infinity", None, id="infinite"),
        pytest.param('"inf"', None, id="infinite text"),
        pytest.param("1" + "0" * 400, None, id="too large for a float"),
    ],
)
def test_a_lifetime_is_a_positive_number_or_unknown(value: str, lifetime: float | None) -> None:
    content = f'{{"access_token": "a", "expires_in": {value}}}'.encode()
    assert read_token_response(Response(200, content=content)).lifetime == lifetime


@pytest.mark.parametrize(
    ("value", "token_type"),
    [
        pytest.param("BEARER", "Bearer", id="any case"),
        pytest.param("MAC", "MAC", id="another type"),
        pytest.param("Bearer\r\nX: y", "Bearer", id="not a token"),
        pytest.param(7, "Bearer", id="not text"),
    ],
)
def test_a_token_type_is_normalised(value: object, token_type: str) -> None:
    answer = Response(200, content=json.dumps({"access_token": "a", "token_type": value}).encode())
    assert read_token_response(answer).token_type == token_type


@pytest.mark.parametrize("value", [None, 7, "", ["r"]])
def test_an_unusable_refresh_token_or_scope_counts_as_none(value: object) -> None:
    content = json.dumps({"access_token": "a", "refresh_token": value, "scope": value}).encode()
    grant = read_token_response(Response(200, content=content))
    assert grant.refresh is None
    assert not grant.scope


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"<html>", "is not a JSON object", id="not JSON"),
        pytest.param(b"", "is not a JSON object", id="empty"),
        pytest.param(b'\xff\xfe"', "is not a JSON object", id="no text"),
        pytest.param(b"[" * 100_000, "is not a JSON object", id="nested too deep"),
        pytest.param(b'["a"]', "is not a JSON object", id="a list"),
        pytest.param(b"{}", "holds no access_token", id="no token"),
        pytest.param(b'{"access_token": 7}', "holds no access_token", id="a number for a token"),
        pytest.param(b'{"access_token": ""}', "holds no access_token", id="an empty token"),
        pytest.param(b'{"access_token": "a\\nb"}', "does not fit into a header", id="a line break"),
        pytest.param(b'{"access_token": " a"}', "does not fit into a header", id="a blank in front"),
        pytest.param(b'{"access_token": "\\u20ac"}', "does not fit into a header", id="not ASCII"),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_failure_that_may_pass(content: bytes, words: str) -> None:
    error = refused(Response(200, content=content))
    assert words in error.message
    assert (error.status, error.code, error.is_final) == (200, None, False)
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("status", "code", "is_final"),
    [
        pytest.param(400, "invalid_client", True, id="invalid_client"),
        pytest.param(401, "invalid_client", True, id="invalid_client, 401"),
        pytest.param(400, "invalid_grant", True, id="invalid_grant"),
        pytest.param(400, "unauthorized_client", True, id="unauthorized_client"),
        pytest.param(400, "unsupported_grant_type", True, id="unsupported_grant_type"),
        pytest.param(400, "invalid_scope", True, id="invalid_scope"),
        pytest.param(403, "access_denied", True, id="access_denied"),
        pytest.param(200, "invalid_grant", True, id="a refusal with status 200"),
        pytest.param(404, "invalid_client", True, id="a known code with another status"),
        pytest.param(400, "of_their_own", True, id="400 with an unknown code"),
        pytest.param(400, None, True, id="400"),
        pytest.param(401, None, True, id="401"),
        pytest.param(403, None, True, id="403"),
        pytest.param(200, "of_their_own", False, id="an unknown code with status 200"),
        pytest.param(404, None, False, id="404"),
        pytest.param(302, None, False, id="302"),
        pytest.param(429, None, False, id="429"),
        pytest.param(429, "invalid_client", False, id="429 with a final code"),
        pytest.param(500, None, False, id="500"),
        pytest.param(503, "invalid_grant", False, id="503 with a final code"),
        pytest.param(400, "temporarily_unavailable", False, id="temporarily_unavailable"),
        pytest.param(400, "authorization_pending", False, id="authorization_pending"),
        pytest.param(400, "slow_down", False, id="slow_down"),
        pytest.param(400, "server_error", False, id="server_error"),
    ],
)
def test_a_refusal_is_final_where_waiting_does_not_help(
    status: int, code: str | None, is_final: bool
) -> None:
    error = refused(Response(status, json={} if code is None else {"error": code}))
    assert (error.status, error.code, error.is_final) == (status, code, is_final)
    assert error.message == f"the token server answered {status}" + (f" {code}" if code else "")
    assert error.retry_after is None


def test_a_refusal_says_what_the_server_says() -> None:
    error = refused(
        Response(401, json={"error": "invalid_client", "error_description": "No\n such\x07 client."})
    )
    assert error.message == "the token server answered 401 invalid_client: No such? client."


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<html>" + CANARY.encode(), id="a page"),
        pytest.param(json.dumps({"error": {"message": CANARY}}).encode(), id="an object for an error"),
        pytest.param(json.dumps({"error": [CANARY], "message": CANARY}).encode(), id="other fields"),
        pytest.param(
            json.dumps(
                {"error": "x", "refresh_token": CANARY, "error_description": f"{CANARY} was used"}
            ).encode(),
            id="a description that repeats another field",
        ),
        pytest.param(json.dumps({"error": 'a"b ' + CANARY}).encode(), id="a code of forbidden characters"),
        pytest.param(json.dumps({"error": CANARY * 20}).encode(), id="a code that is too long"),
    ],
)
def test_unknown_parts_of_a_refusal_are_never_shown(content: bytes) -> None:
    error = refused(Response(400, content=content))
    assert CANARY not in f"{error} {error!r} {error.code} {error.args}"
    assert error.__context__ is None


def test_what_the_request_held_is_masked_before_a_description_is_cut() -> None:
    description = "x" * 195 + CANARY
    error = refused(
        Response(400, json={"error": CANARY, "error_description": description}), secrets=(Secret(CANARY),)
    )
    assert "canar" not in error.message
    assert error.code == "***"


def test_no_rendering_shows_a_token() -> None:
    grant = TokenGrant(CANARY, refresh=Secret(CANARY), extra={"id_token": CANARY})
    token = Token(
        access=grant.access, generation=1, expires_at=None, refresh=grant.refresh, extra=grant.extra
    )
    for value in (grant, token):
        assert CANARY not in f"{value} {value!r}"
        assert "<id_token>" in repr(value)


def test_grants_and_tokens_are_values() -> None:
    grant = TokenGrant("a", lifetime=5, extra={"b": 1})
    assert grant == TokenGrant(Secret("a"), lifetime=5.0, extra={"b": 1})
    assert hash(grant) == hash(TokenGrant("a", lifetime=5, extra={"b": 1}))
    with pytest.raises(AttributeError):
        grant.lifetime = 6  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        grant.extra["c"] = 1  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def test_a_grant_does_not_see_later_changes_of_its_extra() -> None:
    extra: dict[str, Any] = {"b": 1}
    grant = TokenGrant("a", extra=extra)
    extra["b"] = 2
    assert grant.extra["b"] == 1


def test_a_refresh_token_is_kept_where_the_answer_has_none() -> None:
    old = Secret("old")
    assert TokenGrant("a").keeping_refresh(old) == TokenGrant("a", refresh=old)
    assert TokenGrant("a", refresh="new").keeping_refresh(old).refresh == Secret("new")


@pytest.mark.parametrize("lifetime", [0, -1, float("nan"), float("inf")])
def test_a_lifetime_that_is_none_is_refused(lifetime: float) -> None:
    with pytest.raises(ValueError, match=r"TokenGrant\.lifetime is a positive number"):
        TokenGrant("a", lifetime=lifetime)


JSON = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just([1]), st.just({"a": 1})
)
NAMES = st.sampled_from(
    ["access_token", "expires_in", "refresh_token", "scope", "token_type", "error", "error_description"]
)


@given(st.integers(100, 999), st.dictionaries(NAMES, JSON, max_size=5), st.binary(max_size=1))
def test_any_answer_is_a_grant_or_a_failure(status: int, answer: dict[str, Any], tail: bytes) -> None:
    response = Response(status, content=json.dumps(answer).encode() + tail)
    outcome: TokenGrant | SignInFailed
    try:
        outcome = read_token_response(response)
    except SignInFailed as error:
        outcome = error
    if isinstance(outcome, TokenGrant):
        assert response.is_success
        assert outcome.access.reveal() == answer["access_token"]
    else:
        assert outcome.message.isprintable()
        assert len(outcome.message) < 400
