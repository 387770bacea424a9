"""A process has a clock of its own, reaches a store, and may die with all that it has under way."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from offwire.auth.token_store import Load
from offwire.errors import StoreFailed
from offwire.flow import Ask, Emit, Flow, Race, Send, Sleep
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.connections import ConnectionQueue
from offwire.state.shared import SharedLimit
from offwire.testing.chance import seeded
from offwire.testing.servers import Answer
from offwire.testing.simulate.parts import Weather
from offwire.testing.simulate.process import Clock, Port, Process, ProcessScheduler
from offwire.testing.simulate.records import Asked, Ended, Kept, Record, Replied, Slept, Strayed
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.scheduler import Task
from offwire.testing.simulate.shared_store import KEY, Shared, SharedStore
from offwire.testing.simulate.site import Site
from offwire.testing.simulate.tokens import SignIn
from offwire.time import Now
from offwire.timeouts import Timeouts

LOAD = Load(KEY)
SEND = Send(Request("GET", "https://api.test/things"), Timeouts())


class Bench:
    """A process' scheduler that is driven by hand, its store, and what its calls have heard."""

    scheduler: ProcessScheduler

    def __init__(self, shared: Shared, *, fate: str = "", look: list[float] | None = None) -> None:
        self.trace: list[Record] = []
        self.heard: list[object] = []
        self.asked_at: list[float] = []
        self.store = SharedStore(
            shared, seeded(1, "store"), Weather(), world=lambda: self.scheduler.now, record=self.trace.append,
            token=len,
        )  # fmt: skip
        self.store.fate = lambda: fate  # type: ignore[method-assign]
        looks = [] if look is None else look
        self.scheduler = ProcessScheduler(
            lambda _request, now: self._answer(now), seed=1, connections=ConnectionQueue(9),
            record=self.trace.append, latency=(1.0, 1.0), look=lambda: looks.append(self.scheduler.now),
            look_every=1,
        )  # fmt: skip
        self.scheduler.reach(Port(self.store, 3), Clock(0.0, 1.0), 0.0)

    def _answer(self, now: Now) -> Answer:
        self.asked_at.append(self.scheduler.now)
        return Answer(Response(200))

    def begin(self, flow: Flow[Any]) -> Task:
        task = self.scheduler.start(lambda: flow, lambda _task: None)
        self.scheduler.runtime.calls += 1
        self.scheduler.step(task)
        return task

    def run(self) -> None:
        while self.scheduler.next_at() < inf:
            self.scheduler.turn()

    def asks(self) -> Flow[None]:
        try:
            self.heard.append((yield Ask(Port(self.store, 3), LOAD)))
        except StoreFailed as error:
            self.heard.append(str(error))


def of(kind: type, trace: list[Record]) -> list[Any]:
    return [each for each in trace if type(each) is kind]


def test_a_clock_goes_at_its_own_rate() -> None:
    clock = Clock(100.0, 2.0)
    assert (clock.local(5.0), clock.world(110.0)) == (110.0, 5.0)


def test_a_port_is_a_store() -> None:
    bench = Bench(Shared())
    assert Port(bench.store, 3).answer(LOAD) is None
    assert repr(Port(bench.store, 3)) == "Port(process=3)"


@pytest.mark.parametrize(
    ("fate", "away", "error", "was_asked"),
    [
        pytest.param("", False, "", True, id="answered"),
        pytest.param("question", False, "no answer within the time limit", False, id="the question is lost"),
        pytest.param("answer", False, "no answer within the time limit", True, id="the answer is lost"),
        pytest.param("time", False, "no answer within the time limit", True, id="it comes late"),
        pytest.param("", True, "the store is away", False, id="away"),
    ],
)
def test_a_question_is_answered_or_not(fate: str, away: bool, error: str, was_asked: bool) -> None:
    bench = Bench(Shared(away=((0.0, 9.0),) if away else ()), fate=fate)
    bench.begin(bench.asks())
    bench.run()
    assert bench.heard == [error or None]
    assert [each.question for each in of(Asked, bench.trace)] == ["Load"]
    assert [(each.question, each.error) for each in of(Replied, bench.trace)] == [("Load", error)]
    assert bool(of(Kept, bench.trace)) is was_asked
    assert len(of(Ended, bench.trace)) == 1


