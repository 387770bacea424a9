"""What others do about the same limits, as limiters of an ordinary asyncio program.

Rules of this file: each limiter is the algorithm that its name says, at its best: first come, first
served, without an error of rounding. A request that is refused waits for the server's Retry-After, and
goes through the limiter again. Time is virtual.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from aiolimiter import AsyncLimiter

from benchmarks.quota_settings import Count, Run, Setting
from benchmarks.virtual_loop import run_virtually
from offwire.testing.chance import seeded


class Limiter(Protocol):
    """Keeps to a limit."""

    async def acquire(self) -> None:
        """Wait until a request may be sent."""

    def answered(self) -> None:
        """A request has been answered."""


class Reactive:
    """Sends at once, and waits where the server says so."""

    async def acquire(self) -> None:
        return

    def answered(self) -> None:
        return


class Bucket:
    """A token bucket, which is taken from at the send: the generic cell rate algorithm."""

    def __init__(self, capacity: float, per_second: float) -> None:
        self._burst = (capacity - 1) / per_second
        self._every = 1 / per_second
        self._empty_at = 0.0

    async def acquire(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._empty_at - self._burst)
        self._empty_at = max(now, self._empty_at) + self._every
        if at > now:
            await asyncio.sleep(at - now)

    def answered(self) -> None:
        return


class Log:
    """A sliding window over the times at which requests were sent."""

    def __init__(self, calls: int, period: float) -> None:
        self._free = deque([0.0] * calls, calls)
        self._period = period

    async def acquire(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._free.popleft())
        self._free.append(at + self._period)
        if at > now:
            await asyncio.sleep(at - now)

    def answered(self) -> None:
        return


class Slots:
    """Slots that are free again one period after the answer."""

    def __init__(self, calls: int, period: float) -> None:
        self._period = period
        self._free: asyncio.Queue[float] = asyncio.Queue()
        for _ in range(calls):
            self._free.put_nowait(0.0)

    async def acquire(self) -> None:
        free_at = await self._free.get()
        now = asyncio.get_running_loop().time()
        if free_at > now:
            await asyncio.sleep(free_at - now)

    def answered(self) -> None:
        self._free.put_nowait(asyncio.get_running_loop().time() + self._period)


class Aiolimiter:
    """The library aiolimiter, as its documentation has it."""

    def __init__(self, calls: float, period: float) -> None:
        self._limiter = AsyncLimiter(calls, period)

    async def acquire(self) -> None:
        await self._limiter.acquire()

    def answered(self) -> None:
        return


def rival(limiter: Callable[[Setting], Limiter]) -> Run:
    """Runs of a program that sends through such a limiter."""

    def run(setting: Setting, seed: int) -> Count:
        return run_virtually(_program(limiter, setting, seed))

    return run


async def _program(limiter: Callable[[Setting], Limiter], setting: Setting, seed: int) -> Count:
    loop, chance, count = asyncio.get_running_loop(), seeded(seed, "latency"), Count(setting, seed)
    server, limiting = setting.limit(seed), limiter(setting)

    async def greedy() -> None:
        while loop.time() < setting.end:
            await limiting.acquire()
            await asyncio.sleep(setting.latency(chance))
            reading = server.ask(loop.time(), 1.0)
            count(loop.time(), 1.0, reading.admitted)
            await asyncio.sleep(setting.latency(chance))
            limiting.answered()
            if not reading.admitted:
                await asyncio.sleep(reading.reset)

    await asyncio.gather(*(greedy() for _ in range(setting.callers)))
    return count
