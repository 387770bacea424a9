"""Clients over a `World` that tests share: one of mode Async without an event loop, one of mode Sync.

Rules of this file: nothing here waits for anything, so a coroutine has ended when it was started.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, TypeVar

from offwire.flow import Flow
from offwire.message.request import Request
from offwire.mode import Async, Sync
from offwire.runtime import Runtime
from offwire.testing import Server, World

T = TypeVar("T")


class AsyncClient:
    """Runs each call in virtual time when its coroutine is awaited."""

    def __init__(self, server: Server) -> None:
        """Send to `server`."""
        self.world = World(server)

    @property
    def mode(self) -> Async:
        """The face that an API shows: calls return coroutines."""
        return Async()

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client."""
        return self.world.runtime

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that were sent, in order."""
        return self.world.requests

    async def run(self, flow: Flow[T]) -> T:
        """Drive the flow to its end."""
        return self.world.run(flow)

    async def iterate(self, flow: Flow[None]) -> AsyncIterator[object]:
        """Drive the flow from one item to the next."""
        for item in self.world.iterate(flow):
            yield item


class Within:
    """A client of mode Sync in a World that the test has, so that it can spawn and cancel calls there."""

    def __init__(self, world: World) -> None:
        """Run calls in `world`."""
        self.world = world

    @property
    def mode(self) -> Sync:
        """The face that an API shows: calls return their result."""
        return Sync()

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client."""
        return self.world.runtime

    def run(self, flow: Flow[T]) -> T:
        """Drive the flow to its end."""
        return self.world.run(flow)

    def iterate(self, flow: Flow[None]) -> Iterator[object]:
        """Drive the flow from one item to the next."""
        return self.world.iterate(flow)


def result(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine of an AsyncClient's API returns."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("the coroutine waits for something that is not in its world")


def items(iterator: AsyncIterator[T]) -> list[T]:
    """What an asynchronous iterator gives."""

    async def gathered() -> list[T]:
        return [each async for each in iterator]

    return result(gathered())
