"""RestConfig: each setting is checked at birth, and becomes what the engine goes by."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from offwire import (
    BreakerPolicy,
    BucketLimit,
    ConcurrencyLimit,
    Constant,
    Exponential,
    Headers,
    Linear,
    Timeouts,
)
from offwire.apis.rest import RestConfig
from offwire.apis.rest.config import check_seconds
from offwire.errors import ServerError, StatusError
from offwire.operations.expect import DEFAULT_EXPECT

Canary = Callable[[str], str]

BASE = "https://api.test/v1"
NO_NUMBER: list[Any] = ["5", [5], True, False, {}, b"5"]


class PaymentRequired(StatusError):
    """402."""


def config(**settings: Any) -> RestConfig:
    return RestConfig(**{"base_url": BASE, **settings})


def test_the_defaults_are_modest() -> None:
    policies = config().policies()
    assert policies.headers == Headers({"Accept": "application/json", "User-Agent": "offwire"})
    assert policies.timeouts == Timeouts(connect=30.0, read=30.0, write=30.0)
    assert (policies.deadline, policies.quota, policies.cookies, policies.idempotency) == (
        None,
        (),
        False,
        None,
    )
    assert policies.retry.max_attempts == 3
    assert policies.breaker == BreakerPolicy()
    assert config().expect() == DEFAULT_EXPECT


def test_each_setting_becomes_a_policy() -> None:
    def layer(forward: Any, request: Any, context: Any) -> Any:
        return (yield from forward(request, context))

    seen: list[object] = []
    policies = config(
        timeout=5,
        deadline=60,
        max_retries=4,
        backoff=Linear(step=2.0),
        retry_statuses={503},
        rate_limit_calls=100,
        rate_limit_period=20,
        max_concurrency=8,
        circuit_breaker=None,
        headers={"X-A": "a", "accept": "text/plain"},
        user_agent="shop-sync/1.2",
        cookies=True,
        idempotency_keys=True,
        middleware=[layer],
        observers=[seen.append],
    ).policies()
    assert policies.timeouts == Timeouts(connect=5, read=5, write=5)
    assert policies.deadline == 60
    assert (policies.retry.max_attempts, policies.retry.backoff) == (5, Linear(step=2.0))
    assert policies.retry.statuses == {503}
    assert policies.quota == (ConcurrencyLimit(8), BucketLimit(capacity=100, per_second=5.0))
    assert policies.breaker is None
    assert policies.headers == Headers({"User-Agent": "shop-sync/1.2", "X-A": "a", "Accept": "text/plain"})
    assert policies.cookies
    assert policies.idempotency is not None
    assert policies.middleware == (layer,)
    assert tuple(policies.observers) == (seen.append,)


def test_no_timeout_is_no_limit() -> None:
    assert config(timeout=None).policies().timeouts == Timeouts(connect=None, read=None, write=None)


def test_answers_are_read_as_configured() -> None:
    expect = config(lenient=True, errors={402: PaymentRequired}).expect()
    assert (expect.lenient, expect.errors) == (True, ((402, PaymentRequired),))


@pytest.mark.parametrize("name", ["timeout", "deadline", "rate_limit_period"])
def test_seconds_are_positive_numbers(name: str) -> None:
    for value in NO_NUMBER:
        with pytest.raises(TypeError, match=rf"^{name}\b.* is a positive number of seconds, not"):
            config(**{name: value})
    for value in (0, -1, -0.5, nan, inf, -inf):
        with pytest.raises(ValueError, match=rf"^{name}\b.* is a positive number of seconds, not"):
            config(**{name: value})
    for value in (1, 0.001, 3600):
        assert getattr(config(**{name: value}), name) == value


@pytest.mark.parametrize("name", ["timeout", "deadline"])
def test_some_seconds_may_be_without_limit(name: str) -> None:
    assert getattr(config(**{name: None}), name) is None
    with pytest.raises(ValueError, match="if not None for no limit"):
        config(**{name: 0})
    with pytest.raises(TypeError, match="rate_limit_period is a positive number of seconds, not None"):
        config(rate_limit_period=None)


@pytest.mark.parametrize(
    ("name", "low", "optional"),
    [("max_retries", 0, False), ("rate_limit_calls", 1, True), ("max_concurrency", 1, True)],
)
def test_counts_are_whole_numbers(name: str, low: int, optional: bool) -> None:
    for value in (*NO_NUMBER, 2.0, nan):
        with pytest.raises(TypeError, match=rf"^{name} is a whole number from {low} on"):
            config(**{name: value})
    for value in (low - 1, -5):
        with pytest.raises(ValueError, match=rf"^{name} is a whole number from {low} on"):
            config(**{name: value})
    for value in (low, 1000):
        assert getattr(config(**{name: value}), name) == value
    if optional:
        assert getattr(config(**{name: None}), name) is None
    else:
        with pytest.raises(TypeError, match=rf"^{name} is a whole number"):
            config(**{name: None})


@pytest.mark.parametrize("name", ["cookies", "idempotency_keys", "lenient"])
@pytest.mark.parametrize("value", [1, 0, "yes", None, nan])
def test_switches_are_on_or_off(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} is True or False, not"):
        config(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        pytest.param("base_url", None, TypeError, "base_url is a str, not NoneType", id="no base URL"),
        pytest.param("base_url", "", ValueError, "base_url is absolute", id="an empty base URL"),
        pytest.param("base_url", "/v1", ValueError, "base_url is absolute", id="a relative base URL"),
        pytest.param(
            "base_url", "api.test/v1", ValueError, "base_url is absolute", id="a base URL of no scheme"
        ),
        pytest.param(
            "base_url", "ftp://api.test", ValueError, "base_url cannot be used", id="another scheme"
        ),
        pytest.param("base_url", f"{BASE}?a=1", ValueError, "has no query", id="a base URL with a query"),
        pytest.param(
            "backoff", Exponential, TypeError, "backoff is an Exponential()", id="a backoff's class"
        ),
        pytest.param(
            "backoff", 0.5, TypeError, "another object with a method delay", id="a number as backoff"
        ),
        pytest.param("backoff", None, TypeError, "backoff is", id="no backoff"),
        pytest.param(
            "retry_statuses", 503, TypeError, "retry_statuses is a list of statuses", id="one status"
        ),
        pytest.param("retry_statuses", "503", TypeError, "retry_statuses is a list", id="statuses as text"),
        pytest.param(
            "retry_statuses", {"503"}, ValueError, "retry_statuses are statuses from 400", id="text"
        ),
        pytest.param(
            "retry_statuses", {200}, ValueError, "retry_statuses are statuses from 400", id="a success"
        ),
        pytest.param(
            "retry_statuses", {True}, ValueError, "retry_statuses are statuses", id="a bool as status"
        ),
        pytest.param("circuit_breaker", True, TypeError, "circuit_breaker is a BreakerPolicy", id="a switch"),
        pytest.param("headers", "X-A: a", TypeError, "headers is a mapping", id="headers as text"),
        pytest.param("headers", 5, TypeError, "headers is a mapping", id="headers as a number"),
        pytest.param("headers", {"X A": "a"}, ValueError, "'X A' is no header name", id="no header name"),
        pytest.param("headers", {"X-A": 5}, TypeError, "'X-A' came with a int", id="a number as value"),
        pytest.param(
            "headers", {"content-type": "a/b"}, ValueError, "Content-Type: each body", id="Content-Type"
        ),
        pytest.param("user_agent", "", ValueError, "user_agent may not be empty", id="no user agent"),
        pytest.param("user_agent", None, TypeError, "user_agent is a str", id="None as user agent"),
        pytest.param("user_agent", "a\nb", ValueError, "'User-Agent'", id="a line break"),
        pytest.param(
            "errors", [PaymentRequired], TypeError, "errors maps statuses", id="errors without statuses"
        ),
        pytest.param(
            "errors", {402: OSError}, TypeError, "402 is a subclass of StatusError", id="another error"
        ),
        pytest.param(
            "errors", {"402": ServerError}, ValueError, "errors maps statuses", id="a status as text"
        ),
        pytest.param(
            "errors", {200: ServerError}, ValueError, "200 is an error and a success", id="a success's"
        ),
        pytest.param(
            "middleware", print, TypeError, "middleware is a list of functions", id="one middleware"
        ),
        pytest.param(
            "middleware", [5], TypeError, "middleware is a list of functions, and 5 is", id="a number"
        ),
        pytest.param("observers", "x", TypeError, "observers is a list of functions", id="observers as text"),
        pytest.param("observers", [None], TypeError, "observers is a list of functions", id="no observer"),
    ],
)
def test_what_cannot_work_is_refused_by_name(
    name: str, value: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
        config(**{name: value})


@pytest.mark.parametrize("base_url", ["https://ada:{}@api.test", "https://api.test/?key={}", "/v1?key={}"])
def test_a_base_url_that_is_refused_does_not_show_its_secrets(base_url: str, canary: Canary) -> None:
    text = base_url.format(canary("base URL's secret"))
    with pytest.raises(ValueError, match="base_url") as caught:
        config(base_url=text)
    assert canary("base URL's secret") not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="max_retry"):
        config(max_retry=5)


def test_a_strategy_of_ones_own_will_do() -> None:
    class Impatient:
        def delay(self, attempt: int, previous: float, random: object) -> float:
            return 0.0

    mine = Impatient()
    assert config(backoff=mine).policies().retry.backoff is mine
    assert config(backoff=Constant(1.0)).backoff == Constant(1.0)


def test_a_config_is_a_value_that_shows_no_secret(canary: Canary) -> None:
    one = config(headers={"X-Key": canary("configured key")}, errors={402: PaymentRequired})
    assert one == config(headers=[("x-key", canary("configured key"))], errors={402: PaymentRequired})
    assert canary("configured key") not in repr(one)
    with pytest.raises(AttributeError):
        one.timeout = 5.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_what_was_given_may_change_without_changing_the_config() -> None:
    errors: dict[int, type[StatusError]] = {402: PaymentRequired}
    observers: list[Any] = []
    made = config(errors=errors, observers=observers)
    errors.clear()
    observers.append(print)
    assert (made.errors, made.observers) == ({402: PaymentRequired}, ())


def test_seconds_can_be_checked_under_any_name() -> None:
    check_seconds("patience", 1.5)
    with pytest.raises(ValueError, match="patience is a positive number"):
        check_seconds("patience", 0)
