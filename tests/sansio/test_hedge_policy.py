"""The policy of hedges: numbers that are checked at birth."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from offwire.hedge_policy import HedgePolicy


def test_by_default_the_time_is_learned_and_one_more_is_sent() -> None:
    policy = HedgePolicy()
    assert (policy.after, policy.quantile, policy.learn_from, policy.most) == (None, 0.95, 100, 1)


@pytest.mark.parametrize(
    ("field", "make"),
    [
        pytest.param("HedgePolicy.after", lambda: HedgePolicy(after=0), id="after"),
        pytest.param("HedgePolicy.quantile", lambda: HedgePolicy(quantile=1.1), id="quantile"),
        pytest.param("HedgePolicy.learn_from", lambda: HedgePolicy(learn_from=0), id="learn_from"),
        pytest.param("HedgePolicy.most", lambda: HedgePolicy(most=0), id="most"),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=field):
        make()
