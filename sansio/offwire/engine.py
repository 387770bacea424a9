"""`Engine`: how one call is composed of layers, around what the calls of an API share.

Rules of this file: the order of the layers is here, and in `attempting`. From the outside in:
middleware, redirects, retry, token, attempt middleware, a look at the breaker, quota, cookies,
connection, breaker. A call waits for its token before it waits for the quota, and asks for it
again where that wait was long; for the quota before it takes a connection, for nothing while it
holds a place at the breaker, and it holds nothing while it waits between attempts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from offwire.addressing import Addressing
from offwire.addressing import base_url as checked_base_url
from offwire.completion import completed
from offwire.context import Context
from offwire.errors import CallError, NetworkError
from offwire.flow import Flow
from offwire.layers.attempting import attempting
from offwire.layers.breaking import Breakers
from offwire.layers.redirecting import redirecting
from offwire.layers.retrying import Hedged, Retrying, retrying
from offwire.layers.shape import Forward, GoingOn, Middleware, Waited, nested
from offwire.layers.straight import Perform, straight
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.paging import Pages
from offwire.paginating import paginated
from offwire.policies import Policies
from offwire.runtime import Runtime
from offwire.state.breaker import BreakerSnapshot
from offwire.state.quota import Quota, QuotaSnapshot
from offwire.state.retry_budget import RetryBudgetSnapshot
from offwire.state.retry_window import budget_of

if TYPE_CHECKING:
    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import Exchange, TokenSource
    from offwire.events import CallEnded, CallStarted
    from offwire.state.cookie_jar import CookieJar, CookieJarSnapshot
    from offwire.state.limits import Pricing
    from offwire.state.token_box import TokenBox, TokenBoxSnapshot, TokenPolicy

T = TypeVar("T")


@frozen(kw_only=True)
class EngineSnapshot:
    """What the calls of one API share, at one instant."""

    quota: QuotaSnapshot
    retry_budget: RetryBudgetSnapshot
    breakers: dict[str, BreakerSnapshot]
    """By origin."""
    tokens: TokenBoxSnapshot | None
    cookies: CookieJarSnapshot | None


class Engine:
    """Performs the calls of one API: as flows, which a client drives."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        base_url: str,
        auth: FixedCredential | TokenSource | None,
        policies: Policies,
    ) -> None:
        """Set up what the calls share.

        Raises:
            ValueError: `base_url` is missing or relative, or plain http to another machine
                although there are credentials.
        """
        self._runtime = runtime
        self._policies = policies
        self._timeouts, self._deadline = policies.timeouts, policies.deadline
        self._observers = tuple(policies.observers)
        self._fixed, self._source = _parted(auth)
        self._addressing = Addressing(
            checked_base_url(base_url, secure=auth is not None),
            policies.headers,
            self._fixed,
            policies.idempotency,
            runtime.random,
        )
        self._origin = self._addressing.base.origin
        probe = policies.probe
        if probe is None:
            probe = not policies.quota and policies.hedge is None
        self._quota = Quota(policies.quota, policies.fairness, probe=probe)
        self._budget = budget_of(policies.retry.budget, runtime.now)
        self._breakers = Breakers(policies.breaker) if policies.breaker is not None else None
        self._jar = _jar() if policies.cookies else None
        self._box: TokenBox | None = None
        if self._source is not None:
            self._box = _box(self._source, policies.tokens, runtime.random.random())
        self._secrets = self._fixed.secrets() if self._fixed is not None else ()
        self._again, once = self._composed()
        self._forward = nested([*policies.middleware, self._again], once)
        self._once = once
        self.perform: Perform = self._straight() or self._performed
        """The flow of one call."""

    def _performed(self, call: Call[T], operation: str = "", options: Options = NO_OPTIONS) -> Flow[T]:
        """As `perform`, through all layers."""
        if call.overrides is not NO_OPTIONS:
            options = call.overrides.over(options)
        runtime, request = self._runtime, call.request
        timeouts, seconds = self._timeouts, self._deadline
        if options is not NO_OPTIONS:
            timeouts = options.timeouts or timeouts
            seconds = seconds if options.deadline is None else options.deadline
        deadline = None if seconds is None else runtime.now.monotonic + seconds
        context = Context(
            runtime, operation, call.meaning.safety, timeouts, deadline, self._observers, self._secrets
        )
        request = self._addressing.addressed(request, context, options)
        if context.observers:
            return (yield from self._observed(call, request, context))
        try:
            response = yield from self._forward(request, context)
            return _outcomes(call, response, request, context)
        except CallError as error:
            failure = completed(error, request, context)
        # Not inside of the except: the first error knows what this one has masked, and would stay attached.
        raise failure

    def paginate(self, pages: Pages[T], operation: str = "", options: Options = NO_OPTIONS) -> Flow[None]:
        """The flow of a paged list: it emits a page's items, and asks for the next when they are used up.

        Raises:
            CallError: as `perform` does.
            PagingLoop: the server points to a page that it has given already.
        """
        return paginated(
            pages, operation, lambda call: self.perform(call, operation, options), self._addressing.resolved
        )

    @property
    def pricing(self) -> Pricing | None:
        """The machine that says what calls cost, if one of the limits has such a one."""
        return self._quota.pricing

    def snapshot(self) -> EngineSnapshot:
        """What the calls share, as it stands."""
        return EngineSnapshot(
            quota=self._quota.snapshot(),
            retry_budget=self._budget.snapshot(),
            breakers={origin: breaker.snapshot() for origin, breaker in (self._breakers or {}).items()},
            tokens=self._box.snapshot() if self._box is not None else None,
            cookies=self._jar.snapshot() if self._jar is not None else None,
        )

    def _observed(self, call: Call[T], request: Request, context: Context) -> Flow[T]:
        """As `perform`, for calls whose beginning and end somebody is told of."""
        call_started, call_ended = _call_events()
        context.tell(
            call_started(
                at=context.started,
                call=context.number,
                operation=context.operation,
                method=request.method,
                url=str(request.url),
            )
        )
        status: int | None = None
        failed: str | None = "Cancelled"
        try:
            response = yield from self._forward(request, context)
            status = response.status
            result = _outcomes(call, response, request, context)
            failed = None
            return result
        except CallError as error:
            failure = completed(error, request, context)
            failed = type(failure).__name__
        except Exception as error:
            failed = type(error).__name__
            raise
        finally:
            context.tell(
                call_ended(
                    at=context.now.monotonic,
                    call=context.number,
                    operation=context.operation,
                    status=status,
                    error=failed,
                    attempts=context.attempts,
                    waited=context.waited,
                    elapsed=context.elapsed,
                )
            )
        raise failure  # outside of the except, as in `perform`

    def _going_on(
        self, call: Call[T], request: Request, context: Context, first: Response | NetworkError
    ) -> Flow[T]:
        """As `_performed`, from the outcome of the first attempt on."""
        try:
            response = yield from self._again(self._once, request, context, first)
            return _outcomes(call, response, request, context)
        except CallError as error:
            failure = completed(error, request, context)
        raise failure  # outside of the except, as in `_performed`

    def _straight(self) -> Perform | None:
        """The way of a call that meets no obstacle, for APIs with nothing to do on the way."""
        policies = self._policies
        has_middleware = bool(policies.middleware or policies.attempt_middleware)
        has_prices = policies.price is not None or self._quota.pricing is not None
        if self._quota.leasing or policies.hedge is not None:
            return None
        if (
            has_middleware
            or has_prices
            or policies.observers
            or policies.cookies
            or not self._addressing.is_plain
        ):
            return None
        return straight(
            self._runtime,
            self._addressing.base,
            self._addressing.headers,
            timeouts=self._timeouts,
            deadline=self._deadline,
            secrets=self._secrets,
            box=self._box,
            placement=None if self._source is None else self._source.placement,
            quota=self._quota,
            breakers=self._breakers,
            budget=self._budget,
            dialect=policies.dialect,
            winding=self._performed,
            going_on=self._going_on,
            failing=completed,
        )

    def _composed(self) -> tuple[Retrying, Forward]:
        """The layer of retries, and one attempt with all that lies further in."""
        policies = self._policies
        connections = self._runtime.connections
        token, renewed, waited = self._signed_in()
        redirected = redirecting(policies.redirects, self._credential_headers())
        hedged = self._hedged()
        again = retrying(policies.retry, self._budget, renewed=renewed, redirected=redirected, hedged=hedged)
        attempt = attempting(
            connections,
            quota=self._quota,
            price=policies.price,
            dialect=policies.dialect,
            jar=self._jar,
            breakers=self._breakers,
            waited=waited,
        )
        once = nested([*token, *policies.attempt_middleware, *self._shared()], attempt)
        return again, once

    def _hedged(self) -> Hedged | None:
        """What makes an attempt out of several requests, of which the first answer counts."""
        policies = self._policies
        if policies.hedge is None:
            return None
        from offwire.layers.hedging import hedging  # noqa: PLC0415 - only APIs that hedge pay

        pricing = self._quota.pricing
        price = policies.price if pricing is None else pricing.cost_of
        return hedging(
            policies.hedge,
            policies.retry,
            self._budget,
            queue=self._runtime.connections,
            quota=self._quota,
            price=price,
            box=self._box,
        )

    def _signed_in(self) -> tuple[list[Middleware], GoingOn | None, Waited | None]:
        """What has tokens fetched: before an attempt, after a 401, and after a long wait."""
        box, source = self._box, self._source
        if box is None or source is None:
            return [], None, None
        from offwire.layers import authenticating  # noqa: PLC0415 - only APIs with tokens pay
        from offwire.layers.signing_in import SignInExchange  # noqa: PLC0415 - as above

        addressed = self._addressing.without_credentials
        retry = retrying(self._policies.retry, self._budget)
        sign_in = nested([retry], attempting(self._runtime.connections, jar=self._jar))

        def exchange(outer: Context, early: bool) -> Exchange:
            return SignInExchange(sign_in, addressed, outer, early=early, shielded=source.is_rotating)

        return (
            [authenticating.authenticating(box, source, self._origin, exchange)],
            authenticating.renewing(box, self._origin),
            authenticating.refreshing(box, source, self._origin, exchange),
        )

    def _shared(self) -> list[Middleware]:
        """What tells a quota's store of each attempt's end: right around the attempt."""
        if not self._quota.leasing:
            return []
        from offwire.layers.sharing import sharing  # noqa: PLC0415 - only APIs with a shared limit pay

        return [sharing(self._quota, self._runtime)]

    def _credential_headers(self) -> frozenset[str]:
        """The fields that hold credentials, in lower case: they stay with their origin."""
        names = {name for name, _ in self._fixed.header_pairs()} if self._fixed is not None else set()
        if self._source is not None:
            names.update(self._source.placement.header_names)
        return frozenset(name.lower() for name in names)


