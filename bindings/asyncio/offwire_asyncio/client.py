"""`Client`: the asynchronous driver, as asyncio's.

Rules of this file: only what asyncio does differently. A task there is cancelled by one exception,
once, which anyio's shields do not hold back; so a shielded exchange runs in a task of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, final

from anyio import CancelScope

from offwire_anyio.client import AsyncClient
from offwire_anyio.world import World

T = TypeVar("T")


async def shielded(work: Callable[[], Awaitable[T]]) -> tuple[BaseException | None, T]:
    """Do the work to its end; a cancel that comes meanwhile is handed to the caller, who raises it."""
    task = asyncio.ensure_future(_awaited(work))
    late: BaseException | None = None
    with CancelScope(shield=True):  # or anyio's own cancels would come again and again
        while not task.done():
            try:
                await asyncio.wait((task,))
            except asyncio.CancelledError as cancel:
                late = cancel
    return late, task.result()


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _now() -> float:
    return asyncio.get_running_loop().time()


ASYNCIO: Final = World(
    name="asyncio",
    backend="AnyIOBackend",
    clock=_now,
    token=asyncio.get_running_loop,
    shielded=shielded,
)
"""asyncio, whichever implementation of its loop runs."""


@final
class Client(AsyncClient):
    """A client for asyncio."""

    world = ASYNCIO
