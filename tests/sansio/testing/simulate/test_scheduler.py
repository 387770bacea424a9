"""The scheduler drives calls in virtual time, and writes down what each of them does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offwire.errors import MaybeSent
from offwire.events import QuotaWaited
from offwire.flow import Emit, Flow, Race, Send, Sleep, Wait
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.connections import ConnectionQueue
from offwire.testing.servers import Answer, Drop, Reply, Server, Stall
from offwire.testing.simulate.parts import Told
from offwire.testing.simulate.records import (
    Answered,
    Cancelled,
    Ended,
    GivenUp,
    Marks,
    Paused,
    Record,
    Sent,
    Slept,
    Strayed,
)
from offwire.testing.simulate.scheduler import Scheduler, Task
from offwire.testing.world import WALL_START
from offwire.ticket import Ticket
from offwire.time import Now
from offwire.timeouts import Timeouts

GET = Request("GET", "https://api.test/things")
OK = Answer(Response(200), 1.0)
USUAL = Timeouts()
EVENT = QuotaWaited(at=0.0, call=1, waited=0.0)


class Script:
    """A scheduler, its trace, and how its calls ended."""

    def __init__(self, server: Server | Reply = OK, **more: Any) -> None:
        self.trace: list[Record] = []
        self.ended: list[Task] = []
        answers: Server = server if callable(server) else lambda _request, _now: server
        self.scheduler = Scheduler(
            answers, seed=1, connections=ConnectionQueue(10), record=self.trace.append, **more
        )

    def begin(self, flow: Flow[Any]) -> Task:
        def make() -> Flow[Any]:
            return flow

        task = self.scheduler.start(make, self.ended.append)
        self.scheduler.runtime.calls += 1  # as a call's context does
        self.scheduler.at(self.scheduler.now, self.scheduler.step, task)
        return task

    def kinds(self) -> list[str]:
        return [type(each).__name__ for each in self.trace]


def sending(
    deadline: float | None = None, timeouts: Timeouts = USUAL, *, shielded: bool = False
) -> Flow[object]:
    response: object = yield Send(GET, timeouts, deadline, shielded)
    return response


def sleeping(until: float) -> Flow[str]:
    yield Sleep(until)
    return "slept"


def waiting(ticket: Ticket, until: float | None = None) -> Flow[None]:
    yield Wait(ticket, until)


def test_a_call_is_sent_and_answered() -> None:
    script = Script(latency=(0.25, 0.25), marks=lambda _request: Marks("token"))
    task = script.begin(sending())
    script.scheduler.run()
    assert isinstance(task.value, Response)
    assert script.trace == [
        Sent(
            0.0, 1, 1, "https://api.test:443", "https://api.test/things", "GET", True, False, Marks("token")
        ),
        Answered(1.5, 1, 1, 200, ""),
        Ended(1.5, 1, "returned", ""),
    ]
    assert script.ended == [task]
    assert not script.scheduler.tasks
    assert script.scheduler.steps == 3


def test_what_an_answer_says_is_on_the_trace() -> None:
    told = Told(Response(429), 0.0, wait=2.0, remaining=0.0, reset=3.0, arrived=4.0, issued=5, lifetime=6.0)
    script = Script(told)
    script.begin(sending())
    script.scheduler.run()
    assert script.trace[1] == Answered(0.0, 1, 1, 429, "", 2.0, 0.0, 3.0, 4.0, 5, 6.0)


def test_who_wants_to_hear_of_reports_does_before_the_call_goes_on() -> None:
    heard: list[Answered] = []
    script = Script(Told(Response(200), 1.0, remaining=3.0), heard=heard.append)
    script.begin(sending())
    script.scheduler.run()
    assert heard == [Answered(1.0, 1, 1, 200, "", None, 3.0)]
    assert heard == script.trace[1:2]


@pytest.mark.parametrize(("look_every", "looks"), [(1, [0.0, 1.0, 2.0, 3.0]), (2, [1.0, 3.0]), (5, [])])
def test_what_is_shared_is_looked_at_when_time_goes_on(look_every: int, looks: list[float]) -> None:
    seen: list[float] = []
    script: Script = Script(look=lambda: seen.append(script.scheduler.now), look_every=look_every)
    for until in (1.0, 2.0, 3.0, 4.0):
        script.begin(sleeping(until))
    script.scheduler.run()
    assert seen == looks


def test_an_error_is_thrown_into_the_call() -> None:
    script = Script(Drop(0.5))
    task = script.begin(sending())
    script.scheduler.run()
    assert isinstance(task.error, MaybeSent)
    assert script.trace[1:] == [Answered(0.5, 1, 1, None, "MaybeSent"), Ended(0.5, 1, "raised", "MaybeSent")]


@pytest.mark.parametrize(
    ("latency", "deadline", "timeouts", "at", "error"),
    [
        pytest.param(1.0, 0.25, Timeouts(), 0.25, "ConnectTimeout", id="before there is a connection"),
        pytest.param(1.0, 0.75, Timeouts(), 0.75, "ResponseTimeout", id="on the way"),
        pytest.param(1.0, 1.5, Timeouts(), 1.5, "ResponseTimeout", id="at the server"),
        pytest.param(0.0, None, Timeouts(read=0.5), 0.5, "ResponseTimeout", id="without an answer"),
    ],
)
def test_time_runs_out_in_each_phase(
    latency: float, deadline: float | None, timeouts: Timeouts, at: float, error: str
) -> None:
    script = Script(Stall(), latency=(latency, latency))
    script.begin(sending(deadline, timeouts))
    script.scheduler.run()
    assert [each for each in script.trace if type(each) is Answered] == [Answered(at, 1, 1, None, error)]


def test_a_request_goes_on_when_its_caller_has_given_it_up() -> None:
    seen: list[float] = []

    def server(_request: Request, now: Now) -> Reply:
        seen.append(now.monotonic)
        return OK

    script = Script(server, latency=(1.0, 1.0))
    task = script.begin(sending())
    script.scheduler.at(0.5, script.scheduler.cancel, task)
    script.scheduler.at(0.5, script.scheduler.cancel, task)
    script.scheduler.run()
    assert script.trace[1:] == [Cancelled(0.5, 1, "send"), Ended(0.5, 1, "cancelled", ""), Strayed(1.0, 1, 1)]
    assert seen == [1.0]


def test_a_shielded_send_is_answered_before_the_cancel_takes_effect() -> None:
    script = Script()

    def twice() -> Flow[None]:
        yield from sending(shielded=True)
        yield from sending()

    task = script.begin(twice())
    for _ in range(2):
        script.scheduler.at(0.5, script.scheduler.cancel, task)
    script.scheduler.run()
    assert script.kinds() == ["Sent", "Cancelled", "Answered", "Ended"]
    assert script.trace[1] == Cancelled(0.5, 1, "shielded")
    assert script.trace[3] == Ended(1.0, 1, "cancelled", "")


def test_a_call_sleeps() -> None:
    script = Script()
    task = script.begin(sleeping(2.0))
    script.scheduler.run()
    assert script.trace == [Slept(0.0, 1, 2.0), Ended(2.0, 1, "returned", "")]
    assert task.value == "slept"


@pytest.mark.parametrize(
    ("wake_at", "until", "ends_at"),
    [
        pytest.param(None, 2.0, 2.0, id="by the time"),
        pytest.param(1.0, 2.0, 1.0, id="by a wake"),
        pytest.param(1.0, None, 1.0, id="by a wake, without a time"),
    ],
)
def test_a_call_waits(wake_at: float | None, until: float | None, ends_at: float) -> None:
    script, ticket = Script(), Ticket()
    script.begin(waiting(ticket, until))
    if wake_at is not None:
        script.scheduler.at(wake_at, ticket.wake)
    script.scheduler.run()
    assert script.trace == [Paused(0.0, 1, until), Ended(ends_at, 1, "returned", "")]


def test_a_wake_that_came_before_is_not_lost() -> None:
    script, ticket = Script(), Ticket()
    ticket.wake()
    script.begin(waiting(ticket))
    script.scheduler.run()
    assert script.kinds() == ["Paused", "Ended"]


def test_an_answer_that_never_comes_is_waited_for() -> None:
    script = Script(Stall())
    task = script.begin(sending(timeouts=Timeouts(connect=None, read=None, write=None)))
    script.scheduler.run()
    assert script.kinds() == ["Sent"]
    assert not task.ended


def test_close_ends_all_in_that_step() -> None:
    script, ticket = Script(), Ticket()
    script.begin(waiting(ticket))
    script.begin(sending(shielded=True))
    script.scheduler.at(0.5, script.scheduler.close)
    script.scheduler.run()
    ended = [each for each in script.trace if type(each) is Ended]
    assert ended == [Ended(0.5, 1, "cancelled", ""), Ended(0.5, 2, "cancelled", "")]
    ticket.wake()


def test_one_call_does_not_emit() -> None:
    def emitting() -> Flow[None]:
        yield Emit(())

    script = Script()
    script.begin(emitting())
    with pytest.raises(TypeError, match="does not ask for a Emit"):
        script.scheduler.run()


def test_clocks_are_set_and_the_cores_time_goes_on() -> None:
    walls: list[float] = []
    script = Script(drift=0.5, ahead=60.0)
    scheduler = script.scheduler
    now = scheduler.runtime.now
    scheduler.at(10.0, scheduler.shift, 3600.0, 5.0)
    scheduler.at(10.0, lambda: walls.append(now.wall))
    scheduler.run()
    assert walls == [WALL_START + 3610.0]
    assert now.monotonic == 10.0


def test_the_server_has_a_clock_of_its_own() -> None:
    seen: list[tuple[float, float]] = []

    def server(_request: Request, now: Now) -> Reply:
        seen.append((now.monotonic, now.wall))
        return OK

    script = Script(server, latency=(1.0, 1.0), drift=0.5, ahead=60.0)
    script.begin(sending())
    script.scheduler.run()
    assert seen == [(1.5, WALL_START + 61.0)]


def test_it_looks_before_time_goes_on_and_once_after_a_step() -> None:
    looks: list[float] = []

    def look() -> None:
        looks.append(script.scheduler.now)

    script: Script = Script(look=look)
    script.begin(sleeping(2.0))
    script.scheduler.stepped = lambda: looks.append(-1.0)
    script.scheduler.run()
    assert looks == [-1.0, 0.0]


def test_it_stops() -> None:
    script = Script()
    script.begin(sleeping(2.0))

    def stop() -> None:
        script.scheduler.stop = True

    script.scheduler.at(1.0, stop)
    script.scheduler.run()
    assert script.kinds() == ["Slept"]


@pytest.mark.parametrize("shuffled", [pytest.param(False, id="in order"), pytest.param(True, id="shuffled")])
def test_what_falls_on_one_instant_comes_in_an_order_that_repeats(shuffled: bool) -> None:
    def order() -> list[int]:
        found: list[int] = []
        script = Script(shuffled=shuffled)
        appends: Callable[[int], None] = found.append
        for number in range(20):
            script.scheduler.at(1.0, appends, number)
        script.scheduler.run()
        return found

    assert order() == order()
    assert (order() == list(range(20))) is not shuffled


def test_what_the_core_tells_comes_before_the_effect_of_the_step() -> None:
    script = Script()
    told: list[object] = []

    def telling() -> Flow[None]:
        script.scheduler.runtime.tell(lambda event: told.append((event, len(script.trace))), EVENT)
        yield Sleep(1.0)

    script.begin(telling())
    script.scheduler.run()
    assert told == [(EVENT, 0)]


def test_latency_is_drawn_between_its_bounds() -> None:
    script = Script(Answer(Response(200)), latency=(0.25, 0.5))
    script.begin(sending())
    script.scheduler.run()
    assert 0.5 <= script.scheduler.now <= 1.0


# Racing


def racing(*flows: Flow[object]) -> Flow[object]:
    found: object = yield Race(flows)
    return found


def slow_then_quick() -> Server:
    replies = iter((Answer(Response(200), 9.0), Answer(Response(204), 1.0)))
    return lambda _request, _now: next(replies)


def none_at(until: float) -> Flow[None]:
    yield Sleep(until)


def raising_at(until: float) -> Flow[None]:
    yield Sleep(until)
    raise LookupError


def test_the_first_result_of_a_race_decides_and_what_has_lost_is_given_up() -> None:
    script = Script(slow_then_quick())
    task = script.begin(racing(sending(), sending(), none_at(0.5)))
    script.scheduler.run()
    assert isinstance(task.value, Response)
    assert (task.value.status, script.scheduler.now) == (204, 1.0)
    assert [each for each in script.trace if isinstance(each, GivenUp)] == [GivenUp(1.0, 1, 1)]
    assert [type(each) for each in script.trace].count(Ended) == 1
    assert script.ended == [task]


def test_an_error_decides_a_race_and_where_all_drop_out_there_is_no_result() -> None:
    script = Script()
    failing = script.begin(racing(raising_at(1.0), sleeping(9.0)))
    script.scheduler.run()
    assert isinstance(failing.error, LookupError)
    empty = script.begin(racing(none_at(1.0), none_at(2.0)))
    script.scheduler.run()
    assert (empty.ended, empty.value, empty.error) == (True, None, None)


def test_a_race_that_is_cancelled_ends_at_once() -> None:
    script = Script()
    ticket = Ticket()
    task = script.begin(racing(sending(), waiting_for(ticket)))
    script.scheduler.at(0.5, script.scheduler.cancel, task)
    script.scheduler.run()
    assert [each for each in script.trace if isinstance(each, Cancelled)] == [Cancelled(0.5, 1, "race")]
    assert script.trace[-1] == Ended(0.5, 1, "cancelled", "") or Strayed in map(type, script.trace)
    assert task.ended
    assert not script.scheduler.tasks


def waiting_for(ticket: Ticket) -> Flow[object]:
    yield Wait(ticket)
    return "woken"


@pytest.mark.parametrize("cancels", [False, True])
def test_one_that_is_shielded_is_waited_for(cancels: bool) -> None:
    script = Script()
    task = script.begin(racing(sending(shielded=True), sleeping(0.5)))
    if cancels:
        script.scheduler.at(0.25, script.scheduler.cancel, task)
    script.scheduler.run()
    assert script.scheduler.now == 1.0
    assert task.value == (None if cancels else "slept")
    assert [each.how for each in script.trace if isinstance(each, Ended)] == [
        "cancelled" if cancels else "returned"
    ]


def test_closing_all_closes_a_race_and_what_races_in_it() -> None:
    script = Script()
    task = script.begin(racing(racing(sleeping(9.0)), none_at(0.25), sleeping(8.0)))
    script.scheduler.at(0.5, script.scheduler.close)
    script.scheduler.run()
    assert task.ended
    assert [each.how for each in script.trace if isinstance(each, Ended)] == ["cancelled"]


def test_what_is_told_in_a_racers_last_step_comes_before_what_follows_on_it() -> None:
    script = Script(slow_then_quick())

    def telling() -> Flow[object]:
        yield Sleep(0.5)
        script.scheduler.runtime.tell(script.trace.append, EVENT)
        return "first"

    script.begin(racing(sending(), telling()))
    script.scheduler.run()
    kinds = script.kinds()
    assert kinds.index("QuotaWaited") < kinds.index("GivenUp") < kinds.index("Ended")


def test_who_looks_after_a_step_looks_before_the_others_are_closed() -> None:
    script = Script(slow_then_quick())
    looks: list[list[str]] = []

    def telling() -> Flow[object]:
        yield Sleep(0.5)
        script.scheduler.stepped = lambda: looks.append(script.kinds())
        return "first"

    script.begin(racing(sending(), telling()))
    script.scheduler.run()
    assert len(looks) == 1
    assert "GivenUp" not in looks[0]
