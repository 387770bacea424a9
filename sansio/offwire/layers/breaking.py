"""Circuit breaker: stop sending to an origin that keeps failing, and probe it now and then.

What counts: no answer, and 5xx. What does not: 4xx, a 429 (which the quota heeds), a caller's
cancel, and whatever failed before a request left for a reason of our own.

Rules of this file: a call asks when it is about to send, so that it waits for nothing while it
holds a pass, and none that has waited is sent after the circuit has opened. Before it joins any
line it is turned away where it would be refused anyway.
"""

from __future__ import annotations

from typing import Final

from offwire.context import Context
from offwire.errors import CircuitOpen, NetworkError
from offwire.flow import Flow
from offwire.formats.server_wait import server_wait
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.breaker import Breaker, BreakerPolicy, Refused, State

KEPT_BREAKERS: Final = 256
"""Origins that have a breaker at once; an API has a handful, a crawler has more."""


class Breakers(dict[str, Breaker]):
    """A breaker for each origin, made when its first request comes."""

    def __init__(self, policy: BreakerPolicy) -> None:
        """Begin without any; each that is made has `policy`."""
        super().__init__()
        self._policy = policy

    def __missing__(self, origin: str) -> Breaker:
        if len(self) >= KEPT_BREAKERS:
            del self[next(iter(self))]
        breaker = self[origin] = Breaker(self._policy)
        return breaker


def turning_away(breakers: Breakers) -> Middleware:
    """Fail at once what would only wait in line to hear that the circuit is open."""

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        # No generator, since it neither waits nor looks at the answer: what it costs is a call.
        origin = request.url.origin
        breaker = breakers[origin]
        if breaker.state is State.OPEN:
            until = breaker.snapshot().open_until or 0.0
            if until > context.now.monotonic:
                raise _circuit_open(origin, until, context)
        return forward(request, context)

    return layer


def breaking(breakers: Breakers) -> Middleware:
    """Ask the breaker of each request's origin, and tell it the outcome."""

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        origin = request.url.origin
        breaker = breakers[origin]
        now = context.now
        before = breaker.state
        answer = breaker.ask(now.monotonic)
        if isinstance(answer, Refused):
            raise _circuit_open(origin, answer.until, context)
        if breaker.state is not before:
            _tell(context, origin, before, breaker.state)
        try:
            response = yield from forward(request, context)
        except NetworkError:
            before = breaker.state
            breaker.fail(answer, now.monotonic)
            if breaker.state is not before:
                _tell(context, origin, before, breaker.state)
            raise
        except BaseException:
            breaker.release(answer)
            raise
        before = breaker.state
        if response.status < 500:
            breaker.succeed(answer, now.monotonic)
        else:
            wait = server_wait(response, now) if response.status == 503 else None
            breaker.fail(answer, now.monotonic, wait)
        if breaker.state is not before:
            _tell(context, origin, before, breaker.state)
        return response

    return layer


def _circuit_open(origin: str, until: float, context: Context) -> CircuitOpen:
    return CircuitOpen(
        message=f"the circuit to {origin} is open",
        origin=origin,
        retry_after=max(0.0, until - context.now.monotonic),
    )


def _tell(context: Context, origin: str, before: State, after: State) -> None:
    if context.observers:
        from offwire.events import BreakerChanged  # noqa: PLC0415 - only observed calls pay for events

        context.tell(
            BreakerChanged(at=context.now.monotonic, origin=origin, before=before.value, after=after.value)
        )
