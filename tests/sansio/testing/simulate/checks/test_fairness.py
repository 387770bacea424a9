"""The rules of fairness, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.events import QuotaWaited
from offwire.state.line import FairnessPolicy, Place
from offwire.testing.simulate.checks.fairness import BoundedPassing, FirstComeFirstServed
from offwire.testing.simulate.records import Began
from offwire.testing.simulate.run import simulate
from offwire.testing.simulate.scenario import Quota, Scenario
from tests.sansio.testing.simulate.checks.traces import TOKEN, broken, sent

PLAIN = Scenario()
SHARED = Scenario(places=(Place(0, "a"), Place(0, "b"), Place(1, "a")), fairness=FairnessPolicy(aging=10.0))
WEIGHED = evolve(SHARED, fairness=FairnessPolicy(weights={"b": 3.0}))
STRICT = evolve(SHARED, fairness=FairnessPolicy(aging=None))
PRICED = evolve(SHARED, quota=Quota(priced=True))


def turn(at: float, waited: float, call: int = 1) -> QuotaWaited:
    return QuotaWaited(at=at, call=call, waited=waited)


def placed(call: int, priority: int = 0, flow: str = "", operation: str = "read") -> Began:
    return Began(0.0, call, operation, "safe", None, priority, flow)


A = placed(1, 0, "a")
B = placed(2, 0, "b")
URGENT = placed(3, 1, "a")
DEAR = placed(4, 0, "b", "create")


def passing(times: int, call: int = 2) -> list[object]:
    """Call 1 waits from 0 to 10, and another one has so many turns meanwhile."""
    return [*(turn(1.0 + number / 10, 0.01, call) for number in range(times)), turn(10.0, 10.0)]


TRACES = [
    pytest.param("F1", PLAIN, [turn(5.0, 2.0), turn(5.0, 1.0, 2)], 0, id="F1 in order"),
    pytest.param("F1", PLAIN, [turn(5.0, 1.0), turn(5.0, 2.0, 2)], 1, id="F1 out of order"),
    pytest.param("F1", SHARED, [A, B, turn(5.0, 1.0), turn(5.0, 2.0, 2)], 0, id="F1 another flow"),
    pytest.param("F1", SHARED, [A, URGENT, turn(5.0, 1.0, 3), turn(5.0, 2.0)], 0, id="F1 more urgent"),
    pytest.param("F2", SHARED, [A, B, *passing(2)], 0, id="F2 its share and one call"),
    pytest.param("F2", SHARED, [A, B, *passing(3)], 1, id="F2 more than that"),
    pytest.param("F2", WEIGHED, [A, B, *passing(4)], 0, id="F2 a heavy flow's share"),
    pytest.param("F2", WEIGHED, [A, B, *passing(5)], 1, id="F2 more than a heavy flow's share"),
    pytest.param("F2", PRICED, [A, DEAR, *passing(2, 4)], 0, id="F2 by cost"),
    pytest.param("F2", PRICED, [A, DEAR, *passing(3, 4)], 1, id="F2 more than its share by cost"),
    pytest.param("F2", SHARED, [A, URGENT, *passing(9, 3)], 0, id="F2 another priority"),
    pytest.param(
        "F2",
        SHARED,
        [A, B, placed(5, 0, "a"), turn(0.5, 0.1, 5), turn(1.5, 1.4, 5), *passing(4)],
        0,
        id="F2 its own flow went too",
    ),
    pytest.param(
        "F2",
        SHARED,
        [A, B, *(turn(1.0, 0.1, 2) for _ in range(9)), turn(10.0, 9.0)],
        0,
        id="F2 at the very instant",
    ),
    pytest.param(
        "F2", SHARED, [A, B, *(turn(1.0, 0.1, 2) for _ in range(9)), turn(10.0, 8.0)], 0, id="F2 before"
    ),
    pytest.param(
        "F3",
        SHARED,
        [
            A,
            B,
            turn(1.0, 0.5),
            turn(1.0, 0.5, 2),
            *(turn(2.0 + at, 1.5 + at, 2) for at in range(4)),
            turn(9.0, 8.5),
        ],
        1,
        id="F3 one of two that wait gets all",
    ),
    pytest.param(
        "F3",
        SHARED,
        [
            A,
            B,
            turn(1.0, 0.5),
            turn(1.0, 0.5, 2),
            *(turn(2.0 + at, 1.5 + at, 2) for at in range(2)),
            turn(9.0, 8.5),
        ],
        0,
        id="F3 one of two is ahead by one call of each",
    ),
    pytest.param(
        "F3",
        SHARED,
        [
            A,
            B,
            turn(1.0, 0.5),
            turn(1.0, 0.5, 2),
            *(turn(2.0 + at, 1.5 + at, 2) for at in range(4)),
            turn(9.0, 0.1),
        ],
        0,
        id="F3 the other one was away",
    ),
    pytest.param(
        "F3",
        SHARED,
        [
            *(A, URGENT, turn(1.0, 0.5), turn(1.0, 0.5, 3)),
            *(turn(2.0 + at, 1.5 + at, 3) for at in range(4)),
            turn(9.0, 8.5),
        ],
        0,
        id="F3 another priority",
    ),
    pytest.param("F4", PLAIN, [sent(4.0, 2), turn(5.0, 2.0)], 1, id="F4 passed"),
    pytest.param("F4", PLAIN, [sent(2.0, 2), turn(5.0, 2.0)], 0, id="F4 before"),
    pytest.param("F4", PLAIN, [sent(4.0, 2, marks=TOKEN), turn(5.0, 2.0)], 0, id="F4 a sign-in"),
    pytest.param(
        "F4",
        PLAIN,
        [turn(3.5, 3.0, 2), sent(4.0, 2), turn(5.0, 2.0)],
        0,
        id="F4 who has fetched a token since",
    ),
    pytest.param("F4", PLAIN, [sent(4.0, 2, direct=False), turn(5.0, 2.0)], 0, id="F4 who has waited too"),
    pytest.param(
        "F4",
        SHARED,
        [A, URGENT, turn(1.0, 0.1, 3), turn(9.0, 0.1, 3), turn(11.0, 0.1, 3), turn(12.0, 12.0)],
        0,
        id="F4 more urgent ones, and one of them late",
    ),
    pytest.param(
        "F4",
        SHARED,
        [A, URGENT, turn(11.0, 0.1, 3), turn(11.5, 0.1, 3), turn(12.0, 12.0)],
        1,
        id="F4 two of them late",
    ),
    pytest.param(
        "F4",
        SHARED,
        [A, URGENT, turn(8.0, 7.0), turn(11.0, 0.1, 3), turn(11.5, 0.1, 3), turn(12.0, 12.0)],
        0,
        id="F4 one of its priority has gone meanwhile",
    ),
    pytest.param(
        "F4",
        STRICT,
        [A, URGENT, turn(11.0, 0.1, 3), turn(11.5, 0.1, 3), turn(12.0, 12.0)],
        0,
        id="F4 no aging",
    ),
    pytest.param(
        "F4",
        SHARED,
        [A, URGENT, turn(1.0, 0.5), turn(1.5, 0.5), turn(2.0, 2.0, 3)],
        1,
        id="F4 two that were less urgent",
    ),
]


@pytest.mark.parametrize(("rule", "scenario", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(
    rule: str, scenario: Scenario, trace: list[object], times: int
) -> None:
    assert broken(rule, scenario, *trace) == times


def test_flows_are_checked_where_there_are_some() -> None:
    assert BoundedPassing.concerns(SHARED)
    assert not BoundedPassing.concerns(PLAIN)
    assert FirstComeFirstServed.concerns(PLAIN)


def test_the_core_keeps_them() -> None:
    run = simulate(evolve(WEIGHED, callers=20, quota=Quota(units=3, says="nothing")))
    assert not run.violations
    assert "quota exhausted" in run.sights
