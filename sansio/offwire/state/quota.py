"""`Quota`: one line in front of all limits of one scope.

Rules of this file:

- A call takes its units of all limits in one step, or none of them.
- First come, first served: while anybody waits, a newcomer goes to the end of the line, however
  little it needs. Where calls have priorities or flows, `offwire.state.line` says whose turn it is, and
  nobody else passes. Only the head is told a time, and only the head is woken.
- Whoever becomes the head, or can go sooner than it was told, is woken in that very step.
- Each permit ends once: settled where the request may have been sent, refunded where it was not.
- After a server has sent somebody away, nobody starts before the time it named.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from offwire.state.leasing import Errand, Leasing
from offwire.state.limits import Adaptive, Limit, LimitSnapshot, Pricing, Prompt
from offwire.state.reported import Overlap, Reported, ReportedBound
from offwire.ticket import Ticket

if TYPE_CHECKING:
    from offwire.state.line import FairnessPolicy, Line, Place, Waiting

Permit: TypeAlias = int
"""The right to send one request: a number, in the order in which the quota gave them out.

Who holds it owes one of `settle` and `refund`.
"""


class Turn:
    """A place in the line. Who holds it owes a `poll` at once and after each wake, or `leave`."""

    __slots__ = ("_cost", "_told", "ticket")
    ticket: Ticket
    """Woken when there is a reason to poll."""

    def __init__(self, cost: float) -> None:
        self.ticket = Ticket()
        self._cost = cost
        self._told = inf  # the time that the holder knows, so that it is woken for earlier ones only


@frozen
class Hold:
    """Not yet: wait for the turn's ticket, and no longer than this."""

    until: float | None
    """Monotonic; None where there is nothing to wait for but the ticket."""


@frozen(kw_only=True)
class QuotaSnapshot:
    """A quota at one instant, as its last input left it."""

    waiting: int
    in_flight: int
    """Permits that are out."""
    blocked_until: float | None
    """The latest monotonic time before which a server wanted to see nobody; None where none did."""
    limits: tuple[LimitSnapshot, ...]
    reported: tuple[ReportedBound, ...]
    """What the server said that is left."""
    lanes: tuple[Waiting, ...] = ()
    """Who of them waits where; empty as long as no call has had a priority or a flow."""


