"""Which error a status is.

Rules of this file: a status that the table does not know is a `StatusError`, from 500 on a
`ServerError`; so any answer that is no success has its error.
"""

from __future__ import annotations

from typing import Final

from offwire.errors import (
    AuthenticationError,
    Conflict,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    StatusError,
    ValidationFailed,
)
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.time import Now

ERROR_OF_STATUS: Final[dict[int, type[StatusError]]] = {
    400: ValidationFailed,
    401: AuthenticationError,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    412: Conflict,
    413: ValidationFailed,
    415: ValidationFailed,
    422: ValidationFailed,
    429: RateLimited,
}


_NO_CLOCK: Final = Now()
"""Reading an answer is pure: a server's wait counts from the answer's own Date, or in seconds."""


def status_error(
    response: Response, request: Request, errors: tuple[tuple[int, type[StatusError]], ...] = ()
) -> StatusError:
    """The error that `response` stands for, with what the server says of it.

    Kinds in `errors`, by status, go before the table's.
    """
    from offwire.formats.problem import read_problem  # noqa: PLC0415 - only failures pay for it
    from offwire.formats.server_wait import server_wait  # noqa: PLC0415 - as above

    status = response.status
    usual = ERROR_OF_STATUS.get(status, ServerError if status >= 500 else StatusError)
    kind = dict(errors).get(status, usual)
    problem = read_problem(response)
    return kind(
        message=f"the server answered {status}",
        method=request.method,
        url=str(request.url),
        status=status,
        code=problem.code if problem else None,
        detail=problem.summary if problem else None,
        request_id=problem.request_id if problem else None,
        retry_after=server_wait(response, _NO_CLOCK),
        response=response,
    )
