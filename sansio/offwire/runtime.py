"""`Runtime`: what all calls of one client share, and what its driver feeds.

Rules of this file: a Runtime is touched by one step at a time. It holds no policy of an API;
those live in the API's engine.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeAlias

from offwire.state.connections import ConnectionQueue
from offwire.time import Now

if TYPE_CHECKING:
    from random import Random

    from offwire.events import Event, Observer

Told: TypeAlias = "list[tuple[Observer, Event]]"
"""Events with who shall be told."""


class Runtime:
    """Time, chance, the line for connections, and the events that wait to be told.

    The driver owes, for each step of a flow: `now.advance(...)` before it, and after it, outside
    of its lock, `tell_all(take_told())` wherever `has_told`.
    """

    __slots__ = ("_told", "calls", "connections", "now", "random")

    def __init__(self, *, random: Random, connections: ConnectionQueue) -> None:
        """Take a seeded source of chance, and the line in which calls wait for a connection."""
        self.now: Now = Now()
        self.random: Random = random
        self.connections: ConnectionQueue = connections
        self.calls: int = 0
        """How many calls have begun; the newest one's number."""
        self._told: Told = []

    def tell(self, observer: Observer, event: Event) -> None:
        """Core: have `observer` told after this step."""
        self._told.append((observer, event))

    @property
    def has_told(self) -> bool:
        """Whether events wait to be told."""
        return bool(self._told)

    def take_told(self) -> Told:
        """Drivers: the events since the last take. The caller owes `tell_all` with them."""
        told, self._told = self._told, []
        return told


def tell_all(told: Told) -> None:
    """Tell observers. One that raises is warned about, and neither the call nor others suffer."""
    for observer, event in told:
        try:
            observer(event)
        except Exception as error:  # noqa: BLE001 - whatever an observer does, calls go on
            warnings.warn(
                f"an observer raised {type(error).__name__} at a {type(event).__name__}",
                RuntimeWarning,
                stacklevel=2,
            )
