"""What a listener needs to sign a user in through their browser: the steps around the wait.

Rules of this file: everything is decided here, so that a listener only listens. Whoever waits for
a redirect asks `has_token` whether it has to, and hands the code to `completed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from offwire.auth.authorization_code import Authorization, AuthorizationCode
from offwire.auth.stored import Stored
from offwire.errors import SignInFailed
from offwire.flow import Flow
from offwire.secret import Secret

if TYPE_CHECKING:
    from offwire.runtime import Runtime
    from offwire.time import Now

Login: TypeAlias = AuthorizationCode | Stored[AuthorizationCode]
"""A way for users to sign in, with or without a store for what that brings."""
L = TypeVar("L", AuthorizationCode, Stored[AuthorizationCode])


def login_of(tokens: Login) -> AuthorizationCode:
    """The way to sign in, less the store.

    Raises:
        TypeError: there is no browser in this way to get tokens.
    """
    login = tokens.source if isinstance(tokens, Stored) else tokens
    if not isinstance(login, AuthorizationCode):
        raise TypeError(f"a browser signs in for an AuthorizationCode, not for a {type(login).__name__}")
    return login


def has_token(tokens: Login, now: Now) -> Flow[bool]:
    """Whether there is something kept, or given, to go on from without the user.

    Raises:
        StoreFailed: the store cannot be read.
    """
    if isinstance(tokens, Stored) and (yield from tokens.has_token(now)):
        return True
    return login_of(tokens).initial is not None


def completed(tokens: L, authorization: Authorization, code: Secret, runtime: Runtime) -> Flow[L]:
    """Trade the code in, keep what it brings, and return the token source that goes on from there.

    Raises:
        SignInFailed: the code was refused, or no answer came.
        StoreFailed: the user is signed in, but the store did not take that. `tokens` goes on with it.
    """
    grant = yield from authorization.redeem(runtime, code)
    if isinstance(tokens, Stored):
        yield from tokens.keep(grant, runtime.now)
        return tokens
    return tokens.signed_in(grant)


def timed_out(seconds: float) -> SignInFailed:
    """Nobody came back from the browser."""
    return SignInFailed(message=f"nobody finished the sign-in in the browser within {seconds:g} s")
