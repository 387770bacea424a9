"""The window budget: Finagle's and tower's own vectors, and what is left against a brute-force count."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.state.retry_budget import RetryBudget, RetryBudgetSnapshot, TokenBudget
from offwire.state.retry_window import SLOTS, RetryWindow, WindowBudget, budget_of
from offwire.time import Now


def at(now: Now, seconds: float) -> None:
    now.advance(seconds, 0.0)


def granted(budget: RetryBudget) -> bool:
    return budget.withdraw(throttled=False) is not None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.25, 0.75, 0.99, 0.999, 0.9999, 0.01, 0.001, 0.0001])
@pytest.mark.parametrize("per_second", [0.0, 1.0])
def test_finagles_vector_a_share_of_ten_thousand_calls(share: float, per_second: float) -> None:
    """RetryBudgetTest: 10,000 deposits, and a try after each; the share and the reserve, but for one."""
    budget = RetryWindow(WindowBudget(share=share, per_second=per_second, ttl=60.0), Now())
    retries = 0
    for _ in range(10_000):
        budget.on_success(None)
        retries += granted(budget)
    assert retries == pytest.approx(min(10_000, 10_000 * share + 60 * per_second), abs=1)


def test_finagles_vector_more_retries_than_calls() -> None:
    budget = RetryWindow(WindowBudget(share=2.0, per_second=0.0), Now())
    for _ in range(10_000):
        budget.on_success(None)
    assert budget.snapshot().tokens == 20_000


def test_towers_vector_deposits_are_forgotten() -> None:
    """Its `tps_leaky` and `tps_expiry`: two calls pay for one retry, up to a second later."""
    now = Now()
    budget = RetryWindow(WindowBudget(share=0.5, per_second=0.0, ttl=1.0), now)
    assert not granted(budget)
    budget.on_success(None)
    budget.on_success(None)
    at(now, 0.901)
    assert granted(budget)
    assert not granted(budget)
    budget.on_success(None)
    budget.on_success(None)
    at(now, 2.001)
    assert not granted(budget)


def test_towers_vector_the_reserve() -> None:
    now = Now()
    budget = RetryWindow(WindowBudget(share=0.5, per_second=5.0, ttl=1.0), now)
    assert [granted(budget) for _ in range(6)] == [True] * 5 + [False]
    at(now, 1.001)
    assert [granted(budget) for _ in range(6)] == [True] * 5 + [False]


def test_a_call_deposits_once() -> None:
    budget = RetryWindow(WindowBudget(share=1.0, per_second=0.0), Now())
    budget.on_failure()
    cost = budget.withdraw(throttled=True)
    assert cost == 1.0
    budget.on_failure(is_first=False)
    assert not granted(budget)
    budget.on_success(cost)
    assert budget.snapshot() == RetryBudgetSnapshot(tokens=0.0, capacity=inf)


def test_what_was_deposited_is_forgotten_before_what_was_withdrawn_by_it() -> None:
    now = Now()
    budget = RetryWindow(WindowBudget(share=1.0, per_second=0.0, ttl=1.0), now)
    budget.on_success(None)
    at(now, 0.5)
    assert granted(budget)
    at(now, 1.0)
    assert budget.snapshot().tokens == 0, "never below nothing"
    budget.on_success(None)
    assert not granted(budget)
    at(now, 1.5)
    assert granted(budget)


def test_a_policy_makes_its_machine() -> None:
    assert isinstance(budget_of(WindowBudget(), Now()), RetryWindow)
    assert type(budget_of(TokenBudget(), Now())) is RetryBudget
    assert budget_of(WindowBudget(), Now()).snapshot().tokens == 100


@pytest.mark.parametrize(
    ("field", "make"),
    [
        pytest.param("WindowBudget.share", lambda: WindowBudget(share=-0.1), id="share"),
        pytest.param("WindowBudget.per_second", lambda: WindowBudget(per_second=-1), id="per_second"),
        pytest.param("WindowBudget.ttl", lambda: WindowBudget(ttl=0), id="ttl"),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=field):
        make()


@given(
    share=st.sampled_from([0.0, 0.1, 0.5, 2.0]),
    per_second=st.sampled_from([0.0, 0.3, 5.0]),
    began=st.integers(0, 30),
    script=st.lists(st.tuples(st.integers(0, 25), st.sampled_from(["call", "retry"])), max_size=60),
)
def test_what_is_left_is_what_a_list_of_all_events_says(
    share: float, per_second: float, began: int, script: list[tuple[int, str]]
) -> None:
    """Instants are slots, so that the model needs no rounding."""
    now = Now()
    at(now, began)
    policy = WindowBudget(share=share, per_second=per_second, ttl=float(SLOTS))
    budget = RetryWindow(policy, now)
    events: list[tuple[int, str]] = []
    instant = began
    for pause, step in script:
        instant += pause
        at(now, instant)
        recent = [what for when, what in events if when > instant - SLOTS]
        left = policy.reserve + share * recent.count("call") - recent.count("retry")
        assert budget.snapshot().tokens == max(0.0, left)
        if step == "call":
            budget.on_success(None)
            events.append((instant, "call"))
        else:
            assert granted(budget) is (left >= 1)
            if left >= 1:
                events.append((instant, "retry"))
