"""Retries: what is sent again and when, what ends them, and that an outage is not multiplied."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.backoff import Constant, Jitter
from offwire.context import Context
from offwire.errors import (
    CallError,
    CircuitOpen,
    DeadlineExceeded,
    MaybeSent,
    NetworkError,
    NeverSent,
    RateLimited,
    ServerError,
)
from offwire.events import RetryScheduled
from offwire.flow import Flow
from offwire.layers.retrying import Raced, retrying
from offwire.layers.shape import Forward, GoingOn, Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.retry_policy import RetryPolicy
from offwire.safety import Safety
from offwire.state.retry_budget import NoBudget, RetryBudget, TokenBudget
from offwire.state.retry_window import budget_of
from offwire.testing import Answer, Drop, Refuse, Reply, Script, Truncate, World
from offwire.time import Now
from tests.sansio.kit import GET, OK, POST, Diary, context_in, sending, through

ONE_SECOND = Constant(1.0, jitter=Jitter.NONE)
STEADY = RetryPolicy(backoff=ONE_SECOND, spread=0.0, budget=NoBudget())


def layer_of(policy: RetryPolicy = STEADY, budget: RetryBudget | None = None) -> Middleware:
    return retrying(policy, budget or budget_of(policy.budget, Now()))


def answered(status: int, **headers: str) -> Answer:
    return Answer(Response(status, headers={name.replace("_", "-"): text for name, text in headers.items()}))


# --- what is sent again ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("safety", "first", "again"),
    [
        pytest.param(Safety.UNKNOWN, Refuse(), True, id="never sent, unknown"),
        pytest.param(Safety.UNKNOWN, Drop(), False, id="maybe sent, unknown"),
        pytest.param(Safety.UNKNOWN, Truncate(OK), False, id="cut off, unknown"),
        pytest.param(Safety.UNKNOWN, answered(500), False, id="500, unknown"),
        pytest.param(Safety.UNKNOWN, answered(503), False, id="503, unknown"),
        pytest.param(Safety.UNKNOWN, answered(425), True, id="425, unknown"),
        pytest.param(Safety.UNKNOWN, answered(429), True, id="429, unknown"),
        pytest.param(Safety.SAFE, Refuse(), True, id="never sent, safe"),
        pytest.param(Safety.SAFE, Drop(), True, id="maybe sent, safe"),
        pytest.param(Safety.SAFE, Truncate(OK), True, id="cut off, safe"),
        pytest.param(Safety.SAFE, answered(408), True, id="408, safe"),
        pytest.param(Safety.SAFE, answered(404), False, id="404, safe"),
        pytest.param(Safety.SAFE, answered(501), False, id="501, safe"),
        pytest.param(Safety.IDEMPOTENT, Drop(), True, id="maybe sent, idempotent"),
        pytest.param(Safety.IDEMPOTENT, answered(504), True, id="504, idempotent"),
        pytest.param(Safety.IDEMPOTENT, answered(409), False, id="409, idempotent"),
        pytest.param(Safety.KEYED, Drop(), True, id="maybe sent, keyed"),
        pytest.param(Safety.KEYED, answered(409), True, id="409, keyed"),
        pytest.param(Safety.KEYED, answered(422), False, id="422, keyed"),
    ],
)
def test_only_what_can_do_no_harm_is_sent_again(safety: Safety, first: Reply, again: bool) -> None:
    script = Script(first, Answer(OK))
    with World(script) as world:
        request = POST if safety is Safety.UNKNOWN else GET
        task = world.spawn(through(layer_of(), world, request, safety))
        world.run_until_idle()
        assert script.remaining == (0 if again else 1)
        assert world.now == (1.0 if again else 0.0)
        if again:
            assert task.result() == OK
        elif isinstance(first, Answer):
            assert task.result().status == first.response.status
        else:
            with pytest.raises(MaybeSent):
                task.result()


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        pytest.param([Drop(), Refuse(), Drop()], MaybeSent, id="the last error"),
        pytest.param([Refuse(), Drop(), Refuse()], NeverSent, id="of its kind"),
    ],
)
def test_a_call_ends_with_the_last_error(replies: list[Reply], kind: type[NetworkError]) -> None:
    with World(Script(*replies)) as world, pytest.raises(kind):
        world.run(through(layer_of(), world))
    assert len(world.requests) == 3


def test_a_call_ends_with_the_last_answer() -> None:
    with World(Script(Drop(), answered(500), answered(503))) as world:
        assert world.run(through(layer_of(), world)).status == 503


def test_a_policy_that_knows_codes_reads_them() -> None:
    slow_down = Answer(Response(400, json={"code": "slow_down"}))
    policy = RetryPolicy(backoff=ONE_SECOND, throttle_codes=["slow_down"])
    with World(Script(slow_down, Answer(Response(400)))) as world:
        response = world.run(through(layer_of(policy), world, POST, Safety.UNKNOWN))
        assert (response.status, response.content, len(world.requests)) == (400, b"", 2)


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry_After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry_After": "Thu, 01 Jan 2026 00:00:09 GMT"}, 9.0, id="date"),
        pytest.param({"retry_after_ms": "2500"}, 2.5, id="milliseconds"),
        pytest.param({"Retry_After": "0"}, 1.0, id="no wait: our own"),
        pytest.param({"Retry_After": "soon"}, 1.0, id="no number: our own"),
    ],
)
def test_the_servers_wait_is_kept(headers: dict[str, str], seconds: float) -> None:
    with World(Script(answered(503, **headers), Answer(OK))) as world:
        world.run(through(layer_of(), world))
        assert world.now == seconds


@pytest.mark.parametrize("seed", range(20))
def test_what_spreads_a_servers_wait_makes_it_longer_only(seed: int) -> None:
    with World(Script(answered(429, Retry_After="30"), Answer(OK)), seed=seed) as world:
        world.run(through(layer_of(RetryPolicy()), world))
        assert 30.0 <= world.now <= 31.0


def test_too_long_a_wait_ends_the_call_at_once() -> None:
    with World(Script(answered(503, Retry_After="121"))) as world:
        assert world.run(through(layer_of(), world)).status == 503
        assert world.now == 0.0


def test_each_wait_is_accounted_for_and_told() -> None:
    diary = Diary()
    with World(Script(Drop(), answered(503, Retry_After="4"), Answer(OK))) as world:
        context = context_in(world.runtime, observers=(diary,))
        world.run(through(layer_of(), world, context=context))
        assert (context.attempts, context.waited) == (3, 5.0)
    assert diary.of(RetryScheduled) == [
        RetryScheduled(at=0.0, call=1, reason="MaybeSent", wait=1.0),
        RetryScheduled(at=1.0, call=1, reason="503", wait=4.0),
    ]


# --- the deadline ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "deadline", "cause", "wait"),
    [
        pytest.param(Drop(), 1.0, MaybeSent, 1.0, id="our own wait, an error"),
        pytest.param(answered(500), 0.5, ServerError, 1.0, id="our own wait, an answer"),
        pytest.param(answered(429, Retry_After="60"), 60.0, RateLimited, 60.0, id="the server's wait"),
    ],
)
def test_a_wait_that_would_pass_the_deadline_is_not_begun(
    first: Reply, deadline: float, cause: type[CallError], wait: float
) -> None:
    with World(Script(first)) as world, pytest.raises(DeadlineExceeded) as raised:
        world.run(through(layer_of(), world, deadline=deadline))
    assert world.now == 0.0
    assert type(raised.value.cause) is cause
    assert raised.value.retry_after == wait


def test_a_wait_that_ends_before_the_deadline_is_made() -> None:
    with World(Script(Drop(), Answer(OK))) as world:
        assert world.run(through(layer_of(), world, deadline=1.001)) == OK


def failing_after(first: Forward, error: CallError) -> Forward:
    """Send once, and fail from then on without sending."""

    def forward(request: Request, context: Context) -> Flow[Response]:
        if context.attempts:
            raise error
        return (yield from first(request, context))

    return forward


def test_a_deadline_that_passes_in_a_later_attempt_has_the_earlier_one_as_its_cause() -> None:
    late = DeadlineExceeded(message="the deadline passed while waiting for the quota", retry_after=9.0)
    with World(Script(answered(502))) as world, pytest.raises(DeadlineExceeded) as raised:
        world.run(layer_of()(failing_after(sending, late), GET, context_in(world.runtime)))
    assert raised.value.message == late.message
    assert raised.value.retry_after == 9.0
    assert isinstance(raised.value.cause, ServerError)
    assert raised.value.cause.status == 502


def test_a_deadline_that_passes_in_the_first_attempt_has_no_cause() -> None:
    with World(Script()) as world, pytest.raises(DeadlineExceeded) as raised:
        world.run(through(layer_of(), world, deadline=0.0))
    assert raised.value.cause is None


# --- the circuit ----------------------------------------------------------------------------------


def test_an_open_circuit_is_not_retried() -> None:
    def forward(request: Request, context: Context) -> Flow[Response]:
        raise CircuitOpen(message="open", retry_after=30.0)

    with World(Script()) as world, pytest.raises(CircuitOpen):
        world.run(layer_of()(forward, GET, context_in(world.runtime)))
    assert world.now == 0.0


def test_a_circuit_that_opens_between_attempts_leaves_the_last_answer() -> None:
    forward = failing_after(sending, CircuitOpen(message="open"))
    with World(Script(answered(502))) as world:
        assert world.run(layer_of()(forward, GET, context_in(world.runtime))).status == 502
    with World(Script(Drop())) as world, pytest.raises(MaybeSent):
        world.run(layer_of()(forward, GET, context_in(world.runtime)))


# --- the budget -----------------------------------------------------------------------------------


def down(request: Request, now: Now) -> Reply:
    return Answer(Response(503))


def test_an_outage_is_multiplied_by_next_to_nothing() -> None:
    budget = RetryBudget(TokenBudget())
    layer = layer_of(RetryPolicy(), budget)
    with World(down, max_connections=None, latency=0.1) as world:
        tasks = [world.spawn(through(layer, world)) for _ in range(1000)]
        world.run_until_idle()
        assert {task.result().status for task in tasks} == {503}
        assert len(world.requests) == 1000 + 35
    assert budget.snapshot().tokens == 500 - 35 * 14


def test_a_success_gives_back_what_its_last_retry_cost() -> None:
    budget = RetryBudget(TokenBudget(), tokens=100)
    with World(Script(Drop(), answered(500), Answer(OK), Answer(OK), answered(404))) as world:
        layer = layer_of(STEADY, budget)
        world.run(through(layer, world))
        assert budget.snapshot().tokens == 100 - 14
        world.run(through(layer, world))
        assert budget.snapshot().tokens == 100 - 14 + 1
        world.run(through(layer, world))
        assert budget.snapshot().tokens == 100 - 14 + 1


def test_a_call_without_budget_fails_at_once_or_waits_first_where_the_policy_says_so() -> None:
    for waits, seconds in ((False, 0.0), (True, 1.0)):
        policy = RetryPolicy(backoff=ONE_SECOND, wait_when_broke=waits)
        with World(Script(answered(500))) as world:
            layer = layer_of(policy, RetryBudget(TokenBudget(), tokens=0))
            assert world.run(through(layer, world)).status == 500
            assert world.now == seconds


def test_a_cancel_in_a_wait_leaves_nothing_behind() -> None:
    with World(Script(Drop())) as world:
        task = world.spawn(through(layer_of(), world))
        world.advance(0.5)
        task.cancel()
        world.run_until_idle()
        assert task.cancelled
        assert len(world.requests) == 1


# --- what else leads to another send --------------------------------------------------------------


def going_on(seen: list[int]) -> GoingOn:
    """Notes the status of the answer that it is handed, and sends the same request again."""

    def goes_on(forward: Forward, request: Request, response: Response, context: Context) -> Flow[Response]:
        seen.append(response.status)
        return (yield from forward(request, context))

    return goes_on


def test_a_401_may_be_answered_with_another_token_and_what_comes_of_it_is_retried() -> None:
    seen: list[int] = []
    policy = RetryPolicy(backoff=ONE_SECOND)
    layer = retrying(policy, budget_of(policy.budget, Now()), renewed=going_on(seen))
    replies: list[Reply] = [Answer(Response(401)), Drop(), Answer(Response(401)), Answer(OK)]
    with World(Script(*replies)) as world:
        assert world.run(through(layer, world)) == OK
        assert (len(world.requests), world.now) == (4, 1.0)
    assert seen == [401, 401]


def test_a_redirect_is_followed_by_requests_that_are_retried_and_not_followed_again() -> None:
    seen: list[int] = []
    policy = RetryPolicy(backoff=ONE_SECOND)
    layer = retrying(policy, budget_of(policy.budget, Now()), redirected=going_on(seen))
    replies = [Answer(Response(302)), Answer(Response(503)), Answer(Response(307))]
    with World(Script(*replies)) as world:
        assert world.run(through(layer, world)).status == 307
        assert (len(world.requests), world.now) == (3, 1.0)
    assert seen == [302]


@pytest.mark.parametrize("status", [301, 401])
def test_without_either_the_answer_is_handed_on(status: int) -> None:
    policy = RetryPolicy.never()
    with World(Script(Answer(Response(status)))) as world:
        assert world.run(through(retrying(policy, budget_of(policy.budget, Now())), world)).status == status


@pytest.mark.parametrize(
    ("first", "sent"),
    [
        pytest.param(OK, 0, id="done"),
        pytest.param(Response(404), 0, id="not worth a retry"),
        pytest.param(Response(503), 1, id="worth one"),
        pytest.param(MaybeSent(message="broken"), 1, id="broken"),
    ],
)
def test_an_attempt_that_was_made_already_is_the_first_one(first: Response | NetworkError, sent: int) -> None:
    policy = RetryPolicy(backoff=ONE_SECOND, max_attempts=2)
    layer = retrying(policy, budget_of(policy.budget, Now()))
    with World(Script(Answer(Response(503)))) as world:
        response = world.run(layer(sending, GET, context_in(world.runtime), first))
        assert (len(world.requests), world.now) == (sent, float(sent))
    assert response is first if not sent else response.status == 503


# --- hedges -------------------------------------------------------------------------------------------


def test_each_request_of_a_hedged_attempt_counts_as_an_attempt() -> None:
    asked: list[int] = []
    replies = iter((Raced(MaybeSent(message="broken"), 1), Raced(Response(503), 0), Raced(OK, 0)))

    def hedged(_forward: Forward, _request: Request, _context: Context, left: int) -> Flow[Raced]:
        asked.append(left)
        yield from ()
        return next(replies)

    world = World(Script())
    policy = evolve(STEADY, max_attempts=4)
    flow = retrying(policy, budget_of(policy.budget, Now()), hedged=hedged)
    assert world.run(through(flow, world)) is OK
    assert asked == [3, 1, 0]
    assert world.now == 2.0
