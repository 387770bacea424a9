"""`Breaker`: stops calls to what keeps failing, and lets a few through now and then to see.

Rules of this file:

- The state changes by the table below, and in no other way.
- A Pass belongs to the state in which it was given: what becomes of it later changes nothing.
- No more than `probes` calls run while half open, and each gives its place back on every exit.
- Below `min_calls` outcomes in the window it never opens.

What counts as a failure is the caller's to say. A caller's cancel is neither: `release`.
"""

from __future__ import annotations

import enum
from typing import Final, TypeAlias

from attrs import field, frozen

from offwire.bounds import above, at_least, count, share


@enum.unique
class State(enum.Enum):
    """Of a breaker."""

    CLOSED = "closed"
    """Calls pass, and their outcomes are counted."""
    OPEN = "open"
    """No call passes before a certain time."""
    HALF_OPEN = "half open"
    """A few calls pass, to find out."""


@enum.unique
class Cause(enum.Enum):
    """What moves a breaker."""

    TOO_MANY_FAILURES = enum.auto()
    TIME_IS_UP = enum.auto()
    PROBE_FAILED = enum.auto()
    PROBES_SUCCEEDED = enum.auto()


TRANSITIONS: Final = {
    (State.CLOSED, Cause.TOO_MANY_FAILURES): State.OPEN,
    (State.OPEN, Cause.TIME_IS_UP): State.HALF_OPEN,
    (State.HALF_OPEN, Cause.PROBE_FAILED): State.OPEN,
    (State.HALF_OPEN, Cause.PROBES_SUCCEEDED): State.CLOSED,
}


@frozen(kw_only=True)
class BreakerPolicy:
    """When to stop, and for how long.

    Raises:
        ValueError: a number is out of its range; the message names the field.
    """

    failure_rate: float = field(default=0.5, validator=share)
    """The share of failures in the window from which it opens."""
    window: int = field(default=50, validator=count(1))
    """How many of the latest outcomes count."""
    min_calls: int = field(default=20, validator=count(1))
    """How many outcomes there have to be before the share means anything."""
    open_for: float = field(default=30.0, validator=above(0))
    """Seconds that it stays open at first."""
    open_growth: float = field(default=2.0, validator=at_least(1))
    """By what that time grows with each failed probe, up to `open_cap`."""
    open_cap: float = field(default=300.0, validator=above(0))
    """Seconds. A server that asks for more gets it."""
    probes: int = field(default=1, validator=count(1))
    """How many calls have to succeed while half open; also how many may run at once then."""

    def __attrs_post_init__(self) -> None:
        if self.min_calls > self.window:
            raise ValueError(
                f"BreakerPolicy.min_calls has to be at most window ({self.window}), not {self.min_calls}: "
                "it would never open"
            )


class Pass:
    """A call may start. Who holds it owes one of `succeed`, `fail` and `release`."""

    __slots__ = ()


@frozen
class Refused:
    """The call may not start: nothing is owed."""

    until: float
    """The monotonic time from which asking again may help."""


Answer: TypeAlias = Pass | Refused
"""To whether a call may start."""


@frozen(kw_only=True)
class BreakerSnapshot:
    """A breaker at one instant."""

    state: State
    since: float
    """The monotonic time of the last change; 0 where there was none."""
    changes: int
    """How often the state has changed."""
    calls: int
    """Outcomes in the window."""
    failures: int
    """Those of them that were failures."""
    open_until: float | None
    """Monotonic; None unless it is open."""
    next_open_for: float
    """Seconds that it would stay open, were it to open now."""
    probes_running: int