def test_what_the_store_raises_is_heard() -> None:
    bench = Bench(Shared())
    bench.store.answer = failing  # type: ignore[method-assign]
    bench.begin(bench.asks())
    bench.run()
    assert bench.heard == ["declare the same"]


def failing(*_arguments: object, **_more: object) -> object:
    raise StoreFailed("declare the same")


def test_what_is_no_effect_of_a_call_is_none_here_either() -> None:
    def flow() -> Flow[None]:
        yield Emit((1,))

    with pytest.raises(TypeError, match="does not ask for a Emit"):
        Bench(Shared()).begin(flow())


def test_who_is_given_up_hears_nothing_and_stale_turns_are_skipped() -> None:
    bench = Bench(Shared())
    task = bench.begin(bench.asks())
    bench.scheduler.cancel(task)
    bench.run()
    assert bench.heard == []
    assert len(of(Kept, bench.trace)) == 1

    def sleeps() -> Flow[None]:
        yield Sleep(50.0)

    bench.scheduler.cancel(bench.begin(sleeps()))
    assert bench.scheduler.next_at() == inf


def test_time_goes_on_with_a_look_each() -> None:
    looks: list[float] = []
    bench = Bench(Shared(), look=looks)
    for at in (1.0, 1.0, 2.0):
        bench.scheduler.at(at, lambda: None)
    bench.run()
    assert looks == [0.0, 1.0]
    bench.scheduler.catch_up(1.5)
    assert bench.scheduler.now == 2.0
    bench.scheduler.at(9.0, lambda: None)
    bench.scheduler.stop = True
    assert bench.scheduler.next_at() == inf


def test_looks_may_be_rare_or_none() -> None:
    looks: list[float] = []
    bench = Bench(Shared(), look=looks)
    bench.scheduler._look_every = bench.scheduler._until_look = 2
    for at in (1.0, 2.0, 3.0):
        bench.scheduler.at(at, lambda: None)
    bench.run()
    assert looks == [1.0]


def test_who_dies_is_stepped_no_more_and_what_is_under_way_arrives() -> None:
    closed: list[str] = []

    def racing() -> Flow[None]:
        try:
            yield Race((sends(), sends()))
        finally:
            closed.append("race")

    def sends() -> Flow[object]:
        return (yield SEND)

    def sleeps() -> Flow[None]:
        yield Sleep(3.0)

    bench = Bench(Shared())
    for flow in (racing(), sleeps(), bench.asks()):
        bench.begin(flow)
    bench.scheduler.turn()  # one of those that race is sent
    bench.scheduler.turn()
    bench.scheduler.die(lambda: 5.0)
    bench.run()
    assert bench.asked_at == [6.0, 6.0]
    assert len(of(Strayed, bench.trace)) == 2
    assert not of(Ended, bench.trace)
    assert bench.heard == []
    assert closed == []
    assert [each.until for each in of(Slept, bench.trace)] == [3.0]
    bench.scheduler.at(99.0, lambda: None)
    bench.run()


@pytest.mark.parametrize("sign_in", [None, SignIn()])
def test_a_process_shares_its_limit_and_its_token(sign_in: SignIn | None) -> None:
    scenario = Scenario(quota=Quota(), sign_in=sign_in, processes=2, callers=1, calls=1, drift=0.5)
    trace: list[Record] = []
    site = Site(scenario, trace.append)
    bench = Bench(Shared(lasts=3.0))
    process = Process(
        scenario, trace.append, site, port=Port(bench.store, 3), clock=Clock(100.0, 2.0), began=5.0,
        server=site.server,
    )  # fmt: skip
    (limit,) = process.engine.snapshot().quota.limits
    assert isinstance(limit.limit, SharedLimit)
    assert (limit.limit.key, limit.limit.lasts) == (KEY, 3.0)
    assert process.scheduler.now == 110.0
    assert process._server_time() == 7.5
    process.catch_up(10.0)
    assert process.scheduler.now == 120.0
    process.begin()
    assert 10.0 <= process.next_at < 11.0
    assert (process.engine.snapshot().tokens is None) is (sign_in is None)
