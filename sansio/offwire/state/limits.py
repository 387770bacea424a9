"""Limits that an API declares, and the machines that keep to them.

Rules of this file:

- A limit is kept as the server sees it. A request arrives somewhere between its send and its
  answer, so a unit counts as taken from the send on, and is only counted off from the answer on.
  That holds for every latency, and is what a limiter that counts at the send cannot promise.
- A unit that was taken is finished or given back, exactly once. Given back, it leaves no trace.
- A time that `ready_at` names is kept: asked again at that time, nothing taken in between, it
  says that the time has come.

Why a window's slot is safe: request i arrives at s_i <= answer_i - down, and the next user of its
slot is sent at answer_i + period - min_rtt or later, so it arrives at s_j >= answer_i + period -
min_rtt + up. With min_rtt <= up + down that gives s_j >= s_i + period. The smallest round trip
seen so far is no such bound, since the next one may be smaller, and the first one often holds a
TLS handshake; hence `min_rtt` is declared, and 0 is always true.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from attrs import field, frozen

from offwire.bounds import above, at_least, count

if TYPE_CHECKING:
    from offwire.message.request import Request
    from offwire.message.response import Response

CLOCK_DRIFT: Final = 200e-6
"""By what share two clocks may differ in rate: twice the 100 ppm of an ordinary quartz oscillator."""

STRAY_SECONDS: Final = 60.0
"""How long a request that nobody waits for any more may still be under way to the server, or in it."""

_ROUNDING: Final = 1e-9
"""By what share sums of fractional costs may be off, so that what is full does not look fuller."""


class Limit(Protocol):
    """What a server allows. Any object with these will do."""

    @property
    def largest(self) -> float:
        """The highest cost that one call can have; infinity where cost does not matter."""
        ...

    def machine(self) -> LimitMachine:
        """A machine that keeps to it, with nothing taken."""
        ...


class LimitMachine(Protocol):
    """Keeps to one limit. Costs are above 0; `now` is monotonic seconds.

    A `number` tells a call from all others, and grows with each that is taken. What a machine may
    have besides: see `Prompt`, `Pricing` and `Adaptive`.
    """

    def ready_at(self, cost: float, now: float) -> float:
        """When `cost` can be taken: `now` if at once, infinity if that hangs on a `finish`."""
        ...

    def take(self, cost: float, number: int, now: float) -> None:
        """Take it, when it is ready. The caller owes `finish` or `give_back` with the same number."""
        ...

    def give_back(self, cost: float, number: int) -> None:
        """What was taken was never sent."""
        ...

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        """What was taken was sent, and has been answered, or was abandoned."""
        ...

    def snapshot(self) -> LimitSnapshot:
        """The machine as its last input left it."""
        ...


@runtime_checkable
class Prompt(LimitMachine, Protocol):
    """A machine that looks and takes in one step: for what nearly every call meets, a limit with room."""

    def try_take(self, cost: float, number: int, now: float) -> bool:
        """Take it, as `take`, if it is ready, which is answered."""
        ...


@runtime_checkable
class Pricing(LimitMachine, Protocol):
    """A machine that says what calls cost, and learns it from their answers."""

    def cost_of(self, operation: str, request: Request) -> float:
        """What to take for a call: above 0, and at most the limit's `largest`."""
        ...

    def answered(self, operation: str, number: int, response: Response, now: float) -> None:
        """The answer to a call that was taken, and not yet finished. `finish` is owed next."""
        ...


@runtime_checkable
class Adaptive(LimitMachine, Protocol):
    """A machine that lets less through where the server has had too much."""

    def throttled(self, number: int) -> None:
        """The answer to what is in flight says that too much was sent. `finish` is owed next."""
        ...


@frozen(kw_only=True)
class LimitSnapshot:
    """One limit at one instant."""

    limit: Limit
    in_flight: float
    """Taken and not yet finished: units, or calls where the limit is of concurrency."""
    clear_at: float | None
    """The monotonic time from which nothing that is finished counts any more; None where nothing does."""


@frozen
class WindowLimit:
    """At most `calls` in any `period` seconds, wherever the period begins; for fixed windows too.

    A call of cost 3 counts for three. The long-run rate is `calls` per `period` + round trip -
    `min_rtt`, the price of never being refused.
    """

    calls: int = field(validator=count(1))
    period: float = field(validator=above(0))
    """Seconds of the server's clock."""
    min_rtt: float = field(default=0.0, kw_only=True, validator=at_least(0))
    """Seconds that a round trip takes at least. If it can be shorter, the server may refuse."""

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return self.calls

    def machine(self) -> LimitMachine:
        """See `Limit`."""
        return _Window(self)


