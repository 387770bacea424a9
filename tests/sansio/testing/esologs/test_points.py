"""Prices follow a table and a seed; hours are the server's."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.esologs.points import WEIGHTS, Operation, Points, PointsWindow, TableCost


def operation(name: str | None = "Get", variables: Any = None, **fields: int) -> Operation:
    return Operation(name=name, fields=fields, variables=variables or {})


def test_a_price_is_the_sum_of_what_is_asked_for() -> None:
    cost = TableCost(variation=0, weights={"a": 3.0})
    assert [cost(operation()), cost(operation(a=1, b=7)), cost(operation(a=2))] == [1.0, 4.0, 7.0]
    assert TableCost(base=0.25, variation=0)(operation()) == 0.25


@given(st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.integers(1, 3)), st.integers(1, 1000))
def test_a_price_is_raised_by_a_share_at_most(fields: dict[str, int], page: int) -> None:
    asked = Operation(name="Get", fields=MappingProxyType(fields), variables={"page": page})
    plain = TableCost(variation=0)(asked)
    assert plain <= TableCost()(asked) <= plain * 1.5 + 0.01
    assert TableCost()(asked) == TableCost()(asked)


def test_another_question_has_another_price() -> None:
    prices = {TableCost()(operation(variables={"page": page})) for page in range(50)}
    assert len(prices) > 20
    assert TableCost(seed=1)(operation()) != TableCost()(operation())


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 1.5}, {"per": 0}])
def test_points_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Points"):
        Points(**wrong)


def test_hours_are_those_of_the_servers_clock() -> None:
    window = PointsWindow(Points(limit=10))
    assert [window.reset_in(now) for now in (0.0, 0.5, 3599.5, 3600.0)] == [3600, 3600, 1, 3600]
    window.spend(9.5, 3599.0)
    assert window.admits(3599.0)
    window.spend(4.0, 3599.0)
    assert not window.admits(3599.9)
    assert window.admits(3600.0)
    window.spend(1.0, 7200.0)
    assert (window.spent, window.refused) == ({0: 13.5, 2: 1.0}, 1)


@pytest.mark.parametrize(("counts_itself", "spent"), [(True, 5.5), (False, 3.0)])
def test_a_reading_tells_of_itself_or_not(counts_itself: bool, spent: float) -> None:
    window = PointsWindow(Points(limit=10, per=60.0, counts_itself=counts_itself))
    window.spend(3.0, 1.0)
    window.spend(2.5, 2.0)
    assert window.reading(2.0, 2.5) == {
        "limitPerHour": 10,
        "pointsSpentThisHour": spent,
        "pointsResetIn": 58,
    }
