"""Limits: redis-cell's published table, and machines that no latency can make too quick."""

from collections.abc import Callable
from math import floor, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.state.limits import (
    CLOCK_DRIFT,
    BucketLimit,
    ConcurrencyLimit,
    Limit,
    LimitMachine,
    LimitSnapshot,
    Prompt,
    WindowLimit,
)


def used(machine: LimitMachine, now: float, cost: float = 1.0) -> None:
    """Send and be answered at once."""
    assert machine.ready_at(cost, now) == now
    machine.take(cost, 1, now)
    machine.finish(cost, 1, now, True)


# --- the bucket ----------------------------------------------------------------------------------

REDIS_CELL = [
    # milliseconds, volume -> limited, remaining, reset, retry: for 5 units, one a second
    (0, 6, True, 5, 0, None),
    (0, 1, False, 4, 1000, None),
    (0, 1, False, 3, 2000, None),
    (0, 1, False, 2, 3000, None),
    (0, 1, False, 1, 4000, None),
    (0, 1, False, 0, 5000, None),
    (0, 1, True, 0, 5000, 1000),
    (3000, 1, False, 2, 3000, None),
    (3100, 1, False, 1, 3900, None),
    (4000, 1, False, 1, 4000, None),
    (8000, 1, False, 4, 1000, None),
    (9500, 1, False, 4, 1000, None),
    (9500, 0, False, 4, 1000, None),
    (9500, 2, False, 2, 3000, None),
    (9500, 5, True, 2, 3000, 3000),
]


def test_a_bucket_answers_as_redis_cell_does() -> None:
    machine = BucketLimit(capacity=5, per_second=1).machine()
    for at, volume, limited, remaining, reset, retry in REDIS_CELL:
        now = 100 + at / 1000
        ready_at = machine.ready_at(volume, now) if volume else now
        assert (ready_at > now) is limited
        if limited:
            expected = inf if retry is None else retry
            assert (ready_at - now) * 1000 == pytest.approx(expected), "None: more than there can be"
        elif volume:
            machine.take(volume, 1, 0)
            machine.finish(volume, 1, now, True)
        clear_at = machine.snapshot().clear_at
        reset_after = max(0.0, clear_at - now) if clear_at is not None else 0.0
        assert reset_after * 1000 == pytest.approx(reset)
        assert floor(5 - reset_after + 1e-9) == remaining
        assert machine.ready_at(remaining + 1, now) > now
        assert remaining == 0 or machine.ready_at(remaining, now) == now


def test_a_unit_begins_to_come_back_when_its_call_is_answered() -> None:
    machine = BucketLimit(capacity=2, per_second=1).machine()
    machine.take(1, 1, 0)
    machine.take(1, 1, 0)
    assert machine.ready_at(1, 50) == inf, "however long the two take"
    machine.finish(1, 1, 60, True)
    assert machine.ready_at(1, 60) == 61
    assert machine.ready_at(2, 61) == inf
    machine.finish(1, 1, 61, False)
    assert machine.ready_at(1, 61) == 61
    assert machine.ready_at(2, 61) == 62


def test_a_bucket_is_refilled_at_its_rate() -> None:
    machine = BucketLimit(capacity=10, per_second=4).machine()
    used(machine, 0, 10)
    assert machine.ready_at(1, 0) == 0.25
    assert machine.ready_at(6, 0) == 1.5
    assert machine.snapshot().clear_at == 2.5


def test_what_is_given_back_to_a_bucket_leaves_no_trace() -> None:
    machine = BucketLimit(capacity=3, per_second=1).machine()
    used(machine, 10)
    before = machine.snapshot()
    machine.take(2, 1, 0)
    assert machine.ready_at(1, 10) == 11
    machine.give_back(2, 1)
    assert machine.snapshot() == before
    assert machine.ready_at(2, 10) == 10


def test_a_bucket_works_on_a_clock_that_is_below_zero() -> None:
    machine = BucketLimit(capacity=1, per_second=1).machine()
    used(machine, -5)
    assert machine.ready_at(1, -5) == -4


# --- the window ------------------------------------------------------------------------------------


def test_a_slot_is_busy_until_a_period_after_the_answer() -> None:
    machine = WindowLimit(2, 10.0).machine()
    machine.take(1, 1, 0)
    machine.take(1, 1, 0)
    assert machine.ready_at(1, 30) == inf, "however long the two take"
    machine.finish(1, 1, 30, True)
    free_at = 30 + 10 * (1 + CLOCK_DRIFT)
    assert machine.ready_at(1, 31) == free_at
    assert machine.ready_at(2, 31) == inf
    machine.finish(1, 1, 35, True)
    assert machine.ready_at(1, free_at) == free_at
    assert machine.ready_at(2, free_at) == 35 + 10 * (1 + CLOCK_DRIFT)
    assert machine.ready_at(2, 50) == 50


