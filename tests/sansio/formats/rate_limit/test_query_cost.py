"""What a GraphQL answer says of its cost."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.rate_limit.query_cost import QueryCost, read_query_cost
from offwire.formats.rate_limit.report import RateLimitReport
from offwire.json_value import Json


def answer(status: object = None, **cost: object) -> Json:
    bucket = {"maximumAvailable": 2000.0, "currentlyAvailable": 1954, "restoreRate": 100.0}
    said = {"requestedQueryCost": 101, "actualQueryCost": 46, "throttleStatus": status or bucket, **cost}
    return cast("Json", {"data": {"shop": {"name": "A"}}, "extensions": {"cost": said}})


def expected(actual: float | None) -> QueryCost:
    return QueryCost(
        requested=101.0,
        actual=actual,
        restored_per_second=100.0,
        report=RateLimitReport(limit=2000, remaining=1954.0, reset_after=0.46),
    )


def test_the_cost_is_read() -> None:
    assert read_query_cost(answer()) == expected(46.0)


def test_a_query_that_was_throttled_took_nothing() -> None:
    assert read_query_cost(answer(actualQueryCost=None)) == expected(None)


@pytest.mark.parametrize(
    ("left", "rate", "reset_after"),
    [
        pytest.param(0, 50, 40.0, id="empty"),
        pytest.param(2000, 50, 0.0, id="full"),
        pytest.param(2500, 50, 0.0, id="more than full"),
        pytest.param(0, 1e-9, None, id="not within a year"),
    ],
)
def test_the_window_ends_when_the_bucket_is_full(left: float, rate: float, reset_after: float | None) -> None:
    status = {"maximumAvailable": 2000, "currentlyAvailable": left, "restoreRate": rate}
    found = read_query_cost(answer(status))
    assert found is not None
    assert found.report == RateLimitReport(limit=2000, remaining=float(left), reset_after=reset_after)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({"data": None}, id="no extensions"),
        pytest.param({"extensions": {"cost": 5}}, id="another's cost"),
        pytest.param(answer(requestedQueryCost=None), id="no cost"),
        pytest.param(answer(requestedQueryCost=-1), id="negative"),
        pytest.param(answer(requestedQueryCost=True), id="yes"),
        pytest.param(answer({"maximumAvailable": 9, "currentlyAvailable": 9}), id="no rate"),
        pytest.param(
            answer({"maximumAvailable": 9, "currentlyAvailable": 9, "restoreRate": 0}), id="a rate of 0"
        ),
        pytest.param(answer({"maximumAvailable": 9, "restoreRate": 1}), id="nothing said to be left"),
        pytest.param(answer({"currentlyAvailable": 9, "restoreRate": 1}), id="nothing said to fit"),
        pytest.param(answer(requestedQueryCost=float("nan")), id="no number"),
        pytest.param(answer(requestedQueryCost=10**400), id="far too many digits"),
    ],
)
def test_what_is_malformed_is_not_said(document: Json) -> None:
    assert read_query_cost(document) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(JSON, JSON, JSON, JSON)
def test_whatever_comes_a_report_is_sane(most: object, left: object, rate: object, cost: object) -> None:
    status = {"maximumAvailable": most, "currentlyAvailable": left, "restoreRate": rate}
    found = read_query_cost(answer(status, requestedQueryCost=cost))
    if found is not None:
        assert found.requested >= 0
        assert found.restored_per_second > 0
        assert found.report.remaining is not None
        assert found.report.remaining >= 0
