"""A stage sets a scenario up with the real engine, and plays it to its end."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.events import Redirected
from offwire.state.line import FairnessPolicy, Place
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.records import (
    Began,
    Cancelled,
    Closed,
    Ended,
    Healed,
    Jumped,
    Looked,
    Record,
    Reported,
    Sent,
    Stuck,
    Visited,
)
from offwire.testing.simulate.scenario import ELSEWHERE, Quota, Scenario
from offwire.testing.simulate.stage import Stage
from offwire.testing.simulate.tokens import SignIn

PLAIN = Scenario(callers=3, calls=4, breaker=None)


def played(scenario: Scenario) -> list[Record]:
    trace: list[Record] = []
    Stage(scenario, trace.append).play()
    return trace


def of(kind: type, trace: list[Record]) -> list[Record]:
    return [each for each in trace if type(each) is kind]


def test_each_caller_makes_its_calls_and_then_all_is_well() -> None:
    trace = played(PLAIN)
    healed = next(index for index, each in enumerate(trace) if type(each) is Healed)
    assert len(of(Began, trace[:healed])) == len(of(Ended, trace[:healed])) == 12
    assert len(of(Began, trace[healed:])) == 8
    last = trace[-1]
    assert isinstance(last, Looked)
    assert last.is_last
    assert last.active == 0


def test_a_stage_can_be_stopped_and_shows_its_engine() -> None:
    trace: list[Record] = []
    stage = Stage(PLAIN, trace.append)
    stage.stop()
    stage.play()
    assert stage.seconds == 0
    assert not of(Began, trace)
    assert stage.snapshots() == [stage.engine.snapshot()]


@pytest.mark.parametrize("credential", ["", "key", "basic", "bearer"])
def test_credentials_of_all_kinds_are_sent(credential: str) -> None:
    stage = Stage(evolve(PLAIN, credential=credential, cookies=True), lambda _record: None)
    stage.play()
    assert [type(outcome) for _, outcome in stage.ended] == [type(None)] * 20
    assert stage.engine.snapshot().cookies is not None


@pytest.mark.parametrize(
    "rotating", [pytest.param(False, id="credentials"), pytest.param(True, id="refresh")]
)
def test_callers_sign_in(rotating: bool) -> None:
    trace = played(evolve(PLAIN, sign_in=SignIn(rotating=rotating, lifetime=10.0)))
    sent = [each for each in trace if isinstance(each, Sent)]
    fetches = [each for each in sent if each.marks.kind == "token"]
    assert len(fetches) == 9
    assert {bool(each.marks.refresh) for each in fetches} == {rotating}
    assert all(each.marks.token for each in sent if each.marks.kind == "api")


def test_what_the_server_admits_is_witnessed_at_its_price() -> None:
    trace = played(evolve(PLAIN, writes=1.0, keyed=0.0, quota=Quota(units=3, priced=True)))
    assert {each.cost for each in trace if isinstance(each, Visited)} == {2.0}


def test_callers_give_up_hurry_and_name_keys() -> None:
    trace = played(evolve(PLAIN, writes=0.0, keyed=1.0, cancels=1.0, deadlines=1.0, cancel_up_to=0.05))
    began = [each for each in trace if isinstance(each, Began)]
    assert {each.safety for each in began} == {"keyed"}
    assert all(each.deadline is not None for each in began[:12])
    assert all(each.deadline is None for each in began[12:])
    assert of(Cancelled, trace)
    keys = [each.marks.key for each in trace if isinstance(each, Sent)]
    assert len(set(keys)) == len(keys)


def test_what_the_machines_hold_is_counted_now_and_then_and_at_the_end() -> None:
    looks = [each for each in played(evolve(PLAIN, calls=40)) if isinstance(each, Looked)]
    is_counted = [each.held is not None for each in looks]
    assert is_counted[-1]
    assert 1 < sum(is_counted) < len(looks) / 8


def test_clocks_are_set() -> None:
    assert len(of(Jumped, played(evolve(PLAIN, jumps=3)))) == 3


def test_a_client_is_closed_midway_or_has_nothing_to_close() -> None:
    trace = played(evolve(PLAIN, closes_at=0.05, pace=0.0))
    assert of(Closed, trace)
    assert not of(Healed, trace)
    assert len(of(Ended, trace)) == len(of(Began, trace)) < 20
    assert not of(Closed, played(evolve(PLAIN, closes_at=1e4)))


def test_redirects_lead_to_another_origin() -> None:
    trace = played(evolve(PLAIN, redirects=1.0, credential="bearer", seed=2))
    assert of(Redirected, trace)
    elsewhere = [each for each in trace if isinstance(each, Sent) and each.origin == ELSEWHERE]
    assert elsewhere
    assert {each.marks.kind for each in elsewhere} == {"elsewhere"}


def test_old_reports_are_compared_with_what_was_known() -> None:
    scenario = evolve(PLAIN, callers=8, pace=0.0, latency=(0.01, 0.5), quota=Quota(declared=0.0, per=5.0))
    assert of(Reported, played(scenario))


def test_old_reports_are_compared_only_where_something_was_known() -> None:
    quota = Quota(declared=0.0, units=20, per=0.5, kind="fixed")
    scenario = evolve(PLAIN, callers=8, calls=20, pace=0.05, latency=(0.01, 2.0), quota=quota)
    assert played(scenario)


def test_a_world_that_stands_still_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offwire.state.quota.Quota._call_head", lambda *_arguments: None)
    trace = played(evolve(PLAIN, callers=9, pace=0.0, quota=Quota(units=3)))
    assert of(Stuck, trace)


def test_a_flaky_server_and_a_rough_network_fail_some() -> None:
    stage = Stage(evolve(PLAIN, flaky=0.5, network=Network(lost=0.3)), lambda _record: None)
    stage.play()
    assert any(outcome is not None for _, outcome in stage.ended)


def test_calls_wait_in_the_places_that_there_are() -> None:
    places = (Place(0, "a"), Place(2))
    busy = evolve(PLAIN, callers=20, quota=Quota(units=3, says="nothing"), places=places, deadlines=0.2)
    trace = played(evolve(busy, fairness=FairnessPolicy(weights={"a": 2.0})))
    assert {(each.priority, each.flow) for each in trace if isinstance(each, Began)} == {*places}
    lanes = [lane for each in trace if isinstance(each, Looked) for lane in each.engine.quota.lanes]
    assert {(each.priority, each.flow) for each in lanes} == {*places}
