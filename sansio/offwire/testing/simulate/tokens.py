"""A modelled token server, as a part: it gives tokens out, and lets no request pass without a good one.

Rules of this file: a refresh token is good once, and for `grace` seconds after its first use. Who
shows a used one later is taken for a thief, and all that came from the same sign-in is void (RFC
9700 section 4.14.2). Tokens are numbered in the order in which they are issued.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from attrs import field, frozen

from offwire.bounds import above, at_least
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.servers import Answer, Reply, Server
from offwire.testing.simulate.parts import Told, Weather
from offwire.testing.simulate.secrets import new_secret
from offwire.time import Now

if TYPE_CHECKING:
    from random import Random

PATH: Final = "/token"
"""Where the token endpoint is, on whatever host."""


@frozen(kw_only=True)
class SignIn:
    """How callers sign in, and what the token server does."""

    rotating: bool = False
    """Whether by a refresh token, which each answer replaces; else by client credentials."""
    lifetime: float = field(default=60.0, validator=above(0))
    """Seconds that a token lives."""
    grace: float = field(default=0.0, validator=at_least(0))
    """Seconds for which a used refresh token is still taken."""
    fails: float = field(default=0.0, validator=at_least(0))
    """The share of token requests that are answered with 503."""
    revoked: float = field(default=0.0, validator=at_least(0))
    """The share of API requests at which all access tokens are forgotten, as after an incident."""
    takes: float = field(default=0.05, validator=at_least(0))
    """Seconds that a token request takes."""


class TokenServer:
    """Issues tokens and checks them. `secrets` are all texts that it has given out."""

    def __init__(self, sign_in: SignIn, chance: Random, weather: Weather | None = None) -> None:
        """Begin with one refresh token, the `first`; `chance` draws the tokens' texts."""
        self._sign_in = sign_in
        self._chance = chance
        self._weather = weather or Weather()
        self.secrets: list[str] = []
        self._access: dict[str, tuple[int, float]] = {}
        self._good: dict[str, bool] = {}
        self._refresh: dict[str, int] = {}
        self._used: dict[str, tuple[float, str]] = {}
        self._is_void = False
        self.client_secret: str = self._drawn("client-secret")
        self.first: str = self._new_refresh()

    def access(self, text: str, at: float) -> tuple[int, float]:
        """The number of an access token, and the seconds that it has left; 0 and infinity for none."""
        number, end = self._access.get(text, (0, inf))
        return number, end - at

    def refresh(self, text: str) -> int:
        """The number of a refresh token; 0 for none."""
        return self._refresh.get(text, 0)

    def __call__(self, request: Request, now: Now, onward: Server) -> Reply:
        """Answer a request for a token, or check the one that a request shows."""
        if PATH in request.url.text and request.url.path == PATH:
            return self._answer(request, now)
        if not self._weather.is_calm and self._chance.random() < self._sign_in.revoked:
            self._good.clear()
        text = bearer(request)
        if self._good.get(text) and self._access[text][1] > now.monotonic and not self._is_void:
            return onward(request, now)
        said = 'Bearer error="invalid_token"' if text else "Bearer"
        return Answer(Response(401, headers={"WWW-Authenticate": said}))

    def _answer(self, request: Request, now: Now) -> Reply:
        takes = self._sign_in.takes
        if not self._weather.is_calm and self._chance.random() < self._sign_in.fails:
            return Answer(Response(503), takes)
        shown = form(request).get("refresh_token")
        document: dict[str, object] = {"token_type": "Bearer", "expires_in": self._sign_in.lifetime}
        if shown is not None:
            fresh = self._redeemed(shown, now.monotonic)
            if fresh is None:
                return Answer(Response(400, json={"error": "invalid_grant"}), takes)
            document["refresh_token"] = fresh
        text = self._drawn("access")
        number = len(self._access) + 1
        self._access[text] = (number, now.monotonic + self._sign_in.lifetime)
        self._good[text] = True
        document["access_token"] = text
        return Told(Response(200, json=document), takes, issued=number, lifetime=self._sign_in.lifetime)

    def _redeemed(self, shown: str, at: float) -> str | None:
        """The refresh token that takes the place of `shown`."""
        if shown not in self._refresh or self._is_void:
            return None
        since, successor = self._used.setdefault(shown, (at, ""))
        if not successor:
            successor = self._new_refresh()
            self._used[shown] = (at, successor)
        elif at > since + self._sign_in.grace:
            self._is_void = True
            return None
        return successor

    def _new_refresh(self) -> str:
        text = self._drawn("refresh")
        self._refresh[text] = len(self._refresh) + 1
        return text

    def _drawn(self, kind: str) -> str:
        text = new_secret(kind, self._chance)
        self.secrets.append(text)
        return text


def bearer(request: Request) -> str:
    """The access token that a request shows; empty where it shows none."""
    scheme, _, text = (request.headers.get("authorization") or "").partition(" ")
    return text if scheme == "Bearer" else ""


def form(request: Request) -> dict[str, str]:
    """The fields of a form that was posted."""
    return dict(parse_qsl(request.body.content.decode())) if request.body is not None else {}
