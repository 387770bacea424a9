"""`RestConfig`: everything that a general REST client lets one set, checked at birth.

Rules of this file: a setting that cannot work is refused when the configuration is made. The
message names the setting, and says what would do; it shows no secret that may be in a URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from offwire.backoff import Backoff, Exponential
from offwire.errors import StatusError
from offwire.layers.shape import Middleware
from offwire.message.headers import NO_HEADERS, Headers, HeadersInput
from offwire.message.url import Url
from offwire.operations.expect import Expect, is_status
from offwire.policies import IdempotencyPolicy, Policies
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from attrs import Attribute

    from offwire.events import Observer

_RETRIED: Final = RetryPolicy().statuses


def check_seconds(name: str, value: object) -> None:
    """See that `value` is a positive, finite number.

    Raises:
        TypeError, ValueError: it is not; the message begins with `name`.
    """
    wanted = f"{name} is a positive number of seconds, not {value!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(wanted)
    if not (value > 0 and isfinite(value)):
        raise ValueError(wanted)


def _seconds(_instance: object, attribute: Attribute[Any], value: object) -> None:
    check_seconds(attribute.name, value)


def _seconds_or_none(_instance: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        check_seconds(f"{attribute.name}, if not None for no limit,", value)


def _count(low: int, *, optional: bool) -> Callable[[object, Attribute[Any], object], None]:
    or_none = ", or None for no limit" if optional else ""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if value is None and optional:
            return
        wanted = f"{attribute.name} is a whole number from {low} on{or_none}, not {value!r}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(wanted)
        if value < low:
            raise ValueError(wanted)

    return validate


def _flag(_instance: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{attribute.name} is True or False, not {value!r}")


def _base_url(_instance: object, _attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"base_url is a str, not {type(value).__name__}")
    try:
        url = Url(value)
    except ValueError as error:
        raise ValueError(f"base_url cannot be used: {error}") from None
    if not url.is_absolute or url.query:
        raise ValueError(
            f"base_url is absolute and has no query, such as https://api.example.com/v1, not {url}"
        )


def _backoff(_instance: object, _attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, type) or not callable(getattr(value, "delay", None)):
        raise TypeError(
            f"backoff is an Exponential(), a Linear() or another object with a method delay, not {value!r}"
        )


def _breaker(_instance: object, _attribute: Attribute[Any], value: object) -> None:
    if value is not None and not isinstance(value, BreakerPolicy):
        raise TypeError(f"circuit_breaker is a BreakerPolicy, or None for none, not {value!r}")


def _user_agent(_instance: object, _attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"user_agent is a str, not {type(value).__name__}")
    if not value:
        raise ValueError("user_agent may not be empty: name your program, as in 'shop-sync/1.2'")
    Headers({"User-Agent": value})


def _statuses(values: Iterable[int]) -> frozenset[int]:
    found = frozenset(_listed("retry_statuses", "statuses, such as {429, 503}", values))
    if not all(is_status(each) and each >= 400 for each in found):
        raise ValueError(f"retry_statuses are statuses from 400 on, not {sorted(found, key=repr)!r}")
    return found


def _headers(value: HeadersInput) -> Headers:
    given: object = value
    if isinstance(given, str | bytes) or not isinstance(given, Headers | Iterable):
        raise TypeError(f"headers is a mapping of names to values, not a {type(value).__name__}")
    headers = value if isinstance(value, Headers) else Headers(value)
    if "content-type" in headers:
        raise ValueError("headers may not hold Content-Type: each body has its own")
    return headers


def _middleware(values: Iterable[Middleware]) -> tuple[Middleware, ...]:
    return _functions("middleware", values)


def _observers(values: Iterable[Observer]) -> tuple[Observer, ...]:
    return _functions("observers", values)


def _functions(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    found = _listed(name, "functions", values)
    for each in found:
        if not callable(each):
            raise TypeError(f"{name} is a list of functions, and {each!r} is none")
    return found


def _listed(name: str, what: str, values: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name} is a list of {what}, not {values!r}")
    return tuple(values)


def _errors(value: Mapping[int, type[StatusError]]) -> Mapping[int, type[StatusError]]:
    return dict(Expect(errors=value).errors)


@frozen(kw_only=True)
class RestConfig:
    """The settings of a `Rest` client; seconds throughout.

    Raises at birth:
        TypeError: a setting is of the wrong type.
        ValueError: a setting cannot work. The message names it, and says what would.
    """

    base_url: str = field(validator=_base_url)
    timeout: float | None = field(default=30.0, validator=_seconds_or_none)
    """How long one attempt may be silent: while connecting, sending, or answering."""
    deadline: float | None = field(default=None, validator=_seconds_or_none)
    """How long a whole call may take, waiting and retrying included."""
    max_retries: int = field(default=2, validator=_count(0, optional=False))
    """Attempts after the first one."""
    backoff: Backoff = field(default=Exponential(), validator=_backoff)
    """How long to wait between attempts: Exponential, Linear, Constant, Decorrelated, or your own."""
    retry_statuses: frozenset[int] = field(default=_RETRIED, converter=_statuses)
    """The statuses after which a repeatable request is sent again."""
    rate_limit_calls: int | None = field(default=None, validator=_count(1, optional=True))
    """A token bucket holds so many calls …"""
    rate_limit_period: float = field(default=60.0, validator=_seconds)
    """… and fills up once in so many seconds."""
    max_concurrency: int | None = field(default=None, validator=_count(1, optional=True))
    """The most calls under way at once."""
    circuit_breaker: BreakerPolicy | None = field(default=BreakerPolicy(), validator=_breaker)
    """When to leave a failing server alone; None never does."""
    headers: Headers = field(default=NO_HEADERS, converter=_headers)
    """Fields for every request; a call's own go before them."""
    user_agent: str = field(default="offwire", validator=_user_agent)
    cookies: bool = field(default=False, validator=_flag)
    """Whether cookies are kept and sent."""
    idempotency_keys: bool = field(default=False, validator=_flag)
    """Whether POST and PATCH carry a key, so that they can be repeated: for servers that know it."""
    lenient: bool = field(default=False, validator=_flag)
    """Whether typed results take "42" for 42 and the like."""
    errors: Mapping[int, type[StatusError]] = field(factory=dict, converter=_errors)
    """Your own kinds of error, by status: `{402: PaymentRequired}`."""
    middleware: Sequence[Middleware] = field(default=(), converter=_middleware)
    """Around each call; the first one outermost."""
    observers: Sequence[Observer] = field(default=(), converter=_observers)
    """Who is told what happens."""

    def policies(self) -> Policies:
        """The same settings as the policies of an Api."""
        limits: list[Limit] = []
        if self.max_concurrency is not None:
            limits.append(ConcurrencyLimit(calls=self.max_concurrency))
        if self.rate_limit_calls is not None:
            per_second = self.rate_limit_calls / self.rate_limit_period
            limits.append(BucketLimit(capacity=self.rate_limit_calls, per_second=per_second))
        timeout = self.timeout
        return Policies(
            headers=Headers({"Accept": "application/json", "User-Agent": self.user_agent}).replacing(
                self.headers
            ),
            timeouts=Timeouts(connect=timeout, read=timeout, write=timeout),
            deadline=self.deadline,
            retry=RetryPolicy(
                max_attempts=self.max_retries + 1,
                backoff=self.backoff,
                statuses=self.retry_statuses,
            ),
            quota=limits,
            breaker=self.circuit_breaker,
            cookies=self.cookies,
            idempotency=IdempotencyPolicy() if self.idempotency_keys else None,
            middleware=self.middleware,
            observers=self.observers,
        )

    def expect(self) -> Expect:
        """How answers are read."""
        return Expect(lenient=self.lenient, errors=self.errors)
