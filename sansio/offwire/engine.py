"""`Engine`: how one call is composed of layers, around what the calls of an API share.

Rules of this file: the order of the layers is here, and in `attempting`. From the outside in:
middleware, redirects, retry, token, attempt middleware, a look at the breaker, quota, cookies,
connection, breaker. A call waits for its token before it waits for the quota, and asks for it
again where that wait was long; for the quota before it takes a connection, for nothing while it
holds a place at the breaker, and it holds nothing while it waits between attempts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from offwire.completion import completed
from offwire.context import Context
from offwire.errors import CallError, NetworkError
from offwire.flow import Flow
from offwire.layers.attempting import attempting
from offwire.layers.breaking import Breakers
from offwire.layers.redirecting import BOUND_TO_ORIGIN, redirecting
from offwire.layers.retrying import Retrying, retrying
from offwire.layers.shape import Forward, GoingOn, Middleware, Waited, nested
from offwire.message.headers import NO_HEADERS, Headers
from offwire.message.request import Request, made
from offwire.message.response import Response
from offwire.message.url import Url, placed
from offwire.operations.call import Call
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.paging import Pages
from offwire.paginating import paginated
from offwire.policies import IdempotencyPolicy, Policies
from offwire.runtime import Runtime
from offwire.safety import Safety
from offwire.state.breaker import BreakerSnapshot
from offwire.state.quota import Quota, QuotaSnapshot
from offwire.state.retry_budget import RetryBudget, RetryBudgetSnapshot

if TYPE_CHECKING:
    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import Exchange, TokenSource
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
        self._base = _base_url(base_url, secure=auth is not None)
        self._origin, self._prefix = self._base.origin, self._base.text
        self._folder = Url(f"{self._base.text}/")
        self._fixed, self._source = _parted(auth)
        self._quota = Quota(policies.quota)
        self._budget = RetryBudget(policies.retry.budget)
        self._breakers = Breakers(policies.breaker) if policies.breaker is not None else None
        self._jar = _jar() if policies.cookies else None
        self._box: TokenBox | None = None
        if self._source is not None:
            self._box = _box(self._source, policies.tokens, runtime.random.random())
        self._headers = policies.headers
        self._headers_elsewhere = policies.headers.without(*BOUND_TO_ORIGIN)
        if self._fixed is not None:
            self._headers = self._headers.replacing(Headers.of_checked(self._fixed.header_pairs()))
        self._keys = policies.idempotency
        self._query = self._fixed.query_text() if self._fixed is not None else ""
        self._secrets = self._fixed.secrets() if self._fixed is not None else ()
        # Whether calls to the API get its header fields, and nothing else.
        self._is_plain = not self._query and self._keys is None
        self._again, once = self._composed()
        self._forward = nested([*policies.middleware, self._again], once)
        self._once = None if policies.middleware else once

    def perform(self, call: Call[T], operation: str = "", options: Options = NO_OPTIONS) -> Flow[T]:
        """The flow of one call. It returns what the call parses to.

        Raises:
            CallError: of a kind that says what went wrong, with the facts of the call.
        """
        # All that nearly every call needs stands here, since each function would cost every call.
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
        target = request.url.text
        if target[:1] == "/" and options is NO_OPTIONS and request.headers is NO_HEADERS and self._is_plain:
            url = placed(self._origin, self._prefix + target)
            request = made(request.method, url, self._headers, request.body)
        else:
            request = self._prepared(request, context, options)
        if context.observers:
            return (yield from self._observed(call, request, context))
        once = self._once
        try:
            if once is None:
                response = yield from self._forward(request, context)
            else:
                # Most calls need one attempt, and the frame of the retries only where they need more.
                first: Response | NetworkError
                try:
                    first = yield from once(request, context)
                except NetworkError as error:
                    first = error
                if isinstance(first, Response) and first.status < 300:
                    self._budget.on_success(None)
                    response = first
                else:
                    response = yield from self._again(once, request, context, first)
            if call.meaning.outcomes is not None:
                return _outcomes(call, response, request, context)
            return call.meaning.read(response, call.request)
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
            pages, operation, lambda call: self.perform(call, operation, options), self._resolved
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
        from offwire.events import CallEnded, CallStarted  # noqa: PLC0415 - only observed calls pay for events

        context.tell(
            CallStarted(
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
                CallEnded(
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

    def _resolved(self, url: Url) -> Url:
        """`url` as an absolute one; a relative one goes below the base URL."""
        text = url.text
        if text[:1] == "/":
            return placed(self._origin, self._prefix + text)
        if url.is_absolute or text[:1] in ("", "?"):
            return self._base.join(text)
        return self._folder.join(text)

    def _prepared(self, request: Request, context: Context, options: Options) -> Request:
        """The request as it is sent to this API: absolute, with the API's fields, credentials and key."""
        url, own, headers = self._resolved(request.url), options.headers, self._headers
        if url.origin != self._origin:
            headers, own = self._headers_elsewhere, own.without(*BOUND_TO_ORIGIN)
            context.secrets = ()
        elif self._query:
            url = self._with_keys(url)
        if own is not NO_HEADERS:
            headers = headers.replacing(own)
        if request.headers is not NO_HEADERS:
            headers = headers.replacing(request.headers)
        if self._keys is not None or options.idempotency_key is not None:
            headers = self._keyed(request.method, headers, context, options)
        return made(request.method, url, headers, request.body)

    def _with_keys(self, url: Url) -> Url:
        """The URL with the credential's parameters, but for those that the server has put there itself.

        Links to next pages like to repeat all parameters of the page before.
        """
        there = url.query.split("&")
        return url.adding_query("&".join(each for each in self._query.split("&") if each not in there))

    def _keyed(self, method: str, headers: Headers, context: Context, options: Options) -> Headers:
        """The fields with an idempotency key, where one is wanted: the same for all attempts."""
        policy = self._keys or IdempotencyPolicy()
        key = options.idempotency_key
        if policy.header not in headers:
            if key is None:
                if context.safety is not Safety.UNKNOWN or method not in policy.methods:
                    return headers
                key = f"{self._runtime.random.getrandbits(128):032x}"
            headers = headers.replacing({policy.header: key})
        if context.safety is Safety.UNKNOWN:
            context.safety = Safety.KEYED
        return headers

    def _addressed(self, request: Request) -> Request:
        """The request as a sign-in sends it: absolute, with the API's fields, without credentials."""
        url = self._resolved(request.url)
        headers = self._policies.headers if url.origin == self._origin else self._headers_elsewhere
        return made(request.method, url, headers.replacing(request.headers), request.body)

    def _composed(self) -> tuple[Retrying, Forward]:
        """The layer of retries, and one attempt with all that lies further in."""
        policies = self._policies
        connections = self._runtime.connections
        token, renewed, waited = self._signed_in()
        redirected = redirecting(policies.redirects, self._credential_headers())
        again = retrying(policies.retry, self._budget, renewed=renewed, redirected=redirected)
        attempt = attempting(
            connections,
            quota=self._quota,
            price=policies.price,
            dialect=policies.dialect,
            jar=self._jar,
            breakers=self._breakers,
            waited=waited,
        )
        once = nested([*token, *policies.attempt_middleware], attempt)
        return again, once

    def _signed_in(self) -> tuple[list[Middleware], GoingOn | None, Waited | None]:
        """What has tokens fetched: before an attempt, after a 401, and after a long wait."""
        box, source = self._box, self._source
        if box is None or source is None:
            return [], None, None
        from offwire.layers import authenticating  # noqa: PLC0415 - only APIs with tokens pay
        from offwire.layers.signing_in import SignInExchange  # noqa: PLC0415 - as above

        retry = retrying(self._policies.retry, self._budget)
        sign_in = nested([retry], attempting(self._runtime.connections, jar=self._jar))

        def exchange(outer: Context, early: bool) -> Exchange:
            return SignInExchange(sign_in, self._addressed, outer, early=early, shielded=source.is_rotating)

        return (
            [authenticating.authenticating(box, source, self._origin, exchange)],
            authenticating.renewing(box, self._origin),
            authenticating.refreshing(box, source, self._origin, exchange),
        )

    def _credential_headers(self) -> frozenset[str]:
        """The fields that hold credentials, in lower case: they stay with their origin."""
        names = {name for name, _ in self._fixed.header_pairs()} if self._fixed is not None else set()
        if self._source is not None:
            names.update(self._source.placement.header_names)
        return frozenset(name.lower() for name in names)


def _outcomes(call: Call[T], response: Response, request: Request, context: Context) -> T:
    """What the answer stands for, where errors that it holds as values are completed as well."""

    def complete(error: CallError) -> CallError:
        return completed(error, request, context)

    return call.meaning.read(response, call.request, complete)


def _base_url(text: str, *, secure: bool) -> Url:
    if not text:
        raise ValueError(
            "an Api needs a base URL: give it to the class (base_url = ...) or to the constructor"
        )
    url = Url(text.rstrip("/"))
    if not url.is_absolute or "?" in url.text:
        raise ValueError(f"base_url is absolute and has no query: {url}")
    if secure and not url.is_confidential:
        raise ValueError(
            f"base_url has to be https where there are credentials (http only to this machine): {url}"
        )
    return url


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
