"""A stretch of waiting goes on as long as somebody waits, and nobody was sent away."""

from __future__ import annotations

import pytest

from offwire.events import QuotaWaited
from offwire.testing.simulate.checks.backlog import Backlog
from offwire.testing.simulate.records import Answered
from tests.sansio.testing.simulate.checks.traces import answered


def turn(at: float, since: float) -> QuotaWaited:
    return QuotaWaited(at=at, call=1, waited=at - since)


@pytest.mark.parametrize(
    ("trace", "since", "admitted"),
    [
        pytest.param([turn(2.0, 1.0)], 1.0, 1, id="one"),
        pytest.param([turn(2.0, 1.0), turn(2.0, 1.5), turn(4.0, 2.0)], 1.0, 3, id="one after another"),
        pytest.param([turn(2.0, 1.0), turn(4.0, 3.0)], 3.0, 1, id="with a gap"),
        pytest.param([turn(2.0, 1.0), answered(2.5), turn(4.0, 1.5)], 1.0, 2, id="an answer"),
        pytest.param([turn(2.0, 1.0), answered(2.5, wait=3.0), turn(7.0, 1.5)], 5.5, 1, id="sent away"),
        pytest.param(
            [turn(2.0, 1.0), answered(2.5, status=429), turn(7.0, 1.5)], 3.5, 1, id="without a wait"
        ),
        pytest.param([answered(2.5, wait=3.0), turn(7.0, 3.0)], 5.5, 1, id="came while nobody may come"),
        pytest.param([answered(2.5, wait=3.0), turn(8.0, 7.0)], 7.0, 1, id="came later"),
    ],
)
def test_a_stretch(trace: list[QuotaWaited | Answered], since: float, admitted: int) -> None:
    backlog = Backlog()
    for each in trace:
        if isinstance(each, Answered):
            backlog.answered(each)
        else:
            backlog.admit(each)
    assert (backlog.since, backlog.admitted) == (since, admitted)
