"""Processes share one world: what is next happens next, some die, and others take their places."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.testing.simulate.checks import CHECKS
from offwire.testing.simulate.checks.check import Check, Violation
from offwire.testing.simulate.checks.lifecycle import NoLostWake, NoSecretShown
from offwire.testing.simulate.processes import Processes, _shared_out
from offwire.testing.simulate.records import (
    Accounted,
    Began,
    Closed,
    Exchanged,
    Healed,
    Killed,
    Record,
    Stuck,
    Turned,
    Visited,
)
from offwire.testing.simulate.run import simulate
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.shared_store import Shared
from offwire.testing.simulate.tokens import SignIn

FLEET = Scenario(processes=3, callers=7, calls=3, quota=Quota(units=20), breaker=None)


def played(scenario: Scenario) -> tuple[Processes, list[Record], set[str]]:
    records: list[Record] = []
    found: list[Violation] = []
    seen: set[str] = set()
    processes = Processes(scenario, records, CHECKS, found.append, seen)
    processes.play()
    assert found == []
    return processes, records, seen


def of(kind: type, trace: list[Record]) -> list[Record]:
    return [each for each in trace if type(each) is kind]


def test_callers_are_spread_over_processes() -> None:
    assert [_shared_out(7, 3, number) for number in range(3)] == [3, 2, 2]
    assert [_shared_out(1, 3, number) for number in range(3)] == [1, 1, 1]


def test_a_fleet_makes_its_calls_and_gives_all_back() -> None:
    processes, records, seen = played(FLEET)
    assert len(of(Began, records)) == len(processes.ended) == 7 * 3 + 3 * 8
    assert len(of(Healed, records)) == 3
    assert {each.process for each in records if isinstance(each, Turned)} == {1, 2, 3}
    assert len(processes.snapshots()) == 3
    assert processes.seconds > 800
    (last,) = of(Accounted, records)
    assert isinstance(last, Accounted)
    assert last.line == ()
    assert sum(units for _, units, _ in last.leases) == 0
    assert len(of(Visited, records)) == len(processes.ended)
    assert seen <= {"quota exhausted", "blocked by another", "stale report"}


def test_what_happens_comes_in_the_order_of_the_worlds_time() -> None:
    _, records, _ = played(evolve(FLEET, sign_in=SignIn(lifetime=60.0)))
    times = [each.at for each in records if isinstance(each, Exchanged)]
    turns = [each.at for each in records if isinstance(each, Turned)]
    assert times == sorted(times)
    assert turns == sorted(turns)


def test_processes_die_and_others_take_their_places() -> None:
    killing = evolve(FLEET, calls=20, pace=0.5, store=Shared(kills=1.0), quota=Quota(units=5))
    processes, records, seen = played(killing)
    killed = [each.process for each in records if isinstance(each, Killed)]
    assert len(killed) > 5
    assert len(processes.snapshots()) == 3 + len(killed)
    assert len(of(Healed, records)) == 3
    assert "lease lost" in seen


def test_even_all_of_them_may_be_dead_at_a_time() -> None:
    dying = evolve(FLEET, processes=2, calls=20, pace=1.0, store=Shared(kills=20.0))
    _, records, _ = played(dying)
    assert len(of(Killed, records)) > 20


def test_closed_processes_are_not_healed() -> None:
    _, records, _ = played(evolve(FLEET, calls=20, pace=0.0, closes_at=0.1))
    assert len(of(Closed, records)) == 3
    assert not of(Healed, records)


def test_a_run_of_a_fleet_is_the_same_each_time() -> None:
    scenario = evolve(FLEET, store=Shared(kills=0.5, loses=0.2))
    first, second = simulate(scenario), simulate(scenario)
    first.check()
    assert first.fingerprint == second.fingerprint
    assert first.calls > 7 * 3


def test_what_is_said_while_the_dead_are_cleared_away_is_not_told() -> None:
    processes, records, _ = played(evolve(FLEET, callers=1, calls=1))
    told = len(records)
    processes._is_silent = True
    processes._tell(Killed(0.0, 1))
    processes.tell(Healed(0.0))
    assert len(records) == told


class NoServer(Check):
    """X1: nobody is served."""

    rule = "X1"

    def visited(self, record: Visited) -> None:
        self.fail(record.at, 0, "served")


class NoCall(Check):
    """X2: nobody calls."""

    rule = "X2"

    def began(self, record: Began) -> None:
        self.fail(record.at, record.call, "called")


def test_a_rule_that_one_process_breaks_stops_all() -> None:
    run = simulate(FLEET, [NoServer, NoCall])
    assert [each.rule for each in run.violations] == ["X2"]
    assert not of(Healed, run.records)
    assert not of(Accounted, run.records)
    assert not of(Stuck, run.records)
    assert "to repeat it: simulate(Scenario(" in run.report()


def test_a_secret_that_shows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = evolve(FLEET, flaky=0.5, credential="key")
    assert not simulate(flaky, [NoSecretShown]).violations
    monkeypatch.setattr("offwire.completion._unechoed", lambda error, _context: error)
    assert simulate(flaky, [NoSecretShown]).violations


def test_who_never_gets_anything_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offwire.testing.simulate.processes._LONGEST", 20.0)
    monkeypatch.setattr("offwire.state.ledger.Ledger._out", lambda _self: 1e9)
    assert simulate(FLEET, [NoLostWake]).violations
