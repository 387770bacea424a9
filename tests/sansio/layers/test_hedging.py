"""Hedging: which requests are sent twice, when, who pays, and that nothing is left of who has lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from offwire.context import Context
from offwire.errors import CallError, CircuitOpen, DeadlineExceeded, MaybeSent, NetworkError, NeverSent
from offwire.events import AttemptEnded, AttemptStarted, HedgeSent
from offwire.flow import Flow, Sleep
from offwire.hedge_policy import HedgePolicy
from offwire.layers.attempting import attempting
from offwire.layers.hedging import hedging
from offwire.layers.retrying import Hedged, Raced
from offwire.layers.shape import Forward
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.retry_policy import RetryPolicy
from offwire.safety import Safety
from offwire.state.connections import Slot
from offwire.state.limits import WindowLimit
from offwire.state.quota import Quota, Turn
from offwire.state.retry_budget import NoBudget, RatioBudget, RetryBudget, TokenBudget
from offwire.state.token_box import TokenBox, TokenPolicy
from offwire.testing import Answer, Drop, Refuse, Reply, Script, World
from tests.sansio.kit import GET, OK, Diary, context_in

FIXED = HedgePolicy(after=1.0)
TWICE = HedgePolicy(after=1.0, most=2)
RETRY = RetryPolicy(max_attempts=5, budget=NoBudget())
FIRST, SECOND, THIRD = (Response(200, content=each) for each in (b"first", b"second", b"third"))


def race(
    world: World,
    hedge: HedgePolicy = FIXED,
    *,
    budget: RetryBudget | None = None,
    quota: Quota | None = None,
    box: TokenBox | None = None,
    retry: RetryPolicy = RETRY,
    safety: Safety = Safety.SAFE,
    left: int = 4,
    context: Context | None = None,
    forward: Forward | None = None,
) -> Flow[Raced]:
    """One attempt with its hedges, straight to the wire."""
    queue = world.runtime.connections
    layer = hedging(hedge, retry, budget or RetryBudget(NoBudget()), queue=queue, quota=quota, box=box)
    context = context or context_in(world.runtime, safety)
    return layer(forward or attempting(queue, quota=quota), GET, context, left)


def answered(status: int = 200, after: float = 0.0, **headers: str) -> Answer:
    fields = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(Response(status, headers=fields, content=b"body"), after)


def content(raced: Raced) -> bytes:
    return raced.answer().content


# --- who wins --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "winner", "at", "hedges"),
    [
        pytest.param([Answer(FIRST, 0.5)], b"first", 0.5, 0, id="the first, before a hedge is due"),
        pytest.param([Answer(FIRST, 1.5), Answer(SECOND, 9.0)], b"first", 1.5, 1, id="the first, beside one"),
        pytest.param([Answer(FIRST, 9.0), Answer(SECOND, 0.2)], b"second", 1.2, 1, id="the hedge"),
        pytest.param(
            [Answer(FIRST, 9.0), Drop(0.3)], b"first", 9.0, 1, id="the first, since the hedge fails"
        ),
        pytest.param(
            [Drop(2.0), Answer(SECOND, 5.0)], b"second", 6.0, 1, id="the hedge, since the first fails"
        ),
        pytest.param([Answer(FIRST, 9.0), answered(503, 0.3)], b"first", 9.0, 1, id="a 503 does not decide"),
        pytest.param([Answer(FIRST, 9.0), answered(404, 0.3)], b"body", 1.3, 1, id="a 404 does"),
        pytest.param([Answer(FIRST, 9.0), answered(302, 0.3)], b"body", 1.3, 1, id="so does a redirect"),
    ],
)
def test_the_first_answer_that_is_good_counts(
    replies: list[Reply], winner: bytes, at: float, hedges: int
) -> None:
    world = World(Script(*replies))
    raced = world.run(race(world))
    assert (content(raced), world.now, raced.hedges) == (winner, at, hedges)
    assert len(world.requests) == 1 + hedges
    world.close()


@pytest.mark.parametrize(
    ("replies", "kind", "at"),
    [
        pytest.param([Drop(2.0), Refuse(2.0)], NeverSent, 3.0, id="what came last"),
        pytest.param([Refuse(2.0), Drop(2.0)], MaybeSent, 3.0, id="of its kind"),
        pytest.param([Drop(0.5)], MaybeSent, 0.5, id="alone, it is left to the retries"),
    ],
)
def test_where_all_fail_the_last_failure_is_handed_on(
    replies: list[Reply], kind: type[NetworkError], at: float
) -> None:
    world = World(Script(*replies))
    raced = world.run(race(world))
    with pytest.raises(kind):
        raced.answer()
    assert (world.now, raced.hedges) == (at, len(replies) - 1)


@pytest.mark.parametrize(
    ("replies", "wait"),
    [
        pytest.param([answered(503, 3.0, retry_after="7"), Drop(4.0)], "7", id="before what came last"),
        pytest.param(
            [answered(503, 3.0, retry_after="2"), answered(503, 4.0, retry_after="5")],
            "5",
            id="the longer one",
        ),
        pytest.param(
            [answered(503, 3.0, retry_after="9"), answered(503, 4.0, retry_after="5")], "9", id="still longer"
        ),
    ],
)
def test_where_all_fail_a_servers_wait_is_handed_on(replies: list[Reply], wait: str) -> None:
    world = World(Script(*replies))
    raced = world.run(race(world))
    assert raced.answer().headers["retry-after"] == wait


# --- when a hedge is sent --------------------------------------------------------------------------


def times_sent(diary: Diary) -> list[float]:
    return [each.at for each in diary.of(AttemptStarted)]


@pytest.mark.parametrize(
    ("hedge", "replies", "left", "expected"),
    [
        pytest.param(TWICE, [answered(after=9.0)] * 3, 4, [0.0, 1.0, 2.0], id="one after the other"),
        pytest.param(TWICE, [answered(after=9.0)] * 3, 1, [0.0, 1.0], id="as many as attempts are left"),
        pytest.param(TWICE, [answered(after=9.0)], 0, [0.0], id="none where none is left"),
        pytest.param(FIXED, [answered(after=9.0)] * 2, 4, [0.0, 1.0], id="as many as the policy says"),
        pytest.param(
            TWICE,
            [answered(after=9.0), Drop(0.25), answered()],
            4,
            [0.0, 1.0, 1.25],
            id="at once after a failure",
        ),
        pytest.param(
            TWICE, [Drop(1.5), answered(after=9.0), answered()], 4, [0.0, 1.0, 1.5], id="of the first as well"
        ),
        pytest.param(
            TWICE,
            [answered(after=9.0), answered(503, 0.25, retry_after="1")],
            4,
            [0.0, 1.0],
            id="none after the server has asked for a wait",
        ),
        pytest.param(TWICE, [answered(after=9.0), answered(429, 0.25)], 4, [0.0, 1.0], id="none after a 429"),
    ],
)
def test_when_a_hedge_is_sent(
    hedge: HedgePolicy, replies: list[Reply], left: int, expected: list[float]
) -> None:
    diary = Diary()
    world = World(Script(*replies))
    context = context_in(world.runtime, observers=(diary,))
    world.run(race(world, hedge, left=left, context=context))
    assert times_sent(diary) == expected
    assert [each.at for each in diary.of(HedgeSent)] == expected[1:]


@pytest.mark.parametrize(
    ("safety", "sent"),
    [
        (Safety.SAFE, 2),
        (Safety.IDEMPOTENT, 2),
        (Safety.KEYED, 2),
        (Safety.UNKNOWN, 1),
    ],
)
def test_only_what_may_be_repeated_is_sent_twice(safety: Safety, sent: int) -> None:
    world = World(Script(answered(after=5.0), answered(after=5.0)))
    world.run(race(world, safety=safety))
    assert len(world.requests) == sent
    assert len(set(world.requests)) == 1


def test_the_clock_runs_from_the_send_and_not_from_the_line() -> None:
    diary = Diary()
    world = World(Script(answered(after=3.0), answered(after=3.0), answered()), max_connections=2)
    taken = [world.runtime.connections.acquire(GET.url.origin) for _ in range(2)]

    def freeing() -> Flow[None]:
        yield Sleep(4.0)
        for slot in taken:
            assert isinstance(slot, Slot)
            world.runtime.connections.release(slot)

    world.spawn(freeing())
    context = context_in(world.runtime, observers=(diary,))
    world.run(race(world, context=context))
    assert times_sent(diary) == [4.0, 5.0]


def test_a_hedge_that_would_have_to_wait_for_a_connection_is_not_sent() -> None:
    """So none is sent later than it was decided, when the server may have asked for a wait."""
    diary = Diary()
    budget = RetryBudget(TokenBudget())
    world = World(Script(answered(500, 1.5, retry_after="7")), max_connections=1)
    context = context_in(world.runtime, observers=(diary,))
    world.run(race(world, TWICE, budget=budget, context=context))
    assert times_sent(diary) == [0.0]
    assert budget.snapshot().tokens == 500


# --- who pays --------------------------------------------------------------------------------------


def test_a_hedge_costs_what_a_retry_costs_and_a_success_does_not_give_it_back() -> None:
    budget = RetryBudget(TokenBudget())
    world = World(Script(answered(after=9.0), answered()))
    world.run(race(world, budget=budget))
    assert budget.snapshot().tokens == 486


def test_without_budget_there_is_no_hedge() -> None:
    budget = RetryBudget(TokenBudget(), tokens=13)
    world = World(Script(Answer(FIRST, 9.0)))
    assert content(world.run(race(world, TWICE, budget=budget))) == b"first"
    assert (world.now, budget.snapshot().tokens) == (9.0, 13)


def test_without_a_permit_there_is_no_hedge_and_nothing_is_paid() -> None:
    quota = Quota([WindowLimit(1, 60.0)])
    budget = RetryBudget(TokenBudget())
    world = World(Script(Answer(FIRST, 9.0)))
    assert content(world.run(race(world, budget=budget, quota=quota))) == b"first"
    assert budget.snapshot().tokens == 500
    assert quota.snapshot().in_flight == 0


def test_a_hedge_takes_a_permit_and_the_losers_counts_as_sent() -> None:
    quota = Quota([WindowLimit(2, 60.0)])
    world = World(Script(answered(after=9.0), Answer(SECOND, 0.1)))
    assert content(world.run(race(world, quota=quota))) == b"second"
    snapshot = quota.snapshot()
    assert (snapshot.in_flight, snapshot.waiting) == (0, 0)
    assert isinstance(quota.acquire(world.now), Turn), "both units are used up"


def test_prices_count() -> None:
    quota = Quota([WindowLimit(5, 60.0)])
    world = World(Script(answered(after=9.0)))
    queue = world.runtime.connections
    priced = {"quota": quota, "price": lambda _operation, _request: 3.0}
    layer = hedging(FIXED, RETRY, RetryBudget(NoBudget()), queue=queue, **priced)  # type: ignore[arg-type]
    forward = attempting(queue, **priced)  # type: ignore[arg-type]
    assert world.run(layer(forward, GET, context_in(world.runtime), 4)).hedges == 0


def test_without_a_token_at_hand_there_is_no_hedge() -> None:
    world = World(Script(Answer(FIRST, 9.0)))
    assert content(world.run(race(world, box=TokenBox(TokenPolicy())))) == b"first"
    assert len(world.requests) == 1


def test_grpcs_budget_hears_of_each_failure_once() -> None:
    """What is handed on is told by the decision on it."""
    budget = RetryBudget(RatioBudget(max_tokens=10))
    world = World(Script(Drop(2.0), Drop(2.0)))
    world.run(race(world, budget=budget))
    assert budget.snapshot().tokens == 9
    world = World(Script(answered(503, 2.0), answered(after=2.0)))
    world.run(race(world, budget=budget))
    assert budget.snapshot().tokens == 8


# --- deadlines, cancels, and what goes wrong on the way ---------------------------------------------


@pytest.mark.parametrize("deadline", [0.5, 1.0])
def test_no_hedge_is_sent_at_the_deadline_or_later(deadline: float) -> None:
    world = World(Script(answered(after=9.0)))
    context = context_in(world.runtime, deadline=deadline)
    raced = world.run(race(world, TWICE, context=context))
    assert isinstance(raced.outcome, NetworkError)
    assert (world.now, len(world.requests)) == (deadline, 1)


@pytest.mark.parametrize(("at", "sent"), [(0.5, 1), (1.5, 2), (2.5, 3)])
def test_a_cancel_leaves_nothing_behind(at: float, sent: int) -> None:
    quota = Quota([WindowLimit(100, 60.0)])
    diary = Diary()
    with World(Script(*[answered(after=9.0)] * 3)) as world:
        context = context_in(world.runtime, observers=(diary,))
        task = world.spawn(race(world, TWICE, quota=quota, context=context))
        world.advance(at)
        task.cancel()
        assert task.done
        assert world.runtime.connections.snapshot().in_use == 0
        assert quota.snapshot().in_flight == 0
        assert len(diary.of(AttemptStarted)) == len(diary.of(AttemptEnded)) == sent
        world.run_until_idle()
        assert world.now == at


def test_a_loser_is_closed_in_the_same_step_and_says_nothing() -> None:
    diary = Diary()
    world = World(Script(answered(after=9.0), answered(after=0.25)))
    world.run(race(world, context=context_in(world.runtime, observers=(diary,))))
    ends = [each for each in diary if isinstance(each, AttemptEnded)]
    assert [(each.at, each.attempt, each.status, each.error) for each in ends] == [
        (1.25, 2, 200, None),
        (1.25, 1, None, "Cancelled"),
    ]


class Broken(Exception):
    pass


def forward_of(*ends: Callable[[], Response]) -> Forward:
    """Attempts that are sent, take two seconds each, and end as these say."""
    left = list(ends)

    def forward(_request: Request, context: Context) -> Flow[Response]:
        end = left.pop(0)
        context.attempts += 1
        yield Sleep(context.now.monotonic + 2.0)
        return end()

    return forward


def told_of(*attempts: tuple[Response, float, float], times: list[float]) -> Forward:
    """Attempts with their answers, when these come, and until when they are told of."""
    left = list(attempts)

    def forward(_request: Request, context: Context) -> Flow[Response]:
        end, comes, told = left.pop(0)
        times.append(context.now.monotonic)
        context.attempts += 1
        yield Sleep(comes)
        context.answered()
        yield Sleep(told)
        return end

    return forward


def test_none_is_sent_while_an_answer_is_being_told_of() -> None:
    """As to the store of a shared limit, which may take long."""
    world, times = World(Script()), list[float]()
    raced = world.run(race(world, forward=told_of((OK, 0.5, 5.0), times=times)))
    assert (raced.answer(), times) == (OK, [0.0])


def test_after_an_answer_that_does_not_decide_the_next_one_is_sent_at_once() -> None:
    world, times = World(Script()), list[float]()
    forward = told_of((Response(503), 1.5, 6.0), (OK, 20.0, 20.0), (OK, 6.5, 6.5), times=times)
    raced = world.run(race(world, TWICE, forward=forward))
    assert (raced.answer(), times, world.now) == (OK, [0.0, 1.0, 6.0], 6.5)


def raising(error: Exception) -> Callable[[], Response]:
    def raises() -> Response:
        raise error

    return raises


def test_what_is_no_fault_of_the_call_comes_out() -> None:
    world = World(Script())
    with pytest.raises(Broken):
        world.run(race(world, forward=forward_of(raising(Broken()), lambda: OK)))
    assert world.now == 2.0


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        pytest.param(MaybeSent(message=""), CircuitOpen(message="", origin=""), MaybeSent, id="it was sent"),
        pytest.param(CircuitOpen(message="", origin=""), MaybeSent(message=""), MaybeSent, id="so was this"),
        pytest.param(
            DeadlineExceeded(message=""), CircuitOpen(message="", origin=""), CircuitOpen, id="neither was"
        ),
    ],
)
def test_what_was_not_sent_is_handed_on_only_where_nothing_was(
    first: CallError, second: CallError, kind: type[CallError]
) -> None:
    world = World(Script())
    raced = world.run(race(world, forward=forward_of(raising(first), raising(second))))
    assert isinstance(raced.outcome, kind)


def test_what_cannot_be_sent_alone_ends_at_once() -> None:
    world = World(Script())

    def refusing(_request: Request, _context: Context) -> Flow[Response]:
        yield from ()
        raise CircuitOpen(message="", origin="")

    raced = world.run(race(world, TWICE, forward=refusing))
    assert isinstance(raced.outcome, CircuitOpen)
    assert (raced.hedges, world.now) == (0, 0.0)


# --- what is learned -------------------------------------------------------------------------------


def learning(world: World, enough: int) -> Hedged:
    return hedging(
        HedgePolicy(learn_from=enough), RETRY, RetryBudget(NoBudget()), queue=world.runtime.connections
    )


def timed(world: World, layer: Hedged, operation: str = "Things.get") -> Raced:
    context = context_in(world.runtime)
    context.operation = operation
    return world.run(layer(attempting(world.runtime.connections), GET, context, 4))


def test_a_quantile_is_learned_for_each_operation() -> None:
    takes = [0.1] * 19 + [0.9]
    world = World(Script(*[answered(after=each) for each in takes], answered(after=9.0), *[answered()] * 3))
    layer = learning(world, 20)
    assert [timed(world, layer).hedges for _ in takes] == [0] * 20
    before = world.now
    assert timed(world, layer).hedges == 1
    assert world.now - before == pytest.approx(0.1, rel=0.05)
    assert timed(world, layer, "Things.other").hedges == 0, "of which nothing is known"


def test_failures_teach_nothing() -> None:
    world = World(Script(*[answered(500)] * 3, answered(after=0.5), answered(after=9.0), answered()))
    layer = learning(world, 1)
    for _ in range(3):
        assert timed(world, layer).answer().status == 500
    timed(world, layer)
    before = world.now
    assert timed(world, layer).hedges == 1
    assert world.now - before == pytest.approx(0.5, rel=0.05)
