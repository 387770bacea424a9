"""The authorization code grant (RFC 6749 section 4.1): a user signs in, in their own browser.

    login = AuthorizationCode(authorize_url=..., token_url=..., client_id=...)
    authorization = login.begin(secrets.token_bytes(64), redirect_uri="http://127.0.0.1:8765/")
    ...  # send the user to `authorization.url`; the redirect that comes back is `redirect`
    code = authorization.read(redirect)
    grant = client.run(authorization.redeem(client.runtime, code))
    shop = Shop(client, auth=login.signed_in(grant))

Rules of this file: PKCE with S256 always, state always (RFC 9700 section 2.1.1). Nothing of a
redirect counts before its state has been compared, in constant time. A code is good once, so its
exchange is not repeated when the request may have left. Redirects of the token endpoint are not
followed, since the code would go with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from offwire.auth.fetched import Exchange, InHeader, Placement
from offwire.auth.oauth2 import (
    ClientAuthentication,
    RefreshToken,
    checked_token_url,
    client_secrets,
    confidential_url,
    names_only,
    optional_secret,
    shown_url,
    token_call,
    valid_client_id,
)
from offwire.auth.pkce import LEAST_RANDOM, METHOD, challenge_of, checked_verifier, url_safe, verifier_of
from offwire.auth.redirect import read_redirect
from offwire.auth.token import Token, TokenGrant, read_token_response
from offwire.errors import CallError, SignInFailed
from offwire.flow import Flow
from offwire.formats.forms import encode_form
from offwire.message.url import Url
from offwire.safety import Safety
from offwire.secret import Secret, secret

if TYPE_CHECKING:
    from attrs import Attribute

    from offwire.message.response import Response
    from offwire.operations.call import Call
    from offwire.runtime import Runtime

RANDOM_BYTES: Final = 2 * LEAST_RANDOM
"""As many random bytes begin a sign-in: one half for the state, one for the verifier."""
_REDEEM_SECONDS: Final = 30.0
_OWN_PARAMETERS: Final = frozenset(
    {
        "client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type",
        "scope", "state",
    }
)  # fmt: skip


def _authorize_url(value: str) -> str:
    value = confidential_url("authorize_url", value)
    taken = sorted(_OWN_PARAMETERS & {name for name, _ in Url(value).params})
    if taken:
        raise ValueError(f"authorize_url may not hold {taken[0]!r}, which the grant sets by itself")
    return value


def _redirect_uri(value: str) -> str:
    if "#" in confidential_url("redirect_uri", value):
        raise ValueError("redirect_uri has no fragment (RFC 6749 section 3.1.2)")
    return value


def _parameters(values: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(values, Mapping):
        raise TypeError(f"parameters is a mapping of query parameters, not a {type(values).__name__}")
    taken = sorted(_OWN_PARAMETERS & set(values))
    if taken:
        raise ValueError(f"parameters may not hold {taken[0]!r}, which the grant sets by itself")
    encode_form(values)
    return dict(values)


def _not_empty(_instance: object, attribute: Attribute[str | None], value: object) -> None:
    if value is not None and not (isinstance(value, str) and value):
        raise ValueError(f"{attribute.name} is text, or None, not {value!r}")


def _verifier(_instance: object, _attribute: Attribute[Secret], value: Secret) -> None:
    checked_verifier(value)


@frozen(kw_only=True)
class AuthorizationCode:
    """A way for users to sign in. As a token source it goes on from what their sign-in brought.

    Without such a grant, in `initial` or out of a store, calls fail with a `SignInFailed`.

    Raises at birth:
        TypeError: a part is of the wrong type.
        ValueError: a URL is not confidential, an id, a secret or a name is empty, or `parameters`
            holds one that the grant sets by itself.
    """

    authorize_url: str = field(converter=_authorize_url, repr=shown_url)
    token_url: str = field(converter=checked_token_url, repr=shown_url)
    client_id: str = field(validator=valid_client_id)
    client_secret: Secret | None = field(default=None, converter=optional_secret)
    """None for a public client, such as a program on users' machines: PKCE takes its place."""
    scope: str | None = field(default=None, validator=_not_empty)
    """What to ask for: names with spaces between them."""
    issuer: str | None = field(default=None, validator=_not_empty)
    """The server's issuer identifier, where it puts one into redirects (RFC 9207): each has to have it."""
    parameters: Mapping[str, str] = field(factory=dict, converter=_parameters, repr=names_only)
    """More parameters for the authorization request, such as `prompt`; only their names are shown."""
    authentication: ClientAuthentication = ClientAuthentication.BASIC
    placement: Placement = InHeader()
    initial: TokenGrant | None = None

    @property
    def is_rotating(self) -> bool:
        """The server may give out a new refresh token and forget the old one."""
        return True

    def begin(self, random: bytes, *, redirect_uri: str) -> Authorization:
        """Begin one sign-in, with at least 64 bytes from `secrets.token_bytes`.

        Raises:
            ValueError: there are fewer bytes, or `redirect_uri` is neither https nor of this machine.
        """
        if len(random) < RANDOM_BYTES:
            raise ValueError(f"a sign-in takes {RANDOM_BYTES} random bytes, not {len(random)}")
        return Authorization(
            login=self,
            redirect_uri=redirect_uri,
            state=Secret(url_safe(random[:LEAST_RANDOM])),
            verifier=verifier_of(random[LEAST_RANDOM:RANDOM_BYTES]),
        )

    def signed_in(self, grant: TokenGrant) -> AuthorizationCode:
        """The token source that goes on from `grant`."""
        return evolve(self, initial=grant)

    def obtain(self, previous: Token | None, exchange: Exchange) -> Flow[TokenGrant]:
        """Trade the newest refresh token for an access token.

        Raises:
            SignInFailed: refused, or no answer; or there is nothing to go on from.
        """
        newest = previous or self.initial
        if newest is None or newest.refresh is None:
            why = "nobody has signed in" if newest is None else "the token came without a refresh token"
            raise SignInFailed(message=f"{why}: sign in with a browser", is_final=True)
        source = RefreshToken(
            token_url=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=newest.refresh,
            authentication=self.authentication,
        )
        return (yield from source.obtain(previous, exchange))


