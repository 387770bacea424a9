"""`attempting`: one attempt, from its turn at the quota to its answer; the innermost of all.

In this order: a look at the breaker, so that nobody waits in line to be refused; the quota's permit;
cookies; a connection, in the core's own line; the breaker; the send.

Rules of this file: an attempt is one generator, whose straight path calls no other, since each costs
every call of every user (docs/decisions/0005). What it takes it gives back on every exit, in
the reverse order: its pass, its slot, its permit. A permit is refunded where nothing was sent, and
settled where something was. The breaker is asked last, so that a call waits for nothing while it has
a pass, and none that has waited is sent after the circuit has opened. A call that had to wait for a
connection looks at the quota again, since its permit was given before: where the server has sent
somebody away meanwhile, or a lease is long over, it gives all back and asks anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offwire.context import Context
from offwire.errors import NetworkError, NeverSent
from offwire.flow import Flow, to_send
from offwire.formats.rate_limit import read_rate_limits
from offwire.layers.breaking import Breakers, admitted, answered, turn_away, unanswered
from offwire.layers.connecting import connected
from offwire.layers.cookies import with_cookies
from offwire.layers.limiting import SENDS_AWAY, learn, queued
from offwire.layers.sending import observed
from offwire.layers.shape import Forward, Waited
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.connections import ConnectionQueue, Slot
from offwire.state.quota import Permit, Quota, Turn

if TYPE_CHECKING:
    from offwire.formats.rate_limit.dialects import Dialect
    from offwire.policies import Price
    from offwire.state.breaker import Breaker, Pass
    from offwire.state.cookie_jar import CookieJar


def attempting(
    queue: ConnectionQueue,
    *,
    quota: Quota | None = None,
    price: Price | None = None,
    dialect: Dialect | None = None,
    jar: CookieJar | None = None,
    breakers: Breakers | None = None,
    waited: Waited | None = None,
) -> Forward:
    """Send each request over a connection out of `queue`, and hand the answer back.

    Args:
        queue: the line in front of the transport's pool, which never queues itself.
        quota: asked for a permit, and told what the server says of it.
        price: what requests cost of the quota, where that is not one unit each, and no limit says it.
        dialect: how the server speaks of its limits, where that is known.
        jar: has the cookies, and keeps what answers set.
        breakers: by origin; told the outcomes.
        waited: makes requests anew that have waited for the quota.
    """
    pricing = None if quota is None else quota.pricing
    if pricing is not None:
        price = pricing.cost_of

    def attempt(request: Request, context: Context) -> Flow[Response]:
        now = context.now
        origin = request.url.origin
        breaker: Breaker | None = None
        pass_: Pass | None = None
        if breakers is not None:
            breaker = breakers[origin]
            if breaker.shared is None:
                turn_away(breaker, origin, context)
        cost = 1.0 if price is None else price(context.operation, request)
        permit: Permit = 0
        granted: Permit | Turn = permit
        while True:
            if quota is not None:
                granted = quota.acquire(now.monotonic, cost)
                if isinstance(granted, Turn):
                    permit = yield from queued(quota, granted, context)
                else:
                    permit = granted
            was_sent = False
            was_answered = False
            try:
                if permit is not granted and waited is not None:
                    request = yield from waited(request, context)
                sent = request if jar is None else with_cookies(jar, request, context)
                held = queue.acquire(origin)
                slot = held if isinstance(held, Slot) else (yield from connected(queue, held, context))
                try:
                    has_waited = slot is not held or permit is not granted  # where a new token may take long
                    if has_waited and quota is not None and quota.recalls(now.monotonic):
                        continue
                    if breaker is not None:
                        pass_ = breaker.shared or admitted(breaker, origin, context)
                    try:
                        if context.deadline is not None:
                            context.check_deadline("before the request was sent")
                        context.attempts += 1
                        was_sent = True
                        send = to_send(sent, context.timeouts, context.deadline, context.shielded)
                        response: Response
                        response = (yield from observed(send, context)) if context.observers else (yield send)
                        was_answered = True
                    except NetworkError as error:
                        was_sent = not isinstance(error, NeverSent)
                        if breaker is not None and pass_ is not None:
                            unanswered(breaker, pass_, origin, context)
                        raise
                    except BaseException:
                        if breaker is not None and pass_ is not None:
                            breaker.release(pass_)
                        raise
                    if breaker is not None and pass_ is not None:
                        if pass_ is breaker.shared and response.status < 500:
                            breaker.succeed(pass_, now.monotonic)  # which leaves it closed
                        else:
                            answered(breaker, pass_, response, origin, context)
                finally:
                    queue.release(slot)
                if jar is not None:
                    jar.store(sent.url, response.headers, now.wall)
                if quota is not None:
                    reports = read_rate_limits(response.headers, now, dialect)
                    if reports or response.status in SENDS_AWAY:
                        learn(quota, permit, response, reports, now)
                    if pricing is not None:
                        pricing.answered(context.operation, permit, response, now.monotonic)
                return response
            finally:
                if quota is not None:
                    if not was_sent:
                        quota.refund(permit, now.monotonic)
                    else:
                        quota.settle(permit, now.monotonic, answered=was_answered)

    return attempt
