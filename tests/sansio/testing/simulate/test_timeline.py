"""A timeline is short, aligned, and marks what it is about."""

from __future__ import annotations

import pytest

from offwire.events import BreakerChanged
from offwire.state.token_box import TokenState
from offwire.testing.simulate.records import (
    Cancelled,
    Ended,
    Healed,
    Marks,
    Paused,
    Record,
    Slept,
    Visited,
)
from offwire.testing.simulate.timeline import MOST_LINES, described, timeline
from tests.sansio.testing.simulate.checks.traces import answered, began, looked, sent


def test_a_timeline_marks_the_record_and_the_call() -> None:
    records: list[Record] = [
        began(0.0, 7, deadline=2.0),
        sent(1.0, 7, 3),
        looked(1.5),
        answered(2.0, 8, 4),
        Healed(3.0),
    ]
    assert timeline(records, 1, 7).splitlines() == [
        " *     0.000000     #7  begins     read, safe until 2.000000",
        ">>     1.000000     #7  sends      3: POST https://api.sim.test:443/read",
        "       1.500000                    1 calls; quota: 0 wait, 0 are out; connections: 0 wait, 0 in use",
        "       2.000000     #8  gets       4: 200",
        "       3.000000         healed",
    ]


def test_a_long_trace_is_cut_but_the_call_is_followed_further_back() -> None:
    records: list[Record] = [
        began(0.0, 7),
        *(Slept(float(number), 1, 9.0) for number in range(500)),
        looked(500.0),
    ]
    records.append(answered(501.0, 7))
    lines = timeline(records, len(records) - 1, 7).splitlines()
    assert len(lines) <= MOST_LINES
    assert lines[0].endswith("begins     read, safe")
    assert not any("calls;" in line for line in lines)
    lines = timeline([Slept(0.0, 1, 9.0)] * 500, 400, 1).splitlines()
    assert len(lines) == MOST_LINES


@pytest.mark.parametrize(
    ("record", "words"),
    [
        pytest.param(
            sent(1.0, marks=Marks(token=3)),
            "sends      1: POST https://api.sim.test:443/read with token 3",
            id="token",
        ),
        pytest.param(
            sent(1.0, marks=Marks("token", refresh=2)),
            "sends      1: POST https://api.sim.test:443/read with refresh token 2",
            id="refresh",
        ),
        pytest.param(Visited(1.0, 2.0, True), "           the server, at 1.000000, admits 2", id="admitted"),
        pytest.param(Visited(1.0, 2.0, False), "           the server, at 1.000000, refuses 2", id="refused"),
        pytest.param(answered(1.0, status=429, wait=2.0), "gets       1: 429, wait 2", id="a wait"),
        pytest.param(answered(1.0, status=None, error="MaybeSent"), "gets       1: MaybeSent", id="an error"),
        pytest.param(Paused(1.0, 1, None), "waits     ", id="waits"),
        pytest.param(Ended(1.0, 1, "raised", "NotFound"), "raised     NotFound", id="raised"),
        pytest.param(Cancelled(1.0, 1, "wait"), "cancelled  phase wait", id="another record"),
        pytest.param(
            BreakerChanged(at=1.0, origin="x", before="open", after="closed"),
            "breaker changed origin x, before open, after closed",
            id="an event",
        ),
        pytest.param(
            looked(1.0, token=TokenState.FRESH),
            "           1 calls; quota: 0 wait, 0 are out; connections: 0 wait, 0 in use"
            "; token: fresh, 0 wait",
            id="tokens",
        ),
    ],
)
def test_a_record_is_told_in_words(record: Record, words: str) -> None:
    assert described(record) == words
