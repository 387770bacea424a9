"""Small servers over real sockets, which do exactly what a test says, and stop by themselves.

Rules of this file: a server knows as much of HTTP as its test needs. It listens on a port that
the system chooses, and leaving its block ends all of its threads.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self, TypeAlias
from urllib.parse import urlsplit


class Peer:
    """The server's end of one connection."""

    def __init__(self, server: RawServer, connection: socket.socket) -> None:
        self.server = server
        self._socket = connection
        self._buffer = b""

    def upgrade(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        self._socket = context.wrap_socket(self._socket, server_side=True)

    @property
    def client_certificate(self) -> bytes | None:
        """What the client presented, in DER."""
        assert isinstance(self._socket, ssl.SSLSocket)
        return self._socket.getpeercert(binary_form=True)

    def request(self) -> bytes | None:
        """The next request, head and body; None where the client is gone."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._receive():
                return None
        head, _, _ = self._buffer.partition(b"\r\n\r\n")
        size = len(head) + 4
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size += int(value)
        while len(self._buffer) < size:
            if not self._receive():
                return None
        request, self._buffer = self._buffer[:size], self._buffer[size:]
        self.server.saw(request)
        return request

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hang(self) -> None:
        """Say nothing until the client leaves, or the server stops."""
        while self._receive():
            pass

    def reset(self) -> None:
        """End the connection at once."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def raw(self) -> socket.socket:
        return self._socket

    def leave(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bool:
        try:
            data = self._socket.recv(65_536)
        except OSError:
            return False
        self._buffer += data
        self.server.received += len(data)
        return bool(data)


Handler: TypeAlias = Callable[[Peer], None]
"""What to do with one connection; it is closed when the handler returns."""


class RawServer:
    """Runs a handler for each connection, in a thread of its own."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = Lock()
        self._peers: list[Peer] = []
        self._threads: list[Thread] = []
        self.requests: list[bytes] = []
        self.connected = Event()
        """Set when somebody has connected."""
        self.asked = Event()
        """Set when a request has come."""
        self.left = Event()
        """Set when a client has gone, or been sent away."""
        self.connections = 0
        self.received = 0
        """Bytes that came out of all connections, TLS undone."""
        self.stopping = Event()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    def saw(self, request: bytes) -> None:
        self.requests.append(request)
        self.asked.set()

    def __enter__(self) -> Self:
        acceptor = Thread(target=self._accept, daemon=True)
        self._threads.append(acceptor)
        acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        # A listener that is shut down wakes who accepts from it; closing alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            peers, threads = tuple(self._peers), tuple(self._threads)
        for peer in peers:
            peer.leave()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self.stopping.is_set():
                    connection.close()
                    return
                self.connections += 1
                peer = Peer(self, connection)
                self._peers.append(peer)
                thread = Thread(target=self._serve, args=(peer,), daemon=True)
                self._threads.append(thread)
                thread.start()
            self.connected.set()

    def _serve(self, peer: Peer) -> None:
        try:
            if self._tls is not None:
                peer.upgrade(self._tls)
            self._handler(peer)
        except OSError:
            pass  # the client left, or broke TLS off
        finally:
            peer.leave()
            peer.close()
            self.left.set()


def answer(body: bytes = b"ok", status: str = "200 OK", *fields: str, length: bool = True) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", *fields]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(reply: bytes) -> Handler:
    """Give the same answer to every request, and keep the connection."""

    def handler(peer: Peer) -> None:
        while peer.request() is not None:
            peer.send(reply)

    return handler


def echo(peer: Peer) -> None:
    """Answer each request with itself."""
    while (request := peer.request()) is not None:
        peer.send(answer(request))


def drop(peer: Peer) -> None:
    """End the connection instead of answering."""
    peer.request()


def drop_mid_body(peer: Peer) -> None:
    """Say ten bytes, send three, and end the connection."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")


def stall(peer: Peer) -> None:
    """Take a request, and never answer."""
    peer.request()
    peer.hang()


def stall_mid_body(peer: Peer) -> None:
    """Send a part of an answer, and no more."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    peer.hang()


def mute(peer: Peer) -> None:
    """Take the connection, and say nothing: no TLS either."""
    peer.hang()


def drip(head: bytes, rest: bytes, every: float) -> Handler:
    """Send `head` at once, and of `rest` one byte after another, for as long as there is any."""

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(head)
        for byte in rest:
            if peer.server.stopping.wait(every):
                return
            peer.send(bytes([byte]))

    return handler


def stalls_first(then: Handler) -> Handler:
    """Never answer the first connection's request; `then` for the others."""

    def handler(peer: Peer) -> None:
        (stall if peer.server.connections == 1 else then)(peer)

    return handler


def first(one: Handler, then: Handler) -> Handler:
    """One handler for the first connection, another for those after it."""

    def handler(peer: Peer) -> None:
        (one if peer.server.connections == 1 else then)(peer)

    return handler


def proxy(peer: Peer) -> None:
    """Forward one request, or open one tunnel; a request without the password `pass` is refused."""
    request = peer.request()
    if request is None:
        return
    head = request.split(b"\r\n\r\n", 1)[0]
    method, target, _ = head.split(b"\r\n")[0].split(b" ")
    if b"Proxy-Authorization: Basic dXNlcjpwYXNz" not in head:
        peer.send(answer(b"", "407 Proxy Authentication Required"))
        return
    if method == b"CONNECT":
        host, _, port = target.decode().partition(":")
        with socket.create_connection((host, int(port))) as far:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = Thread(target=_pump, args=(far, peer.raw()), daemon=True)
            back.start()
            _pump(peer.raw(), far)
            back.join(10)
        return
    parts = urlsplit(target.decode())
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80)) as far:
        far.sendall(request.replace(target, parts.path.encode(), 1))
        peer.send(far.recv(65_536))


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def refusing() -> Iterator[str]:
    """The URL of a port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"
