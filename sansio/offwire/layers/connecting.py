"""The last steps before the wire: wait for a connection, in the core's own line, and send.

The transport's pool never queues: the line in front of it lets no more in than it has
connections, so a cancelled call leaves nothing behind in there.

Rules of this file: a slot is held from its grant to the end of the exchange, and given back on
every exit. A call that had to wait in line looks at the quota again, since its permit was given
before: where the server has sent somebody away meanwhile, nobody starts.
"""

from __future__ import annotations

from offwire.context import Context
from offwire.errors import NetworkError
from offwire.flow import Flow, Send, Wait
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.connections import ConnectionQueue, Slot, Turn
from offwire.state.quota import Quota


class Recalled(Exception):
    """The server has sent somebody away while the call waited for a connection: it has to ask anew.

    Raised by `connecting` where it knows a quota, and taken by that quota's layer around it.
    """


def connecting(queue: ConnectionQueue, quota: Quota | None = None) -> Middleware:
    """Hold a connection out of `queue` while the request is sent.

    With a `quota`, which has let the request through, that quota's `limiting` owes to take `Recalled`.
    """

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        granted = queue.acquire(request.url.origin)
        slot = (yield from _queued(queue, granted, context)) if isinstance(granted, Turn) else granted
        try:
            if granted is not slot and quota is not None and _has_been_blocked(quota, context):
                raise Recalled
            return (yield from forward(request, context))
        finally:
            queue.release(slot)

    return layer


def sending(request: Request, context: Context) -> Flow[Response]:
    """Send, and hand the answer back: the innermost of all."""
    if context.deadline is not None:
        context.check_deadline("before the request was sent")
    context.attempts += 1
    send = Send(request, context.timeouts, context.deadline, context.shielded)
    if context.observers:
        return (yield from _observed(send, context))
    response: Response = yield send
    return response


def _has_been_blocked(quota: Quota, context: Context) -> bool:
    until = quota.snapshot().blocked_until
    return until is not None and until > context.now.monotonic


def _queued(queue: ConnectionQueue, turn: Turn, context: Context) -> Flow[Slot]:
    try:
        while (slot := queue.poll(turn)) is None:
            context.check_deadline("while waiting for a connection")
            yield Wait(turn.ticket, context.deadline)
    except BaseException:
        queue.leave(turn)
        raise
    return slot


def _observed(send: Send, context: Context) -> Flow[Response]:
    from offwire.events import AttemptEnded, AttemptStarted  # noqa: PLC0415 - only observed calls pay for events

    request, attempt, started = send.request, context.attempts, context.now.monotonic
    context.tell(
        AttemptStarted(
            at=started,
            call=context.number,
            attempt=attempt,
            method=request.method,
            url=str(request.url),
        )
    )
    status: int | None = None
    error: str | None = "Cancelled"
    try:
        response: Response = yield send
        status, error = response.status, None
        return response
    except NetworkError as failure:
        error = type(failure).__name__
        raise
    finally:
        now = context.now.monotonic
        context.tell(
            AttemptEnded(
                at=now,
                call=context.number,
                attempt=attempt,
                status=status,
                error=error,
                elapsed=now - started,
            )
        )
