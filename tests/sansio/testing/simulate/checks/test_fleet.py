"""The checks of a fleet find what they are for, and nothing else, in traces that were made by hand."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.events import QuotaStoreFound, QuotaStoreLost, QuotaWaited
from offwire.hedge_policy import HedgePolicy
from offwire.testing.simulate.checks import CHECKS
from offwire.testing.simulate.checks.fleet import FLEET_CHECKS, speaks_of_one
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.records import (
    Accounted,
    Closed,
    Kept,
    Killed,
    Marks,
    Strayed,
    Turned,
    Visited,
)
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.shared_store import Shared
from offwire.testing.simulate.tokens import SignIn
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, broken, ended, exchanged, sent

FIRST, SECOND = Turned(0.0, 1, 0.0, 1.0), Turned(0.0, 2, 0.0, 1.0)
FLEET = Scenario(processes=2, quota=Quota(units=5), store=Shared(lasts=10.0, stray=4.0))
BUCKET = evolve(FLEET, quota=Quota(kind="bucket", units=5, per=5.0))
PARALLEL = evolve(FLEET, quota=Quota(kind="concurrency", units=5))
TOKENS = Scenario(processes=2, sign_in=SignIn(), store=Shared(claim_lasts=2.0))
LOST = QuotaStoreLost(at=20.0, call=1, key="sim", error="")
FOUND = QuotaStoreFound(at=30.0, call=1, key="sim", away=10.0)
LATE = [FIRST, exchanged(1000.0), sent(12.0)]
"""Sent at 1012 by the store's clock, on a lease that lasted until 1010."""


@pytest.mark.parametrize(
    ("scenario", "found"),
    [
        pytest.param(FLEET, ["R9", "R11", "R12", "L9"], id="a quota"),
        pytest.param(evolve(FLEET, store=None), ["R9", "R11", "R12", "L9"], id="a store without faults"),
        pytest.param(evolve(FLEET, store=Shared(when_away="open")), ["R9", "R12", "L9"], id="open"),
        pytest.param(evolve(FLEET, network=Network(doubled=0.1)), ["R9", "R12", "L9"], id="doubled"),
        pytest.param(evolve(FLEET, quota=Quota(declared=0.0)), [], id="not known"),
        pytest.param(TOKENS, ["T8", "T9", "T10"], id="tokens"),
        pytest.param(evolve(FLEET, processes=1), [], id="one process"),
    ],
)
def test_checks_concern_those_who_share(scenario: Scenario, found: list[str]) -> None:
    assert [each.rule for each in FLEET_CHECKS if each.concerns(scenario)] == found


def test_some_rules_are_of_one_process_alone() -> None:
    jumping = evolve(FLEET, jumps=1, hedge=HedgePolicy())
    assert {each.rule for each in CHECKS if not speaks_of_one(each, FLEET)} == {"R1", "R2", "R3", "R4", "T2"}
    assert {each.rule for each in CHECKS if not speaks_of_one(each, jumping)} >= {"R1", "T3", "T5"}


@pytest.mark.parametrize(
    ("scenario", "trace", "times"),
    [
        pytest.param(FLEET, [exchanged(0.0, granted=5.0)], 0, id="all of it"),
        pytest.param(FLEET, [exchanged(0.0, granted=6.0)], 1, id="too much"),
        pytest.param(FLEET, [exchanged(0.0, granted=3.0), exchanged(1.0, 2, granted=3.0)], 1, id="by two"),
        pytest.param(
            FLEET, [exchanged(0.0, granted=3.0), exchanged(1.0, 2, granted=2.0)], 0, id="by two, fair"
        ),
        pytest.param(
            FLEET,
            [exchanged(0.0, granted=3.0), exchanged(0.5, 1, 2, finished=3.0, granted=3.0)],
            1,
            id="cooling",
        ),
        pytest.param(
            FLEET, [exchanged(0.0, 1, 1, finished=3.0), exchanged(1.1, 1, 2, granted=5.0)], 0, id="cooled"
        ),
        pytest.param(
            FLEET, [exchanged(0.0, 1, 1, strayed=1.0), exchanged(4.9, 1, 2, granted=5.0)], 1, id="strayed"
        ),
        pytest.param(
            FLEET, [exchanged(0.0, granted=5.0), exchanged(14.9, 2, granted=1.0)], 1, id="of one who died"
        ),
        pytest.param(
            FLEET, [exchanged(0.0, granted=5.0), exchanged(15.1, 2, granted=5.0)], 0, id="long after that"
        ),
        pytest.param(
            FLEET,
            [exchanged(0.0, 1, 2), exchanged(1.0, 1, 1, granted=1.0)],
            1,
            id="by one that was overtaken",
        ),
        pytest.param(
            FLEET, [exchanged(0.0, 1, 2), exchanged(1.0, 1, 1, flying=9.0)], 0, id="which is nothing"
        ),
        pytest.param(FLEET, [exchanged(0.0, error="declare the same")], 1, id="refused"),
        pytest.param(
            BUCKET,
            [exchanged(0.0, finished=5.0), exchanged(3.0, 1, 2, granted=3.0)],
            1,
            id="a bucket, too soon",
        ),
        pytest.param(
            BUCKET,
            [exchanged(0.0, finished=5.0), exchanged(3.1, 1, 2, granted=3.0)],
            0,
            id="a bucket, in time",
        ),
        pytest.param(
            PARALLEL,
            [exchanged(0.0, granted=5.0), exchanged(1.0, 1, 2, finished=5.0, granted=5.0)],
            0,
            id="concurrency",
        ),
    ],
)
def test_r9_no_grant_goes_above_the_limit(scenario: Scenario, trace: list[object], times: int) -> None:
    assert broken("R9", scenario, *trace) == times


