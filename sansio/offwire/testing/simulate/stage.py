"""`Stage`: a scenario set up: the server with its parts, the engine, and the callers' scripts.

Rules of this file: each part draws from chance of its own, so that one fault more does not change
what else happens. The engine is the real one, and all that it is given is what a user would give it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

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
from offwire.testing.chance import seeded
from offwire.testing.servers import Answer, Reply, Server
from offwire.testing.simulate.parts import Down, Flaky, Limited, Part, Redirects, Unreliable, Weather, served
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
    Visited,
)
from offwire.testing.simulate.scenario import API, ELSEWHERE, LOGIN, PRICES, Scenario
from offwire.testing.simulate.scheduler import Scheduler, Task
from offwire.testing.simulate.secrets import leak, new_secret
from offwire.testing.simulate.tokens import PATH, SignIn, TokenServer, bearer, form

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import TokenSource
    from offwire.time import Now

CALLS: Final[dict[str, Call[Response]]] = {
    "read": Call.get("/read", returns=Response),
    "write": Call.post("/write", returns=Response),
    "create": Call.post("/create", returns=Response),
}
"""What callers ask for, by its operation."""

LOOK_EVERY: Final = 8
"""How often, in instants, what the calls share is looked at."""
_CLOCKS_END: Final = 20.0
_PROBES: Final = 8
_PROBE_EVERY: Final = 100.0


def _price(operation: str, _request: Request) -> float:
    """What operations cost, which is known."""
    return PRICES[operation]


class Stage:
    """One scenario, as it runs."""

    def __init__(self, scenario: Scenario, record: Callable[[Record], object]) -> None:
        """Set it up; `record` is told all that happens."""
        self.scenario: Final = scenario
        self.weather: Final = Weather()
        self.ended: list[tuple[int, object]] = []
        """The calls that ended, with what they raised or returned."""
        self._record = record
        self._looks = 0
        self._newest = -1.0
        self.tokens: Final = TokenServer(
            scenario.sign_in or SignIn(), seeded(scenario.seed, "tokens"), self.weather
        )
        self.secret: Final = new_secret("credential", seeded(scenario.seed, "credential"))
        self.cookie: Final = new_secret("session", seeded(scenario.seed, "cookie"))
        self.connections: Final = ConnectionQueue(scenario.connections)
        self.scheduler: Final = Scheduler(
            self._server(),
            seed=scenario.seed,
            connections=self.connections,
            record=self.told,
            marks=self._marks,
            latency=scenario.latency,
            drift=scenario.drift,
            ahead=scenario.ahead,
            shuffled=scenario.shuffled,
            look=self._look,
        )
        quota = scenario.quota
        self.engine: Final = Engine(
            self.scheduler.runtime,
            base_url=API,
            auth=self._auth(),
            policies=Policies(
                retry=scenario.retry,
                breaker=scenario.breaker,
                quota=() if quota is None else quota.limits(),
                price=_price if quota is not None and quota.priced else None,
                cookies=scenario.cookies,
                observers=(record,),
            ),
        )

    def play(self) -> None:
        """Run the callers, the clocks and whatever else there is, to the end."""
        scenario, scheduler = self.scenario, self.scheduler
        for number in range(scenario.callers):
            chance = seeded(scenario.seed, f"caller {number}")
            scheduler.at(scenario.pace * chance.random(), self._next, chance, scenario.calls)
        clocks = seeded(scenario.seed, "clocks")
        for _ in range(scenario.jumps):
            back = clocks.choice((0.0, clocks.uniform(0.0, 5.0)))
            scheduler.at(clocks.uniform(0.0, _CLOCKS_END), self._jump, clocks.uniform(-86_400, 86_400), back)
        if scenario.closes_at is not None:
            scheduler.at(scenario.closes_at, self._close)
        scheduler.run()
        if not scheduler.stop:
            self._heal()
            scheduler.run()
        if scheduler.tasks and not scheduler.stop:
            self._record(Stuck(scheduler.now, tuple(scheduler.tasks)))
        scheduler.close()
        self._record(self._seen(is_last=True))

    def told(self, record: Record) -> None:
        """Hand a record on; before an old report is learned, see what is known."""
        self._record(record)
        if type(record) is Answered and record.remaining is not None:
            if record.arrived < self._newest:
                self.scheduler.stepped = partial(self._compare, record, self._known(record.at))
            else:
                self._newest = record.arrived

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
        call = CALLS[operation]
        safety = Safety.KEYED if operation == "create" else call.safety
        task = scheduler.start(
            partial(self.engine.perform, call, operation, options), partial(self._over, chance, left)
        )
        deadline = None if seconds is None else scheduler.now + seconds
        self._record(Began(scheduler.now, task.number, operation, safety.value, deadline))
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

    def _heal(self) -> None:
        """All goes well from here on, and calls keep coming."""
        self.weather.is_calm = True
        self._record(Healed(self.scheduler.now))
        for number in range(_PROBES):
            chance = seeded(self.scenario.seed, f"probe {number}")
            self.scheduler.at(self.scheduler.now + (number + 1) * _PROBE_EVERY, self._next, chance, 1)

    # Looking

    def _look(self) -> None:
        self._looks += 1
        if self._looks % LOOK_EVERY == 0:
            self._record(self._seen(is_last=False))

    def _seen(self, *, is_last: bool) -> Looked:
        scheduler = self.scheduler
        return Looked(
            scheduler.now,
            len(scheduler.tasks),
            self.engine.snapshot(),
            self.connections.snapshot(),
            scheduler.runtime.now.monotonic,
            is_last,
        )

    def _known(self, now: float) -> float | None:
        """What reports that still hold leave over; None where there is none."""
        bounds = self.engine.snapshot().quota.reported
        return min(
            (each.left for each in bounds if each.until is not None and each.until > now), default=None
        )

    def _compare(self, record: Answered, before: float | None) -> None:
        after = self._known(record.at)
        if before is not None and after is not None:
            self._record(Reported(record.at, record.call, before, after))

    # Setting up

    def _server(self) -> Server:
        scenario, weather, seed = self.scenario, self.weather, self.scenario.seed
        parts: list[Part] = [
            Unreliable(scenario.network, seeded(seed, "network"), weather),
            Down(*scenario.down, refuses=scenario.down_refuses, weather=weather),
        ]
        if scenario.sign_in is not None:
            parts.append(self.tokens)
        quota = scenario.quota
        if quota is not None:
            cost = self._cost if quota.priced else None
            parts.append(Limited(quota.server(), says=quota.says, cost=cost, witness=self._visited))
        if scenario.flaky:
            chance = seeded(seed, "flaky")
            parts.append(Flaky(scenario.flaky, chance, wait=scenario.flaky_wait, echo=True, weather=weather))
        if scenario.redirects:
            parts.append(Redirects(scenario.redirects, seeded(seed, "redirects"), (API, ELSEWHERE)))
        headers = {"Set-Cookie": f"session={self.cookie}; Path=/"} if scenario.cookies else {}
        answer = Answer(Response(200, headers=headers, content=b"{}"), scenario.takes)

        def app(_request: Request, _now: Now) -> Reply:
            return answer

        inner = served(app, *parts)
        stranger = Answer(Response(200, content=b"{}"), scenario.takes)
        beyond = served(lambda _request, _now: stranger, *parts[:2])

        def server(request: Request, now: Now) -> Reply:
            return (beyond if request.url.origin == ELSEWHERE else inner)(request, now)

        return server

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
        headers: Any = request.headers
        number, left = self.tokens.access(bearer(request), self.scheduler.now * (1 + self.scenario.drift))
        return Marks(kind, headers.get("idempotency-key") or "", number, 0, left, shown)

    def _cost(self, request: Request) -> float:
        return PRICES[request.url.path[1:]]

    def _visited(self, at: float, cost: float, admitted: bool) -> None:
        self._record(Visited(at, cost, admitted))
