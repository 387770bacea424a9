"""What the tests of layers and of the engine share: contexts, requests, and an observer that remembers."""

from __future__ import annotations

from random import Random
from typing import Final

from offwire.context import Context
from offwire.events import Event, Observer
from offwire.flow import Flow
from offwire.layers.attempting import attempting
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.connections import ConnectionQueue
from offwire.testing import World
from offwire.time import Now
from offwire.timeouts import Timeouts

HOME: Final = "https://api.test:443"
"""The origin of GET and POST."""
GET: Final = Request("GET", "https://api.test/things/7")
POST: Final = Request("POST", "https://api.test/things")
OK: Final = Response(200)
USUAL: Final = Timeouts()
sending: Final[Forward] = attempting(ConnectionQueue(None))
"""The innermost of all, without anything that holds a request back."""


def last(attempt: Forward) -> Middleware:
    """What sends by itself, as a layer that has nothing further in."""

    def layer(_forward: Forward, request: Request, context: Context) -> Flow[Response]:
        return attempt(request, context)

    return layer


class Diary(list[Event]):
    """An observer that keeps what it is told."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def of(self, *kinds: type[Event]) -> list[Event]:
        return [each for each in self if isinstance(each, kinds)]

    @property
    def names(self) -> list[str]:
        return [type(each).__name__ for each in self]


def new_runtime(max_connections: int | None = None) -> Runtime:
    return Runtime(random=Random(0), connections=ConnectionQueue(max_connections))


def context_in(
    runtime: Runtime,
    safety: Safety = Safety.SAFE,
    *,
    deadline: float | None = None,
    timeouts: Timeouts = USUAL,
    observers: tuple[Observer, ...] = (),
    secrets: tuple[Secret, ...] = (),
    shielded: bool = False,
) -> Context:
    """The context of a call named `Things.get`."""
    return Context(runtime, "Things.get", safety, timeouts, deadline, observers, secrets, shielded)


def through(
    layer: Middleware,
    world: World,
    request: Request = GET,
    safety: Safety = Safety.SAFE,
    *,
    deadline: float | None = None,
    observers: tuple[Observer, ...] = (),
    context: Context | None = None,
) -> Flow[Response]:
    """The flow of one request through one layer, straight to the wire."""
    if context is None:
        context = context_in(world.runtime, safety, deadline=deadline, observers=observers)
    return layer(sending, request, context)


def at(seconds: float) -> Now:
    """An instant; the wall clock stands where worlds begin."""
    return Now(seconds, 1_767_225_600.0 + seconds)
