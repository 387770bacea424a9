"""The laws of drivers, as flows: each writes down how its effects are answered.

Every driver has to make the same notes, which stand beside the flow. So a driver is proved by
running all of `LAWS` through it, against a server that echoes and a port where nobody listens.

Rules of this file: a law needs no engine, no clock of its own and no luck. What it notes is the
same in every run and in every world.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import GEN_CLOSED, getgeneratorstate
from typing import Any

from attrs import field, frozen

from offwire.errors import NetworkError, NeverSent, ResponseTimeout
from offwire.events import AttemptStarted, Event
from offwire.flow import Ask, Emit, Flow, Gather, Race, Send, Sleep, Wait
from offwire.message.request import Request
from offwire.runtime import Runtime
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts

QUICK = Timeouts(connect=5.0, read=5.0, write=5.0)
SOON = 0.02


@frozen(kw_only=True)
class Bench:
    """What a law works with."""

    runtime: Runtime
    echoing: str
    """The URL of a server that answers with what it was sent."""
    stalling: str
    """The URL of a server that never answers."""
    refusing: str
    """The URL of a port where nobody listens."""
    trace: list[str] = field(factory=list)

    def note(self, what: str) -> None:
        """Write down what happened."""
        self.trace.append(what)

    def send(self, url: str, path: str = "/", **options: Any) -> Send:
        """A request to be sent."""
        return Send(Request("GET", url + path), QUICK, **options)


@frozen
class Law:
    """A flow, and what it writes down wherever it is driven rightly."""

    flow: Callable[[Bench], Flow[object]]
    trace: tuple[str, ...]
    result: object = None
    raises: type[Exception] | None = None

    @property
    def name(self) -> str:
        """What the law says."""
        return self.flow.__name__


LAWS: list[Law] = []
"""Flows to be run to their end."""


def law(
    *trace: str, result: object = None, raises: type[Exception] | None = None
) -> Callable[[Callable[[Bench], Flow[object]]], Callable[[Bench], Flow[object]]]:
    """Add a flow to the laws."""

    def add(flow: Callable[[Bench], Flow[object]]) -> Callable[[Bench], Flow[object]]:
        LAWS.append(Law(flow, trace, result, raises))
        return flow

    return add


@law("begun", result=7)
def a_flow_without_effects_returns(bench: Bench) -> Flow[object]:
    bench.note("begun")
    yield from ()
    return 7


@law("raised", raises=LookupError)
def what_a_flow_raises_is_raised(bench: Bench) -> Flow[object]:
    yield Emit(())
    bench.note("raised")
    raise LookupError("mine")


@law("200 /one", "200 /two", result="done")
def each_send_is_answered_with_its_own_response(bench: Bench) -> Flow[object]:
    for path in ("/one", "/two"):
        response = yield bench.send(bench.echoing, path)
        bench.note(f"{response.status} {response.content.split()[1].decode()}")
    return "done"


@law("NeverSent", "200", "end")
def a_failure_is_thrown_in_and_may_be_survived(bench: Bench) -> Flow[object]:
    try:
        yield bench.send(bench.refusing)
    except NeverSent as error:
        bench.note(type(error).__name__)
    bench.note(str((yield bench.send(bench.echoing)).status))
    bench.note("end")
    return None


@law("cleaned up", raises=NeverSent)
def a_failure_that_is_not_caught_comes_out(bench: Bench) -> Flow[object]:
    try:
        yield bench.send(bench.refusing)
    finally:
        bench.note("cleaned up")
    return None


@law("ResponseTimeout", "not early")
def a_deadline_ends_a_send(bench: Bench) -> Flow[object]:
    deadline = bench.runtime.now.monotonic + SOON
    try:
        yield bench.send(bench.stalling, deadline=deadline)
    except ResponseTimeout as error:
        bench.note(type(error).__name__)
    if bench.runtime.now.monotonic >= deadline:
        bench.note("not early")
    return None


@law("ConnectTimeout", "ConnectTimeout")
def a_deadline_that_has_passed_sends_nothing(bench: Bench) -> Flow[object]:
    for deadline in (bench.runtime.now.monotonic, 0.0):
        try:
            yield bench.send(bench.echoing, deadline=deadline)
        except NetworkError as error:
            bench.note(type(error).__name__)
    return None


@law("200")
def a_shielded_send_is_a_send(bench: Bench) -> Flow[object]:
    bench.note(str((yield bench.send(bench.echoing, shielded=True)).status))
    return None


@law("NeverSent")
def a_shielded_send_fails_like_any_other(bench: Bench) -> Flow[object]:
    try:
        yield bench.send(bench.refusing, shielded=True)
    except NeverSent as error:
        bench.note(type(error).__name__)
    return None


@law("None", "in time", "None")
def a_sleep_is_never_short(bench: Bench) -> Flow[object]:
    until = bench.runtime.now.monotonic + SOON
    bench.note(repr((yield Sleep(until))))
    if bench.runtime.now.monotonic >= until:
        bench.note("in time")
    bench.note(repr((yield Sleep(0.0))))
    return None


@law("None")
def a_wake_before_the_wait_is_not_lost(bench: Bench) -> Flow[object]:
    ticket = Ticket()
    ticket.wake()
    bench.note(repr((yield Wait(ticket))))
    return None


@law("None", "in time")
def a_wait_ends_at_its_time(bench: Bench) -> Flow[object]:
    until = bench.runtime.now.monotonic + SOON
    bench.note(repr((yield Wait(Ticket(), until))))
    if bench.runtime.now.monotonic >= until:
        bench.note("in time")
    return None


@law("first", "None")
def one_wake_is_one_wake(bench: Bench) -> Flow[object]:
    ticket = Ticket()
    ticket.wake()
    yield Wait(ticket)
    bench.note("first")
    bench.note(repr((yield Wait(ticket, bench.runtime.now.monotonic + SOON))))
    return None


@law("[1, 2, 3]", "[]")
def gathered_results_come_in_order(bench: Bench) -> Flow[object]:
    def child(number: int) -> Flow[object]:
        yield Sleep(bench.runtime.now.monotonic + SOON / number)
        return number

    bench.note(repr((yield Gather((child(1), child(2), child(3))))))
    bench.note(repr((yield Gather(()))))
    return None


@law("LookupError", "over")
def the_first_error_of_gathered_flows_is_thrown_in_as_itself(bench: Bench) -> Flow[object]:
    def failing() -> Flow[object]:
        yield Emit(())
        raise LookupError("first")

    def other() -> Flow[object]:
        yield Sleep(bench.runtime.now.monotonic + 60.0)
        return "nobody waited"

    others = (other(), other())
    try:
        yield Gather((failing(), *others))
    except LookupError as error:
        bench.note(type(error).__name__)
    if all(getgeneratorstate(each) == GEN_CLOSED for each in others):
        bench.note("over")
    return None


@law("[[1], [2]]")
def gathered_flows_may_gather(bench: Bench) -> Flow[object]:
    def leaf(number: int) -> Flow[object]:
        yield Sleep(0.0)
        return number

    def branch(number: int) -> Flow[object]:
        return (yield Gather((leaf(number),)))

    bench.note(repr((yield Gather((branch(1), branch(2))))))
    return None


@law("'quick'", "over")
def the_first_result_of_a_race_is_its_result(bench: Bench) -> Flow[object]:
    def runner(seconds: float, result: object) -> Flow[object]:
        yield Sleep(bench.runtime.now.monotonic + seconds)
        return result

    def sending() -> Flow[object]:
        return (yield bench.send(bench.stalling))

    def waiting() -> Flow[object]:
        return (yield Wait(Ticket()))

    losers = (sending(), waiting(), runner(60.0, "slow"))
    bench.note(repr((yield Race((*losers, runner(0.0, None), runner(SOON, "quick"))))))
    if all(getgeneratorstate(each) == GEN_CLOSED for each in losers):
        bench.note("over")
    return None


@law("None", "None")
def a_race_without_a_result_has_none(bench: Bench) -> Flow[object]:
    def dropping_out() -> Flow[object]:
        yield Sleep(0.0)
        return None

    bench.note(repr((yield Race((dropping_out(), dropping_out())))))
    bench.note(repr((yield Race(()))))
    return None


@law("LookupError", "over")
def the_first_error_of_a_race_is_thrown_in_as_itself(bench: Bench) -> Flow[object]:
    def failing() -> Flow[object]:
        yield Sleep(bench.runtime.now.monotonic + SOON)
        raise LookupError("first")

    def waiting() -> Flow[object]:
        return (yield Wait(Ticket()))

    loser = waiting()
    try:
        yield Race((loser, failing()))
    except LookupError as error:
        bench.note(type(error).__name__)
    if getgeneratorstate(loser) == GEN_CLOSED:
        bench.note("over")
    return None


@law("200 shielded", "'first'")
def a_loser_that_is_shielded_is_waited_for(bench: Bench) -> Flow[object]:
    ticket = Ticket()

    def shielded() -> Flow[object]:
        ticket.wake()
        response = yield bench.send(bench.echoing, shielded=True)
        bench.note(f"{response.status} shielded")
        return None

    def first() -> Flow[object]:
        yield Wait(ticket)
        return "first"

    bench.note(repr((yield Race((shielded(), first())))))
    return None


@law("'inner'")
def races_may_be_nested(bench: Bench) -> Flow[object]:
    def leaf(seconds: float, result: object) -> Flow[object]:
        yield Sleep(bench.runtime.now.monotonic + seconds)
        return result

    def branch() -> Flow[object]:
        return (yield Race((leaf(SOON, "inner"), leaf(60.0, "slow"))))

    bench.note(repr((yield Race((branch(), leaf(60.0, "outer"))))))
    return None


@law("None", "None")
def what_is_emitted_to_nobody_is_answered_at_once(bench: Bench) -> Flow[object]:
    bench.note(repr((yield Emit([1, 2]))))
    bench.note(repr((yield Emit([]))))
    return None


@law("time goes on", "wall clock")
def each_step_knows_the_time(bench: Bench) -> Flow[object]:
    now = bench.runtime.now
    instants = []
    for _ in range(3):
        instants.append(now.monotonic)
        yield Sleep(now.monotonic + SOON)
    if instants == sorted(set(instants)):
        bench.note("time goes on")
    if now.wall > 1_700_000_000:
        bench.note("wall clock")
    return None


@law("told 1", "told 2", "told 3", raises=LookupError)
def observers_are_told_after_each_step(bench: Bench) -> Flow[object]:
    def observer(event: Event) -> None:
        assert isinstance(event, AttemptStarted)
        bench.note(f"told {event.attempt}")

    def tell(attempt: int) -> None:
        bench.runtime.tell(observer, AttemptStarted(at=0.0, call=1, attempt=attempt, method="GET", url=""))

    tell(1)
    yield Emit(())
    tell(2)
    try:
        yield Sleep(0.0)
    finally:
        tell(3)
    raise LookupError("the last of them was told all the same")


class Doubling:
    """A store that answers twice what it is asked, and raises at 0."""

    def answer(self, question: int, /) -> object:
        if question == 0:
            raise LookupError("nothing is kept")
        return 2 * question


@law("14", "LookupError", "18", result="done")
def a_store_answers_or_its_failure_is_thrown_in(bench: Bench) -> Flow[object]:
    bench.note(str((yield Ask(Doubling(), 7))))
    try:
        yield Ask(Doubling(), 0, shielded=True)
    except LookupError as error:
        bench.note(type(error).__name__)
    bench.note(str((yield Ask(Doubling(), 9, shielded=True))))
    return "done"


def pages(bench: Bench) -> Flow[None]:
    """Two pages, an empty one between them; to be iterated."""
    bench.note("first page")
    yield Emit(["a", "b"])
    bench.note("empty page")
    yield Emit([])
    yield Sleep(0.0)
    bench.note("last page")
    yield Emit(("c",))
    bench.note("end")


PAGES_TRACE = ("first page", "a", "b", "empty page", "last page", "c", "end")
"""What is noted where the consumer notes each item: a page is asked for when the one before is used up."""
