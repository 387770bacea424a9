"""What a quota's store is asked is checked at birth."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from offwire.quota_store import Exchange, Lease
from offwire.state.limits import WindowLimit

LIMIT = WindowLimit(10, 60.0)


def exchange(**facts: Any) -> Exchange:
    return Exchange(**{"key": "shop", "limit": LIMIT, "holder": "h", "number": 1, **facts})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("number", 0, "a whole number from 1 on"),
        ("flying", -1.0, "a number from 0 on"),
        ("finished", float("nan"), "a number from 0 on"),
        ("strayed", -0.5, "a number from 0 on"),
        ("least", float("inf"), "a number from 0 on"),
        ("want", -1, "a number from 0 on"),
        ("lasts", 0, "a number above 0"),
        ("stray", -1, "a number from 0 on"),
        ("blocked", -1, "a number from 0 on"),
    ],
)
def test_a_number_out_of_its_range_is_named(name: str, value: float, said: str) -> None:
    with pytest.raises(ValueError, match=rf"Exchange\.{name} has to be {said}, not"):
        exchange(**{name: value})


def test_nobody_needs_more_than_it_wants() -> None:
    assert exchange(least=2, want=2).least == 2
    with pytest.raises(ValueError, match=r"Exchange\.least is at most want \(2\), not 3"):
        exchange(least=3, want=2)


@pytest.mark.parametrize("value", [exchange(want=3.0), Lease(granted=3.0)], ids=["question", "answer"])
def test_questions_and_answers_travel(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
