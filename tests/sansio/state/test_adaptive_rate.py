"""The adaptive rate: the SDKs' published vectors, and their description as a brute-force model."""

from __future__ import annotations

from math import floor, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offwire.state.adaptive_rate import AdaptiveRate, AdaptiveRateLimit, AdaptiveRateSnapshot, CubicCurve

NEAR = 5e-7
"""The tolerance that the vectors are published with."""

# --- the published vectors -------------------------------------------------------------------------------


def test_the_curve_after_a_throttle() -> None:
    curve = CubicCurve(10.0, 5.0)
    assert [curve.rate_at(at) for at in range(5, 12)] == pytest.approx(
        [
            7.0,
            9.64893600966,
            10.000030849917364,
            10.453284520772092,
            13.408697022224185,
            21.26626835427364,
            36.425998516920465,
        ],
        abs=NEAR,
    )


def test_the_curve_through_further_throttles() -> None:
    curve = CubicCurve(10.0, 5.0)
    rates = [curve.rate_at(5), curve.rate_at(6)]
    rates.append(curve.throttle(rates[-1], 7))
    rates.append(curve.throttle(rates[-1], 8))
    rates += [curve.rate_at(at) for at in range(9, 13)]
    assert rates == pytest.approx(
        [
            7.0,
            9.64893600966,
            6.754255206761999,
            4.727978644733399,
            6.606547753887045,
            6.763279816944947,
            7.598174833907107,
            11.511232804773524,
        ],
        abs=NEAR,
    )


END_TO_END = [
    # seconds, throttled, the measured rate, the rate of the bucket
    (0.2, False, 0.0, 0.5),
    (0.4, False, 0.0, 0.5),
    (0.6, False, 4.8, 0.5),
    (0.8, False, 4.8, 0.5),
    (1.0, False, 4.16, 0.5),
    (1.2, False, 4.16, 0.6912),
    (1.4, False, 4.16, 1.0976),
    (1.6, False, 5.632, 1.6384),
    (1.8, False, 5.632, 2.3328),
    (2.0, True, 4.3264, 3.02848),
    (2.2, False, 4.3264, 3.486639),
    (2.4, False, 4.3264, 3.821874),
    (2.6, False, 5.66528, 4.053386),
    (2.8, False, 5.66528, 4.200373),
    (3.0, False, 4.333056, 4.282037),
    (3.2, True, 4.333056, 2.997426),
    (3.4, False, 4.333056, 3.452226),
]


@pytest.mark.parametrize("began", [0.0, 64.0, -8.0])
def test_the_machine_from_end_to_end(began: float) -> None:
    machine = AdaptiveRateLimit().machine()
    machine.take(1, 0, began)
    for number, (at, throttled, measured, rate) in enumerate(END_TO_END):
        if throttled:
            machine.throttled(number)
        machine.finish(1, number, began + at, True)
        machine.take(1, number + 1, began + at)
        found = machine.snapshot()
        assert found.measured == pytest.approx(measured, abs=NEAR)
        assert found.rate == pytest.approx(rate, abs=NEAR)
        assert found.holds is (at >= 2.0)


# --- the bucket ------------------------------------------------------------------------------------------


def throttled_once() -> AdaptiveRate:
    """At the time 1, with a rate of 2.24 and an empty bucket."""
    machine = AdaptiveRateLimit().machine()
    for number in range(2):
        machine.take(1, number, 0)
    machine.finish(1, 0, 0.25, True)
    machine.throttled(1)
    machine.finish(1, 1, 0.5, True)
    return machine


def test_nothing_is_held_back_until_the_first_throttle() -> None:
    machine = AdaptiveRateLimit().machine()
    for number in range(100):
        assert machine.ready_at(1000, 0) == 0
        machine.take(1000, number, 0)
    assert machine.snapshot().in_flight == 100_000
    assert machine.snapshot().clear_at is None
    assert machine.snapshot().holds is False


def test_after_a_throttle_units_come_at_the_rate() -> None:
    machine = throttled_once()
    rate = machine.snapshot().rate
    assert rate == pytest.approx(0.7 * 0.8 * 2 / 0.5)
    ready_at = machine.ready_at(1, 0.5)
    assert 0.5 < ready_at < 0.5 + 1 / rate
    assert machine.ready_at(1, ready_at) == ready_at
    machine.take(1, 9, ready_at)
    assert machine.ready_at(1, ready_at) == pytest.approx(ready_at + 1 / rate)
    assert machine.snapshot().clear_at == pytest.approx(ready_at + 1)


def test_a_dear_call_goes_when_the_bucket_is_full_and_leaves_a_debt() -> None:
    machine = throttled_once()
    rate = machine.snapshot().rate
    ready_at = machine.ready_at(100, 0.5)
    assert ready_at == machine.snapshot().clear_at
    machine.take(100, 9, ready_at)
    assert machine.ready_at(1, ready_at) == pytest.approx(ready_at + (100 - rate + 1) / rate)


def test_what_is_given_back_leaves_no_trace() -> None:
    machine = throttled_once()
    machine.take(1, 8, 9.0)
    before = machine.snapshot()
    machine.take(1, 9, 9.0)
    assert machine.snapshot() != before
    machine.give_back(1, 9)
    assert machine.snapshot() == before


def test_what_was_sent_before_anything_was_held_back_is_not_owed() -> None:
    machine = AdaptiveRateLimit().machine()
    for number in range(3):
        machine.take(50, number, 0)
    machine.throttled(0)
    machine.finish(50, 0, 1.0, True)
    before = machine.ready_at(1, 1.0)
    machine.give_back(50, 1)
    machine.finish(50, 2, 1.0, False)
    assert machine.ready_at(1, 1.0) == before