@cache
def _call_events() -> tuple[type[CallStarted], type[CallEnded]]:
    # An import costs as much as making the event, even where all is loaded, so it is done once.
    from offwire.events import CallEnded, CallStarted  # noqa: PLC0415 - only observed calls pay for events

    return CallStarted, CallEnded


def _outcomes(call: Call[T], response: Response, request: Request, context: Context) -> T:
    """What the answer stands for, where errors that it holds as values are completed as well."""

    def complete(error: CallError) -> CallError:
        return completed(error, request, context)

    return call.meaning.read(response, call.request, complete)


def _parted(
    auth: FixedCredential | TokenSource | None,
) -> tuple[FixedCredential | None, TokenSource | None]:
    """`auth` as what is known, or as what has to be fetched."""
    if auth is None:
        return None, None
    from offwire.auth.credentials import ApiKey, Basic, Bearer  # noqa: PLC0415 - only APIs with some pay

    if isinstance(auth, ApiKey | Basic | Bearer):
        return auth, None
    if not callable(getattr(auth, "obtain", None)):
        raise TypeError(
            f"auth is a credential, such as Bearer(token), or a source of tokens, not a {type(auth).__name__}"
        )
    return None, auth


def _jar() -> CookieJar:
    from offwire.state.cookie_jar import CookieJar  # noqa: PLC0415 - only APIs that keep some pay

    return CookieJar()


def _box(source: TokenSource, policy: TokenPolicy | None, jitter: float) -> TokenBox:
    from offwire.state.token_box import TokenBox, TokenPolicy  # noqa: PLC0415 - only APIs with tokens pay

    return TokenBox(policy or TokenPolicy(), source.initial, jitter=jitter)
