"""The send of a request, told to those who observe.

Rules of this file: an attempt that was told to have started is told to have ended, whatever the end.
"""

from __future__ import annotations

from offwire.context import Context
from offwire.errors import NetworkError
from offwire.flow import Flow, Send
from offwire.message.response import Response


def observed(send: Send, context: Context) -> Flow[Response]:
    """Yield `send`, and tell the call's observers when the attempt begins and when it ends."""
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
