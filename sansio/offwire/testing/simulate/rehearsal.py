"""`rehearse`: plays a plan once, in virtual time, with the real engine.

Rules of this file: a plan, a seed and a kind of client make one run, on every machine and in every
process. Each part draws from chance of its own, so that one fault more does not change what else
happens. Each item is tried by one call: a worker whose call has failed rests, and takes the next item.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from attrs import frozen

from offwire.auth.oauth2 import ClientCredentials
from offwire.engine import Engine
from offwire.errors import CallError
from offwire.flow import Flow
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.operations.call import Call
from offwire.policies import Policies
from offwire.retry_policy import RetryPolicy
from offwire.secret import Secret
from offwire.state.breaker import BreakerPolicy
from offwire.state.connections import ConnectionQueue
from offwire.state.retry_budget import TokenBudget
from offwire.testing.chance import seeded
from offwire.testing.servers import Answer, Reply, Server
from offwire.testing.simulate.allowance import client_limits, says, server_limit, telling_points
from offwire.testing.simulate.naive import Bucket, NaiveClient
from offwire.testing.simulate.parts import Down, Limited, Network, Part, Unreliable, served
from offwire.testing.simulate.plan import Plan, PlannedCall
from offwire.testing.simulate.records import Record
from offwire.testing.simulate.scenario import API, LOGIN
from offwire.testing.simulate.scheduler import Scheduler, Task
from offwire.testing.simulate.series import MOST_SPANS, Series, Timeline
from offwire.testing.simulate.tally import Figures, Tally
from offwire.testing.simulate.tokens import PATH, SignIn, TokenServer
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from offwire.time import Now

Client: TypeAlias = Literal["offwire", "reactive", "paced"]
CLIENTS: Final[tuple[Client, ...]] = get_args(Client)
"""Who can play a plan: Offwire, or one of the clients of `naive`."""

LOOKS: Final = 4
"""How often in a span it is looked how things stand."""
_FIRST_WIDTH: Final = 0.05
_STATUSES: Final = (500, 502, 503)


@frozen(kw_only=True)
class Rehearsed:
    """One run of a plan."""

    seed: int
    seconds: float
    """Until the last call has ended; or for as long as the plan says."""
    all: Figures
    kinds: dict[str, Figures]
    """By the names of the calls."""
    failures: dict[str, int]
    """Calls that failed, by the kind of error."""
    token_requests: int
    timeline: Timeline


def rehearse(
    plan: Plan,
    seed: int,
    *,
    client: Client = "offwire",
    told: Callable[[float], object] | None = None,
) -> Rehearsed:
    """Play the plan once; `told` is told now and then which share of it is done."""
    return _Rehearsal(plan, seed, client, told).played()


class _Rehearsal:
    def __init__(self, plan: Plan, seed: int, client: Client, told: Callable[[float], object] | None) -> None:
        self._plan = plan
        self._seed = seed
        self._told = told
        self._left = plan.items
        self._begun = 0
        self._idle = 0
        width = _FIRST_WIDTH if plan.lasts is None else plan.lasts / MOST_SPANS
        self._tally = Tally((each.name for each in plan.calls), Series(width))
        self._kinds = {f"/{number}": each for number, each in enumerate(plan.calls)}
        self._calls = [_call(number, each) for number, each in enumerate(plan.calls)]
        self._shares = [each.share for each in plan.calls]
        self._choice = seeded(seed, "mix")
        self._costs = seeded(seed, "costs")
        self._works = seeded(seed, "latency")
        self._errors = seeded(seed, "errors")
        self._limit = None if plan.limit is None else server_limit(plan.limit)
        self._asked = plan.calls[0]
        self._tokens = TokenServer(
            SignIn()
            if plan.tokens is None
            else SignIn(lifetime=plan.tokens.lifetime, takes=plan.tokens.takes, fails=plan.tokens.fails),
            seeded(seed, "tokens"),
        )
        way = plan.client.way
        self._scheduler = Scheduler(
            self._server(signs_in=client == "offwire"),
            seed=seed,
            connections=ConnectionQueue(plan.client.connections),
            record=_nothing,
            latency=(way, way),
        )
        self._make = self._offwire() if client == "offwire" else self._naive(client)

    def played(self) -> Rehearsed:
        plan, scheduler, tally = self._plan, self._scheduler, self._tally
        for _ in range(plan.workers):
            scheduler.at(0.0, self._next)
        self._look()
        if plan.lasts is not None:
            scheduler.at(plan.lasts, self._stop)
        scheduler.run()
        scheduler.close()
        whole, kinds = tally.figures()
        return Rehearsed(
            seed=self._seed,
            seconds=tally.ended_at if plan.lasts is None else plan.lasts,
            all=whole,
            kinds=kinds,
            failures=dict(sorted(tally.failures.items())),
            token_requests=tally.token_requests,
            timeline=tally.series.timeline(),
        )

    # What workers do

    def _next(self) -> None:
        if self._left is not None:
            if self._left == 0:
                self._idle += 1
                return
            self._left -= 1
        self._begun += 1
        number = 0
        if len(self._calls) > 1:
            number = self._choice.choices(range(len(self._calls)), self._shares)[0]
        task = self._scheduler.start(partial(self._make, number), self._ended)
        self._scheduler.step(task)

    def _ended(self, task: Task) -> None:
        scheduler, client = self._scheduler, self._plan.client
        if scheduler.stop:
            return
        pause = client.pause
        if task.error is not None:
            named = task.error.retry_after if isinstance(task.error, CallError) else None
            pause += max(client.rest, named or 0.0)
        scheduler.at(scheduler.now + pause, self._next)

    def _stop(self) -> None:
        self._scheduler.stop = True

    def _look(self) -> None:
        if self._idle == self._plan.workers:
            return
        scheduler, tally = self._scheduler, self._tally
        now = scheduler.now
        tally.series.at(now).look(
            used=0.0 if self._limit is None else self._limit.used(now),
            queue=tally.queue,
            in_flight=tally.in_flight,
        )
        if self._told is not None:
            items, lasts = self._plan.items, self._plan.lasts
            self._told(now / lasts if lasts else self._begun / (items or 1))
        scheduler.at(now + tally.series.width / LOOKS, self._look)

    # The client

    def _offwire(self) -> Callable[[int], Flow[Any]]:
        plan = self._plan
        client, limit = plan.client, plan.limit
        prices = {each.name: each.cost[1] for each in plan.calls}
        auth = None
        if plan.tokens is not None:
            secret = Secret(self._tokens.client_secret)
            auth = ClientCredentials(token_url=f"{LOGIN}{PATH}", client_id="client", client_secret=secret)
        is_priced = limit is not None and limit.known != "points"
        engine = Engine(
            self._scheduler.runtime,
            base_url=API,
            auth=auth,
            policies=Policies(
                timeouts=Timeouts(read=client.timeout),
                deadline=client.deadline,
                retry=RetryPolicy(
                    max_attempts=client.attempts,
                    max_server_wait=client.patience,
                    budget=TokenBudget(capacity=client.retry_budget),
                ),
                hedge=client.hedge,
                quota=() if limit is None else client_limits(limit),
                price=(lambda operation, _request: prices[operation]) if is_priced else None,
                breaker=BreakerPolicy() if client.breaker else None,
                observers=(self._tally,),
            ),
        )
        names = [each.name for each in plan.calls]
        return lambda number: engine.perform(self._calls[number], names[number])

    def _naive(self, client: Client) -> Callable[[int], Flow[Any]]:
        plan, limit = self._plan, self._plan.limit
        bucket: Bucket | None = None
        if client == "paced" and limit is not None and limit.kind != "concurrency":
            bucket = Bucket(limit.largest, limit.units / limit.per)
        naive = NaiveClient(
            self._scheduler.runtime,
            self._tally,
            attempts=plan.client.attempts,
            timeouts=Timeouts(read=plan.client.timeout),
            bucket=bucket,
        )
        requests = [
            Request(each.request.method, Url(f"{API}{each.request.url.text}")) for each in self._calls
        ]
        return lambda number: naive.perform(
            requests[number], plan.calls[number].name, plan.calls[number].cost[1]
        )

    # The server

    def _server(self, *, signs_in: bool) -> Server:
        plan, faults, limit = self._plan, self._plan.faults, self._plan.limit
        network = Network(
            refused=faults.refused,
            lost=faults.lost,
            truncated=faults.truncated,
            stalled=faults.stalled,
            slow=faults.slow,
            slow_by=faults.slow_by,
        )
        parts: list[Part] = [Unreliable(network, seeded(self._seed, "network")), Down(*faults.down)]
        if plan.tokens is not None and signs_in:
            parts.append(self._tokens)
        if limit is not None and self._limit is not None:
            if limit.known == "points":
                parts.append(telling_points(limit, self._limit))
            parts.append(Limited(self._limit, says=says(limit), cost=self._cost, witness=self._admitted))
        return served(self._app, *parts)

    def _app(self, request: Request, _now: Now) -> Reply:
        kind = self._kinds[request.url.path]
        share = self._plan.faults.errors if kind.errors is None else kind.errors
        status = 200
        if share and self._errors.random() < share:
            status = self._errors.choice(_STATUSES)
        return Answer(Response(status, content=b"{}"), kind.latency.draw(self._works))

    def _cost(self, request: Request) -> float:
        self._asked = kind = self._kinds[request.url.path]
        least, most = kind.cost
        return least if least == most else self._costs.uniform(least, most)

    def _admitted(self, _at: float, cost: float, admitted: bool) -> None:
        if admitted:
            self._tally.used(self._asked.name, cost)


def _call(number: int, planned: PlannedCall) -> Call[Response]:
    verb = Call.get if planned.safe else Call.post
    return verb(f"/{number}", returns=Response)


def _nothing(_record: Record) -> None:
    """The tally counts what is needed."""
