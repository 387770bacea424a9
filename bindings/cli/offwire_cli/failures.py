"""From what went wrong to what the command ends with, and tells.

Rules of this file: a failure has one code, whichever command meets it, and one text, which says what
to do next.
"""

from __future__ import annotations

import re
from typing import Final

from offwire.errors import (
    AuthenticationError,
    CallError,
    CircuitOpen,
    DeadlineExceeded,
    GraphQLError,
    NetworkError,
    NotFound,
    OffwireError,
    PermissionDenied,
    RateLimited,
    ServerError,
    SignInFailed,
    StoreFailed,
)
from offwire_cli.codes import FAILED, NOT_FOUND, REFUSED, TRY_LATER

_MINUTES: Final = 120.0
"""Seconds from which on they are told as minutes."""
_ABSENT: Final = re.compile(r"\b(?:does not exist|not found|no such)\b", re.IGNORECASE)


def exit_code(error: OffwireError | OSError) -> int:
    """The code for an error that ends the command."""
    match error:
        case DeadlineExceeded(cause=CallError() as cause):
            code = exit_code(cause)
            return code if code == REFUSED else TRY_LATER
        case SignInFailed():
            return REFUSED if error.is_final else TRY_LATER
        case AuthenticationError() | PermissionDenied() | StoreFailed():
            return REFUSED
        case NotFound():
            return NOT_FOUND
        case GraphQLError() if any(_ABSENT.search(each.message) for each in error.problems):
            return NOT_FOUND
        case NetworkError() | DeadlineExceeded() | CircuitOpen() | RateLimited() | ServerError():
            return TRY_LATER
        case _:
            return FAILED


def told(error: OffwireError | OSError) -> str:
    """What to tell somebody at a shell: what happened, and what to do next."""
    if isinstance(error, OSError):
        return f"{error.filename or 'the output'} cannot be written: {error.strerror or type(error).__name__}"
    if not isinstance(error, CallError):
        return str(error)
    text = error.message.rstrip(".")
    if isinstance(error, GraphQLError):
        text = "; ".join(each.message.rstrip(".") for each in error.problems if each.message) or text
    if error.attempts > 1:
        text += f" (after {error.attempts} attempts)"
    code = exit_code(error)
    if code == REFUSED:
        text += ". Check ESOLOGS_ID and ESOLOGS_SECRET, or sign in with `offwire login esologs`"
    elif code == TRY_LATER:
        when = f"in {_span(error.retry_after)}" if error.retry_after else "later"
        text += f". Run the same command again {when}"
    return text


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _MINUTES else f"{seconds / 60:.0f} min"
