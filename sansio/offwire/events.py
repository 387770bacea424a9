"""What an observer is told: a closed set of frozen values, in the order in which things happened.

Rules of this file: an event holds nothing secret and nothing live. URLs are redacted. Times are
monotonic seconds on the driver's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen


@frozen(kw_only=True)
class CallStarted:
    """A call has begun."""

    at: float
    call: int
    """A number for the call, unique in its client."""
    operation: str
    method: str
    url: str


@frozen(kw_only=True)
class AttemptStarted:
    """A request is about to be handed to the wire."""

    at: float
    call: int
    attempt: int
    """1 for the first request of a call; redirects and fresh tokens count on."""
    method: str
    url: str


@frozen(kw_only=True)
class AttemptEnded:
    """A request was answered, or failed."""

    at: float
    call: int
    attempt: int
    status: int | None
    """The answer's status, or None where none came."""
    error: str | None
    """The kind of error, such as `MaybeSent`, where no answer came."""
    elapsed: float


@frozen(kw_only=True)
class RetryScheduled:
    """An attempt failed, and another one follows."""

    at: float
    call: int
    reason: str
    """The status or the kind of error."""
    wait: float
    """Seconds until then."""


@frozen(kw_only=True)
class HedgeSent:
    """A request is not answered, and another one like it is sent beside it; its AttemptStarted follows."""

    at: float
    call: int
    waited: float
    """Seconds since the request before was sent."""


@frozen(kw_only=True)
class QuotaWaited:
    """A call had to wait for its turn."""

    at: float
    call: int
    waited: float


@frozen(kw_only=True)
class QuotaStoreLost:
    """The store of a shared limit does not answer any more; `SharedLimit.when_away` holds from now on. Where
    there is no observer, this is a warning instead.
    """

    at: float
    call: int
    """Whose question was not answered; it may be another call's quota as well."""
    key: str
    error: str
    """What the store says, or the kind of error that it raised."""


@frozen(kw_only=True)
class QuotaStoreFound:
    """The store of a shared limit answers again."""

    at: float
    call: int
    key: str
    away: float
    """Seconds since its QuotaStoreLost."""


@frozen(kw_only=True)
class TokenRequested:
    """A token is being fetched."""

    at: float
    call: int
    generation: int
    """The number that the new token will have."""


@frozen(kw_only=True)
class TokenReceived:
    """A token was fetched, and all who waited go on with it."""

    at: float
    call: int
    generation: int
    lifetime: float | None
    """Seconds, or None where the server does not say."""


@frozen(kw_only=True)
class TokenRefused:
    """A token could not be had; all who waited share the failure."""

    at: float
    call: int
    generation: int
    error: str


@frozen(kw_only=True)
class TokenNotKept:
    """A token was fetched, but its store did not take it: this program goes on, the next one may have to
    sign in again. Where there is no observer, this is a warning instead.
    """

    at: float
    call: int
    error: str
    """What the store says."""


@frozen(kw_only=True)
class BreakerChanged:
    """A circuit breaker went from one state to another."""

    at: float
    origin: str
    before: str
    after: str


@frozen(kw_only=True)
class Redirected:
    """An answer pointed elsewhere, and the call follows."""

    at: float
    call: int
    status: int
    url: str


@frozen(kw_only=True)
class CallEnded:
    """A call has ended, one way or the other. Each CallStarted has exactly one."""

    at: float
    call: int
    operation: str
    status: int | None
    error: str | None
    """The kind of error; `Cancelled` where the caller gave up; None where all is well."""
    attempts: int
    waited: float
    elapsed: float


Event: TypeAlias = (
    CallStarted
    | AttemptStarted
    | AttemptEnded
    | RetryScheduled
    | HedgeSent
    | QuotaWaited
    | QuotaStoreLost
    | QuotaStoreFound
    | TokenRequested
    | TokenReceived
    | TokenRefused
    | TokenNotKept
    | BreakerChanged
    | Redirected
    | CallEnded
)
"""All that can be told. The set is closed: match on it with `assert_never`."""

Observer: TypeAlias = Callable[[Event], object]
"""Gets each event after the step that made it, outside of any lock; it can change nothing."""
