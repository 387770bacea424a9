"""Policies: defaults for most servers, and slips that show at birth."""

from __future__ import annotations

import pytest

from offwire.message.headers import Headers
from offwire.policies import IdempotencyPolicy, Policies
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy
from offwire.state.limits import WindowLimit
from offwire.timeouts import Timeouts
from tests.sansio.kit import Diary


def test_the_defaults_suit_most_servers() -> None:
    usual = Policies()
    assert usual == Policies()
    assert (usual.retry, usual.breaker, usual.timeouts) == (RetryPolicy(), BreakerPolicy(), Timeouts())
    assert (usual.deadline, usual.idempotency, usual.cookies, usual.tokens) == (None, None, False, None)
    assert (usual.quota, usual.middleware, usual.attempt_middleware, usual.observers) == ((), (), (), ())


def test_what_is_given_is_kept_as_values() -> None:
    limits, observers = [WindowLimit(5, 1.0)], [Diary()]
    policies = Policies(headers={"Accept": "*/*"}, quota=limits, observers=observers, deadline=3)
    limits.clear()
    observers.clear()
    assert policies.headers == Headers({"accept": "*/*"})
    assert (len(policies.quota), len(policies.observers)) == (1, 1)


@pytest.mark.parametrize("deadline", [0, -1.0, float("nan")])
def test_a_deadline_is_a_positive_number(deadline: float) -> None:
    with pytest.raises(ValueError, match="deadline is a positive number of seconds, or None"):
        Policies(deadline=deadline)


def test_keys_are_for_what_the_draft_says_unless_told_otherwise() -> None:
    usual = IdempotencyPolicy()
    assert (usual.header, usual.methods) == ("Idempotency-Key", frozenset({"POST", "PATCH"}))
    assert IdempotencyPolicy(methods=["POST"]).methods == {"POST"}
    assert IdempotencyPolicy(methods="PUT").methods == {"PUT"}


@pytest.mark.parametrize("header", ["", "Idempotency Key", "Key:"])
def test_a_key_goes_into_a_header(header: str) -> None:
    with pytest.raises(ValueError, match="is no header name"):
        IdempotencyPolicy(header=header)


@pytest.mark.parametrize("methods", [["post"], "post", ["A B"]])
def test_methods_are_methods(methods: list[str]) -> None:
    with pytest.raises(ValueError, match="a method is an upper-case token"):
        IdempotencyPolicy(methods=methods)


def test_a_content_type_is_each_bodys_own() -> None:
    with pytest.raises(ValueError, match=r"Policies\.headers has no Content-Type"):
        Policies(headers=Headers({"content-type": "text/plain"}))
