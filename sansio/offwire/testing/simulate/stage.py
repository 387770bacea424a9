"""`Stage`: a scenario set up: the server with its parts, the engine, and the callers' scripts.

Rules of this file: each part draws from chance of its own, so that one fault more does not change
what else happens. The engine is the real one, and all that it is given is what a user would give it.
"""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final

from offwire.auth.credentials import ApiKey, Basic, Bearer
from offwire.auth.oauth2 import ClientCredentials, RefreshToken
from offwire.engine import Engine
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.options import NO_OPTIONS, Options
from offwire.policies import Policies
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.connections import ConnectionQueue
from offwire.state.line import USUAL_PLACE
from offwire.testing.chance import seeded
from offwire.testing.simulate.footprint import held
from offwire.testing.simulate.records import (
    Answered,
    Began,
    Closed,
    Healed,
    Jumped,
    Looked,
    Marks,
    Record,
    Reported,
    Stuck,
    made,
)
from offwire.testing.simulate.scenario import API, LOGIN, PRICES, Scenario
from offwire.testing.simulate.scheduler import Scheduler, Task
from offwire.testing.simulate.secrets import leak
from offwire.testing.simulate.site import Site
from offwire.testing.simulate.tokens import PATH, bearer, form

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import TokenSource
    from offwire.engine import EngineSnapshot
    from offwire.state.limits import Limit

CALLS: Final[dict[str, Call[Response]]] = {
    "read": Call.get("/read", returns=Response),
    "write": Call.post("/write", returns=Response),
    "create": Call.post("/create", returns=Response),
}
"""What callers ask for, by its operation."""

LOOK_EVERY: Final = 8
"""How often, in instants, what the calls share is looked at."""
COUNT_EVERY: Final = 16
"""How often, in looks, what the machines hold is counted, which costs as much as ten records."""
_CLOCKS_END: Final = 20.0
_PROBES: Final = 8
_PROBE_EVERY: Final = 100.0


def _price(operation: str, _request: Request) -> float:
    """What operations cost, which is known."""
    return PRICES[operation]


