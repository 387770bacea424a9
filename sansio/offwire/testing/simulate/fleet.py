"""`Fleet`: callers of one's own, as coroutines in virtual time, against a modelled server.

    with Fleet(server, seed=7, latency=0.02) as fleet:
        shop = Shop(fleet.client)
        tasks = [fleet.start(harvest(shop, number)) for number in range(10)]
        fleet.run()
    assert all(task.result() for task in tasks)

Rules of this file: there is no event loop. A call of an API asks the fleet's world for what it
needs, so a coroutine may await calls of APIs on `fleet.client` and `fleet.sleep`, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from functools import partial
from types import TracebackType
from typing import Any, Final, TypeVar, cast, final

from offwire.flow import Effect, Emit, Flow, Sleep
from offwire.message.request import Request
from offwire.mode import Async
from offwire.runtime import Runtime
from offwire.testing.servers import Answer, Reply, Server
from offwire.testing.task import Task
from offwire.testing.world import Latency, World
from offwire.time import Now

T = TypeVar("T")


@final
class FleetClient:
    """The client of a fleet, of mode Async."""

    def __init__(self, runtime: Runtime) -> None:
        """Fleets: `Fleet.client` is one."""
        self._runtime = runtime

    @property
    def mode(self) -> Async:
        """The face that an API shows: calls return coroutines."""
        return Async()

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client, which all of its APIs share."""
        return self._runtime

    async def run(self, flow: Flow[T]) -> T:
        """Drive the flow to its end."""
        return await _Whole(flow)

    async def iterate(self, flow: Flow[None]) -> AsyncIterator[object]:
        """Drive the flow from one item to the next."""
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                effect = step()
                if isinstance(effect, Emit):
                    for item in effect.items:
                        yield item
                    step = partial(flow.send, None)
                else:
                    try:
                        answer: object = await _Whole(_asking(effect))
                    except Exception as error:  # noqa: BLE001 - the flow is told, and decides
                        step = partial(flow.throw, error)
                    else:
                        step = partial(flow.send, answer)
        except StopIteration:
            return
        finally:
            flow.close()


@final
class Fleet:
    """Callers, one client, one server, and one clock that jumps from event to event."""

    def __init__(
        self,
        server: Server,
        *,
        seed: int = 0,
        max_connections: int | None = 100,
        latency: Latency = 0.0,
        shuffle: bool = False,
    ) -> None:
        """Begin at 0; see `World` for the arguments.

        Raises:
            ValueError: a negative latency, or a max_connections below 1.
        """
        self._server = server
        self._world = World(
            self._counted, seed=seed, max_connections=max_connections, latency=latency, shuffle=shuffle
        )
        self.client: Final = FleetClient(self._world.runtime)
        self.statuses: Final[Counter[int]] = Counter()
        """How many answers the server has given, by their status."""

    @property
    def now(self) -> float:
        """Virtual seconds since the beginning."""
        return self._world.now

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that were sent, in order."""
        return self._world.requests

    def start(self, caller: Coroutine[Any, Any, T], *, name: str | None = None) -> Task[T]:
        """Have a caller begin; its task has the result, and can be cancelled."""
        # A coroutine is stepped as a generator is, and what it awaits are effects.
        return self._world.spawn(cast("Flow[T]", caller), name=name)

    def sleep(self, seconds: float) -> Awaitable[None]:
        """For callers: let time pass."""
        return _Whole(_sleeping(self, seconds))

    def run(self) -> None:
        """Run until all callers have ended.

        Raises:
            Deadlock: one of them would wait forever.
        """
        self._world.run_until_idle()

    def advance(self, seconds: float) -> None:
        """Run all that happens in the next `seconds`."""
        self._world.advance(seconds)

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the callers that have not ended, and see that nothing is left behind."""
        self._world.__exit__(kind, error, trace)

    def _counted(self, request: Request, now: Now) -> Reply:
        reply = self._server(request, now)
        if isinstance(reply, Answer):
            self.statuses[reply.response.status] += 1
        return reply


class _Whole(Awaitable[T]):
    """Awaits a flow: its effects go to whoever drives the coroutine."""

    __slots__ = ("_flow",)

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow

    def __await__(self) -> Generator[Effect, Any, T]:
        return self._flow


def _asking(effect: Effect) -> Flow[object]:
    answer: object = yield effect
    return answer


def _sleeping(fleet: Fleet, seconds: float) -> Flow[None]:
    yield Sleep(fleet.now + seconds)