class Quota:
    """The limits of one scope, such as one API key, and the calls that want to pass."""

    __slots__ = (
        "_adaptive", "_blocked_until", "_fairness", "_flying", "_lanes", "_largest", "_last", "_line",
        "_machines", "_overlap", "_prompt", "_reported", "leasing", "pricing",
    )  # fmt: skip
    pricing: Pricing | None
    """The machine that says what calls cost, if one of the limits has such a one."""
    leasing: tuple[Leasing, ...]
    """The machines whose units come from a store."""

    def __init__(
        self, limits: Sequence[Limit] = (), fairness: FairnessPolicy | None = None, *, probe: bool = False
    ) -> None:
        """Keep to `limits`; without any, only to what the server says.

        `fairness` says how those share who wait in several places; None is `FairnessPolicy()`. With
        `probe` the first call goes alone, until its answer has told what is left.

        Raises:
            ValueError: more than one of the limits prices calls.
        """
        self._machines = tuple(limit.machine() for limit in limits)
        only = self._machines[0] if len(self._machines) == 1 else None
        self._prompt = only if isinstance(only, Prompt) else None
        self._adaptive = tuple(machine for machine in self._machines if isinstance(machine, Adaptive))
        self.leasing = tuple(machine for machine in self._machines if isinstance(machine, Leasing))
        pricing = [machine for machine in self._machines if isinstance(machine, Pricing)]
        if len(pricing) > 1:
            raise ValueError("one limit of a quota may price calls, not more: a call has one cost")
        self.pricing = pricing[0] if pricing else None
        self._largest = min((float(limit.largest) for limit in limits), default=inf)
        self._line: OrderedDict[Turn, None] = OrderedDict()  # all who wait, as they came
        self._fairness = fairness
        self._lanes: Line[Turn] | None = None  # the same, once a call has had a place of its own
        self._flying: dict[int, float] = {}  # costs by the numbers of their permits, oldest first
        self._overlap = Overlap(self._flying)
        self._last = 0
        self._blocked_until = -inf
        self._reported: Reported | None = None
        if probe:
            self._reported = Reported(self._flying, self._overlap, 0, probing=True)

    def try_acquire(self, now: float, cost: float = 1.0) -> Permit:
        """A permit, if one can be had at once and nobody waits; else 0, and nothing has changed."""
        if self._line or self._blocked_until > now:
            return 0
        prompt = self._prompt
        if self._reported is not None or (prompt is None and self._machines):
            return self._grant(cost, now) if self._ready_at(cost, now) <= now else 0
        # What nearly every call meets, without a function for each step.
        permit = self._last + 1
        if prompt is not None and not prompt.try_take(cost, permit, now):
            return 0
        self._last = permit
        self._flying[permit] = cost
        return permit

    def acquire(self, now: float, cost: float = 1.0) -> Permit | Turn:
        """A permit, or a place at the end of the line.

        After a Permit: send, then `settle` or `refund`. After a Turn: `poll`.

        Raises:
            ValueError: `cost` is not above 0, or more than a limit allows at all.
        """
        if not 0.0 < cost <= self._largest:
            raise ValueError(f"cost has to be above 0 and at most {self._largest:g}, not {cost!r}")
        permit = self.try_acquire(now, cost)
        if permit:
            return permit
        turn = Turn(cost)
        self._line[turn] = None
        return turn

    def move(self, turn: Turn, place: Place, now: float) -> None:
        """Have `turn` wait in `place`, at the end of its flow. Owed before its first `poll`, if at all.

        So a call whose turn has come at once pays nothing for priorities, nor does one that has none.

        Raises:
            ValueError: the turn was polled, or left.
        """
        if self._lanes is None:
            from offwire.state.line import FairnessPolicy, Line  # noqa: PLC0415 - only calls with a place pay

            self._lanes = Line(self._fairness or FairnessPolicy())
            for each in self._line:
                if each is not turn:
                    self._lanes.join(each, now, each._cost)
        if turn not in self._line or turn in self._lanes:
            raise ValueError("this turn was polled, or left: a place is said right after acquire")
        self._lanes.join(turn, now, turn._cost, place)

    def poll(self, turn: Turn, now: float) -> Permit | Hold | Errand:
        """A permit, after which the turn is no more, or how long to wait before the next `poll`.

        Where a limit leases its units, also what to ask for it first; the next `poll` is owed after that.

        Raises:
            ValueError: the turn has had its permit, or was left.
        """
        if turn not in self._line:
            raise ValueError("this turn has had its permit, or was left; acquire again")
        if self._lanes is not None and turn not in self._lanes:
            self._lanes.join(turn, now, turn._cost)
        if turn is not (next(iter(self._line)) if self._lanes is None else self._lanes.first()):
            turn._told = inf  # whatever it was told while it was the head
            return Hold(None)
        at = self._ready_at(turn._cost, now)
        if at > now:
            for machine in self.leasing:
                question = machine.question(turn._cost, len(self._line), at, now)
                if question is not None:
                    return Errand(machine, question)
            turn._told = at
            return Hold(None if at == inf else at)
        del self._line[turn]
        if self._lanes is not None:
            self._lanes.serve(now)
        permit = self._grant(turn._cost, now)
        self._call_head(now)
        return permit

    def may_go_sooner(self, turn: Turn, now: float) -> bool:
        """Whether an answer that is under way may let `turn` through before the time that it was told."""
        if self._reported is None or self._blocked_until > now:
            return False
        ready = max((machine.ready_at(turn._cost, now) for machine in self._machines), default=now)
        return ready <= now and self._reported.hangs(turn._cost, now)

    def leave(self, turn: Turn, now: float) -> None:
        """Give a place in the line up. Idempotent; does nothing where the turn has had its permit."""
        if turn in self._line:
            del self._line[turn]
            if self._lanes is not None:
                self._lanes.leave(turn)
            self._call_head(now)

    def settle(self, permit: Permit, now: float, *, answered: bool = True) -> None:
        """The request was answered; or it was given up after it may have been sent: `answered=False`.

        Nothing happens if the permit has been settled or refunded before.
        """
        cost = self._flying.pop(permit, None)
        if cost is not None:
            if self._reported is not None:
                self._reported.end(permit, cost, now)
            elif not answered:
                self._overlap.add(permit, cost, now, self._last)
            if self._prompt is not None:
                self._prompt.finish(cost, permit, now, answered)
            else:
                for machine in self._machines:
                    machine.finish(cost, permit, now, answered)
            if self._line:
                self._call_head(now)

    def refund(self, permit: Permit, now: float) -> None:
        """The request was never sent: all is as if the permit had not been given.

        Nothing happens if the permit has been settled or refunded before.
        """
        cost = self._flying.pop(permit, None)
        if cost is not None:
            for machine in self._machines:
                machine.give_back(cost, permit)
            if self._reported is not None:
                self._reported.give_back(permit, cost)
            self._call_head(now)

    def throttled(self, permit: Permit) -> None:
        """The answer says that too much was sent, which limits that adapt heed. `settle` is owed next."""
        if permit in self._flying:
            for machine in self._adaptive:
                machine.throttled(permit)

    def block(self, until: float) -> None:
        """The server sent somebody away: nobody starts before `until`, monotonic. It never moves back."""
        if until > self._blocked_until:
            self._blocked_until = until
            for machine in self.leasing:
                machine.block(until)

    def report(
        self,
        *,
        remaining: float | None,
        reset_after: float | None,
        limit: int | None,
        now: float,
        sent_before: Permit | None,
    ) -> None:
        """The server said what is left of its quota; None for what it did not say.

        `remaining` and `limit` are in units of cost, `reset_after` in seconds from now.
        `sent_before` is the permit of the request whose answer said so, settled or not; without
        one, all that is in flight is taken off.
        """
        if self._reported is None:
            self._reported = Reported(self._flying, self._overlap, self._last)
        self._reported.learn(remaining, reset_after, limit, now, sent_before or 0)
        self._call_head(now)

    def report_to(self, machine: Leasing, now: float) -> Errand | None:
        """What the store of `machine`, one of `leasing`, is to be told after a request has ended."""
        question = machine.report(len(self._line), len(self._flying), now)
        return None if question is None else Errand(machine, question)

    def look(self, now: float) -> None:
        """An errand has come to its end: wake whom it lets go on."""
        self._call_head(now)

    def recalls(self, now: float) -> bool:
        """Whether who has waited with a permit in hand has to ask anew.

        That is where a server wants to see nobody, or where a lease has been over for too long.
        """
        return self._blocked_until > now or any(machine.has_lapsed(now) for machine in self.leasing)

    def snapshot(self) -> QuotaSnapshot:
        """The quota as its last input left it."""
        return QuotaSnapshot(
            waiting=len(self._line),
            in_flight=len(self._flying),
            blocked_until=None if self._blocked_until == -inf else self._blocked_until,
            limits=tuple(machine.snapshot() for machine in self._machines),
            reported=() if self._reported is None else self._reported.snapshot(),
            lanes=() if self._lanes is None else self._lanes.waiting(),
        )

    def _ready_at(self, cost: float, now: float) -> float:
        """When the next one can start at this cost: `now` if at once, infinity if nobody knows."""
        at = now
        if self._blocked_until > now:
            at = self._blocked_until
        for machine in self._machines:
            ready = machine.ready_at(cost, now)
            if ready > at:
                at = ready
        if self._reported is not None:
            at = max(at, self._reported.ready_at(cost, now))
        return at

    def _grant(self, cost: float, now: float) -> Permit:
        self._last = permit = self._last + 1
        for machine in self._machines:
            machine.take(cost, permit, now)
        self._flying[permit] = cost
        if self._reported is not None:
            if self._reported.is_void:
                self._reported = None  # so that those who follow pay nothing for it
            else:
                self._reported.take(permit, cost)
        return permit

    def _call_head(self, now: float) -> None:
        """Wake the head if it can go at all, and sooner than it knows."""
        head = next(iter(self._line), None) if self._lanes is None else self._lanes.first()
        if head is not None and self._ready_at(head._cost, now) < head._told:
            head._told = -inf  # it is on its way: no second wake before it polls
            head.ticket.wake()
