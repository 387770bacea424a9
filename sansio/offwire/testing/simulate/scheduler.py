"""`Scheduler`: drives flows in virtual time, and writes down what happens.

It is a `World` that does less, several times as fast: it knows one kind of flow, that of one call,
and what it tells goes to one function. Unlike a World's, its requests go on when their caller has
given them up, as those of a real network do.

Rules of this file: the same flows, server and chance make the same trace. No flow is stepped inside
of another's step, each effect is answered once, and what the core tells in a step is written down
before the effect that the step ended with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from offwire.errors import NetworkError, ResponseTimeout
from offwire.flow import Effect, Flow, Race, Send, Sleep, Wait, is_shielded
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime, tell_all
from offwire.testing.chance import seeded
from offwire.testing.exchange import outcome, unreached
from offwire.testing.servers import Server
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
    made,
)
from offwire.testing.world import WALL_START
from offwire.ticket import Ticket
from offwire.time import Now

if TYPE_CHECKING:
    from random import Random

    from offwire.state.connections import ConnectionQueue

Action: TypeAlias = Callable[..., object]
_NO_MARKS: Final = Marks()
_NOTHING_SAID: Final = Answered(0.0, 0, 0, None, "")[5:]


class Task:
    """One call's flow, or one of those that it races, and where it stands."""

    __slots__ = (
        "branches", "cancelling", "direct", "effect", "ended", "error", "exchange", "flow", "number",
        "ticket", "turn", "value", "when_ended",
    )  # fmt: skip

    def __init__(self, flow: Flow[Any], number: int, when_ended: Callable[[Task], object]) -> None:
        self.flow: Flow[Any] = flow
        self.number: int = number
        self.when_ended: Callable[[Task], object] = when_ended
        self.turn: int = 0  # which effect it is at: what was meant for an earlier one is stale
        self.effect: Effect | None = None
        self.ticket: Ticket | None = None
        self.branches: tuple[Task, ...] = ()
        self.exchange: int = 0
        self.direct: bool = True
        self.cancelling: bool = False
        self.ended: bool = False
        self.value: object = None
        self.error: Exception | None = None


