"""`Processes`: a scenario in which several programs share a store, in one world against one server.

Rules of this file: what is next in the world's time happens next, whoever's it is. Before a record of
another process than the last one's, a `Turned` says whose it is. The rules of one process are checked for
each, on its own records; those of the fleet on all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final

from attrs import evolve

from offwire.message.request import Request
from offwire.testing.chance import seeded
from offwire.testing.servers import Reply
from offwire.testing.simulate.checks.check import Audience, Check, Watcher
from offwire.testing.simulate.checks.fleet import Across, speaks_of_one
from offwire.testing.simulate.fleet_sights import FleetSights
from offwire.testing.simulate.process import Clock, Port, Process
from offwire.testing.simulate.records import Killed, Record, Turned
from offwire.testing.simulate.scenario import Scenario
from offwire.testing.simulate.shared_store import Shared, SharedStore
from offwire.testing.simulate.sights import Sights
from offwire.testing.simulate.site import Site
from offwire.testing.world import WALL_START
from offwire.time import Now

if TYPE_CHECKING:
    from offwire.engine import EngineSnapshot
    from offwire.testing.simulate.checks.check import Violation

_KILLS_END: Final = 30.0
"""Seconds after which nobody dies any more."""
_LONGEST: Final = 10_000.0
"""Seconds after which those who still wait are taken to wait for what never comes."""
_STARTS_LATER: Final = 2.0
"""Seconds after which another process takes a dead one's place, at most."""
_OFFSET: Final = 1000.0
_DRIFT: Final = 5e-5
_WALLS: Final = 2.0
_ARRIVES: Final = 0.8
"""The share of `Shared.stray` by which what a dead process has sent comes late, at most."""


