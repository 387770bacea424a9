"""What a call costs that waits in a long line: from `acquire` to `settle`, with so many others waiting.

Rules of this file: each case keeps one permit out and its line full: a call that goes is followed by
one that comes. So all that grows with the line shows. Peers wait in tasks of asyncio, in virtual time;
ours are machines, driven as a binding drives them, but for the tasks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import cycle
from typing import Any

from aiolimiter import AsyncLimiter
from attrs import evolve

from benchmarks.harness import Case, Comparison, Measured, measure
from benchmarks.virtual_loop import run_virtually
from offwire.state.limits import ConcurrencyLimit
from offwire.state.line import Place
from offwire.state.quota import Permit, Quota, Turn

LINES = (10, 100, 1_000, 10_000)
"""How many wait."""

PLACES = [Place(priority, f"tenant {number}") for number in range(10) for priority in (0, 1)]
"""Two priorities, and ten flows in each."""

CALLS = 10_000
"""How many calls of a peer are timed at a time, so that a full line is most of it."""

_PERIOD = 2.0**-7
# Seconds between two calls of aiolimiter: a binary fraction, since its timers come a rounding error
# early otherwise, and in virtual time it would ask again at that instant for ever.


class FullLine:
    """A quota of one permit, and a line that stays as long as it is."""

    def __init__(self, waiting: int, places: list[Place] | None = None) -> None:
        """Have `waiting` calls wait, in `places` by turns."""
        self._quota = Quota([ConcurrencyLimit(1)])
        self._places = cycle(places) if places is not None else None
        self._woken: deque[Turn] = deque()
        permit = self._quota.acquire(0.0)
        assert isinstance(permit, Permit)
        self._out = permit
        self._now = 0.0
        for _ in range(waiting):
            self._come()

    def call(self) -> None:
        """One call comes, and one goes."""
        self._come()
        self._now = now = self._now + 0.01
        self._quota.settle(self._out, now)
        turn = self._woken.popleft()
        turn.ticket.disarm()
        permit = self._quota.poll(turn, now)
        assert isinstance(permit, Permit)
        self._out = permit

    def _come(self) -> None:
        turn = self._quota.acquire(self._now)
        assert isinstance(turn, Turn)
        if self._places is not None:
            self._quota.move(turn, next(self._places), self._now)
        self._quota.poll(turn, self._now)
        turn.ticket.arm(partial(self._woken.append, turn))


async def _crowd(waiting: int, one: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """`CALLS` calls of `one`, with `waiting` of them at a time."""

    async def caller(calls: int) -> None:
        for _ in range(calls):
            await one()

    async with asyncio.TaskGroup() as group:
        for _ in range(waiting):
            group.create_task(caller(CALLS // waiting))


async def _limited(waiting: int) -> None:
    limiter = AsyncLimiter(1, _PERIOD)
    await _crowd(waiting, limiter.acquire)


async def _one_at_a_time(waiting: int) -> None:
    semaphore = asyncio.Semaphore(1)

    async def one() -> None:
        async with semaphore:
            await asyncio.sleep(0)

    await _crowd(waiting, one)


def lines() -> list[Measured]:
    """The time of one call, by the length of the line."""
    ours = [
        *(Case(f"offwire, {count:,} wait", FullLine(count).call) for count in LINES),
        *(Case(f"… in 20 places, {count:,} wait", FullLine(count, PLACES).call) for count in LINES),
    ]
    found = measure(Comparison("", ours))
    others = [
        Case(f"{name}, {count:,} wait", partial(_run, program, count))
        for name, program in (("asyncio.Semaphore", _one_at_a_time), ("aiolimiter", _limited))
        for count in LINES
    ]
    timed = measure(Comparison("", others), rounds=3)
    return [*found, *(evolve(each, seconds=each.seconds / CALLS) for each in timed)]


def _run(program: Callable[[int], Coroutine[Any, Any, None]], waiting: int) -> None:
    run_virtually(program(waiting))
