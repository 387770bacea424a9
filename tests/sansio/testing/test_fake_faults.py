"""Faults strike as often as they are asked to, and repeatably."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.fake_faults import NO_FAULTS, Fault, Faults


def shared(kind: str, rate: float) -> Faults:
    shares: dict[str, Any] = {kind: rate}
    return Faults(**shares)


@pytest.mark.parametrize("kind", [each.value for each in Fault])
@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(kind: str, rate: float) -> None:
    with pytest.raises(ValueError, match=rf"Faults\.{kind} is a share of requests from 0 to 1"):
        shared(kind, rate)


def test_the_shares_are_no_more_than_1_in_all() -> None:
    with pytest.raises(ValueError, match="more than 1 in all"):
        Faults(slow=0.6, dropped=0.6)


@given(st.floats(0, 1))
def test_evenly_makes_every_kind_equally_often(rate: float) -> None:
    faults = Faults.evenly(rate)
    shares = {getattr(faults, each.value) for each in Fault}
    assert shares == {rate / 5}


@pytest.mark.parametrize("fault", list(Fault))
def test_a_share_of_1_always_strikes(fault: Fault) -> None:
    faults = shared(fault.value, 1.0)
    chance = Random(3)
    assert {faults.draw(chance) for _ in range(50)} == {fault}


def test_without_shares_nothing_strikes() -> None:
    chance = Random(3)
    assert {NO_FAULTS.draw(chance) for _ in range(50)} == {None}


def test_faults_strike_as_often_as_asked() -> None:
    faults = Faults(server_error=0.1, unavailable=0.2, slow=0.05, truncated=0.15, dropped=0.1)
    chance = Random(3)
    counted = Counter(faults.draw(chance) for _ in range(10_000))
    for fault, share in zip((*Fault, None), (0.1, 0.2, 0.05, 0.15, 0.1, 0.4), strict=True):
        assert abs(counted[fault] / 10_000 - share) < 0.015


def test_each_request_uses_one_draw_up_whatever_the_shares() -> None:
    few, many = Random(3), Random(3)
    NO_FAULTS.draw(few)
    Faults.evenly(1.0).draw(many)
    assert few.random() == many.random()
