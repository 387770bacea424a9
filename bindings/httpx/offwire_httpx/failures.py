"""What a library's exception means: whether the server may have seen the request.

| exception | with us |
|---|---|
| ConnectTimeout | `ConnectTimeout` |
| ConnectError, PoolTimeout, ProxyError, UnsupportedProtocol, InvalidURL | `NeverSent` |
| LocalProtocolError of h11, which checks before the first byte | `NeverSent` |
| ReadTimeout, WriteTimeout | `ResponseTimeout` |
| all others: ReadError, WriteError, RemoteProtocolError, DecodingError … | `MaybeSent` |

Rules of this file: where our own network knows that no byte was written, what would be maybe sent
is never sent. A message is made of words of ours and of the operating system's or OpenSSL's. The
libraries' own quote URLs and header fields, so they are left out, and so is the exception itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from offwire.errors import ConnectTimeout, MaybeSent, NetworkError, NeverSent, ResponseTimeout
from offwire_httpx.limit import Progress

_NEVER_SENT: Final = {
    "ConnectError": "no connection could be opened",
    "PoolTimeout": "no connection became free in time",
    "ProxyError": "the proxy refused the connection",
    "UnsupportedProtocol": "the URL has a scheme that cannot be sent to",
    "InvalidURL": "the HTTP library cannot read the URL",
}
_TIMEOUTS: Final = {
    "ReadTimeout": "the server fell silent for longer than the read limit",
    "WriteTimeout": "the server took no more of the request for longer than the write limit",
}
_MAYBE_SENT: Final = {
    "ReadError": "the connection broke before the answer was complete",
    "WriteError": "the connection broke while the request was being sent",
    "RemoteProtocolError": "the server broke the connection off, or spoke no HTTP",
    "DecodingError": "the answer's content coding cannot be undone",
}
_DEPTH: Final = 12
"""How far a chain of causes is followed; the libraries make them four or five long."""


def failure(error: Exception, progress: Progress | None) -> NetworkError:
    """The error to throw into the flow. `progress` is None where another network than ours was used."""
    for kind in type(error).__mro__:
        name = kind.__name__
        if name == "ConnectTimeout":
            return connect_timeout()
        if name in _NEVER_SENT:
            return NeverSent(message=_with_reason(_NEVER_SENT[name], error))
        if name in _TIMEOUTS:
            return _unless_unwritten(ResponseTimeout(message=_TIMEOUTS[name]), progress)
        if name in _MAYBE_SENT:
            return _unless_unwritten(MaybeSent(message=_MAYBE_SENT[name]), progress)
        if name == "LocalProtocolError" and _is_of_h11(error):
            return NeverSent(message="the request cannot be written as HTTP/1.1")
    message = _with_reason("the connection broke", error)
    return _unless_unwritten(MaybeSent(message=message), progress)


def connect_timeout() -> ConnectTimeout:
    """No connection in time."""
    return ConnectTimeout(message="no connection within the time limit")


def deadline_passed(progress: Progress | None) -> NetworkError:
    """The call's time was up; the error that a timeout of the same phase would have had."""
    if progress is not None and not progress.written:
        return connect_timeout()
    return ResponseTimeout(message="the call's time was up before the answer was complete")


def _unless_unwritten(error: NetworkError, progress: Progress | None) -> NetworkError:
    if progress is None or progress.written:
        return error
    if isinstance(error, ResponseTimeout):
        return connect_timeout()
    return NeverSent(message=error.message)


def _is_of_h11(error: Exception) -> bool:
    # HTTP/2's library says the same of an answer that it cannot read.
    return any(type(each).__module__.partition(".")[0] == "h11" for each in _chain(error))


def _with_reason(message: str, error: Exception) -> str:
    for each in _chain(error):
        reason = _reason(each)
        if reason:
            return f"{message}: {reason}"
    return message


def _reason(error: BaseException) -> str:
    """What the operating system or OpenSSL says, which holds nothing of the request."""
    verify_message = getattr(error, "verify_message", None)
    if isinstance(verify_message, str):
        return f"the server's certificate is not accepted: {verify_message}"
    if isinstance(error, OSError) and error.errno is not None and isinstance(error.strerror, str):
        # asyncio words a refused connection in its own way.
        return os.strerror(error.errno) if isinstance(error, ConnectionError) else error.strerror
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes; of a group, the first of its errors."""
    following: BaseException | None = error
    for _ in range(_DEPTH):
        if following is None:
            return
        yield following
        if isinstance(following, BaseExceptionGroup):
            following = following.exceptions[0]
        else:
            following = following.__cause__ or following.__context__