class Scheduler:
    """Time, and what happens in it."""

    def __init__(
        self,
        server: Server,
        *,
        seed: int,
        connections: ConnectionQueue,
        record: Callable[[Record], object],
        marks: Callable[[Request], Marks] | None = None,
        latency: tuple[float, float] = (0.0, 0.0),
        drift: float = 0.0,
        ahead: float = 0.0,
        shuffled: bool = False,
        heard: Callable[[Answered], object] | None = None,
        look: Callable[[], object] | None = None,
        look_every: int = 1,
    ) -> None:
        """Begin at 0.

        Args:
            server: answers; its clock is faster than ours by the share `drift`, and its calendar
                `ahead` by so many seconds.
            seed: of the latency, the order and the runtime.
            connections: the line for them.
            record: is told all that happens.
            marks: what a request shows of itself.
            latency: seconds one way, the least and the most.
            drift: see `server`.
            ahead: see `server`.
            shuffled: whether what falls on one instant comes in a drawn order.
            heard: is told of each answer that says more than a response does, before its call is.
            look: is called before time goes on.
            look_every: how many times time has to go on for that.
        """
        self.now: float = 0.0
        self.runtime: Final = Runtime(random=seeded(seed, "runtime"), connections=connections)
        self.tasks: Final[dict[int, Task]] = {}
        """Those that have not ended, by their number."""
        self.steps: int = 0
        """How often something has happened."""
        self.stop: bool = False
        """Set it, and nothing more happens."""
        self.stepped: Callable[[], object] | None = None
        """Called after the next step, once."""
        self._server = server
        self._record = record
        self._marks = marks
        self._least, self._spread = latency[0], latency[1] - latency[0]
        self._clock = Now()
        self._rate, self._ahead = 1.0 + drift, ahead
        self._chance: Random = seeded(seed, "latency")
        self._draw: Callable[[], float] | None = seeded(seed, "order").random if shuffled else None
        self._heard = heard
        self._look = look
        self._look_every = self._until_look = look_every
        self._wall = WALL_START
        self._newest = self._exchanges = 0
        self._number: Callable[[], int] = count(1).__next__
        self._heap: list[tuple[float, float, int, Task | None, int, Action, tuple[Any, ...]]] = []
        self.runtime.now.advance(0.0, WALL_START)

    def at(self, time: float, action: Action, *arguments: object) -> None:
        """Have `action` happen at `time`, or now where that is past."""
        self._add(time, None, 0, action, arguments)

    def start(self, make: Callable[[], Flow[Any]], when_ended: Callable[[Task], object]) -> Task:
        """Begin a call, now. Its number is the one that the core will give it, if it gives one.

        Calls that nobody observes may get none.
        """
        self._newest = max(self._newest, self.runtime.calls) + 1
        task = Task(make(), self._newest, when_ended)
        self.tasks[task.number] = task
        return task

    def step(self, task: Task, answer: object = None) -> None:
        """Answer the effect at which `task` is, or have it begin."""
        task.turn += 1
        if task.ticket is not None:
            task.ticket.disarm()
            task.ticket = None
        try:
            if isinstance(answer, Exception):
                effect = task.flow.throw(answer)
            else:
                effect = task.flow.send(answer)
        except StopIteration as end:
            task.value = end.value
            self._end(task, "returned", "")
        except Exception as error:  # noqa: BLE001 - a call's error is its result
            task.error = error
            self._end(task, "raised", type(error).__name__)
        else:
            if self.runtime.has_told:
                tell_all(self.runtime.take_told())
            task.effect = effect
            if task.cancelling and not is_shielded(effect):
                self._close(task)
            elif type(effect) is Send:
                self._send(task, effect)
            elif type(effect) is Wait:
                self._wait(task, effect)
            elif type(effect) is Sleep:
                task.direct = True
                self._record(made(Slept, (self.now, task.number, effect.until)))
                self._add(effect.until, task, task.turn, self.step, (task,))
            elif type(effect) is Race:
                self._race(task, effect)
            else:
                self._other(task, effect)
        if self.stepped is not None:
            self._has_stepped()

    def cancel(self, task: Task) -> None:
        """Give a call up, once its exchange may be. Idempotent."""
        if task.ended or task.cancelling:
            return
        shielded = self._is_shielded(task)
        phase = "shielded" if shielded else type(task.effect).__name__.lower()
        self._record(Cancelled(self.now, task.number, phase))
        task.cancelling = True
        self._close_branches(task)
        if not (shielded or task.ended):
            self._close(task)

    def close(self) -> None:
        """Close all flows, shielded or not, in the order in which they began."""
        for task in tuple(self.tasks.values()):
            self._close(task)

    def shift(self, wall: float, monotonic: float = 0.0) -> None:
        """Set the wall clock; and have the monotonic one be read as earlier than it is, once."""
        self._wall += wall
        self.runtime.now.advance(self.now - monotonic, self._wall + self.now)

    def run(self) -> None:
        """Have all happen that there is to happen, or all until `stop`."""
        heap, now, look = self._heap, self.runtime.now, self._look
        while heap and not self.stop:
            at, _, _, task, turn, action, arguments = heappop(heap)
            if task is not None and task.turn != turn:
                continue
            if at > self.now:
                if look is not None:
                    self._until_look -= 1
                    if not self._until_look:
                        self._until_look = self._look_every
                        look()
                self.now = at
                now.advance(at, self._wall + at)
            self.steps += 1
            action(*arguments)

    def _add(self, time: float, task: Task | None, turn: int, action: Action, given: tuple[Any, ...]) -> None:
        now, draw = self.now, self._draw
        order = 0.0 if draw is None else draw()
        entry = (time if time > now else now, order, self._number(), task, turn, action, given)
        heappush(self._heap, entry)

    def _end(self, task: Task, how: str, error: str) -> None:
        if self.runtime.has_told:
            tell_all(self.runtime.take_told())
        task.turn += 1
        task.ended = True
        task.effect = None
        if self.tasks.get(task.number) is not task:
            self._has_stepped()
            task.when_ended(task)  # who races it, and closes the others
            return
        del self.tasks[task.number]
        self._record(made(Ended, (self.now, task.number, how, error)))
        task.when_ended(task)

    def _has_stepped(self) -> None:
        stepped, self.stepped = self.stepped, None
        if stepped is not None:
            stepped()

    def _race(self, task: Task, race: Race) -> None:
        branch_ended = partial(self._branch_ended, task)
        task.branches = tuple(Task(flow, task.number, branch_ended) for flow in race.flows)
        for each in task.branches:
            self._add(self.now, each, 0, self.step, (each,))

    def _branch_ended(self, task: Task, branch: Task) -> None:
        if task.error is None and task.value is None:
            task.error, task.value = branch.error, branch.value
            if task.error is not None or task.value is not None:
                self._close_branches(task)
        if task.branches and all(each.ended for each in task.branches):
            result = task.value if task.error is None else task.error
            task.error, task.value, task.branches = None, None, ()
            if task.cancelling:
                self._close(task)
            else:
                self._add(self.now, task, task.turn, self.step, (task, result))

    def _close_branches(self, task: Task) -> None:
        """Close all that may be closed, now; the others when they are answered."""
        for each in task.branches:
            each.cancelling = True
        for each in task.branches:
            if not each.ended and not is_shielded(each.effect):
                if type(each.effect) is Send and not task.cancelling:
                    self._record(GivenUp(self.now, each.number, each.exchange))
                self._close(each)

    def _is_shielded(self, task: Task) -> bool:
        return is_shielded(task.effect) or any(is_shielded(each.effect) for each in task.branches)

    def _close(self, task: Task) -> None:
        branches, task.branches = task.branches, ()
        for each in branches:
            if not each.ended:
                self._close(each)
        if task.ticket is not None:
            task.ticket.disarm()
        task.flow.close()
        self._end(task, "cancelled", "")

    def _wait(self, task: Task, wait: Wait) -> None:
        task.direct = False
        self._record(made(Paused, (self.now, task.number, wait.until)))
        turn = task.turn
        if not wait.ticket.arm(partial(self._woken, task, turn)):
            self._woken(task, turn)
            return
        task.ticket = wait.ticket
        if wait.until is not None:
            self._add(wait.until, task, turn, self.step, (task,))

    def _woken(self, task: Task, turn: int) -> None:
        # This runs inside of another flow's step, so it only notes that the wait is over.
        self._add(self.now, task, turn, self.step, (task,))

    def _send(self, task: Task, send: Send) -> None:
        self._exchanges = task.exchange = self._exchanges + 1
        request, started, turn = send.request, self.now, task.turn
        url = request.url
        marks = _NO_MARKS if self._marks is None else self._marks(request)
        sent = (
            started, task.number, task.exchange, url.origin, str(url), request.method, task.direct,
            send.shielded, marks,
        )  # fmt: skip
        self._record(made(Sent, sent))
        way = self._way()
        # Half of the way there goes by before there is a connection.
        missed = unreached(send, started=started, way=way / 2)
        if missed is not None:
            self._add(missed.at, task, turn, self._answer, (task, missed.result, None))
            return
        if send.deadline is not None and send.deadline < started + way:
            late = ResponseTimeout(message="no answer within the time limit")
            self._add(send.deadline, task, turn, self._answer, (task, late, None))
        self._add(started + way, None, 0, self._arrive, (task, turn, task.exchange, send, started))

    def _arrive(self, task: Task, turn: int, exchange: int, send: Send, started: float) -> None:
        is_late = task.turn != turn
        if is_late:
            self._record(Strayed(self.now, task.number, exchange))
        clock = self._clock
        clock.advance(self.now * self._rate, WALL_START + self.now + self._ahead)
        reply = self._server(send.request, clock)
        if is_late:
            return
        end = outcome(send, reply, started=started, arrived=self.now, way=self._way())
        if end is not None:
            told = reply if isinstance(reply, Told) else None
            self._add(end.at, task, turn, self._answer, (task, end.result, told))

    def _answer(self, task: Task, result: Response | NetworkError, told: Told | None) -> None:
        task.direct = True
        status, error = (result.status, "") if isinstance(result, Response) else (None, type(result).__name__)
        if told is None or status is None:
            said = _NOTHING_SAID
        else:
            said = (told.wait, told.remaining, told.reset, told.arrived, told.issued, told.lifetime)
        answered = made(Answered, (self.now, task.number, task.exchange, status, error, *said))
        self._record(answered)
        if told is not None and self._heard is not None:
            self._heard(answered)
        self.step(task, result)

    def _other(self, task: Task, effect: Effect) -> None:
        """An effect that one call of one process has no use for."""
        raise TypeError(f"one call does not ask for a {type(effect).__name__}")

    def _way(self) -> float:
        return self._least + self._spread * self._chance.random() if self._spread else self._least
