"""`TokenBox`: one token for all calls, fetched once each time, whoever asks.

Rules of this file:

- At most one fetch is in flight. Whoever holds its `Lease` owes the box its outcome; a lease that
  is abandoned goes to the call that has waited longest, so that none is lost.
- While a token can be used, nobody waits and nobody fails, whatever the fetch of the next one does.
- Tokens have generations. A refusal that names an older one than the box holds changes nothing.
- A fetch's failure is shared by all who waited for it, and kept for a while, with a back-off.
- Age is monotonic and counts from the start of the request, since the server's count may.

| state      | ask                                 | fulfil | fail                  | abandon          |
|------------|-------------------------------------|--------|-----------------------|------------------|
| EMPTY      | Lease, to REFRESHING                |        |                       |                  |
| FRESH      | Token; in the soft window one gets  |        |                       |                  |
|            | a Lease with a fallback, past it a  |        |                       |                  |
|            | Lease without: to REFRESHING        |        |                       |                  |
| REFRESHING | the old Token while it can be used, | to     | to FRESH while the    | stays, with a    |
|            | else a Seat                         | FRESH  | old token can be used | call seated;     |
|            |                                     |        | else to BROKEN        | else back        |
| BROKEN     | SharedFailure; from its `until` on  |        |                       |                  |
|            | a Lease: to REFRESHING              |        |                       |                  |

A `rejected` of the current generation leads from FRESH to EMPTY; in REFRESHING the old token can
no longer be used, so those who ask join the fetch in flight. Windows of a token with a lifetime:

    arrives          soft window       hard window     expires
    |---- Token -----|-- one Lease ----|---- Seats ----|
                     soft before       hard before

`soft` and `hard` are the policy's, `hard` at most a tenth of the lifetime; and neither window opens
before half of the lifetime has gone by since the arrival, however long the request took. So a token
that lives shorter than the margins is used for half of its life instead of being fetched in a loop.
"""

from __future__ import annotations

import enum
import math
from collections import OrderedDict
from typing import Final, TypeAlias

from attrs import field, frozen

from offwire.auth.token import Token, TokenGrant
from offwire.bounds import at_least
from offwire.errors import SignInFailed
from offwire.ticket import Ticket

_HARD_SHARE: Final = 0.1
_LEAST_USE: Final = 0.5
_NEVER: Final = -math.inf


@frozen(kw_only=True)
class TokenPolicy:
    """When a token is replaced, and how failures are spread. All in seconds.

    Raises at birth:
        ValueError: a number is negative or not finite, `hard` is above `soft`, or `backoff` is
            zero or above `backoff_cap`.
    """

    soft: float = field(default=300.0, validator=at_least(0))
    """So long before its end one call fetches the next token, and the others go on (five minutes,
    as MSAL has it)."""
    hard: float = field(default=10.0, validator=at_least(0))
    """So long before its end no call uses it any more: clocks differ, and requests travel (ten
    seconds, as Go's oauth2 has it)."""
    backoff: float = field(default=1.0, validator=at_least(0))
    """No fetch for so long after a first failure; doubled with each that follows."""
    backoff_cap: float = field(default=60.0, validator=at_least(0))
    """The longest such pause, and the one after a final failure: not for ever, since a refusal may
    be repaired on the server's side, and a client should not need a restart to notice."""

    def __attrs_post_init__(self) -> None:
        if self.hard > self.soft:
            raise ValueError(f"TokenPolicy.hard ({self.hard!r}) is at most soft ({self.soft!r})")
        if not 0 < self.backoff <= self.backoff_cap:
            raise ValueError(
                f"TokenPolicy.backoff is above 0 and at most backoff_cap ({self.backoff_cap!r}), "
                f"not {self.backoff!r}"
            )


@frozen(kw_only=True, eq=False)
class Lease:
    """The right to fetch a token. Who holds it owes the box `fulfil`, `fail` or `abandon`."""

    generation: int
    """The number that the new token will have."""
    previous: Token | None
    """The last token, for its refresh token; it may have expired or been refused."""
    fallback: Token | None
    """The same where it can still be used: this fetch is early, and its failure fails no call."""


@frozen(kw_only=True, eq=False)
class SharedFailure:
    """No token, and no use in trying before `until`.

    The error is one value for all who share it: raise a copy, made by `with_facts`.
    """

    error: SignInFailed
    until: float
    """Monotonic seconds."""


class Seat:
    """A place among those who wait for a fetch. Who holds it owes `poll`s to the end, or `leave`."""

    __slots__ = ("_answer", "_ended", "ticket")
    ticket: Ticket
    """Woken when there may be an answer; `poll` after each wake."""

    def __init__(self) -> None:
        self.ticket = Ticket()
        self._answer: Lease | SharedFailure | None = None
        self._ended = False


