"""Tokens: put the current one into each request, and have it renewed once for all who wait.

Rules of this file: credentials are bound to their origin, and a request to another one passes
through untouched. A 401 names the generation that the request used, so that a late one for an old
token costs nothing. Whoever has a lease settles it on every exit, and whoever has a seat leaves it.
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
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.secret import Secret
from offwire.state.token_box import Lease, Seat, SharedFailure, TokenBox

RESENDS: Final = 2
"""How often a 401 may have one call sent again, each time with a newer token."""


Exchanging: TypeAlias = Callable[[Context, bool], Exchange]
"""Makes what a fetch for a call sends with; and whether the fetch is early, with time in hand."""


def authenticating(box: TokenBox, source: TokenSource, origin: str, exchange: Exchanging) -> Middleware:
    """Add tokens from `source`, kept in `box`, to requests to `origin`."""
    placer_of = source.placement.placer
    known: Token | None = None
    shown: tuple[Secret, ...] = ()
    placed: Placer

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        nonlocal known, placed, shown
        if request.url.origin != origin:
            return (yield from forward(request, context))
        answer = box.ask(context.now.monotonic)
        token = (
            answer
            if isinstance(answer, Token)
            else (yield from _settled(answer, box, source, exchange, context))
        )
        if token is not known:
            known, placed, shown = token, placer_of(token.access), (token.access,)
        context.secrets = shown if not context.secrets else (*context.secrets, *shown)
        response = yield from forward(placed(request), context)
        while response.status == 401 and context.resends < RESENDS and _asks_for_another(response):
            context.resends += 1
            box.rejected(token.generation, context.now.monotonic)
            token = yield from _current(box, source, exchange, context)
            context.secrets += (token.access,)
            response = yield from forward(placer_of(token.access)(request), context)
        return response

    return layer


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
        return lease.fallback
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
    raise failure  # outside of the except, as in `Engine.perform`


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
