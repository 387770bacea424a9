"""`ConnectionQueue`: the line in which calls wait for a connection, so that no pool has one.

Rules of this file:

- Never more slots are out than `max_connections`, nor more to one origin than `max_per_origin`.
- A call waits only for what it needs: one whose origin is full lets calls to others pass. Among
  those that can go, the one that came first goes first; no newcomer passes any of them.
- A slot that comes back is given away in that very step, to a call that is then woken. So no
  wake-up is lost, and nobody can get in between.
- Each operation takes the same time however many calls wait; with several origins waiting at
  once it takes the logarithm of their number.

What makes the step cheap: no slot is free while a call waits that could use it. So a newcomer
that finds a free slot passes nobody, and a slot that comes back serves at most one call.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heappop, heappush, heapreplace
from typing import Final

from attrs import frozen

from offwire.ticket import Ticket

_UNLIMITED: Final = 2**30 - 1  # more than any machine has; CPython is quicker with numbers below 2**30
_FEW_LINES: Final = 64
"""So many origins are kept in mind, idle or not, before the idle ones are dropped."""


class Line:
    """One origin: its free connections, and its waiting calls in order of arrival. For the queue alone."""

    __slots__ = ("free", "in_heap", "origin", "turns")

    def __init__(self, origin: str, free: int) -> None:
        self.origin: str = origin
        self.free: int = free
        self.turns: OrderedDict[Turn, None] = OrderedDict()
        # A line has one entry in the heap at most, so that cancelled calls leave nothing behind.
        self.in_heap: bool = False


class Slot:
    """The right to use one connection. Who holds it owes exactly one `release`."""

    __slots__ = ("_line",)
    _line: Line | None


class Turn:
    """A place among those who wait. Who holds it owes `poll`s until a slot comes, or `leave`."""

    __slots__ = ("_ended", "_line", "_number", "_slot", "ticket")
    ticket: Ticket
    """Woken when a slot was given to this turn; `poll` then."""

    def __init__(self, line: Line, number: int) -> None:
        self.ticket = Ticket()
        self._line = line
        self._number = number
        self._slot: Slot | None = None
        self._ended = False


@frozen(kw_only=True)
class OriginConnections:
    """One origin's share."""

    origin: str
    in_use: int
    waiting: int


@frozen(kw_only=True)
class ConnectionQueueSnapshot:
    """A ConnectionQueue at one instant. Origins without a slot and without a turn are left out."""

    in_use: int
    """Slots that are out; one that is given to a turn counts, also before it is polled."""
    waiting: int
    origins: tuple[OriginConnections, ...]


_new_slot = Slot.__new__


