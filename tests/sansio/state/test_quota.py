"""The quota: first come, first served, and never more than the server would count."""

from collections.abc import Callable
from itertools import pairwise
from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire import Response
from offwire.quota_store import Lease
from offwire.state.adaptive_concurrency import AimdConcurrencyLimit
from offwire.state.away import FailClosed
from offwire.state.leasing import Errand
from offwire.state.ledger import Ledger
from offwire.state.limits import (
    CLOCK_DRIFT,
    BucketLimit,
    ConcurrencyLimit,
    Limit,
    LimitSnapshot,
    WindowLimit,
)
from offwire.state.line import FairnessPolicy, Place
from offwire.state.line import Waiting as WaitingCalls
from offwire.state.points import PointsAccount, PointsLimit
from offwire.state.quota import Hold, Permit, Quota, QuotaSnapshot, Turn
from offwire.state.reported import ReportedBound
from offwire.state.shared import SharedLimit
from tests.sansio.state.lines import ListedLine

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
    quota.settle(first, 1)
    assert quota.snapshot().reported == (ReportedBound(left=2, in_doubt=1, until=61),), "of the second"
    third = permit(quota, 1)
    assert quota.poll(turn(quota, 1), 1) == Hold(61)
    quota.settle(second, 2)
    quota.refund(third, 2)
    assert quota.snapshot().reported == (ReportedBound(left=1, until=61),), "its answer has said nothing"


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
    assert quota.snapshot().reported == (ReportedBound(left=1, in_doubt=1, until=61),)


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
        self.reports: list[tuple[float, float, set[int], set[int]]] = []
        self.spoken: set[int] = set()
        self.costs: dict[int, float] = {}
        self.refunded: set[int] = set()
        self.places: ListedLine[Turn] | None = None  # once one has had a place of its own
        self.fairness: FairnessPolicy | None = None

    @initialize(
        calls=st.integers(2, 4),
        period=st.sampled_from([0.5, 2.0]),
        min_rtt=st.sampled_from([0.0, 2 * UP]),
        bucket=st.sampled_from([None, (2.0, 1.0), (3.0, 4.0)]),
        permits=st.sampled_from([None, 1, 2]),
        fairness=st.sampled_from([None, FairnessPolicy(weights={"a": 3.0}, aging=1.0)]),
    )
    def begin(
        self,
        calls: int,
        period: float,
        min_rtt: float,
        bucket: tuple[float, float] | None,
        permits: int | None,
        fairness: FairnessPolicy | None,
    ) -> None:
        self.window = WindowLimit(calls, period, min_rtt=min_rtt)
        self.bucket = BucketLimit(capacity=bucket[0], per_second=bucket[1]) if bucket else None
        self.concurrency = ConcurrencyLimit(permits) if permits else None
        limits: list[Limit | None] = [self.window, self.bucket, self.concurrency]
        self.fairness = fairness
        self.quota = Quota([each for each in limits if each is not None], fairness)

    @property
    def head(self) -> Waiting:
        """Whose turn it is."""
        if self.places is None:
            return self.line[0]
        first = self.places.first()
        return next(each for each in self.line if each.turn is first)

    # What a driver does.

    def pump(self) -> None:
        """Resume whoever was woken or whose time has come, as drivers do, until all wait."""
        while True:
            assert all(each is self.head.turn for each in self.woken), "only the head is woken"
            self.woken.clear()
            ready = [each for each in self.line if each.is_ready(self.now)]
            if not ready:
                return
            each = ready[-1]
            each.turn.ticket.disarm()
            is_head = each is self.head
            answer = self.quota.poll(each.turn, self.now)
            if isinstance(answer, Permit):
                assert is_head, "first come, first served"
                self.line.remove(each)
                if self.places is not None:
                    assert self.places.serve(self.now) is each.turn
                self.start(answer, each.cost)
            else:
                assert isinstance(answer, Hold)
                assert is_head or answer == Hold(None)
                each.wait(answer)

    def start(self, permit: Permit, cost: float) -> None:
        assert self.now >= self.blocked
        for remaining, until, doubted, since in self.reports:
            left = remaining - sum(self.costs[each] for each in (doubted | since) - self.refunded)
            assert until <= self.now or left >= cost, "the server's word counts"
            since.add(permit)
        self.sent[permit] = (self.now, cost)
        self.costs[permit] = cost
        assert self.concurrency is None or len(self.sent) <= self.concurrency.calls

    @rule(dt=st.sampled_from([0.03125, 0.25, 1.0]))
    def wait(self, dt: float) -> None:
        self.now += dt
        self.pump()

    @precondition(lambda self: self.line and self.head.until is not None)
    @rule()
    def wait_for_the_head(self) -> None:
        until = self.head.until
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
            if self.places is not None:
                self.places.join(answer, self.now, cost)
            self.pump()

    @precondition(lambda self: self.fairness is not None)
    @rule(
        cost=st.sampled_from([0.5, 1.0, 2.0]),
        place=st.builds(Place, st.sampled_from([0, 1, 2]), st.sampled_from(["", "a", "b"])),
    )
    def acquire_in_a_place(self, cost: float, place: Place) -> None:
        answer = self.quota.acquire(self.now, cost)
        if isinstance(answer, Permit):
            assert not self.line, "no newcomer passes"
            self.start(answer, cost)
            return
        if self.places is None:
            self.places = ListedLine(self.fairness or FairnessPolicy())
            for each in self.line:
                self.places.join(each.turn, self.now, each.cost)
        self.quota.move(answer, place, self.now)
        self.line.append(Waiting(answer, cost, self.woken.append))
        self.places.join(answer, self.now, cost, place)
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
        if self.places is not None:
            self.places.leave(gone.turn)
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
        self.spoken.add(permit)
        for _, _, doubted, _ in self.reports:
            doubted.discard(permit)  # its own report stands for it
        self.reports.append((remaining, self.now + reset_after, set(self.sent) - self.spoken, set()))
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
            head = self.head
            ready_at = self.ready_at(head.cost)
            known = inf if head.until is None else head.until
            assert known > self.now, "it has been resumed and is to wait, so there is a time to come"
            if not self.reports:
                assert ready_at > self.now - 1e-6, "no room is left while anybody waits"
                assert known <= ready_at + 1e-6, "the head knows its time"
        if self.places is None:
            assert all(each.until is None for each in self.line[1:])

    @invariant()
    def the_quota_knows_who_is_there(self) -> None:
        shown = self.quota.snapshot()
        assert (shown.waiting, shown.in_flight) == (len(self.line), len(self.sent))
        assert sum(each.calls for each in shown.lanes) == (0 if self.places is None else len(self.line))
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


