"""Retry: ask the policy after each failure, and do what it says.

Rules of this file: the policy decides from facts; this layer only gathers them. What the budget
charges is given back by the rules of the budget once the call succeeds. Where time or an open
circuit ends the retries, what the last attempt ended with is not lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias, assert_never

from attrs import frozen

from offwire.context import Context
from offwire.errors import CallError, CircuitOpen, DeadlineExceeded, NetworkError, NeverSent
from offwire.flow import Flow, Sleep
from offwire.formats.server_wait import server_wait
from offwire.layers.redirecting import FOLLOWED
from offwire.layers.shape import Forward, GoingOn
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.status import status_error
from offwire.retry_policy import Again, Failure, Reach, RetryPolicy, Stop, StopReason
from offwire.state.retry_budget import RetryBudget


@frozen
class Raced:
    """How an attempt with its hedges has ended."""

    outcome: Response | CallError
    hedges: int
    """How many more requests were sent than one."""

    def answer(self) -> Response:
        """The answer.

        Raises:
            CallError: there was none.
        """
        if isinstance(self.outcome, CallError):
            raise self.outcome
        return self.outcome


Hedged: TypeAlias = Callable[[Forward, Request, Context, int], Flow[Raced]]
"""Makes one attempt, with so many hedges at most."""


class Retrying(Protocol):
    """A layer that may be given the outcome of the first attempt."""

    def __call__(
        self,
        forward: Forward,
        request: Request,
        context: Context,
        first: Response | NetworkError | None = None,
        /,
    ) -> Flow[Response]:
        """See `retrying`."""
        ...


def retrying(
    policy: RetryPolicy,
    budget: RetryBudget,
    *,
    renewed: GoingOn | None = None,
    redirected: GoingOn | None = None,
    hedged: Hedged | None = None,
) -> Retrying:
    """Send again what may be sent again, as often and as late as `policy` says.

    What else may lead to another send stands here as well, so that a call which meets none of it pays
    for one generator only. `renewed` goes on where a 401 may ask for another token, and what comes of
    it is the attempt's end; `redirected` goes on where an answer points elsewhere, each hop with retries
    of its own. Where attempts are `hedged`, each request that is sent counts as an attempt.

    The layer takes the outcome of the first attempt as well, where that has been made already.
    """
    hop = None if redirected is None else retrying(policy, budget, renewed=renewed, hedged=hedged)

    def layer(
        forward: Forward, request: Request, context: Context, first: Response | NetworkError | None = None
    ) -> Flow[Response]:
        attempt, delay, cost = 0, 0.0, None
        last: Response | NetworkError | None = None
        outcome: Response | NetworkError
        while True:
            attempt += 1
            try:
                if first is None:
                    if hedged is None:
                        outcome = yield from forward(request, context)
                    else:
                        raced = yield from hedged(forward, request, context, policy.max_attempts - attempt)
                        attempt += raced.hedges
                        outcome = raced.answer()
                elif isinstance(first, NetworkError):
                    error, first = first, None
                    raise error
                else:
                    outcome, first = first, None
                if outcome.status == 401 and renewed is not None:
                    outcome = yield from renewed(forward, request, outcome, context)
            except NetworkError as error:
                outcome, failure = error, unanswered(error)
            except CircuitOpen:
                # It has opened since the attempt before, whose end says more.
                if last is None:
                    raise
                return _handed_on(last)
            except DeadlineExceeded as error:
                if last is None:
                    raise
                raise error.with_facts(cause=_as_error(last, request)) from None
            else:
                if outcome.status < 400:
                    budget.on_success(cost)
                    if outcome.status in FOLLOWED and redirected is not None and hop is not None:
                        return (yield from redirected(partial(hop, forward), request, outcome, context))
                    return outcome
                failure = refused(outcome, policy, context)
            decision = policy.decide(
                failure,
                attempt=attempt,
                safety=context.safety,
                budget=budget,
                previous_delay=delay,
                now=context.now.monotonic,
                deadline=context.deadline,
                random=context.runtime.random,
            )
            match decision:
                case Again():
                    last, delay, cost = outcome, decision.wait, decision.cost
                    context.waited += delay
                    if context.observers:
                        from offwire.events import RetryScheduled  # noqa: PLC0415 - only observed calls pay

                        context.tell(
                            RetryScheduled(
                                at=context.now.monotonic,
                                call=context.number,
                                reason=failure.description,
                                wait=delay,
                            )
                        )
                    yield Sleep(decision.at)
                case Stop():
                    if decision.pause:
                        yield Sleep(context.now.monotonic + decision.pause)
                    if decision.reason is StopReason.DEADLINE:
                        raise DeadlineExceeded(
                            message="the next attempt would have come after the deadline",
                            retry_after=decision.retry_after,
                            cause=_as_error(outcome, request),
                        )
                    return _handed_on(outcome)
                case _:
                    assert_never(decision)

    return layer


def unanswered(error: NetworkError) -> Failure:
    """The facts of an attempt without an answer."""
    reach = Reach.NEVER_SENT if isinstance(error, NeverSent) else Reach.MAYBE_SENT
    return Failure(reach=reach, description=type(error).__name__)


def refused(response: Response, policy: RetryPolicy, context: Context) -> Failure:
    """The facts of an attempt that was answered with an error."""
    # Reading the body for the server's own code is for policies that know some.
    problem = None
    if policy.codes or policy.throttle_codes:
        from offwire.formats.problem import read_problem  # noqa: PLC0415 - only such policies pay

        problem = read_problem(response)
    return Failure(
        reach=Reach.ANSWERED,
        status=response.status,
        code=None if problem is None else problem.code,
        server_wait=server_wait(response, context.now),
        description=str(response.status),
    )


def _handed_on(outcome: Response | NetworkError) -> Response:
    """What an attempt ended with, as what the whole ends with."""
    if isinstance(outcome, NetworkError):
        raise outcome
    return outcome


def _as_error(outcome: Response | NetworkError, request: Request) -> CallError:
    return outcome if isinstance(outcome, NetworkError) else status_error(outcome, request)
