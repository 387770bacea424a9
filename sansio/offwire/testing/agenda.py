"""`Agenda`: what happens next, in virtual time.

Rules of this file: time goes from entry to entry and never back. Entries of one instant come in
the order in which they were made, or, where there is chance to draw from, in a drawn order.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

Action = Callable[[], object]


class Entry:
    """Something that will happen, unless it is cancelled."""

    __slots__ = ("_action",)

    def __init__(self, action: Action) -> None:
        self._action: Action | None = action

    def cancel(self) -> None:
        """It will not happen. Idempotent, also afterwards."""
        self._action = None


class Agenda:
    """Entries in the order of their times."""

    __slots__ = ("_chance", "_heap", "_made", "now")
    now: float
    """The instant of the entry that happened last, or later where somebody moved on."""

    def __init__(self, chance: Random | None = None) -> None:
        """Begin at 0; with `chance`, entries of one instant are shuffled."""
        self.now = 0.0
        self._chance = chance
        self._heap: list[tuple[float, float, int, Entry]] = []
        self._made = 0

    def add(self, at: float, action: Action) -> Entry:
        """Note what shall happen at `at`, or now where that is past."""
        entry = Entry(action)
        order = self._chance.random() if self._chance is not None else 0.0
        self._made += 1
        heappush(self._heap, (max(at, self.now), order, self._made, entry))
        return entry

    def pop(self, until: float | None = None) -> Action | None:
        """Move to the next entry and hand out its action, which the caller owes to call.

        None where nothing is left, or nothing up to `until`.
        """
        heap = self._heap
        while heap and (until is None or heap[0][0] <= until):
            at, _, _, entry = heappop(heap)
            if entry._action is not None:
                self.now = at
                return entry._action
        return None
