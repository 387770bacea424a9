"""`AsyncIteration`: a flow's items, one after another, driven as they are asked for.

Rules of this file: a flow is driven no further than its next items. Whoever stops early closes
it; where that is forgotten, the flow is closed with the next step of any call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Protocol, final

from offwire.errors import UsageError
from offwire.flow import Flow


class Drives(Protocol):
    """What an iteration asks of its client."""

    def check_loop(self) -> None:
        """Raise WrongEventLoop where this is not the client's event loop."""
        ...

    async def emitted(self, flow: Flow[None]) -> Iterator[object] | None:
        """Drive to the next items that the flow emits; None at its end."""
        ...

    def end(self, flow: Flow[Any]) -> None:
        """Close the flow, in a step of its own."""
        ...

    def forget(self, flow: Flow[Any]) -> None:
        """Close the flow some time, since this moment may be in the middle of a step."""
        ...


@final
class AsyncIteration:
    """An asynchronous iterator over what a flow emits, for one task at a time."""

    def __init__(self, client: Drives, flow: Flow[None]) -> None:
        self._client = client
        self._flow: Flow[None] | None = flow
        self._items: Iterator[object] = iter(())
        self._asking = False

    def __aiter__(self) -> AsyncIterator[object]:
        return self

    async def __anext__(self) -> object:
        """The next item.

        Raises:
            Exception: whatever the flow raises; the iteration is then over.
            ClientClosed: the client has been closed.
            UsageError: another task is asking at this moment.
            WrongEventLoop: this is not the client's event loop.
        """
        self._check_free()
        while True:
            try:
                return next(self._items)
            except StopIteration:
                pass
            # Whatever comes out of the flow now, but for items, ends it.
            flow, self._flow = self._flow, None
            if flow is None:
                raise StopAsyncIteration
            self._asking = True
            try:
                items = await self._client.emitted(flow)
            finally:
                self._asking = False
            if items is None:
                raise StopAsyncIteration
            self._flow, self._items = flow, items

    async def aclose(self) -> None:
        """Ask for no more. Idempotent.

        Raises:
            UsageError: another task is asking at this moment.
            WrongEventLoop: this is not the client's event loop.
        """
        self._check_free()
        self._items = iter(())
        flow, self._flow = self._flow, None
        if flow is not None:
            self._client.end(flow)

    async def __aenter__(self) -> AsyncIteration:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _check_free(self) -> None:
        self._client.check_loop()
        if self._asking:
            raise UsageError("another task is asking this iterator: let each task iterate on its own")

    def __del__(self) -> None:
        flow: Flow[None] | None = getattr(self, "_flow", None)
        if flow is not None:
            self._client.forget(flow)
