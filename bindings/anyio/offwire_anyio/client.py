"""`AsyncClient`: drives flows in tasks, under asyncio or trio.

Rules of this file: a flow is stepped without awaiting, so steps never meet. A flow that is given
up is closed at once, before anything else is awaited. Nothing here knows what a flow is about,
nor which event loop runs: that is the `World`'s to say.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator
from functools import partial
from math import inf
from random import Random, SystemRandom
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, assert_never

from anyio import CancelScope, Event, sleep_until, to_thread
from anyio.lowlevel import checkpoint

from offwire.errors import ClientClosed, WrongEventLoop
from offwire.flow import Ask, Effect, Emit, Flow, Gather, Race, Send, Sleep, Wait, is_shielded
from offwire.message.response import Response
from offwire.mode import Async
from offwire.runtime import Runtime, tell_all
from offwire.state.connections import ConnectionQueue
from offwire.ticket import Ticket
from offwire_anyio.branching import gathered, raced
from offwire_anyio.iteration import AsyncIteration
from offwire_anyio.results import AsyncResults
from offwire_anyio.world import World
from offwire_httpx.failures import connect_timeout, deadline_passed
from offwire_httpx.settings import LibraryName, Limits, Proxy, Settings, Tls

if TYPE_CHECKING:
    from typing import Self

    import httpx
    import httpx2

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")

_ASYNC: Final = Async()
_LIMITS: Final = Limits()
_TLS: Final = Tls()
_CLOSING_SECONDS: Final = 5.0
"""How long closing all connections may take."""


class AsyncClient:
    """Connections, and the tasks' common state. Use it in an `async with` block, or `aclose` it.

    A client belongs to the event loop of its first call. What belongs to an API, such as tokens
    and quotas, is the API's.
    """

    world: ClassVar[World]
    """The kind of event loop that it runs in; a subclass names it."""

    def __init__(
        self,
        *,
        limits: Limits = _LIMITS,
        tls: Tls = _TLS,
        proxy: Proxy | None = None,
        http2: bool = False,
        library: LibraryName = "httpx",
        transport: httpx.AsyncBaseTransport | httpx2.AsyncBaseTransport | None = None,
        http: httpx.AsyncClient | httpx2.AsyncClient | None = None,
        seed: int | None = None,
        trust_env: bool = False,
    ) -> None:
        """Set a client up. No connection is opened, and no certificate read, before the first request.

        Args:
            limits: how many connections there may be.
            tls: whom to trust.
            proxy: what all requests go through.
            http2: whether to offer HTTP/2 (extra `http2`).
            library: which HTTP library sends.
            transport: a transport to send through, instead of connections of our own; it is not closed.
            http: a client to send through, likewise. Its own headers, cookies, authentication and
                base URL do not count; its event hooks, mounts and proxies do.
            seed: makes chance repeatable; without, it comes from the operating system.
            trust_env: whether the environment's proxies and certificate authorities count.

        Raises:
            ValueError: values that do not go together.
            TypeError: `transport` or `http` is for blocking calls.
            ModuleNotFoundError: an optional package is not installed.
        """
        # Here the HTTP library is loaded, so that importing this package costs little.
        from offwire_httpx.async_wire import async_wire  # noqa: PLC0415

        settings = Settings(
            limits=limits, tls=tls, proxy=proxy, http2=http2, library=library, trust_env=trust_env
        )
        self._clock = self.world.clock
        self._token: object = None
        self._wire = async_wire(settings, self.world.backend, self._clock, transport, http)
        self._runtime = Runtime(
            random=SystemRandom() if seed is None else Random(seed),  # noqa: S311 - a seed is for repeating
            connections=ConnectionQueue(limits.max_connections, limits.max_per_origin),
        )
        self._closed = False
        self._driven = 0
        self._idle: Event | None = None
        self._scopes: set[CancelScope] = set()
        self._shielded: set[Flow[Any]] = set()
        self._forgotten: deque[Flow[Any]] = deque()

    @property
    def mode(self) -> Async:
        """The face that an API shows: calls return coroutines."""
        return _ASYNC

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client, which all of its APIs share."""
        return self._runtime

    async def run(self, flow: Flow[T]) -> T:
        """Drive the flow to its end.

        Raises:
            ClientClosed: the client has been closed, before or meanwhile.
            WrongEventLoop: this is not the event loop of the client's first call.
            Exception: whatever the flow raises.
        """
        result: T = await self._drive(flow, pausing=False)
        return result

    def iterate(self, flow: Flow[None]) -> AsyncIteration:
        """Drive the flow from one item to the next, as they are asked for.

        Raises:
            ClientClosed: the client has been closed.
        """
        self._check_open()
        return AsyncIteration(self, flow)

    def map(
        self,
        function: Callable[[A], Awaitable[R]],
        items: Iterable[A] | AsyncIterable[A],
        *,
        concurrency: int = 10,
        ordered: bool = True,
    ) -> AsyncResults[A, R]:
        """Call `function` for each item, in tasks, at most `concurrency` calls ahead of the consumer.

            async with client.map(shop.users.get, ids) as users:
                async for user in users: ...

        Args:
            function: a call of an API, or any asynchronous function.
            items: taken one by one, by the consumer's task.
            concurrency: how many calls may be under way, or done and not yet consumed.
            ordered: whether results come in the items' order, or as they are there.

        Raises:
            ValueError: `concurrency` is below 1.
            ClientClosed: the client has been closed.
        """
        self._check_open()
        return AsyncResults(function, items, concurrency=concurrency, ordered=ordered)

    async def aclose(self) -> None:
        """End it. Idempotent.

        Calls of other tasks end as well: one that waits, or whose request is on the wire, gets
        `ClientClosed`. A request that may not be cancelled is waited for. Then connections are closed.

        Raises:
            WrongEventLoop: this is not the event loop of the client's first call.
        """
        if self._closed and self._idle is None:
            return
        self.check_loop()
        self._closed = True
        if self._driven and self._idle is None:
            self._idle = Event()
        for scope in tuple(self._scopes):
            scope.cancel()
        try:
            if self._idle is not None:
                await self._idle.wait()
        finally:
            with CancelScope(shield=True, deadline=self._clock() + _CLOSING_SECONDS):
                await self._wire.aclose()
        self._idle = None

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # Driving

    async def _drive(self, flow: Flow[Any], *, pausing: bool) -> Any:
        """Drive to the end, or where `pausing` to the next items; what the flow returns, or those."""
        value: object = None
        error: Exception | None = None
        late: BaseException | None = None
        self.check_loop()
        self._driven += 1
        try:
            self._check_open()
            while True:
                following: Effect | None = None
                try:
                    effect = following = self._step(flow, value, error)
                except StopIteration as end:
                    return end.value
                finally:
                    if late is not None and not is_shielded(following):
                        raise late
                if pausing and isinstance(effect, Emit):
                    return iter(effect.items)
                if is_shielded(effect):
                    self._shielded.add(flow)
                    try:
                        cancel, (value, error) = await self.world.shielded(
                            partial(self._answer, effect, flow)
                        )
                    finally:
                        self._shielded.discard(flow)
                    late = late or cancel
                else:
                    value, error = await self._answer(effect, flow)
        except BaseException:
            self.end(flow)
            raise
        finally:
            self._driven -= 1
            if self._driven == 0 and self._idle is not None:
                self._idle.set()

    def _step(self, flow: Flow[Any], value: object, error: Exception | None) -> Effect:
        runtime = self._runtime
        runtime.now.advance(self._clock(), time())
        try:
            return flow.send(value) if error is None else flow.throw(error)
        finally:
            if self._forgotten:
                self._close_forgotten()
            if runtime.has_told:
                tell_all(runtime.take_told())

    async def _answer(self, effect: Effect, flow: Flow[Any]) -> tuple[object, Exception | None]:
        """What to send into the flow, or the error to throw into it."""
        try:
            match effect:
                case Send():
                    return await self._send(effect, flow), None
                case Sleep(until):
                    await self._sleep(until)
                case Wait(ticket, until):
                    await self._wait(ticket, until)
                case Gather(flows):
                    return await gathered(self, flows), None
                case Race(flows):
                    return await raced(self, flows), None
                case Emit():
                    await checkpoint()  # nobody iterates
                case Ask(store, question):
                    return await to_thread.run_sync(store.answer, question), None
                case _:
                    assert_never(effect)
        except Exception as failure:  # noqa: BLE001 - the flow is told, and decides
            return None, failure
        return None, None

    async def _send(self, send: Send, flow: Flow[Any]) -> Response:
        self._check_open()
        deadline = inf if send.deadline is None else send.deadline
        if self._clock() >= deadline:
            raise connect_timeout()
        progress = self._wire.progress(send)
        with CancelScope(deadline=deadline) as scope:
            if not send.shielded:
                self._scopes.add(scope)
            try:
                return await self._wire.send(send, progress, partial(self._cancelled, flow, scope))
            finally:
                self._scopes.discard(scope)
        self._check_open()
        raise deadline_passed(progress)

    def _cancelled(self, flow: Flow[Any], scope: CancelScope) -> None:
        """Close the flow where its task is cancelled; where only `scope` was, the flow is told."""
        if not scope.cancel_called:
            self.end(flow)

    async def _sleep(self, until: float) -> None:
        self._check_open()
        with CancelScope() as scope:
            self._scopes.add(scope)
            try:
                await sleep_until(until)
                while self._clock() < until:  # noqa: ASYNC110 - a loop may round down
                    await sleep_until(until)
            finally:
                self._scopes.discard(scope)
        self._check_open()

    async def _wait(self, ticket: Ticket, until: float | None) -> None:
        self._check_open()
        event = Event()
        if not ticket.arm(event.set):
            return
        try:
            with CancelScope(deadline=inf if until is None else until) as scope:
                self._scopes.add(scope)
                try:
                    await event.wait()
                finally:
                    self._scopes.discard(scope)
        finally:
            ticket.disarm()
        self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed("this client is closed")

    # What iterations and branches ask for

    def check_loop(self) -> None:
        """Iterations: raise WrongEventLoop where this is not the client's event loop."""
        try:
            token = self.world.token()
        except RuntimeError:
            raise WrongEventLoop(f"this client is for {self.world.name}, which is not running here") from None
        if self._token is None:
            self._token = token
        elif token is not self._token:
            raise WrongEventLoop("this client belongs to another event loop: that of its first call")

    async def branch(self, flow: Flow[T]) -> T:
        """Branches: drive one of several flows to its end."""
        result: T = await self._drive(flow, pausing=False)
        return result

    def may_be_closed(self, flow: Flow[Any]) -> bool:
        """Branches: whether the flow is at nothing that a cancel has to wait for."""
        return flow not in self._shielded

    async def emitted(self, flow: Flow[None]) -> Iterator[object] | None:
        """Iterations: drive to the next items that the flow emits; None at its end."""
        items: Iterator[object] | None = await self._drive(flow, pausing=True)
        return items

    def end(self, flow: Flow[Any]) -> None:
        """Iterations, branches: close the flow, in a step of its own. No-op where it has ended."""
        runtime = self._runtime
        runtime.now.advance(self._clock(), time())
        try:
            flow.close()
        finally:
            if runtime.has_told:
                tell_all(runtime.take_told())

    def forget(self, flow: Flow[Any]) -> None:
        """Iterations: close the flow with the next step, since this may be in the middle of one."""
        self._forgotten.append(flow)

    def _close_forgotten(self) -> None:
        while self._forgotten:
            try:
                self._forgotten.popleft().close()
            except Exception as error:  # noqa: BLE001 - it is nobody's call any more
                warnings.warn(
                    f"a forgotten iteration raised {type(error).__name__}", RuntimeWarning, stacklevel=2
                )
