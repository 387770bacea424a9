"""Quota: calls wait for their turn in order, and for what the server says; permits always come back."""

from __future__ import annotations

from collections import deque

import pytest

from offwire.errors import DeadlineExceeded, MaybeSent, NeverSent
from offwire.events import QuotaWaited
from offwire.flow import Wait
from offwire.layers.attempting import attempting
from offwire.layers.limiting import UNNAMED_WAIT
from offwire.layers.shape import Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.quota_store import Exchange, Lease
from offwire.state.connections import ConnectionQueue
from offwire.state.limits import BucketLimit, ConcurrencyLimit, WindowLimit
from offwire.state.line import Place
from offwire.state.quota import Quota
from offwire.state.shared import SharedLimit
from offwire.testing import Answer, Cancelled, Driven, Drop, Refuse, Reply, Stall, World
from offwire.time import Now
from tests.sansio.kit import GET, OK, Diary, context_in, last, new_runtime, sending, through

ANSWER = Answer(OK)


def numbered(number: int) -> Request:
    return Request("GET", f"https://api.test/things/{number}")


def limiting(quota: Quota) -> Middleware:
    return last(attempting(ConnectionQueue(None), quota=quota))


class Arrivals:
    """A server that answers by one function, and writes down when requests arrive."""

    def __init__(self, *first: Reply, then: Reply = ANSWER) -> None:
        self._first = deque(first)
        self._then = then
        self.seen: list[tuple[float, str]] = []

    def __call__(self, request: Request, now: Now) -> Reply:
        self.seen.append((now.monotonic, request.url.path))
        return self._first.popleft() if self._first else self._then

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.seen]


def told(status: int, **headers: str) -> Answer:
    return Answer(Response(status, headers={name.replace("_", "-"): text for name, text in headers.items()}))


def is_quiet(quota: Quota) -> bool:
    seen = quota.snapshot()
    return not seen.waiting and not seen.in_flight and not any(each.in_flight for each in seen.limits)


# --- order ----------------------------------------------------------------------------------------


def test_calls_go_in_the_order_of_their_arrival() -> None:
    server, quota = Arrivals(), Quota([WindowLimit(10, 1.0)])
    with World(server, max_connections=None) as world:
        for number in range(100):
            world.spawn(through(limiting(quota), world, numbered(number)))
        world.run_until_idle()
    assert [path for _, path in server.seen] == [f"/things/{number}" for number in range(100)]
    windows = [server.times[start : start + 10] for start in range(0, 100, 10)]
    assert [pytest.approx(second * 1.0, rel=1e-3, abs=1e-9) for second in range(10)] == [
        max(each) for each in windows
    ]
    assert all(
        later - earlier >= 1.0 for earlier, later in zip(server.times, server.times[10:], strict=False)
    )
    assert is_quiet(quota)


def test_all_limits_hold_at_once() -> None:
    server = Arrivals(then=Answer(OK, after=0.5))
    quota = Quota([ConcurrencyLimit(2), BucketLimit(capacity=3, per_second=1.0)])
    with World(server, max_connections=None) as world:
        for number in range(5):
            world.spawn(through(limiting(quota), world, numbered(number)))
        world.run_until_idle()
    assert server.times == [0.0, 0.0, 0.5, 1.5, 2.5]
    assert is_quiet(quota)


def test_who_waited_is_told() -> None:
    diary, quota = Diary(), Quota([WindowLimit(1, 2.0)])
    with World(Arrivals()) as world:
        for number in range(2):
            world.spawn(through(limiting(quota), world, numbered(number), observers=(diary,)))
        world.run_until_idle()
    (event,) = diary.of(QuotaWaited)
    assert isinstance(event, QuotaWaited)
    assert (event.call, event.waited) == (2, event.at)
    assert event.waited == pytest.approx(2.0, rel=1e-3)


