"""A shared limit: nothing without a unit that is leased, and all that is unused goes back."""

from __future__ import annotations

from math import inf

import pytest

from offwire.quota_store import Exchange, Lease, SharedBy
from offwire.state.away import FailClosed, FailOpen, LocalShare, WhenAway
from offwire.state.leasing import Leasing, due
from offwire.state.limits import CLOCK_DRIFT, BucketLimit, ConcurrencyLimit, WindowLimit
from offwire.state.shared import SharedLimit, SharedSnapshot

WINDOW = WindowLimit(80, 100.0)
CALLS = ConcurrencyLimit(8)


class NoStore:
    def answer(self, _question: object, /) -> object:
        raise AssertionError("a machine asks nobody itself")


NO_STORE = NoStore()


def shared(limit: SharedBy = WINDOW, when_away: WhenAway = FailClosed()) -> SharedLimit:  # noqa: B008 - a value
    return SharedLimit(limit, NO_STORE, "shop", when_away=when_away)


def machine_of(limit: SharedBy = WINDOW, when_away: WhenAway = FailClosed()) -> Leasing:  # noqa: B008 - as above
    machine = shared(limit, when_away).machine()
    assert isinstance(machine, Leasing)
    machine.identify("me")
    return machine


def asked(machine: Leasing, now: float, cost: float = 1.0, waiting: int = 1) -> Exchange:
    question = machine.question(cost, waiting, due(now), now)
    assert question is not None
    return question


def leased(machine: Leasing, now: float, granted: float, cost: float = 1.0) -> None:
    asked(machine, now, cost)
    assert machine.answered(Lease(granted=granted), now) is None


@pytest.mark.parametrize(
    ("when_away", "at", "is_over"),
    [
        pytest.param(FailClosed(), 39.9, False, id="within half of the time for which it counts"),
        pytest.param(FailClosed(), 40.1, True, id="after that"),
        pytest.param(FailOpen(), 40.1, False, id="a limit of our own stands in"),
    ],
)
def test_what_was_taken_may_be_sent_for_a_while_after_its_lease(
    when_away: WhenAway, at: float, is_over: bool
) -> None:
    machine = machine_of(when_away=when_away)
    leased(machine, 0, 1.0)
    machine.take(1, 1, 0)
    asked(machine, 0.5)
    machine.failed(1.0)
    assert machine.has_lapsed(at) is is_over


def seen(machine: Leasing) -> SharedSnapshot:
    found = machine.snapshot()
    assert isinstance(found, SharedSnapshot)
    return found