@frozen(kw_only=True)
class Authorization:
    """One sign-in that is under way.

    A program that waits for the redirect holds on to it. A web application makes it anew when the
    redirect comes, out of `redirect_uri`, `state` and `verifier`, which it has kept in the user's
    session in the meantime.

    Raises at birth:
        ValueError: `redirect_uri` is neither https nor of this machine, or `verifier` is none.
    """

    login: AuthorizationCode
    redirect_uri: str = field(converter=_redirect_uri)
    """Where the server sends the browser with the code; registered there."""
    state: Secret = field(converter=secret)
    """Comes back with the redirect, and tells that it answers this sign-in."""
    verifier: Secret = field(converter=secret, validator=_verifier)
    """Goes with the code; see `offwire.auth.pkce`."""

    @property
    def url(self) -> str:
        """Where to send the user. It holds the state: show it to nobody else, and log it nowhere."""
        login = self.login
        query = encode_form(
            {
                "response_type": "code",
                "client_id": login.client_id,
                "redirect_uri": self.redirect_uri,
                "scope": login.scope,
                "state": self.state.reveal(),
                "code_challenge": challenge_of(self.verifier),
                "code_challenge_method": METHOD,
                **login.parameters,
            }
        )
        return Url(login.authorize_url).adding_query(query.decode("ascii")).text

    def read(self, redirect: str) -> Secret:
        """The code out of a redirect, which comes as a URL or as the path and query of one.

        Raises:
            StrayRedirect: it does not answer this sign-in, so that the right one may yet come.
            SignInFailed: it does, and says that there is no code; `code` says why, such as
                `access_denied`.
        """
        return read_redirect(redirect, self.state, self.login.issuer)

    def call(self, code: Secret) -> Call[TokenGrant]:
        """The request that trades the code in (RFC 6749 section 4.1.3). It is good once.

        Its result, or the `SignInFailed` that reading the answer raises, shows neither code nor token.
        """
        login = self.login
        call = token_call(
            login.token_url,
            {
                "grant_type": "authorization_code",
                "code": code.reveal(),
                "redirect_uri": self.redirect_uri,
                "code_verifier": self.verifier.reveal(),
            },
            login.client_id,
            login.client_secret,
            login.authentication,
            Safety.UNKNOWN,
        )
        shown = (code, self.verifier, *client_secrets(login.client_id, login.client_secret))

        def granted(response: Response, _response: Response) -> TokenGrant:
            return read_token_response(response, secrets=shown)

        return call.mapped(granted)

    def redeem(self, runtime: Runtime, code: Secret) -> Flow[TokenGrant]:
        """Trade the code in: `client.run(authorization.redeem(client.runtime, code))`.

        Raises:
            SignInFailed: refused, or no answer. The code may be used up: begin again.
        """
        from offwire.engine import Engine  # noqa: PLC0415 - who defines an API needs no engine
        from offwire.layers.redirecting import RedirectPolicy  # noqa: PLC0415
        from offwire.policies import Policies  # noqa: PLC0415

        policies = Policies(deadline=_REDEEM_SECONDS, breaker=None, redirects=RedirectPolicy(limit=0))
        origin = Url(self.login.token_url).origin
        engine = Engine(runtime, base_url=origin, auth=None, policies=policies)
        try:
            return (yield from engine.perform(self.call(code), "AuthorizationCode.redeem"))
        except SignInFailed:
            raise
        except CallError as error:
            failure = SignInFailed(
                message=f"the code could not be traded in: {error.message}",
                operation=error.operation,
                method=error.method,
                url=error.url,
                attempts=error.attempts,
                waited=error.waited,
                elapsed=error.elapsed,
            )
        raise failure  # outside of the except, as in `Engine.perform`
