"""What a planned limit comes to: the server's machine, the client's, and what both could give at best.

Rules of this file: a limit is told to the client as somebody would who has read the server's
documentation, and nothing more: that requests take time, that costs are not known before, and that
clocks differ, the client has to cope with itself.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Final, assert_never

from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.points import PointsLimit, PointsReport
from offwire.testing.servers import Answer, Reply, Server
from offwire.testing.simulate.limits import Concurrency, FixedWindow, Gauged, SlidingWindow, TokenBucket
from offwire.testing.simulate.parts import Part
from offwire.testing.simulate.plan import PlannedLimit
from offwire.time import Now

_ROUNDING: Final = 1e-6
_SPENT: Final = "Points-Spent"
_RESET: Final = "Points-Reset"
_LIMIT: Final = "Points-Limit"


def server_limit(limit: PlannedLimit) -> Gauged:
    """The server's machine."""
    match limit.kind:
        case "sliding":
            return SlidingWindow(limit.units, limit.per)
        case "fixed":
            return FixedWindow(limit.units, limit.per, offset=limit.offset)
        case "bucket":
            return TokenBucket(limit.burst or limit.units, limit.units / limit.per)
        case "concurrency":
            return Concurrency(limit.units)
        case _:
            assert_never(limit.kind)


def client_limits(limit: PlannedLimit) -> tuple[Limit, ...]:
    """What is declared to the client."""
    if limit.known == "points":
        return (PointsLimit(read=read_points, window=limit.per),)
    if limit.known != "declared":
        return ()
    match limit.kind:
        case "sliding" | "fixed":
            return (WindowLimit(limit.units, limit.per),)
        case "bucket":
            return (BucketLimit(capacity=limit.burst or limit.units, per_second=limit.units / limit.per),)
        case "concurrency":
            return (ConcurrencyLimit(limit.units),)
        case _:
            assert_never(limit.kind)


def says(limit: PlannedLimit) -> str:
    """How the server tells of it; see `Limited`."""
    return "fields" if limit.known == "learned" else "wait"


def most_units(limit: PlannedLimit, seconds: float) -> float | None:
    """Units that the server would have admitted in that time, had they come as early as they may.

    None where units are not what it counts.
    """
    match limit.kind:
        case "sliding":
            return limit.units * (floor(seconds / limit.per + _ROUNDING) + 1)
        case "fixed":
            return limit.units * (
                floor((seconds - limit.offset) / limit.per + _ROUNDING) + 1 + (limit.offset > 0)
            )
        case "bucket":
            return (limit.burst or limit.units) + seconds * limit.units / limit.per
        case "concurrency":
            return None
        case _:
            assert_never(limit.kind)


def least_seconds(limit: PlannedLimit, units: float) -> float | None:
    """Seconds after which the server has admitted so many units at the earliest, if nothing else takes time.

    None where units are not what it counts.
    """
    windows = max(0, ceil(units / limit.units - _ROUNDING) - 1)
    match limit.kind:
        case "sliding":
            return windows * limit.per
        case "fixed":
            return 0.0 if windows == 0 else (windows - (limit.offset > 0)) * limit.per + limit.offset
        case "bucket":
            return max(0.0, units - (limit.burst or limit.units)) * limit.per / limit.units
        case "concurrency":
            return None
        case _:
            assert_never(limit.kind)


def telling_points(limit: PlannedLimit, machine: Gauged) -> Part:
    """A part around the limit that has each answer say how many points are gone, and until when."""

    def tell(request: Request, now: Now, onward: Server) -> Reply:
        reply = onward(request, now)
        if not isinstance(reply, Answer):
            return reply
        at, response = now.monotonic, reply.response
        reset = limit.per - (at - limit.offset) % limit.per
        said = (
            (_SPENT, f"{machine.used(at):.3f}"),
            (_RESET, f"{ceil(reset)}"),
            (_LIMIT, f"{limit.units}"),
        )
        headers = Headers.of_checked((*response.headers.pairs(), *said))
        return Answer(Response(response.status, headers=headers, content=response.content), reply.after)

    return tell


def read_points(response: Response) -> PointsReport | None:
    """What an answer says of the points."""
    headers = response.headers
    spent, reset, limit = headers.get(_SPENT), headers.get(_RESET), headers.get(_LIMIT)
    if spent is None or reset is None or limit is None:
        return None
    return PointsReport(limit=float(limit), spent=float(spent), reset_after=float(reset))