# --- places ---------------------------------------------------------------------------------------

NEVER = FairnessPolicy(aging=None)


def placed(quota: Quota, now: float, priority: int = 0, flow: str = "", cost: float = 1.0) -> Turn:
    waiting = turn(quota, now, cost)
    quota.move(waiting, Place(priority, flow), now)
    return waiting


def test_the_more_urgent_one_goes_first_and_the_old_head_after_it() -> None:
    quota = Quota([BucketLimit(capacity=1, per_second=1.0)], NEVER)
    quota.settle(permit(quota, 0), 0)
    plain = turn(quota, 0)
    assert quota.poll(plain, 0) == Hold(1.0)
    urgent = placed(quota, 0.5, priority=1)
    assert quota.poll(urgent, 0.5) == Hold(1.0)
    assert quota.poll(plain, 1.0) == Hold(None), "it knew a time, and its turn is not now"
    granted = quota.poll(urgent, 1.0)
    assert isinstance(granted, Permit)
    quota.settle(granted, 1.0)
    assert woken(plain), "it is the head again, and has to learn its time"
    assert quota.poll(plain, 1.0) == Hold(2.0)


def test_a_head_that_knows_its_time_is_not_woken_when_a_more_urgent_one_leaves() -> None:
    quota = Quota([BucketLimit(capacity=1, per_second=1.0)], NEVER)
    quota.settle(permit(quota, 0), 0)
    plain = turn(quota, 0)
    assert quota.poll(plain, 0) == Hold(1.0)
    urgent = placed(quota, 0.5, priority=1)
    assert quota.poll(urgent, 0.5) == Hold(1.0)
    quota.leave(urgent, 0.75)
    assert not woken(plain)
    assert isinstance(quota.poll(plain, 1.0), Permit)