Answer: TypeAlias = Token | Lease | SharedFailure
"""What asking ends with."""


@enum.unique
class TokenState(enum.Enum):
    """The states of a TokenBox."""

    EMPTY = "empty"
    FRESH = "fresh"
    REFRESHING = "refreshing"
    BROKEN = "broken"


@frozen(kw_only=True)
class TokenBoxSnapshot:
    """A TokenBox at one instant; times are monotonic."""

    state: TokenState
    generation: int
    """The number of the newest token; 0 before there is one."""
    usable_until: float | None
    """When the newest token stops being handed out; infinite where the server names no lifetime.
    None where there is no token, or it was refused or has been found to be over."""
    waiting: int
    failures: int
    """How many fetches have failed in a row."""
    retry_at: float | None
    """When the next fetch may start, where the last one failed."""


class TokenBox:
    """The machine that this file is about. `now` is monotonic seconds."""

    __slots__ = (
        "_failure", "_failures", "_generation", "_given", "_hard_at", "_jitter", "_lease", "_pause",
        "_policy", "_seats", "_soft_at", "handed_out_until", "token",
    )  # fmt: skip

    def __init__(self, policy: TokenPolicy, grant: TokenGrant | None = None, *, jitter: float = 0.0) -> None:
        """Start empty, or with a token that was had elsewhere; its age counts from the first `ask`.

        Args:
            policy: the windows and the back-off.
            grant: the first token, where the user brings one.
            jitter: from 0 to 1, by chance, once per box: shortens the soft window by up to half,
                so that a fleet of clients does not ask the token server all at once.

        Raises:
            ValueError: `jitter` is not in 0…1.
        """
        if not 0 <= jitter <= 1:
            raise ValueError(f"TokenBox takes a jitter from 0 to 1, not {jitter!r}")
        self._policy = policy
        self._jitter = jitter
        self._given = grant
        self.token: Token | None = None
        """For reading: the newest one, good or not."""
        self.handed_out_until: float = _NEVER
        """For reading: until then, to ask is to be handed `token`. It moves with any step, to either side."""
        self._generation = 0
        self._soft_at = self._hard_at = _NEVER
        self._lease: Lease | None = None
        self._failure: SharedFailure | None = None
        self._failures = 0
        self._pause = policy.backoff
        self._seats: OrderedDict[Seat, None] = OrderedDict()

    def at_hand(self, now: float) -> Token | None:
        """The token that `ask` would hand out at once; None where there is none. Nothing is owed."""
        return self.token if now < self.handed_out_until else None

    def ask(self, now: float) -> Answer | Seat:
        """A token, or what to do to get one.

        After a Token: use it. After a Lease: fetch one, and tell the outcome. After a Seat: wait
        for its ticket and `poll`. After a SharedFailure: fail the call.
        """
        token = self.token
        if token is not None and now < self.handed_out_until:
            return token
        answer = self._decide(now)
        if answer is not None:
            return answer
        seat = Seat()
        self._seats[seat] = None
        return seat

    def poll(self, seat: Seat, now: float) -> Answer | None:
        """The answer for a seat, after which the seat is no more; None: wait for the ticket again.

        Raises:
            ValueError: the seat has had its answer, or was left.
        """
        if seat._ended:
            raise ValueError("this seat has had its answer, or was left; ask again")
        # A failure was put into the seat; a token was not, for it may have been refused since.
        answer = seat._answer or self._decide(now)
        if answer is None:
            # It keeps the place that it has, or goes to the end of the next line.
            self._seats[seat] = None
        else:
            seat._ended = True
        return answer

    def leave(self, seat: Seat) -> None:
        """Give a seat up. A lease that had been handed to it goes to the next one. Idempotent."""
        if seat._ended:
            return
        seat._ended = True
        if seat in self._seats:
            del self._seats[seat]
        elif isinstance(seat._answer, Lease):
            self._pass_on(seat._answer)

    def fulfil(self, lease: Lease, grant: TokenGrant, now: float, requested_at: float) -> Token:
        """A token came: the new one. All who waited are woken.

        It came at `now`, and ages from `requested_at`, the monotonic time at which its request began.

        Raises:
            ValueError: the lease was settled before.
        """
        self._settle(lease)
        token = self._install(grant, now, requested_at)
        for seat in self._seats:
            seat.ticket.wake()
        self._seats.clear()
        return token

    def fail(self, lease: Lease, error: SignInFailed, now: float) -> Token | SharedFailure:
        """No token came: what the owner goes on with.

        That is the old token while it can be used; nobody else hears of it then. Otherwise it is
        the failure, which all who waited get too. Nobody tries again before the back-off has
        passed, or the server's own wait in `error.retry_after` if that is longer.

        Raises:
            ValueError: the lease was settled before.
        """
        self._settle(lease)
        pause = self._policy.backoff_cap if error.is_final else self._pause
        self._pause = min(2 * self._pause, self._policy.backoff_cap)
        self._failures += 1
        usable = self._usable(now)
        if usable is not None:
            # The end of the old token is worth a try of its own, before calls have to fail.
            pause = min(pause, self._hard_at - now)
        until = now + max(pause, error.retry_after or 0.0)
        # Kept as a copy: the error that was raised holds the owner's frames by its traceback.
        failure = self._failure = SharedFailure(error=error.with_facts(), until=until)
        for seat in self._seats:
            seat._answer = failure
            seat.ticket.wake()
        self._seats.clear()
        if usable is None:
            self._forget()
            return failure
        self.handed_out_until = min(until, self._hard_at)
        return usable

    def abandon(self, lease: Lease, now: float) -> None:
        """The owner gives up without an outcome, as when its call is cancelled.

        The call that has waited longest becomes the owner. Does nothing for a settled lease, so it
        may stand in a `finally`.
        """
        if lease is self._lease:
            # Another lease, so that the former owner's is dead.
            self._pass_on(self._lend(self._usable(now)))

    def rejected(self, generation: int, now: float) -> None:
        """A server refused the token of that generation, with a 401.

        Where it is the current one, it is not handed out any more: the next `ask` leads to one
        fetch, or joins the one in flight. An older one costs nothing.
        """
        if generation != self._generation or self._usable(now) is None:
            return
        self._forget()
        # A fetch that failed early, with time in hand, is no reason not to try when it matters;
        # a wait that the server asked for is.
        if self._failure is not None and not self._failure.error.retry_after:
            self._failure = None

    def snapshot(self) -> TokenBoxSnapshot:
        """The box at this instant, without its tokens."""
        if self._lease is not None:
            state = TokenState.REFRESHING
        elif self._hard_at > _NEVER or self._given is not None:
            state = TokenState.FRESH
        else:
            state = TokenState.EMPTY if self._failure is None else TokenState.BROKEN
        return TokenBoxSnapshot(
            state=state,
            generation=self._generation,
            usable_until=self._hard_at if self._hard_at > _NEVER else None,
            waiting=len(self._seats),
            failures=self._failures,
            retry_at=None if self._failure is None else self._failure.until,
        )

    def _decide(self, now: float) -> Answer | None:
        """What an ask comes to; None: wait."""
        if self._given is not None:
            grant, self._given = self._given, None
            return self._install(grant, now, now)
        usable = self._usable(now)
        if usable is None:
            self._forget()
        elif now < self.handed_out_until:
            return usable
        if self._lease is not None:
            return None
        failure = self._failure
        if failure is not None and now < failure.until:
            return failure
        return self._lend(usable)

    def _usable(self, now: float) -> Token | None:
        return self.token if now < self._hard_at else None

    def _lend(self, usable: Token | None) -> Lease:
        lease = Lease(generation=self._generation + 1, previous=self.token, fallback=usable)
        self._lease = lease
        self._failure = None
        # The others go on with the old token for as long as it lasts.
        self.handed_out_until = self._hard_at
        return lease

    def _settle(self, lease: Lease) -> None:
        if lease is not self._lease:
            raise ValueError("this lease was settled before, or is another box's")
        self._lease = None

    def _pass_on(self, lease: Lease) -> None:
        if self._seats:
            seat, _ = self._seats.popitem(last=False)
            seat._answer = lease
            seat.ticket.wake()
        else:
            self._lease = None
            self.handed_out_until = self._soft_at

    def _install(self, grant: TokenGrant, now: float, requested_at: float) -> Token:
        previous = self.token
        refresh = grant.refresh
        if refresh is None and previous is not None:
            refresh = previous.refresh
        expires_at: float | None = None
        self._soft_at = self._hard_at = math.inf
        if grant.lifetime is not None:
            lifetime = grant.lifetime
            expires_at = min(requested_at, now) + lifetime
            earliest = now + lifetime * _LEAST_USE
            soft = self._policy.soft * (1 - self._jitter / 2)
            self._hard_at = max(expires_at - min(self._policy.hard, lifetime * _HARD_SHARE), earliest)
            self._soft_at = min(max(expires_at - soft, earliest), self._hard_at)
        self._generation += 1
        self.token = Token(
            access=grant.access,
            generation=self._generation,
            expires_at=expires_at,
            refresh=refresh,
            token_type=grant.token_type,
            scope=grant.scope,
            extra=grant.extra,
        )
        self.handed_out_until = self._soft_at
        self._failure = None
        self._failures = 0
        self._pause = self._policy.backoff
        return self.token

    def _forget(self) -> None:
        self._soft_at = self._hard_at = self.handed_out_until = _NEVER
