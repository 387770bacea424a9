"""Flows that tests of bindings run: written by hand, and telling how they ended."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import anyio

from offwire.errors import ClientClosed
from offwire.flow import Flow, Send, Wait
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.state.connections import Slot
from offwire.timeouts import Timeouts

QUICK = Timeouts(connect=5.0, read=5.0, write=5.0)
LONG = 60.0
"""Seconds that no test waits for."""


def get(url: str, timeouts: Timeouts = QUICK, **options: Any) -> Flow[Response]:
    """One request."""
    response: Response = yield Send(Request("GET", url), timeouts, **options)
    return response


def one(effect: Any) -> Flow[Any]:
    """One effect."""
    return (yield effect)


def queued(runtime: Runtime, inner: Flow[Any]) -> Flow[Any]:
    """What the core does around each Send: a place in the line for connections."""
    queue = runtime.connections
    granted = queue.acquire("origin")
    try:
        while not isinstance(granted, Slot):
            slot = queue.poll(granted)
            if slot is not None:
                granted = slot
                break
            yield Wait(granted.ticket)
    except BaseException:
        if not isinstance(granted, Slot):
            queue.leave(granted)
        raise
    try:
        return (yield from inner)
    finally:
        queue.release(granted)


def waits(reached: Event, effect: Callable[[], Any], ends: list[str]) -> Flow[object]:
    """One effect that is not to be over, and into `ends` how it ended."""
    try:
        reached.set()
        yield effect()
        return "over"
    except ClientClosed:
        ends.append("ClientClosed")
        raise
    except GeneratorExit:
        ends.append("closed")
        raise


class Watch:
    """A flow in an event loop: that it has begun, and how it ended.

    The latter is `returned`, `closed`, or the kind of its error.
    """

    def __init__(self) -> None:
        self.reached = anyio.Event()
        self.ends: list[str] = []

    def __call__(self, inner: Flow[Any]) -> Flow[Any]:
        try:
            self.reached.set()
            result = yield from inner
        except GeneratorExit:
            self.ends.append("closed")
            raise
        except Exception as error:
            self.ends.append(type(error).__name__)
            raise
        self.ends.append("returned")
        return result


class Running:
    """A call on a thread of its own."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._outcome: object = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome = self._call()
        except BaseException as error:  # noqa: BLE001 - it is told by `join`
            self._outcome = error

    def join(self) -> object:
        """What the call returned, or the error that it raised."""
        self._thread.join(60)  # so long only where it hangs
        assert not self._thread.is_alive()
        return self._outcome
