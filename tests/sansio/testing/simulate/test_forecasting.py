"""A forecast: figures over runs, and the same ones in each process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from attrs import evolve

from offwire.testing.simulate import forecasting
from offwire.testing.simulate.forecasting import FIGURES, Spread, forecast
from offwire.testing.simulate.plan import Plan, PlannedCall, PlannedFaults, PlannedLimit, PlannedTokens

PLAN = Plan(
    workers=8,
    items=120,
    calls=[PlannedCall(name="read", cost=(1, 2)), PlannedCall(name="write", safe=False)],
    limit=PlannedLimit(units=40, per=5.0),
    faults=PlannedFaults(errors=0.05),
    runs=3,
)


def test_figures_are_told_of_all_runs() -> None:
    told: list[float] = []
    found = forecast(PLAN, told=told.append)
    assert [each.seed for each in found.runs] == [1, 2, 3]
    seconds = found.spread("seconds")
    assert seconds is not None
    ordered = sorted(run.seconds for run in found.runs)
    assert (seconds.least, seconds.median, seconds.most) == tuple(ordered)
    assert found.middle("seconds") == ordered[1]
    assert found.middle("throttled") == 0
    for run in found.runs:
        allowed, share, least = (found.of(each, run) for each in ("allowed", "share", "least_seconds"))
        assert allowed is not None
        assert least is not None
        assert share is not None
        assert share == run.all.units / allowed
        assert 0.5 < share <= 1
        assert least <= run.seconds
    reads = found.spread_of("read", "calls")
    assert reads.least <= reads.median <= reads.most
    assert [run.kinds["read"].calls + run.kinds["write"].calls for run in found.runs] == [120] * 3
    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_what_a_plan_has_not_is_none() -> None:
    found = forecast(evolve(PLAN, limit=None, runs=1))
    absent = [name for name in FIGURES if found.spread(name) is None]
    assert absent == ["least_seconds", "token_requests", "units", "allowed", "share"]
    assert found.middle("units") == 0.0
    busy = forecast(evolve(PLAN, limit=PlannedLimit(units=3, kind="concurrency"), runs=1))
    assert [name for name in FIGURES if busy.spread(name) is None] == [
        "least_seconds", "token_requests", "allowed", "share",
    ]  # fmt: skip
    signed = evolve(PLAN, tokens=PlannedTokens(lifetime=4.0), runs=1)
    assert forecast(signed).middle("token_requests") > 1
    assert forecast(signed, client="paced").spread("token_requests") is None


def test_names_that_are_none_are_refused() -> None:
    found = forecast(evolve(PLAN, runs=1))
    with pytest.raises(KeyError, match="speed"):
        found.spread("speed")
    with pytest.raises(KeyError, match="other"):
        found.spread_of("other", "calls")


def test_it_can_be_written_as_json() -> None:
    found = forecast(evolve(PLAN, runs=2, limit=None))
    document = json.loads(json.dumps(found.to_json()))
    assert document["figures"].keys() == set(FIGURES)
    assert document["figures"]["units"] is None
    assert document["figures"]["done"]["median"] == found.middle("done")
    first = document["runs"][0]
    assert first["kinds"].keys() == {"read", "write"}
    assert first["timeline"]["spans"][0]["wait_p50"] in (None, 0.0)
    assert document["client"] == "offwire"


def test_of_what_is_no_json_there_is_none() -> None:
    assert forecasting._rounded([1.23456789, True, "a", None]) == [1.234568, True, "a", None]
    with pytest.raises(TypeError, match="no object"):
        forecasting._rounded(object())


def test_a_spread_of_an_even_number_is_one_that_was() -> None:
    assert forecasting._spread([4.0, 1.0, 3.0, 2.0]) == Spread(least=1.0, median=2.0, most=4.0)


def test_another_process_forecasts_the_same() -> None:
    code = (
        "import hashlib, json; from offwire.testing.simulate import forecast, picture_of; "
        "from tests.sansio.testing.simulate.test_forecasting import PLAN; found = forecast(PLAN); "
        "print(hashlib.sha256((json.dumps(found.to_json()) + picture_of(found)).encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0].strip()) == 64
