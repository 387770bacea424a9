"""An event loop of asyncio whose clock jumps: what sleeps for an hour is back at once.

Rules of this file: where the loop would sleep, time goes on to the next timer. Nothing reads a clock or
a socket, so equal programs make equal runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from selectors import SelectorKey, SelectSelector
from typing import Any, Final, TypeVar

T = TypeVar("T")

_TURN: Final = 1e-9
"""Seconds that a turn of the loop takes at least. None is instantaneous, and aiolimiter counts on that:
where a sum is off by its last digit, it sets a timer for now, again and again."""


class _Jump(SelectSelector):
    """Waits for nothing: it notes for how long the loop would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is going to happen any more, and a task waits")
        self.now += max(_TURN, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that begins at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._jump.now


def run_virtually(program: Coroutine[Any, Any, T]) -> T:
    """Run `program` to its end on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(program)
