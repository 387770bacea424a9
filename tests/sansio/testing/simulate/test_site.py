"""A site is put together of the parts that its scenario names."""

from __future__ import annotations

import pytest

from offwire.message.request import Request
from offwire.testing.servers import Answer, Drop
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.records import Record, Visited
from offwire.testing.simulate.scenario import API, ELSEWHERE, Quota, Scenario
from offwire.testing.simulate.site import Site
from offwire.testing.simulate.tokens import SignIn
from offwire.time import Now

READ = Request("GET", f"{API}/read")
WRITE = Request("POST", f"{API}/write")


def status(scenario: Scenario, request: Request = READ, at: float = 0.0) -> int:
    reply = Site(scenario, lambda _record: None).server(request, Now(at))
    assert isinstance(reply, Answer)
    return reply.response.status


@pytest.mark.parametrize(
    ("scenario", "found"),
    [
        pytest.param(Scenario(), 200, id="plain"),
        pytest.param(Scenario(sign_in=SignIn()), 401, id="sign-in"),
        pytest.param(Scenario(down=((0.0, 1.0),)), 503, id="down"),
        pytest.param(Scenario(redirects=1.0), 3, id="redirects"),
        pytest.param(Scenario(flaky=1.0), 5, id="flaky"),
    ],
)
def test_parts_answer(scenario: Scenario, found: int) -> None:
    assert str(status(scenario)).startswith(str(found))


def test_the_network_stands_before_both_origins() -> None:
    site = Site(Scenario(network=Network(lost=1.0)), lambda _record: None)
    there = Request("GET", f"{ELSEWHERE}/read")
    assert [type(site.server(each, Now())) for each in (READ, there)] == [Drop, Drop]
    assert status(Scenario(sign_in=SignIn()), there) == 200  # a stranger asks for no token


def test_a_cookie_is_set() -> None:
    site = Site(Scenario(cookies=True), lambda _record: None)
    reply = site.server(READ, Now())
    assert isinstance(reply, Answer)
    assert reply.response.headers.get("set-cookie") == f"session={site.cookie}; Path=/"


@pytest.mark.parametrize(("priced", "cost"), [(False, 1.0), (True, 2.0)])
def test_what_the_limit_counts_is_recorded(priced: bool, cost: float) -> None:
    trace: list[Record] = []
    Site(Scenario(quota=Quota(priced=priced)), trace.append).server(WRITE, Now(3.0))
    assert trace == [Visited(3.0, cost, True)]
