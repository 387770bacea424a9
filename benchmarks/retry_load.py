"""What retries and hedges add to a server's load, in virtual time, with the real engine.

    python -m benchmarks.retry_load

prints two tables: the load at a total outage by budget, and the tail of the latencies with and without
hedges.

Rules of this file: calls come at a fixed rate, whatever becomes of those before. Equal arguments give
equal figures, on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from random import Random
from typing import Final

from attrs import field, frozen

from offwire import (
    BreakerPolicy,
    Call,
    HedgePolicy,
    NoBudget,
    Policies,
    RatioBudget,
    Response,
    RetryPolicy,
    TokenBudget,
    WindowBudget,
)
from offwire.engine import Engine
from offwire.flow import Flow, Sleep
from offwire.message.request import Request
from offwire.state.retry_budget import BudgetPolicy
from offwire.testing import Answer, World
from offwire.testing.servers import Reply, Server
from offwire.testing.task import Task
from offwire.time import Now

RATE: Final = 100
"""Calls a second."""
CALL: Final = Call.get("/things/7", returns=Response)
OK: Final = Response(200)
DOWN: Final = Answer(Response(503), after=0.01)


@frozen
class Load:
    """How many requests came in each second, and how the calls have ended."""

    sent: list[int]
    """By the second in which they arrived."""
    succeeded_at: list[float]
    latencies: list[float] = field(repr=False)

    def factor(self, begin: int, end: int) -> float:
        """Requests for each call that was offered, from second `begin` to second `end`."""
        return sum(self.sent[begin:end]) / (RATE * (end - begin))

    @property
    def worst_minute(self) -> float:
        """The highest factor of any minute after the first ten seconds, in which a full budget is spent."""
        return max(self.factor(begin, begin + 60) for begin in range(10, len(self.sent) - 59))

    def latency(self, share: float) -> float:
        """Seconds within which `share` of the calls ended."""
        return sorted(self.latencies)[ceil(share * len(self.latencies)) - 1]


def offered(seconds: int, policies: Policies, server: Server, *, seed: int = 0) -> Load:
    """The load of calls that come one hundredth of a second after another."""
    load = Load([0] * seconds, [], [])

    def counting(request: Request, now: Now) -> Reply:
        if now.monotonic < seconds:
            load.sent[int(now.monotonic)] += 1
        return server(request, now)

    world = World(counting, seed=seed, max_connections=None)
    engine = Engine(world.runtime, base_url="https://api.test", auth=None, policies=policies)

    def performed() -> Flow[None]:
        began = world.now
        try:
            yield from engine.perform(CALL, "things.get")
            load.succeeded_at.append(world.now)
        except Exception:  # noqa: BLE001 - that it failed is what is measured
            return
        finally:
            load.latencies.append(world.now - began)

    def offering() -> Flow[None]:
        for number in range(seconds * RATE):
            yield Sleep(number / RATE)
            tasks.append(world.spawn(performed()))
            if len(tasks) > RATE:
                tasks.clear()

    tasks: list[Task[None]] = []
    world.spawn(offering())
    world.run_until_idle()
    return load


# A total outage

BUDGETS: Final[dict[str, BudgetPolicy | WindowBudget]] = {
    "TokenBudget()": TokenBudget(),
    "RatioBudget()": RatioBudget(),
    "WindowBudget()": WindowBudget(),
    "WindowBudget(share=0.1, per_second=0)": WindowBudget(share=0.1, per_second=0),
    "NoBudget()": NoBudget(),
}


def outage(
    budget: BudgetPolicy | WindowBudget,
    seconds: int,
    *,
    well_at: float | None = None,
    breaker: BreakerPolicy | None = None,
) -> Load:
    """The load while the server is down: to the end, or until `well_at`. A breaker would hide the budget."""

    def server(_request: Request, now: Now) -> Reply:
        return DOWN if well_at is None or now.monotonic < well_at else Answer(OK, after=0.01)

    return offered(seconds, Policies(retry=RetryPolicy(budget=budget), breaker=breaker), server)


# A long tail

HEDGES: Final[dict[str, HedgePolicy | None]] = {
    "none": None,
    "HedgePolicy(after=0.05)": HedgePolicy(after=0.05),
    "HedgePolicy()": HedgePolicy(),
    "HedgePolicy(quantile=0.99)": HedgePolicy(quantile=0.99),
}


def long_tail(random: Random) -> float:
    """Around 10 ms, and for one request of fifty around a second."""
    median = 1.0 if random.random() < 0.02 else 0.01
    return median * random.lognormvariate(0.0, 0.3)


def tail(hedge: HedgePolicy | None, seconds: int, latency: Callable[[Random], float] = long_tail) -> Load:
    """The latencies of a server that is well, and sometimes slow."""
    random = Random(7)

    def server(_request: Request, _now: Now) -> Reply:
        return Answer(OK, after=latency(random))

    return offered(seconds, Policies(hedge=hedge), server)


def main() -> None:
    """Measure, and print."""
    print("| budget | extra requests in the first 10 s | load factor after that, worst minute |")
    print("|---|---:|---:|")
    for name, budget in BUDGETS.items():
        load = outage(budget, 600)
        extra = sum(load.sent[:10]) - 10 * RATE
        print(f"| `{name}` | {extra} | {load.worst_minute:.3f} |")
    print()
    print("| hedge | p50 | p99 | p99.9 | extra requests |")
    print("|---|---:|---:|---:|---:|")
    for name, hedge in HEDGES.items():
        load = tail(hedge, 600)
        more = 100 * load.factor(0, 600) - 100
        figures = " | ".join(f"{1000 * load.latency(each):.1f} ms" for each in (0.5, 0.99, 0.999))
        print(f"| {name if hedge is None else f'`{name}`'} | {figures} | {more:.2f} % |")


if __name__ == "__main__":
    main()
