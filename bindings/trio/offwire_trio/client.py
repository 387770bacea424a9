"""`Client`: the asynchronous driver, as trio's.

Rules of this file: only what trio does differently.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, final

import trio

from offwire_anyio.client import AsyncClient
from offwire_anyio.world import World

T = TypeVar("T")


async def shielded(work: Callable[[], Awaitable[T]]) -> tuple[BaseException | None, T]:
    """Do the work to its end. A cancel that comes meanwhile comes again at the next wait."""
    with trio.CancelScope(shield=True):
        result = await work()
    # Nobody cancels this scope, so it swallows nothing.
    return None, result  # pyright: ignore[reportPossiblyUnboundVariable, reportReturnType]


TRIO: Final = World(
    name="trio",
    backend="TrioBackend",
    clock=trio.current_time,
    token=trio.lowlevel.current_trio_token,
    shielded=shielded,
)
"""trio, with whichever clock it runs."""


@final
class Client(AsyncClient):
    """A client for trio."""

    world = TRIO
