"""OAuth 2.0 (RFC 6749): client credentials, and refresh tokens with rotation.

Rules of this file: a token request is repeated freely where it uses nothing up (client
credentials). A refresh token may be used up by being seen, so a refresh is repeated only where
it surely never left, and once more, with the same token, where nobody knows: either the server
grants that repeat, or it answers `invalid_grant`, which is final.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from offwire.auth.credentials import basic
from offwire.auth.fetched import Exchange, InHeader, Placement
from offwire.auth.token import Token, TokenGrant, read_token_response
from offwire.errors import MaybeSent, SignInFailed
from offwire.flow import Flow
from offwire.formats.forms import quote_form
from offwire.formats.server_wait import server_wait
from offwire.message.query import Scalar
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.operations.call import Call
from offwire.operations.expect import Expect
from offwire.safety import Safety
from offwire.secret import Secret, secret

if TYPE_CHECKING:
    from attrs import Attribute

_ANY_STATUS: Final = Expect(success=frozenset(range(100, 1000)))
_OWN_FIELDS: Final = frozenset({"client_id", "client_secret", "grant_type", "scope"})


@enum.unique
class ClientAuthentication(enum.Enum):
    """How a client shows its own secret to the token endpoint (RFC 6749 section 2.3.1)."""

    BASIC = "basic"
    """In an Authorization field; what every server has to support."""
    POST = "post"
    """In the form, for servers that do not."""


def checked_token_url(value: str) -> str:
    """A converter: the URL of a token endpoint, where secrets may go to it."""
    return confidential_url("token_url", value)


def confidential_url(name: str, value: str) -> str:
    """`value`, an endpoint's URL, where secrets may go to it.

    Raises:
        TypeError, ValueError: it is no URL, or not a confidential one; `name` says which.
    """
    url = Url(value)
    if not url.is_confidential:
        raise ValueError(
            f"{name} has to be an absolute https URL (http only to this machine), "
            f"since secrets go there: {url}"
        )
    return value


def shown_url(value: str) -> str:
    """A URL as it stands in a rendering, redacted."""
    return repr(str(Url(value)))


def valid_client_id(_instance: object, _attribute: Attribute[str], value: str) -> None:
    """A validator: a client's id is text, and not empty."""
    if not isinstance(value, str):
        raise TypeError(f"client_id is a str, not {type(value).__name__}")
    if not value:
        raise ValueError("client_id may not be empty: was the setting read at all?")


