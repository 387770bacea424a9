"""`RetryBudget`: what all calls of an API share, so that an outage is not multiplied by retries.

Rules of this file: the tokens stay between 0 and the capacity, and change only by the rules of
the policy. A refused withdrawal takes nothing. No clock: what was spent comes back by successes,
never by time alone. A policy is arithmetic on tokens; the machine holds them.

Of each failure that is worth a retry the machine is told first (`on_failure`), and only then is
the retry drawn (`withdraw`): gRPC counts the failures themselves, AWS only the retries.
"""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

from offwire.bounds import above, at_least


class BudgetPolicy(Protocol):
    """The rules of a budget: any object with these will do."""

    @property
    def full(self) -> float:
        """The tokens at the start, which they never exceed; above 0."""
        ...

    def failed(self, tokens: float) -> float:
        """The tokens after a failure that is worth a retry."""
        ...

    def price(self, tokens: float, *, throttled: bool) -> float | None:
        """What a retry costs now; None where there may be none."""
        ...

    def succeeded(self, tokens: float, last_cost: float | None) -> float:
        """The tokens after a call that succeeded, whose last retry had this cost."""
        ...


@frozen(kw_only=True)
class TokenBudget:
    """A retry costs tokens; a call that succeeds gets back what its last retry cost, or the gain.

    The defaults are those of the AWS SDKs from 2026 on: from a full budget, 35 retries in a row.
    Until then both costs were 5.
    """

    capacity: float = field(default=500.0, validator=above(0))
    retry_cost: float = field(default=14.0, validator=at_least(0))
    throttle_cost: float = field(default=5.0, validator=at_least(0))
    """For a retry of what was refused because of its rate."""
    success_gain: float = field(default=1.0, validator=at_least(0))
    """For a call that succeeds at once."""

    @property
    def full(self) -> float:
        """See `BudgetPolicy`."""
        return self.capacity

    def failed(self, tokens: float) -> float:
        """A failure alone costs nothing."""
        return tokens

    def price(self, tokens: float, *, throttled: bool) -> float | None:
        """See `BudgetPolicy`."""
        cost = self.throttle_cost if throttled else self.retry_cost
        return cost if cost <= tokens else None

    def succeeded(self, tokens: float, last_cost: float | None) -> float:
        """See `BudgetPolicy`."""
        return min(self.capacity, tokens + (self.success_gain if last_cost is None else last_cost))


@frozen(kw_only=True)
class RatioBudget:
    """A failure takes one token, a success adds a share of one; retries need more than half.

    This is gRPC's retry throttling (gRFC A6, `retryThrottling`). Retries stop where more than
    one call in 1 + 1 / `token_ratio` fails. Three decimals count, so that sums of 0.1 meet the
    half exactly.
    """

    max_tokens: float = field(default=10.0, validator=above(0))
    token_ratio: float = field(default=0.1, validator=at_least(0.001))

    @property
    def full(self) -> float:
        """See `BudgetPolicy`."""
        return self.max_tokens

    def failed(self, tokens: float) -> float:
        """See `BudgetPolicy`."""
        return max(0.0, round(tokens - 1, 3))

    def price(self, tokens: float, *, throttled: bool) -> float | None:
        """A retry itself costs nothing."""
        return 0.0 if tokens > self.max_tokens / 2 else None

    def succeeded(self, tokens: float, last_cost: float | None) -> float:
        """See `BudgetPolicy`."""
        return min(self.max_tokens, round(tokens + self.token_ratio, 3))


@frozen
class NoBudget:
    """As many retries as the policy's attempts allow. In an outage each call is multiplied by them."""

    @property
    def full(self) -> float:
        """See `BudgetPolicy`."""
        return 1.0

    def failed(self, tokens: float) -> float:
        """See `BudgetPolicy`."""
        return tokens

    def price(self, tokens: float, *, throttled: bool) -> float | None:
        """See `BudgetPolicy`."""
        return 0.0

    def succeeded(self, tokens: float, last_cost: float | None) -> float:
        """See `BudgetPolicy`."""
        return tokens


@frozen(kw_only=True)
class RetryBudgetSnapshot:
    """The budget at one instant."""

    tokens: float
    capacity: float


class RetryBudget:
    """The tokens that the calls of one API share."""

    __slots__ = ("_full", "_policy", "_tokens", "heeds_success")
    heeds_success: bool
    """For reading: whether a call that succeeds at once would change anything."""

    def __init__(self, policy: BudgetPolicy, *, tokens: float | None = None) -> None:
        """Start with `tokens`, or with as many as there can be."""
        self._policy = policy
        self._full = policy.full
        self._have(self._full if tokens is None else min(tokens, self._full))

    def on_failure(self, *, is_first: bool = True) -> None:
        """An attempt failed in a way that is worth a retry, whether or not there will be one.

        `is_first` says whether it was its call's first; a budget that counts calls counts those only.
        """
        self._have(self._policy.failed(self._tokens))

    def withdraw(self, *, throttled: bool) -> float | None:
        """Take the cost of one retry and return it; None refuses, and nothing is taken.

        The caller keeps the cost, and owes it to `on_success` if the call succeeds.
        """
        cost = self._policy.price(self._tokens, throttled=throttled)
        if cost is not None:
            self._have(self._tokens - cost)
        return cost

    def on_success(self, last_cost: float | None) -> None:
        """A call succeeded; `last_cost` is that of its last retry, or None where it had none."""
        if last_cost is not None or self.heeds_success:
            self._have(self._policy.succeeded(self._tokens, last_cost))

    def replace(self, policy: BudgetPolicy) -> None:
        """Go on under another policy, as full as before in proportion (as gRPC does)."""
        tokens = self._tokens * policy.full / self._full
        self._full = policy.full
        self._policy = policy
        self._have(tokens)

    def snapshot(self) -> RetryBudgetSnapshot:
        """The budget at this instant."""
        return RetryBudgetSnapshot(tokens=self._tokens, capacity=self._full)

    def _have(self, tokens: float) -> None:
        self._tokens = tokens
        self.heeds_success = tokens < self._full
