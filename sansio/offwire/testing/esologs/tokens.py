"""`Tokens`: how the stand-in of ESO Logs gives out tokens, to clients and to users' clients.

Rules of this file: a code is good once, for the redirect address and the proof (PKCE, RFC 7636) that
it was asked for with; all else about tokens is `TokenEndpoint`'s. A token is a user's if a code
or a refresh token brought it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from attrs import evolve, frozen

from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.testing.fake_tokens import TokenEndpoint, TokenSettings

if TYPE_CHECKING:
    from random import Random

CODE_LIFETIME: Final = 600.0
"""Seconds for which a code is good (RFC 6749 section 4.1.2 wants at most ten minutes)."""


@frozen(kw_only=True)
class _Code:
    redirect_uri: str
    scope: str
    challenge: str | None
    expires_at: float


class Tokens:
    """Gives out codes and tokens, and checks tokens."""

    def __init__(
        self, settings: TokenSettings, chance: Random, *, consents: bool, public_client: bool
    ) -> None:
        """Begin without tokens.

        Args:
            settings: who may ask for tokens, and how long they are good.
            chance: draws codes and tokens.
            consents: whether the user agrees when asked.
            public_client: whether the client need not show its secret with a code or a refresh token.
        """
        self._settings = settings
        self._chance = chance
        self._consents = consents
        self._public_client = public_client
        self._endpoint = TokenEndpoint(settings, chance)
        self._codes: dict[str, _Code] = {}
        self._of_users: set[str] = set()

    @property
    def requests(self) -> int:
        """How many requests for tokens came, refused ones included."""
        return self._endpoint.requests

    @property
    def issued(self) -> int:
        """How many access tokens were given out."""
        return self._endpoint.issued

    def authorize(self, request: Request, now: float) -> Response:
        """Send the user's browser back with a code, or with an error (RFC 6749 section 4.1.2).

        Who gives no client or address that is known is told so on the spot, and sent nowhere.
        """
        asked = dict(request.url.params)
        redirect_uri = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._settings.client_id or not _is_address(redirect_uri):
            said = {"error": "invalid_request", "message": "client_id or redirect_uri is not known"}
            return Response(400, json=said)
        back = self._granted(asked, redirect_uri, now)
        if "state" in asked:
            back["state"] = asked["state"]
        return Response(302, headers={"Location": Url(redirect_uri).adding_query(urlencode(back)).text})

    def answer(self, request: Request, now: float) -> Response:
        """Answer a POST to the token endpoint; `now` is in monotonic seconds."""
        body = request.body
        form = dict(parse_qsl(body.content.decode("latin-1"))) if body else {}
        grant = form.get("grant_type")
        if body and (grant == "authorization_code" or (grant == "refresh_token" and self._public_client)):
            content = urlencode(self._as_refresh(form, now, shows_client="authorization" in request.headers))
            request = evolve(request, body=evolve(body, content=content.encode()))
        response = self._endpoint.answer(request, now)
        if response.status == 200 and grant != "client_credentials":
            self._of_users.add(json.loads(response.content)["access_token"])
        return response

    def refusal(self, request: Request, now: float, *, for_users: bool) -> Response | None:
        """The 401 that a request gets without a good token; None where it has one.

        Args:
            request: with or without a token.
            now: monotonic seconds.
            for_users: whether it has to be a user's.
        """
        token = (request.headers.get("authorization") or "").partition(" ")[2]
        if self._endpoint.refusal(request, now) is None and (not for_users or token in self._of_users):
            return None
        # Who shows nothing is not told of an error (RFC 6750 section 3.1).
        challenge = 'Bearer realm="esologs"' + (', error="invalid_token"' if token else "")
        return Response(401, json={"error": "Unauthenticated."}, headers={"WWW-Authenticate": challenge})

    def issue_refresh_token(self) -> str:
        """A refresh token, as from a sign-in that the user has made before."""
        return self._endpoint.issue_refresh_token()

    def revoke_all(self) -> None:
        """Forget every code and token, as after an incident on the server's side."""
        self._codes.clear()
        self._endpoint.revoke_all()

    def _granted(self, asked: Mapping[str, str], redirect_uri: str, now: float) -> dict[str, str]:
        if asked.get("response_type") != "code":
            return {"error": "unsupported_response_type"}
        challenge = asked.get("code_challenge")
        if challenge is not None and asked.get("code_challenge_method") != "S256":
            return {"error": "invalid_request", "error_description": "code_challenge_method is S256"}
        if challenge is None and self._public_client:
            return {"error": "invalid_request", "error_description": "a public client needs a code_challenge"}
        if not self._consents:
            return {"error": "access_denied", "error_description": "The user said no."}
        code = f"code-{self._chance.getrandbits(128):032x}"
        self._codes[code] = _Code(
            redirect_uri=redirect_uri,
            scope=asked.get("scope", ""),
            challenge=challenge,
            expires_at=now + CODE_LIFETIME,
        )
        return {"code": code}

    def _as_refresh(self, form: Mapping[str, str], now: float, *, shows_client: bool) -> dict[str, str]:
        """A form as one to refresh: a good code is worth a refresh token that nobody has used yet."""
        made = dict(form)
        if made["grant_type"] == "authorization_code":
            made["grant_type"] = "refresh_token"
            code = self._codes.pop(made.pop("code", ""), None)
            made["refresh_token"] = "none"
            if code is not None and _redeems(code, form, now):
                made["refresh_token"] = self._endpoint.issue_refresh_token()
                made["scope"] = code.scope
        if self._public_client and not shows_client:
            made.setdefault("client_secret", self._settings.client_secret)
        return made


def _redeems(code: _Code, form: Mapping[str, str], now: float) -> bool:
    if now >= code.expires_at or form.get("redirect_uri") != code.redirect_uri:
        return False
    verifier = form.get("code_verifier")
    if code.challenge is None or verifier is None:
        return code.challenge is verifier
    return _s256(verifier) == code.challenge


def _s256(verifier: str) -> str:
    """The challenge for a verifier (RFC 7636 section 4.2)."""
    from base64 import urlsafe_b64encode  # noqa: PLC0415 - only for sign-ins
    from hashlib import sha256  # noqa: PLC0415 - only for sign-ins

    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _is_address(text: str) -> bool:
    try:
        return Url(text).is_absolute
    except ValueError:
        return False
