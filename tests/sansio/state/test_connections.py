"""The line for connections: limits, order, cancels, and what is left when all is over."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire.state.connections import (
    ConnectionQueue,
    ConnectionQueueSnapshot,
    OriginConnections,
    Slot,
    Turn,
)

EMPTY = ConnectionQueueSnapshot(in_use=0, waiting=0, origins=())


def slot(queue: ConnectionQueue, origin: str = "a") -> Slot:
    granted = queue.acquire(origin)
    assert isinstance(granted, Slot)
    return granted


def turn(queue: ConnectionQueue, origin: str = "a") -> Turn:
    granted = queue.acquire(origin)
    assert isinstance(granted, Turn)
    return granted


def polled(queue: ConnectionQueue, waiting: Turn) -> Slot:
    granted = queue.poll(waiting)
    assert granted is not None
    return granted


def test_slots_are_given_at_once_up_to_the_limit() -> None:
    queue = ConnectionQueue(2)
    first, second = slot(queue, "a"), slot(queue, "b")
    third = turn(queue, "c")
    assert queue.poll(third) is None
    queue.release(first)
    queue.release(polled(queue, third))
    queue.release(second)
    assert queue.snapshot() == EMPTY


def test_no_limits_means_no_waiting() -> None:
    queue = ConnectionQueue(None)
    slots = [slot(queue) for _ in range(500)]
    assert queue.snapshot().in_use == 500
    for each in slots:
        queue.release(each)
    assert queue.snapshot() == EMPTY


def test_calls_go_in_the_order_in_which_they_came_whatever_their_origin() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    turns = [turn(queue, origin) for origin in "bacab"]
    for number, each in enumerate(turns, start=1):
        queue.release(held)
        assert all(queue.poll(later) is None for later in turns[number:])
        held = polled(queue, each)
    queue.release(held)
    assert queue.snapshot() == EMPTY


def test_the_head_is_woken_in_the_step_of_the_release_and_nobody_else() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    first, second = turn(queue), turn(queue)
    woken: list[str] = []
    assert first.ticket.arm(lambda: woken.append("first"))
    assert second.ticket.arm(lambda: woken.append("second"))
    queue.release(held)
    assert woken == ["first"]


def test_a_newcomer_does_not_pass_a_slot_that_was_given_to_a_turn() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    waiting = turn(queue)
    queue.release(held)
    newcomer = turn(queue)
    assert queue.poll(newcomer) is None
    assert queue.poll(waiting) is not None


def test_a_call_to_a_full_origin_lets_calls_to_others_pass() -> None:
    queue = ConnectionQueue(3, max_per_origin=1)
    first = slot(queue, "a")
    full = turn(queue, "a")
    other = slot(queue, "b")
    assert queue.poll(full) is None
    queue.release(other)
    assert queue.poll(full) is None
    queue.release(first)
    queue.release(polled(queue, full))
    assert queue.snapshot() == EMPTY


def test_the_earlier_call_goes_first_when_its_origin_has_room_again() -> None:
    queue = ConnectionQueue(2, max_per_origin=1)
    a, b = slot(queue, "a"), slot(queue, "b")
    to_a, to_c, to_b = turn(queue, "a"), turn(queue, "c"), turn(queue, "b")
    queue.release(b)
    assert queue.poll(to_a) is None
    c = polled(queue, to_c)
    queue.release(a)
    a = polled(queue, to_a)
    queue.release(c)
    queue.release(polled(queue, to_b))
    queue.release(a)
    assert queue.snapshot() == EMPTY


def test_an_origin_without_a_limit_of_all_waits_for_itself_only() -> None:
    queue = ConnectionQueue(None, max_per_origin=1)
    a = slot(queue, "a")
    waiting = turn(queue, "a")
    queue.release(slot(queue, "b"))
    assert queue.poll(waiting) is None
    queue.release(a)
    assert queue.poll(waiting) is not None


def test_leaving_takes_a_turn_out() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    first, second = turn(queue), turn(queue)
    queue.leave(first)
    queue.leave(first)
    assert queue.snapshot().waiting == 1
    queue.release(held)
    assert queue.poll(second) is not None


def test_leaving_passes_on_a_slot_that_had_been_given() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    first, second = turn(queue), turn(queue, "b")
    queue.release(held)
    queue.leave(first)
    queue.leave(first)
    queue.release(polled(queue, second))
    assert queue.snapshot() == EMPTY


def test_leaving_after_the_slot_was_taken_changes_nothing() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    waiting = turn(queue)
    queue.release(held)
    taken = polled(queue, waiting)
    queue.leave(waiting)
    assert queue.snapshot().in_use == 1
    queue.release(taken)
    assert queue.snapshot() == EMPTY


def test_a_second_release_is_an_error_and_gives_nothing_back() -> None:
    queue = ConnectionQueue(2)
    first, _second = slot(queue), slot(queue)
    queue.release(first)
    with pytest.raises(ValueError, match="released before"):
        queue.release(first)
    assert queue.snapshot().in_use == 1


def test_polling_a_turn_that_is_over_is_an_error() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue)
    left, served = turn(queue), turn(queue)
    queue.leave(left)
    queue.release(held)
    queue.poll(served)
    for each in (left, served):
        with pytest.raises(ValueError, match="has had its slot, or was left"):
            queue.poll(each)


@pytest.mark.parametrize("value", [0, -1, True, 1.0, "1"])
@pytest.mark.parametrize("name", ["max_connections", "max_per_origin"])
def test_a_limit_is_a_whole_number_from_one(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} is a whole number from 1, or None"):
        ConnectionQueue(**{name: value})


def test_a_snapshot_tells_who_has_what() -> None:
    queue = ConnectionQueue(2, max_per_origin=1)
    queue.release(slot(queue, "idle"))
    slot(queue, "a")
    slot(queue, "b")
    turn(queue, "a")
    turn(queue, "c")
    assert queue.snapshot() == ConnectionQueueSnapshot(
        in_use=2,
        waiting=2,
        origins=(
            OriginConnections(origin="a", in_use=1, waiting=1),
            OriginConnections(origin="b", in_use=1, waiting=0),
            OriginConnections(origin="c", in_use=0, waiting=1),
        ),
    )


def test_origins_that_nobody_uses_are_forgotten() -> None:
    queue = ConnectionQueue(1)
    held = slot(queue, "held")
    kept = turn(queue, "kept")
    for number in range(10_000):
        queue.leave(turn(queue, f"left {number}"))
    assert len(queue._lines) <= 64
    assert len(queue._heap) <= 64
    late = turn(queue, "left 0")
    queue.release(held)
    queue.release(polled(queue, kept))
    queue.release(polled(queue, late))
    assert queue.snapshot() == EMPTY


def test_forgetting_idle_origins_does_not_lose_one_whose_turn_was_left() -> None:
    queue = ConnectionQueue(2, max_per_origin=2)
    slot(queue, "a")
    other = slot(queue, "b")
    queue.leave(turn(queue, "a"))
    for number in range(100):
        queue.leave(turn(queue, f"left {number}"))
    waiting = turn(queue, "a")
    queue.release(other)
    assert queue.poll(waiting) is not None


def test_many_origins_in_use_are_all_remembered() -> None:
    queue = ConnectionQueue(None, max_per_origin=1)
    slots = [slot(queue, str(number)) for number in range(300)]
    assert queue.snapshot().in_use == len(queue.snapshot().origins) == 300
    for each in slots:
        queue.release(each)
    assert queue.snapshot() == EMPTY


def elapsed(waiting: int) -> float:
    queue = ConnectionQueue(1)
    held = slot(queue)
    started = time.perf_counter()
    turns = [turn(queue, f"{number % 7}") for number in range(waiting)]
    for each in turns[1::2]:
        queue.leave(each)
    for each in turns[::2]:
        queue.release(held)
        held = polled(queue, each)
    return time.perf_counter() - started


def test_ten_thousand_waiting_calls_cost_each_what_a_few_cost() -> None:
    few = min(elapsed(1_000) for _ in range(3))
    many = min(elapsed(10_000) for _ in range(3))
    assert many < 10 * few * 4  # linear, with room for a busy machine; a square would be tenfold


class Model:
    """The queue as plain lists, searched from the start each time."""

    def __init__(self, most: int | None, per_origin: int | None) -> None:
        self.most, self.per_origin = most, per_origin
        self.in_use: list[str] = []
        self.line: list[tuple[int, str]] = []

    def fits(self, origin: str) -> bool:
        return (self.most is None or len(self.in_use) < self.most) and (
            self.per_origin is None or self.in_use.count(origin) < self.per_origin
        )

    def acquire(self, number: int, origin: str) -> bool:
        if self.fits(origin):
            self.in_use.append(origin)
            return True
        self.line.append((number, origin))
        return False

    def give_back(self, origin: str) -> int | None:
        self.in_use.remove(origin)
        for entry in self.line:
            if self.fits(entry[1]):
                self.line.remove(entry)
                self.in_use.append(entry[1])
                return entry[0]
        return None


class Pair:
    """The queue and its model, driven side by side."""

    def __init__(self, most: int | None, per_origin: int | None) -> None:
        self.queue, self.model = ConnectionQueue(most, per_origin), Model(most, per_origin)
        self.slots: list[tuple[str, Slot]] = []
        self.waiting: dict[int, tuple[str, Turn]] = {}
        self.given: dict[int, tuple[str, Turn]] = {}
        self.woken: list[int] = []
        self.made = 0

    def acquire(self, origin: str) -> None:
        number, self.made = self.made, self.made + 1
        granted = self.queue.acquire(origin)
        assert isinstance(granted, Slot) is self.model.acquire(number, origin)
        if isinstance(granted, Slot):
            self.slots.append((origin, granted))
        else:
            assert granted.ticket.arm(lambda: self.woken.append(number))
            self.waiting[number] = (origin, granted)

    def release(self, index: int) -> None:
        origin, held = self.slots.pop(index % len(self.slots))
        self.queue.release(held)
        self.expect(self.model.give_back(origin))

    def poll(self, index: int) -> None:
        number = sorted(self.waiting | self.given)[index % len(self.waiting | self.given)]
        if number in self.waiting:
            assert self.queue.poll(self.waiting[number][1]) is None
        else:
            origin, granted = self.given.pop(number)
            self.slots.append((origin, polled(self.queue, granted)))

    def leave(self, index: int) -> None:
        number = sorted(self.waiting | self.given)[index % len(self.waiting | self.given)]
        if number in self.waiting:
            origin, granted = self.waiting.pop(number)
            self.model.line.remove((number, origin))
            self.queue.leave(granted)
        else:
            origin, granted = self.given.pop(number)
            self.queue.leave(granted)
            self.expect(self.model.give_back(origin))

    def expect(self, number: int | None) -> None:
        assert self.woken == ([] if number is None else [number])
        self.woken.clear()
        if number is not None:
            self.given[number] = self.waiting.pop(number)

    def check(self) -> None:
        now = self.queue.snapshot()
        assert now.in_use == len(self.model.in_use) == len(self.slots) + len(self.given)
        assert now.waiting == len(self.model.line) == len(self.waiting)
        for each in now.origins:
            assert each.in_use == self.model.in_use.count(each.origin)
            assert each.waiting == [origin for _, origin in self.model.line].count(each.origin)

    def end(self) -> None:
        while self.waiting or self.given:
            self.leave(0)
        while self.slots:
            self.release(0)
        assert self.queue.snapshot() == EMPTY


@pytest.mark.parametrize(
    ("most", "per_origin"),
    [
        pytest.param(5, None, id="in all"),
        pytest.param(None, 2, id="per origin"),
        pytest.param(5, 2, id="both"),
        pytest.param(3, 3, id="both the same"),
    ],
)
def test_ten_thousand_operations_agree_with_the_model(most: int | None, per_origin: int | None) -> None:
    random = Random(20)
    pair = Pair(most, per_origin)
    for _ in range(10_000):
        choice = random.random()
        if choice < 0.4 and len(pair.waiting) < 40:
            pair.acquire(random.choice("aaabbcd"))
        elif choice < 0.65 and pair.slots:
            pair.release(random.randrange(100))
        elif choice < 0.9 and (pair.waiting or pair.given):
            pair.poll(random.randrange(100))
        elif pair.waiting or pair.given:
            pair.leave(random.randrange(100))
        pair.check()
    pair.end()


class QueueMachine(RuleBasedStateMachine):
    """Any order of acquire, poll, leave and release."""

    @initialize(most=st.none() | st.integers(1, 4), per_origin=st.none() | st.integers(1, 2))
    def start(self, most: int | None, per_origin: int | None) -> None:
        self.pair = Pair(most, per_origin)

    @rule(origin=st.sampled_from("abc"))
    def acquire(self, origin: str) -> None:
        self.pair.acquire(origin)

    @precondition(lambda self: self.pair.slots)
    @rule(index=st.integers(0, 9))
    def release(self, index: int) -> None:
        self.pair.release(index)

    @precondition(lambda self: self.pair.waiting or self.pair.given)
    @rule(index=st.integers(0, 9))
    def poll(self, index: int) -> None:
        self.pair.poll(index)

    @precondition(lambda self: self.pair.waiting or self.pair.given)
    @rule(index=st.integers(0, 9))
    def leave(self, index: int) -> None:
        self.pair.leave(index)

    @invariant()
    def agrees(self) -> None:
        self.pair.check()

    def teardown(self) -> None:
        self.pair.end()


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


# --- without a slot to keep count -------------------------------------------------------------------


def test_entering_takes_a_connection_and_exiting_gives_it_to_whoever_waits() -> None:
    queue = ConnectionQueue(1)
    line = queue.enter("a")
    assert line is not None
    assert queue.enter("b") is None
    turn = queue.acquire("b")
    assert isinstance(turn, Turn)
    assert queue.poll(turn) is None
    queue.exit(line)
    assert queue.poll(turn) is not None
    assert queue.enter("a") is None
    assert queue.snapshot().in_use == 1


def test_entering_heeds_the_share_of_an_origin() -> None:
    queue = ConnectionQueue(5, 1)
    line = queue.enter("a")
    assert line is not None
    assert queue.enter("a") is None
    assert queue.enter("b") is not None
    queue.exit(line)
    assert queue.enter("a") is not None
    assert queue.snapshot().in_use == 2
