"""The send of a request, told to those who observe.

Rules of this file: an attempt that was told to have started is told to have ended, whatever the end.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from offwire.context import Context
from offwire.errors import NetworkError
from offwire.flow import Flow, Send
from offwire.message.response import Response

if TYPE_CHECKING:
    from offwire.events import AttemptEnded, AttemptStarted


@cache
def _events() -> tuple[type[AttemptStarted], type[AttemptEnded]]:
    # An import costs as much as making the event, even where all is loaded, so it is done once.
    from offwire.events import AttemptEnded, AttemptStarted  # noqa: PLC0415 - only observed calls pay for events

    return AttemptStarted, AttemptEnded


def observed(send: Send, context: Context) -> Flow[Response]:
    """Yield `send`, and tell the call's observers when the attempt begins and when it ends."""
    attempt_started, attempt_ended = _events()
    request, attempt, started = send.request, context.attempts, context.now.monotonic
    context.tell(
        attempt_started(
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
            attempt_ended(
                at=now,
                call=context.number,
                attempt=attempt,
                status=status,
                error=error,
                elapsed=now - started,
            )
        )
