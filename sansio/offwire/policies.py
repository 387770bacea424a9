"""`Policies`: how the calls of one API behave, in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from offwire.layers.redirecting import RedirectPolicy
from offwire.layers.shape import Middleware
from offwire.message.headers import NO_HEADERS, Headers
from offwire.message.request import Request
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy
from offwire.state.limits import Limit
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from offwire.events import Observer
    from offwire.formats.rate_limit.dialects import Dialect
    from offwire.hedge_policy import HedgePolicy
    from offwire.state.line import FairnessPolicy
    from offwire.state.token_box import TokenPolicy


Price: TypeAlias = Callable[[str, Request], float]
"""Says what a call costs, by its operation's name, such as "Users.get", and its request: above 0."""


def _positive(_instance: object, _attribute: object, value: float | None) -> None:
    if value is not None and not value > 0:
        raise ValueError(f"deadline is a positive number of seconds, or None for none, not {value!r}")


def _field_name(_instance: object, _attribute: object, value: str) -> None:
    Headers({value: ""})


def _methods(values: Iterable[str]) -> frozenset[str]:
    methods = frozenset([values] if isinstance(values, str) else values)
    for each in methods:
        Request(each, "/")
    return methods


def _no_content_type(_instance: object, _attribute: object, value: Headers) -> None:
    if "content-type" in value:
        raise ValueError("Policies.headers has no Content-Type: each request has that of its own body")


@frozen(kw_only=True)
class IdempotencyPolicy:
    """For servers that know repeats by a key (the Idempotency-Key draft, section 2).

    Raises:
        TypeError, ValueError: `header` is no field's name, or one of `methods` is no method.
    """

    header: str = field(default="Idempotency-Key", validator=_field_name)
    methods: frozenset[str] = field(default=frozenset({"POST", "PATCH"}), converter=_methods)
    """Requests of these methods get a key, if nothing better is declared of their safety."""


def _observers(values: Iterable[Observer]) -> tuple[Observer, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Policies:
    """How the calls of one API behave. Every part has a default that suits most servers."""

    headers: Headers = field(default=NO_HEADERS, converter=Headers, validator=_no_content_type)
    """Fields for every request, such as User-Agent and Accept."""
    timeouts: Timeouts = Timeouts()
    """Limits on the phases of one attempt."""
    deadline: float | None = field(default=None, validator=_positive)
    """Seconds for a whole call: waiting, signing in and retrying included."""
    retry: RetryPolicy = RetryPolicy()
    """What is sent again, when, and how often."""
    hedge: HedgePolicy | None = None
    """When a slow request is sent a second time, beside the first; None never does."""
    quota: Sequence[Limit] = field(default=(), converter=tuple[Limit, ...])
    """The server's limits; calls wait for their turn. What the server says of its limits counts anyhow."""
    probe: bool | None = None
    """Whether the first call goes alone, for a second at most, until its answer has told what is left, so
    that many calls at once are not too many. None: it does where no limit is declared, and nothing hedged."""
    price: Price | None = None
    """What a call costs of the quota; None is one unit each, or what a limit such as `PointsLimit` says."""
    fairness: FairnessPolicy | None = None
    """How calls share the quota that have priorities or flows (`Options`); None is `FairnessPolicy()`."""
    dialect: Dialect | None = None
    """How the server speaks of its limits, such as `GITHUB`; None understands what is common, by guessing."""
    breaker: BreakerPolicy | None = BreakerPolicy()
    """When to leave a failing origin alone; None never does."""
    redirects: RedirectPolicy = RedirectPolicy()
    """Which redirects are followed."""
    cookies: bool = False
    """Whether cookies are kept and sent."""
    idempotency: IdempotencyPolicy | None = None
    """Keys that make a request repeatable; only for servers that know them."""
    tokens: TokenPolicy | None = None
    """How early tokens are renewed, and how failures are spread; None is `TokenPolicy()`."""
    middleware: Sequence[Middleware] = field(default=(), converter=tuple[Middleware, ...])
    """Around each call, outside of redirects and retries; the first one outermost."""
    attempt_middleware: Sequence[Middleware] = field(default=(), converter=tuple[Middleware, ...])
    """Around each attempt, inside of redirects and retries, where the token is in the request."""
    observers: Sequence[Observer] = field(default=(), converter=_observers)
    """Who is told what happens."""
