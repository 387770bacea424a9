"""What a planned limit comes to, at the server, at the client, and at best."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.points import PointsLimit, PointsReport
from offwire.testing.servers import Answer, Drop, Reply
from offwire.testing.simulate.allowance import (
    client_limits,
    least_seconds,
    most_units,
    read_points,
    says,
    server_limit,
    telling_points,
)
from offwire.testing.simulate.plan import PlannedLimit
from offwire.time import Now

REQUEST = Request("GET", "https://api.sim.test/0")
LIMITS = {
    "sliding": PlannedLimit(units=5, per=10.0),
    "fixed": PlannedLimit(units=5, per=10.0, kind="fixed"),
    "offset": PlannedLimit(units=5, per=10.0, kind="fixed", offset=3.0),
    "bucket": PlannedLimit(units=5, per=10.0, kind="bucket"),
    "burst": PlannedLimit(units=5, per=10.0, kind="bucket", burst=8),
}


@given(st.sampled_from(sorted(LIMITS)), st.integers(0, 700))
def test_no_server_admits_more_than_is_said_nor_earlier(name: str, tenths: int) -> None:
    limit, seconds = LIMITS[name], tenths / 10
    server = server_limit(limit)
    admitted = 0
    for tenth in range(tenths + 1):
        while server.ask(tenth / 10, 1.0).admitted:
            admitted += 1
            least = least_seconds(limit, admitted)
            assert least is not None
            assert least <= tenth / 10 + 1e-6
    most = most_units(limit, seconds)
    assert most is not None
    assert admitted <= most + 1e-6
    assert admitted > most - 1


def test_of_requests_at_a_time_there_is_no_such_number() -> None:
    limit = PlannedLimit(units=5, kind="concurrency")
    assert most_units(limit, 10.0) is None
    assert least_seconds(limit, 10.0) is None
    server = server_limit(limit)
    server.lasts(0.0, 1.0)
    assert server.used(0.5) == 1


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        pytest.param(LIMITS["sliding"], WindowLimit(5, 10.0), id="sliding"),
        pytest.param(LIMITS["fixed"], WindowLimit(5, 10.0), id="fixed"),
        pytest.param(LIMITS["bucket"], BucketLimit(capacity=5, per_second=0.5), id="bucket"),
        pytest.param(LIMITS["burst"], BucketLimit(capacity=8, per_second=0.5), id="burst"),
        pytest.param(PlannedLimit(units=5, kind="concurrency"), ConcurrencyLimit(5), id="concurrency"),
        pytest.param(PlannedLimit(units=5, known="learned"), None, id="learned"),
        pytest.param(PlannedLimit(units=5, known="unknown"), None, id="unknown"),
    ],
)
def test_what_a_client_is_told(limit: PlannedLimit, told: Limit | None) -> None:
    assert client_limits(limit) == (() if told is None else (told,))
    assert says(limit) == ("fields" if limit.known == "learned" else "wait")


def test_points_are_told_with_each_answer() -> None:
    limit = PlannedLimit(units=100, per=60.0, kind="fixed", known="points", offset=15.0)
    machine = server_limit(limit)
    (declared,) = client_limits(limit)
    assert isinstance(declared, PointsLimit)
    assert declared.window == 60.0
    reply: Reply = Answer(Response(200, headers={"X-Own": "1"}, content=b"{}"), 0.5)
    part = telling_points(limit, machine)
    machine.ask(20.0, 7.25)
    told = part(REQUEST, Now(20.0), lambda _request, _now: reply)
    assert isinstance(told, Answer)
    assert (told.after, told.response.content, told.response.headers["x-own"]) == (0.5, b"{}", "1")
    assert declared.read(told.response) == PointsReport(limit=100.0, spent=7.25, reset_after=55.0)
    assert part(REQUEST, Now(20.0), lambda _request, _now: Drop()) == Drop()
    assert read_points(Response(200)) is None
