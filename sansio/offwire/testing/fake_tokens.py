"""`TokenEndpoint`: a fake OAuth 2.0 token endpoint, and the tokens that it has given out.

Rules of this file: errors are those of RFC 6749 section 5.2, and those of RFC 6750 section 3 where
a token is shown. A refresh token is good once; who shows a used one again is taken for a thief,
and all tokens that came from the same sign-in are void (RFC 9700 section 4.14.2).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote_plus

from attrs import field, frozen

from offwire.bounds import above
from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.fake_problem import problem

if TYPE_CHECKING:
    from random import Random

_NOT_STORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM: Final = "application/x-www-form-urlencoded"


class _Refused(Exception):
    """An error of RFC 6749 section 5.2."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


class _SignIn:
    """All tokens that came from one sign-in."""

    __slots__ = ("is_void",)

    def __init__(self) -> None:
        self.is_void = False


@frozen
class _Access:
    sign_in: _SignIn
    expires_at: float


@frozen(kw_only=True)
class TokenSettings:
    """Whom a TokenEndpoint knows, and for how long its tokens are good."""

    client_id: str = "client"
    client_secret: str = field(default="secret", repr=False)
    lifetime: float = field(default=3600.0, validator=above(0))
    """Seconds."""


class TokenEndpoint:
    """Gives out access tokens, and checks them."""

    def __init__(self, settings: TokenSettings, chance: Random) -> None:
        """Begin without tokens; `chance` draws their text."""
        self._settings = settings
        self._chance = chance
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _SignIn] = {}
        self._used: dict[str, _SignIn] = {}
        self.requests: int = 0
        """How many requests came, refused ones included."""
        self.issued: int = 0
        """How many access tokens were given out."""

    def answer(self, request: Request, now: float) -> Response:
        """Answer a POST; `now` is in monotonic seconds."""
        self.requests += 1
        try:
            form = _form(request)
            self._check_client(request, form)
            document = self._granted(form, now)
        except _Refused as refused:
            headers = dict(_NOT_STORED)
            if refused.status == 401 and "authorization" in request.headers:
                headers["WWW-Authenticate"] = 'Basic realm="token"'
            said: Json = {"error": refused.code, "error_description": refused.description}
            return Response(refused.status, json=said, headers=headers)
        return Response(200, json=document, headers=_NOT_STORED)

    def refusal(self, request: Request, now: float) -> Response | None:
        """The 401 that a request without a good access token gets; None where it has one."""
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        if not token or scheme.lower() != "bearer":
            # Who shows nothing is not told of an error (RFC 6750 section 3.1).
            return _unauthorized("token_missing", "This needs an access token.", "")
        access = self._access.get(token)
        if access is None or access.sign_in.is_void or access.expires_at <= now:
            said = ', error="invalid_token", error_description="The access token is not good any more"'
            return _unauthorized("token_invalid", "The access token is not good any more.", said)
        return None

    def issue_refresh_token(self) -> str:
        """A refresh token, as from a sign-in that somebody has made before."""
        return self._new_refresh(_SignIn())

    def revoke_all(self) -> None:
        """Forget every token, as after an incident on the server's side."""
        self._access.clear()
        self._refresh.clear()

    def _granted(self, form: Mapping[str, str], now: float) -> dict[str, Json]:
        match form.get("grant_type"):
            case None:
                raise _Refused("invalid_request", "grant_type is missing")
            case "client_credentials":
                return self._new_access(_SignIn(), form, now)
            case "refresh_token":
                sign_in = self._redeemed(form.get("refresh_token"))
                return {**self._new_access(sign_in, form, now), "refresh_token": self._new_refresh(sign_in)}
            case _:
                raise _Refused("unsupported_grant_type", "known are client_credentials and refresh_token")

    def _redeemed(self, token: str | None) -> _SignIn:
        if token is None:
            raise _Refused("invalid_request", "refresh_token is missing")
        if token in self._used:
            self._used[token].is_void = True
            raise _Refused("invalid_grant", "the refresh token was used before; sign in again")
        sign_in = self._refresh.pop(token, None)
        if sign_in is None or sign_in.is_void:
            raise _Refused("invalid_grant", "the refresh token is not known")
        self._used[token] = sign_in
        return sign_in

    def _new_access(self, sign_in: _SignIn, form: Mapping[str, str], now: float) -> dict[str, Json]:
        lifetime = self._settings.lifetime
        token = f"access-{self._chance.getrandbits(128):032x}"
        self._access[token] = _Access(sign_in, now + lifetime)
        self.issued += 1
        document: dict[str, Json] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(lifetime) if lifetime.is_integer() else lifetime,
        }
        if "scope" in form:
            document["scope"] = form["scope"]
        return document

    def _new_refresh(self, sign_in: _SignIn) -> str:
        token = f"refresh-{self._chance.getrandbits(128):032x}"
        self._refresh[token] = sign_in
        return token

    def _check_client(self, request: Request, form: Mapping[str, str]) -> None:
        authorization = request.headers.get("authorization")
        if authorization is None:
            shown = (form.get("client_id"), form.get("client_secret"))
        elif "client_secret" in form:
            raise _Refused("invalid_request", "the client shows its secret in two places")
        else:
            shown = _basic(authorization)
        if shown != (self._settings.client_id, self._settings.client_secret):
            raise _Refused("invalid_client", "the client is not known, or its secret is wrong", 401)


def _form(request: Request) -> dict[str, str]:
    body = request.body
    kind = request.headers.get("content-type") or (body.content_type if body else None) or ""
    if body is None or kind.partition(";")[0].strip().lower() != _FORM:
        raise _Refused("invalid_request", f"the body has to be {_FORM}")
    try:
        pairs = parse_qsl(body.content.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise _Refused("invalid_request", "the form cannot be read") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _Refused("invalid_request", "a parameter is given twice")
    return form


def _basic(authorization: str) -> tuple[str | None, str | None]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return (None, None)
    try:
        client, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return (None, None)
    return (unquote_plus(client), unquote_plus(secret))


def _unauthorized(code: str, detail: str, error: str) -> Response:
    return problem(401, code, detail, headers={"WWW-Authenticate": f'Bearer realm="users"{error}'})
