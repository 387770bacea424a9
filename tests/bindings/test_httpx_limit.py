"""A Limit is a timeout to whoever knows no better, and more to our own network."""

from __future__ import annotations

from math import inf

import pytest

from offwire.flow import Send
from offwire.message.request import Request
from offwire.timeouts import Timeouts
from offwire_httpx.limit import LEAST, Limit, network_limits, plain_limits, progress_of


def send(deadline: float | None = None, **timeouts: float | None) -> Send:
    return Send(Request("GET", "http://a.test/"), Timeouts(**timeouts), deadline)


def test_network_limits_know_their_exchange() -> None:
    what = send(deadline=15.0, connect=10.0, read=30.0, write=None)
    progress = progress_of(what, multiplexed=False)
    limits = network_limits(what, progress, now=10.0)
    assert limits == {"connect": 5.0, "read": 30.0, "write": inf, "pool": None}
    for each in (limits["connect"], limits["read"], limits["write"]):
        assert isinstance(each, Limit)
        assert each.progress is progress
    assert (progress.deadline, progress.written) == (15.0, False)


def test_without_a_deadline_there_is_none() -> None:
    what = send(connect=10.0, read=None)
    progress = progress_of(what, multiplexed=False)
    assert progress.deadline == inf
    assert network_limits(what, progress, now=10.0)["connect"] == 10.0


def test_on_a_shared_connection_nothing_is_believed_unsent() -> None:
    assert progress_of(send(), multiplexed=True).written


@pytest.mark.parametrize(
    ("what", "now", "limits"),
    [
        pytest.param(send(connect=1.0, read=2.0, write=3.0), 0.0, (1.0, 2.0, 3.0, 1.0), id="no deadline"),
        pytest.param(send(connect=None, read=None, write=None), 0.0, (None, None, None, None), id="no limit"),
        pytest.param(
            send(12.5, connect=1.0, read=None, write=3.0),
            10.0,
            (1.0, 2.5, 2.5, 1.0),
            id="a deadline that cuts",
        ),
        pytest.param(send(9.0), 10.0, (LEAST, LEAST, LEAST, LEAST), id="a deadline that has passed"),
    ],
)
def test_plain_limits_are_cut_by_the_deadline(
    what: Send, now: float, limits: tuple[float | None, ...]
) -> None:
    assert tuple(plain_limits(what, now).values()) == limits
