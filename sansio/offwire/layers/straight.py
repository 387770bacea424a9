"""`straight`: a call that meets no obstacle, as one generator and without an account.

Nearly every call finds its token at hand, its circuit closed, a permit and a connection free, and is
answered with success. That way is here, without a step that it does not need
(docs/decisions/0010).

Rules of this file: what is not as above before the send is left to the layers, with nothing taken. What
is not as above after it goes on in the layers as well, as the outcome of the first attempt, with all
given back that `attempting` gives back, in its order. So a policy never hangs on which way a call went:
the tests send the same calls both ways, and compare.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from offwire.context import Context
from offwire.errors import CallError, NetworkError, NeverSent
from offwire.flow import Flow, to_send_at
from offwire.formats.rate_limit.reading import read_rate_limits, silent
from offwire.layers.breaking import Breakers, answered, unanswered
from offwire.layers.limiting import SENDS_AWAY, learn
from offwire.message.headers import NO_HEADERS, Headers
from offwire.message.request import Request, made
from offwire.message.response import Response
from offwire.message.url import Url, placed
from offwire.operations.options import NO_OPTIONS, Options
from offwire.state.connections import Line
from offwire.state.quota import Permit

if TYPE_CHECKING:
    from offwire.auth.fetched import Placement
    from offwire.auth.token import Token
    from offwire.formats.rate_limit.dialects import Dialect
    from offwire.operations.call import Call
    from offwire.runtime import Runtime
    from offwire.secret import Secret
    from offwire.state.breaker import Breaker, Pass
    from offwire.state.quota import Quota
    from offwire.state.retry_budget import RetryBudget
    from offwire.state.token_box import TokenBox
    from offwire.timeouts import Timeouts

T = TypeVar("T")


class Perform(Protocol):
    """Performs a call of an API."""

    def __call__(self, call: Call[T], operation: str = "", options: Options = NO_OPTIONS) -> Flow[T]:
        """The flow of the call. It returns what the call parses to.

        Raises:
            CallError: of a kind that says what went wrong, with the facts of the call.
        """
        ...


class GoingOnWith(Protocol):
    """Goes on with the outcome of a call's first attempt, whatever that takes."""

    def __call__(
        self, call: Call[T], request: Request, context: Context, first: Response | NetworkError, /
    ) -> Flow[T]:
        """The rest of the call's flow; `request` holds no token."""
        ...


Failing: TypeAlias = Callable[[CallError, Request, Context], CallError]
"""Gives an error the facts of its call."""


