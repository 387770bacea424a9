"""`sign_in`: from a way to sign in to tokens, by way of the user's browser.

Rules of this file: it is called like an operation: a client of mode Sync blocks, one of mode Async
gives a coroutine. What the steps are, and what they mean, the core says.
"""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Coroutine
from functools import partial
from secrets import token_bytes
from typing import Any, Final, TypeVar, cast, overload

from attrs import frozen

from offwire.auth.authorization_code import RANDOM_BYTES, Authorization, AuthorizationCode
from offwire.auth.browser import completed, has_token, login_of
from offwire.auth.loopback_redirect import LoopbackAddress, LoopbackRedirect
from offwire.auth.stored import Stored
from offwire.errors import UsageError
from offwire.flow import Flow
from offwire.mode import Async, Client, Sync

L = TypeVar("L", AuthorizationCode, Stored[AuthorizationCode])
T = TypeVar("T")

_ADDRESS: Final = LoopbackAddress()


class NoBrowser(UsageError):
    """No browser could be opened on this machine."""

    hint = "Pass open_url=print, and open the address that it shows by hand."


@overload
def sign_in(
    client: Client[Sync],
    tokens: L,
    *,
    address: LoopbackAddress = ...,
    open_url: Callable[[str], object] = ...,
    timeout: float = ...,
    anew: bool = ...,
) -> L: ...
@overload
def sign_in(
    client: Client[Async],
    tokens: L,
    *,
    address: LoopbackAddress = ...,
    open_url: Callable[[str], object] = ...,
    timeout: float = ...,
    anew: bool = ...,
) -> Coroutine[Any, Any, L]: ...
def sign_in(
    client: Client[Sync] | Client[Async],
    tokens: L,
    *,
    address: LoopbackAddress = _ADDRESS,
    open_url: Callable[[str], object] = webbrowser.open,
    timeout: float = 300.0,
    anew: bool = False,
) -> L | Coroutine[Any, Any, L]:
    """Have the user sign in, and return the token source to call with: `Shop(client, auth=...)`.

    Where `tokens` has something to go on from, kept or given, nobody is asked, unless `anew`.

    Args:
        client: sends the token request.
        tokens: an `AuthorizationCode`, or one that is `stored`; what it brings is then kept.
        address: where to wait for the redirect; give one where the server wants a certain port or path.
        open_url: is called with the address to sign in at. One that returns False has opened nothing.
        timeout: seconds for the user to finish.
        anew: sign in although there are tokens, as for another account.

    Raises:
        SignInFailed: the user declined, the server refused, or the time was up.
        StoreFailed: the store cannot be read; or it did not take what the sign-in brought, with
            which `tokens` goes on all the same.
        NoBrowser: nothing was opened.
        OSError: the port is taken.
        ValueError: `timeout` is not above 0.
    """
    if not timeout > 0:
        raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
    steps = _Steps(login_of(tokens), address, open_url, timeout)
    if isinstance(client.mode, Async):
        return _signed_in_async(client, tokens, steps, anew)
    return _signed_in(client, tokens, steps, anew)


@frozen
class _Steps:
    """What is done in either world."""

    login: AuthorizationCode
    address: LoopbackAddress
    open_url: Callable[[str], object]
    timeout: float

    def begin(self, redirect_uri: str) -> Authorization:
        return self.login.begin(token_bytes(RANDOM_BYTES), redirect_uri=redirect_uri)

    def open_browser(self, authorization: Authorization) -> None:
        if self.open_url(authorization.url) is False:
            raise NoBrowser("no browser could be opened to sign in with")


def _signed_in(client: Client[Sync] | Client[Async], tokens: L, steps: _Steps, anew: bool) -> L:
    from offwire_login.blocking import Listener  # noqa: PLC0415 - one of two worlds

    runtime = client.runtime
    if not anew and client.run(has_token(tokens, runtime.now)):
        return tokens
    with Listener(steps.address) as listener:
        authorization = steps.begin(listener.redirect_uri)
        redirect = LoopbackRedirect(authorization)
        code = listener.outcome(redirect, partial(steps.open_browser, authorization), steps.timeout)
    return cast(L, client.run(completed(tokens, authorization, code, runtime)))


async def _signed_in_async(client: Client[Sync] | Client[Async], tokens: L, steps: _Steps, anew: bool) -> L:
    from offwire_login.asynchronous import redirected  # noqa: PLC0415 - one of two worlds

    runtime = client.runtime
    if not anew and await _run(client, has_token(tokens, runtime.now)):
        return tokens
    authorization, code = await redirected(steps.address, steps.begin, steps.open_browser, steps.timeout)
    return await _run(client, completed(tokens, authorization, code, runtime))


async def _run(client: Client[Sync] | Client[Async], flow: Flow[T]) -> T:
    return await cast("Coroutine[Any, Any, T]", client.run(flow))
