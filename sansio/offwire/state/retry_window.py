"""`WindowBudget`: a share of the recent calls, and a few a second, may be retried.

Finagle's and tower's rule: each call deposits, each retry withdraws, and what was deposited or
withdrawn is forgotten after `ttl`. It counts calls and not successes, so it pays in an outage as well:
there the load grows by the share and by the reserve, and by no more.

Rules of this file: a deposit and a withdrawal count from their slot, a tenth of `ttl`, for ten slots. A
refused withdrawal takes nothing. The time is that of the client's `Now`, which the driver sets before
each step: a success is told without one, so that it costs nothing where the budget does not count time.
"""

from __future__ import annotations

from math import floor, inf
from typing import Final

from attrs import field, frozen

from offwire.bounds import above, at_least
from offwire.state.retry_budget import BudgetPolicy, NoBudget, RetryBudget, RetryBudgetSnapshot
from offwire.time import Now

SLOTS: Final = 10
"""Parts of a window, each of which is forgotten as a whole; as many as Finagle and tower have."""


@frozen(kw_only=True)
class WindowBudget:
    """Retries are a share of the calls of the last seconds, and a few a second beside.

    The defaults are those of Finagle and tower: 20 % of the calls, 10 retries a second, over 10 seconds.

    Raises:
        ValueError: a number is out of its range; the message names the field.
    """

    share: float = field(default=0.2, validator=at_least(0))
    """Retries for each call: 0.2 is one for five, 2 is two for each."""
    per_second: float = field(default=10.0, validator=at_least(0))
    """Retries a second that there may be anyhow, so that those who call seldom can retry as well."""
    ttl: float = field(default=10.0, validator=above(0))
    """Seconds that a call counts for."""

    @property
    def reserve(self) -> float:
        """Retries in `ttl` that no call has to pay for."""
        return self.per_second * self.ttl


class RetryWindow(RetryBudget):
    """The calls and the retries of the last seconds."""

    __slots__ = ("_calls", "_now", "_retries", "_slot", "_window")

    def __init__(self, window: WindowBudget, now: Now) -> None:
        """Start with the reserve, at `now`."""
        super().__init__(NoBudget())
        self.heeds_success = True
        self._window = window
        self._now = now
        self._slot = floor(now.monotonic * SLOTS / window.ttl)
        # A ring, by the slot's number.
        self._calls = [0] * SLOTS
        self._retries = [0] * SLOTS

    def on_failure(self, *, is_first: bool = True) -> None:
        """A call deposits once, with its first failure or with its success."""
        if is_first:
            self._deposit()

    def withdraw(self, *, throttled: bool) -> float | None:
        """Take one retry out of what is left; None refuses."""
        slot = self._moved()
        if self._left() < 1:
            return None
        self._retries[slot] += 1
        return 1.0

    def on_success(self, last_cost: float | None) -> None:
        """A call that had a retry has deposited before."""
        if last_cost is None:
            self._deposit()

    def snapshot(self) -> RetryBudgetSnapshot:
        """Retries that are left at this instant; there is no most."""
        self._moved()
        return RetryBudgetSnapshot(tokens=max(0.0, self._left()), capacity=inf)

    def _deposit(self) -> None:
        self._calls[self._moved()] += 1

    def _left(self) -> float:
        # Counted in calls, since sums of shares would miss whole numbers.
        return self._window.reserve + self._window.share * sum(self._calls) - sum(self._retries)

    def _moved(self) -> int:
        """The slot of this instant, where all that is too old has been forgotten."""
        slot = floor(self._now.monotonic * SLOTS / self._window.ttl)
        for each in range(max(self._slot + 1, slot - SLOTS + 1), slot + 1):
            self._calls[each % SLOTS] = self._retries[each % SLOTS] = 0
        self._slot = max(slot, self._slot)
        return self._slot % SLOTS


def budget_of(policy: BudgetPolicy | WindowBudget, now: Now) -> RetryBudget:
    """The machine of a policy."""
    return RetryWindow(policy, now) if isinstance(policy, WindowBudget) else RetryBudget(policy)