def test_flows_take_turns_and_the_snapshot_shows_who_waits() -> None:
    quota = Quota([ConcurrencyLimit(1)])
    out = permit(quota, 0)
    waiting = [placed(quota, 0, flow=flow) for flow in ("harvest", "harvest", "harvest", "user")]
    plain = turn(quota, 0)
    assert quota.poll(plain, 0) == Hold(None)
    assert quota.snapshot().lanes == (
        WaitingCalls(priority=0, flow="", calls=1),
        WaitingCalls(priority=0, flow="harvest", calls=3),
        WaitingCalls(priority=0, flow="user", calls=1),
    )
    order = [waiting[0], waiting[3], plain, waiting[1], waiting[2]]
    for number, each in enumerate(order):
        quota.settle(out, number)
        granted = quota.poll(each, number)
        assert isinstance(granted, Permit)
        out = granted
    assert quota.snapshot().lanes == ()


def test_a_place_is_said_once_and_before_the_turn_is_polled() -> None:
    quota = Quota([ConcurrencyLimit(1)])
    permit(quota, 0)
    plain, left, moved = turn(quota, 0), turn(quota, 0), turn(quota, 0)
    quota.leave(left, 0)
    quota.move(moved, Place(1), 0)
    for each in (plain, left, moved):
        with pytest.raises(ValueError, match="right after acquire"):
            quota.move(each, Place(1), 0)
    assert quota.snapshot().waiting == 2


def test_who_says_no_place_waits_with_all_that_say_none() -> None:
    quota = Quota([ConcurrencyLimit(1)])
    permit(quota, 0)
    placed(quota, 0, priority=1)
    plain = turn(quota, 0)
    assert quota.poll(plain, 0) == Hold(None)
    assert quota.snapshot().lanes[1:] == (WaitingCalls(priority=0, flow="", calls=1),)
    quota.leave(plain, 0)
    quota.leave(turn(quota, 0), 0)
    assert quota.snapshot().waiting == 1


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
    assert not quota.recalls(0)
    quota.block(5.0)
    assert quota.recalls(4.9)
    assert not quota.recalls(5.0)


def test_who_waits_with_a_lease_that_is_long_over_asks_anew() -> None:
    class NoStore:
        def answer(self, question: object, /) -> object:
            raise NotImplementedError

    quota = Quota([SharedLimit(WindowLimit(5, 10.0), NoStore(), "shop", lasts=10.0, stray=4.0)])
    (machine,) = quota.leasing
    machine.identify("me")
    assert isinstance(turn := quota.acquire(0), Turn)
    assert isinstance(quota.poll(turn, 0), Errand)
    machine.answered(Lease(granted=1.0), 0.1)
    assert isinstance(quota.poll(turn, 0.1), int)
    assert not quota.recalls(11.9)
    assert quota.recalls(12.1)


def test_limits_that_adapt_hear_of_an_answer_that_says_too_much() -> None:
    quota = Quota([WindowLimit(50, 10.0), AimdConcurrencyLimit(first=4, cut=0.5)])
    out = permit(quota, 0)
    quota.throttled(out)
    quota.settle(out, 1.0)
    quota.throttled(out)  # settled: nothing hears of it any more
    granted = [quota.acquire(1.0) for _ in range(4)]
    assert [isinstance(each, Permit) for each in granted] == [True, True, False, False]


# --- limits whose units are leased ------------------------------------------------------------------


class NoStore:
    def answer(self, _question: object, /) -> object:
        raise AssertionError("a quota asks nobody itself")


def leasing(calls: int = 10, *others: Limit) -> Quota:
    return Quota([SharedLimit(WindowLimit(calls, 60.0), NoStore(), "shop", when_away=FailClosed()), *others])


def errand(quota: Quota, waiting: Turn, now: float) -> Errand:
    answer = quota.poll(waiting, now)
    assert isinstance(answer, Errand)
    return answer


def answered(quota: Quota, done: Errand, now: float, lease: Lease) -> None:
    done.machine.answered(lease, now)
    quota.look(now)


def test_the_head_asks_for_units_and_the_others_wait() -> None:
    quota = leasing()
    assert quota.try_acquire(0) == 0
    first, second = turn(quota, 0), turn(quota, 0, 2)
    asking = errand(quota, first, 0)
    assert (asking.machine, asking.question.least, asking.question.want) == (quota.leasing[0], 1, 1.25)
    assert quota.poll(second, 0) == Hold(None)
    answered(quota, asking, 1, Lease(granted=3))
    assert isinstance(quota.poll(first, 1), Permit)
    assert woken(second)
    assert isinstance(quota.poll(second, 1), Permit)


