"""A run is played from its scenario alone, stops where a rule is broken, and says how to repeat it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import ClassVar

import pytest

from offwire.auth import fetched
from offwire.errors import CallError, DeadlineExceeded, StatusError
from offwire.message.response import Response
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.checks.lifecycle import NoSecretShown
from offwire.testing.simulate.records import Answered, Ended
from offwire.testing.simulate.run import RuleBroken, _all_of, simulate
from offwire.testing.simulate.scenario import Quota, Scenario, drawn
from offwire.testing.simulate.tokens import SignIn

SEEDS = range(40, 52)
PRINT = """
from offwire.testing.simulate import drawn, simulate
print(*[simulate(drawn(seed)).fingerprint for seed in range(40, 52)])
"""


class NothingEnds(Check):
    """X1: nothing ends."""

    rule: ClassVar[str] = "X1"

    def ended(self, record: Ended) -> None:
        self.fail(record.at, record.call, "it has ended")


def test_a_run_says_what_has_happened() -> None:
    run = simulate(Scenario(callers=2, calls=3, flaky=0.5, breaker=None))
    run.check()
    assert run.calls == 6 + 8
    assert run.seconds > 800
    assert run.events == len(run.records)
    assert sum(run.statuses.values()) == sum(
        type(each) is Answered and each.status is not None for each in run.records
    )
    assert set(run.statuses) <= {200, 500, 502, 503}
    assert all(isinstance(each, CallError) for each in run.errors)
    assert "retry after maybe sent" not in run.sights


def test_a_fleet_runs_as_anything_else() -> None:
    run = simulate(Scenario(processes=2, callers=4, calls=2, quota=Quota(units=20), breaker=None))
    run.check()
    assert run.calls == 8 + 2 * 8
    assert run.seconds > 800
    assert run.statuses == {200: run.calls}


def test_equal_seeds_make_equal_traces_and_others_do_not() -> None:
    prints = [simulate(drawn(seed)).fingerprint for seed in SEEDS]
    assert prints == [simulate(drawn(seed)).fingerprint for seed in SEEDS]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_makes_the_same_trace(hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    run = subprocess.run(
        [sys.executable, "-c", PRINT], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout.split() == [simulate(drawn(seed)).fingerprint for seed in SEEDS]


def test_a_broken_rule_stops_the_run_and_is_told_with_a_timeline() -> None:
    run = simulate(drawn(7), [NothingEnds])
    assert [each.rule for each in run.violations][:1] == ["X1"]
    with pytest.raises(RuleBroken) as caught:
        run.check()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("X1 was broken at ")
    assert sum(line.startswith(">>") for line in lines) == 1
    assert lines[-1] == "to repeat it: python tools/simulate.py --seed 7"
    assert len(lines) < 90


def test_a_run_of_another_scenario_is_repeated_by_its_expression() -> None:
    assert simulate(drawn(7, calls=2), [NothingEnds]).report().endswith(" --seed 7 --calls 2")
    own = simulate(Scenario(seed=7, quota=Quota()), [NothingEnds]).report().splitlines()[-1]
    assert own.startswith("to repeat it: simulate(Scenario(seed=7, ")


def test_secrets_are_looked_for_in_errors_and_events(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = Scenario(flaky=0.5, credential="key", breaker=None)
    assert not simulate(scenario, [NoSecretShown]).violations
    monkeypatch.setattr("offwire.completion._unechoed", lambda error, _context: error)
    found = simulate(scenario, [NoSecretShown]).violations
    assert {each.message for each in found} == {"a secret shows in a ServerError"}


def test_secrets_are_looked_for_in_events(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = Scenario(sign_in=SignIn())
    assert not simulate(scenario, [NoSecretShown]).violations
    monkeypatch.setattr(fetched.InHeader, "placer", lambda _self, token: fetched.InQuery().placer(token))
    monkeypatch.setattr("offwire.message.url.Url.__str__", lambda url: url.text)
    found = simulate(scenario, [NoSecretShown]).violations
    assert {each.message for each in found} == {"a secret shows in an event or a snapshot"}


def test_all_that_an_error_says_is_looked_at() -> None:
    inner = StatusError(message="inner", response=Response(500, text="body", headers={"X-Echo": "field"}))
    text = _all_of(DeadlineExceeded(message="outer", cause=inner))
    assert all(each in text for each in ("outer", "inner", "body", "field"))
