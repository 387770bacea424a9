"""`Scope`: calls on several threads that end together, since a thread cannot be cancelled.

A call notices the end of its scope when it waits, which is woken, and when its exchange is over; in a
race the exchange is cut. It is then closed, as a cancelled task's would be.

Rules of this file: a scope ends once and stays ended. Everything here is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Protocol, final


class Abandoned(BaseException):
    """The scope has ended: this call's outcome is wanted by nobody. It passes through `except Exception`."""


class Signal(Protocol):
    """What is told of the end of a scope; a `threading.Event` is one."""

    def set(self) -> None:
        """The scope has ended. May come more than once."""
        ...


@final
class Scope:
    """Some calls, and the calls that these begin."""

    __slots__ = ("_ended", "_events", "_lock", "_outer", "cuts")
    cuts: bool
    """Whether its end cuts exchanges that are under way."""

    def __init__(self, outer: Scope | None, *, cuts: bool = False) -> None:
        """Begin inside of `outer`, which ends this one too."""
        self._outer = outer
        self._lock = Lock()
        self._events: set[Signal] = set()
        self._ended = False
        self.cuts = cuts or (outer is not None and outer.cuts)

    @property
    def ended(self) -> bool:
        """Whether this scope has ended, or one around it."""
        return self._ended or (self._outer is not None and self._outer.ended)

    def check(self) -> None:
        """Go on only while somebody waits for the outcome.

        Raises:
            Abandoned: nobody does.
        """
        if self.ended:
            raise Abandoned

    def end(self) -> None:
        """End the scope, and wake all that waits in it. Idempotent."""
        with self._lock:
            self._ended = True
            for event in self._events:
                event.set()

    def join(self, event: Signal) -> None:
        """Have `event` set at the end, also where that has come already. The caller owes `leave`."""
        with self._lock:
            self._events.add(event)
            if self._ended:
                event.set()
        if self._outer is not None:
            self._outer.join(event)

    def leave(self, event: Signal) -> None:
        """Have `event` no more."""
        with self._lock:
            self._events.discard(event)
        if self._outer is not None:
            self._outer.leave(event)

    def joined(self) -> tuple[Signal, ...]:
        """What would be set at the end, or has been."""
        with self._lock:
            return tuple(self._events)


class _Current(local):
    scope: Scope | None = None


_current = _Current()


def current_scope() -> Scope | None:
    """The scope of the calls that this thread makes; None outside of any."""
    return _current.scope


@contextmanager
def inside(scope: Scope) -> Iterator[None]:
    """Have this thread's calls belong to `scope`."""
    before = _current.scope
    _current.scope = scope
    try:
        yield
    finally:
        _current.scope = before
