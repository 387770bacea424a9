"""The quota: first come, first served, and never more than the server would count."""

from collections.abc import Callable
from itertools import pairwise
from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire import Response
from offwire.state.adaptive_concurrency import AimdConcurrencyLimit
from offwire.state.limits import (
    CLOCK_DRIFT,
    BucketLimit,
    ConcurrencyLimit,
    Limit,
    LimitSnapshot,
    WindowLimit,
)
from offwire.state.points import PointsAccount, PointsLimit
from offwire.state.quota import Hold, Permit, Quota, QuotaSnapshot, Turn
from offwire.state.reported import ReportedBound

NOTHING = QuotaSnapshot(waiting=0, in_flight=0, blocked_until=None, limits=(), reported=())


def permit(quota: Quota, now: float, cost: float = 1.0) -> Permit:
    granted = quota.acquire(now, cost)
    assert isinstance(granted, Permit)
    return granted


def turn(quota: Quota, now: float, cost: float = 1.0) -> Turn:
    waiting = quota.acquire(now, cost)
    assert isinstance(waiting, Turn)
    return waiting


def woken(waiting: Turn) -> bool:
    """Whether the ticket has been woken since it was asked last."""
    if not waiting.ticket.arm(lambda: None):
        return True
    waiting.ticket.disarm()
    return False


def report(
    quota: Quota,
    now: float,
    remaining: float | None,
    reset_after: float | None,
    limit: int | None = None,
    sent_before: Permit | None = None,
) -> None:
    quota.report(remaining=remaining, reset_after=reset_after, limit=limit, now=now, sent_before=sent_before)


# --- one thing at a time ---------------------------------------------------------------------------


