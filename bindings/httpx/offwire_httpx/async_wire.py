"""`AsyncWire`: one request, sent and answered, by a task.

Rules of this file: a wire performs a `Send` and decides nothing. All that goes wrong is told as
one of `offwire.errors`; a cancel passes through. Deadlines are the driver's, which cancels. What
a user handed in is never closed here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from anyio import BrokenResourceError, CancelScope, ClosedResourceError, EndOfStream, current_time

from offwire.flow import Send
from offwire.message.response import Response
from offwire_httpx.async_network import CLOSING_SECONDS, AsyncNetwork
from offwire_httpx.failures import failure
from offwire_httpx.library import Library, library_of, load
from offwire_httpx.limit import Progress, network_limits, plain_limits, progress_of
from offwire_httpx.messages import core_request, decoded, headers, http_request
from offwire_httpx.opening import Clock
from offwire_httpx.pools import Pools
from offwire_httpx.settings import Settings

if TYPE_CHECKING:
    import httpx
    import httpx2

_LET_THROUGH: Final = (BrokenResourceError, ClosedResourceError, EndOfStream)
"""What anyio raises and the libraries' backends do not always turn into errors of their own."""

GivesUp: TypeAlias = Callable[[], object]
"""Told first thing when an exchange is cancelled, before anything is awaited."""


class AsyncWire(Protocol):
    """What an asynchronous driver sends through."""

    def progress(self, send: Send) -> Progress | None:
        """Something to tell by how far the exchange got; None where that cannot be seen."""
        ...

    async def send(self, send: Send, progress: Progress | None, on_cancel: GivesUp) -> Response:
        """Send the request, read the whole answer. The caller sees to the deadline.

        Raises:
            NetworkError: no answer came.
        """
        ...

    async def aclose(self) -> None:
        """Close our connections. The caller owes that no exchange is under way. Idempotent."""
        ...


class PooledWire:
    """Sends through connection pools of our own."""

    def __init__(self, settings: Settings, library: Library, backend: str, clock: Clock) -> None:
        """Use the library's network backend of that name, `AnyIOBackend` or `TrioBackend`."""
        self._library = library
        self._failures: tuple[type[Exception], ...] = (*library.failures, *_LET_THROUGH)
        self._clock = clock
        self._multiplexed = settings.http2
        self._pools = Pools(settings, library, "Async", partial(AsyncNetwork, library.core, backend, clock))

    def progress(self, send: Send) -> Progress:
        """How far the exchange has got, as our own network sees it."""
        return progress_of(send, multiplexed=self._multiplexed)

    async def send(self, send: Send, progress: Progress | None, on_cancel: GivesUp) -> Response:
        """Send the request, read the whole answer."""
        assert progress is not None
        library = self._library
        began = self._clock()
        pool = self._pools.take(send.request.url)
        try:
            answer = await pool.handle_async_request(
                core_request(send.request, library, network_limits(send, progress, began))
            )
            content = await _read(answer, answer.aread, on_cancel)
            found = headers(answer.headers)
            content = decoded(found, content, library)
        except self._failures as error:
            told = failure(error, progress)
        else:
            return Response(answer.status, headers=found, content=content, elapsed=self._clock() - began)
        raise told

    async def aclose(self) -> None:
        """Close our connections."""
        for pool in self._pools.take_all():
            await pool.aclose()


class HandedWire:
    """Sends through a transport or client that belongs to the user."""

    def __init__(
        self, exchange: Callable[[Any], Coroutine[Any, Any, Any]], library: Library, clock: Clock
    ) -> None:
        """Send by `exchange`, which takes and returns the library's messages."""
        self._exchange = exchange
        self._library = library
        self._failures: tuple[type[Exception], ...] = (*library.failures, *_LET_THROUGH)
        self._clock = clock

    def progress(self, send: Send) -> None:
        """Nothing can be seen of it."""
        return

    async def send(self, send: Send, progress: Progress | None, on_cancel: GivesUp) -> Response:
        """Send the request, read the whole answer."""
        library = self._library
        began = self._clock()
        try:
            answer = await self._exchange(http_request(send.request, library, plain_limits(send, began)))
            found = headers(answer.headers.raw)
            if answer.is_stream_consumed:  # as a fake transport's answers are
                content: bytes = answer.content
            else:
                # Undoing a coding by the library would leave its stream hanging where that fails.
                content = await _read(answer, partial(_joined, answer), on_cancel)
                content = decoded(found, content, library)
        except self._failures as error:
            told = failure(error, None)
        else:
            return Response(answer.status_code, headers=found, content=content, elapsed=self._clock() - began)
        raise told

    async def aclose(self) -> None:
        """Leave what was handed in open."""


async def _joined(answer: Any) -> bytes:
    return b"".join([piece async for piece in answer.aiter_raw()])


async def _read(answer: Any, read: Callable[[], Coroutine[Any, Any, bytes]], on_cancel: GivesUp) -> bytes:
    """The content. However it ends, the answer is closed, so that its connection goes back or away."""
    try:
        content = await read()
    except BaseException as error:
        if not isinstance(error, Exception):
            on_cancel()
        with CancelScope(shield=True, deadline=current_time() + CLOSING_SECONDS):
            await answer.aclose()
        raise
    await answer.aclose()
    return content


def async_wire(
    settings: Settings,
    backend: str,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | httpx2.AsyncBaseTransport | None = None,
    http: httpx.AsyncClient | httpx2.AsyncClient | None = None,
) -> AsyncWire:
    """The wire for these settings, or for what a user hands in.

    Raises:
        TypeError: what is handed in is no asynchronous transport, or no asynchronous client.
        ValueError: both are handed in, or settings that would not count beside it.
        ModuleNotFoundError: the library is not installed.
    """
    if transport is not None and http is not None:
        raise ValueError("give transport= or http=, not both")
    if transport is not None:
        settings.check_unused_with("transport")
        if not callable(getattr(transport, "handle_async_request", None)):
            raise TypeError(
                "transport= is a transport for asynchronous calls, such as httpx.AsyncHTTPTransport()"
            )
        return HandedWire(
            transport.handle_async_request, load(library_of(transport, settings.library)), clock
        )
    if http is not None:
        settings.check_unused_with("http")
        library = load(library_of(http, settings.library))
        if not isinstance(http, library.http.AsyncClient):
            raise TypeError("http= is a client for asynchronous calls, such as httpx.AsyncClient()")
        send = partial(http.send, auth=None, follow_redirects=False, stream=True)
        return HandedWire(send, library, clock)
    return PooledWire(settings, load(settings.library), backend, clock)