def test_a_declared_round_trip_is_taken_off_unless_the_request_was_abandoned() -> None:
    machine = WindowLimit(2, 10.0, min_rtt=0.5).machine()
    for cost, answered in ((1, False), (1, True)):
        machine.take(cost, 1, 0)
        machine.finish(cost, 1, 0, answered)
    whole = 10 * (1 + CLOCK_DRIFT)
    assert machine.ready_at(1, 0) == whole
    assert machine.ready_at(2, 0) == whole, "the second slot comes free behind the first"
    assert machine.snapshot().clear_at == whole
    assert machine.ready_at(2, whole) == whole

    machine = WindowLimit(1, 10.0, min_rtt=0.5).machine()
    used(machine, 0)
    assert machine.ready_at(1, 0) == whole - 0.5


def test_a_round_trip_longer_than_the_period_frees_a_slot_at_the_answer() -> None:
    machine = WindowLimit(1, 0.1, min_rtt=5.0).machine()
    used(machine, 7)
    assert machine.ready_at(1, 7) == 7


def test_a_costly_call_needs_as_many_slots() -> None:
    machine = WindowLimit(3, 1.0).machine()
    used(machine, 0, 2.5)
    assert machine.ready_at(0.5, 0) == 0
    assert machine.ready_at(1, 0) == 1 + CLOCK_DRIFT


def test_what_is_given_back_to_a_window_leaves_no_trace() -> None:
    machine = WindowLimit(2, 1.0).machine()
    used(machine, 0)
    before = machine.snapshot()
    machine.take(1, 1, 0)
    assert machine.snapshot() != before
    assert machine.ready_at(1, 0.5) == 1 + CLOCK_DRIFT
    machine.give_back(1, 1)
    assert machine.snapshot() == before
    assert machine.ready_at(1, 0.5) == 0.5


# --- concurrency -------------------------------------------------------------------------------------


def test_a_permit_is_out_until_the_answer_whatever_the_cost() -> None:
    machine = ConcurrencyLimit(2).machine()
    machine.take(100, 1, 0)
    assert machine.ready_at(100, 1) == 1
    machine.take(100, 1, 0)
    assert machine.ready_at(1, 1) == inf
    machine.finish(100, 1, 1, True)
    assert machine.ready_at(1, 1) == 1
    machine.give_back(100, 1)
    assert machine.snapshot() == LimitSnapshot(limit=ConcurrencyLimit(2), in_flight=0, clear_at=None)


# --- all of them ------------------------------------------------------------------------------------

ALL = [WindowLimit(4, 2.0), BucketLimit(capacity=4, per_second=2), ConcurrencyLimit(4)]


@pytest.mark.parametrize("limit", ALL, ids=lambda each: type(each).__name__)
def test_a_new_machine_has_nothing_taken(limit: Limit) -> None:
    assert limit.machine().snapshot() == LimitSnapshot(limit=limit, in_flight=0, clear_at=None)


@pytest.mark.parametrize("limit", ALL, ids=lambda each: type(each).__name__)
def test_fractional_costs_do_not_make_a_limit_look_fuller(limit: Limit) -> None:
    machine = limit.machine()
    for _ in range(3):
        for cost in (0.1, 0.2, 0.7, 0.3):
            machine.take(cost, 1, 0)
        for cost in (0.3, 0.2):
            machine.give_back(cost, 1)
        for cost in (0.7, 0.1):
            machine.finish(cost, 1, 0, True)
    assert machine.ready_at(4, 100) == 100


@pytest.mark.parametrize("limit", ALL, ids=lambda each: type(each).__name__)
def test_what_can_be_had_at_all_is_known(limit: Limit) -> None:
    assert limit.largest == (inf if isinstance(limit, ConcurrencyLimit) else 4)


@pytest.mark.parametrize(
    ("field", "make"),
    [
        pytest.param("WindowLimit.calls", lambda: WindowLimit(0, 1.0), id="calls"),
        pytest.param("WindowLimit.period", lambda: WindowLimit(1, 0.0), id="period"),
        pytest.param("WindowLimit.min_rtt", lambda: WindowLimit(1, 1.0, min_rtt=-1), id="min_rtt"),
        pytest.param("BucketLimit.capacity", lambda: BucketLimit(capacity=0, per_second=1), id="capacity"),
        pytest.param("BucketLimit.per_second", lambda: BucketLimit(capacity=1, per_second=0), id="rate"),
        pytest.param("ConcurrencyLimit.calls", lambda: ConcurrencyLimit(0), id="permits"),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=field):
        make()


limits = st.one_of(
    st.builds(
        WindowLimit, st.integers(2, 5), st.sampled_from([0.5, 2.0]), min_rtt=st.sampled_from([0.0, 0.25])
    ),
    st.builds(BucketLimit, capacity=st.sampled_from([2, 3.5]), per_second=st.sampled_from([0.5, 4])),
    st.builds(ConcurrencyLimit, st.integers(1, 3)),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["take", "finish", "abandon", "give back"]),
        st.sampled_from([0.5, 1.0, 2.0]),
        st.sampled_from([0.0, 0.125, 0.5, 1.0]),
    ),
    max_size=30,
)