@frozen(kw_only=True)
class BucketLimit:
    """A bucket of `capacity` units that is refilled by `per_second`: a token or leaky bucket.

    A unit begins to come back when its call is answered. The full rate is therefore reached where
    `capacity` is at least 1 + `per_second` * the round trip.
    """

    capacity: float = field(validator=above(0))
    per_second: float = field(validator=above(0))
    """Units. Where the bucket is busy for hours, take a little less than the server does, since
    its clock may be the slower one."""

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return self.capacity

    def machine(self) -> LimitMachine:
        """See `Limit`."""
        return _Bucket(self)


@frozen
class ConcurrencyLimit:
    """At most `calls` at a time, whatever their cost."""

    calls: int = field(validator=count(1))

    @property
    def largest(self) -> float:
        """See `Limit`."""
        return inf

    def machine(self) -> LimitMachine:
        """See `Limit`."""
        return _Concurrency(self)


class _Window:
    """A slot is busy from the send until the answer + period - min_rtt."""

    __slots__ = ("_abandoned_busy", "_busy", "_calls", "_limit", "_slots", "_used")

    def __init__(self, limit: WindowLimit) -> None:
        self._limit = limit
        self._calls = limit.calls * (1 + _ROUNDING)
        self._abandoned_busy = limit.period * (1 + CLOCK_DRIFT)
        self._busy = max(0.0, self._abandoned_busy - limit.min_rtt)
        self._used = 0.0  # in flight, or in a slot
        self._slots: deque[tuple[float, float]] = deque()  # (free at, cost), as they were finished

    def ready_at(self, cost: float, now: float) -> float:
        slots = self._slots
        while slots and slots[0][0] <= now:
            self._used -= slots.popleft()[1]
        if self._used + cost <= self._calls:
            return now
        missing = self._used + cost - self._calls
        at = now
        for free_at, freed in slots:
            at = max(at, free_at)  # slots are freed in their order, the few that could go earlier too
            missing -= freed
            if missing <= 0:
                return at
        return inf

    def take(self, cost: float, number: int, now: float) -> None:
        self._used += cost

    def try_take(self, cost: float, number: int, now: float) -> bool:
        slots = self._slots
        while slots and slots[0][0] <= now:
            self._used -= slots.popleft()[1]
        used = self._used + cost
        if used > self._calls:
            return False
        self._used = used
        return True

    def give_back(self, cost: float, number: int) -> None:
        self._used -= cost

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        self._slots.append((now + (self._busy if answered else self._abandoned_busy), cost))

    def snapshot(self) -> LimitSnapshot:
        slots = self._slots
        in_flight = self._used - sum(cost for _, cost in slots)
        return LimitSnapshot(
            limit=self._limit, in_flight=in_flight, clear_at=max(slots)[0] if slots else None
        )


class _Bucket:
    """The generic cell rate algorithm over what is finished; what is in flight is held back.

    What any stretch of the server's time holds was either finished in it, which the algorithm
    bounds, or is in flight when the last of it is sent, which is held back.
    """

    __slots__ = ("_capacity", "_flying", "_full_at", "_least", "_limit", "_per_second")

    def __init__(self, limit: BucketLimit) -> None:
        self._limit = limit
        self._capacity = limit.capacity
        self._least = -_ROUNDING * limit.capacity
        self._per_second = limit.per_second
        self._flying = 0.0
        self._full_at = -inf

    def ready_at(self, cost: float, now: float) -> float:
        left = self._capacity - self._flying - cost
        if left < self._least:
            return inf
        at = self._full_at - left / self._per_second
        if at < now:
            return now
        return at

    def take(self, cost: float, number: int, now: float) -> None:
        self._flying += cost

    def try_take(self, cost: float, number: int, now: float) -> bool:
        flying = self._flying + cost
        left = self._capacity - flying
        if left < self._least or self._full_at - left / self._per_second > now:
            return False
        self._flying = flying
        return True

    def give_back(self, cost: float, number: int) -> None:
        self._flying -= cost

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        self._flying -= cost
        if self._full_at < now:
            self._full_at = now
        self._full_at += cost / self._per_second

    def snapshot(self) -> LimitSnapshot:
        clear_at = None if self._full_at == -inf else self._full_at
        return LimitSnapshot(limit=self._limit, in_flight=self._flying, clear_at=clear_at)


class _Concurrency:
    """Permits, which are out until the answer."""

    __slots__ = ("_calls", "_flying", "_limit")

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit = limit
        self._calls = limit.calls
        self._flying = 0

    def ready_at(self, cost: float, now: float) -> float:
        return now if self._flying < self._calls else inf

    def take(self, cost: float, number: int, now: float) -> None:
        self._flying += 1

    def give_back(self, cost: float, number: int) -> None:
        self._flying -= 1

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        self._flying -= 1

    def snapshot(self) -> LimitSnapshot:
        return LimitSnapshot(limit=self._limit, in_flight=self._flying, clear_at=None)
