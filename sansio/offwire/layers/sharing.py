"""Sharing: ask a quota's store, and tell it of what has ended.

Rules of this file: a store that fails fails no call. What becomes of a question the limit hears in the
same step, also where the call is cancelled meanwhile. When the last request that is under way has
ended and nobody waits, the store is told at once, so that nothing is kept from other programs. A call
that is cancelled tells nothing: what it held runs out, or is given back by the next question.
"""

from __future__ import annotations

import warnings
from functools import partial

from offwire.context import Context
from offwire.errors import StoreFailed
from offwire.events import QuotaStoreFound, QuotaStoreLost
from offwire.flow import Ask, Flow
from offwire.layers.shape import Forward, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.quota_store import Lease
from offwire.runtime import Runtime
from offwire.state.leasing import Errand
from offwire.state.quota import Quota


def sharing(quota: Quota, runtime: Runtime) -> Middleware:
    """Tell the stores of `quota` what they should know after each attempt.

    From here on the limits of `quota` have the names by which stores know them.
    """
    for machine in quota.leasing:
        machine.identify(f"{runtime.random.getrandbits(128):032x}")

    def share(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        try:
            response = yield from forward(request, context)
        except Exception:  # whatever it is, the attempt is over; a close has no time to tell
            yield from _reported(quota, context)
            raise
        context.answered()
        yield from _reported(quota, context)
        return response

    return share


def exchanged(quota: Quota, errand: Errand, context: Context) -> Flow[None]:
    """Ask what `errand` asks, and tell its limit what came of it."""
    machine, now = errand.machine, context.now
    try:
        lease = yield Ask(machine.store, errand.question)
    except Exception as error:  # noqa: BLE001 - a store may be anybody's
        _lost(errand, error, context)
    except BaseException:
        machine.dropped()
        raise
    else:
        if isinstance(lease, Lease):
            _found(quota, errand, lease, context)
        else:
            _lost(errand, StoreFailed(f"it answered with a {type(lease).__name__}, not a Lease"), context)
    finally:
        quota.look(now.monotonic)


def _reported(quota: Quota, context: Context) -> Flow[None]:
    for machine in quota.leasing:
        errand = quota.report_to(machine, context.now.monotonic)
        if errand is not None:
            yield from exchanged(quota, errand, context)


def _found(quota: Quota, errand: Errand, lease: Lease, context: Context) -> None:
    now = context.now.monotonic
    away = errand.machine.answered(lease, now)
    if lease.blocked > 0:
        quota.block(now + lease.blocked)
    if away is not None and context.observers:
        context.tell(QuotaStoreFound(at=now, call=context.number, key=errand.question.key, away=away))


def _lost(errand: Errand, error: Exception, context: Context) -> None:
    """Tell observers; where there is none, warn, since the limit is kept in another way from now on."""
    now, key = context.now.monotonic, errand.question.key
    if not errand.machine.failed(now):
        return
    # The words of others may hold what nobody should read, such as a password in an address.
    what = str(error) if isinstance(error, StoreFailed) else f"it raised {type(error).__name__}"
    event = QuotaStoreLost(at=now, call=context.number, key=key, error=what)
    if context.observers:
        context.tell(event)
    else:
        context.runtime.tell(partial(_warn, key, what), event)


def _warn(key: str, what: str, _event: object) -> None:
    warnings.warn(
        f"the store of the quota {key!r} cannot be asked: {what}; until it can, SharedLimit.when_away holds",
        RuntimeWarning,
        stacklevel=2,
    )
