"""Quota: wait for the call's turn, and tell the machine what the server says of it.

Rules of this file: a permit ends exactly once, refunded where nothing was sent, settled where
something was. After a 429, a 503 with a wait, or an answer that says that nothing is left, nobody
of the quota starts before the wait is over. A turn that would come too late for the call's
deadline is not waited for.
"""

from __future__ import annotations

from typing import Final

from offwire.context import Context
from offwire.errors import DeadlineExceeded, NeverSent
from offwire.flow import Flow, Wait
from offwire.formats.rate_limit import RateLimitReport, read_rate_limit
from offwire.formats.server_wait import server_wait
from offwire.layers.connecting import Recalled
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.quota import Hold, Permit, Quota, Turn

_SENDS_AWAY: Final = frozenset({429, 503})
UNNAMED_WAIT: Final = 1.0
"""Seconds that everybody stays away after a 429 that names no wait: AWS's base delay for throttling."""


def limiting(quota: Quota) -> Middleware:
    """Let each request through when `quota` has room for it."""

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        now = context.now
        before = context.attempts
        while True:
            granted = quota.acquire(now.monotonic)
            permit = (yield from _queued(quota, granted, context)) if isinstance(granted, Turn) else granted
            try:
                response = yield from forward(request, context)
            except (NeverSent, Recalled) as error:
                quota.refund(permit, now.monotonic)
                if isinstance(error, NeverSent):
                    raise
            except BaseException:
                if context.attempts == before:
                    quota.refund(permit, now.monotonic)
                else:
                    quota.settle(permit, now.monotonic, answered=False)
                raise
            else:
                report = read_rate_limit(response.headers, now)
                if report is not None or response.status in _SENDS_AWAY:
                    _learn(quota, permit, response, report, context)
                quota.settle(permit, now.monotonic)
                return response

    return layer


def _queued(quota: Quota, turn: Turn, context: Context) -> Flow[Permit]:
    now = context.now
    began = now.monotonic
    try:
        while isinstance(answer := quota.poll(turn, now.monotonic), Hold):
            context.check_deadline("while waiting for the quota")
            _check_in_time(answer, context)
            yield Wait(turn.ticket, context.until(answer.until))
    except BaseException:
        quota.leave(turn, now.monotonic)
        raise
    if context.observers:
        from offwire.events import QuotaWaited  # noqa: PLC0415 - only observed calls pay for events

        context.tell(QuotaWaited(at=now.monotonic, call=context.number, waited=now.monotonic - began))
    return answer


def _check_in_time(hold: Hold, context: Context) -> None:
    """Whoever would be let through at the deadline or later is told so now, with the wait.

    A refund could still let it through sooner; that nobody waits in vain is worth more.
    """
    if hold.until is not None and context.deadline is not None and hold.until >= context.deadline:
        raise DeadlineExceeded(
            message="the quota has no room before the deadline",
            retry_after=hold.until - context.now.monotonic,
        )


def _learn(
    quota: Quota, permit: Permit, response: Response, report: RateLimitReport | None, context: Context
) -> None:
    now = context.now
    if report is not None:
        quota.report(
            remaining=report.remaining,
            reset_after=report.reset_after,
            limit=report.limit,
            now=now.monotonic,
            sent_before=permit,
        )
        if report.remaining == 0 and report.reset_after:
            # The bound alone does not reach those whose permits wait for a connection.
            quota.block(now.monotonic + report.reset_after)
    if response.status == 429 or response.status == 503:
        wait = server_wait(response, now)
        if wait is None and response.status == 429:
            exhausted = report is not None and report.remaining == 0
            wait = report.reset_after if report and exhausted and report.reset_after else UNNAMED_WAIT
        if wait is not None:
            quota.block(now.monotonic + wait)
