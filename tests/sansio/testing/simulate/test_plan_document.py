"""A document becomes a plan, or the place is named where it cannot."""

from __future__ import annotations

import tomllib
from contextlib import suppress

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from offwire.hedge_policy import HedgePolicy
from offwire.testing.simulate import plan_document
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
from offwire.testing.simulate.plan_document import plan_from, rate_in, seconds_in

WHOLE = """
title = "Everything"
workers = 50
items = 2_000
seed = 7
runs = 3

[limit]
units = 3600
per = "1h"
kind = "fixed"
known = "points"
offset = "12m"
unit = "point"

[[calls]]
name = "events"
share = 5
cost = [2, 8]
latency = { median = "300ms", p99 = 2 }
safe = false
errors = 0.1

[[calls]]
name = "reports"
cost = 1.5
latency = "1m30s"

[[calls]]
name = "zones"
latency = { least = 0.1, most = "1s" }

[faults]
errors = 0.02
refused = 0.01
lost = 0.01
truncated = 0.01
stalled = 0.01
slow = 0.01
slow_by = "10s"
down = [["40m", "42m"], [9000, "3h"]]

[tokens]
lifetime = "1h"
takes = 0.5
fails = 0.1

[client]
attempts = 5
retry_budget = 100
patience = "1h"
timeout = "20s"
deadline = "2m"
hedge = "300ms"
breaker = false
connections = 20
way = "10ms"
pause = 1
rest = 2
"""


@pytest.mark.parametrize(
    ("given", "hedge"), [(True, HedgePolicy()), (False, None), (2, HedgePolicy(after=2))]
)
def test_hedges_are_learned_or_after_a_time(given: object, hedge: HedgePolicy | None) -> None:
    assert plan_from({**OK, "client": {"hedge": given}}).client.hedge == hedge


def test_a_whole_document() -> None:
    assert plan_from(tomllib.loads(WHOLE)) == Plan(
        title="Everything",
        workers=50,
        items=2000,
        seed=7,
        runs=3,
        limit=PlannedLimit(units=3600, per=3600.0, kind="fixed", known="points", offset=720.0, unit="point"),
        calls=[
            PlannedCall(
                name="events",
                share=5,
                cost=(2, 8),
                latency=LogNormal(median=0.3, p99=2),
                safe=False,
                errors=0.1,
            ),
            PlannedCall(name="reports", cost=1.5, latency=Uniform(least=90.0, most=90.0)),
            PlannedCall(name="zones", latency=Uniform(least=0.1, most=1.0)),
        ],
        faults=PlannedFaults(
            errors=0.02,
            refused=0.01,
            lost=0.01,
            truncated=0.01,
            stalled=0.01,
            slow=0.01,
            slow_by=10.0,
            down=((2400.0, 2520.0), (9000, 10_800.0)),
        ),
        tokens=PlannedTokens(lifetime=3600.0, takes=0.5, fails=0.1),
        client=PlannedClient(
            attempts=5,
            retry_budget=100,
            patience=3600.0,
            timeout=20.0,
            deadline=120.0,
            hedge=HedgePolicy(after=0.3),
            breaker=False,
            connections=20,
            way=0.01,
            pause=1,
            rest=2,
        ),
    )


def test_a_short_document() -> None:
    plan = plan_from({"workers": 2, "lasts": "1h", "limit": "3_600 per h"})
    assert plan == Plan(workers=2, lasts=3600.0, limit=PlannedLimit(units=3600, per=3600.0))


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (Plan, "_PLAN"),
        (PlannedCall, "_CALL"),
        (PlannedLimit, "_LIMIT"),
        (PlannedFaults, "_FAULTS"),
        (PlannedTokens, "_TOKENS"),
        (PlannedClient, "_CLIENT"),
    ],
)
def test_each_field_can_be_read(kind: type[Plan], table: str) -> None:
    assert {each.name for each in fields(kind)} == set(getattr(plan_document, table))


