"""`SyncWire`: one request, sent and answered, by a thread that blocks.

Rules of this file: a wire performs a `Send` and decides nothing. All that goes wrong is told as
one of `offwire.errors`. What a user handed in is never closed here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from offwire.errors import ClientClosed
from offwire.flow import Send
from offwire.message.request import Request
from offwire.message.response import Response
from offwire_httpx.cut import Cut
from offwire_httpx.failures import connect_timeout, deadline_passed, failure
from offwire_httpx.library import Library, library_of, load
from offwire_httpx.limit import network_limits, plain_limits, progress_of
from offwire_httpx.messages import core_request, decoded, headers, http_request
from offwire_httpx.pools import Pools
from offwire_httpx.settings import Settings
from offwire_httpx.sync_network import SyncNetwork

if TYPE_CHECKING:
    import httpx
    import httpx2


class SyncWire(Protocol):
    """What a blocking driver sends through. All threads may share one."""

    def send(self, send: Send, cut: Cut | None = None) -> Response:
        """Send the request, read the whole answer; where a wire can, until `cut` ends it.

        Raises:
            NetworkError: no answer came, or the exchange was cut.
            ClientClosed: the wire has been closed.
        """
        ...

    def close(self) -> None:
        """Let no exchange begin any more; when the last one has ended, connections are closed. Idempotent."""
        ...


class PooledWire:
    """Sends through connection pools of our own."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._library = library
        self._pools = Pools(
            settings, library, "", partial(SyncNetwork, library.core), exclusive=settings.http2
        )
        self._lock = Lock()
        self._under_way = 0
        self._closed = False

    def send(self, send: Send, cut: Cut | None = None) -> Response:
        """Send the request, read the whole answer."""
        library = self._library
        progress = progress_of(send, multiplexed=False)
        progress.cut = cut
        began = monotonic()
        if began >= progress.deadline:
            raise deadline_passed(progress)
        pool = self._begin(send.request)
        try:
            request = core_request(send.request, library, network_limits(send, progress, began))
            answer = pool.handle_request(request)
            try:
                content: bytes = answer.read()
            finally:
                if cut is not None:
                    cut.let_go()  # closed, the answer's connection may be another exchange's at once
                answer.close()
            found = headers(answer.headers)
            content = decoded(found, content, library)
        except library.failures as error:
            told = deadline_passed(progress) if monotonic() >= progress.deadline else failure(error, progress)
        else:
            return Response(answer.status, headers=found, content=content, elapsed=monotonic() - began)
        finally:
            self._end(pool)
        raise told

    def _begin(self, request: Request) -> Any:
        with self._lock:
            if self._closed:
                raise ClientClosed("this client is closed")
            pool = self._pools.take(request.url)
            self._under_way += 1
            return pool

    def _end(self, pool: Any) -> None:
        with self._lock:
            self._pools.give_back(pool)
            self._under_way -= 1
            over = self._pools.take_all() if self._closed and self._under_way == 0 else []
        _close_all(over)

    def close(self) -> None:
        """Let no exchange begin any more; when the last one has ended, connections are closed. Idempotent."""
        with self._lock:
            self._closed = True
            over = self._pools.take_all() if self._under_way == 0 else []
        _close_all(over)


class HandedWire:
    """Sends through a transport or client that belongs to the user.

    The libraries know timeouts for single reads only. So a call may outlive its deadline by its
    last read, which is cut by the time that was left when the request began; and by a header
    that is dripped, for as long as it drips. Over HTTP/2 they are not fit for several threads.
    """

    def __init__(self, exchange: Callable[[Any], Any], library: Library) -> None:
        """Send by `exchange`, which takes and returns the library's messages."""
        self._exchange = exchange
        self._library = library
        self._closed = False

    def send(self, send: Send, cut: Cut | None = None) -> Response:
        """Send the request, read the whole answer. What is a user's own cannot be cut."""
        if self._closed:
            raise ClientClosed("this client is closed")
        library = self._library
        deadline = inf if send.deadline is None else send.deadline
        began = monotonic()
        if began >= deadline:
            raise connect_timeout()
        try:
            answer = self._exchange(http_request(send.request, library, plain_limits(send, began)))
            found = headers(answer.headers.raw)
            if answer.is_stream_consumed:  # as a fake transport's answers are
                content: bytes = answer.content
            else:
                content = decoded(found, _read(answer, deadline, library), library)
        except library.failures as error:
            told = deadline_passed(None) if monotonic() >= deadline else failure(error, None)
        else:
            return Response(answer.status_code, headers=found, content=content, elapsed=monotonic() - began)
        raise told

    def close(self) -> None:
        """Let no exchange begin any more. What was handed in stays open. Idempotent."""
        self._closed = True


def _read(answer: Any, deadline: float, library: Library) -> bytes:
    """The content, read no further than to the deadline."""
    pieces = []
    try:
        for piece in answer.iter_raw():
            pieces.append(piece)
            if monotonic() >= deadline:
                raise library.http.ReadTimeout("the deadline has passed")
    finally:
        answer.close()
    return b"".join(pieces)


def _close_all(pools: list[Any]) -> None:
    for pool in pools:
        pool.close()


def sync_wire(
    settings: Settings,
    transport: httpx.BaseTransport | httpx2.BaseTransport | None = None,
    http: httpx.Client | httpx2.Client | None = None,
) -> SyncWire:
    """The wire for these settings, or for what a user hands in.

    Raises:
        TypeError: what is handed in is no blocking transport, or no blocking client.
        ValueError: both are handed in, or settings that would not count beside it.
        ModuleNotFoundError: the library is not installed.
    """
    if transport is not None and http is not None:
        raise ValueError("give transport= or http=, not both")
    if transport is not None:
        settings.check_unused_with("transport")
        if not callable(getattr(transport, "handle_request", None)):
            raise TypeError("transport= is a transport for blocking calls, such as httpx.HTTPTransport()")
        return HandedWire(transport.handle_request, load(library_of(transport, settings.library)))
    if http is not None:
        settings.check_unused_with("http")
        library = load(library_of(http, settings.library))
        if not isinstance(http, library.http.Client):
            raise TypeError("http= is a client for blocking calls, such as httpx.Client()")
        send = partial(http.send, auth=None, follow_redirects=False, stream=True)
        return HandedWire(send, library)
    return PooledWire(settings, load(settings.library))
