"""Retry: what Y1 to Y6 promise."""

from __future__ import annotations

from typing import ClassVar

from offwire.backoff import Exponential
from offwire.events import HedgeSent, Redirected, RetryScheduled
from offwire.layers.authenticating import RESENDS
from offwire.state.retry_budget import TokenBudget
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.records import (
    Answered,
    Asked,
    Began,
    Ended,
    Looked,
    Paused,
    Replied,
    Sent,
    Slept,
)
from offwire.testing.simulate.scenario import Scenario

_ROUNDING = 1e-6
_NEVER_SENT = frozenset({"NeverSent", "ConnectTimeout"})
_HARMLESS = frozenset({401, 425, 429})


class BoundedAttempts(Check):
    """Y1: a call is sent as often as its policy allows, and all of them retry as the budget allows."""

    rule: ClassVar[str] = "Y1"

    def _begin(self) -> None:
        self._sends: dict[int, int] = {}
        self._hops: dict[int, int] = {}
        self._paid: dict[int, float] = {}
        self._spent = 0.0
        self._earned = 0.0

    def sent(self, record: Sent) -> None:
        """Attempts of one call."""
        if record.marks.kind == "token":
            return
        sends = self._sends[record.call] = self._sends.get(record.call, 0) + 1
        hops = 1 + self._hops.get(record.call, 0)
        if sends > self.scenario.retry.max_attempts * hops + RESENDS:
            self.fail(record.at, record.call, f"it is sent for the {sends}th time, over {hops} hops")

    def redirected(self, event: Redirected) -> None:
        """Each hop has attempts of its own."""
        self._hops[event.call] = self._hops.get(event.call, 0) + 1

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """What retries cost was there before, or has been earned."""
        budget = self.scenario.retry.budget
        if isinstance(budget, TokenBudget):
            cost = budget.throttle_cost if event.reason == "429" else budget.retry_cost
            self._spent += cost
            if self._spent > budget.capacity + self._earned + _ROUNDING:
                self.fail(
                    event.at, event.call, f"{self._spent:g} tokens are spent, {self._earned:g} were earned"
                )

    def hedge_sent(self, event: HedgeSent) -> None:
        """It costs what a retry costs."""
        self.retry_scheduled(RetryScheduled(at=event.at, call=event.call, reason="hedge", wait=0.0))

    def answered(self, record: Answered) -> None:
        """A success earns what its retry cost, or a little."""
        budget = self.scenario.retry.budget
        if record.status is not None and record.status < 400 and isinstance(budget, TokenBudget):
            self._earned += max(budget.success_gain, budget.retry_cost)

    def looked(self, record: Looked) -> None:
        """The budget is never below nothing, and never above its capacity."""
        tokens = record.engine.retry_budget
        if not 0 <= tokens.tokens <= tokens.capacity:
            self.fail(record.at, 0, f"the budget has {tokens.tokens:g} tokens of {tokens.capacity:g}")


class NoAmplification(Check):
    """Y2: as long as nothing succeeds, there are no more retries than a full budget pays for."""

    rule: ClassVar[str] = "Y2"

    def _begin(self) -> None:
        self._spent = 0.0

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """One more without a success in between."""
        budget = self.scenario.retry.budget
        if isinstance(budget, TokenBudget):
            self._spent += budget.throttle_cost if event.reason == "429" else budget.retry_cost
            if self._spent > budget.capacity + _ROUNDING:
                self.fail(event.at, event.call, f"retries cost {self._spent:g} tokens since the last success")

    def hedge_sent(self, event: HedgeSent) -> None:
        """Or one beside another that has not succeeded."""
        self.retry_scheduled(RetryScheduled(at=event.at, call=event.call, reason="hedge", wait=0.0))

    def answered(self, record: Answered) -> None:
        """A success begins a new count."""
        if record.status is not None and record.status < 400:
            self._spent = 0.0


class NoUnsafeRepeat(Check):
    """Y3: what may have reached the server is sent again only where that can do no harm."""

    rule: ClassVar[str] = "Y3"

    def _begin(self) -> None:
        self._unsafe: set[int] = set()
        self._flying: dict[int, int] = {}
        self._last: dict[int, Answered] = {}

    def began(self, record: Began) -> None:
        """Which calls may not be repeated."""
        if record.safety == "unknown":
            self._unsafe.add(record.call)

    def answered(self, record: Answered) -> None:
        """How the attempt before ended."""
        if self._flying.pop(record.call, None) == record.exchange:
            self._last[record.call] = record

    def sent(self, record: Sent) -> None:
        """Once more: there has to be a reason why it is harmless."""
        if record.marks.kind == "token" or record.call not in self._unsafe:
            return
        if record.call in self._flying and record.method != "GET":
            self.fail(record.at, record.call, "it may not be repeated, and is sent beside another attempt")
        self._flying[record.call] = record.exchange
        last = self._last.pop(record.call, None)
        if last is None or record.method == "GET":  # a redirect may have made a GET of it
            return
        was_followed = last.status is not None and last.status < 400  # a redirect
        if last.error not in _NEVER_SENT and last.status not in _HARMLESS and not was_followed:
            ended = last.status or last.error
            self.fail(record.at, record.call, f"it may not be repeated, and ended with {ended} before")