def test_without_limits_everybody_passes() -> None:
    quota = Quota()
    numbers = [permit(quota, 0, 1e9) for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert quota.snapshot().in_flight == 3


def test_who_waits_is_told_when_and_goes_then() -> None:
    quota = Quota([BucketLimit(capacity=1, per_second=0.5)])
    quota.settle(permit(quota, 10), 10)
    waiting = turn(quota, 10)
    assert quota.poll(waiting, 10) == Hold(12.0)
    assert quota.poll(waiting, 11) == Hold(12.0)
    assert isinstance(quota.poll(waiting, 12), Permit)


def test_only_the_head_is_told_a_time() -> None:
    quota = Quota([BucketLimit(capacity=2, per_second=1)])
    quota.settle(permit(quota, 0, 2), 0)
    first, second = turn(quota, 0), turn(quota, 0)
    assert quota.poll(second, 0) == Hold(None)
    assert quota.poll(first, 0) == Hold(1.0)
    assert not woken(second)
    assert isinstance(quota.poll(first, 1), Permit)
    assert woken(second), "it is the head now, and has to learn its time"
    assert quota.poll(second, 1) == Hold(2.0)


def test_a_newcomer_never_passes_one_that_waits() -> None:
    quota = Quota([WindowLimit(2, 1.0)])
    permit(quota, 0)
    big = turn(quota, 0, 2)
    small = turn(quota, 0, 1)
    assert quota.poll(big, 0) == Hold(None)
    assert quota.poll(small, 0) == Hold(None), "although there is room for it"


def test_an_answer_wakes_the_head_which_then_learns_its_time() -> None:
    quota = Quota([WindowLimit(1, 1.0)])
    only = permit(quota, 0)
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(None)
    assert not woken(waiting)
    quota.settle(only, 5)
    assert woken(waiting)
    assert quota.poll(waiting, 5) == Hold(5 + (1 + CLOCK_DRIFT))


def test_an_abandoned_request_keeps_its_slot_for_a_whole_period() -> None:
    quota = Quota([WindowLimit(1, 1.0, min_rtt=0.5)])
    quota.settle(permit(quota, 0), 1, answered=False)
    waiting = turn(quota, 1)
    assert quota.poll(waiting, 1) == Hold(1 + (1 + CLOCK_DRIFT))


def test_a_head_on_its_way_is_not_woken_twice() -> None:
    quota = Quota([ConcurrencyLimit(2)])
    out = [permit(quota, 0), permit(quota, 0)]
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(None)
    wakes: list[str] = []
    waiting.ticket.arm(lambda: wakes.append("woken"))
    quota.settle(out[0], 1)
    assert wakes == ["woken"]
    waiting.ticket.disarm()
    quota.settle(out[1], 1)
    assert not woken(waiting)


def test_a_head_that_knows_its_time_is_not_woken_for_the_same_one() -> None:
    quota = Quota([BucketLimit(capacity=3, per_second=1)])
    slow = permit(quota, 0)
    quota.settle(permit(quota, 0, 2), 0)
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(1.0)
    quota.settle(slow, 0)
    assert not woken(waiting)
    assert isinstance(quota.poll(waiting, 1), Permit)


def test_all_limits_are_taken_or_none() -> None:
    quota = Quota([BucketLimit(capacity=5, per_second=1), ConcurrencyLimit(1)])
    only = permit(quota, 0)
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(None)
    assert [each.in_flight for each in quota.snapshot().limits] == [1, 1]
    quota.refund(only, 0)
    assert [each.in_flight for each in quota.snapshot().limits] == [0, 0]
    assert isinstance(quota.poll(waiting, 0), Permit)


def test_a_refund_brings_the_unit_back_at_once() -> None:
    quota = Quota([WindowLimit(1, 60.0)])
    before = quota.snapshot()
    only = permit(quota, 0)
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(None)
    quota.refund(only, 3)
    assert woken(waiting)
    granted = quota.poll(waiting, 3)
    assert isinstance(granted, Permit)
    quota.refund(granted, 3)
    assert quota.snapshot() == before


def test_a_permit_ends_once() -> None:
    quota = Quota([ConcurrencyLimit(2)])
    first, _ = permit(quota, 0), permit(quota, 0)
    for end in (quota.settle, quota.refund, quota.settle):
        end(first, 1)
        assert quota.snapshot().limits[0].in_flight == 1


def test_who_leaves_passes_its_place_on() -> None:
    quota = Quota([BucketLimit(capacity=2, per_second=1)])
    quota.settle(permit(quota, 0, 2), 0)
    big, small = turn(quota, 0, 2), turn(quota, 0)
    assert quota.poll(big, 0) == Hold(2.0)
    quota.leave(big, 1)
    assert woken(small)
    assert isinstance(quota.poll(small, 1), Permit)
    quota.leave(big, 1)
    quota.leave(small, 1)
    assert quota.snapshot().waiting == 0


def test_a_turn_that_is_over_cannot_be_polled() -> None:
    quota = Quota([ConcurrencyLimit(1)])
    permit(quota, 0)
    waiting = turn(quota, 0)
    quota.leave(waiting, 0)
    with pytest.raises(ValueError, match="acquire again"):
        quota.poll(waiting, 0)


def test_after_a_block_nobody_starts_before_its_end() -> None:
    quota = Quota()
    quota.block(30)
    quota.block(20)
    waiting = turn(quota, 10)
    assert quota.poll(waiting, 10) == Hold(30)
    quota.block(40)
    assert quota.poll(waiting, 30) == Hold(40)
    assert isinstance(quota.poll(waiting, 40), Permit)
    assert quota.snapshot().blocked_until == 40


def test_a_block_may_end_before_a_limit_does() -> None:
    quota = Quota([BucketLimit(capacity=1, per_second=0.1)])
    quota.settle(permit(quota, 0), 0)
    quota.block(5)
    assert quota.poll(turn(quota, 0), 0) == Hold(10.0)


def test_when_the_server_has_nothing_left_nobody_starts_before_the_reset() -> None:
    quota = Quota([WindowLimit(100, 60.0)])
    report(quota, 1, 0, 30, sent_before=permit(quota, 0))
    waiting = turn(quota, 1)
    assert quota.poll(waiting, 1) == Hold(31)
    assert isinstance(quota.poll(waiting, 31), Permit)


def test_our_own_count_holds_where_it_is_the_lower_one() -> None:
    quota = Quota([WindowLimit(2, 60.0)])
    report(quota, 1, 50, 60, limit=100, sent_before=permit(quota, 0))
    permit(quota, 1)
    assert quota.poll(turn(quota, 1), 1) == Hold(None)


def test_the_servers_word_holds_where_it_is_the_lower_one() -> None:
    quota = Quota([WindowLimit(100, 60.0)])
    first, second = permit(quota, 0), permit(quota, 0)
    report(quota, 1, 2, 60, sent_before=first)
    left_one = (ReportedBound(left=1, until=61),)
    assert quota.snapshot().reported == left_one, "the second is not answered"
    third = permit(quota, 1)
    assert quota.poll(turn(quota, 1), 1) == Hold(61)
    quota.settle(second, 2)
    quota.refund(third, 2)
    assert quota.snapshot().reported == left_one


def test_a_report_that_lets_the_head_go_wakes_it() -> None:
    quota = Quota()
    first = permit(quota, 0)
    report(quota, 0, 1, None, sent_before=first)
    second = permit(quota, 0)
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(None)
    report(quota, 1, 3, None, sent_before=second)
    assert woken(waiting)
    assert isinstance(quota.poll(waiting, 1), Permit)


def test_a_report_on_no_request_in_particular() -> None:
    quota = Quota()
    permit(quota, 0)
    report(quota, 1, 1, 60)
    assert quota.snapshot().reported == (ReportedBound(left=0, until=61),)


@pytest.mark.parametrize("cost", [0, -1, float("nan"), 5.5, inf])
def test_a_cost_that_can_never_be_had_is_refused(cost: float) -> None:
    quota = Quota([WindowLimit(9, 1.0), BucketLimit(capacity=5, per_second=1), ConcurrencyLimit(1)])
    with pytest.raises(ValueError, match="cost has to be above 0 and at most 5"):
        quota.acquire(0, cost)
    assert quota.snapshot().waiting == 0


def test_an_unused_quota_shows_nothing() -> None:
    assert Quota().snapshot() == NOTHING
    limit = ConcurrencyLimit(1)
    shown = Quota([limit]).snapshot().limits
    assert shown == (LimitSnapshot(limit=limit, in_flight=0, clear_at=None),)


# --- all things together, against a model that keeps lists --------------------------------------------

UP = 0.0625
"""Seconds that a request is on its way at least; an answer the same."""


class Waiting:
    """What a driver does with a turn: poll when it is woken, or when its time has come."""

    def __init__(self, turn: Turn, cost: float, woke: Callable[[Turn], None]) -> None:
        self.turn = turn
        self.cost = cost
        self.until: float | None = None
        self.is_due = True
        self._woke = woke

    def signal(self) -> None:
        self.is_due = True
        self._woke(self.turn)

    def wait(self, hold: Hold) -> None:
        self.until = hold.until
        self.is_due = not self.turn.ticket.arm(self.signal)

    def is_ready(self, now: float) -> bool:
        return self.is_due or (self.until is not None and self.until <= now)


class Model(RuleBasedStateMachine):
    """Drives a quota with any schedule, and knows everything that ever happened."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.line: list[Waiting] = []
        self.sent: dict[Permit, tuple[float, float]] = {}
        self.finished: list[tuple[float, float, bool]] = []  # when, cost, answered
        self.stamps: list[tuple[float, float]] = []  # when the server counted how much
        self.woken: list[Turn] = []
        self.blocked = 0.0
        self.reports: list[tuple[float, float, set[int]]] = []
        self.costs: dict[int, float] = {}
        self.refunded: set[int] = set()

    @initialize(
        calls=st.integers(2, 4),
        period=st.sampled_from([0.5, 2.0]),
        min_rtt=st.sampled_from([0.0, 2 * UP]),
        bucket=st.sampled_from([None, (2.0, 1.0), (3.0, 4.0)]),
        permits=st.sampled_from([None, 1, 2]),
    )
    def begin(
        self,
        calls: int,
        period: float,
        min_rtt: float,
        bucket: tuple[float, float] | None,
        permits: int | None,
    ) -> None:
        self.window = WindowLimit(calls, period, min_rtt=min_rtt)
        self.bucket = BucketLimit(capacity=bucket[0], per_second=bucket[1]) if bucket else None
        self.concurrency = ConcurrencyLimit(permits) if permits else None
        limits: list[Limit | None] = [self.window, self.bucket, self.concurrency]
        self.quota = Quota([each for each in limits if each is not None])

    # What a driver does.

    def pump(self) -> None:
        """Resume whoever was woken or whose time has come, as drivers do, until all wait."""
        while True:
            assert all(each is self.line[0].turn for each in self.woken), "only the head is woken"
            self.woken.clear()
            ready = [each for each in self.line if each.is_ready(self.now)]
            if not ready:
                return
            each = ready[-1]
            each.turn.ticket.disarm()
            answer = self.quota.poll(each.turn, self.now)
            if isinstance(answer, Permit):
                assert each is self.line.pop(0), "first come, first served"
                self.start(answer, each.cost)
            else:
                assert each is self.line[0] or answer == Hold(None)
                each.wait(answer)

    def start(self, permit: Permit, cost: float) -> None:
        assert self.now >= self.blocked
        for remaining, until, unknown in self.reports:
            left = remaining - sum(self.costs[each] for each in unknown - self.refunded)
            assert until <= self.now or left >= cost, "the server's word counts"
            unknown.add(permit)
        self.sent[permit] = (self.now, cost)
        self.costs[permit] = cost
        assert self.concurrency is None or len(self.sent) <= self.concurrency.calls

    @rule(dt=st.sampled_from([0.03125, 0.25, 1.0]))
    def wait(self, dt: float) -> None:
        self.now += dt
        self.pump()

    @precondition(lambda self: self.line and self.line[0].until is not None)
    @rule()
    def wait_for_the_head(self) -> None:
        until = self.line[0].until
        assert until is not None
        self.now = max(self.now, until)
        self.pump()

    @rule(cost=st.sampled_from([0.5, 1.0, 1.0, 2.0]))
    def acquire(self, cost: float) -> None:
        answer = self.quota.acquire(self.now, cost)
        if isinstance(answer, Permit):
            assert not self.line, "no newcomer passes"
            self.start(answer, cost)
        else:
            self.line.append(Waiting(answer, cost, self.woken.append))
            self.pump()

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 100), latency=st.sampled_from([0.0, 0.5]), part=st.sampled_from([0, 0.5, 1]))
    def answer(self, which: int, latency: float, part: float) -> None:
        permit = list(self.sent)[which % len(self.sent)]
        sent, cost = self.sent.pop(permit)
        self.now = max(self.now, sent + 2 * UP) + latency
        self.stamps.append((sent + UP + (self.now - sent - 2 * UP) * part, cost))
        self.finished.append((self.now, cost, True))
        self.quota.settle(permit, self.now)
        self.pump()

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 100), part=st.sampled_from([0, 1]))
    def abandon(self, which: int, part: float) -> None:
        permit = list(self.sent)[which % len(self.sent)]
        sent, cost = self.sent.pop(permit)
        self.stamps.append((sent + UP + max(0.0, self.now - sent - UP) * part, cost))
        self.finished.append((self.now, cost, False))
        self.quota.settle(permit, self.now, answered=False)
        self.pump()

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 100))
    def refund(self, which: int) -> None:
        permit = list(self.sent)[which % len(self.sent)]
        del self.sent[permit]
        self.refunded.add(permit)
        self.quota.refund(permit, self.now)
        self.quota.refund(permit, self.now)
        self.pump()

    @precondition(lambda self: self.line)
    @rule(which=st.integers(0, 100))
    def cancel(self, which: int) -> None:
        gone = self.line.pop(which % len(self.line))
        gone.turn.ticket.disarm()
        self.quota.leave(gone.turn, self.now)
        self.quota.leave(gone.turn, self.now)
        self.pump()

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0]))
    def block(self, seconds: float) -> None:
        self.blocked = max(self.blocked, self.now + seconds)
        self.quota.block(self.now + seconds)

    @precondition(lambda self: self.sent)
    @rule(
        which=st.integers(0, 100),
        remaining=st.integers(0, 5),
        reset_after=st.sampled_from([0.25, 1.0, 3.0]),
        limit=st.sampled_from([None, 3]),
    )
    def report(self, which: int, remaining: int, reset_after: float, limit: int | None) -> None:
        permit = list(self.sent)[which % len(self.sent)]
        later = {each for each in self.sent if each > permit}
        self.reports.append((remaining, self.now + reset_after, later))
        report(self.quota, self.now, remaining, reset_after, limit, permit)
        self.pump()

    # What has to hold.

    def ready_at(self, cost: float) -> float:
        """When a call of this cost could go, by looking at everything that ever happened."""
        flying = sum(each for _, each in self.sent.values())
        window, bucket = self.window, self.bucket
        at = max(self.now, self.blocked)
        if self.concurrency is not None and len(self.sent) >= self.concurrency.calls:
            return inf
        busy: list[tuple[float, float]] = []
        for when, each, answered in self.finished:
            free_at = when + window.period * (1 + CLOCK_DRIFT) - (window.min_rtt if answered else 0)
            busy.append((max(free_at, busy[-1][0] if busy else 0), each))
        times = [at, *(free_at for free_at, _ in busy if free_at > at)]
        fits = (
            each
            for each in times
            if flying + cost + sum(part for free_at, part in busy if free_at > each) <= window.calls
        )
        at = next(fits, inf)
        if bucket is not None:
            if flying + cost > bucket.capacity:
                return inf
            level, last = bucket.capacity, 0.0
            for when, each, _ in self.finished:
                level = min(bucket.capacity, level + (when - last) * bucket.per_second) - each
                last = when
            at = max(at, last + (cost + flying - level) / bucket.per_second)
        return at

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        if self.line:
            head = self.line[0]
            ready_at = self.ready_at(head.cost)
            known = inf if head.until is None else head.until
            assert known > self.now, "it has been resumed and is to wait, so there is a time to come"
            if not self.reports:
                assert ready_at > self.now - 1e-6, "no room is left while anybody waits"
                assert known <= ready_at + 1e-6, "the head knows its time"
        assert all(each.until is None for each in self.line[1:])

    @invariant()
    def the_quota_knows_who_is_there(self) -> None:
        shown = self.quota.snapshot()
        assert (shown.waiting, shown.in_flight) == (len(self.line), len(self.sent))
        flying = sum(cost for _, cost in self.sent.values())
        assert shown.limits[0].in_flight == flying >= 0

    def teardown(self) -> None:
        while self.line:
            self.cancel(len(self.line) - 1)
        while self.sent:
            self.answer(0, 0.0, 1)
        self.the_server_never_saw_too_many()
        shown = self.quota.snapshot()
        assert (shown.waiting, shown.in_flight) == (0, 0)
        assert all(each.in_flight == 0 for each in shown.limits)
        largest = min(self.window.largest, self.bucket.largest if self.bucket else inf)
        assert isinstance(self.quota.acquire(self.now + 1000, largest), Permit), "all has come back"

    def the_server_never_saw_too_many(self) -> None:
        stamps = sorted(self.stamps)
        for first, _ in stamps:
            end = first + self.window.period
            assert sum(cost for at, cost in stamps if first <= at < end) <= self.window.calls
        if self.bucket is not None and stamps:
            level = self.bucket.capacity - stamps[0][1]
            for (before, _), (at, cost) in pairwise(stamps):
                level = min(self.bucket.capacity, level + (at - before) * self.bucket.per_second) - cost
                assert level >= -1e-6


Model.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestAgainstAModel = Model.TestCase


# --- prices ---------------------------------------------------------------------------------------


def nothing(_response: Response) -> None:
    return None


def test_the_limit_that_prices_calls_is_known() -> None:
    assert Quota([WindowLimit(5, 10.0)]).pricing is None
    assert isinstance(Quota([WindowLimit(5, 10.0), PointsLimit(read=nothing)]).pricing, PointsAccount)


def test_a_call_has_one_cost() -> None:
    with pytest.raises(ValueError, match="one limit of a quota may price calls"):
        Quota([PointsLimit(read=nothing), PointsLimit(read=nothing)])


def test_a_block_is_over_at_its_end() -> None:
    quota = Quota()
    assert not quota.is_blocked(0)
    quota.block(5.0)
    assert quota.is_blocked(4.9)
    assert not quota.is_blocked(5.0)


def test_limits_that_adapt_hear_of_an_answer_that_says_too_much() -> None:
    quota = Quota([WindowLimit(50, 10.0), AimdConcurrencyLimit(first=4, cut=0.5)])
    out = permit(quota, 0)
    quota.throttled(out)
    quota.settle(out, 1.0)
    quota.throttled(out)  # settled: nothing hears of it any more
    granted = [quota.acquire(1.0) for _ in range(4)]
    assert [isinstance(each, Permit) for each in granted] == [True, True, False, False]
