"""`RestResponse`: an answer whose data has a type.

Rules of this file: data that is not asked for by type is JSON or text, whole. A body that is
neither is refused, since text made out of it would silently be something else.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar, cast

from attrs import frozen

from offwire.errors import DecodeError
from offwire.json_value import Json
from offwire.message.headers import Headers
from offwire.message.response import Response

T = TypeVar("T")

_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"


@frozen(kw_only=True)
class RestResponse(Generic[T]):
    """What came back: status, header fields, typed data, and the time it took."""

    status_code: int
    headers: Headers
    data: T
    """The body, read as the type that the call asked for."""
    elapsed: float
    """Seconds from the start of sending to the end of the answer, without waits and retries."""


def with_data(data: T, response: Response) -> RestResponse[T]:
    """The response around `data`."""
    return RestResponse(
        status_code=response.status,
        headers=response.headers,
        data=data,
        elapsed=response.elapsed,
    )


def plain(response: Response, _same: Response) -> RestResponse[Json]:
    """The response with plain data: JSON where it says JSON, else text; None for no body.

    Raises:
        DecodeError: the body is not the JSON that it is said to be, or is neither JSON nor text.
    """
    if not response.content:
        data: Json = None
    elif response.is_json:
        from offwire.formats.decode import decode  # noqa: PLC0415 - reading loads what building need not

        data = cast("Json", decode(response, object))
    else:
        data = response.text
        if _REPLACED in data and _REPLACED.encode() not in response.content:
            kind = response.media_type or "no Content-Type"
            raise DecodeError(
                message=f"the body is neither JSON nor text ({kind}): ask for it with returns=bytes",
                status=response.status,
                response=response,
            )
    return with_data(data, response)