class OneKey(Check):
    """Y4: all attempts of a call carry the same idempotency key, and no two calls share one."""

    rule: ClassVar[str] = "Y4"

    def _begin(self) -> None:
        self._keys: dict[int, str] = {}
        self._owners: dict[str, int] = {}

    def sent(self, record: Sent) -> None:
        """Compare with the attempts before, and with other calls."""
        key = record.marks.key
        if record.marks.kind == "token":
            return
        if self._keys.setdefault(record.call, key) != key:
            self.fail(record.at, record.call, f"its key was {self._keys[record.call]!r}, and is {key!r}")
        if key and self._owners.setdefault(key, record.call) != record.call:
            self.fail(record.at, record.call, f"its key is that of call #{self._owners[key]}")


class NeverEarly(Check):
    """Y5: a call is not sent again before the server's wait is over, and its own is never too long."""

    rule: ClassVar[str] = "Y5"

    def _begin(self) -> None:
        self._until: dict[int, float] = {}
        self._tokens: set[int] = set()

    def answered(self, record: Answered) -> None:
        """The wait that the server asked this call for; that of a token server is for those who fetch."""
        if record.wait is not None and record.exchange not in self._tokens:
            self._until[record.call] = record.at + record.wait

    def sent(self, record: Sent) -> None:
        """The wait is over."""
        if record.marks.kind == "token":
            self._tokens.add(record.exchange)
            return
        until = self._until.pop(record.call, 0.0)
        if record.at < until - _ROUNDING:
            self.fail(record.at, record.call, f"it is sent again {until - record.at:.6f} s too early")

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """Not before now, and not later than the backoff's cap where the server named no wait."""
        backoff = self.scenario.retry.backoff
        cap = backoff.cap if isinstance(backoff, Exponential) else event.wait
        asked = self._until.get(event.call)
        if not (0 <= event.wait <= cap or (event.wait > 0 and asked is not None)):
            self.fail(event.at, event.call, f"it is to wait {event.wait:g} s, where {cap:g} is the most")


class DeadlineIsKept(Check):
    """Y6: nothing is sent at the deadline or later, the call ends by then, and no wait leads past it.

    A sign-in that uses something up is finished once it has been sent, whatever becomes of the call. Who
    asks a store, which has no deadline, ends when that has answered.
    """

    rule: ClassVar[str] = "Y6"

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether any call has a deadline."""
        return scenario.deadlines > 0

    def _begin(self) -> None:
        self._deadlines: dict[int, float] = {}
        self._shielded: set[int] = set()
        self._replied: dict[int, float] = {}

    def began(self, record: Began) -> None:
        """Note the deadline."""
        if record.deadline is not None:
            self._deadlines[record.call] = record.deadline

    def sent(self, record: Sent) -> None:
        """In time. What is shielded is finished, and heeds a limit of its own."""
        if record.at >= self._deadline(record.call):
            self.fail(record.at, record.call, "it is sent when its time is up")
        if record.shielded:
            self._shielded.add(record.call)

    def slept(self, record: Slept) -> None:
        """No wait is begun that cannot help."""
        if record.until >= self._deadline(record.call):
            self.fail(record.at, record.call, f"it sleeps until {record.until:.6f}, past its deadline")

    def paused(self, record: Paused) -> None:
        """The wait ends at the deadline at the latest."""
        deadline = self._deadline(record.call)
        if deadline != _NEVER and (record.until is None or record.until > deadline):
            self.fail(record.at, record.call, "it waits for longer than its deadline")

    def asked(self, record: Asked) -> None:
        """A store."""
        self._replied[record.call] = _NEVER

    def replied(self, record: Replied) -> None:
        """It has answered."""
        self._replied[record.call] = record.at

    def ended(self, record: Ended) -> None:
        """On time."""
        if record.at > max(self._deadline(record.call), self._replied.pop(record.call, 0.0)) + _ROUNDING:
            self.fail(record.at, record.call, "it has ended after its deadline")
        self._deadlines.pop(record.call, None)

    def _deadline(self, call: int) -> float:
        return _NEVER if call in self._shielded else self._deadlines.get(call, _NEVER)


_NEVER = float("inf")

RETRY_CHECKS: tuple[type[Check], ...] = (
    BoundedAttempts, NoAmplification, NoUnsafeRepeat, OneKey, NeverEarly, DeadlineIsKept,
)  # fmt: skip
"""All of this family; that equal seeds make equal traces (Y7) is for who runs them twice."""
