"""Records made by hand, for doctored traces."""

from __future__ import annotations

from typing import Any

from offwire.engine import EngineSnapshot
from offwire.state.breaker import BreakerSnapshot, State
from offwire.state.connections import ConnectionQueueSnapshot
from offwire.state.limits import LimitSnapshot, WindowLimit
from offwire.state.quota import QuotaSnapshot
from offwire.state.retry_budget import RetryBudgetSnapshot
from offwire.state.token_box import TokenBoxSnapshot, TokenState
from offwire.testing.simulate.checks import CHECKS
from offwire.testing.simulate.checks.check import check_trace
from offwire.testing.simulate.records import Answered, Began, Ended, Exchanged, Looked, Marks, Sent
from offwire.testing.simulate.scenario import API, Scenario

PLAIN = Marks()
TOKEN = Marks("token")


def broken(rule: str, scenario: Scenario, *trace: object) -> int:
    """How often a trace breaks a rule."""
    (kind,) = [each for each in CHECKS if each.rule == rule]
    return len(check_trace(kind, scenario, list(trace)))


def began(at: float = 0.0, call: int = 1, *, safety: str = "safe", deadline: float | None = None) -> Began:
    return Began(at, call, "read", safety, deadline)


def sent(
    at: float,
    call: int = 1,
    exchange: int = 1,
    marks: Marks = PLAIN,
    *,
    method: str = "POST",
    direct: bool = True,
    shielded: bool = False,
    origin: str = API,
) -> Sent:
    return Sent(at, call, exchange, origin, f"{origin}/read", method, direct, shielded, marks)


def answered(
    at: float, call: int = 1, exchange: int = 1, status: int | None = 200, error: str = "", **more: Any
) -> Answered:
    return Answered(at, call, exchange, status, error, **more)


def ended(at: float, call: int = 1, how: str = "returned") -> Ended:
    return Ended(at, call, how, "")


def looked(
    at: float,
    *,
    active: int = 1,
    waiting: int = 0,
    in_flight: int = 0,
    units: float = 0.0,
    clear_at: float | None = None,
    blocked_until: float | None = None,
    budget: float = 10.0,
    breaker: State | None = None,
    probes: int = 0,
    token: TokenState | None = None,
    usable_until: float | None = None,
    seats: int = 0,
    in_use: int = 0,
    monotonic: float | None = None,
    is_last: bool = False,
    held: int | None = None,
) -> Looked:
    breakers = {}
    if breaker is not None:
        breakers[API] = BreakerSnapshot(
            state=breaker, since=0.0, changes=1, calls=0, failures=0, open_until=None, next_open_for=1.0,
            probes_running=probes,
        )  # fmt: skip
    tokens = None
    if token is not None:
        tokens = TokenBoxSnapshot(
            state=token, generation=1, usable_until=usable_until, waiting=seats, failures=0, retry_at=None
        )
    limit = LimitSnapshot(limit=WindowLimit(3, 1.0), in_flight=units, clear_at=clear_at)
    engine = EngineSnapshot(
        quota=QuotaSnapshot(
            waiting=waiting, in_flight=in_flight, blocked_until=blocked_until, limits=(limit,), reported=()
        ),
        retry_budget=RetryBudgetSnapshot(tokens=budget, capacity=10.0),
        breakers=breakers,
        tokens=tokens,
        cookies=None,
    )
    connections = ConnectionQueueSnapshot(in_use=in_use, waiting=0, origins=())
    return Looked(at, active, engine, connections, at if monotonic is None else monotonic, is_last, held)


def exchanged(
    at: float,
    process: int = 1,
    number: int = 1,
    *,
    flying: float = 0.0,
    finished: float = 0.0,
    strayed: float = 0.0,
    granted: float = 0.0,
    blocked: float = 0.0,
    is_heard: bool = True,
    error: str = "",
) -> Exchanged:
    return Exchanged(at, process, number, flying, finished, strayed, granted, blocked, is_heard, error)