class ConnectionQueue:
    """Slots for connections, in all and per origin."""

    __slots__ = (
        "_free", "_heap", "_lines", "_lines_bound", "_max_connections", "_max_per_origin", "_turns_made",
        "_waiting",
    )  # fmt: skip

    def __init__(self, max_connections: int | None = 100, max_per_origin: int | None = None) -> None:
        """Set the limits; None is no limit.

        Raises:
            ValueError: a limit is not a whole number from 1.
        """
        self._max_connections = _limit("max_connections", max_connections)
        self._max_per_origin = _limit("max_per_origin", max_per_origin)
        self._free = self._max_connections
        self._waiting = 0
        self._turns_made = 0
        self._lines: dict[str, Line] = {}
        self._lines_bound = _FEW_LINES
        # Each line with a free slot of its own and a turn has an entry: the number of its first
        # turn, or an earlier one, since an entry is corrected only when it comes to the top.
        self._heap: list[tuple[int, Line]] = []

    def enter(self, origin: str) -> Line | None:
        """The right to use one connection to `origin`, if one is free: exactly one `exit` is owed.

        As `acquire`, for callers that can do without a Slot to keep count.
        """
        line = self._lines.get(origin)
        if line is None:
            line = self._add_line(origin)
        if self._free <= 0 or line.free <= 0:
            return None
        self._free -= 1
        line.free -= 1
        return line

    def exit(self, line: Line) -> None:
        """Give back what `enter` gave; a call that waits for a connection gets it in this step."""
        line.free += 1
        self._free += 1
        if self._waiting:
            self._give(line)

    def acquire(self, origin: str) -> Slot | Turn:
        """A slot for a connection to `origin`, or a turn.

        After a Slot: use it, then `release`. After a Turn: wait for its ticket and `poll`.
        """
        line = self._lines.get(origin)
        if line is None:
            line = self._add_line(origin)
        if self._free > 0 and line.free > 0:
            self._free -= 1
            line.free -= 1
            # Assigned from outside, since an __init__ would cost a third of the whole step.
            slot = _new_slot(Slot)
            slot._line = line
            return slot
        turn = Turn(line, self._turns_made)
        self._turns_made += 1
        self._waiting += 1
        line.turns[turn] = None
        if line.free > 0 and not line.in_heap:
            self._enter(line, turn)
        return turn

    def poll(self, turn: Turn) -> Slot | None:
        """The slot that was given to this turn, after which the turn is no more; None: wait on.

        Raises:
            ValueError: the turn has had its slot, or was left.
        """
        if turn._ended:
            raise ValueError("this turn has had its slot, or was left; acquire again")
        slot = turn._slot
        if slot is not None:
            turn._ended = True
        return slot

    def leave(self, turn: Turn) -> None:
        """Give a turn up. A slot that had been given to it goes to the next one. Idempotent."""
        if turn._ended:
            return
        turn._ended = True
        if turn._slot is not None:
            self.release(turn._slot)
        else:
            del turn._line.turns[turn]
            self._waiting -= 1

    def release(self, slot: Slot) -> None:
        """Give a slot back; a call that waits for one gets it in this step.

        Raises:
            ValueError: it was given back before.
        """
        line = slot._line
        if line is None:
            raise ValueError("this slot was released before")
        slot._line = None
        self.exit(line)

    def snapshot(self) -> ConnectionQueueSnapshot:
        """The queue at this instant."""
        shares = (
            OriginConnections(
                origin=line.origin, in_use=self._max_per_origin - line.free, waiting=len(line.turns)
            )
            for line in self._lines.values()
        )
        return ConnectionQueueSnapshot(
            in_use=self._max_connections - self._free,
            waiting=self._waiting,
            origins=tuple(each for each in shares if each.in_use or each.waiting),
        )

    def _give(self, released: Line) -> None:
        """Give a free slot to the first turn that can use one, if there is any."""
        if released.turns and not released.in_heap:
            self._enter(released, next(iter(released.turns)))
        heap = self._heap
        while heap:
            number, line = heap[0]
            turn = next(iter(line.turns), None)
            if turn is None or line.free == 0:
                # It comes back with its next turn, or with the next release of a slot of its own.
                heappop(heap)
                line.in_heap = False
            elif turn._number != number:
                heapreplace(heap, (turn._number, line))
            else:
                del line.turns[turn]
                self._waiting -= 1
                self._free -= 1
                line.free -= 1
                slot = turn._slot = _new_slot(Slot)
                slot._line = line
                turn.ticket.wake()
                return

    def _enter(self, line: Line, first: Turn) -> None:
        line.in_heap = True
        heappush(self._heap, (first._number, line))

    def _add_line(self, origin: str) -> Line:
        if len(self._lines) >= self._lines_bound:
            self._drop_idle_lines()
        line = self._lines[origin] = Line(origin, self._max_per_origin)
        return line

    def _drop_idle_lines(self) -> None:
        """Forget origins that nobody uses; the bound doubles with those left, so this is rare."""
        heap, self._heap = self._heap, []
        for number, line in heap:
            if line.turns:
                heappush(self._heap, (number, line))
            else:
                line.in_heap = False
        idle = [line for line in self._lines.values() if line.free == self._max_per_origin and not line.turns]
        for line in idle:
            del self._lines[line.origin]
        self._lines_bound = max(_FEW_LINES, 2 * len(self._lines))


def _limit(name: str, value: object) -> int:
    if value is None:
        return _UNLIMITED
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a whole number from 1, or None for no limit, not {value!r}")
    return value