@given(limit=limits, steps=steps)
def test_a_time_that_was_named_is_kept(limit: Limit, steps: list[tuple[str, float, float]]) -> None:
    machine, now, flying = limit.machine(), 0.0, list[float]()
    for verb, cost, dt in steps:
        now += dt
        if verb == "take":
            ready_at = machine.ready_at(cost, now)
            assert ready_at >= now
            if ready_at < inf:
                now = ready_at
                assert machine.ready_at(cost, now) == now, "asked again at that time, it has come"
                machine.take(cost, 1, 0)
                flying.append(cost)
            else:
                assert flying, "only what is in flight has no time"
        elif flying and verb == "give back":
            machine.give_back(flying.pop(), 1)
        elif flying:
            machine.finish(flying.pop(0), 1, now, verb == "finish")
    for cost in flying:
        machine.finish(cost, 1, now, True)
    assert machine.snapshot().in_flight == 0
    assert machine.ready_at(min(limit.largest, 1000), now + 1000) == now + 1000


@given(
    limit=st.builds(WindowLimit, st.integers(1, 4), st.just(1.0), min_rtt=st.sampled_from([0.0, 0.25])),
    arrivals=st.lists(st.tuples(st.floats(0, 2), st.floats(0, 3), st.floats(0, 1)), min_size=2, max_size=40),
)
def test_no_latency_makes_a_window_too_full_for_the_server(
    limit: WindowLimit, arrivals: list[tuple[float, float, float]]
) -> None:
    """A greedy client: each call goes as early as it can, and arrives anywhere on its way."""
    machine, now = limit.machine(), 0.0
    stamps: list[float] = []
    answers: list[float] = []
    for pause, extra, when in arrivals:
        now += pause
        while (ready_at := machine.ready_at(1, now)) > now:
            due = min([ready_at, *answers])
            now = max(now, due)
            for each in [each for each in answers if each <= now]:
                answers.remove(each)
                machine.finish(1, 1, now, True)
        machine.take(1, 1, 0)
        answers.append(now + limit.min_rtt + extra)
        stamps.append(now + limit.min_rtt / 2 + extra * when)
    stamps.sort()
    for first in stamps:
        assert sum(first <= each < first + limit.period for each in stamps) <= limit.calls


@given(
    limit=st.builds(BucketLimit, capacity=st.integers(1, 4), per_second=st.sampled_from([0.5, 1, 8])),
    arrivals=st.lists(st.tuples(st.floats(0, 2), st.floats(0, 3), st.floats(0, 1)), min_size=2, max_size=40),
)
def test_no_latency_makes_a_bucket_too_empty_at_the_server(
    limit: BucketLimit, arrivals: list[tuple[float, float, float]]
) -> None:
    machine, now = limit.machine(), 0.0
    stamps: list[float] = []
    answers: list[float] = []
    for pause, latency, when in arrivals:
        now += pause
        while (ready_at := machine.ready_at(1, now)) > now:
            now = max(now, min([ready_at, *answers]))
            for each in [each for each in answers if each <= now]:
                answers.remove(each)
                machine.finish(1, 1, now, True)
        machine.take(1, 1, 0)
        answers.append(now + latency)
        stamps.append(now + latency * when)
    level, last = float(limit.capacity), 0.0
    for stamp in sorted(stamps):
        level = min(limit.capacity, level + (stamp - last) * limit.per_second) - 1
        last = stamp
        assert level >= -1e-6


# --- looking and taking in one step ---------------------------------------------------------------


@pytest.mark.parametrize(
    "limit", [WindowLimit(5, 2.0), BucketLimit(capacity=5, per_second=2.0)], ids=["window", "bucket"]
)
@given(
    steps=st.lists(
        st.tuples(st.floats(0.0, 2.0), st.sampled_from([0.5, 1.0, 3.0]), st.booleans()), max_size=30
    )
)
def test_a_prompt_machine_takes_what_is_ready_and_nothing_else(
    limit: Limit, steps: list[tuple[float, float, bool]]
) -> None:
    prompt, other = limit.machine(), limit.machine()
    assert isinstance(prompt, Prompt)
    now, flying = 0.0, list[float]()
    for number, (passes, cost, ends) in enumerate(steps):
        now += passes
        is_ready = other.ready_at(cost, now) <= now
        assert prompt.try_take(cost, number, now) is is_ready
        if is_ready:
            other.take(cost, number, now)
            flying.append(cost)
        if ends and flying:
            for machine in (prompt, other):
                machine.finish(flying[0], number, now, True)
            flying.pop(0)
        assert prompt.ready_at(5.0, now) == other.ready_at(5.0, now)
        assert prompt.snapshot() == other.snapshot()