def straight(
    runtime: Runtime,
    base: Url,
    headers: Headers,
    *,
    timeouts: Timeouts,
    deadline: float | None,
    secrets: tuple[Secret, ...],
    box: TokenBox | None,
    placement: Placement | None,
    quota: Quota,
    breakers: Breakers | None,
    budget: RetryBudget,
    dialect: Dialect | None,
    winding: Perform,
    going_on: GoingOnWith,
    failing: Failing,
) -> Perform:
    """The straight way to the API at `base`, whose requests have `headers`.

    Args:
        runtime: time, and the line for connections.
        base: where paths are relative to.
        headers: with the fixed credentials, if there are any.
        timeouts: of the attempt.
        deadline: seconds for a call; None is no limit.
        secrets: the fixed credentials, so that an echo of them can be masked.
        box: has the tokens, where there are any.
        placement: where they go.
        quota: gives permits of one unit, and is told what the server says of it.
        breakers: by origin; told the outcomes.
        budget: told the successes.
        dialect: how the server speaks of its limits, where that is known.
        winding: the way through all layers, for calls that cannot go straight on.
        going_on: goes on with the outcome of an attempt that was no success.
        failing: gives an error the facts of its call.
    """
    now, queue, origin, prefix = runtime.now, runtime.connections, base.origin, base.text
    # A dialect may heed what says nothing to others.
    unheeded: Set[str] = silent if dialect is None else frozenset()
    known: Token | None = None
    fields: Headers | None = headers if box is None else None

    def use(token: Token | None) -> None:
        """Work out once what a token makes of the fields; None where it goes elsewhere, or there is none."""
        nonlocal known, fields
        known, fields = token, None
        if token is not None and placement is not None:
            shown = placement.placer(token.access)(made("GET", base, headers, None))
            fields = shown.headers if shown.url is base else None

    def account(call: Call[T], operation: str, began: float, token: Token | None) -> Context:
        """The account of a call that has made one attempt."""
        until = None if deadline is None else began + deadline
        context = Context(runtime, operation, call.meaning.safety, timeouts, until, secrets=secrets)
        context.started, context.attempts = began, 1
        if token is not None:
            context.generation, context.secrets = token.generation, (*secrets, token.access)
        return context

    def performed(call: Call[T], operation: str = "", options: Options = NO_OPTIONS) -> Flow[T]:
        began, request, meaning = now.monotonic, call.request, call.meaning
        path = request.url.text
        breaker: Breaker | None = None
        pass_: Pass | None = None
        permit: Permit = 0
        line: Line | None = None
        is_plain = options is NO_OPTIONS and call.overrides is NO_OPTIONS and request.headers is NO_HEADERS
        # What begins with "/" lies from there to "0", the next character; that is quicker to tell.
        if is_plain and "/" <= path < "0" and meaning.outcomes is None:
            if box is not None and (box.token is not known or began >= box.handed_out_until):
                use(box.at_hand(began))
            if breakers is not None:
                breaker = breakers[origin]
                pass_ = breaker.shared
            if fields is not None and (pass_ is not None or breaker is None):
                permit = quota.try_acquire(began)
                if permit:
                    line = queue.enter(origin)
        if line is None or fields is None:
            if permit:
                quota.refund(permit, began)
            return (yield from winding(call, operation, options))
        token = known
        response: Response | None = None
        error: NetworkError | None = None
        try:
            until = None if deadline is None else began + deadline
            response = yield to_send_at(
                origin, prefix + path, request.method, fields, request.body, timeouts, until
            )
        except NetworkError as raised:
            error = raised
        except BaseException:
            # A pass that all share ends by itself: a cancel is no outcome.
            queue.exit(line)
            quota.settle(permit, now.monotonic, answered=False)
            raise
        at = now.monotonic
        if response is not None and response.status < 300:
            if breaker is not None and pass_ is not None and not breaker.is_calm:
                breaker.succeed(pass_, at)
            queue.exit(line)
            for name, _ in response.headers.pairs():
                if name not in unheeded:
                    learn(quota, permit, response, read_rate_limits(response.headers, now, dialect), now)
                    break
            quota.settle(permit, at)
            if budget.heeds_success:
                budget.on_success(None)
            try:
                return meaning.read(response, request)
            except CallError as unread:
                failure = failing(unread, addressed(request), account(call, operation, began, token))
            raise failure  # outside of the except, as in `Engine.perform`
        context = account(call, operation, began, token)
        if response is None:
            assert error is not None
            if breaker is not None and pass_ is not None:
                unanswered(breaker, pass_, origin, context)
            queue.exit(line)
            if isinstance(error, NeverSent):
                quota.refund(permit, at)
            else:
                quota.settle(permit, at, answered=False)
            return (yield from going_on(call, addressed(request), context, error))
        if breaker is not None and pass_ is not None:
            answered(breaker, pass_, response, origin, context)
        queue.exit(line)
        reports = read_rate_limits(response.headers, now, dialect)
        if reports or response.status in SENDS_AWAY:
            learn(quota, permit, response, reports, now)
        quota.settle(permit, at)
        return (yield from going_on(call, addressed(request), context, response))

    def addressed(request: Request) -> Request:
        """The request as the layers know it: absolute, with the API's fields, and without a token."""
        return made(request.method, placed(origin, prefix + request.url.text), headers, request.body)

    return performed
