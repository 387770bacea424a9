"""Circuit breaker: stop sending to an origin that keeps failing, and probe it now and then.

What counts: no answer, and 5xx. What does not: 4xx, a 429 (which the quota heeds), a caller's
cancel, and whatever failed before a request left for a reason of our own.

Rules of this file: a change of the state is told by whoever has caused it. When a breaker is asked,
and that each pass ends, is `attempting`'s to see to.
"""

from __future__ import annotations

from typing import Final

from offwire.context import Context
from offwire.errors import CircuitOpen
from offwire.formats.server_wait import server_wait
from offwire.message.response import Response
from offwire.state.breaker import Breaker, BreakerPolicy, Pass, Refused, State

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


def turn_away(breaker: Breaker, origin: str, context: Context) -> None:
    """See that a call does not wait in line, only to hear that the circuit is open.

    Raises:
        CircuitOpen: it is open, and will be for a while.
    """
    until = breaker.snapshot().open_until
    if until is not None and until > context.now.monotonic:
        raise _circuit_open(origin, until, context)


def admitted(breaker: Breaker, origin: str, context: Context) -> Pass:
    """The pass of a call that is about to be sent. The caller owes its end.

    Raises:
        CircuitOpen: there is none.
    """
    before = breaker.state
    answer = breaker.ask(context.now.monotonic)
    if isinstance(answer, Refused):
        raise _circuit_open(origin, answer.until, context)
    if breaker.state is not before:
        _tell(context, origin, before, breaker.state)
    return answer


def answered(breaker: Breaker, pass_: Pass, response: Response, origin: str, context: Context) -> None:
    """End the pass of a call that was answered."""
    before, now = breaker.state, context.now
    if response.status < 500:
        breaker.succeed(pass_, now.monotonic)
    else:
        wait = server_wait(response, now) if response.status == 503 else None
        breaker.fail(pass_, now.monotonic, wait)
    if breaker.state is not before:
        _tell(context, origin, before, breaker.state)


def unanswered(breaker: Breaker, pass_: Pass, origin: str, context: Context) -> None:
    """End the pass of a call that the network has failed."""
    before = breaker.state
    breaker.fail(pass_, context.now.monotonic)
    if breaker.state is not before:
        _tell(context, origin, before, breaker.state)


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
