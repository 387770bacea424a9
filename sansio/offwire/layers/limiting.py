"""Quota: wait for the call's turn, and tell the machine what the server says of it.

Rules of this file: a turn ends in a permit, or is left. After a 429, a 503 with a wait, or an answer
that says that nothing is left, nobody of the quota starts before the wait is over. A turn that would
come too late for the call's deadline is not waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from offwire.context import Context
from offwire.errors import DeadlineExceeded
from offwire.flow import Flow, Wait
from offwire.formats.rate_limit import RateLimitReport
from offwire.formats.server_wait import server_wait
from offwire.message.response import Response
from offwire.state.quota import Hold, Permit, Quota, Turn
from offwire.time import Now

SENDS_AWAY: Final = frozenset({429, 503})
"""Statuses by which a server may say that nobody should come for a while."""
UNNAMED_WAIT: Final = 1.0
"""Seconds that everybody stays away after a 429 that names no wait: AWS's base delay for throttling."""


def queued(quota: Quota, turn: Turn, context: Context) -> Flow[Permit]:
    """Wait until `turn` has its permit, which the caller then owes to settle or to refund.

    Raises:
        DeadlineExceeded: the call's time was up before, or would be.
    """
    now = context.now
    began = now.monotonic
    try:
        if context.place is not None:
            quota.move(turn, context.place, began)
        while not isinstance(answer := quota.poll(turn, now.monotonic), Permit):
            if isinstance(answer, Hold):
                context.check_deadline("while waiting for the quota")
                _check_in_time(quota, turn, answer, context)
                yield Wait(turn.ticket, context.until(answer.until))
            else:
                from offwire.layers.sharing import exchanged  # noqa: PLC0415 - only limits that are shared pay

                yield from exchanged(quota, answer, context)
    except BaseException:
        quota.leave(turn, now.monotonic)
        raise
    if context.observers:
        from offwire.events import QuotaWaited  # noqa: PLC0415 - only observed calls pay for events

        context.tell(QuotaWaited(at=now.monotonic, call=context.number, waited=now.monotonic - began))
    return answer


def learn(
    quota: Quota, permit: Permit, response: Response, reports: Sequence[RateLimitReport], now: Now
) -> None:
    """Tell `quota` what the answer to the request with `permit` says of it, `reports` included."""
    exhausted: float | None = None
    for report in reports:
        quota.report(
            remaining=report.remaining,
            reset_after=report.reset_after,
            limit=report.limit,
            now=now.monotonic,
            sent_before=permit,
        )
        if report.remaining == 0 and report.reset_after:
            exhausted = max(exhausted or 0.0, report.reset_after)
    if exhausted is not None:
        # The bound alone does not reach those whose permits wait for a connection.
        quota.block(now.monotonic + exhausted)
    if response.status in SENDS_AWAY:
        quota.throttled(permit)
        wait = server_wait(response, now)
        if wait is None and response.status == 429:
            wait = exhausted or UNNAMED_WAIT
        if wait is not None:
            quota.block(now.monotonic + wait)


def _check_in_time(quota: Quota, turn: Turn, hold: Hold, context: Context) -> None:
    """Whoever would be let through at the deadline or later is told so now, with the wait.

    A refund could still let it through sooner; that nobody waits in vain is worth more. Where it hangs
    on an answer that is under way, it is worth waiting for.
    """
    if hold.until is None or context.deadline is None or hold.until < context.deadline:
        return
    if not quota.may_go_sooner(turn, context.now.monotonic):
        raise DeadlineExceeded(
            message="the quota has no room before the deadline",
            retry_after=hold.until - context.now.monotonic,
        )