# --- what the server says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "seconds"),
    [
        pytest.param(told(429, Retry_After="30"), 30.0, id="429 with a wait"),
        pytest.param(told(503, Retry_After="5"), 5.0, id="503 with a wait"),
        pytest.param(told(503), 0.0, id="503 without"),
        pytest.param(told(500, Retry_After="5"), 0.0, id="500 with a wait"),
        pytest.param(told(429), UNNAMED_WAIT, id="429 without"),
        pytest.param(
            told(429, X_RateLimit_Remaining="0", X_RateLimit_Reset="12"),
            12.0,
            id="429, its reset is the wait",
        ),
        pytest.param(
            told(429, X_RateLimit_Remaining="0", X_RateLimit_Reset="0"), UNNAMED_WAIT, id="429, reset is past"
        ),
        pytest.param(told(429, X_RateLimit_Remaining="4"), UNNAMED_WAIT, id="429, for another reason"),
        pytest.param(
            told(200, X_RateLimit_Remaining="0", X_RateLimit_Reset="12"), 12.0, id="nothing is left"
        ),
        pytest.param(told(200, X_RateLimit_Remaining="5", X_RateLimit_Reset="12"), 0.0, id="enough is left"),
        pytest.param(told(200, RateLimit_Limit="9"), 0.0, id="only the limit is said"),
    ],
)
@pytest.mark.parametrize("limits", [[], [ConcurrencyLimit(1)]], ids=["learned", "declared"])
def test_nobody_starts_before_the_server_wants_to_see_somebody(
    first: Answer, seconds: float, limits: list[ConcurrencyLimit]
) -> None:
    server, quota = Arrivals(first), Quota(limits)
    with World(server) as world:
        world.run(through(limiting(quota), world))
        tasks = [world.spawn(through(limiting(quota), world)) for _ in range(3)]
        world.run_until_idle()
        assert [task.result() for task in tasks] == [OK] * 3
    assert server.times == [0.0, seconds, seconds, seconds]
    assert is_quiet(quota)


@pytest.mark.parametrize(
    "first", [told(429, Retry_After="30"), told(200, RateLimit_Remaining="0", RateLimit_Reset="30")]
)
def test_those_with_a_permit_who_wait_for_a_connection_are_called_back(first: Answer) -> None:
    server, quota, diary = Arrivals(first), Quota(), Diary()
    with World(server, max_connections=1) as world:
        layers = attempting(world.runtime.connections, quota=quota)
        tasks = [
            world.spawn(layers(numbered(number), context_in(world.runtime, observers=(diary,))))
            for number in range(50)
        ]
        world.run_until_idle()
        assert all(task.done for task in tasks)
    assert server.times == [0.0] + [30.0] * 49
    assert [path for _, path in server.seen] == [f"/things/{number}" for number in range(50)]
    assert len(diary.of(QuotaWaited)) == 49
    assert is_quiet(quota)


# --- the deadline ---------------------------------------------------------------------------------


def test_a_turn_that_comes_too_late_is_not_waited_for() -> None:
    quota = Quota([WindowLimit(1, 10.0)])
    with World(Arrivals()) as world:
        world.run(through(limiting(quota), world))
        with pytest.raises(DeadlineExceeded, match="no room before the deadline") as raised:
            world.run(through(limiting(quota), world, deadline=9.0))
        assert world.now == 0.0
        assert raised.value.retry_after == pytest.approx(10.0, rel=1e-3)
        assert world.run(through(limiting(quota), world, deadline=11.0)) == OK
    assert is_quiet(quota)


def test_a_turn_that_hangs_on_an_answer_is_waited_for() -> None:
    """The probe's answer may take longer than the deadline, and then again it may not."""
    quota = Quota(probe=True)
    with World(Arrivals(then=Answer(OK, after=0.3))) as world:
        world.spawn(through(limiting(quota), world))
        second = world.spawn(through(limiting(quota), world, deadline=0.9))
        world.run_until_idle()
        assert second.result().status == 200
    assert is_quiet(quota)


def test_in_the_line_the_deadline_ends_the_wait() -> None:
    quota = Quota([ConcurrencyLimit(1)])
    with World(Arrivals(then=Answer(OK, after=10.0))) as world:
        first = world.spawn(through(limiting(quota), world))
        second = world.spawn(through(limiting(quota), world, deadline=3.0))
        world.run_until_idle()
        assert first.result().status == 200
        with pytest.raises(DeadlineExceeded, match="while waiting for the quota"):
            second.result()
    assert is_quiet(quota)


def test_who_is_urgent_goes_first_and_no_deadline_is_given_up_for_a_time_that_is_the_heads() -> None:
    server, quota = Arrivals(), Quota([BucketLimit(capacity=1, per_second=1.0)])
    with World(server, max_connections=None) as world:
        for number, place in enumerate([None, None, Place(0, "a"), Place(1), None]):
            context = context_in(world.runtime, deadline=4.5)
            if place is not None:
                context.place = place
            world.spawn(limiting(quota)(sending, numbered(number), context))
        world.run_until_idle()
    assert [path for _, path in server.seen] == [f"/things/{number}" for number in (0, 3, 1, 2, 4)]
    assert server.times == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert is_quiet(quota)