def test_without_a_limit_nothing_is_too_much() -> None:
    assert broken("R9", evolve(FLEET, quota=None), exchanged(0.0, granted=99.0)) == 0


@pytest.mark.parametrize(
    ("scenario", "trace", "times"),
    [
        pytest.param(
            FLEET, [Visited(0.1 * each, 1.0, True) for each in range(5)], 0, id="as many as may come"
        ),
        pytest.param(FLEET, [Visited(0.1 * each, 1.0, True) for each in range(6)], 1, id="one too many"),
        pytest.param(
            FLEET,
            [Strayed(0.0, 1, 1), *(Visited(0.1 * each, 1.0, True) for each in range(6))],
            1,
            id="and late",
        ),
        pytest.param(FLEET, [Visited(0.0, 1.0, False)], 1, id="refused"),
        pytest.param(PARALLEL, [Visited(0.0, 1.0, False)], 0, id="concurrency"),
    ],
)
def test_r11_the_fleet_keeps_to_the_limit(scenario: Scenario, trace: list[object], times: int) -> None:
    assert broken("R11", scenario, *trace) == times


@pytest.mark.parametrize(
    ("scenario", "trace", "times"),
    [
        pytest.param(FLEET, [FIRST, exchanged(1000.0), sent(9.9)], 0, id="in time"),
        pytest.param(FLEET, [FIRST, sent(1.0)], 1, id="never leased"),
        pytest.param(
            FLEET, [Turned(0.0, 1, 5.0, 1.0), exchanged(1000.0), sent(14.9)], 0, id="by another clock"
        ),
        pytest.param(FLEET, LATE, 0, id="it may have waited"),
        pytest.param(FLEET, [FIRST, exchanged(1000.0), sent(12.1)], 1, id="for too long"),
        pytest.param(
            FLEET,
            [*LATE[:2], QuotaWaited(at=12.0, call=1, waited=1.0), sent(12.0)],
            1,
            id="it has not waited",
        ),
        pytest.param(FLEET, [FIRST, sent(1.0, marks=TOKEN)], 0, id="a sign-in"),
        pytest.param(FLEET, [FIRST, LOST, sent(25.0)], 1, id="away, and closed"),
        pytest.param(evolve(FLEET, store=Shared(when_away="open")), [FIRST, LOST, sent(25.0)], 0, id="open"),
        pytest.param(
            evolve(FLEET, store=Shared(when_away="open")), [FIRST, LOST, FOUND, sent(35.0)], 1, id="and back"
        ),
    ],
)
def test_r12_nobody_sends_after_its_lease(scenario: Scenario, trace: list[object], times: int) -> None:
    assert broken("R12", scenario, *trace) == times


CLAIM = Kept(1000.0, 1, "Claim", 1, 0, True)
OTHER = Kept(1003.0, 2, "Claim", 2, 0, True)