OK = {"workers": 1, "items": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param({"items": 1}, "workers is missing", id="missing"),
        pytest.param({"workers": 1}, "items or lasts has to be given, and not both", id="aimless"),
        pytest.param({**OK, "worker": 1}, r"worker is no field of a plan; did you mean workers\?", id="near"),
        pytest.param({**OK, "xyz": 1}, "xyz is no field of a plan; here are title, workers, items", id="far"),
        pytest.param(
            {**OK, "client": {"attempt": 1}}, r"client.attempt is no field .* mean attempts\?", id="inner"
        ),
        pytest.param({"workers": "2"}, "workers has to be a whole number, not '2'", id="whole"),
        pytest.param({"workers": True}, "workers has to be a whole number, not True", id="flag for a number"),
        pytest.param({**OK, "runs": 0}, "runs has to be a whole number from 1 on, not 0", id="bounds"),
        pytest.param({**OK, "title": 1}, "title has to be text, not 1", id="text"),
        pytest.param({**OK, "lasts": "soon"}, "lasts: a time is a number of seconds, or such as", id="time"),
        pytest.param({**OK, "lasts": []}, r"lasts has to be a number, not \[\]", id="number"),
        pytest.param({**OK, "client": {"breaker": 1}}, "client.breaker has to be true or false", id="flag"),
        pytest.param({**OK, "client": {"hedge": 0}}, "client.hedge has to be a number above 0", id="hedge"),
        pytest.param({**OK, "client": {"hedge": []}}, "client.hedge has to be a number", id="no hedge"),
        pytest.param({**OK, "client": 3}, "client has to be a table with attempts", id="table"),
        pytest.param({**OK, "calls": {}}, r"calls has to be a list: each kind .* \[\[calls\]\]", id="list"),
        pytest.param(
            {**OK, "calls": [{}, {}, {"cost": "x"}]},
            r"calls\[2\].cost has to be a number, not 'x'",
            id="third call",
        ),
        pytest.param({**OK, "calls": [{"cost": [1]}]}, r"calls\[0\].cost has to be a number, or", id="range"),
        pytest.param({**OK, "calls": [{"cost": [2, "a"]}]}, r"calls\[0\].cost\[1\] has to be", id="in range"),
        pytest.param({**OK, "calls": [{"cost": 0}]}, r"^calls\[0\].cost has to be a number above", id="free"),
        pytest.param(
            {**OK, "calls": [{"latency": {"median": 1}}]}, r"calls\[0\].latency.p99 is missing", id="p99"
        ),
        pytest.param(
            {**OK, "calls": [{"latency": {"median": 2, "p99": 1}}]},
            r"calls\[0\].latency.p99 has to be at least 2 \(median\)",
            id="latency",
        ),
        pytest.param({**OK, "limit": "many"}, "limit: a rate is units per time, such as 3600/h", id="rate"),
        pytest.param({**OK, "limit": "1/x"}, "limit: a time is a number", id="rate's time"),
        pytest.param({**OK, "limit": {"per": 1}}, "limit.units is missing", id="units"),
        pytest.param(
            {**OK, "limit": {"units": 3}, "calls": [{"cost": 4}]},
            r"^calls\[0\].cost has to be at most 3",
            id="dear",
        ),
        pytest.param({**OK, "faults": {"down": ["1m"]}}, "faults.down has to be a list of spans", id="spans"),
        pytest.param({**OK, "faults": {"down": 1}}, "faults.down has to be a list of spans", id="no spans"),
        pytest.param({**OK, "faults": {"down": [[1, "x"]]}}, r"faults.down\[0\]\[1\]: a time", id="in span"),
        pytest.param(
            {**OK, "faults": {"lost": 0.7, "slow": 0.7}}, "^faults.refused, lost, .* not 1.4", id="rough"
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_from(document)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        ("1.5", 1.5),
        ("300ms", 0.3),
        ("90s", 90.0),
        (" 5m ", 300.0),
        ("5 min", 300.0),
        ("1h30m", 5400.0),
        ("1h 30m 5s", 5405.0),
        ("2d", 172_800.0),
    ],
)
def test_times(text: str, seconds: float) -> None:
    assert seconds_in(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "h", "5x", "-3s", "1h?", "1e3s"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="a time is a number of seconds"):
        seconds_in(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("3600/h", (3600, 3600.0)), ("10 per s", (10, 1.0)), ("1,000/90s", (1000, 90.0)), ("5/0.5", (5, 0.5))],
)
def test_rates(text: str, rate: tuple[int, float]) -> None:
    assert rate_in(text) == rate


@given(
    st.dictionaries(
        st.sampled_from([*OK, "calls", "limit", "x"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5) | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["units", "cost"]), inner)
            ),
            max_leaves=4,
        ),
    )
)
def test_a_document_is_a_plan_or_a_value_error(document: dict[str, object]) -> None:
    with suppress(ValueError):
        assert plan_from(document).workers >= 1
