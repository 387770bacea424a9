"""What becomes of one `Send` in virtual time, and when: the arithmetic of a simulated wire.

Rules of this file: everything here is a pure function of times. Up to the request's arrival an
exchange is connecting, and what fails there has never been sent; from then on it is reading. An
answer that is there at the very instant of a limit counts as in time.
"""

from __future__ import annotations

from math import inf
from typing import TypeAlias, assert_never

from attrs import frozen

from offwire.errors import ConnectTimeout, MaybeSent, NetworkError, NeverSent, ResponseTimeout
from offwire.flow import Send
from offwire.message.response import Response
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Stall, Truncate

Result: TypeAlias = Response | NetworkError


@frozen
class Outcome:
    """How a Send is answered, and at what time."""

    at: float
    result: Result


def unreached(send: Send, *, started: float, way: float) -> Outcome | None:
    """The end of a Send whose request does not arrive in time; None where it does.

    Args:
        send: what is sent.
        started: when.
        way: the seconds that the request takes to the server.
    """
    limit = _limit(started, send.timeouts.connect, send.deadline)
    return _too_late_to_connect(limit, started) if started + way > limit else None


def outcome(send: Send, reply: Reply, *, started: float, arrived: float, way: float) -> Outcome | None:
    """The end of a Send whose request has arrived; None where there is none, ever.

    Args:
        send: what was sent.
        reply: what the server does.
        started: when it was sent.
        arrived: when the server had it.
        way: the seconds that the answer takes to the client.
    """
    match reply:
        case Answer(response, after):
            at = arrived + after + way
            return _read(send, arrived, Outcome(at, _timed(response, at - started)))
        case Refuse(after):
            limit = _limit(started, send.timeouts.connect, send.deadline)
            at = arrived + after + way
            if at > limit:
                return _too_late_to_connect(limit, started)
            return Outcome(at, NeverSent(message="the connection was refused"))
        case Drop(after):
            broken = MaybeSent(message="the connection broke before an answer came")
            return _read(send, arrived, Outcome(arrived + after + way, broken))
        case Truncate(_, after):
            broken = MaybeSent(message="the answer broke off half way")
            return _read(send, arrived, Outcome(arrived + after + way, broken))
        case Stall():
            return _read(send, arrived, None)
        case _:
            assert_never(reply)


def _read(send: Send, arrived: float, end: Outcome | None) -> Outcome | None:
    """`end`, or the timeout that comes before it."""
    limit = _limit(arrived, send.timeouts.read, send.deadline)
    if limit < (inf if end is None else end.at):
        return Outcome(max(limit, arrived), ResponseTimeout(message="no answer within the time limit"))
    return end


def _limit(since: float, seconds: float | None, deadline: float | None) -> float:
    limit = inf if seconds is None else since + seconds
    return limit if deadline is None else min(limit, deadline)


def _too_late_to_connect(limit: float, started: float) -> Outcome:
    return Outcome(max(limit, started), ConnectTimeout(message="no connection within the time limit"))


def _timed(response: Response, elapsed: float) -> Response:
    return Response(response.status, headers=response.headers, content=response.content, elapsed=elapsed)
