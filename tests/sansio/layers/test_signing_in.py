"""The exchange of a sign-in: what its steps send, and how long they may take."""

from __future__ import annotations

import pytest

from offwire.errors import DeadlineExceeded, MaybeSent, NotFound, SignInFailed
from offwire.events import TokenNotKept
from offwire.flow import Send
from offwire.layers.attempting import attempting
from offwire.layers.signing_in import EARLY_SIGN_IN_SECONDS, SIGN_IN_SECONDS, SignInExchange
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.runtime import tell_all
from offwire.safety import Safety
from offwire.state.connections import Slot
from offwire.testing import Answer, Driven, Drop, Script, Stall, World
from offwire.timeouts import Timeouts
from tests.sansio.kit import Diary, context_in, new_runtime, sending

STEP = Call.post("/token", returns=str)


def addressed(request: Request) -> Request:
    return request.with_url(Request("GET", f"https://api.test{request.url.text}").url)


@pytest.mark.parametrize(
    ("deadline", "early", "shielded", "ends", "kind"),
    [
        pytest.param(None, False, False, 100.0 + SIGN_IN_SECONDS, SignInFailed, id="its own time"),
        pytest.param(110.0, False, False, 110.0, DeadlineExceeded, id="the call's time, if that is less"),
        pytest.param(110.0, False, True, 110.0, DeadlineExceeded, id="also where it will use something up"),
        pytest.param(None, True, False, 100.0 + EARLY_SIGN_IN_SECONDS, SignInFailed, id="early"),
        pytest.param(104.0, True, False, 102.0, DeadlineExceeded, id="early, half of what is left"),
    ],
)
def test_how_long_another_program_may_be_waited_for(
    deadline: float | None, early: bool, shielded: bool, ends: float, kind: type[Exception]
) -> None:
    runtime = new_runtime()
    runtime.now.advance(100.0, 0.0)
    outer = context_in(runtime, deadline=deadline)
    exchange = SignInExchange(sending, addressed, outer, early=early, shielded=shielded)
    exchange.check_wait(ends - 0.1)
    with pytest.raises(kind, match="another program"):
        exchange.check_wait(ends)


def test_who_uses_something_up_may_be_waited_for_without_end_and_later_for_its_own_time() -> None:
    runtime = new_runtime()
    exchange = SignInExchange(sending, addressed, context_in(runtime), early=False, shielded=True)
    exchange.check_wait(1e9)
    driven = Driven(exchange(STEP))
    driven.expect(Send)
    exchange._has_begun = True
    with pytest.raises(SignInFailed, match="too long"):
        exchange.check_wait(SIGN_IN_SECONDS)


@pytest.mark.parametrize(
    ("deadline", "early", "shielded", "ends"),
    [
        pytest.param(None, False, False, 100.0 + SIGN_IN_SECONDS, id="its own time"),
        pytest.param(110.0, False, False, 110.0, id="the call's time, if that is less"),
        pytest.param(900.0, False, False, 100.0 + SIGN_IN_SECONDS, id="its own, if that is"),
        pytest.param(110.0, False, True, 100.0 + SIGN_IN_SECONDS, id="its own, where it uses something up"),
        pytest.param(None, True, False, 100.0 + EARLY_SIGN_IN_SECONDS, id="early"),
        pytest.param(900.0, True, False, 100.0 + EARLY_SIGN_IN_SECONDS, id="early, with time left"),
        pytest.param(104.0, True, False, 102.0, id="early, half of what is left"),
        pytest.param(None, True, True, 100.0 + SIGN_IN_SECONDS, id="early, but it uses something up"),
    ],
)
def test_how_long_a_sign_in_may_take(
    deadline: float | None, early: bool, shielded: bool, ends: float
) -> None:
    runtime = new_runtime()
    runtime.now.advance(100.0, 0.0)
    outer = context_in(runtime, deadline=deadline, timeouts=Timeouts(read=7.0))
    exchange = SignInExchange(sending, addressed, outer, early=early, shielded=shielded)
    assert exchange.now is runtime.now
    driven = Driven(exchange(STEP))
    send = driven.expect(Send)
    assert (send.deadline, send.shielded, send.timeouts) == (ends, shielded, Timeouts(read=7.0))
    assert send.request.url.text == "https://api.test/token"
    driven.answer(Response(200, text="t"))
    assert driven.result == "t"