def test_a_refused_head_is_told_when_to_ask_again() -> None:
    quota = leasing()
    waiting = turn(quota, 0)
    answered(quota, errand(quota, waiting, 0), 0, Lease(granted=0, again_after=3.0))
    assert quota.poll(waiting, 0) == Hold(3.0)
    assert errand(quota, waiting, 3).question.number == 2


def test_who_leaves_while_it_asks_hands_the_question_on() -> None:
    quota = leasing()
    first, second = turn(quota, 0), turn(quota, 0)
    asking = errand(quota, first, 0)
    assert quota.poll(second, 0) == Hold(None)
    asking.machine.dropped()
    quota.leave(first, 1)
    assert woken(second)
    assert errand(quota, second, 1).question.number == 2


def test_nobody_asks_for_what_another_limit_would_not_let_through() -> None:
    quota = leasing(10, ConcurrencyLimit(1))
    first, second = turn(quota, 0), turn(quota, 0)
    answered(quota, errand(quota, first, 0), 0, Lease(granted=1))
    only = quota.poll(first, 0)
    assert isinstance(only, Permit)
    assert quota.poll(second, 0) == Hold(None)
    quota.settle(only, 1)
    assert woken(second)
    assert errand(quota, second, 1).question.finished == 1


def test_an_ended_request_may_be_something_to_tell() -> None:
    quota = leasing()
    (machine,) = quota.leasing
    assert quota.report_to(machine, 0) is None
    waiting = turn(quota, 0)
    answered(quota, errand(quota, waiting, 0), 0, Lease(granted=2))
    granted = quota.poll(waiting, 0)
    assert isinstance(granted, Permit)
    assert quota.report_to(machine, 0) is None
    quota.settle(granted, 1)
    told = quota.report_to(machine, 1)
    assert told is not None
    assert (told.question.finished, told.question.want) == (1, 0)


def test_a_block_is_for_those_too_who_share_the_limit() -> None:
    quota = leasing()
    quota.block(30)
    told = quota.report_to(quota.leasing[0], 10)
    assert told is not None
    assert told.question.blocked == 20
    answered(quota, told, 10, Lease(granted=0))
    assert quota.poll(turn(quota, 10), 10) == Hold(30)


