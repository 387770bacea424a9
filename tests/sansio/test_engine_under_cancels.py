"""Whenever a call is cancelled, it leaves nothing behind: ten thousand cancels at random times.

Each world draws its own limits and faults. At its end nothing is out: no permit, no place in a
line, no connection, no lease, no seat, no probe. That all of it had been in use is checked too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from types import NoneType
from typing import Any

import pytest

from offwire.auth import ClientCredentials, RefreshToken
from offwire.auth.fetched import TokenSource
from offwire.backoff import Exponential
from offwire.engine import Engine, EngineSnapshot
from offwire.errors import CircuitOpen, DeadlineExceeded, MaybeSent, OffwireError, SignInFailed
from offwire.flow import Flow
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.options import Options
from offwire.operations.paging import linked
from offwire.policies import IdempotencyPolicy, Policies
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy, State
from offwire.state.limits import BucketLimit, ConcurrencyLimit, WindowLimit
from offwire.state.token_box import TokenPolicy, TokenState
from offwire.testing import Task, World
from offwire.testing.rest_server import FakeQuota, FakeRest, Faults
from offwire.timeouts import Timeouts
from tests.sansio.kit import Diary

WORLDS = 40
CALLS = 450
"""In each world; most of them are cancelled."""
SPAN = 30.0
"""Seconds within which calls begin."""

ONE = Call.get("/users/{id}", path={"id": 7})
LIST = Call.get("/users", query={"per_page": 100}, returns=Response)
NEW = Call.post("/users", json={"name": "Ada", "email": "ada@x.test"})


def engine_of(world: World, rest: FakeRest, is_rotating: bool, random: Random, diary: Diary) -> Engine:
    token_url = "https://api.test/oauth/token"
    source: TokenSource = ClientCredentials(token_url=token_url, client_id="client", client_secret="secret")
    if is_rotating:
        first = rest.issue_refresh_token()
        source = RefreshToken(
            token_url=token_url, client_id="client", client_secret="secret", refresh_token=first
        )
    policies = Policies(
        retry=RetryPolicy(backoff=Exponential(base=0.2, cap=2.0)),
        quota=random.choice(
            [
                [WindowLimit(20, 1.0), ConcurrencyLimit(random.randint(2, 20))],
                [BucketLimit(capacity=5, per_second=20.0)],
                [ConcurrencyLimit(random.randint(1, 5))],
                [],
            ]
        ),
        breaker=BreakerPolicy(
            window=10, min_calls=5, failure_rate=random.uniform(0.2, 0.9), open_for=1.0, open_cap=3.0
        ),
        tokens=TokenPolicy(soft=3.0, hard=1.0, backoff=0.5),
        idempotency=IdempotencyPolicy() if random.random() < 0.5 else None,
        timeouts=Timeouts(read=3.0),
        cookies=random.random() < 0.5,
        observers=[diary],
    )
    return Engine(world.runtime, base_url="https://api.test", auth=source, policies=policies)


def flow_of(engine: Engine, random: Random) -> Flow[object]:
    deadline = random.uniform(0.1, 10.0) if random.random() < 0.3 else None
    options = Options(deadline=deadline)
    match random.randrange(4):
        case 0:
            return engine.paginate(linked(LIST, items=lambda page: [page.status]), "Users.list", options)
        case 1:
            return engine.perform(NEW, "Users.create", options)
        case _:
            return engine.perform(ONE, "Users.get", options)


def check_quiet(seen: EngineSnapshot, world: World) -> None:
    assert (seen.quota.waiting, seen.quota.in_flight) == (0, 0)
    assert [each.limit for each in seen.quota.limits if abs(each.in_flight) > 1e-9] == []
    assert [each for each in seen.breakers.values() if each.probes_running] == []
    assert seen.tokens is not None
    assert seen.tokens.waiting == 0
    assert seen.tokens.state is not TokenState.REFRESHING
    connections = world.runtime.connections.snapshot()
    assert (connections.in_use, connections.waiting, connections.origins) == (0, 0, ())


def what_is_out(seen: EngineSnapshot, world: World) -> Iterator[str]:
    """What is in use at this instant, so that it can be believed that it was."""
    assert seen.tokens is not None
    connections = world.runtime.connections.snapshot()
    held = {
        "permit": seen.quota.in_flight > 0,
        "place in the quota's line": seen.quota.waiting > 0,
        "connection": connections.in_use > 0,
        "place in line for a connection": connections.waiting > 0,
        "probe": any(each.probes_running for each in seen.breakers.values()),
        "open circuit": any(each.state is State.OPEN for each in seen.breakers.values()),
        "lease": seen.tokens.state is TokenState.REFRESHING,
        "seat": seen.tokens.waiting > 0,
    }
    return (name for name, is_out in held.items() if is_out)


def what_happens_in(seed: int) -> Counter[str]:
    """Run one world to its end, and look for what is left."""
    random, diary, happened = Random(seed), Diary(), Counter[str]()
    is_rotating, has_token_faults = seed % 2 == 0, seed % 4 < 2
    rest = FakeRest(
        users=300,
        seed=seed,
        token_lifetime=random.uniform(2.0, 10.0),
        quota=FakeQuota(limit=random.randint(10, 40), per=1.0) if random.random() < 0.7 else None,
        faults=Faults(
            server_error=0.05,
            unavailable=random.choice([0.0, 0.02]),
            slow=0.1,
            slow_by=4.0,
            truncated=0.03,
            dropped=0.05,
            on_tokens=has_token_faults,
        ),
    )
    tasks: list[Task[object]] = []
    with World(
        rest,
        seed=seed,
        max_connections=random.choice([1, 5, 50]),
        latency=lambda chance: chance.uniform(0.0, 0.3),
        shuffle=True,
    ) as world:
        engine = engine_of(world, rest, is_rotating, random, diary)
        begins = sorted(random.uniform(0.0, SPAN) for _ in range(CALLS))
        plan = [(at, "begin") for at in begins]
        plan += [(at + random.expovariate(1.0), "cancel") for at in begins if random.random() < 0.75]
        for at, what in sorted(plan):
            world.advance(max(0.0, at - world.now))
            if what == "begin":
                tasks.append(world.spawn(flow_of(engine, random)))
            else:
                running = [task for task in tasks if not task.done]
                if running:
                    random.choice(running).cancel()
            happened.update(what_is_out(engine.snapshot(), world))
        world.run_until_idle()
        check_quiet(engine.snapshot(), world)
        # And whoever comes now is served as if nothing had happened, or told why not.
        world.advance(100.0)
        late = [world.spawn(engine.perform(ONE)) for _ in range(20)]
        world.run_until_idle()
        assert not any(task.cancelled for task in late)
        check_quiet(engine.snapshot(), world)
    every: list[Task[Any]] = [*tasks, *late]
    for task in every:
        assert task.done
        assert task.error is None or isinstance(task.error, OffwireError), task.error
        happened["cancelled" if task.cancelled else type(task.error).__name__] += 1
    assert diary.names.count("CallEnded") == diary.names.count("CallStarted")
    assert diary.names.count("AttemptEnded") == diary.names.count("AttemptStarted")
    if is_rotating and not has_token_faults:
        # A refresh token is good only once, and no cancel has lost one.
        assert "TokenRefused" not in diary.names
    happened.update(diary.names)
    return happened


@pytest.mark.no_cover  # measuring ten thousand calls takes longer than they do
def test_nothing_is_left_of_calls_that_are_cancelled_at_random_times() -> None:
    happened = sum((what_happens_in(seed) for seed in range(WORLDS)), Counter[str]())
    assert happened["cancelled"] >= 10_000
    wanted = {
        *("permit", "place in the quota's line", "connection", "place in line for a connection"),
        *("probe", "open circuit", "lease", "seat"),
        *(each.__name__ for each in (CircuitOpen, DeadlineExceeded, SignInFailed, MaybeSent, NoneType)),
        *("QuotaWaited", "RetryScheduled", "TokenReceived", "TokenRefused", "BreakerChanged"),
    }
    assert {each for each in wanted if not happened[each]} == set()