@pytest.mark.parametrize(
    ("deadline", "kind", "message"),
    [
        pytest.param(5.0, DeadlineExceeded, "the deadline passed during an attempt", id="the call's"),
        pytest.param(90.0, SignInFailed, "the sign-in took too long", id="its own"),
    ],
)
def test_whose_time_is_up_decides_what_it_is(deadline: float, kind: type[Exception], message: str) -> None:
    with World(Script(Stall())) as world:
        outer = context_in(world.runtime, deadline=deadline)
        exchange = SignInExchange(sending, addressed, outer, early=False, shielded=False)
        with pytest.raises(kind, match=message):
            world.run(exchange(STEP))
        assert world.now == min(deadline, SIGN_IN_SECONDS)


@pytest.mark.parametrize(
    ("deadline", "kind", "ends"),
    [
        pytest.param(4.0, DeadlineExceeded, 2.0, id="half of the call's"),
        pytest.param(90.0, SignInFailed, EARLY_SIGN_IN_SECONDS, id="its own"),
        pytest.param(None, SignInFailed, EARLY_SIGN_IN_SECONDS, id="its own, where the call has no end"),
    ],
)
def test_so_it_is_with_an_early_one(deadline: float | None, kind: type[Exception], ends: float) -> None:
    with World(Script(Stall())) as world:
        outer = context_in(world.runtime, deadline=deadline)
        exchange = SignInExchange(sending, addressed, outer, early=True, shielded=False)
        with pytest.raises(kind):
            world.run(exchange(STEP))
        assert world.now == ends


def test_a_step_is_a_call_of_its_own() -> None:
    diary = Diary()
    with World(Script(Answer(Response(404)))) as world:
        outer = context_in(world.runtime, observers=(diary,))
        exchange = SignInExchange(sending, addressed, outer, early=False, shielded=False)
        with pytest.raises(NotFound) as raised:
            world.run(exchange(STEP))
    error = raised.value
    assert (error.operation, error.method, error.url, error.attempts) == (
        "Things.get",
        "POST",
        "https://api.test/token",
        1,
    )
    assert (outer.attempts, diary) == (0, [])


@pytest.mark.parametrize(("safety", "known"), [(Safety.UNKNOWN, None), (Safety.IDEMPOTENT, True)])
def test_a_step_has_the_safety_that_its_call_declares(safety: Safety, known: bool | None) -> None:
    with World(Script(Drop())) as world:
        outer = context_in(world.runtime, Safety.SAFE)
        exchange = SignInExchange(sending, addressed, outer, early=False, shielded=False)
        with pytest.raises(MaybeSent) as raised:
            world.run(exchange(Call.post("/token", returns=str, safety=safety)))
    assert raised.value.retry_safe is known


def test_that_a_token_is_not_kept_is_told_or_else_warned_of() -> None:
    runtime, diary = new_runtime(), Diary()
    runtime.now.advance(7.0, 0.0)
    for observers in ((diary,), ()):
        outer = context_in(runtime, observers=observers)
        exchange = SignInExchange(sending, addressed, outer, early=False, shielded=False)
        exchange.token_not_kept("the disk is full")
    with pytest.warns(RuntimeWarning, match="a token could not be kept: the disk is full"):
        tell_all(runtime.take_told())
    assert diary == [TokenNotKept(at=7.0, call=1, error="the disk is full")]


def test_what_is_shielded_heeds_the_calls_deadline_until_it_is_sent() -> None:
    with World(Script(Answer(Response(200, text="t"), after=20.0)), max_connections=1) as world:
        connections = world.runtime.connections
        taken = connections.acquire("https://other.test:443")
        assert isinstance(taken, Slot)
        outer = context_in(world.runtime, deadline=5.0)
        waiting, patient = (
            world.spawn(
                SignInExchange(attempting(connections), addressed, each, early=False, shielded=True)(STEP)
            )
            for each in (outer, context_in(world.runtime, deadline=10.0))
        )
        world.advance(6.0)
        assert isinstance(waiting.error, DeadlineExceeded)
        connections.release(taken)
        world.run_until_idle()
        assert (patient.result(), world.now) == ("t", 26.0)


def test_what_has_begun_heeds_its_own_limit_in_all_its_steps() -> None:
    with World(Script(*[Answer(Response(200, text="t"), after=4.0)] * 2)) as world:
        outer = context_in(world.runtime, deadline=5.0)
        exchange = SignInExchange(sending, addressed, outer, early=False, shielded=True)
        assert world.run(exchange(STEP)) == "t"
        world.advance(3.0)
        assert world.run(exchange(STEP)) == "t"
        assert world.now == 11.0