class Sharing(RuleBasedStateMachine):
    """Two quotas on one ledger: nobody waits where it could go on, and no lost wake-up keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.ledger = Ledger()
        self.quotas = [leasing(4), leasing(4)]
        for number, quota in enumerate(self.quotas):
            quota.leasing[0].identify(f"h{number}")
        self.lines: list[list[Waiting]] = [[], []]
        self.asking: list[tuple[Waiting, Errand] | None] = [None, None]
        self.flying: list[list[Permit]] = [[], []]
        self.starts: list[float] = []

    def pump(self, which: int) -> None:
        quota, line = self.quotas[which], self.lines[which]
        while True:
            busy = self.asking[which]
            free = [each for each in line if busy is None or each is not busy[0]]
            ready = [each for each in free if each.is_ready(self.now)]
            if not ready:
                return
            each = ready[0]
            each.turn.ticket.disarm()
            answer = quota.poll(each.turn, self.now)
            if isinstance(answer, Permit):
                assert each is line.pop(0), "first come, first served"
                self.flying[which].append(answer)
                self.starts.append(self.now)
                assert sum(at > self.now - 60 for at in self.starts) <= 4
            elif isinstance(answer, Errand):
                assert busy is None, "one question at a time"
                assert each is line[0]
                self.asking[which] = each, answer
            else:
                each.wait(answer)

    @rule(which=st.integers(0, 1), cost=st.sampled_from([1.0, 1.0, 2.0]))
    def acquire(self, which: int, cost: float) -> None:
        answer = self.quotas[which].acquire(self.now, cost)
        if isinstance(answer, Permit):
            self.flying[which].append(answer)
            self.starts.append(self.now)
        else:
            self.lines[which].append(Waiting(answer, cost, lambda _turn: None))
            self.pump(which)

    @precondition(lambda self: any(self.asking))
    @rule(which=st.integers(0, 1), fate=st.sampled_from(["heard", "heard", "heard", "failed", "unheard"]))
    def answer(self, which: int, fate: str) -> None:
        busy = self.asking[which]
        if busy is None:
            return
        waiting, asking = busy
        self.asking[which] = None
        lease = None if fate == "failed" else self.ledger.exchange(asking.question, self.now)
        if lease is not None and fate == "heard":
            asking.machine.answered(lease, self.now)
        else:
            asking.machine.failed(self.now)
        self.quotas[which].look(self.now)
        waiting.is_due = True
        self.pump(which)

    @rule(which=st.integers(0, 1), place=st.integers(0, 5))
    def cancel(self, which: int, place: int) -> None:
        line = self.lines[which]
        if place < len(line):
            gone = line.pop(place)
            busy = self.asking[which]
            if busy is not None and busy[0] is gone:
                busy[1].machine.dropped()
                self.asking[which] = None
                self.quotas[which].look(self.now)
            gone.turn.ticket.disarm()
            self.quotas[which].leave(gone.turn, self.now)
            self.pump(which)

    @rule(which=st.integers(0, 1), answered=st.booleans())
    def end(self, which: int, answered: bool) -> None:
        if self.flying[which]:
            self.quotas[which].settle(self.flying[which].pop(0), self.now, answered=answered)
            self.pump(which)

    @rule(which=st.integers(0, 1))
    def refund(self, which: int) -> None:
        if self.flying[which]:
            self.starts.remove(max(self.starts))
            self.quotas[which].refund(self.flying[which].pop(), self.now)
            self.pump(which)

    @rule(dt=st.sampled_from([0.05, 1.0, 20.0, 61.0]))
    def wait(self, dt: float) -> None:
        self.now += dt
        for which in (0, 1):
            self.pump(which)

    @invariant()
    def somebody_asks_or_has_a_time_or_something_is_under_way(self) -> None:
        for which, line in enumerate(self.lines):
            assert not line or self.asking[which] or line[0].until is not None or self.flying[which]


Sharing.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestSharing = Sharing.TestCase


def test_with_a_probe_the_first_call_goes_alone() -> None:
    quota = Quota(probe=True)
    first = permit(quota, 0)
    second, third = turn(quota, 0), turn(quota, 0)
    assert quota.poll(second, 0) == Hold(1.0)
    report(quota, 0.1, 1, 60, limit=2, sent_before=first)
    quota.settle(first, 0.1)
    assert woken(second)
    assert isinstance(quota.poll(second, 0.1), Permit)
    assert quota.poll(third, 0.1) == Hold(60.1)


def test_a_probe_that_found_nothing_out_is_forgotten() -> None:
    quota = Quota(probe=True)
    first = permit(quota, 0)
    second, third = turn(quota, 0), turn(quota, 0)
    assert quota.poll(second, 0) == Hold(1.0)
    quota.settle(first, 0.1)
    assert woken(second)
    assert isinstance(quota.poll(second, 0.1), Permit)
    assert isinstance(quota.poll(third, 0.1), Permit)
    report(quota, 0.2, 0, 60, sent_before=3)
    assert quota.poll(turn(quota, 0.2), 0.2) == Hold(60.2)


def test_who_waits_for_an_answer_only_may_go_sooner_than_told() -> None:
    quota = Quota([ConcurrencyLimit(3)])
    first, second = permit(quota, 0), permit(quota, 0)
    report(quota, 0, 1, 60, sent_before=second)
    quota.settle(second, 0)
    waiting = turn(quota, 0)
    assert quota.poll(waiting, 0) == Hold(60.0), "the first one may not be counted yet"
    assert quota.may_go_sooner(waiting, 0)
    report(quota, 1, 2, 59, sent_before=first)
    quota.settle(first, 1)
    assert woken(waiting), "it was"
    assert isinstance(quota.poll(waiting, 1), Permit)
    quota.block(9)
    last = turn(quota, 1)
    assert not quota.may_go_sooner(last, 1), "nobody may, whatever is answered"
    assert not quota.may_go_sooner(last, 9), "nothing is left"


def test_who_knows_of_no_report_is_told_the_earliest_time() -> None:
    quota = Quota([BucketLimit(capacity=1, per_second=0.1)])
    quota.settle(permit(quota, 0), 0)
    assert not quota.may_go_sooner(turn(quota, 0), 0)
