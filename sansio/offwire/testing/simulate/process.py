"""`Process`: one of several programs in one virtual world, with clocks, connections and an engine of its own.

Rules of this file: a process' records are in its own time, which is the world's, by an offset and a rate.
What it has under way when it dies goes on without it, and nothing of it is closed.
"""

from __future__ import annotations

from heapq import heapify, heappop
from math import inf
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from offwire.auth.credentials import ApiKey, Basic, Bearer
from offwire.auth.stored import stored
from offwire.errors import StoreFailed
from offwire.flow import Ask, Effect
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.shared import SharedLimit
from offwire.testing.servers import Server
from offwire.testing.simulate.records import Asked, Replied
from offwire.testing.simulate.scheduler import Scheduler, Task
from offwire.testing.simulate.shared_store import KEY, Question, SharedStore
from offwire.testing.simulate.site import Site
from offwire.testing.simulate.stage import LOOK_EVERY, Stage
from offwire.testing.world import WALL_START

if TYPE_CHECKING:
    from collections.abc import Callable

    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import TokenSource
    from offwire.testing.simulate.records import Record
    from offwire.testing.simulate.scenario import Scenario


@frozen
class Clock:
    """A process' monotonic clock."""

    offset: float
    """What it shows at the world's 0, in seconds."""
    rate: float
    """Its seconds to one of the world."""

    def local(self, world: float) -> float:
        """What it shows."""
        return self.offset + world * self.rate

    def world(self, local: float) -> float:
        """When it shows that."""
        return (local - self.offset) / self.rate


@frozen
class Port:
    """The store, as one process reaches it. Its scheduler asks `answered`, since an answer may be lost."""

    store: SharedStore = field(repr=False)
    process: int

    def answer(self, question: Question, /) -> object:
        """Of a store that loses nothing."""
        return self.answered(question, is_heard=True)

    def answered(self, question: Question, *, is_heard: bool) -> object:
        """The store's answer, which the process may not hear."""
        return self.store.answer(question, self.process, is_heard=is_heard)


class ProcessScheduler(Scheduler):
    """A scheduler that goes one turn at a time, and reaches a store."""

    steps: int
    _port: Port

    def reach(self, port: Port, clock: Clock, began: float) -> None:
        """Ask the store at `port`, and begin at `began`, by the world's clock. Owed before anything else."""
        self._port = port
        self._wall = WALL_START - clock.offset
        self.catch_up(clock.local(began))

    def catch_up(self, now: float) -> None:
        """It is this late by now."""
        if now > self.now:
            self.now = now
            self.runtime.now.advance(now, self._wall + now)

    def next_at(self) -> float:
        """When something happens; infinity where nothing does any more."""
        heap = self._heap
        while heap and not self.stop:
            at, _, _, task, turn, _, _ = heap[0]
            if task is None or task.turn == turn:
                return at
            heappop(heap)
        return inf

    def turn(self) -> None:
        """Have happen what is next, which there has to be."""
        at, _, _, _, _, action, arguments = heappop(self._heap)
        if at > self.now:
            self._glance()
            self.catch_up(at)
        self.steps += 1
        action(*arguments)

    def die(self, late: Callable[[], float]) -> None:
        """Step nothing any more. What is on its way arrives, `late()` seconds later."""
        left = []
        for at, order, number, task, turn, action, given in self._heap:
            if action in (self._arrive, self._at_store):
                left.append((at + late(), order, number, task, turn, action, given))
        self._heap[:] = left
        heapify(self._heap)
        for task in self.tasks.values():
            for each in (task, *task.branches):
                each.turn += 1  # so that nobody hears an answer
        self._look = None

    def _glance(self) -> None:
        if self._look is not None:
            self._until_look -= 1
            if not self._until_look:
                self._until_look = self._look_every
                self._look()

    # The store

    def _other(self, task: Task, effect: Effect) -> None:
        if isinstance(effect, Ask):
            self._ask(task, effect.question)
        else:
            super()._other(task, effect)

    def _ask(self, task: Task, question: Question) -> None:
        task.direct = False
        self._record(Asked(self.now, task.number, type(question).__name__))
        store, turn = self._port.store, task.turn
        fate = store.fate()
        if fate:
            lost = StoreFailed("no answer within the time limit")
            self._add(self.now + store.shared.timeout, task, turn, self._replied, (task, lost))
        if fate != "question":
            way = store.late() if fate == "time" else store.way()
            self._add(self.now + way, None, 0, self._at_store, (task, turn, question, not fate))

    def _at_store(self, task: Task, turn: int, question: Question, is_heard: bool) -> None:
        answer: object = StoreFailed("the store is away")
        if not self._port.store.is_away:
            try:
                answer = self._port.answered(question, is_heard=is_heard and task.turn == turn)
            except StoreFailed as error:
                answer = error
        if is_heard:
            at = self.now + self._port.store.way()
            self._add(at, task, turn, self._replied, (task, answer))

    def _replied(self, task: Task, answer: object) -> None:
        question = task.effect.question if isinstance(task.effect, Ask) else None
        error = str(answer) if isinstance(answer, StoreFailed) else ""
        self._record(Replied(self.now, task.number, type(question).__name__, error))
        self.step(task, answer)


class Process(Stage):
    """One engine, and the callers that it has."""

    def __init__(
        self,
        scenario: Scenario,
        record: Callable[[Record], object],
        site: Site,
        *,
        port: Port,
        clock: Clock,
        began: float,
        server: Server,
    ) -> None:
        """Set it up. `scenario` is its own share of the whole; `server` answers by the world's clock."""
        self.number: Final = port.process
        self.clock: Final = clock
        self.is_alive = True
        self._port = port
        self._began = began
        self._answers = server
        super().__init__(scenario, record, site)
        assert isinstance(self.scheduler, ProcessScheduler), "as _scheduled makes it"
        self.driver: Final = self.scheduler
        """The scheduler, which the world turns."""

    @property
    def next_at(self) -> float:
        """When something happens, by the world's clock."""
        return self.clock.world(self.driver.next_at())

    def catch_up(self, world: float) -> None:
        """It is this late by now."""
        self.driver.catch_up(self.clock.local(world))

    def _scheduled(self) -> ProcessScheduler:
        scenario = self.scenario
        scheduler = ProcessScheduler(
            self._answers,
            seed=scenario.seed,
            connections=self.connections,
            record=self._record,
            marks=self._marks,
            heard=self._heard,
            latency=scenario.latency,
            shuffled=scenario.shuffled,
            look=self._look,
            look_every=LOOK_EVERY,
        )
        scheduler.reach(self._port, self.clock, self._began)
        return scheduler

    def _limits(self) -> tuple[Limit, ...]:
        shared = self._port.store.shared
        return tuple(
            SharedLimit(
                each,
                self._port,
                KEY,
                when_away=shared.policy,
                lasts=shared.lasts,
                stray=shared.stray,
            )
            for each in super()._limits()
            if isinstance(each, WindowLimit | BucketLimit | ConcurrencyLimit)
        )

    def _auth(self) -> FixedCredential | TokenSource | None:
        auth = super()._auth()
        if auth is None or isinstance(auth, ApiKey | Basic | Bearer):
            return auth
        return stored(auth, self._port, KEY)

    def _server_time(self) -> float:
        return self.clock.world(self.scheduler.now) * (1 + self.scenario.drift)