class Stage:
    """One scenario, as it runs."""

    def __init__(
        self, scenario: Scenario, record: Callable[[Record], object], site: Site | None = None
    ) -> None:
        """Set it up; `record` is told all that happens. Without a `site` it has its own."""
        self.scenario: Final = scenario
        site = Site(scenario, record) if site is None else site
        self.site: Final = site
        self.weather: Final = site.weather
        self.ended: list[tuple[int, object]] = []
        """The calls that ended, with what they raised or returned."""
        self._record = record
        self._looks = 0
        self._newest = -1.0
        self.tokens: Final = site.tokens
        self.secret: Final = site.secret
        self._places = seeded(scenario.seed, "places of calls")
        self.connections: Final = ConnectionQueue(scenario.connections)
        self.scheduler: Final = self._scheduled()
        quota = scenario.quota
        self.engine: Final = Engine(
            self.scheduler.runtime,
            base_url=API,
            auth=self._auth(),
            policies=Policies(
                retry=scenario.retry,
                hedge=scenario.hedge,
                breaker=scenario.breaker,
                quota=self._limits(),
                fairness=scenario.fairness,
                price=_price if quota is not None and quota.priced else None,
                cookies=scenario.cookies,
                observers=(record,),
            ),
        )

    @property
    def seconds(self) -> float:
        """Virtual seconds since the beginning."""
        return self.scheduler.now

    def snapshots(self) -> list[EngineSnapshot]:
        """What the engine shows of itself."""
        return [self.engine.snapshot()]

    def stop(self) -> None:
        """Have nothing more happen."""
        self.scheduler.stop = True

    def play(self) -> None:
        """Run the callers, the clocks and whatever else there is, to the end."""
        self.begin()
        self.scheduler.run()
        if not self.scheduler.stop:
            self.heal()
            self.scheduler.run()
        self.end()

    def begin(self) -> None:
        """Have the callers come, and what else there is."""
        scenario, scheduler = self.scenario, self.scheduler
        now = scheduler.now
        for number in range(scenario.callers):
            chance = seeded(scenario.seed, f"caller {number}")
            scheduler.at(now + scenario.pace * chance.random(), self._next, chance, scenario.calls)
        clocks = seeded(scenario.seed, "clocks")
        for _ in range(scenario.jumps):
            back = clocks.choice((0.0, clocks.uniform(0.0, 5.0)))
            at = now + clocks.uniform(0.0, _CLOCKS_END)
            scheduler.at(at, self._jump, clocks.uniform(-86_400, 86_400), back)
        if scenario.closes_at is not None:
            scheduler.at(now + scenario.closes_at, self._close)

    def end(self) -> None:
        """Nothing is going to happen any more: look at what is left."""
        scheduler = self.scheduler
        if scheduler.tasks and not scheduler.stop:
            self._record(Stuck(scheduler.now, tuple(scheduler.tasks)))
        scheduler.close()
        self._record(self._seen(is_last=True))

    def heal(self) -> None:
        """All goes well from here on, and calls keep coming."""
        self.weather.is_calm = True
        self._record(Healed(self.scheduler.now))
        for number in range(_PROBES):
            chance = seeded(self.scenario.seed, f"probe {number}")
            self.scheduler.at(self.scheduler.now + (number + 1) * _PROBE_EVERY, self._next, chance, 1)

    # What happens

    def _next(self, chance: Random, left: int) -> None:
        """A caller's next call; when all is well, one without a deadline, and not given up."""
        scenario, scheduler, is_calm = self.scenario, self.scheduler, self.weather.is_calm
        drawn = chance.random()
        operation = "write"
        options = NO_OPTIONS
        seconds: float | None = None
        if chance.random() < scenario.deadlines and not is_calm:
            seconds = scenario.deadline_up_to * (chance.random() + 1e-3)
            options = Options(deadline=seconds)
        if drawn >= scenario.writes:
            operation = "create" if drawn < scenario.writes + scenario.keyed else "read"
            if operation == "create":
                options = Options(deadline=seconds, idempotency_key=f"{chance.getrandbits(64):016x}")
        place = USUAL_PLACE
        if scenario.places:
            place = self._places.choice(scenario.places)
            options = Options(priority=place.priority, flow=place.flow).over(options)
        call = CALLS[operation]
        safety = Safety.KEYED if operation == "create" else call.safety
        task = scheduler.start(
            partial(self.engine.perform, call, operation, options), partial(self._over, chance, left)
        )
        deadline = None if seconds is None else scheduler.now + seconds
        began = (scheduler.now, task.number, operation, safety.value, deadline, *place)
        self._record(made(Began, began))
        if chance.random() < scenario.cancels and not is_calm:
            for _ in range(2):  # a cancel may come twice
                scheduler.at(scheduler.now + scenario.cancel_up_to * drawn, scheduler.cancel, task)
        scheduler.step(task)

    def _over(self, chance: Random, left: int, task: Task) -> None:
        self.ended.append((task.number, task.error))
        if left > 1 and not self.scheduler.stop:
            pause = self.scenario.pace * 2 * chance.random()
            self.scheduler.at(self.scheduler.now + pause, self._next, chance, left - 1)

    def _jump(self, wall: float, monotonic: float) -> None:
        self._record(Jumped(self.scheduler.now, wall, monotonic))
        self.scheduler.shift(wall, monotonic)

    def _close(self) -> None:
        if self.scheduler.tasks:
            self.scheduler.stop = True
            self._record(Closed(self.scheduler.now))
            self.scheduler.close()

    # Looking

    def _look(self) -> None:
        self._looks += 1
        self._record(self._seen(is_last=False))

    def _heard(self, record: Answered) -> None:
        """Before an old report is learned, see what is known."""
        if record.remaining is not None:
            if record.arrived < self._newest:
                self.scheduler.stepped = partial(self._compare, record, self._known(record.at))
            else:
                self._newest = record.arrived

    def _seen(self, *, is_last: bool) -> Looked:
        scheduler = self.scheduler
        return Looked(
            scheduler.now,
            len(scheduler.tasks),
            self.engine.snapshot(),
            self.connections.snapshot(),
            scheduler.runtime.now.monotonic,
            is_last,
            self._held() if is_last or self._looks % COUNT_EVERY == 0 else None,
        )

    def _held(self) -> int:
        return held((*vars(self.engine).values(), self.connections))

    def _known(self, now: float) -> tuple[float, float] | None:
        """What reports that still hold leave over, at most and at once; None where there is none."""
        bounds = [
            each
            for each in self.engine.snapshot().quota.reported
            if each.until is not None and each.until > now
        ]
        if not bounds:
            return None
        return min(each.left for each in bounds), min(each.left - each.in_doubt for each in bounds)

    def _compare(self, record: Answered, before: tuple[float, float] | None) -> None:
        """What may be sent at once rises where a doubt is decided; at most, where bounds become one."""
        after = self._known(record.at)
        if before is not None and after is not None:
            was, left = min(zip(before, after, strict=True), key=lambda each: each[1] - each[0])
            self._record(Reported(record.at, record.call, was, left))

    # Setting up

    def _scheduled(self) -> Scheduler:
        scenario = self.scenario
        return Scheduler(
            self.site.server,
            seed=scenario.seed,
            connections=self.connections,
            record=self._record,
            marks=self._marks,
            heard=self._heard,
            latency=scenario.latency,
            drift=scenario.drift,
            ahead=scenario.ahead,
            shuffled=scenario.shuffled,
            look=self._look,
            look_every=LOOK_EVERY,
        )

    def _limits(self) -> tuple[Limit, ...]:
        quota = self.scenario.quota
        return () if quota is None else quota.limits()

    def _auth(self) -> FixedCredential | TokenSource | None:
        scenario, token_url = self.scenario, f"{LOGIN}{PATH}"
        if scenario.sign_in is not None:
            secret = Secret(self.tokens.client_secret)
            if scenario.sign_in.rotating:
                return RefreshToken(
                    token_url=token_url,
                    client_id="client",
                    client_secret=secret,
                    refresh_token=Secret(self.tokens.first),
                )
            return ClientCredentials(token_url=token_url, client_id="client", client_secret=secret)
        match scenario.credential:
            case "key":
                return ApiKey(headers={"X-Key": Secret(self.secret)})
            case "basic":
                return Basic("user", Secret(self.secret))
            case "bearer":
                return Bearer(Secret(self.secret))
            case _:
                return None

    def _marks(self, request: Request) -> Marks:
        origin = request.url.origin
        if origin == LOGIN:
            refresh = form(request).get("refresh_token", "")
            return Marks(
                "token", refresh=self.tokens.refresh(refresh), leak=leak(request, is_elsewhere=False)
            )
        kind = "api" if origin == API else "elsewhere"
        shown = leak(request, is_elsewhere=kind == "elsewhere")
        key = request.headers.get("idempotency-key") or ""
        number, left = 0, inf
        if self.scenario.sign_in is not None:
            number, left = self.tokens.access(bearer(request), self._server_time())
        return made(Marks, (kind, key, number, 0, left, shown))

    def _server_time(self) -> float:
        return self.scheduler.now * (1 + self.scenario.drift)
