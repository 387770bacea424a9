"""The world runs many flows at once, in virtual time, the same way each time."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.auth.token_store import Claim, Load, Save
from offwire.errors import ConnectTimeout, MaybeSent, NetworkError, NeverSent, ResponseTimeout
from offwire.events import BreakerChanged, Event
from offwire.flow import Ask, Effect, Emit, Flow, Gather, Race, Send, Sleep, Wait
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.secret import Secret
from offwire.state.connections import ConnectionQueue, Slot, Turn
from offwire.testing.memory_store import MemoryStore
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Script, Server, Stall, Truncate
from offwire.testing.task import Cancelled
from offwire.testing.world import WALL_START, Deadlock, LawBroken, World
from offwire.ticket import Ticket
from offwire.time import Now
from offwire.timeouts import Timeouts

T = TypeVar("T")

GET = Request("GET", "https://shop.test/users/7")
OK = Response(200)
PATIENT = Timeouts(connect=None, read=None, write=None)


def nobody(request: Request, now: Now) -> Reply:
    raise AssertionError("no request was expected")


def sleeping(*seconds: float, log: Callable[[], object] = lambda: None) -> Flow[None]:
    """Sleep until each of these times; `log` is called after each."""
    for each in seconds:
        yield Sleep(each)
        log()


def sending(
    timeouts: Timeouts = PATIENT, *, deadline: float | None = None, shielded: bool = False
) -> Flow[Response]:
    response: Response = yield Send(GET, timeouts, deadline, shielded)
    return response


def watched(flow: Flow[Any], log: list[str], name: str = "flow") -> Flow[Any]:
    """The flow, which logs how it ends."""
    try:
        result = yield from flow
    except GeneratorExit:
        log.append(f"{name} closed")
        raise
    except Exception as error:
        log.append(f"{name} raised {type(error).__name__}")
        raise
    log.append(f"{name} returned")
    return result


def raising(at: float, error: Exception) -> Flow[None]:
    yield Sleep(at)
    raise error


# Time


@given(st.lists(st.lists(st.integers(0, 20).map(float), max_size=6), max_size=8))
def test_sleepers_wake_in_the_order_of_time(plans: list[list[float]]) -> None:
    world, woken = World(nobody), list[tuple[float, int]]()
    for number, plan in enumerate(plans):
        world.spawn(sleeping(*plan, log=lambda number=number: woken.append((world.now, number))))  # type: ignore[misc]
    world.run_until_idle()
    expected = []
    for number, plan in enumerate(plans):
        reached = 0.0
        for until in plan:
            reached = max(reached, until)
            expected.append((reached, number))
    assert [at for at, _ in woken] == sorted(at for at, _ in woken)
    assert sorted(woken) == sorted(expected)


def test_both_clocks_are_set_before_each_step() -> None:
    world = World(nobody)
    seen: list[tuple[float, float]] = []
    now = world.runtime.now
    world.run(sleeping(1.5, 1.0, 4.0, log=lambda: seen.append((now.monotonic, now.wall - WALL_START))))
    assert seen == [(1.5, 1.5), (1.5, 1.5), (4.0, 4.0)]


def test_advance_runs_what_happens_until_then_and_moves_there() -> None:
    world, log = World(nobody), list[float]()
    task = world.spawn(sleeping(1.0, 2.0, 3.0, log=lambda: log.append(world.now)))
    world.advance(2.5)
    assert (log, world.now, world.runtime.now.monotonic, task.done) == ([1.0, 2.0], 2.5, 2.5, False)
    world.advance(0.5)
    assert (log, task.done) == ([1.0, 2.0, 3.0], True)


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="time goes forward"):
        World(nobody).advance(-1.0)


def test_events_are_told_after_the_step() -> None:
    world, told = World(nobody), list[Event]()
    event = BreakerChanged(at=0.0, origin="https://shop.test:443", before="closed", after="open")

    def telling(runtime: Runtime) -> Flow[None]:
        runtime.tell(told.append, event)
        assert told == []
        yield Sleep(1.0)
        assert told == [event]
        try:
            yield Sleep(9.0)
        finally:
            runtime.tell(told.append, event)

    task = world.spawn(telling(world.runtime))
    world.advance(2.0)
    task.cancel()
    assert task.cancelled
    assert told == [event, event]


# Sending


def test_the_server_is_asked_at_arrival_and_the_answer_takes_its_time_back() -> None:
    asked: list[tuple[float, float]] = []

    def server(request: Request, now: Now) -> Reply:
        asked.append((now.monotonic, now.wall - WALL_START))
        return Answer(OK, after=2.0)

    world = World(server, latency=0.5)
    response = world.run(sending())
    assert asked == [(0.5, 0.5)]
    assert (world.now, response.elapsed) == (3.0, 3.0)
    assert world.requests == (GET,)


@pytest.mark.parametrize(
    ("reply", "kind", "at"),
    [
        pytest.param(Refuse(1.0), NeverSent, 1.0, id="refuse"),
        pytest.param(Refuse(20.0), ConnectTimeout, 10.0, id="refuse too late"),
        pytest.param(Drop(1.0), MaybeSent, 1.0, id="drop"),
        pytest.param(Truncate(OK, 1.0), MaybeSent, 1.0, id="truncate"),
        pytest.param(Stall(), ResponseTimeout, 30.0, id="stall"),
    ],
)
def test_a_failure_is_thrown_in_at_its_time(reply: Reply, kind: type[NetworkError], at: float) -> None:
    world = World(Script(reply))
    with pytest.raises(NetworkError) as caught:
        world.run(sending(Timeouts()))
    assert type(caught.value) is kind
    assert world.now == at


def test_a_request_that_is_too_long_on_its_way_does_not_reach_the_server() -> None:
    world = World(nobody, latency=11.0)
    with pytest.raises(ConnectTimeout):
        world.run(sending(Timeouts()))
    assert world.now == 10.0
    assert world.requests == (GET,)


def test_a_deadline_cuts_a_stalled_exchange() -> None:
    world = World(Script(Stall()))
    with pytest.raises(ResponseTimeout):
        world.run(sending(deadline=7.5))
    assert world.now == 7.5


def test_latency_is_drawn_for_each_way_and_a_negative_draw_is_none() -> None:
    draws = iter([1.0, 2.0, -3.0, 0.25])
    world = World(Script(Answer(OK), Answer(OK)), latency=lambda _: next(draws))
    assert [world.run(sending()).elapsed, world.run(sending()).elapsed] == [3.0, 0.25]


@pytest.mark.parametrize("latency", [-1.0, float("nan")])
def test_a_fixed_latency_is_not_negative(latency: float) -> None:
    with pytest.raises(ValueError, match="latency"):
        World(nobody, latency=latency)


def test_a_flow_may_catch_what_is_thrown_in_and_go_on() -> None:
    def retrying() -> Flow[Response]:
        try:
            return (yield from sending())
        except NeverSent:
            yield Sleep(5.0)
            return (yield from sending())

    world = World(Script(Refuse(), Answer(OK)))
    assert world.run(retrying()) == OK
    assert world.now == 5.0


def test_an_error_of_the_server_function_closes_the_flow_that_cannot_catch_it() -> None:
    log: list[str] = []

    def catching() -> Flow[Any]:
        try:
            return (yield from sending())
        except Exception:  # noqa: BLE001
            return "caught"

    world = World(Script())
    with pytest.raises(AssertionError, match="no reply for request 1, GET"):
        world.run(watched(catching(), log))
    assert log == ["flow closed"]


def test_a_relative_url_is_not_sent() -> None:
    def relative() -> Flow[None]:
        yield Send(Request("GET", "/users"), PATIENT)

    with pytest.raises(LawBroken, match="a Send needs an absolute URL, not /users"):
        World(nobody).run(relative())


def test_a_server_may_cancel_the_task_that_asks_it() -> None:
    def server(request: Request, now: Now) -> Reply:
        task.cancel()
        return Answer(OK)

    world = World(server)
    task = world.spawn(sending())
    world.run_until_idle()
    assert task.cancelled


# Waiting


def waiting(ticket: Ticket, until: float | None = None) -> Flow[None]:
    yield Wait(ticket, until)


def test_a_wake_ends_a_wait() -> None:
    world, ticket = World(nobody), Ticket()
    task = world.spawn(waiting(ticket, 9.0))
    other = world.spawn(sleeping(2.0, log=ticket.wake))
    world.advance(2.0)
    assert task.done
    assert other.done
    world.run_until_idle()
    assert world.now == 2.0


def test_a_wake_from_outside_ends_a_wait_without_an_end() -> None:
    world, ticket = World(nobody), Ticket()
    task = world.spawn(waiting(ticket))
    world.advance(3.0)
    ticket.wake()
    assert not task.done
    world.advance(0.0)
    assert task.done


def test_a_wake_that_came_before_is_not_lost() -> None:
    world, ticket = World(nobody), Ticket()
    ticket.wake()
    world.run(waiting(ticket))
    assert world.now == 0.0


def test_a_wait_ends_at_its_time() -> None:
    world, ticket = World(nobody), Ticket()
    world.run(waiting(ticket, 4.0))
    assert world.now == 4.0
    assert ticket.arm(lambda: None), "the wait is over, so the ticket is free again"


def test_a_cancelled_wait_gives_its_ticket_up() -> None:
    world, ticket, signals = World(nobody), Ticket(), list[str]()
    task = world.spawn(waiting(ticket))
    world.advance(1.0)
    task.cancel()
    ticket.wake()
    ticket.disarm()
    assert ticket.arm(lambda: signals.append("woken"))
    assert task.cancelled


# Gathering


def gathering(*flows: Flow[Any]) -> Flow[list[Any]]:
    results: list[Any] = yield Gather(flows)
    return results


def after(until: float, value: T) -> Flow[T]:
    yield Sleep(until)
    return value


def test_gathered_flows_run_side_by_side_and_their_results_keep_their_order() -> None:
    world = World(nobody)
    assert world.run(gathering(after(3.0, "a"), after(1.0, "b"), after(2.0, "c"))) == ["a", "b", "c"]
    assert world.now == 3.0


def test_gathering_nothing_gives_nothing() -> None:
    assert World(nobody).run(gathering()) == []


def test_the_first_error_closes_the_others_and_is_thrown_in() -> None:
    log: list[str] = []
    world = World(nobody)
    flows = [
        watched(after(3.0, "a"), log, "slow"),
        watched(raising(1.0, KeyError("first")), log, "failing"),
        watched(after(0.5, "c"), log, "quick"),
    ]
    with pytest.raises(KeyError, match="first"):
        world.run(watched(gathering(*flows), log, "parent"))
    assert log == ["quick returned", "failing raised KeyError", "slow closed", "parent raised KeyError"]
    assert world.now == 1.0


def test_a_gathered_flow_that_cannot_be_closed_yet_is_waited_for() -> None:
    log: list[str] = []
    world = World(Script(Answer(OK, after=5.0)))

    def storing() -> Flow[None]:
        yield from sending(shielded=True)
        log.append("stored")
        yield Sleep(99.0)

    with pytest.raises(KeyError):
        world.run(gathering(watched(storing(), log), raising(1.0, KeyError("first"))))
    assert log == ["stored", "flow closed"]
    assert world.now == 5.0


def test_gathering_may_be_nested() -> None:
    world = World(nobody)
    inner = gathering(after(1.0, "a"), after(2.0, "b"))
    assert world.run(gathering(inner, after(3.0, "c"))) == [["a", "b"], "c"]


def test_an_error_of_the_server_function_closes_the_gathering_flow_too() -> None:
    log: list[str] = []

    def catching() -> Flow[Any]:
        try:
            return (
                yield from gathering(watched(sending(), log, "child"), watched(after(9.0, ""), log, "other"))
            )
        except Exception:  # noqa: BLE001
            return "caught"

    with pytest.raises(AssertionError, match="no reply"):
        World(Script()).run(watched(catching(), log, "parent"))
    assert log == ["child closed", "other closed", "parent closed"]


# Racing


def racing(*flows: Flow[Any]) -> Flow[Any]:
    return (yield Race(flows))


def test_the_first_result_of_a_race_decides_and_closes_the_others_at_once() -> None:
    log: list[str] = []
    world = World(Script(Answer(OK, after=5.0)))
    flows = [
        watched(sending(), log, "sending"),
        watched(after(1.0, None), log, "dropping out"),
        watched(after(2.0, "first"), log, "quick"),
        watched(after(2.0, "second"), log, "just as quick"),
        watched(waiting(Ticket(), None), log, "waiting"),
    ]
    assert world.run(racing(*flows)) == "first"
    assert log[:2] == ["dropping out returned", "quick returned"]
    assert log[2:] == ["sending closed", "just as quick closed", "waiting closed"]
    assert world.now == 2.0


def test_a_race_in_which_all_drop_out_has_no_result() -> None:
    assert World(nobody).run(racing(after(1.0, None), after(2.0, None))) is None
    assert World(nobody).run(racing()) is None


def test_an_error_decides_a_race_as_well() -> None:
    log: list[str] = []
    world = World(nobody)
    flows = (watched(after(3.0, "late"), log, "slow"), raising(1.0, KeyError("first")))
    with pytest.raises(KeyError, match="first"):
        world.run(racing(*flows))
    assert (log, world.now) == (["slow closed"], 1.0)


def test_a_loser_that_cannot_be_closed_yet_is_waited_for_and_changes_nothing() -> None:
    log: list[str] = []
    world = World(Script(Answer(OK, after=5.0)))
    found = world.run(racing(watched(sending(shielded=True), log, "shielded"), after(1.0, "first")))
    assert (found, world.now, log) == ("first", 5.0, ["shielded returned"])


# Emitting


def counting(*pages: list[int], log: list[str] | None = None) -> Flow[None]:
    for page in pages:
        yield Emit(page)
        if log is not None:
            log.append(f"after {page}")


def test_iterating_goes_on_only_when_more_is_asked_for() -> None:
    log: list[str] = []
    found = World(nobody).iterate(counting([1, 2], [], [3], log=log))
    assert [next(found), next(found), list(log)] == [1, 2, []]
    assert next(found) == 3
    assert log == ["after [1, 2]", "after []"]
    assert list(found) == []
    assert log[-1] == "after [3]"


def test_a_spawned_flow_keeps_what_it_emits() -> None:
    world = World(nobody)
    task = world.spawn(counting([1], [2, 3]))
    world.run_until_idle()
    assert task.items == [1, 2, 3]


def test_iterating_raises_what_the_flow_raises() -> None:
    def failing() -> Flow[None]:
        yield Emit([1])
        raise KeyError("lost")

    found = World(nobody).iterate(failing())
    assert next(found) == 1
    with pytest.raises(KeyError, match="lost"):
        next(found)


@pytest.mark.parametrize("how", ["closed", "dropped", "left behind"])
def test_an_iteration_that_is_given_up_closes_its_flow(how: str) -> None:
    log: list[str] = []
    world = World(nobody)
    found: Generator[object, None, None] | None = world.iterate(watched(counting([1, 2], [3]), log))
    assert found is not None
    assert next(found) == 1
    match how:
        case "closed":
            found.close()
        case "dropped":
            found = None
            gc.collect()
        case _:
            world.close()
            assert next(found) == 2
            with pytest.raises(Cancelled):
                next(found)
    assert log == ["flow closed"]


def test_an_iteration_that_waits_for_its_consumer_is_no_deadlock() -> None:
    world = World(nobody)
    found = world.iterate(counting([1, 2]))
    next(found)
    world.run_until_idle()
    assert list(found) == [2]


# Cancelling


@pytest.mark.parametrize(
    "effect",
    [
        pytest.param(lambda: Send(GET, PATIENT), id="send"),
        pytest.param(lambda: Sleep(9.0), id="sleep"),
        pytest.param(lambda: Wait(Ticket()), id="wait"),
        pytest.param(lambda: Wait(Ticket(), 9.0), id="wait with an end"),
        pytest.param(lambda: Gather((sleeping(9.0), sleeping(9.0))), id="gather"),
        pytest.param(lambda: Race((sleeping(9.0), sleeping(9.0))), id="race"),
    ],
)
def test_a_cancel_closes_the_flow_at_once_wherever_it_is(effect: Callable[[], Effect]) -> None:
    log: list[str] = []

    def stepping() -> Flow[None]:
        yield effect()

    world = World(Script(Answer(OK, after=9.0)))
    task = world.spawn(watched(stepping(), log))
    world.advance(1.0)
    task.cancel()
    assert (task.cancelled, log) == (True, ["flow closed"])
    world.run_until_idle()
    assert world.now == 1.0


def test_a_cancel_before_the_first_step_leaves_the_flow_unstarted() -> None:
    log: list[str] = []
    world = World(nobody)
    task = world.spawn(watched(sleeping(1.0), log))
    task.cancel()
    world.run_until_idle()
    assert (task.cancelled, log, world.now) == (True, [], 0.0)


def test_a_cancel_on_the_way_there_keeps_the_request_from_the_server() -> None:
    world = World(nobody, latency=2.0)
    task = world.spawn(sending())
    world.advance(1.0)
    task.cancel()
    world.run_until_idle()
    assert task.cancelled


def test_a_shielded_send_is_answered_before_the_cancel_goes_on() -> None:
    log: list[str] = []

    def signing_in() -> Flow[None]:
        for _ in range(2):
            response = yield from sending(shielded=True)
            log.append(f"stored {response.status} at {world.now}")
        yield Sleep(99.0)

    world = World(Script(Answer(OK, after=4.0), Answer(OK, after=1.0)))
    task = world.spawn(watched(signing_in(), log))
    world.advance(1.0)
    task.cancel()
    assert not task.done
    world.run_until_idle()
    assert log == ["stored 200 at 4.0", "stored 200 at 5.0", "flow closed"]
    assert task.cancelled


def test_what_was_sent_under_a_shield_is_kept_under_it_before_the_cancel_goes_on() -> None:
    store, log = MemoryStore(), list[str]()

    def signing_in() -> Flow[None]:
        response = yield from sending(shielded=True)
        yield Ask(store, Save("shop", Secret(f"token {response.status}")), shielded=True)
        yield Ask(store, Load("shop"))

    world = World(Script(Answer(OK, after=4.0)))
    task = world.spawn(watched(signing_in(), log))
    world.advance(1.0)
    task.cancel()
    world.run_until_idle()
    assert (log, task.cancelled) == (["flow closed"], True)
    assert store.asked == [Save("shop", Secret("token 200"))]


def test_a_store_answers_and_fails_into_the_flow() -> None:
    store = MemoryStore()
    store.kept["shop"] = Secret("token")
    store.failures[Claim] = OSError("no disk")

    def asking() -> Flow[object]:
        with pytest.raises(OSError, match="no disk"):
            yield Ask(store, Claim("shop"))
        return (yield Ask(store, Load("shop")))

    trace: list[str] = []
    assert World(nobody, trace=trace).run(asking()) == Secret("token")
    assert trace == [
        "0.000000 #1 ask Claim",
        "0.000000 #1 failed OSError",
        "0.000000 #1 ask Load",
        "0.000000 #1 goes on",
        "0.000000 #1 returned",
    ]


def test_a_flow_that_ends_with_its_shielded_send_has_a_result_despite_the_cancel() -> None:
    world = World(Script(Answer(OK, after=4.0)))
    task = world.spawn(sending(shielded=True))
    world.advance(1.0)
    task.cancel()
    world.run_until_idle()
    assert not task.cancelled
    assert task.result().status == 200


def test_a_cancel_closes_what_is_gathered_first() -> None:
    log: list[str] = []
    world = World(Script(Answer(OK, after=5.0)))
    children = (watched(sleeping(9.0), log, "child"), watched(sending(shielded=True), log, "shielded"))
    task = world.spawn(watched(gathering(*children), log, "parent"))
    world.advance(1.0)
    task.cancel()
    assert (log, task.done) == (["child closed"], False)
    world.run_until_idle()
    assert log == ["child closed", "shielded returned", "parent closed"]
    assert task.cancelled


def test_a_cancel_between_the_last_gathered_end_and_the_answer_closes_the_flow() -> None:
    log: list[str] = []
    world = World(nobody)

    def last() -> Flow[None]:
        yield Sleep(1.0)
        world.runtime.tell(lambda _: parent.cancel(), EVENT)

    parent = world.spawn(watched(gathering(last()), log))
    world.run_until_idle()
    assert log == ["flow closed"]


EVENT = BreakerChanged(at=0.0, origin="https://shop.test:443", before="closed", after="open")


def test_a_flow_that_goes_on_when_it_is_closed_is_found_out() -> None:
    def stubborn() -> Flow[None]:
        try:
            yield Sleep(1.0)
        finally:
            yield Sleep(2.0)

    world = World(nobody)
    task = world.spawn(stubborn())
    world.advance(0.5)
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        task.cancel()
    assert task.done


def test_an_error_of_a_clean_up_is_not_lost_when_the_server_function_fails() -> None:
    def leaky() -> Flow[None]:
        try:
            yield from sending()
        finally:
            raise KeyError("clean-up")

    world = World(Script())
    world.spawn(leaky())
    with pytest.raises(KeyError, match="clean-up"):
        world.run_until_idle()


# Ends


def test_a_run_that_would_wait_forever_names_what_waits() -> None:
    log: list[str] = []
    world = World(Script(Stall()))
    world.spawn(sending())
    with pytest.raises(Deadlock) as caught:
        world.run(watched(waiting(Ticket()), log))
    assert str(caught.value) == (
        "nothing is going to happen after 0 s: "
        "#1 waits at send GET https://shop.test/users/7; #2 waits at wait for a wake"
    )
    assert log == ["flow closed"]


def test_idling_with_a_flow_that_would_wait_forever_is_a_deadlock() -> None:
    world, ticket = World(nobody), Ticket()
    task = world.spawn(waiting(ticket), name="waiter")
    with pytest.raises(Deadlock, match="waiter waits at wait for a wake"):
        world.run_until_idle()
    ticket.wake()
    world.run_until_idle()
    assert task.done


def test_an_iteration_that_would_wait_forever_is_a_deadlock() -> None:
    def stuck() -> Flow[None]:
        yield Emit([1])
        yield Wait(Ticket())

    found = World(nobody).iterate(stuck())
    assert next(found) == 1
    with pytest.raises(Deadlock):
        next(found)


def test_closing_a_world_closes_its_flows_even_shielded_ones() -> None:
    log: list[str] = []
    world = World(Script(Answer(OK, after=5.0), Answer(OK, after=5.0)))
    world.spawn(watched(sending(shielded=True), log, "shielded"))
    world.spawn(watched(gathering(watched(sending(shielded=True), log, "child")), log, "parent"))
    world.advance(1.0)
    world.close()
    world.close()
    assert log == ["shielded closed", "child closed", "parent closed"]


def queued(queue: ConnectionQueue, turn: Turn) -> Flow[Slot]:
    try:
        while (slot := queue.poll(turn)) is None:
            yield Wait(turn.ticket)
    except BaseException:
        queue.leave(turn)
        raise
    return slot


def connecting(queue: ConnectionQueue, *, gives_back: bool = True) -> Flow[Response]:
    granted = queue.acquire("https://shop.test:443")
    slot = granted if isinstance(granted, Slot) else (yield from queued(queue, granted))
    try:
        return (yield from sending())
    finally:
        if gives_back:
            queue.release(slot)


def test_no_more_requests_are_under_way_than_connections() -> None:
    under_way, most = 0, 0

    def server(request: Request, now: Now) -> Reply:
        return Answer(OK, after=1.0)

    with World(server, max_connections=3) as world:
        tasks = [world.spawn(connecting(world.runtime.connections)) for _ in range(10)]
        while not all(each.done for each in tasks):
            under_way = world.runtime.connections.snapshot().in_use
            most = max(most, under_way)
            world.advance(0.5)
        assert world.now == 4.0
    assert most == 3


def test_a_connection_that_was_kept_is_found_out() -> None:
    world = World(Script(Answer(OK)))
    world.run(connecting(world.runtime.connections, gives_back=False))
    with pytest.raises(LawBroken, match="1 connections are in use and 0 calls wait"):
        world.close()
    with pytest.raises(LawBroken), world:
        pass


def test_a_block_that_raises_is_not_covered_by_what_was_left_behind() -> None:
    log: list[str] = []
    world = World(Script(Answer(OK)))

    def block() -> None:
        with world:
            world.run(connecting(world.runtime.connections, gives_back=False))
            world.spawn(watched(sleeping(9.0), log))
            world.advance(1.0)
            raise KeyError("of the block")

    with pytest.raises(KeyError, match="of the block"):
        block()
    assert log == ["flow closed"]


# Determinism


def test_a_trace_tells_each_effect_and_each_answer() -> None:
    trace: list[str] = []
    world = World(Script(Answer(OK, after=1.0), Refuse()), trace=trace)

    def parent() -> Flow[None]:
        yield Gather((sending(), sending()))

    with pytest.raises(NeverSent):
        world.run(parent())
    assert trace == [
        "0.000000 #1 gather 2",
        "0.000000 #1.1 send GET https://shop.test/users/7",
        "0.000000 #1.2 send GET https://shop.test/users/7",
        "0.000000 #1.2 failed NeverSent",
        "0.000000 #1.2 raised NeverSent",
        "0.000000 #1.1 cancelled",
        "0.000000 #1 failed NeverSent",
        "0.000000 #1 raised NeverSent",
    ]


def jittery(chance: Random) -> float:
    return chance.uniform(0.0, 2.0)


def moody() -> Server:
    """A server whose replies depend on the order in which requests arrive."""
    replies: list[Reply] = [Answer(OK, after=1.0), Drop(), Answer(OK), Refuse(0.5), Stall()]
    count = iter(range(1_000))
    return lambda request, now: replies[next(count) % len(replies)]


def traced(seed: int, flows: int, *, shuffle: bool) -> list[str]:
    trace: list[str] = []
    with World(moody(), seed=seed, latency=jittery, shuffle=shuffle, max_connections=2, trace=trace) as world:

        def persistent() -> Flow[None]:
            for _ in range(3):
                try:
                    yield from connecting(world.runtime.connections)
                except NetworkError:
                    yield Sleep(world.now + world.runtime.random.random())

        for _ in range(flows):
            world.spawn(persistent())
        world.advance(20.0)
    return trace


@given(seed=st.integers(0, 1_000), flows=st.integers(1, 6), shuffle=st.booleans())
def test_the_same_seed_makes_the_same_trace(seed: int, flows: int, shuffle: bool) -> None:
    assert traced(seed, flows, shuffle=shuffle) == traced(seed, flows, shuffle=shuffle)


def test_another_seed_makes_another_trace() -> None:
    assert len({tuple(traced(seed, 3, shuffle=False)) for seed in range(5)}) == 5


def test_shuffling_changes_the_order_of_what_happens_at_once() -> None:
    def order(seed: int) -> tuple[int, ...]:
        world, woken = World(nobody, seed=seed, shuffle=True), list[int]()
        for number in range(5):
            world.spawn(sleeping(1.0, log=lambda number=number: woken.append(number)))  # type: ignore[misc]
        world.run_until_idle()
        return tuple(woken)

    assert order(1) == order(1)
    assert len({order(seed) for seed in range(20)}) > 10
