"""The retry budget: the published tables of AWS and gRPC, and tokens that are never made up."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.state.retry_budget import (
    BudgetPolicy,
    NoBudget,
    RatioBudget,
    RetryBudget,
    RetryBudgetSnapshot,
    TokenBudget,
)

OLD = TokenBudget(retry_cost=5, throttle_cost=5)


def tokens(budget: RetryBudget) -> float:
    return budget.snapshot().tokens


def fail(budget: RetryBudget, throttled: bool = False) -> float | None:
    budget.on_failure()
    return budget.withdraw(throttled=throttled)


@pytest.mark.parametrize(
    ("policy", "start", "throttled", "cost", "left"),
    [
        pytest.param(TokenBudget(), 500, False, 14, 486, id="a retry"),
        pytest.param(TokenBudget(), 500, True, 5, 495, id="a throttled one"),
        pytest.param(TokenBudget(), 14, False, 14, 0, id="the last tokens"),
        pytest.param(TokenBudget(), 13, False, None, 13, id="too few: nothing is taken"),
        pytest.param(TokenBudget(), 13, True, 5, 8, id="enough for a throttled one"),
        pytest.param(TokenBudget(), 0, False, None, 0, id="none"),
        pytest.param(OLD, 500, False, 5, 495, id="before 2026"),
        pytest.param(OLD, 4, False, None, 4, id="before 2026, too few"),
        pytest.param(NoBudget(), None, False, 0, 1, id="no budget"),
    ],
)
def test_withdrawing(
    policy: BudgetPolicy, start: float | None, throttled: bool, cost: float | None, left: float
) -> None:
    budget = RetryBudget(policy, tokens=start)
    assert fail(budget, throttled) == cost
    assert tokens(budget) == left


@pytest.mark.parametrize(
    ("start", "last_cost", "left"),
    [
        pytest.param(486, None, 487, id="without a retry: the gain"),
        pytest.param(472, 14.0, 486, id="the cost of the last retry"),
        pytest.param(500, None, 500, id="never above the capacity"),
        pytest.param(495, 14.0, 500, id="never above it by a refund"),
    ],
)
def test_succeeding(start: float, last_cost: float | None, left: float) -> None:
    budget = RetryBudget(TokenBudget(), tokens=start)
    budget.on_success(last_cost)
    assert tokens(budget) == left


def test_a_full_budget_grants_35_retries_in_an_outage_or_100_before_2026() -> None:
    for policy, expected in ((TokenBudget(), 35), (OLD, 100)):
        budget = RetryBudget(policy)
        granted = 0
        while fail(budget) is not None:
            granted += 1
        assert granted == expected


def test_two_calls_share_the_budget() -> None:
    """AWS vector A14: only the final value does not hang on the order."""
    budget = RetryBudget(TokenBudget())
    first = [fail(budget), fail(budget)]
    budget.on_success(first[-1])
    second = fail(budget)
    budget.on_success(second)
    assert tokens(budget) == 486


def test_grpcs_throttle_table() -> None:
    """The vectors of its retry_throttle_test: 4 tokens, a ratio of 1.6."""
    budget = RetryBudget(RatioBudget(max_tokens=4, token_ratio=1.6))
    table = (
        "F3T S4 F3T F2F F1F F0F F0F S1.6 S3.2 F2.2T F1.2F S2.8 F1.8F S3.4 F2.4T"
    ).split()  # fmt: skip
    for row in table:
        if row[0] == "F":
            allowed = fail(budget) is not None
            assert allowed is (row[-1] == "T"), row
            row = row[:-1]
        else:
            budget.on_success(None)
        assert tokens(budget) == float(row[1:]), row


def test_a_replaced_policy_keeps_the_fraction() -> None:
    """The same test's second part: of 4 tokens 3 are left, so of 10 there are 7.5."""
    budget = RetryBudget(RatioBudget(max_tokens=4, token_ratio=1))
    assert fail(budget) == 0
    assert tokens(budget) == 3
    budget.replace(RatioBudget(max_tokens=10, token_ratio=3))
    assert tokens(budget) == 7.5
    for left, allowed in ((6.5, True), (5.5, True), (4.5, False), (3.5, False)):
        assert (fail(budget) is not None) is allowed
        assert tokens(budget) == left
    budget.on_success(None)
    assert tokens(budget) == 6.5
    for left, allowed in ((5.5, True), (4.5, False)):
        assert (fail(budget) is not None) is allowed
        assert tokens(budget) == left
    for _ in range(3):
        budget.on_success(None)
    assert budget.snapshot() == RetryBudgetSnapshot(tokens=10, capacity=10)


def test_ten_successes_make_up_for_one_failure_exactly() -> None:
    budget = RetryBudget(RatioBudget())
    for _ in range(5):
        budget.on_failure()
    for _ in range(10):
        budget.on_success(None)
    assert tokens(budget) == 6
    budget.on_failure()
    assert budget.withdraw(throttled=False) is None, "just half is not more than half"


def test_no_budget_never_changes() -> None:
    budget = RetryBudget(NoBudget())
    for _ in range(100):
        assert fail(budget) == 0
    budget.on_success(0.0)
    assert budget.snapshot() == RetryBudgetSnapshot(tokens=1, capacity=1)


def test_a_budget_cannot_start_with_more_than_there_can_be() -> None:
    assert tokens(RetryBudget(TokenBudget(), tokens=501)) == 500


@pytest.mark.parametrize(
    ("field", "make"),
    [
        pytest.param("TokenBudget.capacity", lambda: TokenBudget(capacity=0), id="capacity"),
        pytest.param("TokenBudget.retry_cost", lambda: TokenBudget(retry_cost=-1), id="cost"),
        pytest.param("RatioBudget.max_tokens", lambda: RatioBudget(max_tokens=0), id="max_tokens"),
        pytest.param("RatioBudget.token_ratio", lambda: RatioBudget(token_ratio=0.0001), id="ratio"),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=field):
        make()


@given(
    policy=st.one_of(
        st.builds(
            TokenBudget,
            capacity=st.integers(1, 60),
            retry_cost=st.integers(0, 20),
            throttle_cost=st.integers(0, 20),
            success_gain=st.integers(0, 3),
        ),
        st.builds(
            RatioBudget, max_tokens=st.integers(1, 20), token_ratio=st.sampled_from([0.001, 0.1, 1.6, 3])
        ),
        st.just(NoBudget()),
    ),
    script=st.lists(st.sampled_from(["fail", "throttled", "succeed"]), max_size=60),
)
def test_tokens_stay_in_bounds_and_a_refusal_takes_nothing(policy: BudgetPolicy, script: list[str]) -> None:
    budget = RetryBudget(policy)
    last: float | None = None
    for step in script:
        if step == "succeed":
            before = tokens(budget)
            budget.on_success(last)
            assert tokens(budget) >= before
            last = None
        else:
            budget.on_failure()
            before = tokens(budget)
            last = budget.withdraw(throttled=step == "throttled")
            assert tokens(budget) == before - (last or 0)
        assert 0 <= tokens(budget) <= budget.snapshot().capacity
