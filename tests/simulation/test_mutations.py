"""Each check can fail: for every rule there is a broken core, or a doctored trace, that it catches.

A check that nothing can break proves nothing. What is broken here is one method of a machine, as a
slip of the pen would break it; the check has to find it within a few seeds, by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partialmethod
from heapq import heappush
from typing import Any

import pytest
from attrs import evolve

from offwire.addressing import Addressing
from offwire.auth import fetched, oauth2
from offwire.auth.stored import Stored
from offwire.backoff import Exponential
from offwire.context import Context
from offwire.engine import Engine
from offwire.events import CallEnded, QuotaWaited
from offwire.hedge_policy import HedgePolicy
from offwire.layers import attempting, hedging, limiting, redirecting
from offwire.retry_policy import RetryPolicy
from offwire.safety import Safety
from offwire.state import line
from offwire.state.breaker import TRANSITIONS, Breaker, BreakerPolicy, Cause, Pass, State
from offwire.state.connections import ConnectionQueue
from offwire.state.ledger import Ledger
from offwire.state.limits import _Concurrency, _Window
from offwire.state.line import FairnessPolicy, Place
from offwire.state.quota import Quota as CoreQuota
from offwire.state.reported import Overlap, Reported, _Bound
from offwire.state.retry_budget import NoBudget, RetryBudget, TokenBudget
from offwire.state.shared import _Shared
from offwire.state.token_box import TokenBox
from offwire.testing.simulate import CHECKS, Network, Quota, Scenario, SignIn, simulate
from offwire.testing.simulate.checks.check import Check, check_trace
from offwire.testing.simulate.records import Began, Cancelled, Closed, Ended, Marks, Sent
from offwire.testing.simulate.shared_store import Shared
from offwire.time import Now

Patch = pytest.MonkeyPatch

BUSY = Scenario(callers=8, calls=10, pace=0.0, breaker=None)
LIMITED = evolve(BUSY, quota=Quota(units=5))
LEARNED = evolve(BUSY, quota=Quota(units=5, declared=0.0, kind="fixed"), latency=(0.01, 0.3), calls=20)
ROUGH = Network(lost=0.2, refused=0.1, reset=0.2)
FAILING = evolve(BUSY, network=ROUGH, writes=0.5, keyed=0.3)
OUTAGE = evolve(
    BUSY,
    down=((0.0, 30.0),),
    retry=RetryPolicy(backoff=Exponential(base=0.05), max_attempts=5, budget=TokenBudget(capacity=100.0)),
)
TOKENS = evolve(BUSY, sign_in=SignIn(lifetime=4.0, takes=0.2), pace=0.5, calls=20)
ROTATING = evolve(TOKENS, sign_in=SignIn(rotating=True, lifetime=2.0, grace=10.0))
REVOKED = evolve(TOKENS, sign_in=SignIn(revoked=0.2))
BREAKING = evolve(
    BUSY,
    breaker=BreakerPolicy(window=10, min_calls=5, open_for=1.0, open_cap=60.0),
    flaky=0.4,
    pace=0.3,
    calls=20,
    latency=(0.05, 1.0),
)
SHARED = evolve(
    BUSY,
    callers=20,
    quota=Quota(units=5, says="nothing"),
    places=(Place(0, "a"), Place(0, "b"), Place(0, "c"), Place(1, "a")),
    fairness=FairnessPolicy(weights={"a": 3.0}, aging=1.0),
)
FLEET = evolve(BUSY, processes=3, callers=9, quota=Quota(units=5, says="nothing"), store=Shared(kills=0.1))
FLEET_TOKENS = evolve(TOKENS, processes=3, callers=9, sign_in=SignIn(lifetime=35.0), store=Shared())
HURRIED = evolve(LIMITED, deadlines=1.0, deadline_up_to=3.0)


def replace(patch: Patch, owner: Any, name: str, change: Callable[[Callable[..., Any]], Any]) -> None:
    patch.setattr(owner, name, change(getattr(owner, name)))


def never(_original: Callable[..., Any]) -> Callable[..., None]:
    return lambda *_arguments, **_more: None


def always(value: object) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda _original: lambda *_arguments, **_more: value


# What is broken


def admits_all(patch: Patch) -> None:
    patch.setattr(_Window, "ready_at", lambda _self, _cost, now: now)


def wakes_late(patch: Patch) -> None:
    def late(original: Callable[..., float]) -> Callable[..., float]:
        def ready_at(self: object, cost: float, now: float) -> float:
            at = original(self, cost, now)
            return at if at <= now else at + 0.7

        return ready_at

    replace(patch, _Window, "ready_at", late)


def windows_are_longer(patch: Patch) -> None:
    def longer(original: Callable[..., None]) -> Callable[..., None]:
        def begin(self: Any, limit: Any) -> None:
            original(self, limit)
            self._busy *= 1.1

        return begin

    replace(patch, _Window, "__init__", longer)


def believes_the_last_report(patch: Patch) -> None:
    def add(self: Any, new: Any) -> None:
        self._bounds = [new]

    patch.setattr(Reported, "_add", add)


def has_no_doubts(patch: Patch) -> None:
    def certain(original: Callable[..., Any]) -> Callable[..., Any]:
        def bound(self: Any, said: Any, after: int, now: float) -> Any:
            made = original(self, said, after, now)
            made.doubt, made.seen = 0.0, 0
            return made

        return bound

    replace(patch, Reported, "_bound", certain)


def settles_all_doubts(patch: Patch) -> None:
    def trusting(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, number, cost, *, counted: original(self, number, cost, counted=True)

    replace(patch, _Bound, "decide", trusting)


def whoever_asks_goes_first(patch: Patch) -> None:
    def pushing(original: Callable[..., Any]) -> Callable[..., Any]:
        def poll(self: Any, turn: Any, now: float) -> Any:
            self._line.move_to_end(turn, last=False)
            return original(self, turn, now)

        return poll

    replace(patch, CoreQuota, "poll", pushing)


def favours_one_flow(patch: Patch) -> None:
    def line_up(self: Any, flow: Any) -> None:
        head = flow.head()
        heappush(self._heads, (0.0 if flow.name == "b" else 1.0, head.number, head))

    patch.setattr(line._Lane, "line_up", line_up)


def all_weigh_the_same(patch: Patch) -> None:
    patch.setattr(line.Line, "join", _weighing_nothing(line.Line.join))


def _weighing_nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    def join(self: Any, *arguments: Any, **more: Any) -> None:
        self._weights = {}
        original(self, *arguments, **more)

    return join


def counts_attempts_wrong(patch: Patch) -> None:
    def first(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, failure, *, attempt, **more: original(self, failure, attempt=1, **more)

    replace(patch, RetryPolicy, "decide", first)


def budget_is_free(patch: Patch) -> None:
    def withdraw(self: Any, *, throttled: bool) -> float:
        return 14.0

    patch.setattr(RetryBudget, "withdraw", withdraw)


def hedges_whatever_it_is(patch: Patch) -> None:
    def unsafe(original: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **more: Any) -> Callable[..., Any]:
            layer = original(*arguments, **more)

            def hedged(forward: Any, request: Any, context: Context, left: int) -> Any:
                context.safety = Safety.SAFE
                return layer(forward, request, context, left)

            return hedged

        return made

    replace(patch, hedging, "hedging", unsafe)


def hedges_for_nothing(patch: Patch) -> None:
    def free(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda hedge, retry, _budget, **more: original(hedge, retry, RetryBudget(NoBudget()), **more)

    replace(patch, hedging, "hedging", free)


def hedges_without_end(patch: Patch) -> None:
    def many(original: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **more: Any) -> Callable[..., Any]:
            layer = original(*arguments, **more)
            return lambda forward, request, context, _left: layer(forward, request, context, 9)

        return made

    replace(patch, hedging, "hedging", many)


def keeps_the_losers(patch: Patch) -> None:
    replace(patch, CoreQuota, "settle", lambda original: partialmethod(_settled_if_answered, original))


def _settled_if_answered(self: Any, original: Any, permit: int, now: float, *, answered: bool = True) -> None:
    if answered:
        original(self, permit, now, answered=answered)


def one_key_for_all(patch: Patch) -> None:
    def same(original: Callable[..., Any]) -> Callable[..., Any]:
        def keyed(self: Any, method: str, headers: Any, context: Any, options: Any) -> Any:
            return original(self, method, headers, context, options).replacing({"Idempotency-Key": "same"})

        return keyed

    replace(patch, Addressing, "_keyed", same)


def forgets_the_deadline(patch: Patch) -> None:
    patch.setattr(Context, "until", lambda _self, time: time)
    patch.setattr(limiting, "_check_in_time", lambda *_arguments: None)


def lends_to_everybody(patch: Patch) -> None:
    def another(original: Callable[..., Any]) -> Callable[..., Any]:
        def decide(self: Any, now: float) -> Any:
            self._lease = None
            return original(self, now)

        return decide

    replace(patch, TokenBox, "_decide", another)


def keeps_the_old_token(patch: Patch) -> None:
    def stale(original: Callable[..., Any]) -> Callable[..., Any]:
        def install(self: Any, grant: Any, now: float, requested_at: float) -> Any:
            before = self.token
            token = original(self, grant, now, requested_at)
            self.token = before or token
            return token

        return install

    replace(patch, TokenBox, "_install", stale)


def never_expires(patch: Patch) -> None:
    def endless(original: Callable[..., Any]) -> Callable[..., Any]:
        def install(self: Any, *arguments: Any) -> Any:
            token = original(self, *arguments)
            self._soft_at = self._hard_at = self.handed_out_until = float("inf")
            return token

        return install

    replace(patch, TokenBox, "_install", endless)


def all_wait_for_the_fetch(patch: Patch) -> None:
    def waiting(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, now: None if self._lease is not None else original(self, now)

    def withheld(original: Callable[..., Any]) -> Callable[..., Any]:
        def lend(self: Any, usable: Any) -> Any:
            lease = original(self, usable)
            self.handed_out_until = float("-inf")
            return lease

        return lend

    replace(patch, TokenBox, "_decide", waiting)
    replace(patch, TokenBox, "_lend", withheld)


def always_in_the_soft_window(patch: Patch) -> None:
    def soft(original: Callable[..., Any]) -> Callable[..., Any]:
        def install(self: Any, grant: Any, now: float, requested_at: float) -> Any:
            token = original(self, grant, now, requested_at)
            self._soft_at = self.handed_out_until = now
            return token

        return install

    replace(patch, TokenBox, "_install", soft)


def shows_the_first_refresh_token(patch: Patch) -> None:
    def first(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, _previous, exchange: original(self, None, exchange)

    replace(patch, oauth2.RefreshToken, "obtain", first)


def passes_while_open(patch: Patch) -> None:
    patch.setattr(Breaker, "ask", lambda _self, _now: Pass())
    patch.setattr(attempting, "turn_away", lambda *_arguments: None)


def probes_without_end(patch: Patch) -> None:
    def more(original: Callable[..., Any]) -> Callable[..., Any]:
        def ask(self: Any, now: float) -> Any:
            if self.state is not State.HALF_OPEN:
                return original(self, now)
            probe = Pass()
            self._probes.add(probe)
            return probe

        return ask

    replace(patch, Breaker, "ask", more)


def transition(before: State, cause: Cause, after: State) -> Callable[[Patch], None]:
    return lambda patch: patch.setitem(TRANSITIONS, (before, cause), after)


def old_failures_count(patch: Patch) -> None:
    def late(original: Callable[..., Any]) -> Callable[..., Any]:
        def fail(self: Any, pass_: Any, now: float, open_for: Any = None) -> None:
            if self.state is State.HALF_OPEN and pass_ not in self._probes:
                self._open(Cause.PROBE_FAILED, now, open_for)
            else:
                original(self, pass_, now, open_for)

        return fail

    replace(patch, Breaker, "fail", late)


def opens_at_once(patch: Patch) -> None:
    def hasty(original: Callable[..., Any]) -> Callable[..., Any]:
        def fail(self: Any, pass_: Any, now: float, open_for: Any = None) -> None:
            if pass_ is self.shared:
                self._open(Cause.TOO_MANY_FAILURES, now, open_for)
            else:
                original(self, pass_, now, open_for)

        return fail

    replace(patch, Breaker, "fail", hasty)


def probes_say_nothing(patch: Patch) -> None:
    def silent(original: Callable[..., Any]) -> Callable[..., Any]:
        def succeed(self: Any, pass_: Any, now: float) -> None:
            if pass_ in self._probes:
                self._probes.discard(pass_)
            else:
                original(self, pass_, now)

        return succeed

    replace(patch, Breaker, "succeed", silent)


def forgets_to_tell(patch: Patch) -> None:
    def quiet(original: Callable[..., Any]) -> Callable[..., Any]:
        def tell(self: Any, event: Any) -> None:
            if not (isinstance(event, CallEnded) and event.call % 7 == 0):
                original(self, event)

        return tell

    replace(patch, Context, "tell", quiet)


def time_runs_back(patch: Patch) -> None:
    def advance(self: Any, monotonic: float, wall: float) -> None:
        self.monotonic, self.wall = min(monotonic, 5.0 - monotonic), wall

    patch.setattr(Now, "advance", advance)


def echoes(patch: Patch) -> None:
    patch.setattr("offwire.completion._unechoed", lambda error, _context: error)


def credentials_travel(patch: Patch) -> None:
    patch.setattr(redirecting, "BOUND_TO_ORIGIN", ())
    patch.setattr(Engine, "_credential_headers", lambda _self: frozenset())


def claims_without_asking(patch: Patch) -> None:
    class Own:
        generation = None

        def release(self) -> None:
            pass

    def claimed(self: Any, *_arguments: Any) -> Any:
        yield from ()
        return Own()

    patch.setattr(Stored, "_claimed", claimed)


def reads_what_is_kept_once(patch: Patch) -> None:
    def remembering(original: Callable[..., Any]) -> Callable[..., Any]:
        found: dict[int, Any] = {}

        def loaded(self: Any, **more: Any) -> Any:
            if found.get(id(self)) is None:
                found[id(self)] = yield from original(self, **more)
            return found[id(self)]

        return loaded

    replace(patch, Stored, "_loaded", remembering)


def saves_as_an_earlier_one(patch: Patch) -> None:
    def earlier(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, kept, generation: original(self, kept, generation - 1)

    replace(patch, Stored, "_saved", earlier)


def token_in_the_query(patch: Patch) -> None:
    patch.setattr(fetched.InHeader, "placer", lambda _self, token: fetched.InQuery().placer(token))


BROKEN: dict[str, tuple[Callable[[Patch], None], Scenario]] = {
    "R1": (admits_all, LIMITED),
    "R2": (admits_all, LIMITED),
    "R3": (wakes_late, evolve(BUSY, callers=20, latency=(0.01, 0.4), quota=Quota(units=5, says="nothing"))),
    "R4": (windows_are_longer, evolve(BUSY, callers=20, quota=Quota(units=5, per=0.5, says="nothing"))),
    "R5": (lambda patch: replace(patch, Reported, "learn", never), LEARNED),
    "R6": (
        lambda patch: replace(patch, CoreQuota, "block", never),
        evolve(LEARNED, quota=Quota(units=5, declared=0.0, says="wait")),
    ),
    "R7": (lambda patch: replace(patch, CoreQuota, "refund", never), evolve(LIMITED, network=ROUGH)),
    "R8": (believes_the_last_report, LEARNED),
    "R10": (
        lambda patch: patch.setattr(_Concurrency, "ready_at", lambda _self, _cost, now: now),
        evolve(BUSY, quota=Quota(kind="concurrency", units=3)),
    ),
    "F1": (whoever_asks_goes_first, evolve(LIMITED, callers=12, pace=0.2)),
    "F2": (favours_one_flow, SHARED),
    "F3": (all_weigh_the_same, evolve(SHARED, callers=60)),
    "F4": (
        lambda patch: patch.setattr(line.Line, "_rank", lambda _self, priority, _now: -priority),
        evolve(SHARED, callers=60, places=(Place(0), Place(1), Place(1))),
    ),
    "Y1": (counts_attempts_wrong, evolve(OUTAGE, retry=RetryPolicy(max_attempts=2))),
    "Y2": (budget_is_free, OUTAGE),
    "Y3": (lambda patch: replace(patch, RetryPolicy, "_is_harmless", always(True)), FAILING),
    "Y4": (one_key_for_all, FAILING),
    "Y5": (
        lambda patch: patch.setattr(RetryPolicy, "_wait", lambda _self, own, _asked, _random: own),
        evolve(BUSY, flaky=0.5, flaky_wait=5.0, writes=0.0),
    ),
    "Y6": (forgets_the_deadline, HURRIED),
    "T1": (lends_to_everybody, TOKENS),
    "T2": (keeps_the_old_token, TOKENS),
    "T3": (lambda patch: replace(patch, TokenBox, "rejected", never), REVOKED),
    "T4": (shows_the_first_refresh_token, ROTATING),
    "T5": (never_expires, TOKENS),
    "T6": (all_wait_for_the_fetch, evolve(TOKENS, sign_in=SignIn(lifetime=20.0, takes=3.0))),
    "T7": (always_in_the_soft_window, TOKENS),
    "B1": (passes_while_open, BREAKING),
    "B2": (probes_without_end, BREAKING),
    "B3": (transition(State.CLOSED, Cause.TOO_MANY_FAILURES, State.HALF_OPEN), BREAKING),
    "B4": (old_failures_count, BREAKING),
    "B5": (opens_at_once, BREAKING),
    "B6": (probes_say_nothing, BREAKING),
    "L1": (forgets_to_tell, BUSY),
    "L2": (lambda patch: replace(patch, CoreQuota, "_call_head", never), LIMITED),
    "L3": (lambda patch: replace(patch, ConnectionQueue, "release", never), BUSY),
    "L5": (
        lambda patch: replace(patch, Overlap, "_forget", never),
        evolve(BUSY, callers=20, calls=100, pace=1.5, cancels=0.9, cancel_up_to=0.1, latency=(0.05, 0.2)),
    ),
    "L7": (time_runs_back, BUSY),
    "R9": (lambda patch: replace(patch, Ledger, "_cooled", always(0.0)), FLEET),
    "R11": (lambda patch: patch.setattr(_Shared, "ready_at", lambda _self, _cost, now: now), FLEET),
    "R12": (
        lambda patch: replace(patch, _Shared, "has_lapsed", always(False)),
        evolve(FLEET, connections=1, takes=4.0, quota=Quota(units=20), store=Shared(lasts=0.5, stray=1.0)),
    ),
    "T8": (claims_without_asking, FLEET_TOKENS),
    "T9": (saves_as_an_earlier_one, FLEET_TOKENS),
    "T10": (reads_what_is_kept_once, evolve(FLEET_TOKENS, sign_in=SignIn(rotating=True, lifetime=35.0))),
    "L9": (lambda patch: replace(patch, _Shared, "report", never), FLEET),
    "S1": (echoes, evolve(BUSY, flaky=0.5, credential="key")),
    "S2": (credentials_travel, evolve(BUSY, redirects=0.5, credential="bearer")),
    "S3": (token_in_the_query, TOKENS),
}
"""How the core is broken, and the scenario in which that shows."""

SENT = Sent(
    2.0, 7, 1, "https://api.sim.test:443", "https://api.sim.test:443/read", "GET", True, False, Marks()
)
DOCTORED: dict[str, list[object]] = {
    "F4": [SENT, QuotaWaited(at=3.0, call=8, waited=2.0)],
    "L4": [Began(0.0, 7, "read", "safe", None), Cancelled(1.0, 7, "wait"), Ended(2.0, 7, "returned", "")],
    "L8": [Began(0.0, 7, "read", "safe", None), Closed(1.0), SENT],
}
"""What no slip of one method makes: a trace that shows it."""

BY_RULE: dict[str, type[Check]] = {each.rule: each for each in CHECKS}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_core_is_caught(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it, scenario = BROKEN[rule]
    check = BY_RULE[rule]
    seeds = range(20)
    assert not any(simulate(evolve(scenario, seed=seed), [check]).violations for seed in seeds[:5])
    break_it(monkeypatch)
    found = (simulate(evolve(scenario, seed=seed), [check]) for seed in seeds)
    caught = next((run for run in found if run.violations), None)
    assert caught is not None
    assert f"{rule} was broken" in caught.report()


@pytest.mark.parametrize("rule", DOCTORED)
def test_a_doctored_trace_is_caught(rule: str) -> None:
    assert [each.rule for each in check_trace(BY_RULE[rule], Scenario(), DOCTORED[rule])][:1] == [rule]


HEDGED = evolve(BUSY, hedge=HedgePolicy(after=0.05, most=3), latency=(0.0, 0.2))
OVERTAKING = evolve(LEARNED, callers=12, latency=(0.0, 0.5), pace=0.05)
MORE: list[Any] = [
    pytest.param("R5", has_no_doubts, OVERTAKING, id="reports that have counted all"),
    pytest.param("R5", settles_all_doubts, OVERTAKING, id="reports that have counted whatever is answered"),
    pytest.param(
        "Y3", hedges_whatever_it_is, evolve(HEDGED, writes=0.7), id="hedges of what may not be repeated"
    ),
    pytest.param("Y1", hedges_for_nothing, HEDGED, id="hedges that nobody pays for"),
    pytest.param(
        "Y1",
        hedges_without_end,
        evolve(HEDGED, hedge=HedgePolicy(after=0.05, most=9), retry=RetryPolicy(max_attempts=2)),
        id="hedges beyond the attempts",
    ),
    pytest.param(
        "R7", keeps_the_losers, evolve(HEDGED, quota=Quota(units=20)), id="hedges that keep their permits"
    ),
]


@pytest.mark.parametrize(("rule", "break_it", "scenario"), MORE)
def test_what_else_may_be_broken_is_caught(
    rule: str, break_it: Callable[[Patch], None], scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = range(20)
    assert not any(simulate(evolve(scenario, seed=seed)).violations for seed in seeds[:5])
    break_it(monkeypatch)
    found = {each.rule for seed in seeds for each in simulate(evolve(scenario, seed=seed)).violations}
    assert rule in found


def test_every_rule_is_put_to_the_test() -> None:
    assert {*BROKEN, *DOCTORED} == set(BY_RULE)
    assert len(BY_RULE) == len(CHECKS)
