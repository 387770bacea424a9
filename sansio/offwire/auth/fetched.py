"""What a token source is: a flow that fetches a token, and where the token goes in a request.

Rules of this file: a source holds configuration only. The current token, its generation, and who
is fetching the next one are the token box's to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from offwire.auth.token import Token, TokenGrant
from offwire.errors import SignInFailed
from offwire.flow import Flow
from offwire.message.headers import Headers
from offwire.message.query import quote_query
from offwire.message.request import Request, made
from offwire.secret import Secret
from offwire.time import Now

if TYPE_CHECKING:
    from attrs import Attribute

    from offwire.operations.call import Call

T = TypeVar("T")
Placer: TypeAlias = Callable[[Request], Request]
"""Puts one token into a request."""


class Exchange(Protocol):
    """Performs one call without a token: `answer = yield from exchange(call)`.

    The call goes through connections, retries and cookies like any other, but through no quota.
    Its URL may be absolute.
    """

    @property
    def now(self) -> Now:
        """The instant, for answers that name dates."""
        ...

    def __call__(self, call: Call[T], /) -> Flow[T]:
        """The flow of `call`. It raises what any call raises."""
        ...

    def check_wait(self, until: float, /) -> None:
        """Owed before a Sleep of one's own: there has to be time for it.

        Raises:
            DeadlineExceeded: the call's time is up by `until`, monotonic.
            SignInFailed: that of the sign-in is.
        """
        ...

    def token_not_kept(self, error: str, /) -> None:
        """Tell that a token was fetched, and could not be saved; `error` says why and shows no secret."""
        ...


@frozen
class InHeader:
    """The token goes into a header field.

    Raises at birth:
        TypeError, ValueError: name and prefix make no header field.
    """

    name: str = "Authorization"
    prefix: str = "Bearer "

    def __attrs_post_init__(self) -> None:
        Headers({self.name: f"{self.prefix}x"})

    @property
    def header_names(self) -> tuple[str, ...]:
        """The header fields that hold the token."""
        return (self.name,)

    def placer(self, token: Secret) -> Placer:
        """What puts `token` into requests; worked out once for each token.

        Raises:
            SignInFailed: the token does not fit into a header field.
        """
        try:
            field = Headers({self.name: f"{self.prefix}{token.reveal()}"})
        except ValueError:
            raise _misfit(f"the header field {self.name}") from None
        without: Headers | None = None
        with_token = field

        def placed(request: Request) -> Request:
            nonlocal without, with_token
            # Most calls come with the API's own header fields, and nothing else: one object.
            if request.headers is not without:
                without = request.headers
                with_token = without.replacing(field)
            return made(request.method, request.url, with_token, request.body)

        return placed


def _parameter(_instance: object, _attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"InQuery.name is the name of a query parameter, not {value!r}")


@frozen
class InQuery:
    """The token goes into a query parameter; for servers that take it nowhere else.

    Raises at birth:
        ValueError: the name is none.
    """

    name: str = field(default="token", validator=_parameter)

    @property
    def header_names(self) -> tuple[str, ...]:
        """None: the token goes elsewhere."""
        return ()

    def placer(self, token: Secret) -> Placer:
        """What puts `token` into requests; worked out once for each token.

        Raises:
            SignInFailed: the token cannot be encoded.
        """
        try:
            start = f"{quote_query(self.name)}="
            query = start + quote_query(token.reveal())
        except ValueError:
            raise _misfit(f"the parameter {self.name}") from None

        def placed(request: Request) -> Request:
            url = request.url
            if start in url.query:  # such as the token before this one
                kept = [each for each in url.query.split("&") if not each.startswith(start)]
                url = url.with_query("&".join(kept))
            return request.with_url(url.adding_query(query))

        return placed


def _misfit(place: str) -> SignInFailed:
    return SignInFailed(message=f"a token came that does not fit into {place}")


Placement: TypeAlias = InHeader | InQuery


class TokenSource(Protocol):
    """A way to get tokens. `obtain` runs once for each generation, however many calls wait."""

    @property
    def placement(self) -> Placement:
        """Where the token goes in a request."""
        ...

    @property
    def initial(self) -> TokenGrant | None:
        """A token to begin with, such as one that was kept from an earlier run."""
        ...

    @property
    def is_rotating(self) -> bool:
        """Whether fetching uses up something, so that its answer may not be lost.

        The exchange is then finished even when the call that started it is cancelled.
        """
        ...

    def obtain(self, previous: Token | None, exchange: Exchange) -> Flow[TokenGrant]:
        """Fetch the next token.

        Raises:
            SignInFailed: the credentials were refused, or no answer was to be had.
        """
        ...
