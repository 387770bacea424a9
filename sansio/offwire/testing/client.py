"""`Client`: a blocking client in virtual time, so that a program is tested without a network.

    shop = Shop(Client(Script(json_answer({"id": 7, "name": "Ada"}))), base_url="https://shop.test")
    assert shop.users.get(7).name == "Ada"

Rules of this file: nothing sleeps. A call that waits makes the time jump.
"""

from __future__ import annotations

from collections.abc import Generator
from types import TracebackType
from typing import TypeVar, final

from offwire.errors import ClientClosed
from offwire.flow import Flow
from offwire.message.request import Request
from offwire.mode import Sync
from offwire.runtime import Runtime
from offwire.testing.servers import Server
from offwire.testing.world import Latency, World

T = TypeVar("T")


@final
class Client:
    """A client of mode Sync over a `World` of its own."""

    def __init__(
        self,
        server: Server,
        *,
        seed: int = 0,
        max_connections: int | None = 100,
        latency: Latency = 0.0,
    ) -> None:
        """Send to `server`; see `World` for the rest.

        Raises:
            ValueError: a negative latency, or a max_connections below 1.
        """
        self._world = World(server, seed=seed, max_connections=max_connections, latency=latency)
        self._closed = False

    @property
    def mode(self) -> Sync:
        """The face that an API shows: calls return their result."""
        return Sync()

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client, which all of its APIs share."""
        return self._world.runtime

    @property
    def now(self) -> float:
        """Virtual seconds since the client was made."""
        return self._world.now

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that were sent, in order, retries and sign-ins included."""
        return self._world.requests

    def advance(self, seconds: float) -> None:
        """Let time pass, as between two calls of a program."""
        self._world.advance(seconds)

    def run(self, flow: Flow[T]) -> T:
        """Drive the flow to its end.

        Raises:
            ClientClosed: the client's block has ended.
            Deadlock: the call would wait forever.
            Exception: whatever the flow raises, or the server function.
        """
        self._check_open()
        return self._world.run(flow)

    def iterate(self, flow: Flow[None]) -> Generator[object, None, None]:
        """Drive the flow from one item to the next.

        Raises:
            ClientClosed: the client's block has ended.
        """
        self._check_open()
        return self._world.iterate(flow)

    def close(self) -> None:
        """End it: iterations that are under way are closed. Idempotent.

        Raises:
            LawBroken: a call has kept a connection.
        """
        self._closed = True
        self._world.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._world.__exit__(kind, error, trace)

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed("this client is closed")