@pytest.mark.parametrize(
    ("trace", "times"),
    [
        pytest.param([CLAIM, FIRST, sent(0.5, marks=TOKEN)], 0, id="with a claim"),
        pytest.param([FIRST, sent(0.5, marks=TOKEN)], 1, id="without one"),
        pytest.param([Kept(1000.0, 1, "Claim", 0, 0, False), FIRST, sent(0.5, marks=TOKEN)], 1, id="refused"),
        pytest.param(
            [CLAIM, Kept(1000.1, 1, "Release", 1, 0, True), FIRST, sent(0.5, marks=TOKEN)], 1, id="given back"
        ),
        pytest.param([FIRST, sent(0.5)], 0, id="a call"),
        pytest.param(
            [
                CLAIM,
                FIRST,
                sent(0.5, marks=TOKEN),
                Kept(1001.0, 2, "Claim", 2, 0, True),
                SECOND,
                sent(1.5, marks=TOKEN),
            ],
            1,
            id="two at a time",
        ),
        pytest.param(
            [CLAIM, FIRST, sent(0.5, marks=TOKEN), OTHER, SECOND, sent(3.5, marks=TOKEN)], 0, id="it ran out"
        ),
        pytest.param(
            [
                CLAIM,
                FIRST,
                sent(0.5, marks=TOKEN),
                answered(0.6),
                Kept(1001.0, 2, "Claim", 2, 0, True),
                SECOND,
                sent(1.5, marks=TOKEN),
            ],
            0,
            id="one after another",
        ),
        pytest.param(
            [
                CLAIM,
                FIRST,
                sent(0.5, marks=TOKEN),
                ended(0.6, 7),
                ended(0.6),
                Kept(1001.0, 2, "Claim", 2, 0, True),
                SECOND,
                sent(1.5, marks=TOKEN),
            ],
            0,
            id="it was given up",
        ),
    ],
)
def test_t8_one_fetches(trace: list[object], times: int) -> None:
    assert broken("T8", TOKENS, *trace) == times


@pytest.mark.parametrize(
    ("trace", "times"),
    [
        pytest.param([CLAIM, Kept(1001.0, 1, "Save", 1, 7, True)], 0, id="its own"),
        pytest.param([CLAIM, Kept(1001.0, 1, "Save", 3, 7, True)], 1, id="another one's"),
        pytest.param(
            [CLAIM, OTHER, Kept(1004.0, 2, "Save", 2, 8, True), Kept(1005.0, 1, "Save", 1, 7, True)],
            1,
            id="too late",
        ),
        pytest.param(
            [CLAIM, OTHER, Kept(1004.0, 2, "Save", 2, 8, True), Kept(1005.0, 1, "Save", 1, 7, False)],
            0,
            id="refused",
        ),
        pytest.param([Kept(1001.0, 1, "Load", 0, 7, True)], 0, id="a look"),
    ],
)
def test_t9_saves_are_fenced(trace: list[object], times: int) -> None:
    assert broken("T9", TOKENS, *trace) == times


SPENT: list[object] = [
    CLAIM, FIRST, sent(0.1, marks=Marks("token", refresh=1)), answered(0.2, issued=7),
    Kept(1000.3, 1, "Save", 1, 7, True),
]  # fmt: skip
AGAIN = sent(3.5, marks=Marks("token", refresh=1))


@pytest.mark.parametrize(
    ("trace", "times"),
    [
        pytest.param([*SPENT, OTHER, SECOND, AGAIN], 1, id="its successor is kept"),
        pytest.param([*SPENT[:-1], OTHER, SECOND, AGAIN], 0, id="it is not"),
        pytest.param([OTHER, *SPENT, SECOND, AGAIN], 0, id="claimed before"),
        pytest.param(
            [*SPENT, Kept(1002.0, 1, "Forget", 0, 0, True), OTHER, SECOND, AGAIN], 0, id="forgotten"
        ),
        pytest.param([*SPENT, OTHER, SECOND, sent(3.5), answered(3.6)], 0, id="a call"),
        pytest.param([*SPENT, Kept(1002.0, 2, "Load", 0, 7, True), SECOND, AGAIN], 0, id="a look"),
    ],
)
def test_t10_no_refresh_token_is_sent_twice(trace: list[object], times: int) -> None:
    assert broken("T10", TOKENS, *trace) == times


HELD = Accounted(1000.0, ((1, 1.0, 1005.0),), ())


@pytest.mark.parametrize(
    ("scenario", "trace", "times"),
    [
        pytest.param(FLEET, [HELD], 1, id="held"),
        pytest.param(FLEET, [Killed(0.0, 1), HELD], 0, id="by a dead one"),
        pytest.param(FLEET, [FIRST, Closed(0.0), HELD], 0, id="by a closed one"),
        pytest.param(evolve(FLEET, hedge=HedgePolicy()), [HELD], 0, id="by a hedge"),
        pytest.param(FLEET, [Accounted(1006.0, ((1, 1.0, 1005.0),), ())], 0, id="run out"),
        pytest.param(FLEET, [Accounted(1000.0, ((1, 0.0, 1005.0),), ())], 0, id="nothing"),
        pytest.param(FLEET, [Accounted(1000.0, ((1, 0.0, 1011.0),), ())], 1, id="for too long"),
        pytest.param(FLEET, [Accounted(1000.0, (), (1,))], 1, id="in line"),
        pytest.param(FLEET, [Killed(0.0, 1), Accounted(1000.0, (), (1,))], 0, id="in line, and dead"),
    ],
)
def test_l9_nothing_is_left(scenario: Scenario, trace: list[object], times: int) -> None:
    assert broken("L9", scenario, *trace) == times