class Processes:
    """One scenario with several processes, as it runs."""

    def __init__(
        self,
        scenario: Scenario,
        records: list[Record],
        checks: Iterable[type[Check]],
        found: Callable[[Violation], object],
        seen: set[str],
    ) -> None:
        """Set it up. All that happens goes into `records`, and what came up into `seen`."""
        self.scenario: Final = scenario
        self.now: float = 0.0
        """The world's time."""
        self._records = records
        self._checks = [each for each in checks if each.concerns(scenario)]
        self._found = found
        self._seen = seen
        self._is_silent = False
        self._is_stopped = False
        self._last = 0  # whose record was the last one
        self._clock = Now()
        self._chance = seeded(scenario.seed, "processes")
        self._kills: list[tuple[float, int]] = []
        self._starts: list[tuple[float, int, int]] = []
        self._processes: list[Process] = []
        across: list[Watcher] = [each(scenario, found) for each in self._checks if issubclass(each, Across)]
        across.append(FleetSights(seen))
        self._across: Final = Audience(across).handlers
        self.site: Final = Site(scenario, self._tell)
        self.store: Final = SharedStore(
            scenario.store or Shared(),
            seeded(scenario.seed, "store"),
            self.site.weather,
            world=lambda: self.now,
            record=self._tell,
            token=lambda text: self.site.tokens.access(text, 0.0)[0],
        )
        for number in range(scenario.processes):
            self._start(_shared_out(scenario.callers, scenario.processes, number), scenario.calls)

    @property
    def ended(self) -> list[tuple[int, object]]:
        """The calls that ended, process by process."""
        return [each for process in self._processes for each in process.ended]

    @property
    def seconds(self) -> float:
        """Virtual seconds since the beginning."""
        return self.now

    def snapshots(self) -> list[EngineSnapshot]:
        """What the engines show of themselves."""
        return [each for process in self._processes for each in process.snapshots()]

    def stop(self) -> None:
        """Have nothing more happen."""
        self._is_stopped = True
        for process in self._processes:
            process.stop()

    def play(self) -> None:
        """Run all of them to the end."""
        kills, at = self.store.shared.kills, 0.0
        while kills and (at := at + self._chance.expovariate(kills)) < _KILLS_END:
            heappush(self._kills, (at, self._chance.randrange(1 << 30)))
        self._run()
        if not self._is_stopped:
            self.site.weather.is_calm = True
            self._kills.clear()
            for process in self._alive():
                if not process.scheduler.stop:
                    process.catch_up(self.now)
                    process.heal()
            self._run()
        if not self._is_stopped:
            self.store.account()
        for process in self._alive():
            process.end()
        self._is_silent = True  # what the dead would say while they are cleared away
        for process in self._processes:
            process.scheduler.close()
        self._is_silent = False

    def _run(self) -> None:
        due = self._due()
        while not self._is_stopped and self.now < _LONGEST:
            at, number, process = min(due)
            own = min(self._kills[0][0] if self._kills else inf, self._starts[0][0] if self._starts else inf)
            if own <= at and not (at == inf and not self._starts):
                self._change(own)
                due = self._due()
            elif at == inf:
                return
            else:
                self.now = max(self.now, at)
                process.driver.turn()
                due[number - 1] = (process.next_at, number, process)  # nothing has changed for the others

    def _due(self) -> list[tuple[float, int, Process]]:
        """When something happens next in each of them."""
        return [(each.next_at, each.number, each) for each in self._processes]

    def _change(self, at: float) -> None:
        """A process dies, or another one begins."""
        self.now = max(self.now, at)
        if self._starts and self._starts[0][0] <= at:
            _, callers, calls = heappop(self._starts)
            self._start(callers, calls)
            return
        _, drawn = heappop(self._kills)
        alive = self._alive()
        if not alive:
            return
        process = alive[drawn % len(alive)]
        stray = self.store.shared.stray * _ARRIVES * self._chance.choice((0, 1))
        process.is_alive = False
        process.driver.die(lambda: stray * self._chance.random())
        self._tell(Killed(self.now, process.number))
        began = self.now + _STARTS_LATER * self._chance.random()
        heappush(self._starts, (began, process.scenario.callers, max(1, process.scenario.calls // 2)))

    def _alive(self) -> Sequence[Process]:
        return [each for each in self._processes if each.is_alive]

    def _start(self, callers: int, calls: int) -> None:
        number, chance = len(self._processes) + 1, self._chance
        scenario = self.scenario
        own = evolve(scenario, seed=1000 * scenario.seed + number, callers=callers, calls=calls)
        clock = Clock(_OFFSET * chance.random(), 1 + chance.uniform(-_DRIFT, _DRIFT))
        process = Process(
            own,
            self._teller(number, own, clock),
            self.site,
            port=Port(self.store, number),
            clock=clock,
            began=self.now,
            server=self._answer,
        )
        self._processes.append(process)
        process.begin()

    def _answer(self, request: Request, _now: Now) -> Reply:
        scenario, clock = self.scenario, self._clock
        clock.advance(self.now * (1 + scenario.drift), WALL_START + self.now + scenario.ahead)
        return self.site.server(request, clock)

    # What is told

    def _tell(self, record: Record) -> None:
        """What is of the server, of the store, or of all."""
        if not self._is_silent:
            self._records.append(record)
            for handler in self._across[type(record)]:
                handler(record)

    def tell(self, record: Record) -> None:
        """Tell the first process, and whoever looks at all."""
        self._teller_of_first(record)

    def _teller(self, number: int, scenario: Scenario, clock: Clock) -> Callable[[Record], None]:
        own: list[Watcher] = [
            each(scenario, self._found)
            for each in self._checks
            if not issubclass(each, Across) and speaks_of_one(each, scenario)
        ]
        sights = Sights(scenario)
        sights.seen = self._seen
        handlers, across, write = Audience([*own, sights]).handlers, self._across, self._records.append

        def tell(record: Record) -> None:
            if self._is_silent:
                return
            if self._last != number:
                self._last = number
                self._tell(Turned(self.now, number, clock.offset, clock.rate))
            write(record)
            for handler in handlers[type(record)]:
                handler(record)
            for handler in across[type(record)]:
                handler(record)

        if number == 1:
            self._teller_of_first: Callable[[Record], None] = tell
        return tell


def _shared_out(callers: int, processes: int, number: int) -> int:
    """How many of the callers one process has, which is one at least."""
    return max(1, (callers + processes - 1 - number) // processes)
