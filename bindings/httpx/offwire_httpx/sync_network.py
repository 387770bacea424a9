"""The network under a blocking pool: the library's own, held to limits that it does not know.

The library hands one timeout to each read, each write and each address that it tries, so a server
that drips its header keeps a call for as long as it likes. Here each of them is cut by what is
left until the exchange's deadline, and opening a connection has one limit in all.

What is not bounded: a name look-up, which the operating system does at its own pace. A write is
cut anew every 16 KiB.

Rules of this file: nothing here knows HTTP. Streams of the library are wrapped, never replaced.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from types import ModuleType
from typing import Any, Final, TypeAlias

from offwire_httpx.cut import Cut
from offwire_httpx.limit import Limit
from offwire_httpx.opening import Opening, allowed

_PIECE: Final = 16_384

SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class SyncNetwork:
    """Opens connections: what a blocking pool takes as its network backend."""

    __slots__ = ("_backend", "_core")

    def __init__(self, core: ModuleType) -> None:
        self._core = core
        self._backend = core.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> SyncStream:
        """Connect to the first address that answers; each is given its share of the time that is left."""
        core = self._core
        opening = Opening(timeout, monotonic, core.ConnectTimeout)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise core.ConnectError from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        while True:
            address = addresses.pop(0)
            try:
                stream = self._backend.connect_tcp(
                    address, port, opening.left(len(addresses) + 1), local_address, socket_options or ()
                )
            except (core.ConnectError, core.ConnectTimeout):
                if not addresses:
                    raise
            else:
                return SyncStream(stream, core, opening)


class SyncStream:
    """One connection, whose reads and writes end with the exchange that they are for."""

    __slots__ = ("_core", "_cut", "_opening", "_stream")

    def __init__(self, stream: Any, core: ModuleType, opening: Opening) -> None:
        self._stream = stream
        self._core = core
        self._opening = opening
        self._cut: Cut | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes, or none at the end."""
        seconds = allowed(timeout, monotonic, self._core.ReadTimeout)
        data: bytes = self._stream.read(max_bytes, seconds)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of `buffer`."""
        for start in range(0, len(buffer), _PIECE):
            seconds = allowed(timeout, monotonic, self._core.WriteTimeout)
            if isinstance(timeout, Limit):
                progress = timeout.progress
                progress.written = True
                if progress.cut is not None:
                    self._cut = progress.cut
                    self._cut.hold(self)
            self._stream.write(buffer[start : start + _PIECE], seconds)

    def close(self) -> None:
        """Close the connection."""
        if self._cut is not None:
            self._cut.let_go()
        self._stream.close()

    def shut(self) -> bool:
        """Shut the connection down, for whoever reads from it; False where the library hides its socket."""
        found = self._stream.get_extra_info("socket")
        if not isinstance(found, socket.socket):
            return False
        with suppress(OSError):  # it has been closed by its other end
            # Not by the method of a TLS socket, which another thread's read would find half undone.
            socket.socket.shutdown(found, socket.SHUT_RDWR)
        return True

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> SyncStream:
        """The same connection with TLS on it, within what is left for opening it."""
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, self._opening.left())
        except BaseException:
            self.close()
            raise
        return SyncStream(stream, self._core, self._opening)

    def get_extra_info(self, info: str) -> object:
        """What the library asks of its own stream."""
        return self._stream.get_extra_info(info)
