"""A plan that is played: what the real engine does to the planned server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire.hedge_policy import HedgePolicy
from offwire.testing.simulate.plan import (
    LogNormal,
    Plan,
    PlannedCall,
    PlannedClient,
    PlannedFaults,
    PlannedLimit,
    PlannedTokens,
    Uniform,
)
from offwire.testing.simulate.rehearsal import CLIENTS, rehearse

QUICK = Uniform(least=0.05, most=0.2)
LIMITS = {
    "sliding": PlannedLimit(units=20, per=5.0),
    "fixed": PlannedLimit(units=20, per=5.0, kind="fixed", offset=1.0),
    "bucket": PlannedLimit(units=10, per=5.0, kind="bucket", burst=6),
    "concurrency": PlannedLimit(units=3, kind="concurrency"),
}


def plan(**values: Any) -> Plan:
    """A small plan."""
    return Plan(**{"workers": 5, "items": 60, "calls": [PlannedCall(latency=QUICK)], **values})


@pytest.mark.parametrize("kind", sorted(LIMITS))
@given(seed=st.integers(0, 10_000), errors=st.sampled_from([0.0, 0.2]), workers=st.integers(1, 12))
@settings(max_examples=8)
def test_who_knows_the_limit_is_never_refused(kind: str, seed: int, errors: float, workers: int) -> None:
    limit = LIMITS[kind]
    calls = [
        PlannedCall(name="read", share=3, cost=(1, 3), latency=QUICK),
        PlannedCall(name="write", safe=False, latency=LogNormal(median=0.1, p99=0.5)),
    ]
    run = rehearse(plan(limit=limit, workers=workers, calls=calls, faults=PlannedFaults(errors=errors)), seed)
    assert run.all.throttled == 0
    assert run.all.calls == run.all.done + run.all.failed == 60
    assert run.all.unfinished == 0
    level = limit.burst or limit.units
    assert all(each.used <= level + 1e-6 for each in run.timeline.spans)
    assert run.all.attempts == run.all.calls + run.all.retries
    assert sum(each.attempts for each in run.timeline.spans) == run.all.attempts
    assert sum(each.done for each in run.timeline.spans) == run.all.done
    assert sum(each.calls for each in run.kinds.values()) == 60
    assert (run.all.units > 0, run.token_requests, run.seed) == (True, 0, seed)


@pytest.mark.parametrize(("known", "per"), [("declared", 5.0), ("learned", 5.0), ("points", 60.0)])
def test_what_is_known_keeps_from_refusals(known: str, per: float) -> None:
    limit: Mapping[str, Any] = {"units": 40, "per": per, "kind": "fixed", "known": known}
    run = rehearse(plan(limit=PlannedLimit(**limit), items=100), 3)
    assert (run.all.done, run.all.throttled) == (100, 0)
    assert run.seconds >= per


def test_who_knows_nothing_is_refused_and_waits() -> None:
    run = rehearse(plan(limit=PlannedLimit(units=20, per=5.0, known="unknown")), 3)
    assert run.all.throttled > 0
    assert run.all.done == 60
    assert run.seconds > 10.0
    assert sum(each.throttled for each in run.timeline.spans) == run.all.throttled


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", sorted(LIMITS))
def test_each_client_plays_each_limit(client: Any, kind: str) -> None:
    wanted = plan(limit=LIMITS[kind], client=PlannedClient(attempts=9))
    run = rehearse(wanted, 5, client=client)
    assert run.all.calls == 60
    assert run.all.done > 40
    assert (run.all.throttled == 0) == (client == "offwire" or (client, kind) == ("paced", "bucket"))
    assert run == rehearse(wanted, 5, client=client)


def test_without_a_limit_all_wait_for_the_first_answer_and_for_nothing_else() -> None:
    told: list[float] = []
    run = rehearse(plan(calls=[PlannedCall(latency=Uniform(least=0.06, most=0.06))]), 1, told=told.append)
    assert (run.all.wait_most, run.all.wait_p50, run.all.throttled, run.all.units) == (0.1, 0.0, 0, 0.0)
    assert run.seconds == pytest.approx(12 * 0.1 + 0.1)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_plan_for_a_time_ends_then() -> None:
    told: list[float] = []
    run = rehearse(plan(items=None, lasts=30.0, limit=LIMITS["sliding"]), 1, told=told.append)
    assert (run.seconds, run.timeline.width, len(run.timeline.spans)) == (30.0, 0.15, 200)
    assert run.all.unfinished > 0
    assert run.all.calls == run.all.done + run.all.unfinished
    assert 100 <= run.all.units <= 120
    assert told[-1] <= 1.0 + 1e-9


def test_workers_pause_and_rest() -> None:
    client = PlannedClient(pause=2.0, rest=7.0, attempts=1, way=0.02)
    half = plan(workers=1, items=20, client=client, calls=[PlannedCall(latency=QUICK, errors=0.5)])
    run = rehearse(half, 2)
    assert run.failures == {"ServerError": run.all.failed}
    assert 0 < run.all.failed < 20
    resting = 19 * 2.0 + 7.0 * run.all.failed
    assert resting - 7.0 <= run.seconds <= resting + 20 * 0.25


def test_a_server_that_is_down_is_left_alone() -> None:
    down = plan(items=300, faults=PlannedFaults(down=((1.0, 20.0),)), workers=20)
    run = rehearse(down, 1)
    eager = rehearse(evolve(down, client=PlannedClient(breaker=False)), 1)
    assert run.all.calls == eager.all.calls == 300
    assert run.failures["CircuitOpen"] > 0
    assert run.all.errors < eager.all.errors


def test_hedges_cut_the_tail_for_a_few_more_requests() -> None:
    slow = plan(
        items=1000,
        calls=[PlannedCall(latency=QUICK)],
        faults=PlannedFaults(slow=0.04, slow_by=5.0),
    )
    plain = rehearse(slow, 1)
    hedged = rehearse(evolve(slow, client=PlannedClient(hedge=HedgePolicy(after=0.5))), 1)
    assert plain.all.hedges == 0 < hedged.all.hedges < 100
    assert hedged.all.attempts == 1000 + hedged.all.hedges
    assert hedged.seconds < plain.seconds / 2


def test_faults_tokens_and_deadlines() -> None:
    rough = plan(
        items=200,
        faults=PlannedFaults(refused=0.05, lost=0.05, truncated=0.05, stalled=0.02, slow=0.05, slow_by=1.0),
        tokens=PlannedTokens(lifetime=5.0),
        client=PlannedClient(timeout=3.0, deadline=2.0, patience=None),
    )
    run = rehearse(rough, 4)
    assert run.all.calls == 200
    assert run.all.errors > 10
    assert run.token_requests > 1
    assert "DeadlineExceeded" in run.failures
    assert run.all.latency_p95 <= 2.0
    assert rehearse(rough, 4, client="reactive").token_requests == 0


def test_seeds_differ_and_repeat() -> None:
    first, second = rehearse(plan(), 1), rehearse(plan(), 2)
    assert first == rehearse(plan(), 1)
    assert first.timeline != second.timeline
