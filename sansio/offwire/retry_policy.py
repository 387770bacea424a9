"""`RetryPolicy`: whether a failed attempt is repeated, and when. The decision, and nothing else.

Rules of this file:

- An attempt that may have reached the server is repeated only if the operation is repeatable, or
  if the server said that it had not begun (RFC 9110 section 9.2.2).
- A server's wait is never shortened: it is kept, or the call gives up at once and carries it.
  AWS publishes another rule for its own services, which only AWS's preset follows.
- No wait is begun that would end at the deadline or after it.
- The budget is charged last, and only for a retry that will happen.

| how the attempt ended | repeatable | unknown |
|---|---|---|
| never sent: no connection, HTTP/2 REFUSED_STREAM, or above GOAWAY's last stream | again | again |
| maybe sent: the connection broke, or the answer did not come or was cut off | again | stop |
| 408, 500, 502, 503, 504 | again | stop |
| 425 Too Early, 429, or a server's own word that it refused for the rate | again | again |
| 409 to an idempotency key: the first request is still running | again if keyed | stop |
| any other status | stop | stop |
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from attrs import field, frozen

from offwire.backoff import Backoff, Exponential
from offwire.bounds import at_least, count, none_or
from offwire.safety import Safety
from offwire.state.retry_budget import BudgetPolicy, NoBudget, RetryBudget, TokenBudget

if TYPE_CHECKING:
    from random import Random

    from offwire.state.retry_window import WindowBudget

MOST_SPREAD: Final = 1.0
"""Seconds that a spread adds to a server's wait at most."""

_AWS_STATUSES: Final = frozenset({500, 502, 503, 504})
_AWS_TRANSIENT: Final = frozenset({
    "PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException",
})  # fmt: skip
_AWS_THROTTLING: Final = frozenset({
    "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
    "TooManyRequestsException", "TransactionInProgressException",
})  # fmt: skip


@enum.unique
class Reach(enum.Enum):
    """How far a request got."""

    NEVER_SENT = "never sent"
    """The server cannot have begun with it."""
    MAYBE_SENT = "maybe sent"
    """No complete answer came; the server may have seen the request, and may have done it."""
    ANSWERED = "answered"
    """A complete answer came."""


@frozen(kw_only=True)
class Failure:
    """The facts of one failed attempt.

    Raises:
        ValueError: answered without a status, or a wait that is negative or not finite.
    """

    reach: Reach
    status: int | None = None
    code: str | None = None
    """The server's own error code, where its answer has one."""
    throttled: bool = False
    """Whether the server says that it refused, and did nothing, because of the rate."""
    server_wait: float | None = field(default=None, validator=none_or(at_least(0)))
    """Seconds from now, as in Retry-After (RFC 9110 section 10.2.3)."""
    description: str = ""
    """The status or the kind of error, for those who watch."""

    def __attrs_post_init__(self) -> None:
        if self.reach is Reach.ANSWERED and self.status is None:
            raise ValueError("Failure.status has to be given where reach is ANSWERED")


@enum.unique
class StopReason(enum.Enum):
    """Why an attempt is the last one."""

    NOT_RETRYABLE = "not retryable"
    """It would end the same way again."""
    UNSAFE = "unsafe"
    """Repeating it may do it twice."""
    ATTEMPTS = "attempts"
    """There have been as many as the policy allows."""
    SERVER_WAIT = "server wait"
    """The server asks for a longer wait than the policy allows."""
    DEADLINE = "deadline"
    """The next attempt would come at the call's deadline or later."""
    BUDGET = "budget"
    """Too much is failing: the retries that all calls share are used up."""


@frozen(kw_only=True)
class Again:
    """Repeat the attempt. The caller owes a wait until `at`, and the cost to the budget's `on_success`."""

    at: float
    """Monotonic."""
    wait: float
    """Seconds from now to `at`; the next decision's `previous_delay`."""
    cost: float
    """What the budget was charged."""


@frozen(kw_only=True)
class Stop:
    """The attempt was the last one."""

    reason: StopReason
    retry_after: float | None = None
    """Seconds to stay away: the wait that was refused, or else the server's; None where there is none."""
    pause: float = 0.0
    """Seconds that the caller owes before it hands the failure on; see `RetryPolicy.wait_when_broke`."""


Decision: TypeAlias = Again | Stop
"""What comes after a failure."""


def _statuses(values: Iterable[int]) -> frozenset[int]:
    return frozenset(values)