def _extra(values: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(values, Mapping):
        raise TypeError(f"extra is a mapping of form fields, not a {type(values).__name__}")
    taken = sorted(_OWN_FIELDS & set(values))
    if taken:
        raise ValueError(f"extra may not hold {taken[0]!r}, which the grant sets by itself")
    return dict(values)


def names_only(values: Mapping[str, str]) -> str:
    """A mapping as it stands in a rendering, without its values."""
    return f"<{', '.join(values)}>"


def optional_secret(value: str | Secret | None) -> Secret | None:
    """A converter: text as a Secret, None as it is."""
    return None if value is None else secret(value)


@frozen(kw_only=True)
class ClientCredentials:
    """The client credentials grant (RFC 6749 section 4.4): the program signs in as itself.

    Raises at birth:
        TypeError: a part is of the wrong type.
        ValueError: `token_url` is not confidential, the id or the secret is empty, or `extra`
            holds a field that the grant sets by itself.
    """

    token_url: str = field(converter=checked_token_url, repr=shown_url)
    client_id: str = field(validator=valid_client_id)
    client_secret: Secret = field(converter=secret)
    scope: str | None = None
    extra: Mapping[str, str] = field(factory=dict, converter=_extra, repr=names_only)
    """More fields for the form, such as `audience`; only their names are shown."""
    authentication: ClientAuthentication = ClientAuthentication.BASIC
    placement: Placement = InHeader()
    initial: TokenGrant | None = None

    @property
    def is_rotating(self) -> bool:
        """The grant uses nothing up."""
        return False

    def obtain(self, previous: Token | None, exchange: Exchange) -> Flow[TokenGrant]:
        """Fetch a token; the previous one plays no part.

        Raises:
            SignInFailed: refused, or no answer.
        """
        form: dict[str, Scalar | None] = {"grant_type": "client_credentials", "scope": self.scope}
        form.update(self.extra)
        call = token_call(
            self.token_url,
            form,
            self.client_id,
            self.client_secret,
            self.authentication,
            Safety.IDEMPOTENT,
        )
        response = yield from exchange(call)
        return _granted(response, client_secrets(self.client_id, self.client_secret), exchange)


@frozen(kw_only=True)
class RefreshToken:
    """The refresh token grant (RFC 6749 section 6): somebody has signed in before.

    The answer's refresh token takes the place of the one that was used; after an answer without
    one, the same is used again. The newest one lives in the Api only: it is lost with it.

    Raises at birth:
        TypeError: a part is of the wrong type.
        ValueError: `token_url` is not confidential, or the id or a secret is empty.
    """

    token_url: str = field(converter=checked_token_url, repr=shown_url)
    client_id: str = field(validator=valid_client_id)
    refresh_token: Secret = field(converter=secret)
    client_secret: Secret | None = field(default=None, converter=optional_secret)
    """None for a public client, which then names itself in the form."""
    scope: str | None = None
    authentication: ClientAuthentication = ClientAuthentication.BASIC
    placement: Placement = InHeader()
    initial: TokenGrant | None = None

    @property
    def is_rotating(self) -> bool:
        """The server may give out a new refresh token and forget the old one."""
        return True

    def obtain(self, previous: Token | None, exchange: Exchange) -> Flow[TokenGrant]:
        """Trade the newest refresh token for an access token.

        Raises:
            SignInFailed: refused, or no answer.
        """
        newest = previous.refresh if previous is not None and previous.refresh else self.refresh_token
        form: dict[str, Scalar | None] = {
            "grant_type": "refresh_token",
            "refresh_token": newest.reveal(),
            "scope": self.scope,
        }
        call = token_call(
            self.token_url,
            form,
            self.client_id,
            self.client_secret,
            self.authentication,
            Safety.UNKNOWN,
        )
        try:
            response = yield from exchange(call)
        except MaybeSent:
            response = yield from exchange(call)
        secrets = (newest, *client_secrets(self.client_id, self.client_secret))
        return _granted(response, secrets, exchange)


def _granted(response: Response, secrets: tuple[Secret, ...], exchange: Exchange) -> TokenGrant:
    try:
        return read_token_response(response, secrets=secrets)
    except SignInFailed as refused:
        raise refused.with_facts(retry_after=server_wait(response, exchange.now)) from None


def token_call(
    url: str,
    form: dict[str, Scalar | None],
    client_id: str,
    client_secret: Secret | None,
    authentication: ClientAuthentication,
    safety: Safety,
) -> Call[Response]:
    """A request to a token endpoint, with the client's own authentication; its answer, whatever it is."""
    headers = {"Accept": "application/json"}
    if client_secret is None:
        form["client_id"] = client_id
    elif authentication is ClientAuthentication.BASIC:
        headers["Authorization"] = f"Basic {_basic(client_id, client_secret)}"
    else:
        form["client_id"] = client_id
        form["client_secret"] = client_secret.reveal()
    return Call.post(url, headers=headers, form=form, returns=Response, expect=_ANY_STATUS, safety=safety)


def _basic(client_id: str, client_secret: Secret) -> str:
    # Id and secret are form-encoded first (section 2.3.1), or a colon in the id would split wrong.
    return basic(quote_form(client_id), Secret(quote_form(client_secret.reveal())))


def client_secrets(client_id: str, client_secret: Secret | None) -> tuple[Secret, ...]:
    """What the request shows of the client, in each form that an error page could repeat."""
    return () if client_secret is None else (client_secret, Secret(_basic(client_id, client_secret)))
