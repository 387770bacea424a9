"""`Limit`: a timeout that knows the exchange it is for.

The HTTP libraries hand each timeout down to the network as it is, for every single read and
write. A timeout that brings its exchange along lets our network see what they do not tell it:
when that exchange has to be over, and whether a byte of it has been written.

Rules of this file: a Limit is a float, so whoever knows nothing about exchanges sees a timeout.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, TypedDict

from offwire.flow import Send

if TYPE_CHECKING:
    from offwire_httpx.cut import Cut


class Progress:
    """How far one exchange has got, as the network sees it."""

    __slots__ = ("cut", "deadline", "written")

    def __init__(self, deadline: float, written: bool) -> None:
        self.deadline: float = deadline
        """The monotonic time by which it has to be over, or infinity."""
        self.written: bool = written
        """Whether the server may have seen a part of the request."""
        self.cut: Cut | None = None
        """What may end it from another thread; told which connection it is on."""


class Limit(float):
    """Seconds, or infinity for no limit, for one phase of an exchange."""

    __slots__ = ("progress",)
    progress: Progress


class Limits(TypedDict):
    """The limits of one exchange, by the names that the libraries give them."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


def progress_of(send: Send, *, multiplexed: bool) -> Progress:
    """The progress of an exchange that begins.

    On a `multiplexed` connection (HTTP/2) another exchange may write for this one. So there it
    counts as written from the start, and nothing is believed unsent that may have gone out.
    """
    return Progress(inf if send.deadline is None else send.deadline, multiplexed)


def network_limits(send: Send, progress: Progress, now: float) -> Limits:
    """The limits for a pool on our own network, which cuts each by the deadline at each turn."""
    left = progress.deadline - now
    return {
        "connect": _limit(send.timeouts.connect, left, progress),
        "read": _limit(send.timeouts.read, inf, progress),
        "write": _limit(send.timeouts.write, inf, progress),
        "pool": None,
    }


def plain_limits(send: Send, now: float) -> Limits:
    """The limits for whatever else sends, cut by the time left until the deadline."""
    left = inf if send.deadline is None else max(send.deadline - now, LEAST)
    connect = _least(send.timeouts.connect, left)
    return {
        "connect": connect,
        "read": _least(send.timeouts.read, left),
        "write": _least(send.timeouts.write, left),
        "pool": connect,
    }


LEAST: Final = 0.001
"""The shortest timeout that is handed out, since 0 means to some that there is none."""


def _limit(seconds: float | None, left: float, progress: Progress) -> Limit:
    limit = Limit(left if seconds is None or left < seconds else seconds)
    limit.progress = progress
    return limit


def _least(seconds: float | None, left: float) -> float | None:
    least = left if seconds is None or left < seconds else seconds
    return None if least == inf else least
