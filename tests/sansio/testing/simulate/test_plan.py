"""A plan that makes no sense is refused where it is made, by the name of its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.chance import seeded
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

CASES: list[tuple[str, Callable[..., object], Mapping[str, Any], str]] = [
    ("workers", Plan, {"workers": 0, "items": 1}, "Plan.workers has to be a whole number from 1 on, not 0"),
    ("neither", Plan, {"workers": 1}, "Plan.items or Plan.lasts has to be given, and not both"),
    ("both", Plan, {"workers": 1, "items": 1, "lasts": 1.0}, "and not both"),
    ("items", Plan, {"workers": 1, "items": 10**9}, "Plan.items has to be at most 10000000"),
    ("lasts", Plan, {"workers": 1, "lasts": 0.0}, "Plan.lasts has to be a number above 0"),
    ("no calls", Plan, {"workers": 1, "items": 1, "calls": ()}, "one kind of call at least"),
    ("twins", Plan, {"workers": 1, "items": 1, "calls": [PlannedCall()] * 2}, "two of the name 'call'"),
    ("title", Plan, {"workers": 1, "items": 1, "title": "a\nb"}, "Plan.title has to be one line of text"),
    (
        "dear",
        Plan,
        {"workers": 1, "items": 1, "calls": [PlannedCall(cost=(1, 9))], "limit": PlannedLimit(units=5)},
        r"Plan.calls\[0\].cost has to be at most 5, which is all that the limit ever admits, not 9",
    ),
    ("name", PlannedCall, {"name": ""}, "PlannedCall.name has to be text"),
    ("control", PlannedCall, {"name": "\0"}, "PlannedCall.name has to be one line of text"),
    ("share", PlannedCall, {"share": 0}, "PlannedCall.share has to be a number above 0"),
    ("free", PlannedCall, {"cost": 0}, "PlannedCall.cost has to be a number above 0"),
    ("back to front", PlannedCall, {"cost": (3, 2)}, "PlannedCall.cost has to be"),
    ("endless", PlannedCall, {"cost": float("inf")}, "PlannedCall.cost has to be"),
    ("errors", PlannedCall, {"errors": 1.5}, "PlannedCall.errors has to be a number above 0 and up to 1"),
    ("units", PlannedLimit, {"units": 0}, "PlannedLimit.units has to be a whole number from 1 on"),
    (
        "kind",
        PlannedLimit,
        {"units": 1, "kind": "slide"},
        "PlannedLimit.kind is one of sliding, fixed, bucket",
    ),
    ("known", PlannedLimit, {"units": 1, "known": "no"}, "PlannedLimit.known is one of declared, learned"),
    ("burst", PlannedLimit, {"units": 1, "burst": 2}, "PlannedLimit.burst is for a bucket"),
    ("offset", PlannedLimit, {"units": 1, "offset": 2.0}, "PlannedLimit.offset is for fixed windows"),
    ("points", PlannedLimit, {"units": 1, "known": "points"}, "points come in fixed windows"),
    ("mute", PlannedLimit, {"units": 1, "kind": "bucket", "known": "learned"}, "do not say what is left"),
    ("fault", PlannedFaults, {"lost": -0.1}, "PlannedFaults.lost has to be a number above 0 and up to 1"),
    ("rough", PlannedFaults, {"lost": 0.6, "slow": 0.6}, "together they have to be at most 1, not 1.2"),
    ("down", PlannedFaults, {"down": ((5.0, 4.0),)}, "PlannedFaults.down goes from a time to a later one"),
    ("token", PlannedTokens, {"lifetime": 0}, "PlannedTokens.lifetime has to be a number above 0"),
    ("timeout", PlannedClient, {"timeout": 0}, "Timeouts.read is a positive number of seconds"),
    ("way", PlannedClient, {"way": 0}, "PlannedClient.way has to be a number above 0"),
    (
        "uniform",
        Uniform,
        {"least": 2.0, "most": 1.0},
        r"Uniform.most has to be at least 2 \(least\), not 1.0",
    ),
    ("normal", LogNormal, {"median": 2.0, "p99": 1.0}, r"LogNormal.p99 has to be at least 2 \(median\)"),
]


@pytest.mark.parametrize(
    ("make", "given", "message"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_what_makes_no_sense_is_refused(
    make: Callable[..., object], given: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make(**given)


def test_a_cost_is_a_number_or_a_range() -> None:
    assert PlannedCall(cost=3).cost == (3, 3)
    assert PlannedCall(cost=[1, 2.5]).cost == (1, 2.5)


def test_a_plan_needs_little() -> None:
    plan = Plan(workers=2, lasts=60.0, faults=PlannedFaults(down=((1.0, 2.0), (5.0, 6.0))))
    assert (plan.limit, plan.tokens, plan.calls, plan.runs) == (None, None, (PlannedCall(),), 1)


@pytest.mark.parametrize(
    ("limit", "largest"),
    [
        pytest.param(PlannedLimit(units=7), 7, id="sliding"),
        pytest.param(PlannedLimit(units=7, kind="fixed", offset=2.0), 7, id="fixed"),
        pytest.param(PlannedLimit(units=7, kind="bucket"), 7, id="bucket"),
        pytest.param(PlannedLimit(units=7, kind="bucket", burst=3), 3, id="burst"),
        pytest.param(PlannedLimit(units=7, kind="concurrency"), float("inf"), id="concurrency"),
    ],
)
def test_a_call_costs_no_more_than_a_limit_admits(limit: PlannedLimit, largest: float) -> None:
    assert limit.largest == largest
    plan = Plan(workers=1, items=1, limit=limit, calls=[PlannedCall(cost=min(largest, 9))])
    assert evolve(plan, runs=2).limit == limit


@given(st.floats(0, 10), st.floats(0, 10), st.integers(0, 9))
def test_a_uniform_latency_stays_between_its_bounds(least: float, more: float, seed: int) -> None:
    chance = seeded(seed, "test")
    latency = Uniform(least=least, most=least + more)
    assert all(least <= latency.draw(chance) <= least + more for _ in range(20))


def test_a_latency_of_servers_has_its_median_and_its_99th_percentile() -> None:
    chance = seeded(1, "test")
    latency = LogNormal(median=0.3, p99=2.0)
    drawn = sorted(latency.draw(chance) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(0.3, rel=0.03)
    assert drawn[19_800] == pytest.approx(2.0, rel=0.08)
    assert LogNormal(median=0.3, p99=0.3).draw(chance) == pytest.approx(0.3)
