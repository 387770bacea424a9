"""The straight way is the layers' way, only shorter: the same calls both ways leave the same traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from offwire.auth import Bearer, ClientCredentials, InQuery, RefreshToken
from offwire.auth.credentials import FixedCredential
from offwire.auth.fetched import TokenSource
from offwire.backoff import Exponential
from offwire.context import Context
from offwire.engine import Engine, EngineSnapshot
from offwire.errors import (
    CallError,
    CircuitOpen,
    DeadlineExceeded,
    DecodeError,
    MaybeSent,
    NeverSent,
    NotFound,
    OffwireError,
    ServerError,
)
from offwire.flow import Flow, Send
from offwire.formats.rate_limit.dialects import GITHUB
from offwire.layers.shape import Forward
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.options import Options
from offwire.policies import Policies
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy, State
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.token_box import TokenPolicy
from offwire.testing import Answer, Driven, Drop, Refuse, Reply, Script, Task, World
from offwire.testing.rest_server import FakeQuota, FakeRest, Faults

ONE = Call.get("/users/{id}", path={"id": 7})
NEW = Call.post("/users", json={"name": "Ada", "email": "ada@x.test"})
TOKEN_URL = "https://api.test/oauth/token"


def through(forward: Forward, request: Request, context: Context) -> Flow[Response]:
    """A middleware that does nothing, but for sending every call through the layers."""
    return (yield from forward(request, context))


def engine_in(world: World, auth: FixedCredential | TokenSource | None = None, **policies: Any) -> Engine:
    return Engine(world.runtime, base_url="https://api.test", auth=auth, policies=Policies(**policies))


def credentials() -> ClientCredentials:
    return ClientCredentials(token_url=TOKEN_URL, client_id="client", client_secret="secret")


# --- both ways ------------------------------------------------------------------------------------


def played(seed: int, *, straight: bool) -> tuple[list[str], list[object], EngineSnapshot]:
    """One world of `seed`: what was sent and answered when, what came of the calls, and what is left."""
    random = Random(seed)
    rest = FakeRest(
        users=300,
        seed=seed,
        token_lifetime=random.uniform(2.0, 10.0),
        quota=FakeQuota(limit=random.randint(10, 40), per=1.0) if random.random() < 0.7 else None,
        faults=Faults(
            server_error=0.05, unavailable=0.01, slow=0.05, slow_by=4.0, truncated=0.02, dropped=0.03
        ),
    )
    limits: list[Limit] = random.choice(
        [
            [WindowLimit(20, 1.0)],
            [WindowLimit(20, 1.0), ConcurrencyLimit(random.randint(2, 20))],
            [BucketLimit(capacity=5, per_second=20.0)],
            [],
        ]
    )
    policies = Policies(
        quota=limits,
        retry=RetryPolicy(backoff=Exponential(base=0.2, cap=2.0), max_attempts=random.choice([1, 3])),
        breaker=random.choice([None, BreakerPolicy(window=10, min_calls=5, open_for=1.0, open_cap=3.0)]),
        tokens=TokenPolicy(soft=3.0, hard=1.0, backoff=0.5),
        deadline=random.choice([None, 5.0]),
        middleware=() if straight else [through],
    )
    source: TokenSource = credentials()
    if random.random() < 0.5:
        source = RefreshToken(
            token_url=TOKEN_URL,
            client_id="client",
            client_secret="secret",
            refresh_token=rest.issue_refresh_token(),
        )
    trace: list[str] = []
    tasks: list[Task[object]] = []
    with World(
        rest,
        seed=seed,
        max_connections=random.choice([1, 5, 50]),
        latency=lambda chance: chance.uniform(0.0, 0.3),
        trace=trace,
    ) as world:
        engine = Engine(world.runtime, base_url="https://api.test", auth=source, policies=policies)
        for _ in range(150):
            world.advance(random.expovariate(20.0))
            options = Options(deadline=2.0) if random.random() < 0.1 else Options()
            call: Call[Any] = NEW if random.random() < 0.2 else ONE
            if options == Options():
                tasks.append(world.spawn(engine.perform(call, "Users.call")))
            else:
                tasks.append(world.spawn(engine.perform(call, "Users.call", options)))
            if random.random() < 0.2:
                random.choice(tasks).cancel()
        world.run_until_idle()
        snapshot = engine.snapshot()
    return trace, [outcome(task) for task in tasks], snapshot


def outcome(task: Task[object]) -> object:
    if task.cancelled:
        return "cancelled"
    error = task.error
    if isinstance(error, CallError):
        facts = {
            name: value
            for name, value in error.facts().items()
            if not isinstance(value, Response | CallError)
        }
        return (type(error).__name__, str(error), facts)
    assert error is None, error
    return task.result()


@pytest.mark.no_cover  # as all lines have a test of their own
def test_calls_leave_the_same_traces_both_ways() -> None:
    seen = Counter[str]()
    for seed in range(40):
        short, long = played(seed, straight=True), played(seed, straight=False)
        assert short == long, f"seed {seed}"
        seen.update(each if isinstance(each, str) else type(each).__name__ for each in short[1])
        seen.update(each[0] for each in short[1] if isinstance(each, tuple))
    # All that may lie in a call's way did.
    wanted = (
        "cancelled",
        "NoneType",
        *(each.__name__ for each in (CircuitOpen, DeadlineExceeded, MaybeSent)),
    )
    assert [each for each in wanted if not seen[each]] == []


# --- the way, step by step ------------------------------------------------------------------------


def scripted(*answers: Response | Reply) -> World:
    return World(Script(*[Answer(each) if isinstance(each, Response) else each for each in answers]))


def straight_to(*answers: Response | Reply, **policies: Any) -> tuple[Engine, World]:
    world = scripted(*answers)
    return engine_in(world, **policies), world


def test_a_call_that_meets_no_obstacle_makes_no_account() -> None:
    engine, world = straight_to(Response(200, json=1))
    world.run(engine.perform(Call.get("/one", returns=int)))
    assert world.runtime.calls == 0


@pytest.mark.parametrize(
    "policies",
    [
        {"middleware": [through]},
        {"attempt_middleware": [through]},
        {"observers": [lambda event: None]},
        {"cookies": True},
        {"price": lambda operation, request: 2.0},
    ],
    ids=lambda policies: next(iter(policies)),
)
def test_apis_with_something_on_the_way_go_through_the_layers(policies: dict[str, Any]) -> None:
    engine, world = straight_to(Response(200), **policies)
    world.run(engine.perform(ONE))
    assert world.runtime.calls == 1


@pytest.mark.parametrize(
    "call",
    [
        ONE.with_options(Options(deadline=3.0)),
        Call.get("/users", headers={"X-Own": "1"}),
        Call.get("https://other.test/users"),
    ],
    ids=["options", "fields", "elsewhere"],
)
def test_calls_that_are_not_plain_go_through_the_layers(call: Call[None]) -> None:
    engine, world = straight_to(Response(200))
    world.run(engine.perform(call))
    assert world.runtime.calls == 1


def test_what_stands_in_the_way_is_left_with_nothing_taken() -> None:
    """A quota without a permit, then an origin without a connection."""
    with World(Script(*[Answer(Response(200))] * 4), max_connections=1, latency=1.0) as world:
        engine = engine_in(world, quota=[ConcurrencyLimit(3)])
        tasks = [world.spawn(engine.perform(ONE)) for _ in range(4)]
        world.advance(0.5)
        seen = engine.snapshot().quota
        assert (seen.in_flight, seen.waiting) == (3, 1)
        assert world.runtime.connections.snapshot().waiting == 2
        world.run_until_idle()
        assert [task.error for task in tasks] == [None] * 4
        assert engine.snapshot().quota.in_flight == 0


def test_a_cancel_gives_all_back_in_that_step() -> None:
    world = World(Script())
    engine = engine_in(world, quota=[ConcurrencyLimit(1)])
    driven = Driven(engine.perform(ONE))
    assert isinstance(driven.effect, Send)
    assert engine.snapshot().quota.in_flight == 1
    driven.close()
    assert engine.snapshot().quota.in_flight == 0
    assert world.runtime.connections.snapshot().in_use == 0


@pytest.mark.parametrize(
    ("failure", "kind", "is_back"),
    [(Refuse(), NeverSent, True), (Drop(), MaybeSent, False)],
    ids=["never", "maybe"],
)
def test_a_permit_comes_back_only_where_nothing_was_sent(
    failure: Reply, kind: type[CallError], is_back: bool
) -> None:
    engine, world = straight_to(failure, quota=[WindowLimit(1, 60.0)], retry=RetryPolicy.never())
    with pytest.raises(kind) as caught:
        world.run(engine.perform(ONE, "Users.get"))
    assert caught.value.operation == "Users.get"
    assert caught.value.attempts == 1
    snapshot = engine.snapshot().quota
    assert (snapshot.limits[0].clear_at is None) is is_back


def test_an_answer_that_is_no_success_goes_on_in_the_layers() -> None:
    engine, world = straight_to(Response(503), Response(200))
    world.run(engine.perform(ONE))
    assert len(world.requests) == 2
    assert next(iter(engine.snapshot().breakers.values())).failures == 1


def test_without_a_breaker_failures_go_on_in_the_layers_too() -> None:
    engine, world = straight_to(Response(500), Drop(), Response(404), breaker=None)
    with pytest.raises(NotFound) as caught:
        world.run(engine.perform(ONE))
    assert caught.value.attempts == 3
    engine, world = straight_to(Drop(), Response(200), breaker=None)
    world.run(engine.perform(ONE))
    assert len(world.requests) == 2


def test_an_open_circuit_is_left_to_the_layers() -> None:
    policy = BreakerPolicy(window=4, min_calls=1)
    engine, world = straight_to(Response(500), breaker=policy, retry=RetryPolicy.never())
    with pytest.raises(ServerError):
        world.run(engine.perform(ONE))
    assert next(iter(engine.snapshot().breakers.values())).state is State.OPEN
    with pytest.raises(CircuitOpen):
        world.run(engine.perform(ONE))
    assert len(world.requests) == 1


def test_an_answer_that_cannot_be_read_says_all_facts_and_no_secret(canary: Callable[[str], str]) -> None:
    key = canary("key")
    world = scripted(Response(200, json=key))
    engine = engine_in(world, Bearer(key))
    with pytest.raises(DecodeError) as caught:
        world.run(engine.perform(Call.get("/one", returns=int), "One.get"))
    error = caught.value
    assert (error.operation, error.url, error.attempts) == ("One.get", "https://api.test/one", 1)
    assert error.response is not None
    assert key not in error.response.text


def test_an_echo_of_a_token_is_masked(canary: Callable[[str], str]) -> None:
    token = canary("token")
    grant = Response(200, json={"access_token": token, "expires_in": 3600})
    world = scripted(grant, Response(200), Response(404, json={"echo": token}))
    engine = engine_in(world, credentials())
    world.run(engine.perform(ONE))
    with pytest.raises(NotFound) as caught:
        world.run(engine.perform(ONE))
    response = caught.value.response
    assert response is not None
    assert "***" in response.text
    assert token not in response.text


def test_a_refused_token_is_renewed() -> None:
    grants = [Response(200, json={"access_token": each, "expires_in": 3600}) for each in ("one", "two")]
    world = scripted(grants[0], Response(200), Response(401), grants[1], Response(200))
    engine = engine_in(world, credentials())
    world.run(engine.perform(ONE))
    world.run(engine.perform(ONE))
    shown = [each.headers.get("authorization") for each in world.requests if each.method == "GET"]
    assert shown == ["Bearer one", "Bearer one", "Bearer two"]


def test_a_token_that_goes_into_the_query_goes_through_the_layers() -> None:
    grant = Response(200, json={"access_token": "one", "expires_in": 3600})
    world = scripted(grant, Response(200), Response(200))
    source = ClientCredentials(
        token_url=TOKEN_URL, client_id="client", client_secret="secret", placement=InQuery("key")
    )
    engine = engine_in(world, source)
    world.run(engine.perform(ONE))
    world.run(engine.perform(ONE))
    assert [each.url.query for each in world.requests] == ["", "key=one", "key=one"]
    assert world.runtime.calls == 3  # the two, and the sign-in


@pytest.mark.parametrize("dialect", [None, GITHUB], ids=["undeclared", "declared"])
def test_what_a_success_says_of_its_limits_is_learned(dialect: Any) -> None:
    fields = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "50"}
    engine, world = straight_to(Response(200, headers=fields), dialect=dialect)
    world.run(engine.perform(ONE))
    assert engine.snapshot().quota.blocked_until is not None or dialect is GITHUB
    assert engine.snapshot().quota.reported


def test_what_a_failure_says_of_its_limits_is_learned() -> None:
    fields = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "50"}
    engine, world = straight_to(Response(404, headers=fields), Response(429, headers={"Retry-After": "900"}))
    with pytest.raises(OffwireError):
        world.run(engine.perform(ONE))
    assert engine.snapshot().quota.reported
    with pytest.raises(OffwireError):
        world.run(engine.perform(ONE))
    assert engine.snapshot().quota.blocked_until == 900.0


def test_each_call_has_the_deadline_of_the_policies() -> None:
    world = World(Script())
    engine = engine_in(world, deadline=5.0)
    world.advance(2.0)
    driven = Driven(engine.perform(ONE))
    assert isinstance(driven.effect, Send)
    assert driven.effect.deadline == 7.0
    driven.close()


def test_successes_are_told_where_they_change_anything() -> None:
    """A breaker that has had failures, and a budget that retries were drawn from."""
    policy = BreakerPolicy(window=5, min_calls=5, failure_rate=1.0)
    engine, world = straight_to(*[Response(503)] * 3, *[Response(200)] * 6, breaker=policy)
    with pytest.raises(ServerError):
        world.run(engine.perform(ONE))
    before = engine.snapshot().retry_budget.tokens
    for _ in range(5):
        world.run(engine.perform(ONE))
    seen = engine.snapshot()
    assert seen.retry_budget.tokens == before + 5
    breaker = next(iter(seen.breakers.values()))
    assert (breaker.calls, breaker.failures) == (5, 0)
    world.run(engine.perform(ONE))
    assert engine.snapshot().breakers == seen.breakers  # five on end: one more changes nothing
