"""`Engine`: how one call is composed of layers, around what the calls of an API share.

Rules of this file: the order of the layers is here, and nowhere else. From the outside in:
middleware, redirects, retry, token, attempt middleware, a look at the breaker, quota, cookies,
connection, breaker. A call waits for its token before it waits for the quota, for the quota
before it takes a connection, for nothing while it holds a place at the breaker, and it holds
nothing while it waits between attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve, frozen

from offwire.completion import completed
from offwire.context import Context
from offwire.errors import CallError, PagingLoop
from offwire.flow import Emit, Flow
from offwire.layers.breaking import Breakers, breaking, turning_away
from offwire.layers.connecting import connecting, sending
from offwire.layers.limiting import limiting
from offwire.layers.redirecting import BOUND_TO_ORIGIN, redirecting
from offwire.layers.retrying import retrying
from offwire.layers.shape import Forward, Middleware, nested
from offwire.message.headers import NO_HEADERS, Headers
from offwire.message.request import Request, made
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.operations.call import Call
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.paging import Pages
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
        self._observers = tuple(policies.observers)
        self._base = _base_url(base_url, secure=auth is not None)
        self._origin = self._base.origin
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
        self._forward = self._composed()

    def perform(self, call: Call[T], operation: str = "", options: Options = NO_OPTIONS) -> Flow[T]:
        """The flow of one call. It returns what the call parses to.

        Raises:
            CallError: of a kind that says what went wrong, with the facts of the call.
        """
        if call.overrides is not NO_OPTIONS:
            options = call.overrides.over(options)
        context = self._context(call, operation, options)
        request = self._prepared(call.request, context, options)
        if context.observers:
            return (yield from self._observed(call, request, context))
        try:
            response = yield from self._forward(request, context)
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
        following: Call[object] | None = pages.first
        origin = self._resolved(pages.first.request.url).origin
        asked: set[Request] = set()
        while following is not None:
            # Where the next page is may be said relative to where this one is.
            call = following.with_target(self._resolved(following.request.url).text)
            if call.request.url.origin != origin:
                call = _without_credentials(call)
            if call.request in asked:
                raise PagingLoop(
                    message="the server points to a page that it has given already",
                    operation=operation,
                    method=call.request.method,
                    url=str(call.request.url),
                )
            asked.add(call.request)
            response, page = yield from self.perform(call.mapped(_with_response), operation, options)
            with _of_page(call, operation):
                items = pages.items(page)
            if items:
                yield Emit(items)
            with _of_page(call, operation):
                following = pages.following(call, page, response)

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
            result = call.parse(response)
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

    def _context(self, call: Call[T], operation: str, options: Options) -> Context:
        policies = self._policies
        if options is not NO_OPTIONS:
            seconds = policies.deadline if options.deadline is None else options.deadline
            timeouts = options.timeouts or policies.timeouts
        else:
            seconds, timeouts = policies.deadline, policies.timeouts
        runtime = self._runtime
        deadline = None if seconds is None else runtime.now.monotonic + seconds
        safety = call.meaning.safety
        return Context(runtime, operation, safety, timeouts, deadline, self._observers, self._secrets)

    def _resolved(self, url: Url) -> Url:
        """`url` as an absolute one; a relative one goes below the base URL."""
        text = url.text
        if text[:1] == "/":
            return Url.under(self._base, text)
        if url.is_absolute or text[:1] in ("", "?"):
            return self._base.join(text)
        return self._folder.join(text)

    def _prepared(self, request: Request, context: Context, options: Options) -> Request:
        """The request as it is sent to this API: absolute, with the API's fields, credentials and key."""
        url, own, headers = request.url, options.headers, self._headers
        # What nearly every call meets, without a function for it.
        url = Url.under(self._base, url.text) if url.text[:1] == "/" else self._resolved(url)
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

    def _composed(self) -> Forward:
        policies = self._policies
        connections = self._runtime.connections
        retry = retrying(policies.retry, self._budget)
        jar: list[Middleware] = []
        if self._jar is not None:
            from offwire.layers.cookies import keeping_cookies  # noqa: PLC0415 - only who keeps some pays

            jar.append(keeping_cookies(self._jar))
        token: list[Middleware] = []
        if self._box is not None and self._source is not None:
            sign_in = nested([retry, *jar, connecting(connections)], sending)
            token.append(self._signed_in(self._box, self._source, sign_in))
        early, breaker = [], []
        if self._breakers is not None:
            early, breaker = [turning_away(self._breakers)], [breaking(self._breakers)]
        layers = [
            *policies.middleware,
            redirecting(policies.redirects, self._credential_headers()),
            retry,
            *token,
            *policies.attempt_middleware,
            *early,
            limiting(self._quota),
            *jar,
            connecting(connections, self._quota),
            *breaker,
        ]
        return nested(layers, sending)

    def _signed_in(self, box: TokenBox, source: TokenSource, sign_in: Forward) -> Middleware:
        """The layer that has tokens fetched through `sign_in`."""
        from offwire.layers.authenticating import authenticating  # noqa: PLC0415 - as in _composed
        from offwire.layers.signing_in import SignInExchange  # noqa: PLC0415

        def exchange(outer: Context, early: bool) -> Exchange:
            return SignInExchange(sign_in, self._addressed, outer, early=early, shielded=source.is_rotating)

        return authenticating(box, source, self._origin, exchange)

    def _credential_headers(self) -> frozenset[str]:
        """The fields that hold credentials, in lower case: they stay with their origin."""
        names = {name for name, _ in self._fixed.header_pairs()} if self._fixed is not None else set()
        if self._source is not None:
            names.update(self._source.placement.header_names)
        return frozenset(name.lower() for name in names)


def _without_credentials(call: Call[T]) -> Call[T]:
    """The call as it may go to another origin than its caller has named."""
    request = call.request
    headers = request.headers.without(*BOUND_TO_ORIGIN)
    return evolve(call, request=made(request.method, request.url, headers, request.body))


@contextmanager
def _of_page(call: Call[object], operation: str) -> Iterator[None]:
    """Have what goes wrong with a page say which one it was."""
    try:
        yield
    except CallError as error:
        failure = error.with_facts(
            operation=operation, method=call.request.method, url=str(call.request.url), attempts=1
        )
    else:
        return
    raise failure


def _with_response(page: T, response: Response) -> tuple[Response, T]:
    return response, page


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

    return (auth, None) if isinstance(auth, ApiKey | Basic | Bearer) else (None, auth)


def _jar() -> CookieJar:
    from offwire.state.cookie_jar import CookieJar  # noqa: PLC0415 - only APIs that keep some pay

    return CookieJar()


def _box(source: TokenSource, policy: TokenPolicy | None, jitter: float) -> TokenBox:
    from offwire.state.token_box import TokenBox, TokenPolicy  # noqa: PLC0415 - only APIs with tokens pay

    return TokenBox(policy or TokenPolicy(), source.initial, jitter=jitter)
