"""Hedging: a request that is slow to be answered is sent a second time, and the first good answer counts.

Rules of this file:

- Only what may be repeated is sent twice. All of its requests are equal, so they carry the same key.
- A hedge is due when the newest request has been under way for `after` seconds, or at once when another
  one fails beside it. It is sent in that step or not at all: if there is a token at hand, a connection is
  free, the quota has a permit, and the budget pays.
- None is sent at the deadline or past it, and none after the server has asked for a wait.
- An answer that is worth another attempt does not decide while others are under way. Where all end so,
  what is handed on is the longest wait that the server named, or else what came last.
- Who has lost is closed: it tells the breaker nothing, and its permit counts as sent.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from attrs import frozen

from offwire.context import Context
from offwire.errors import CallError, NetworkError
from offwire.flow import Flow, Race, Wait
from offwire.hedge_policy import HedgePolicy
from offwire.layers.racing import Racer
from offwire.layers.retrying import Hedged, Raced, refused, unanswered
from offwire.layers.shape import Forward
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.retry_policy import Failure, RetryPolicy
from offwire.state.connections import ConnectionQueue
from offwire.state.latencies import LatenciesByOperation
from offwire.state.quota import Quota
from offwire.state.retry_budget import RetryBudget
from offwire.ticket import Ticket

if TYPE_CHECKING:
    from offwire.policies import Price
    from offwire.state.token_box import TokenBox


def hedging(
    hedge: HedgePolicy,
    retry: RetryPolicy,
    budget: RetryBudget,
    *,
    queue: ConnectionQueue,
    quota: Quota | None = None,
    price: Price | None = None,
    box: TokenBox | None = None,
) -> Hedged:
    """Make attempts as `hedge` says.

    Args:
        hedge: when a request is sent again beside the first.
        retry: which outcomes are worth another attempt.
        budget: pays for hedges; what one costs does not come back by a success.
        queue: has to have a free connection.
        quota: has to have a permit at hand.
        price: what requests cost of it, where that is not one unit each.
        box: has to have a token at hand, where there are any.
    """
    latencies = None if hedge.after is not None else LatenciesByOperation(hedge.quantile, hedge.learn_from)

    def is_affordable(request: Request, context: Context) -> bool:
        now = context.now.monotonic
        if box is not None and box.at_hand(now) is None:
            return False
        # What is taken here is given back at once: the attempt takes its own, in this same step.
        line = queue.enter(request.url.origin)
        if line is None:
            return False
        queue.exit(line)
        if quota is not None:
            permit = quota.try_acquire(now, 1.0 if price is None else price(context.operation, request))
            if not permit:
                return False
            quota.refund(permit, now)
        return budget.withdraw(throttled=False) is not None

    def layer(forward: Forward, request: Request, context: Context, left: int) -> Flow[Raced]:
        if left < 1 or not context.safety.repeatable:
            return Raced((yield from forward(request, context)), 0)
        learned = None if latencies is None else latencies[context.operation]
        after = hedge.after if learned is None else learned.estimate
        heat = Heat(forward, request, context, retry)
        if after is None:
            yield from heat.attempt()
        else:
            hedges = range(1, min(hedge.most, left) + 1)
            yield Race((heat.attempt(), *(heat.hedge(number, after, is_affordable) for number in hedges)))
        if learned is not None and heat.winner is not None and heat.first_sent_at is not None:
            # Where a hedge has won, the first one would have taken longer. It took longer than the quantile
            # anyhow, which does not move by how much.
            learned.add(context.now.monotonic - heat.first_sent_at)
        return heat.end(budget)

    return layer


class Heat:
    """One race: what is under way, what has failed, and whether there are more hedges to come."""

    __slots__ = (
        "_context", "_failed", "_forward", "_hedges", "_is_hurried", "_is_over", "_newest_sent_at", "_racers",
        "_request", "_retry", "_tickets", "first_sent_at", "winner",
    )  # fmt: skip
    winner: Response | None
    """The answer that has decided it."""
    first_sent_at: float | None
    """When the first of its requests was sent, monotonic."""

    def __init__(self, forward: Forward, request: Request, context: Context, retry: RetryPolicy) -> None:
        self._forward = forward
        self._request = request
        self._context = context
        self._retry = retry
        self._hedges = 0
        self._racers: list[Racer] = []  # those under way
        self._newest_sent_at = inf  # infinity while it waits in a line
        self._is_hurried = False
        self._is_over = False
        self._tickets: dict[int, Ticket] = {}
        self._failed: list[_Failed] = []
        self.winner = None
        self.first_sent_at = None

    def attempt(self) -> Flow[Response | None]:
        """One request. It returns the answer where that decides the race."""
        context, racer = self._context, Racer(self._context, self._on_sent)
        self._newest_sent_at = inf
        self._racers.append(racer)
        outcome: Response | CallError
        try:
            outcome = yield from self._forward(self._request, racer)
        except CallError as error:
            outcome = error
        self._racers.remove(racer)
        failure = self._failure(outcome)
        if isinstance(outcome, Response) and failure is None:
            self.winner = outcome
            racer.win()
            return outcome
        self._failed.append(_Failed(outcome, failure, context.now.monotonic, racer))
        self._is_hurried = True
        if self._racers and not (failure is not None and self._is_sent_away(failure)):
            self._wake(self._hedges + 1)
        else:
            self._end_hedges()
        return None

    def hedge(
        self, number: int, after: float, is_affordable: Callable[[Request, Context], bool]
    ) -> Flow[Response | None]:
        """Hedge number `number`, from 1, when it is due; it returns None where it never is."""
        context = self._context
        now = context.now
        while not self._is_over and (due := self._due(number, after)) > now.monotonic:
            if context.deadline is not None and now.monotonic >= context.deadline:
                return None
            ticket = self._tickets.setdefault(number, Ticket())
            yield Wait(ticket, context.until(None if due == inf else due))
        if self._is_over or not is_affordable(self._request, context):
            self._end_hedges()
            return None
        self._hedges += 1
        if context.observers:
            from offwire.events import HedgeSent  # noqa: PLC0415 - only observed calls pay for events

            waited = now.monotonic - self._newest_sent_at
            context.tell(HedgeSent(at=now.monotonic, call=context.number, waited=waited))
        return (yield from self.attempt())

    def end(self, budget: RetryBudget) -> Raced:
        """How it has ended; `budget` is told of the failures that nobody else gets to see."""
        outcome: Response | CallError | None = self.winner
        if outcome is None:
            # The last one, where none weighs more.
            last = max(reversed(self._failed), key=_Failed.weight)
            self._failed.remove(last)
            last.racer.win()
            outcome = last.outcome
        for each in self._failed:
            if each.failure is not None:
                budget.on_failure(is_first=False)
        return Raced(outcome, self._hedges)

    def _due(self, number: int, after: float) -> float:
        """When a hedge is to be sent; infinity where that is not known yet."""
        if number > self._hedges + 1 or any(racer.is_answered for racer in self._racers):
            return inf
        return self._newest_sent_at + (0.0 if self._is_hurried else after)

    def _on_sent(self) -> None:
        now = self._context.now.monotonic
        self._newest_sent_at = now
        self._is_hurried = False
        if self.first_sent_at is None:
            self.first_sent_at = now
        self._wake(self._hedges + 1)

    def _wake(self, number: int) -> None:
        ticket = self._tickets.get(number)
        if ticket is not None:
            ticket.wake()

    def _end_hedges(self) -> None:
        self._is_over = True
        for ticket in self._tickets.values():
            ticket.wake()

    def _is_sent_away(self, failure: Failure) -> bool:
        return failure.server_wait is not None or failure.status in self._retry.throttle_statuses

    def _failure(self, outcome: Response | CallError) -> Failure | None:
        """The facts of an attempt that is worth another one; None of any other."""
        if isinstance(outcome, NetworkError):
            return unanswered(outcome)
        if not isinstance(outcome, Response) or outcome.status < 400:
            return None
        failure = refused(outcome, self._retry, self._context)
        return failure if self._retry.is_retryable(failure, self._context.safety) else None


@frozen(eq=False)
class _Failed:
    """An attempt that has not decided the race."""

    outcome: Response | CallError
    failure: Failure | None
    """Its facts, where it is worth another attempt; None where nothing was sent."""
    at: float
    racer: Racer

    def weight(self) -> tuple[bool, float]:
        """What was sent before what was not, and the longest wait first."""
        if self.failure is None:
            return (False, 0.0)
        wait = self.failure.server_wait
        return (True, 0.0 if wait is None else self.at + wait)