class Breaker:
    """Of one origin, or whatever else fails as a whole."""

    __slots__ = (
        "_at", "_calls", "_changes", "_failures", "_next_open_for", "_outcomes", "_policy", "_probes",
        "_since", "_succeeded", "_until", "is_calm", "shared", "state",
    )  # fmt: skip
    is_calm: bool
    """For reading: whether one more success would change nothing."""
    _at: int
    _calls: int
    _failures: int

    def __init__(self, policy: BreakerPolicy | None = None) -> None:
        """Begin closed; no policy is the default one."""
        self._policy = policy or BreakerPolicy()
        self.state: State = State.CLOSED
        """For reading. An open breaker turns half open when a call asks after its time."""
        self._since = 0.0
        self._changes = 0
        self._until = 0.0
        self._next_open_for = min(self._policy.open_for, self._policy.open_cap)
        self._probes: set[Pass] = set()
        self._succeeded = 0
        self._forget()

    def ask(self, now: float) -> Answer:
        """Whether a call may start. After a Pass the caller owes its outcome, or `release`."""
        shared = self.shared
        if shared is not None:
            return shared
        if self.state is State.OPEN:
            if now < self._until:
                return Refused(self._until)
            self._move(Cause.TIME_IS_UP, now)
        if len(self._probes) + self._succeeded >= self._policy.probes:
            return Refused(now)
        probe = Pass()
        self._probes.add(probe)
        return probe

    def succeed(self, pass_: Pass, now: float) -> None:
        """The call went well."""
        if pass_ is self.shared:
            if self._failures:
                self._count(0)
            elif self._calls < self._policy.window:
                self._calls += 1
            self.is_calm = not self._failures and self._calls == self._policy.window
        elif pass_ in self._probes:
            self._probes.remove(pass_)
            self._succeeded += 1
            if self._succeeded >= self._policy.probes:
                self._move(Cause.PROBES_SUCCEEDED, now)

    def fail(self, pass_: Pass, now: float, open_for: float | None = None) -> None:
        """The call failed. `open_for` is the server's wait in seconds, if it named one.

        If this opens the breaker, the server's wait is how long for.
        """
        policy = self._policy
        if pass_ is self.shared:
            self.is_calm = False
            self._count(1)
            if self._calls >= policy.min_calls and self._failures / self._calls >= policy.failure_rate:
                self._open(Cause.TOO_MANY_FAILURES, now, open_for)
        elif pass_ in self._probes:
            self._open(Cause.PROBE_FAILED, now, open_for)

    def release(self, pass_: Pass) -> None:
        """The call was given up, or says nothing about the server. It counts as nothing."""
        self._probes.discard(pass_)

    def snapshot(self) -> BreakerSnapshot:
        """The breaker at this instant."""
        return BreakerSnapshot(
            state=self.state,
            since=self._since,
            changes=self._changes,
            calls=self._calls,
            failures=self._failures,
            open_until=self._until if self.state is State.OPEN else None,
            next_open_for=self._next_open_for,
            probes_running=len(self._probes),
        )

    def _count(self, outcome: int) -> None:
        """Put an outcome in the place of the oldest one.

        While all outcomes are successes it does not matter which of them is the oldest; that is
        why `succeed` may leave the ring alone then.
        """
        at = self._at
        self._failures += outcome - self._outcomes[at]
        self._outcomes[at] = outcome
        self._at = (at + 1) % self._policy.window
        if self._calls < self._policy.window:
            self._calls += 1

    def _forget(self) -> None:
        """Begin to count, with a new Pass that all calls share."""
        self._outcomes = bytearray(self._policy.window)
        self._at = 0
        self._calls = 0
        self._failures = 0
        self.is_calm = False
        self.shared: Pass | None = Pass()
        """For reading: what `ask` gives to every call while the breaker is closed; None while it is not."""

    def _open(self, cause: Cause, now: float, open_for: float | None) -> None:
        policy = self._policy
        self._until = now + (self._next_open_for if open_for is None else open_for)
        self._next_open_for = min(policy.open_cap, self._next_open_for * policy.open_growth)
        self.shared = None
        self._move(cause, now)

    def _move(self, cause: Cause, now: float) -> None:
        self.state = TRANSITIONS[self.state, cause]
        self._since = now
        self._changes += 1
        self._probes.clear()
        self._succeeded = 0
        if self.state is State.CLOSED:
            self._next_open_for = min(self._policy.open_for, self._policy.open_cap)
            self._forget()
