"""`Opening`: the time for opening one connection, from its name look-up to the end of TLS.

The HTTP libraries grant the connect timeout anew to TCP, to each address and to TLS; here all of
them draw on the same time. The deadline of a call is in it already.

Rules of this file: time comes from the clock that is handed in, and it is monotonic.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TypeAlias

from offwire_httpx.limit import Limit

Clock: TypeAlias = Callable[[], float]


class Opening:
    """What is left of a connect timeout."""

    __slots__ = ("_by", "_clock", "_expired")

    def __init__(self, timeout: float | None, clock: Clock, expired: Callable[[], Exception]) -> None:
        """Begin now; `expired` makes the error to raise when nothing is left."""
        self._clock = clock
        self._expired = expired
        self._by = inf if timeout is None else clock() + timeout

    def left(self, parties: int = 1) -> float | None:
        """Seconds for the next one of `parties` that are still to come; None for no limit.

        Raises:
            Exception: the one that was asked for; nothing is left.
        """
        if self._by == inf:
            return None
        left = self._by - self._clock()
        if left <= 0:
            raise self._expired()
        return left / parties


def allowed(timeout: float | None, clock: Clock, expired: Callable[[], Exception]) -> float | None:
    """Seconds for one read or write: the limit itself, cut by its exchange's deadline; None for no limit.

    Raises:
        Exception: the one that `expired` makes; the exchange's time is up.
    """
    if not isinstance(timeout, Limit):
        return timeout
    deadline = timeout.progress.deadline
    if deadline == inf:
        return None if timeout == inf else timeout
    left = deadline - clock()
    if left <= 0:
        raise expired()
    return min(left, timeout)
