"""Seeded chance is the same each time, and its own for each purpose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.chance import seeded


@given(st.integers(), st.text())
def test_a_seed_and_a_purpose_make_the_same_draws(seed: int, purpose: str) -> None:
    first, second = seeded(seed, purpose), seeded(seed, purpose)
    assert [first.random() for _ in range(5)] == [second.random() for _ in range(5)]


def test_another_seed_or_another_purpose_makes_other_draws() -> None:
    draws = {seeded(1, "faults").random(), seeded(2, "faults").random(), seeded(1, "users").random()}
    assert len(draws) == 3
