"""`Iteration`: a flow's items, one after another, driven as they are asked for.

Rules of this file: a flow is driven no further than its next items. Whoever stops early closes
it; where that is forgotten, the flow is closed with the next step of any call.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from types import TracebackType
from typing import Any, Protocol, final

from offwire.flow import Flow


class Drives(Protocol):
    """What an iteration asks of its client."""

    def emitted(self, flow: Flow[None]) -> Iterator[object] | None:
        """Drive to the next items that the flow emits; None at its end."""
        ...

    def end(self, flow: Flow[Any]) -> None:
        """Close the flow, in a step of its own."""
        ...

    def forget(self, flow: Flow[Any]) -> None:
        """Close the flow some time, since this moment may be in the middle of a step."""
        ...


@final
class Iteration:
    """An iterator over what a flow emits. Threads may share one: each item goes to one of them."""

    def __init__(self, client: Drives, flow: Flow[None]) -> None:
        self._client = client
        self._flow: Flow[None] | None = flow
        self._items: Iterator[object] = iter(())
        self._lock = Lock()

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        """The next item.

        Raises:
            Exception: whatever the flow raises; the iteration is then over.
            ClientClosed: the client has been closed.
        """
        with self._lock:
            while True:
                try:
                    return next(self._items)
                except StopIteration:
                    pass
                # Whatever comes out of the flow now, but for items, ends it.
                flow, self._flow = self._flow, None
                items = self._client.emitted(flow) if flow is not None else None
                if items is None:
                    raise StopIteration
                self._flow, self._items = flow, items

    def close(self) -> None:
        """Ask for no more. Idempotent."""
        with self._lock:
            self._items = iter(())
            flow, self._flow = self._flow, None
            if flow is not None:
                self._client.end(flow)

    def __enter__(self) -> Iteration:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        flow: Flow[None] | None = getattr(self, "_flow", None)
        if flow is not None:
            self._client.forget(flow)
