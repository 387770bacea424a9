"""`serve`: a fake server on a loopback socket, in a thread of its own.

Rules of this file: when the block begins, the server answers; when it ends, the socket is closed,
every connection is gone, and the thread has ended. The fake server is asked about one request at a
time, by the real clock. What it raises ends up with whoever wrote the block.
"""

from __future__ import annotations

import socket
import threading
import time
from asyncio import Transport
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from os import PathLike
from typing import Final, TypeAlias

from attrs import frozen
from uvicorn import Config
from uvicorn import Server as Uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from offwire.message.request import Request
from offwire.testing.servers import Reply, Server
from offwire.time import Now
from offwire_serve.exchange import Connection, Message, Receive, Send, exchange, leaves

TlsFiles: TypeAlias = "tuple[str | PathLike[str], str | PathLike[str]]"
"""Where the certificate chain is, and where its private key."""
Peer: TypeAlias = tuple[str, int]
"""The other end of a connection, by which a request finds its own."""

_ASKING: Final = threading.Lock()
# One for all, since a fake may be served at several addresses.


@frozen(kw_only=True)
class Address:
    """Where a fake server listens."""

    host: str
    port: int
    base_url: str
    """Such as `http://127.0.0.1:49152`."""


@contextmanager
def serve(server: Server, *, tls: TlsFiles | None = None) -> Generator[Address, None, None]:
    """Serve `server` on a port of 127.0.0.1 that the system chooses, as long as the block lasts.

    A reply is performed as in a `World`, with real seconds, and these differences: a `Refuse` is a
    `Drop`, since the connection stands when the request is read; a `Truncate` of an answer without
    a body is one, too; statuses are those of HTTP, 200 to 599.

    Args:
        server: the fake server; it is asked in the serving thread, about one request at a time.
        tls: certificate and key, to serve https; the certificate has to be for 127.0.0.1.

    Raises:
        OSError: the certificate cannot be read, or no socket is to be had.
        Exception: at the end of the block, the first that `server` has raised. The connection of
            such a request is dropped.
    """
    serving = _Serving(server, tls)
    serving.start()
    try:
        yield serving.address
    except BaseException as error:
        serving.stop()
        if serving.error is not None:
            error.add_note(f"the fake server had raised {serving.error!r}")
        raise
    serving.stop()
    if serving.error is not None:
        raise serving.error


class _Serving:
    """One fake server, its socket and its thread."""

    def __init__(self, server: Server, tls: TlsFiles | None) -> None:
        certificate, key = tls if tls is not None else (None, None)
        config = Config(
            self._application,
            loop="asyncio",
            http=_protocol(self._opened, self._closed),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            # Longer than clients keep their own, so that none is closed under a request.
            timeout_keep_alive=75,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        config.load()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        host, port = self._socket.getsockname()
        self.address = Address(
            host=host, port=port, base_url=f"{'http' if tls is None else 'https'}://{host}:{port}"
        )
        self.error: Exception | None = None
        self._server = server
        self._now = Now()
        self._connections: dict[Peer | None, Transport] = {}
        self._is_stopping = False
        self._uvicorn = _Uvicorn(config, self._close_all)
        self._thread = threading.Thread(
            target=self._uvicorn.run,
            kwargs={"sockets": [self._socket]},
            name=f"fake {self.address.base_url}",
            daemon=True,
        )

    def start(self) -> None:
        """Return when it listens.

        Raises:
            OSError: it cannot.
        """
        self._thread.start()
        try:
            self._uvicorn.ready.result()
        except OSError:
            self._thread.join()
            self._socket.close()
            raise

    def stop(self) -> None:
        """Return when all is closed, and the thread has ended."""
        self._uvicorn.should_exit = True
        self._thread.join()

    # In the serving thread

    async def _application(self, scope: Message, receive: Receive, send: Send) -> None:
        transport = self._connections[scope["client"]]
        connection = Connection(abort=transport.abort, close=transport.close)
        try:
            await exchange(self._ask, self.address.base_url, connection, scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whoever wrote the block is told
            if self.error is None:
                self.error = error
            transport.abort()
            await leaves(receive, None)

    def _ask(self, request: Request) -> Reply:
        with _ASKING:
            self._now.advance(time.monotonic(), time.time())
            return self._server(request, self._now)

    def _opened(self, peer: Peer | None, transport: Transport) -> None:
        if self._is_stopping:
            transport.abort()
        self._connections[peer] = transport

    def _closed(self, peer: Peer | None) -> None:
        del self._connections[peer]

    def _close_all(self) -> None:
        self._is_stopping = True
        for transport in self._connections.values():
            transport.abort()


class _Uvicorn(Uvicorn):
    """Uvicorn, which tells when it listens and when it is about to stop."""

    def __init__(self, config: Config, stopping: Callable[[], object]) -> None:
        super().__init__(config)
        self.ready: Future[None] = Future()
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except OSError as error:
            self.should_exit = True
            self.ready.set_exception(error)
        else:
            self.ready.set_result(None)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def _protocol(
    opened: Callable[[Peer | None, Transport], object], closed: Callable[[Peer | None], object]
) -> type[H11Protocol]:
    """Uvicorn's protocol, which tells of each connection: an ASGI application does not get to see it."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            opened(self.client, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            # Not by the transport, which may know its peer no more.
            closed(self.client)
            super().connection_lost(exc)

    return Protocol
