"""Which face an API shows: the phantom type that is inferred from the client.

Rules of this file: nothing here exists at run time for more than a type checker's sake. An
`Api[Sync]` returns values, an `Api[Async]` returns coroutines, and both are the same class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, final

if TYPE_CHECKING:
    from offwire.flow import Flow
    from offwire.runtime import Runtime


@final
class Sync:
    """The mode of a client whose calls block and return their result."""


@final
class Async:
    """The mode of a client whose calls return a coroutine, under asyncio or trio."""


M = TypeVar("M", bound=Sync | Async)
"""The mode of an API or group."""
M_co = TypeVar("M_co", bound=Sync | Async, covariant=True)
T = TypeVar("T")


class Client(Protocol[M_co]):
    """What an API needs of a client; `offwire_sync.Client` and its siblings have it."""

    @property
    def mode(self) -> M_co:
        """The face that this client gives to an API."""
        ...

    @property
    def runtime(self) -> Runtime:
        """The pure part of the client, which all of its APIs share."""
        ...

    def run(self, flow: Flow[T]) -> object:
        """Drive the flow to its end: a T where the mode is Sync, a coroutine of one else."""
        ...

    def iterate(self, flow: Flow[None]) -> object:
        """Drive the flow from one `Emit` to the next: an iterator, or an asynchronous one."""
        ...
