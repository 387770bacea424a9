"""`World`: what differs between asyncio and trio.

Rules of this file: a world is facts. Whoever finds itself in another one says so; nobody guesses.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from attrs import frozen

T = TypeVar("T")


class Shielded(Protocol):
    """Performs work that a cancel has to wait for."""

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> tuple[BaseException | None, T]:
        """What the work returns, behind a cancel that came meanwhile and is to be raised by the caller.

        None stands for no cancel, and for one that comes again by itself at the next wait.
        """
        ...


@frozen(kw_only=True)
class World:
    """One kind of event loop."""

    name: str
    """`asyncio` or `trio`."""
    backend: str
    """The name of the HTTP library's network backend."""
    clock: Callable[[], float]
    """The running loop's time: monotonic seconds, virtual where the loop's are."""
    token: Callable[[], object]
    """Something that tells the running loop from any other.

    Raises:
        RuntimeError: no loop of this kind is running.
    """
    shielded: Shielded
    """Protects work from every way in which tasks are cancelled there."""
