"""`Client`: drives flows with blocking calls, from as many threads as there are.

Rules of this file: flows of one client are stepped one at a time, under one lock; what they ask
for is done outside of it, and whom they tell is told outside of it. Nothing here knows what a
flow is about.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from random import Random, SystemRandom
from threading import Event, Lock
from time import monotonic, time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never, final

from offwire.errors import ClientClosed
from offwire.flow import Ask, Effect, Emit, Flow, Gather, Race, Send, Sleep, Wait, is_shielded
from offwire.message.response import Response
from offwire.mode import Sync
from offwire.runtime import Runtime, Told, tell_all
from offwire.state.connections import ConnectionQueue
from offwire.ticket import Ticket
from offwire_httpx.cut import Cut
from offwire_httpx.settings import LibraryName, Limits, Proxy, Settings, Tls
from offwire_sync.iteration import Iteration
from offwire_sync.racing import Contest
from offwire_sync.results import Results
from offwire_sync.scope import Scope, current_scope

if TYPE_CHECKING:
    import httpx
    import httpx2

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")

_SYNC: Final = Sync()
_LIMITS: Final = Limits()
_TLS: Final = Tls()
_LONGEST_WAIT: Final = 3600.0
"""Seconds for which a thread waits at a time; the system knows an upper limit."""


@final
class Client:
    """Connections, and the threads' common state. Use it in a `with` block, or `close` it.

    Any number of threads may share a client, and should. What belongs to an API, such as tokens
    and quotas, is the API's.
    """

    def __init__(
        self,
        *,
        limits: Limits = _LIMITS,
        tls: Tls = _TLS,
        proxy: Proxy | None = None,
        http2: bool = False,
        library: LibraryName = "httpx",
        transport: httpx.BaseTransport | httpx2.BaseTransport | None = None,
        http: httpx.Client | httpx2.Client | None = None,
        threads: int | None = None,
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
            threads: how many flows of one `Gather` run side by side; None runs one after another.
            seed: makes chance repeatable; without, it comes from the operating system.
            trust_env: whether the environment's proxies and certificate authorities count.

        Raises:
            ValueError: values that do not go together, or `threads` below 1.
            TypeError: `transport` or `http` is for asynchronous calls.
            ModuleNotFoundError: an optional package is not installed.
        """
        # Here the HTTP library is loaded, so that importing this package costs little.
        from offwire_httpx.sync_wire import sync_wire  # noqa: PLC0415

        if threads is not None and threads < 1:
            raise ValueError(f"threads is a number from 1, or None, not {threads!r}")
        settings = Settings(
            limits=limits, tls=tls, proxy=proxy, http2=http2, library=library, trust_env=trust_env
        )
        self._wire = sync_wire(settings, transport, http)
        self._runtime = Runtime(
            random=SystemRandom() if seed is None else Random(seed),  # noqa: S311 - a seed is for repeating
            connections=ConnectionQueue(limits.max_connections, limits.max_per_origin),
        )
        self._threads = threads
        self._lock = Lock()
        self._closed = False
        self._waits: set[Event] = set()
        self._forgotten: deque[Flow[Any]] = deque()

    @property
    def mode(self) -> Sync:
        """The face that an API shows: calls return their result."""
        return _SYNC

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client, which all of its APIs share."""
        return self._runtime

    def run(self, flow: Flow[T]) -> T:
        """Drive the flow to its end.

        Raises:
            ClientClosed: the client has been closed, before or meanwhile.
            Exception: whatever the flow raises.
        """
        result: T = self._drive(flow, pausing=False)
        return result

    def iterate(self, flow: Flow[None]) -> Iteration:
        """Drive the flow from one item to the next, as they are asked for.

        Raises:
            ClientClosed: the client has been closed.
        """
        self._check_open()
        return Iteration(self, flow)

    def map(
        self, function: Callable[[A], R], items: Iterable[A], *, concurrency: int = 10, ordered: bool = True
    ) -> Results[A, R]:
        """Call `function` for each item, on threads, at most `concurrency` calls ahead of the consumer.

            with client.map(shop.users.get, ids) as users:
                for user in users: ...

        Args:
            function: a call of an API, or any function; calls that it makes end with the block.
            items: taken one by one, by the consumer's thread.
            concurrency: how many calls may be under way, or done and not yet consumed.
            ordered: whether results come in the items' order, or as they are there.

        Raises:
            ValueError: `concurrency` is below 1.
            ClientClosed: the client has been closed.
        """
        self._check_open()
        scope = Scope(current_scope())
        return Results(function, items, concurrency=concurrency, ordered=ordered, scope=scope)

    def close(self) -> None:
        """End it. Idempotent.

        Calls on other threads end as well: one that waits gets `ClientClosed` at once, one whose
        request is on the wire finishes that exchange first. The last of them closes the connections.
        """
        with self._lock:
            self._closed = True
            waits = tuple(self._waits)
        for event in waits:
            event.set()
        self._wire.close()

    def __enter__(self) -> Client:
        self._check_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Driving

    def _drive(self, flow: Flow[Any], *, pausing: bool) -> Any:
        """Drive to the end, or where `pausing` to the next items; what the flow returns, or those."""
        scope = current_scope()
        value: object = None
        error: Exception | None = None
        shielded = False
        try:
            self._check_open()
            while True:
                try:
                    effect = self._step(flow, value, error)
                except StopIteration as end:
                    return end.value
                if pausing and isinstance(effect, Emit):
                    return iter(effect.items)
                if scope is not None and not (shielded and is_shielded(effect)):
                    scope.check()
                value = error = None
                try:
                    value = self._perform(effect, scope)
                except Exception as failure:  # noqa: BLE001 - the flow is told, and decides
                    error = failure
                if scope is not None:
                    shielded = is_shielded(effect)
                    if not shielded:
                        scope.check()
        except BaseException:
            self.end(flow)
            raise

    def _step(self, flow: Flow[Any], value: object, error: Exception | None) -> Effect:
        told: Told | None = None
        try:
            with self._lock:
                self._runtime.now.advance(monotonic(), time())
                try:
                    return flow.send(value) if error is None else flow.throw(error)
                finally:
                    if self._forgotten:
                        self._close_forgotten()
                    if self._runtime.has_told:
                        told = self._runtime.take_told()
        finally:
            if told:
                tell_all(told)

    def _perform(self, effect: Effect, scope: Scope | None) -> object:
        match effect:
            case Send():
                if scope is None or not scope.cuts or effect.shielded:
                    return self._wire.send(effect)
                return self._send_until_cut(effect, scope)
            case Sleep(until):
                self._wait(until, None, scope)
            case Wait(ticket, until):
                self._wait(until, ticket, scope)
            case Gather(flows):
                return self._gather(flows)
            case Race(flows):
                return Contest(self.run, self.end, flows).run()
            case Emit():
                pass  # nobody iterates
            case Ask(store, question):
                return store.answer(question)
            case _:
                assert_never(effect)
        return None

    def _send_until_cut(self, send: Send, scope: Scope) -> Response:
        cut = Cut()
        scope.join(cut)
        try:
            scope.check()
            return self._wire.send(send, cut)
        finally:
            scope.leave(cut)

    def _wait(self, until: float | None, ticket: Ticket | None, scope: Scope | None) -> None:
        """Return at `until`, at a wake of the ticket, or where the client or the scope has ended."""
        event = Event()
        with self._lock:
            self._check_open()
            if ticket is not None and not ticket.arm(event.set):
                return
            self._waits.add(event)
        if scope is not None:
            scope.join(event)
        try:
            while not event.wait(_LONGEST_WAIT if until is None else min(until - monotonic(), _LONGEST_WAIT)):
                if until is not None and monotonic() >= until:
                    break
        finally:
            if scope is not None:
                scope.leave(event)
            with self._lock:
                self._waits.discard(event)
                if ticket is not None:
                    ticket.disarm()
        self._check_open()

    def _gather(self, flows: tuple[Flow[Any], ...]) -> list[object]:
        try:
            if self._threads is None:
                return [self._drive(flow, pausing=False) for flow in flows]
            scope = Scope(current_scope())
            with Results(self.run, flows, concurrency=self._threads, ordered=True, scope=scope) as results:
                return list(results)
        finally:
            for flow in flows:
                self.end(flow)

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed("this client is closed")

    # What an iteration asks for

    def emitted(self, flow: Flow[None]) -> Iterator[object] | None:
        """Iterations: drive to the next items that the flow emits; None at its end."""
        items: Iterator[object] | None = self._drive(flow, pausing=True)
        return items

    def end(self, flow: Flow[Any]) -> None:
        """Iterations: close the flow, in a step of its own. No-op where it has ended."""
        told: Told | None = None
        try:
            with self._lock:
                self._runtime.now.advance(monotonic(), time())
                try:
                    flow.close()
                finally:
                    if self._runtime.has_told:
                        told = self._runtime.take_told()
        finally:
            if told:
                tell_all(told)

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
