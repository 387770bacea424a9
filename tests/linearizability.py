"""Whether a concurrent history could have been a sequential one.

A history is linearizable (Herlihy and Wing, 1990) if each operation can be given one instant between
its invocation and its return, so that the operations, in the order of their instants, are what one
caller after the other would have seen of the object.

Rules of this file:

- The search is just in time (Lowe, "Testing for linearizability", 2017): an operation is given its
  instant only when another one, or its own return, demands it. What has failed once, by position, by
  the operations that have their instant, and by the object's state, is not tried again.
- Operations that are pending are tried in the order of their hints, if they have one. A good hint makes
  the search as long as the history; a bad one only makes it longer.
- Objects that have nothing to do with one another are checked one by one: a history is linearizable if
  it is so for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from attrs import frozen

S = TypeVar("S", bound=Hashable)
I = TypeVar("I")  # noqa: E741 - the input of an operation

MOST_STEPS: Final = 5_000_000


@frozen(eq=False)
class Operation(Generic[I]):
    """One call of an object, as its caller saw it. Stamps are all different, and grow with time."""

    invoked: int
    returned: int
    what: I
    """What was called with what, and what came of it."""
    hint: float = 0.0
    """Where in the order it may have been."""


class Undecided(Exception):
    """The search has taken too many steps."""


class NotLinearizable(AssertionError):
    """No order of the operations explains what their callers saw."""


Step = Callable[[S, I], S | None]
"""The object, one caller at a time: its next state, or None where it would have done something else."""


def check(operations: Iterable[Operation[I]], initial: S, step: Step[S, I], *, most: int = MOST_STEPS) -> int:
    """Find an order that explains `operations`, and say in how many steps it was found.

    Raises:
        NotLinearizable: there is none. The message names the operation past which none leads.
        Undecided: `most` steps were not enough.
    """
    search = _Search(sorted(operations, key=_invoked), step, most)
    return search.run(initial)


class _Search(Generic[S, I]):
    def __init__(self, operations: Sequence[Operation[I]], step: Step[S, I], most: int) -> None:
        self._step = step
        self._most = most
        self._returns = sorted(operations, key=_returned)
        self._pending: list[list[Operation[I]]] = _pending(operations, self._returns)

    def run(self, initial: S) -> int:
        """Go from return to return, and back where none of the pending operations fits."""
        steps, furthest = 0, 0
        failed: set[tuple[int, S, frozenset[Operation[I]]]] = set()
        position, state, done = self._past(0, initial, frozenset())
        path = [(position, state, done, self._candidates(position, done))]
        while path:
            position, state, done, candidates = path[-1]
            if position == len(self._returns):
                return steps
            for each in candidates:
                steps += 1
                if steps > self._most:
                    raise Undecided(f"{self._most} steps have led to {furthest} of {len(self._returns)}")
                following = self._step(state, each.what)
                if following is None:
                    continue
                place = self._past(position, following, done | {each})
                if place not in failed:
                    furthest = max(furthest, place[0])
                    path.append((*place, self._candidates(place[0], place[2])))
                    break
            else:
                failed.add((position, state, done))
                path.pop()
        last = self._returns[furthest]
        raise NotLinearizable(f"after {furthest} operations nothing explains {last.what!r}")

    def _past(
        self, position: int, state: S, done: frozenset[Operation[I]]
    ) -> tuple[int, S, frozenset[Operation[I]]]:
        """The next return that lacks its instant."""
        while position < len(self._returns) and self._returns[position] in done:
            done -= {self._returns[position]}
            position += 1
        return position, state, done

    def _candidates(self, position: int, done: frozenset[Operation[I]]) -> Iterator[Operation[I]]:
        """Whose instant may be the next one: who is pending at this return, and has none."""
        if position < len(self._returns):
            for each in self._pending[position]:
                if each not in done:
                    yield each


def _pending(operations: Sequence[Operation[I]], returns: Sequence[Operation[I]]) -> list[list[Operation[I]]]:
    """For each return, those that were invoked before it and have not returned, by their hints."""
    found: list[list[Operation[I]]] = []
    pending: dict[Operation[I], None] = {}
    begun = 0
    for each in returns:
        while begun < len(operations) and operations[begun].invoked < each.returned:
            pending[operations[begun]] = None
            begun += 1
        found.append(sorted(pending, key=_hint))
        del pending[each]
    return found


def _invoked(operation: Operation[I]) -> int:
    return operation.invoked


def _returned(operation: Operation[I]) -> int:
    return operation.returned


def _hint(operation: Operation[I]) -> float:
    return operation.hint