# --- the declaration ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"key": ""}, "SharedLimit.key is text"),
        ({"lasts": 0}, r"SharedLimit\.lasts has to be a number above 0"),
        ({"stray": -1}, r"SharedLimit\.stray has to be a number from 0 on"),
        ({"retry_after": 0}, r"SharedLimit\.retry_after has to be a number above 0"),
    ],
    ids=str,
)
def test_what_is_declared_wrongly_is_named(facts: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SharedLimit(**{"limit": WINDOW, "store": NO_STORE, "key": "shop", **facts})  # type: ignore[arg-type]


def test_it_allows_what_its_limit_allows() -> None:
    assert shared().largest == 80
    assert shared(CALLS).largest == inf
    assert shared().when_away == FailClosed()
    assert SharedLimit(WINDOW, NO_STORE, "shop").when_away == LocalShare(1 / 8)


# --- leases ---------------------------------------------------------------------------------------


def test_nothing_starts_without_a_lease() -> None:
    machine = machine_of()
    assert machine.ready_at(1, 5) == due(5)
    question = asked(machine, 5, waiting=3)
    assert question == Exchange(key="shop", limit=WINDOW, holder="me", number=1, least=1, want=3)
    assert machine.ready_at(1, 5) == inf
    machine.answered(Lease(granted=2), 5.1)
    assert machine.ready_at(2, 5.1) == 5.1
    machine.take(2, 1, 5.1)
    assert machine.ready_at(1, 5.1) == due(5.1)
    assert seen(machine) == SharedSnapshot(
        limit=shared(), in_flight=2, clear_at=None, unused=0, is_away=False
    )


def test_a_lease_ends_sooner_than_the_store_lets_it() -> None:
    machine = machine_of()
    asked(machine, 0)
    machine.answered(Lease(granted=2), 3)
    last = 10 * (1 - CLOCK_DRIFT) - 1e-6
    assert machine.ready_at(2, last) == last
    assert machine.ready_at(1, 10) == due(10)
    assert machine.ready_at(1, last) == due(last), "what has run out stays so"


def test_one_question_at_a_time() -> None:
    machine = machine_of()
    asked(machine, 0)
    assert machine.question(1, 1, due(0), 0) is None
    assert machine.report(0, 0, 0) is None


def test_who_was_refused_asks_again_when_the_store_says() -> None:
    machine = machine_of()
    asked(machine, 0)
    machine.answered(Lease(granted=0, again_after=0.5), 0.1)
    assert machine.ready_at(1, 0.2) == 0.6
    assert machine.question(1, 1, due(0.2), 0.2) is None
    assert machine.ready_at(1, 0.6) == due(0.6)
    assert asked(machine, 0.6).number == 2


def test_nobody_asks_for_units_that_could_not_be_used_yet() -> None:
    assert machine_of().question(1, 1, 7.0, 0) is None
    assert machine_of().question(1, 1, inf, 0) is None


def test_who_has_enough_asks_nothing() -> None:
    machine = machine_of()
    leased(machine, 0, 2)
    assert machine.question(1, 1, due(0), 0) is None


def test_units_that_would_run_out_unused_are_given_back() -> None:
    machine = machine_of()
    leased(machine, 0, 2)
    for at in (5.0, inf):
        assert machine.question(1, 1, at, 1) is None
    question = machine.question(1, 1, 30.0, 1)
    assert question is not None
    assert (question.want, question.flying) == (0, 0)
    machine.answered(Lease(granted=0), 1)
    assert machine.ready_at(1, 1) == due(1)
    assert machine.question(1, 1, 30.0, 1) is None


def test_whoever_asks_gives_back_all_that_is_unused_also_where_the_answer_is_lost() -> None:
    machine = machine_of()
    leased(machine, 0, 5)
    machine.take(1, 1, 0)
    assert asked(machine, 1, cost=5).flying == 1
    machine.dropped()
    assert machine.ready_at(1, 1) == due(1)


def test_what_was_not_sent_can_be_used_again() -> None:
    machine = machine_of()
    leased(machine, 0, 2)
    for number in (1, 2):
        machine.take(1, number, 0)
    assert asked(machine, 0).flying == 2
    machine.give_back(1, 1)
    assert machine.ready_at(1, 0) == 0, "the question says that it is under way, so it is ours"
    machine.answered(Lease(granted=3), 0)
    assert seen(machine).unused == 4


def test_what_has_ended_is_told_until_it_was_heard() -> None:
    machine = machine_of()
    leased(machine, 0, 3)
    for number, answered in ((1, True), (2, False), (3, True)):
        machine.take(1, number, 0)
        if number < 3:
            machine.finish(1, number, 1, answered)
    for _ in range(2):
        question = asked(machine, 2)
        assert (question.flying, question.finished, question.strayed) == (1, 1, 1)
        machine.dropped()
    asked(machine, 2)
    machine.finish(1, 3, 2, True)
    machine.answered(Lease(granted=0, again_after=0.1), 2)
    question = asked(machine, 2.2)
    assert (question.flying, question.finished, question.strayed) == (0, 1, 0)


def test_when_the_last_answer_has_come_the_head_asks_at_once() -> None:
    machine = machine_of()
    leased(machine, 0, 2)
    for number in (1, 2):
        machine.take(1, number, 0)
    asked(machine, 0)
    machine.answered(Lease(granted=0, again_after=50), 0)
    machine.finish(1, 1, 1, True)
    assert machine.ready_at(1, 1) == 50
    machine.finish(1, 2, 2, True)
    assert machine.ready_at(1, 2) == due(2), "so that what it used begins to cool"


# --- batches --------------------------------------------------------------------------------------


def test_a_batch_is_what_waits_and_never_more_than_a_share() -> None:
    machine = machine_of()
    assert asked(machine, 0, cost=2, waiting=3).want == 6
    machine.dropped()
    assert asked(machine, 0, waiting=1_000).want == 80 / 8
    machine.dropped()
    assert asked(machine, 0, cost=30, waiting=2).want == 30


def test_a_batch_is_what_a_second_at_the_rate_of_late_uses() -> None:
    machine = machine_of()
    leased(machine, 0, 10)
    for number in range(10):
        machine.take(1, number, 0.2 * number)
    assert asked(machine, 2).want == 5


def test_in_a_short_window_a_batch_is_for_a_shorter_time() -> None:
    machine = machine_of(WindowLimit(80, 1.6))
    leased(machine, 0, 10)
    for number in range(10):
        machine.take(1, number, 0.0)
    assert asked(machine, 0.5).want == pytest.approx(2, rel=1e-3)


def test_for_limits_of_concurrency_calls_count_and_a_batch_is_what_waits() -> None:
    machine = machine_of(CALLS)
    question = asked(machine, 0, cost=7, waiting=2)
    assert (question.least, question.want) == (1, 1)
    machine.answered(Lease(granted=1), 0)
    machine.take(7, 1, 0)
    assert seen(machine).in_flight == 1
    assert machine.ready_at(7, 0) == due(0)
    asked(machine, 0)
    machine.answered(Lease(granted=0, again_after=5), 0)
    machine.finish(7, 1, 1, True)
    assert machine.ready_at(7, 1) == due(1), "a place is free, here or elsewhere"


# --- what the store should know -------------------------------------------------------------------


def test_going_idle_gives_all_back() -> None:
    machine = machine_of()
    assert machine.report(0, 0, 0) is None
    leased(machine, 0, 3)
    machine.take(1, 1, 0)
    assert machine.report(0, 1, 0) is None
    machine.finish(1, 1, 1, True)
    assert machine.report(1, 0, 1) is None, "who waits asks anyhow"
    question = machine.report(0, 0, 1)
    assert question is not None
    assert (question.flying, question.finished, question.least, question.want) == (0, 1, 0, 0)
    machine.answered(Lease(granted=0), 1)
    assert machine.report(0, 0, 1) is None


def test_who_does_not_know_what_the_store_counts_says_how_it_is() -> None:
    machine = machine_of()
    asked(machine, 0)
    machine.dropped()
    assert machine.report(0, 0, 0) is not None


def test_for_limits_of_concurrency_each_end_is_told() -> None:
    machine = machine_of(CALLS)
    leased(machine, 0, 2)
    for number in (1, 2):
        machine.take(1, number, 0)
    assert machine.report(0, 2, 0) is None
    machine.finish(1, 1, 1, True)
    question = machine.report(0, 1, 1)
    assert question is not None
    assert question.flying == 1


def test_a_block_is_told_at_once_and_only_once() -> None:
    machine = machine_of()
    leased(machine, 0, 2)
    machine.take(1, 1, 0)
    machine.block(30)
    question = machine.report(5, 1, 10)
    assert question is not None
    assert question.blocked == 20
    machine.answered(Lease(granted=0, blocked=20), 10.02)
    machine.block(30.02)  # as the quota hears from the store
    assert machine.report(5, 1, 11) is None
    machine.block(40)
    assert machine.report(5, 1, 41) is None, "that is over"
    machine.block(60)
    assert machine.report(5, 1, 41) is not None


# --- a store that is away -------------------------------------------------------------------------


def away(machine: Leasing, now: float) -> None:
    asked(machine, now)
    assert machine.failed(now)
    assert seen(machine).is_away


def test_closed_nobody_starts_until_the_store_is_back() -> None:
    machine = machine_of(when_away=FailClosed())
    leased(machine, 0, 1)
    machine.take(1, 1, 0)
    away(machine, 1)
    assert machine.ready_at(1, 1) == 2
    machine.finish(1, 1, 1, True)
    assert machine.ready_at(1, 1) == 2
    assert machine.report(0, 0, 1) is None
    asked(machine, 2)
    assert not machine.failed(2), "that is known"
    question = asked(machine, 3)
    assert question.finished == 1
    assert machine.answered(Lease(granted=1), 3) == 2
    assert machine.ready_at(1, 3) == 3


def test_open_each_keeps_the_limit_by_itself() -> None:
    machine = machine_of(WindowLimit(3, 100.0), FailOpen())
    leased(machine, 0, 1)
    machine.take(1, 1, 0)
    away(machine, 1)
    for number in (2, 3):
        assert machine.ready_at(1, 1) == 1
        machine.take(1, number, 1)
    assert machine.ready_at(1, 1) == 2, "what is under way counts; then the store is asked"
    machine.give_back(1, 3)
    assert machine.ready_at(1, 1) == 1
    machine.finish(1, 1, 1, True)
    machine.finish(1, 2, 1, False)
    machine.take(1, 4, 1)
    assert machine.ready_at(1, 2) == due(2)
    question = machine.report(0, 1, 2)
    assert question is not None
    assert (question.flying, question.finished, question.strayed) == (1, 1, 1)
    assert machine.answered(Lease(granted=0), 2.5) == 1.5
    assert machine.ready_at(1, 2.5) == due(2.5)
    machine.finish(1, 4, 3, True)
    assert seen(machine).in_flight == 0


def test_a_share_goes_on_while_the_store_may_take_long_to_fail() -> None:
    machine = machine_of(WindowLimit(16, 8.0), LocalShare(1.0))
    away(machine, 0)
    for number in range(4):
        assert machine.ready_at(1, 0.5) == 0.5
        machine.take(1, number, 0)
        machine.finish(1, number, 0, True)
    pause = 8 * (1 + CLOCK_DRIFT) / 12
    assert machine.ready_at(1, 0.1) == pytest.approx(pause), "soon enough to wait for"
    assert machine.ready_at(3, 0.1) == 1.0, "the store is asked sooner than that comes"
    assert machine.question(3, 1, due(0.9), 0.9) is None


def test_what_is_long_over_is_not_told() -> None:
    machine = machine_of(WindowLimit(4, 10.0), FailOpen())
    away(machine, 0)
    for number in range(40):
        machine.take(1, number, number * 5)
        machine.finish(1, number, number * 5, number % 4 > 0)
    question = machine.report(0, 0, 200)
    assert question is not None
    assert question.finished == 2
    assert question.strayed == 3


def test_no_more_is_told_than_the_limit_has() -> None:
    machine = machine_of(BucketLimit(capacity=2, per_second=1.0), FailOpen())
    away(machine, 0)
    for number in range(5):
        machine.take(1, number, 0)
        machine.finish(1, number, 0, True)
    question = machine.report(0, 0, 1)
    assert question is not None
    assert question.finished == 2