def test_what_was_given_up_teaches_nothing() -> None:
    machine = throttled_once()
    machine.take(1, 9, 5.0)
    before = machine.snapshot()
    machine.throttled(9)
    machine.finish(1, 9, 6.0, False)
    after = machine.snapshot()
    assert (after.rate, after.measured) == (before.rate, before.measured)


def test_the_rate_never_falls_below_the_least() -> None:
    machine = AdaptiveRateLimit(least=2.0).machine()
    for number in range(20):
        machine.take(1, number, number)
        machine.throttled(number)
        machine.finish(1, number, number + 0.5, True)
    assert machine.snapshot().rate == 2.0


def test_a_new_machine_has_nothing_taken() -> None:
    limit = AdaptiveRateLimit()
    assert limit.largest == inf
    assert limit.machine().snapshot() == AdaptiveRateSnapshot(
        limit=limit, in_flight=0, clear_at=None, holds=False, rate=0.0, measured=0.0
    )


def test_a_least_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"AdaptiveRateLimit\.least"):
        AdaptiveRateLimit(least=0)


# --- whatever comes --------------------------------------------------------------------------------------


class Described:
    """The SDKs' description, step by step, from the list of answers; times count from the first send."""

    def __init__(self) -> None:
        self.enabled = False
        self.fill_rate = self.capacity = self.tokens = self.filled_at = 0.0
        self.measured = self.last_max = self.last_throttle = self.bucket_began = 0.0
        self.count = 0.0

    def refill(self, at: float) -> None:
        self.tokens = min(self.capacity, self.tokens + (at - self.filled_at) * self.fill_rate)
        self.filled_at = at

    def answer(self, at: float, throttled: bool, cost: float) -> None:
        bucket = floor(at * 2) / 2
        self.count += cost
        if bucket > self.bucket_began:
            self.measured = 0.8 * self.count / (bucket - self.bucket_began) + 0.2 * self.measured
            self.count, self.bucket_began = 0.0, bucket
        if throttled:
            used = min(self.measured, self.fill_rate) if self.enabled else self.measured
            self.last_max, self.last_throttle, self.enabled = used, at, True
            rate = used * 0.7
        else:
            window = (self.last_max * 0.3 / 0.4) ** (1 / 3)
            rate = 0.4 * (at - self.last_throttle - window) ** 3 + self.last_max
        self.refill(at)
        self.fill_rate = max(min(rate, 2 * self.measured), 0.5)
        self.capacity = max(self.fill_rate, 1.0)
        self.tokens = min(self.tokens, self.capacity)


class AgainstTheDescription(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.machine = AdaptiveRateLimit().machine()
        self.model = Described()
        self.now = 0.0
        self.number = 0
        self.flying: dict[int, tuple[float, bool]] = {}
        self.take(1.0)

    @rule(seconds=st.sampled_from([0.0, 0.03125, 0.125, 0.5, 2.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(cost=st.sampled_from([0.5, 1.0, 4.0]))
    def take(self, cost: float) -> None:
        ready_at = self.machine.ready_at(cost, self.now)
        assert self.now <= ready_at < inf
        self.now = ready_at
        assert self.machine.ready_at(cost, self.now) == self.now, "asked again at that time, it has come"
        if self.model.enabled:
            self.model.refill(self.now)
            assert self.model.tokens >= min(cost, self.model.capacity) - 1e-6
            self.model.tokens -= cost
        self.number += 1
        self.machine.take(cost, self.number, self.now)
        self.flying[self.number] = (cost, self.model.enabled)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), throttled=st.booleans())
    def answer(self, data: st.DataObject, throttled: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.flying)))
        cost, _ = self.flying.pop(number)
        if throttled:
            self.machine.throttled(number)
        self.machine.finish(cost, number, self.now, True)
        self.model.answer(self.now, throttled, cost)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), was_sent=st.booleans())
    def give_up(self, data: st.DataObject, was_sent: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.flying)))
        cost, was_charged = self.flying.pop(number)
        if was_sent:
            self.machine.finish(cost, number, self.now, False)
        else:
            self.machine.give_back(cost, number)
            self.model.tokens += cost * was_charged

    @invariant()
    def is_as_described(self) -> None:
        found = self.machine.snapshot()
        assert found.holds is self.model.enabled
        assert found.in_flight == sum(cost for cost, _ in self.flying.values())
        assert found.measured == pytest.approx(self.model.measured)
        assert found.rate == pytest.approx(self.model.fill_rate)
        if found.holds:
            missing = max(0.0, self.model.capacity - self.model.tokens)
            clear_at = self.model.filled_at + missing / self.model.fill_rate
            assert (found.clear_at or self.now) <= max(clear_at, self.now) + 1e-6


TestAgainstTheDescription = AgainstTheDescription.TestCase


@given(st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=50))
def test_whatever_comes_the_rate_is_sane(answers: list[tuple[float, bool]]) -> None:
    machine, now = AdaptiveRateLimit().machine(), 0.0
    for number, (pause, throttled) in enumerate(answers):
        now = machine.ready_at(1, now)
        machine.take(1, number, now)
        now += pause
        if throttled:
            machine.throttled(number)
        machine.finish(1, number, now, True)
        found = machine.snapshot()
        assert 0.5 <= found.rate <= max(0.5, 2 * found.measured)
        assert now <= machine.ready_at(1, now) <= now + 2.0
