"""`World`: a driver in virtual time, which runs many flows at once against a fake server.

Rules of this file: the same server, flows and seed make the same run, down to the last event. No
flow is stepped inside of another's step, each effect is answered once, and a flow that is given
up is closed with nothing called in between. An error that is not the flow's to see, such as one
that the server function raises, closes the flow instead of being thrown into it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, assert_never

from offwire.flow import Ask, Effect, Emit, Flow, Gather, Race, Send, Sleep, Wait
from offwire.message.request import Request
from offwire.runtime import Runtime, tell_all
from offwire.state.connections import ConnectionQueue
from offwire.testing.agenda import Agenda
from offwire.testing.chance import seeded
from offwire.testing.exchange import outcome, unreached
from offwire.testing.servers import Server
from offwire.testing.task import Task, asked, described, shown

if TYPE_CHECKING:
    from random import Random

T = TypeVar("T")

WALL_START: Final = 1_767_225_600.0
"""What the wall clock of every World shows at its beginning: 2026-01-01T00:00:00Z."""

Latency: TypeAlias = "Callable[[Random], float] | float"
"""Seconds that a message takes one way: fixed, or drawn for each; a negative draw counts as 0."""


class Deadlock(AssertionError):
    """Nothing is going to happen any more, and a flow waits. The message names its effect."""


class LawBroken(AssertionError):
    """A flow did what no driver may be asked for, or left a connection behind."""


class World:
    """Many flows, one fake server, one clock that jumps from event to event.

        world = World(server)
        first, second = world.spawn(flow), world.spawn(other_flow)
        world.run_until_idle()
        assert first.result() == ...

    As a context manager it checks at the end of the block that no flow kept a connection.
    """

    def __init__(
        self,
        server: Server,
        *,
        seed: int = 0,
        max_connections: int | None = 100,
        latency: Latency = 0.0,
        shuffle: bool = False,
        trace: list[str] | None = None,
    ) -> None:
        """Set a world up; its monotonic clock begins at 0.

        Args:
            server: is asked about each request when it arrives.
            seed: of all chance in this world.
            max_connections: how many requests may be under way at once; None is no limit.
            latency: seconds from client to server, and again from server to client.
            shuffle: whether events of one instant come in a drawn order, instead of the order in
                which they were made.
            trace: a list to which each effect and each answer is written, with time and task.

        Raises:
            ValueError: a negative latency, or a max_connections below 1.
        """
        if not callable(latency) and not latency >= 0:
            raise ValueError(f"latency is a number of seconds from 0 on, or a function, not {latency!r}")
        self._server = server
        self._latency = latency
        self._chance = seeded(seed, "latency")
        self._agenda = Agenda(seeded(seed, "order") if shuffle else None)
        self._trace = trace
        self._tasks: dict[Task[Any], None] = {}
        self._spawned = 0
        self._requests: list[Request] = []
        self.runtime: Final = Runtime(
            random=seeded(seed, "runtime"), connections=ConnectionQueue(max_connections)
        )
        self._move()

    @property
    def now(self) -> float:
        """Seconds since the beginning, on the monotonic clock."""
        return self._agenda.now

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that were sent, in order, those included that did not arrive."""
        return tuple(self._requests)

    def spawn(self, flow: Flow[T], *, name: str | None = None) -> Task[T]:
        """Begin to run `flow`, at the next event; `name` is for traces and errors."""
        self._spawned += 1
        return self._start(Task(self, flow, name or f"#{self._spawned}"))

    def run(self, flow: Flow[T]) -> T:
        """Run `flow` to its end, and the others as far as they get in that time.

        Raises:
            Deadlock: it would wait forever.
            Exception: whatever the flow raises, or the server function.
        """
        task = self.spawn(flow)
        try:
            self._drive(task)
        finally:
            self._abandon(task)
        return task.result()

    def iterate(self, flow: Flow[None]) -> Generator[object, None, None]:
        """Run `flow` from one item to the next; closing or dropping the iterator closes the flow.

        Raises:
            Deadlock: it would wait forever.
            Exception: whatever the flow raises, or the server function.
        """
        self._spawned += 1
        task = Task(self, flow, f"#{self._spawned}", pauses=True)
        self._start(task)
        try:
            while True:
                self._drive(task)
                if task.done:
                    task.result()
                    return
                emitted, task.items = task.items, []
                yield from emitted
                if not task.done:
                    task.paused = False
                    self._answer_at(task, self.now)
        finally:
            self._abandon(task)

    def run_until_idle(self) -> None:
        """Run until all flows have ended.

        Raises:
            Deadlock: one of them would wait forever.
        """
        while self._happen():
            pass
        if any(not task.paused for task in self._tasks):
            raise self._deadlock()

    def advance(self, seconds: float) -> None:
        """Run all that happens in the next `seconds`, and move there. Flows may go on waiting."""
        if not seconds >= 0:
            raise ValueError(f"time goes forward: advance by seconds from 0 on, not {seconds!r}")
        end = self.now + seconds
        while self._happen(end):
            pass
        self._agenda.now = end
        self._move()

    def close(self) -> None:
        """Close the flows that have not ended, shielded or not. Idempotent.

        Raises:
            LawBroken: a flow kept its connection, or its place in the line for one.
        """
        self._close_all()
        left = self.runtime.connections.snapshot()
        if left.in_use or left.waiting:
            raise LawBroken(
                f"all flows are closed, but {left.in_use} connections are in use "
                f"and {left.waiting} calls wait for one"
            )

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; where the block raised, what is left behind is not looked at."""
        self._close_all()
        if kind is None:
            self.close()

    def _close_all(self) -> None:
        for task in tuple(self._tasks):
            self._abandon(task)

    # The loop

    def _happen(self, until: float | None = None) -> bool:
        action = self._agenda.pop(until)
        if action is None:
            return False
        self._move()
        action()
        self._tell()
        return True

    def _move(self) -> None:
        self.runtime.now.advance(self._agenda.now, WALL_START + self._agenda.now)

    def _tell(self) -> None:
        if self.runtime.has_told:
            tell_all(self.runtime.take_told())

    def _drive(self, task: Task[Any]) -> None:
        while not (task.done or task.paused):
            if not self._happen():
                raise self._deadlock()

    def _deadlock(self) -> Deadlock:
        waiting = "; ".join(
            f"{task.name} waits at {shown(task.effect)}" for task in self._tasks if not task.paused
        )
        return Deadlock(f"nothing is going to happen after {self.now:g} s: {waiting}")

    def _note(self, task: Task[Any], what: str) -> None:
        if self._trace is not None:
            self._trace.append(f"{self.now:.6f} {task.name} {what}")

    # One task

    def _start(self, task: Task[T]) -> Task[T]:
        self._tasks[task] = None
        self._answer_at(task, self.now)
        return task

    def _answer_at(self, task: Task[Any], at: float, answer: object = None) -> None:
        task.entry = self._agenda.add(at, partial(self._step, task, task.effect, answer))

    def _step(self, task: Task[Any], effect: Effect | None, answer: object) -> None:
        assert task.effect is effect, "an effect is answered once"
        task.stop_waiting()
        task.effect = None
        failure = answer if isinstance(answer, Exception) else None
        if effect is not None:
            self._note(task, described(answer))
        try:
            following = task.flow.throw(failure) if failure is not None else task.flow.send(answer)
        except StopIteration as end:
            self._end(task, "returned", value=end.value)
        except Exception as error:  # noqa: BLE001 - a task's error is told by its result
            self._end(task, "raised", error=error)
        else:
            task.effect = following
            if task.cancelling and not task.is_shielded:
                self._close(task)
            else:
                self._note(task, shown(following))
                self._perform(task, following)

    def _perform(self, task: Task[Any], effect: Effect) -> None:
        match effect:
            case Send():
                self._send(task, effect)
            case Sleep(until):
                self._answer_at(task, until)
            case Wait(ticket, until):
                if not ticket.arm(partial(self._woken, task)):
                    self._answer_at(task, self.now)
                    return
                task.ticket = ticket
                if until is not None:
                    self._answer_at(task, until)
            case Gather(flows) | Race(flows):
                self._branch(task, flows)
            case Ask():
                self._answer_at(task, self.now, asked(effect))
            case Emit(items):
                task.items.extend(items)
                if task.pauses and items:
                    task.paused = True
                else:
                    self._answer_at(task, self.now)
            case _:
                assert_never(effect)

    def _woken(self, task: Task[Any]) -> None:
        # This runs inside of another flow's step, so it only notes that the wait is over.
        if task.entry is not None:
            task.entry.cancel()
        self._answer_at(task, self.now)

    def _end(
        self, task: Task[Any], how: str, *, value: object = None, error: Exception | None = None
    ) -> None:
        del self._tasks[task]
        task.end(value, error, was_cancelled=how == "cancelled")
        self._note(task, how if error is None else f"{how} {type(error).__name__}")
        if task.parent is not None:
            self._child_ended(task.parent, task)

    # Sending

    def _send(self, task: Task[Any], send: Send) -> None:
        self._requests.append(send.request)
        if not send.request.url.is_absolute:
            self._fail(task, LawBroken(f"a Send needs an absolute URL, not {send.request.url}"))
            return
        way, started = self._way(), self.now
        if (missed := unreached(send, started=started, way=way)) is not None:
            self._answer_at(task, missed.at, missed.result)
        else:
            task.entry = self._agenda.add(started + way, partial(self._arrive, task, send, started))

    def _arrive(self, task: Task[Any], send: Send, started: float) -> None:
        try:
            reply = self._server(send.request, self.runtime.now)
        except Exception as error:  # noqa: BLE001 - it is told by the task's result
            self._fail(task, error)
            return
        end = outcome(send, reply, started=started, arrived=self.now, way=self._way())
        # A server may cancel the very task that asks it; and where there is no end, nothing comes.
        if end is not None and not task.done:
            self._answer_at(task, end.at, end.result)

    def _way(self) -> float:
        return max(0.0, self._latency(self._chance)) if callable(self._latency) else self._latency

    # Side by side

    def _branch(self, task: Task[Any], flows: tuple[Flow[Any], ...]) -> None:
        task.children = tuple(
            Task(self, flow, f"{task.name}.{number}", parent=task) for number, flow in enumerate(flows, 1)
        )
        for child in task.children:
            self._start(child)
        if not flows:
            self._answer_at(task, self.now, None if isinstance(task.effect, Race) else [])

    def _child_ended(self, task: Task[Any], child: Task[Any]) -> None:
        is_race = isinstance(task.effect, Race)
        if task.child_error is None and task.winner is None:
            task.child_error, task.is_broken = child.error, child.is_broken
            task.winner = child.value if is_race else None
            if child.error is not None or task.winner is not None:
                for each in task.children:
                    self._cancel(each)
        if not all(each.done for each in task.children):
            return
        if task.is_broken and task.child_error is not None:
            self._fail(task, task.child_error)
        elif task.cancelling:
            self._close(task)
        else:
            error = task.child_error
            results = task.winner if is_race else [each.value for each in task.children]
            self._answer_at(task, self.now, results if error is None else error)

    # Giving up

    def cancel(self, task: Task[Any]) -> None:
        """Cancel one task; `Task.cancel` calls it."""
        self._cancel(task)
        self._tell()

    def _cancel(self, task: Task[Any]) -> None:
        if task.done:
            return
        task.cancelling = True
        running = [each for each in task.children if not each.done]
        for each in running:
            self._cancel(each)
        if not (running or task.is_shielded):
            self._close(task)

    def _close(self, task: Task[Any]) -> None:
        task.stop_waiting()
        try:
            task.flow.close()
        finally:
            self._end(task, "cancelled")

    def _fail(self, task: Task[Any], error: Exception) -> None:
        """End a task with an error that its flow does not get to see."""
        task.is_broken = True
        task.stop_waiting()
        try:
            task.flow.close()
        finally:
            self._end(task, "broken", error=error)

    def _abandon(self, task: Task[Any]) -> None:
        """Close a task and those that it gathers, whatever they do."""
        for child in task.children:
            self._abandon(child)
        if not task.done:
            self._close(task)
        self._tell()
