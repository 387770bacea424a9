"""Backoff: published tables, and delays that stay in their bounds for any attempt."""

from math import floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.backoff import Backoff, Constant, Decorrelated, Exponential, Jitter, Linear


class Drawing(Random):
    """Chance that always draws the same."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self.value = value

    def random(self) -> float:
        return self.value


def delays(backoff: Backoff, count: int, draw: float = 1.0) -> list[float]:
    """The waits after `count` failures in a row."""
    waits: list[float] = []
    for attempt in range(1, count + 1):
        waits.append(backoff.delay(attempt, waits[-1] if waits else 0.0, Drawing(draw)))
    return waits


@pytest.mark.parametrize(
    ("backoff", "draw", "expected"),
    [
        pytest.param(
            Exponential(base=0.5, cap=5.0, jitter=Jitter.NONE), 0.3, [0.5, 1, 2, 4, 5, 5, 5], id="Stripe"
        ),
        pytest.param(
            Exponential(base=0.5, cap=10.0, jitter=Jitter.EQUAL), 0.6, [0.4, 0.8, 1.6, 3.2, 6.4],
            id="Stripe, jitter 0.8, less its floor",
        ),
        pytest.param(
            Exponential(base=0.05), 1.0, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20],
            id="AWS 2026 (A21)",
        ),
        pytest.param(Exponential(base=1.0), 1.0, [1, 2, 4, 8, 16, 20, 20], id="AWS before 2026"),
        pytest.param(Exponential(base=0.2, cap=0.2), 1.0, [0.2, 0.2], id="cap at once (A6)"),
        pytest.param(Exponential(base=1.0, factor=1.0), 1.0, [1, 1, 1], id="factor one"),
        pytest.param(Exponential(), 0.0, [0, 0, 0], id="full jitter may draw zero"),
        pytest.param(Exponential(base=1, jitter=Jitter.EQUAL), 0.0, [0.5, 1, 2], id="equal jitter keeps d/2"),
        pytest.param(Linear(step=2.0, cap=7.0, jitter=Jitter.NONE), 0.0, [2, 4, 6, 7, 7], id="linear"),
        pytest.param(Linear(), 0.5, [0.5, 1, 1.5], id="linear, full jitter"),
        pytest.param(Constant(2.0, jitter=Jitter.NONE), 0.0, [2, 2, 2], id="Polly's constant"),
        pytest.param(Constant(0.0), 1.0, [0, 0], id="no wait"),
        pytest.param(Decorrelated(base=1.0, cap=30.0), 1.0, [3, 9, 27, 30, 30], id="decorrelated, highest"),
        pytest.param(Decorrelated(base=1.0, cap=30.0), 0.0, [1, 1, 1], id="decorrelated, lowest"),
        pytest.param(Decorrelated(base=4.0, cap=3.0), 0.0, [3, 3], id="decorrelated, cap below base"),
    ],
)  # fmt: skip
def test_delays_follow_the_table(backoff: Backoff, draw: float, expected: list[float]) -> None:
    assert delays(backoff, len(expected), draw) == pytest.approx(expected)


def test_envoys_table_in_whole_milliseconds() -> None:
    backoff = Exponential(base=5, cap=100)
    assert [floor(each) for each in delays(backoff, 7, 0.99999)] == [4, 9, 19, 39, 79, 99, 99]
    backoff = Exponential(base=25, cap=30)
    assert backoff.delay(1, 0, Drawing(2 / 25)) == pytest.approx(2)
    assert backoff.delay(2, 2, Drawing(27 / 30)) == pytest.approx(27)


def test_decorrelated_waits_spread_from_the_wait_before() -> None:
    backoff = Decorrelated(base=1.0, cap=100.0)
    assert backoff.delay(2, 10.0, Drawing(0.5)) == 1 + 0.5 * (30 - 1)


class Squares:
    """Octokit's: (k + 1) squared."""

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        return float(attempt**2)


def test_any_object_with_the_method_is_a_strategy() -> None:
    backoff: Backoff = Squares()
    assert delays(backoff, 3) == [1, 4, 9]


seconds = st.floats(1e-6, 1e6)
strategies: st.SearchStrategy[tuple[Backoff, float]] = st.one_of(
    st.builds(
        lambda base, factor, cap, jit: (Exponential(base=base, factor=factor, cap=cap, jitter=jit), cap),
        seconds, st.floats(1, 1e6), seconds, st.sampled_from(Jitter),
    ),
    st.builds(
        lambda step, cap, jitter: (Linear(step=step, cap=cap, jitter=jitter), cap),
        seconds, seconds, st.sampled_from(Jitter),
    ),
    st.builds(lambda each, jitter: (Constant(each, jitter=jitter), each), seconds, st.sampled_from(Jitter)),
    st.builds(lambda base, cap: (Decorrelated(base=base, cap=cap), cap), seconds, seconds),
)  # fmt: skip


@given(
    chosen=strategies,
    attempt=st.one_of(st.integers(1, 100), st.integers(1, 2**31)),
    previous=st.floats(0, 1e9),
    seed=st.integers(0, 2**32),
)
def test_a_delay_is_never_negative_nor_above_the_cap(
    chosen: tuple[Backoff, float], attempt: int, previous: float, seed: int
) -> None:
    backoff, cap = chosen
    delay = backoff.delay(attempt, previous, Random(seed))
    assert 0 <= delay <= cap
    assert delay == backoff.delay(attempt, previous, Random(seed)), "same inputs, same output"


@given(attempt=st.integers(1, 2**31))
def test_without_jitter_an_exponential_delay_never_falls(attempt: int) -> None:
    backoff = Exponential(base=0.001, factor=1.5, cap=1e6, jitter=Jitter.NONE)
    assert backoff.delay(attempt, 0, Random()) <= backoff.delay(attempt + 1, 0, Random())


def test_a_factor_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Exponential\.factor"):
        Exponential(factor=0.5)