def _codes(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


@frozen(kw_only=True)
class RetryPolicy:
    """What is sent again, when, and how often.

    Raises:
        ValueError: a number is out of its range; the message names the field.
    """

    max_attempts: int = field(default=3, validator=count(1))
    """The first one included."""
    backoff: Backoff = Exponential()
    """The wait where the server names none. A longer wait of the server's takes its place."""
    throttle_backoff: Backoff | None = None
    """The same for what was refused because of its rate; None is `backoff`."""
    statuses: frozenset[int] = field(
        default=frozenset({408, 425, 429, 500, 502, 503, 504}), converter=_statuses
    )
    """Answers that are worth another attempt."""
    unsafe_statuses: frozenset[int] = field(default=frozenset({425, 429}), converter=_statuses)
    """Those of `statuses` that the server gives before it begins, so that nothing is done twice."""
    keyed_statuses: frozenset[int] = field(default=frozenset({409}), converter=_statuses)
    """Answers that to an idempotency key mean "still running" (Idempotency-Key draft-07, section 2.7)."""
    throttle_statuses: frozenset[int] = field(default=frozenset({429}), converter=_statuses)
    """Those of `statuses` that speak of the rate."""
    codes: frozenset[str] = field(default=frozenset(), converter=_codes)
    """Error codes of the server's own that are worth another attempt under any status."""
    throttle_codes: frozenset[str] = field(default=frozenset(), converter=_codes)
    """Error codes of the server's own by which it refuses for the rate, and does nothing."""
    max_server_wait: float | None = field(default=120.0, validator=none_or(at_least(0)))
    """Seconds; where the server asks for more, the call gives up at once. None waits for any time."""
    server_wait_ceiling: float | None = field(default=None, validator=none_or(at_least(0)))
    """Seconds above our own backoff at which a server's wait is cut. None cuts nothing: leave it so,
    unless the server's owner publishes such a rule, as AWS does."""
    spread: float = field(default=0.1, validator=at_least(0))
    """What is added to a server's wait by chance, as a share of it and at most `MOST_SPREAD`, so that
    all who were sent away do not come back at once."""
    budget: BudgetPolicy | WindowBudget = TokenBudget()
    """How many retries all calls of an API have together."""
    wait_when_broke: bool = False
    """Whether a call without budget waits before it fails: for callers that ask again at once."""

    @classmethod
    def never(cls) -> RetryPolicy:
        """One attempt, and no more."""
        return cls(max_attempts=1, budget=NoBudget())

    @classmethod
    def aws_2026(cls, *, long_poll: bool = False) -> RetryPolicy:
        """AWS's standard mode from 2026 on (AWS SDKs and Tools Reference Guide, "Retry behavior").

        DynamoDB has four attempts and a base of 0.025 s. `long_poll` is for operations such as
        `sqs:ReceiveMessage`, whose callers ask again at once.
        """
        return cls(
            backoff=Exponential(base=0.05),
            throttle_backoff=Exponential(base=1.0),
            statuses=_AWS_STATUSES,
            codes=_AWS_TRANSIENT,
            throttle_codes=_AWS_THROTTLING,
            max_server_wait=None,
            server_wait_ceiling=5.0,
            spread=0.0,
            budget=TokenBudget(),
            wait_when_broke=long_poll,
        )

    @classmethod
    def aws_legacy(cls) -> RetryPolicy:
        """AWS's standard mode until 2026; a server's wait is kept here, which those SDKs ignored."""
        return cls(
            backoff=Exponential(base=1.0),
            statuses=_AWS_STATUSES,
            codes=_AWS_TRANSIENT,
            throttle_codes=_AWS_THROTTLING,
            spread=0.0,
            budget=TokenBudget(retry_cost=5.0, throttle_cost=5.0),
        )

    def is_retryable(self, failure: Failure, safety: Safety) -> bool:
        """Whether another attempt may help and can do no harm; whether there is one, `decide` says."""
        if failure.throttled or failure.code in self.throttle_codes:
            return True
        return self._is_passing(failure, safety) and self._is_harmless(failure, safety)

    def decide(
        self,
        failure: Failure,
        *,
        attempt: int,
        safety: Safety,
        budget: RetryBudget,
        previous_delay: float,
        now: float,
        deadline: float | None,
        random: Random,
    ) -> Decision:
        """Decide what comes after attempt number `attempt`, from 1, has failed.

        `previous_delay` is the wait before that attempt, 0 for the first one; `now` and
        `deadline` are monotonic. Equal arguments, with budget and chance in equal states, give
        equal answers. After Again the caller owes what Again says.
        """
        asked = failure.server_wait
        refused = failure.throttled or failure.code in self.throttle_codes
        if not (refused or self._is_passing(failure, safety)):
            return Stop(reason=StopReason.NOT_RETRYABLE, retry_after=asked)
        if not (refused or self._is_harmless(failure, safety)):
            return Stop(reason=StopReason.UNSAFE, retry_after=asked)
        budget.on_failure(is_first=attempt == 1)
        if attempt >= self.max_attempts:
            return Stop(reason=StopReason.ATTEMPTS, retry_after=asked)
        if asked is not None and self.max_server_wait is not None and asked > self.max_server_wait:
            return Stop(reason=StopReason.SERVER_WAIT, retry_after=asked)
        throttled = refused or failure.status in self.throttle_statuses
        backoff = self.backoff
        if throttled and self.throttle_backoff is not None:
            backoff = self.throttle_backoff
        wait = self._wait(max(0.0, backoff.delay(attempt, previous_delay, random)), asked, random)
        at = now + wait
        if deadline is not None and at >= deadline:
            return Stop(reason=StopReason.DEADLINE, retry_after=wait)
        cost = budget.withdraw(throttled=throttled)
        if cost is None:
            pause = wait if self.wait_when_broke else 0.0
            return Stop(reason=StopReason.BUDGET, retry_after=wait, pause=pause)
        return Again(at=at, wait=wait, cost=cost)

    def _is_passing(self, failure: Failure, safety: Safety) -> bool:
        """Whether the cause is one that passes."""
        if failure.reach is not Reach.ANSWERED or failure.status in self.statuses:
            return True
        if failure.code in self.codes:
            return True
        return safety is Safety.KEYED and failure.status in self.keyed_statuses

    def _is_harmless(self, failure: Failure, safety: Safety) -> bool:
        """Whether nothing can be done twice."""
        match failure.reach:
            case Reach.NEVER_SENT:
                return True
            case Reach.MAYBE_SENT:
                return safety.repeatable
            case Reach.ANSWERED:
                return safety.repeatable or failure.status in self.unsafe_statuses
            case _:
                assert_never(failure.reach)

    def _wait(self, own: float, asked: float | None, random: Random) -> float:
        """The longer one of our own wait and the server's, the latter spread above what was asked."""
        if asked is None:
            return own
        if self.server_wait_ceiling is not None:
            asked = min(asked, own + self.server_wait_ceiling)
        return max(own, asked + min(asked * self.spread, MOST_SPREAD) * random.random())
