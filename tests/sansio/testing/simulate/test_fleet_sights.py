"""What comes up in a fleet is seen in its trace."""

from __future__ import annotations

import pytest

from offwire.events import QuotaStoreFound, QuotaStoreLost
from offwire.testing.simulate.checks.check import Audience
from offwire.testing.simulate.fleet_sights import FLEET_SIGHTS, FleetSights
from offwire.testing.simulate.records import Cancelled, Kept, Killed
from tests.sansio.testing.simulate.checks.traces import exchanged

CLAIM = Kept(1.0, 1, "Claim", 1, 0, True)

TRACES: list[tuple[str, list[object]]] = [
    ("lease lost", [exchanged(1.0, granted=1.0), Killed(2.0, 1)]),
    ("store away", [QuotaStoreLost(at=1.0, call=1, key="sim", error="")]),
    ("store back", [QuotaStoreFound(at=1.0, call=1, key="sim", away=1.0)]),
    ("answer lost", [exchanged(1.0, granted=1.0, is_heard=False)]),
    ("claim ran out", [CLAIM, Kept(9.0, 2, "Claim", 2, 0, True)]),
    ("save refused", [Kept(1.0, 1, "Save", 1, 7, False)]),
    ("blocked by another", [exchanged(1.0, blocked=2.0)]),
    ("cancel in a question", [Cancelled(1.0, 1, "ask")]),
]

QUIET: list[object] = [
    exchanged(1.0),
    exchanged(1.0, is_heard=False),
    Killed(2.0, 1),
    Killed(2.0, 2),
    CLAIM,
    Kept(1.0, 2, "Claim", 0, 0, False),
    Kept(2.0, 1, "Save", 1, 7, True),
    Kept(2.0, 1, "Load", 0, 7, True),
    Kept(2.0, 1, "Release", 1, 0, True),
    Kept(2.0, 3, "Release", 0, 0, False),
    Kept(3.0, 2, "Claim", 2, 0, True),
    Cancelled(1.0, 1, "wait"),
]


def seen(trace: list[object]) -> set[str]:
    found: set[str] = set()
    handlers = Audience([FleetSights(found)]).handlers
    for record in trace:
        for handler in handlers[type(record)]:
            handler(record)
    return found


@pytest.mark.parametrize(("name", "trace"), TRACES, ids=[name for name, _ in TRACES])
def test_a_sight_is_seen(name: str, trace: list[object]) -> None:
    assert seen(trace) == {name}


def test_where_nothing_happens_nothing_is_seen() -> None:
    assert seen(QUIET) == set()


def test_all_of_them_have_a_trace() -> None:
    assert [name for name, _ in TRACES] == list(FLEET_SIGHTS)
