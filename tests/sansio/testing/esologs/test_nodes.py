"""Arguments are read by their types, and pages have Laravel's shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.esologs.nodes import Complaint, number, page, ranged, text, whole, wholes
from tests.sansio.testing.esologs.asking import got


@pytest.mark.parametrize(
    ("read", "given", "expected"),
    [
        pytest.param(whole, 7, 7, id="Int"),
        pytest.param(whole, None, None, id="Int, null"),
        pytest.param(number, 7, 7.0, id="Float"),
        pytest.param(number, None, None, id="Float, null"),
        pytest.param(text, "NA", "NA", id="String"),
        pytest.param(text, None, None, id="String, null"),
        pytest.param(wholes, [1, None, 2], {1, 2}, id="list with a null"),
        pytest.param(wholes, [], None, id="empty list asks for nothing"),
        pytest.param(wholes, None, None, id="list, null"),
    ],
)
def test_an_argument_is_read_by_its_type(read: Any, given: Any, expected: Any) -> None:
    assert read({"it": given}, "it") == expected


@pytest.mark.parametrize("read", [whole, number, text, wholes])
def test_an_argument_may_be_left_out(read: Any) -> None:
    assert read({}, "it") is None


def test_an_argument_out_of_bounds_is_named() -> None:
    assert ranged({}, "limit", 300, 100, 10_000) == 300
    assert ranged({"limit": 100}, "limit", 300, 100, 10_000) == 100
    for wrong in (99, 10_001):
        with pytest.raises(Complaint, match="The limit argument must be between 100 and 10000"):
            ranged({"limit": wrong}, "limit", 300, 100, 10_000)


def test_a_page_has_laravels_shape() -> None:
    found = page({"limit": 4, "page": 3}, 10, lambda index: {"id": index})
    assert got(found, "data", "id") == [8, 9]
    del found["data"]
    assert found == {
        "total": 10,
        "per_page": 4,
        "current_page": 3,
        "from": 9,
        "to": 10,
        "last_page": 3,
        "has_more_pages": False,
    }


def test_a_page_behind_the_last_is_empty() -> None:
    found = page({"page": 2}, 0, lambda index: {"id": index}, size=16)
    assert got(found, "data") == []
    assert (found["per_page"], found["from"], found["to"], found["last_page"]) == (16, None, None, 1)
    assert found["has_more_pages"] is False


def test_a_search_does_not_tell_its_total() -> None:
    found = page({"limit": 1}, 2, lambda index: {"id": index}, is_counted=False)
    assert (found["total"], found["last_page"], found["has_more_pages"]) == (-1, -1, True)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"page": 0}])
def test_a_page_out_of_bounds_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(Complaint):
        page(wrong, 5, lambda index: {"id": index})


@given(st.integers(0, 60), st.integers(1, 25))
def test_pages_hold_every_item_once(total: int, limit: int) -> None:
    found: list[int] = []
    for current in range(1, total + 2):
        one = page({"limit": limit, "page": current}, total, lambda index: {"id": index}, most=25)
        found += got(one, "data", "id")
        if not one["has_more_pages"]:
            break
    assert found == list(range(total))
