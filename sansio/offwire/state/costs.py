"""What calls cost where a server tells only what has been spent in all.

Rules of this file:

- An answer that tells the sum ranks its call among all others: sorted by the sums they came with,
  each call has cost what its sum is above the one before it; or, where a sum does not hold its own
  call yet, what the next one is above it. That holds however many calls were
  under way, and in whatever order their answers came.
- It holds only once nobody can come in between any more: when every call that had been sent by the
  time of an answer has ended. Until then nothing is learned from that answer.
- Whoever else spends of the same quota, and calls that ended without a sum, make a cost look
  higher than it is, never lower.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Mapping
from typing import Final

from attrs import frozen

_KEPT: Final = 32
"""The costs that are kept of each operation: what was dear long ago is forgotten."""
_MOST_OPERATIONS: Final = 1024
"""Operations that are kept apart; a program has fewer, unless it makes names at run time."""


@frozen
class Cost:
    """What calls of one operation have cost lately."""

    calls: int
    """How many have been learned from; 0 where the rest is a guess."""
    mean: float
    largest: float


class CostBook:
    """Costs by operation."""

    __slots__ = ("_first_guess", "_hints", "_seen")

    def __init__(self, first_guess: float, hints: Mapping[str, float]) -> None:
        """Begin with `hints` by operation, and `first_guess` for all others."""
        self._first_guess = first_guess
        self._hints = dict(hints)
        self._seen: dict[str, deque[float]] = {}

    def observe(self, operation: str, cost: float) -> None:
        """A call has cost so much."""
        seen = self._seen.get(operation)
        if seen is None:
            if len(self._seen) >= _MOST_OPERATIONS:
                del self._seen[next(iter(self._seen))]
            seen = self._seen[operation] = deque(maxlen=_KEPT)
        seen.append(cost)

    def estimate(self, operation: str) -> float:
        """What to hold back for a call: the largest cost seen lately, or a guess."""
        seen = self._seen.get(operation)
        return max(seen) if seen else self._hints.get(operation, self._first_guess)

    def cost(self, operation: str) -> Cost:
        """What is known of an operation."""
        seen = self._seen.get(operation)
        if not seen:
            guess = self.estimate(operation)
            return Cost(0, guess, guess)
        return Cost(len(seen), sum(seen) / len(seen), max(seen))


class Differences:
    """The costs of single calls, out of the sums that came with their answers."""

    __slots__ = ("_base", "_before", "_pending")

    def __init__(self) -> None:
        """Begin in a window of which nothing is known."""
        self._base: float | None = None  # the highest sum that nobody can come below any more
        self._before = ""  # the operation that it came with
        self._pending: list[tuple[float, int, str]] = []  # (sum, the last call sent by then, operation)

    def holds(self, spent: float) -> bool:
        """Whether this very sum has come before, as far back as is remembered."""
        return spent == self._base or any(spent == each for each, _, _ in self._pending)

    def report(self, operation: str, spent: float, last: int) -> None:
        """The answer to a call told the sum; `last` is the number of the call that was sent last."""
        if self._base is None or spent >= self._base:
            insort(self._pending, (spent, last, operation))

    def settled(self, oldest: int | None, *, own: bool) -> list[tuple[str, float]]:
        """The costs that are certain now, by operation.

        `oldest` is the lowest number of a call that has not ended. `own` says whether a sum holds
        the call that it came with; else it is the next sum that does.
        """
        learned: list[tuple[str, float]] = []
        pending = self._pending
        done = 0
        for spent, last, operation in pending:
            if oldest is not None and last >= oldest:
                break
            done += 1
            if self._base is not None:
                learned.append((operation if own else self._before, spent - self._base))
            self._base, self._before = spent, operation
        del pending[:done]
        return learned

    def restart(self) -> None:
        """A new window has begun, in which the sums start again."""
        self._base = None
        self._pending.clear()
