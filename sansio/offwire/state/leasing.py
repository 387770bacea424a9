"""`Leasing`: a limit whose units come from a store, and what a quota owes it.

Rules of this file: a limit asks nobody itself, since that takes time; it says what is to be asked. Each
question is under way from the moment in which it is handed out, until it has been answered, has failed,
or was dropped, which somebody owes it, once. Meanwhile there is no other one.
"""

from __future__ import annotations

from math import inf, nextafter
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from attrs import frozen

from offwire.state.limits import LimitMachine

if TYPE_CHECKING:
    from offwire.flow import Store
    from offwire.quota_store import Exchange, Lease


@runtime_checkable
class Leasing(LimitMachine, Protocol):
    """A machine that leases its units.

    Where it has to ask first, `ready_at` names the time of its next question, and `due(now)` where
    that is now; infinity while one is under way.
    """

    @property
    def store(self) -> Store[Exchange]:
        """Who is asked."""
        ...

    def identify(self, holder: str) -> None:
        """Be known to the store by this name, which nobody else has. Before the first question."""
        ...

    def question(self, cost: float, waiting: int, at: float, now: float) -> Exchange | None:
        """What to ask for the head of a line, if anything: it has this cost, and could start at `at`.

        `waiting` counts the line, the head included.
        """
        ...

    def report(self, waiting: int, flying: int, now: float) -> Exchange | None:
        """What the store should know after a request has ended, if anything.

        So many calls wait, and so many are under way.
        """
        ...

    def answered(self, lease: Lease, now: float) -> float | None:
        """The question was answered. Seconds for which the store was away, where this is its return."""
        ...

    def failed(self, now: float) -> bool:
        """The store could not answer. Whether it could the last time."""
        ...

    def dropped(self) -> None:
        """Nobody waits for the answer any more; what it says is never heard."""
        ...

    def has_lapsed(self, now: float) -> bool:
        """Whether it is too late to send what was taken and not sent yet, since the lease is over."""
        ...

    def block(self, until: float) -> None:
        """The server wants to see nobody before this time, which the others should hear."""
        ...


@frozen
class Errand:
    """A question, and whose it is. Who has it owes one of `answered`, `failed` and `dropped`."""

    machine: Leasing
    question: Exchange


def due(now: float) -> float:
    """The next instant after `now`: what could go on now if somebody went and asked."""
    return nextafter(now, inf)