def test_a_head_that_would_come_too_late_is_told_so_and_one_behind_it_is_not() -> None:
    server, quota = Arrivals(), Quota([BucketLimit(capacity=1, per_second=0.1)])
    with World(server, max_connections=None) as world:
        world.run(through(limiting(quota), world))
        patient = world.spawn(through(limiting(quota), world))
        urgent = context_in(world.runtime, deadline=5.0)
        urgent.place = Place(1)
        late = world.spawn(limiting(quota)(sending, GET, urgent))
        world.run_until_idle()
        assert patient.result() == OK
        with pytest.raises(DeadlineExceeded, match="no room before the deadline"):
            late.result()
    assert server.times == [0.0, 10.0]
    assert is_quiet(quota)


def test_a_head_without_a_time_waits_for_its_ticket_or_the_deadline() -> None:
    quota = Quota([ConcurrencyLimit(1)])
    runtime = new_runtime()
    first = Driven(attempting(ConnectionQueue(None), quota=quota)(GET, context_in(runtime)))
    second = Driven(attempting(ConnectionQueue(None), quota=quota)(GET, context_in(runtime, deadline=5.0)))
    assert second.expect(Wait).until == 5.0
    first.close()
    second.answer()
    assert not isinstance(second.effect, Wait)
    second.close()
    assert is_quiet(quota)


# --- the end of a permit --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "kind", "spent"),
    [
        pytest.param(Refuse(), NeverSent, False, id="never sent"),
        pytest.param(Drop(), MaybeSent, True, id="maybe sent"),
    ],
)
def test_a_permit_is_spent_only_where_something_may_have_been_sent(
    reply: Reply, kind: type[Exception], spent: bool
) -> None:
    quota = Quota([WindowLimit(1, 60.0)])
    with World(Arrivals(reply)) as world:
        with pytest.raises(kind):
            world.run(through(limiting(quota), world))
        world.run(through(limiting(quota), world))
        assert (world.now >= 60.0) is spent
    assert is_quiet(quota)


def test_a_cancel_under_way_spends_the_permit_and_one_in_line_takes_nothing() -> None:
    quota = Quota([WindowLimit(1, 60.0)])
    with World(Arrivals(Stall())) as world:
        sent, queued, last = (world.spawn(through(limiting(quota), world)) for _ in range(3))
        world.advance(1.0)
        queued.cancel()
        sent.cancel()
        assert quota.snapshot().waiting == 1
        world.run_until_idle()
        assert last.result() == OK
        assert world.now == pytest.approx(61.0, rel=1e-3)
        with pytest.raises(Cancelled):
            queued.result()
    assert is_quiet(quota)


def test_of_several_limits_that_are_used_up_the_longest_counts() -> None:
    answer = told(200, RateLimit='"burst";r=0;t=10, "daily";r=0;t=40')
    with World(Arrivals(answer)) as world:
        quota = Quota()
        world.run(through(limiting(quota), world))
        world.run(through(limiting(quota), world))
        assert world.now == 40.0


# --- units from a store ---------------------------------------------------------------------------


class Granting:
    """A store that refuses once, and then grants all that is wanted."""

    def __init__(self) -> None:
        self.asked: list[Exchange] = []

    def answer(self, question: Exchange, /) -> object:
        self.asked.append(question)
        if len(self.asked) == 1:
            return Lease(granted=0, again_after=2.0)
        return Lease(granted=question.want)


def test_who_needs_units_from_a_store_asks_when_it_is_the_head() -> None:
    server, store = Arrivals(), Granting()
    quota = Quota([SharedLimit(WindowLimit(100, 60.0), store, "shop")])
    with World(server) as world:
        for number in range(3):
            world.spawn(through(limiting(quota), world, numbered(number)))
        world.run_until_idle()
    assert [(path, at) for at, path in server.seen] == [(f"/things/{number}", 2.0) for number in range(3)]
    assert [each.want for each in store.asked] == [1, 3]
    assert is_quiet(quota)


def test_a_deadline_before_the_next_question_is_not_waited_for() -> None:
    quota = Quota([SharedLimit(WindowLimit(100, 60.0), Granting(), "shop")])
    with World(Arrivals()) as world:
        with pytest.raises(DeadlineExceeded) as caught:
            world.run(through(limiting(quota), world, deadline=1.5))
        assert caught.value.retry_after == 2.0
        assert world.now == 0.0
    assert is_quiet(quota)
