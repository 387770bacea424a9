"""What a task tells of its flow."""

from __future__ import annotations

import pytest

from offwire.auth.token_store import Load
from offwire.errors import NeverSent
from offwire.flow import Ask, Effect, Emit, Flow, Gather, Race, Send, Sleep, Wait
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.memory_store import MemoryStore
from offwire.testing.servers import Script, Stall
from offwire.testing.task import Cancelled, Task, asked, described, shown
from offwire.testing.world import World
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts

GET = Request("GET", "https://shop.test/users?key=abc")
SEND = Send(GET, Timeouts(read=None))


def yielding(*effects: Effect) -> Flow[str]:
    yield from effects
    return "done"


def failing() -> Flow[str]:
    yield Sleep(1.0)
    raise KeyError("lost")


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        pytest.param(None, "its start", id="none yet"),
        pytest.param(SEND, "send GET https://shop.test/users?key=***", id="send"),
        pytest.param(
            Send(GET, Timeouts(), 2.5, shielded=True),
            "shielded send GET https://shop.test/users?key=*** until 2.500000",
            id="a shielded send with a deadline",
        ),
        pytest.param(Sleep(1.25), "sleep until 1.250000", id="sleep"),
        pytest.param(Wait(Ticket()), "wait for a wake", id="wait"),
        pytest.param(Wait(Ticket(), 3.0), "wait until 3.000000", id="wait with an end"),
        pytest.param(Gather((yielding(), yielding())), "gather 2", id="gather"),
        pytest.param(Race((yielding(), yielding())), "race 2", id="race"),
        pytest.param(Emit([1, 2, 3]), "emit 3", id="emit"),
        pytest.param(Ask(MemoryStore(), Load("shop")), "ask Load", id="ask"),
        pytest.param(Ask(MemoryStore(), Load("shop"), shielded=True), "shielded ask Load", id="shielded ask"),
    ],
)
def test_an_effect_is_shown_in_a_few_words(effect: Effect | None, text: str) -> None:
    assert shown(effect) == text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param(Response(404), "answered 404", id="a response"),
        pytest.param(NeverSent(message="refused"), "failed NeverSent", id="an error"),
        pytest.param(None, "goes on", id="nothing"),
        pytest.param([1, 2], "goes on", id="what was gathered"),
    ],
)
def test_an_answer_is_described_in_a_few_words(answer: object, text: str) -> None:
    assert described(answer) == text


def test_a_task_goes_from_its_start_to_its_result() -> None:
    world = World(Script())
    task = world.spawn(yielding(Sleep(2.0)), name="sleeper")
    assert (task.name, task.done, task.cancelled, task.effect) == ("sleeper", False, False, None)
    world.advance(1.0)
    assert task.effect == Sleep(2.0)
    world.run_until_idle()
    assert (task.done, task.cancelled, shown(task.effect)) == (True, False, "its start")
    assert task.result() == "done"


def test_a_task_that_has_not_ended_has_no_result_and_says_where_it_is() -> None:
    world = World(Script())
    task = world.spawn(yielding(Sleep(2.0)))
    world.advance(1.0)
    with pytest.raises(RuntimeError, match=r"#1 has not ended, it waits at sleep until 2\.000000"):
        task.result()


def test_the_result_of_a_flow_that_raised_is_its_error() -> None:
    world = World(Script())
    task = world.spawn(failing())
    world.run_until_idle()
    assert task.done
    assert not task.cancelled
    with pytest.raises(KeyError, match="lost"):
        task.result()


def test_a_cancelled_task_says_so() -> None:
    world = World(Script())
    task = world.spawn(yielding(Sleep(2.0)))
    world.advance(1.0)
    task.cancel()
    task.cancel()
    assert (task.done, task.cancelled, task.effect) == (True, True, None)
    with pytest.raises(Cancelled, match="#1 was cancelled"):
        task.result()


def test_a_store_answers_or_what_it_raises_does() -> None:
    store = MemoryStore()
    assert asked(Ask(store, Load("shop"))) is None
    error = store.failures[Load] = OSError("no disk")
    assert asked(Ask(store, Load("shop"))) is error


@pytest.mark.parametrize(
    ("effect", "is_shielded"),
    [
        pytest.param(Send(GET, Timeouts(), shielded=True), True, id="a shielded send"),
        pytest.param(SEND, False, id="a send"),
        pytest.param(Sleep(9.0), False, id="a sleep"),
    ],
)
def test_only_what_is_shielded_makes_a_cancel_wait(effect: Effect, is_shielded: bool) -> None:
    world = World(Script(Stall()))
    task = world.spawn(yielding(effect))
    world.advance(1.0)
    assert task.is_shielded is is_shielded


def test_a_task_takes_back_what_it_waits_for() -> None:
    world, ticket = World(Script()), Ticket()
    task: Task[str] = world.spawn(yielding(Wait(ticket, 5.0)))
    world.advance(1.0)
    assert (task.entry is None, task.ticket) == (False, ticket)
    task.stop_waiting()
    task.stop_waiting()
    ticket.wake()
    world.advance(10.0)
    assert not task.done
