"""Tokens: put the current one into each request, and have it renewed once for all who wait.

Rules of this file: credentials are bound to their origin, and a request to another one passes
through untouched. A 401 names the generation that the request used, so that a late one for an old
token costs nothing. A call that has waited since it was given its token asks for it again, just
before it is sent. Whoever has a lease settles it on every exit, and whoever has a seat leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from offwire.auth.fetched import Exchange, Placer, TokenSource
from offwire.auth.token import Token
from offwire.context import Context
from offwire.errors import (
    AuthenticationError,
    CallError,
    DeadlineExceeded,
    PermissionDenied,
    SignInFailed,
)
from offwire.events import TokenReceived, TokenRefused, TokenRequested
from offwire.flow import Flow, Wait
from offwire.layers.shape import Forward, GoingOn, Middleware, Waited
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.secret import Secret
from offwire.state.token_box import Lease, Seat, SharedFailure, TokenBox

RESENDS: Final = 2
"""How often a 401 may have one call sent again, each time with a newer token."""


Exchanging: TypeAlias = Callable[[Context, bool], Exchange]
"""Makes what a fetch for a call sends with; and whether the fetch is early, with time in hand."""


def authenticating(box: TokenBox, source: TokenSource, origin: str, exchange: Exchanging) -> Middleware:
    """Add tokens from `source`, kept in `box`, to requests to `origin`.

    What a 401 asks for is done by `renewing`, around this layer.
    """
    placer_of = source.placement.placer
    known: Token | None = None
    shown: tuple[Secret, ...] = ()
    placed: Placer

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        # No generator where a token is at hand, since it neither waits nor looks at the answer.
        if request.url.origin != origin:
            return forward(request, context)
        answer = box.ask(context.now.monotonic)
        if not isinstance(answer, Token):
            return signed_in(answer, forward, request, context)
        if answer is not known:
            use(answer)
        context.generation = answer.generation
        context.secrets = (*context.secrets, *shown) if context.secrets else shown
        return forward(placed(request), context)

    def signed_in(
        answer: Lease | Seat | SharedFailure, forward: Forward, request: Request, context: Context
    ) -> Flow[Response]:
        token = yield from _settled(answer, box, source, exchange, context)
        if token is not known:
            use(token)
        context.generation = token.generation
        context.secrets += shown
        return (yield from forward(placed(request), context))

    def use(token: Token) -> None:
        """Work out once what is done with each token."""
        nonlocal known, placed, shown
        known, placed, shown = token, placer_of(token.access), (token.access,)

    return layer


def refreshing(box: TokenBox, source: TokenSource, origin: str, exchange: Exchanging) -> Waited:
    """After a wait: the token of then may be over by now, which the server need not tell first."""

    def refreshed(request: Request, context: Context) -> Flow[Request]:
        if request.url.origin != origin:
            return request
        token = yield from _current(box, source, exchange, context)
        if token.generation == context.generation:
            return request
        context.generation = token.generation
        context.secrets += (token.access,)
        return source.placement.placer(token.access)(request)

    return refreshed


def renewing(box: TokenBox, origin: str) -> GoingOn:
    """Send again, by a layer that is `authenticating`, where an answer asks for another token."""

    def renewed(forward: Forward, request: Request, response: Response, context: Context) -> Flow[Response]:
        if request.url.origin != origin:
            return response
        while response.status == 401 and context.resends < RESENDS and _asks_for_another(response):
            context.resends += 1
            box.rejected(context.generation, context.now.monotonic)
            response = yield from forward(request, context)
        return response

    return renewed


def _current(box: TokenBox, source: TokenSource, exchange: Exchanging, context: Context) -> Flow[Token]:
    answer = box.ask(context.now.monotonic)
    if isinstance(answer, Token):
        return answer
    return (yield from _settled(answer, box, source, exchange, context))


def _settled(
    answer: Lease | Seat | SharedFailure,
    box: TokenBox,
    source: TokenSource,
    exchange: Exchanging,
    context: Context,
) -> Flow[Token]:
    """Whatever it takes to get from `answer` to a token."""
    settled: Token | Lease | SharedFailure
    settled = (yield from _seated(answer, box, context)) if isinstance(answer, Seat) else answer
    if isinstance(settled, Lease):
        return (yield from _renewed(settled, box, source, exchange, context))
    if isinstance(settled, SharedFailure):
        raise _shared(settled, context)
    return settled


def _seated(seat: Seat, box: TokenBox, context: Context) -> Flow[Token | Lease | SharedFailure]:
    try:
        while (answer := box.poll(seat, context.now.monotonic)) is None:
            context.check_deadline("while waiting for a token")
            yield Wait(seat.ticket, context.deadline)
    except BaseException:
        box.leave(seat)
        raise
    return answer


def _renewed(
    lease: Lease,
    box: TokenBox,
    source: TokenSource,
    exchange: Exchanging,
    context: Context,
) -> Flow[Token]:
    now = context.now
    requested_at = now.monotonic
    if context.observers:
        context.tell(TokenRequested(at=requested_at, call=context.number, generation=lease.generation))
    settled = False
    try:
        grant = yield from source.obtain(lease.previous, exchange(context, lease.fallback is not None))
        token = box.fulfil(lease, grant, now.monotonic, requested_at)
        settled = True
        if context.observers:
            context.tell(
                TokenReceived(
                    at=now.monotonic,
                    call=context.number,
                    generation=token.generation,
                    lifetime=grant.lifetime,
                )
            )
        return token
    except DeadlineExceeded:
        # This call's time was up; that says nothing of the token server, so another one takes over.
        if lease.fallback is None:
            raise
        if _is_good(lease.fallback, box, now.monotonic):
            return lease.fallback
        failure = None
    except CallError as error:
        failure = _as_sign_in(error)
        answer = box.fail(lease, failure, now.monotonic)
        settled = True
        if context.observers:
            context.tell(
                TokenRefused(
                    at=now.monotonic,
                    call=context.number,
                    generation=lease.generation,
                    error=type(error).__name__,
                )
            )
        if isinstance(answer, Token):
            return answer
    except Exception as error:
        # A sign-in that is broken would break for the next in line too: all get to hear of it.
        broken = SignInFailed(message=f"the sign-in raised {type(error).__name__}")
        box.fail(lease, broken, now.monotonic)
        settled = True
        raise
    finally:
        if not settled:
            box.abandon(lease, now.monotonic)
    if failure is None:
        # The old token has ended or was refused meanwhile, and there is time left to wait for the next.
        return (yield from _current(box, source, exchange, context))
    raise failure  # outside of the except, as in `Engine.perform`


def _is_good(token: Token, box: TokenBox, now: float) -> bool:
    """Whether a token can still be used."""
    known = box.snapshot()
    return known.generation == token.generation and now < (known.usable_until or 0.0)


def _as_sign_in(error: CallError) -> SignInFailed:
    """The failure that all waiters share. Nothing that the server said is in it: it may echo a credential
    of the steps, which nobody but they know.
    """
    if isinstance(error, SignInFailed):
        return error
    return SignInFailed(
        message=f"the sign-in did not get through: {error.message}",
        status=getattr(error, "status", None),
        is_final=isinstance(error, AuthenticationError | PermissionDenied),
        retry_after=error.retry_after,
    )


def _shared(failure: SharedFailure, context: Context) -> SignInFailed:
    wait = max(0.0, failure.until - context.now.monotonic)
    return failure.error.with_facts(retry_after=wait)


def _asks_for_another(response: Response) -> bool:
    """Whether a 401 is about the token (RFC 6750 section 3.1), and not about something else."""
    challenge = response.headers.get("www-authenticate") or ""
    return 'error="' not in challenge or 'error="invalid_token"' in challenge
