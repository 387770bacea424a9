"""The network under an asynchronous pool: the library's own, with what it leaves out.

It grants the connect timeout to TCP and to TLS, each in full, and leaves a socket open where a
cancel comes between the two. Here opening a connection has one limit in all, and a connection
that is given up is closed.

Rules of this file: nothing here knows HTTP. Deadlines are the driver's, which cancels.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from anyio import CancelScope, current_time

from offwire_httpx.limit import Limit
from offwire_httpx.opening import Clock, Opening, allowed
from offwire_httpx.sync_network import SocketOption

CLOSING_SECONDS = 1.0
"""How long closing a connection may hold up a cancel."""


class AsyncNetwork:
    """Opens connections: what an asynchronous pool takes as its network backend."""

    __slots__ = ("_backend", "_clock", "_core")

    def __init__(self, core: ModuleType, backend: str, clock: Clock) -> None:
        """Use the library's backend of that name, `AnyIOBackend` or `TrioBackend`."""
        self._core = core
        self._backend = getattr(core, backend)()
        self._clock = clock

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> AsyncStream:
        """Connect; addresses are tried side by side."""
        opening = Opening(timeout, self._clock, self._core.ConnectTimeout)
        stream = await self._backend.connect_tcp(
            host, port, opening.left(), local_address, socket_options or ()
        )
        return AsyncStream(stream, self._core, opening, self._clock)


class AsyncStream:
    """One connection, which notes what is written for whom."""

    __slots__ = ("_clock", "_core", "_opening", "_stream")

    def __init__(self, stream: Any, core: ModuleType, opening: Opening, clock: Clock) -> None:
        self._stream = stream
        self._core = core
        self._opening = opening
        self._clock = clock

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Bytes, or none at the end."""
        seconds = allowed(timeout, self._clock, self._core.ReadTimeout)
        data: bytes = await self._stream.read(max_bytes, seconds)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """All of `buffer`."""
        seconds = allowed(timeout, self._clock, self._core.WriteTimeout)
        if isinstance(timeout, Limit):
            timeout.progress.written = True
        await self._stream.write(buffer, seconds)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> AsyncStream:
        """The same connection with TLS on it, within what is left for opening it."""
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, self._opening.left())
        except BaseException:
            with CancelScope(shield=True, deadline=current_time() + CLOSING_SECONDS):
                await self.aclose()
            raise
        return AsyncStream(stream, self._core, self._opening, self._clock)

    def get_extra_info(self, info: str) -> object:
        """What the library asks of its own stream."""
        return self._stream.get_extra_info(info)
