"""Connections: taken in order, given back on every exit, and each attempt told from begin to end."""

from __future__ import annotations

import pytest

from offwire.context import Context
from offwire.errors import DeadlineExceeded, MaybeSent
from offwire.events import AttemptEnded, AttemptStarted, Event
from offwire.flow import Flow, Send, Wait
from offwire.layers.connecting import Recalled, connecting, sending
from offwire.layers.shape import nested
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.state.quota import Quota
from offwire.testing import Answer, Driven, Drop, Reply, Script, World
from offwire.timeouts import Timeouts
from tests.sansio.kit import GET, OK, Diary, context_in, new_runtime


def held(runtime: Runtime, context: Context, quota: Quota | None = None) -> Flow[Response]:
    return nested([connecting(runtime.connections, quota)], sending)(GET, context)


def in_use(runtime: Runtime) -> tuple[int, int]:
    seen = runtime.connections.snapshot()
    return (seen.in_use, seen.waiting)


# --- sending --------------------------------------------------------------------------------------


def test_the_effect_says_all_that_the_driver_needs() -> None:
    timeouts = Timeouts(read=3.0)
    context = context_in(new_runtime(), deadline=9.0, timeouts=timeouts, shielded=True)
    driven = Driven(sending(GET, context))
    assert driven.effect == Send(GET, timeouts, 9.0, True)
    assert context.attempts == 1
    driven.answer(OK)
    assert driven.result is OK


def test_nothing_is_sent_at_the_deadline() -> None:
    runtime = new_runtime()
    runtime.now.advance(9.0, 0.0)
    context = context_in(runtime, deadline=9.0)
    driven = Driven(sending(GET, context))
    with pytest.raises(DeadlineExceeded, match="before the request was sent"):
        _ = driven.result
    assert context.attempts == 0


STARTED = AttemptStarted(at=0.0, call=1, attempt=1, method="GET", url="https://api.test/things?key=***")


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        pytest.param(Answer(Response(404), after=2.0), 404, None, id="answered"),
        pytest.param(Drop(after=2.0), None, "MaybeSent", id="broken"),
    ],
)
def test_an_attempt_is_told_when_it_starts_and_when_it_ends(
    reply: Reply, status: int | None, error: str | None
) -> None:
    diary = Diary()
    with World(Script(reply)) as world:
        context = context_in(world.runtime, observers=(diary,))
        task = world.spawn(sending(Request("GET", "https://api.test/things?key=open-sesame"), context))
        world.run_until_idle()
        assert task.done
    assert diary == [
        STARTED,
        AttemptEnded(at=2.0, call=1, attempt=1, status=status, error=error, elapsed=2.0),
    ]


def test_a_cancelled_attempt_is_told_to_have_ended() -> None:
    diary = Diary()
    runtime = new_runtime()
    driven = Driven(sending(GET, context_in(runtime, observers=(diary,))), runtime)
    driven.close()
    expected: list[type[Event]] = [AttemptStarted, AttemptEnded]
    assert [type(each) for each in diary] == expected
    ended = diary[1]
    assert isinstance(ended, AttemptEnded)
    assert (ended.status, ended.error) == (None, "Cancelled")


# --- the slot -------------------------------------------------------------------------------------


def test_a_slot_is_held_for_as_long_as_the_exchange_takes() -> None:
    runtime = new_runtime(1)
    driven = Driven(held(runtime, context_in(runtime)))
    assert in_use(runtime) == (1, 0)
    driven.answer(OK)
    assert in_use(runtime) == (0, 0)


def test_a_slot_comes_back_after_an_error_and_after_a_cancel() -> None:
    runtime = new_runtime(1)
    failed, cancelled = Driven(held(runtime, context_in(runtime))), None
    failed.fail(MaybeSent(message="broken"))
    assert in_use(runtime) == (0, 0)
    cancelled = Driven(held(runtime, context_in(runtime)))
    cancelled.close()
    assert in_use(runtime) == (0, 0)


def test_calls_get_their_connections_in_order() -> None:
    runtime = new_runtime(1)
    first, second, third = (Driven(held(runtime, context_in(runtime))) for _ in range(3))
    first.expect(Send)
    assert (second.expect(Wait).until, third.expect(Wait).until) == (None, None)
    assert in_use(runtime) == (1, 2)
    first.answer(OK)
    second.answer()
    third.answer()
    second.expect(Send)
    third.expect(Wait)
    second.answer(OK)
    third.answer()
    third.answer(OK)
    assert in_use(runtime) == (0, 0)


def test_a_cancel_in_line_leaves_nothing_also_after_the_wake() -> None:
    runtime = new_runtime(1)
    first, second, third = (Driven(held(runtime, context_in(runtime))) for _ in range(3))
    first.answer(OK)  # the slot is given to the second, which has not been stepped
    second.close()
    third.answer()
    third.expect(Send)
    third.close()
    assert in_use(runtime) == (0, 0)


def test_the_deadline_ends_the_wait_for_a_connection() -> None:
    with World(Script(Answer(OK, after=10.0)), max_connections=1) as world:
        first = world.spawn(held(world.runtime, context_in(world.runtime)))
        second = world.spawn(held(world.runtime, context_in(world.runtime, deadline=4.0)))
        world.advance(4.0)
        with pytest.raises(DeadlineExceeded, match="while waiting for a connection"):
            second.result()
        world.run_until_idle()
        assert first.result().status == 200


# --- the second look at the quota -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocked_until", "recalled"),
    [
        pytest.param(None, False, id="nobody was sent away"),
        pytest.param(1.0, False, id="that is over"),
        pytest.param(1.5, True, id="somebody was"),
    ],
)
def test_who_had_to_wait_is_called_back_where_the_server_has_sent_somebody_away(
    blocked_until: float | None, recalled: bool
) -> None:
    quota, runtime = Quota(), new_runtime(1)
    first, second = (Driven(held(runtime, context_in(runtime), quota)) for _ in range(2))
    if blocked_until is not None:
        quota.block(blocked_until)
    runtime.now.advance(1.0, 0.0)
    first.answer(OK)
    second.answer()
    if recalled:
        with pytest.raises(Recalled):
            _ = second.result
        assert in_use(runtime) == (0, 0)
    else:
        second.expect(Send)
        second.close()


def test_who_gets_a_connection_at_once_needs_no_second_look() -> None:
    quota, runtime = Quota(), new_runtime(1)
    quota.block(9.0)
    driven = Driven(held(runtime, context_in(runtime), quota))
    driven.expect(Send)
    driven.close()


def test_without_a_quota_there_is_none() -> None:
    runtime = new_runtime(1)
    first, second = (Driven(held(runtime, context_in(runtime))) for _ in range(2))
    first.answer(OK)
    second.answer()
    second.expect(Send)
    second.close()
