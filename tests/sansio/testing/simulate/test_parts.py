"""Parts are put around an app, and each does what it says to the requests that come through."""

from __future__ import annotations

import pytest

from offwire.formats.rate_limit import read_rate_limits
from offwire.formats.server_wait import server_wait
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.chance import seeded
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Server, Stall, Truncate
from offwire.testing.simulate.limits import Concurrency, SlidingWindow
from offwire.testing.simulate.parts import (
    Down,
    Flaky,
    Limited,
    Network,
    Part,
    Redirects,
    Told,
    Unreliable,
    Weather,
    http_date,
    served,
)
from offwire.testing.world import WALL_START
from offwire.time import Now

GET = Request("GET", "https://api.test/things", headers={"X-Key": "shown"})
OK = Answer(Response(200), 0.5)
CHANCE = seeded(1, "parts")
NOW = Now(0.0, WALL_START + 0.25)


def app(_request: Request, _now: Now) -> Reply:
    return OK


def ask(*parts: Part, request: Request = GET, at: float = 0.0, inner: Server = app) -> Reply:
    return served(inner, *parts)(request, Now(at, WALL_START + 0.25 + at))


def response(reply: Reply) -> Response:
    assert isinstance(reply, Answer)
    return reply.response


def stalling(_request: Request, _now: Now) -> Reply:
    return Stall()


def test_the_first_part_is_the_outermost() -> None:
    down, flaky = Down((0.0, 1.0), refuses=True), Flaky(1.0, CHANCE, statuses=(500,))
    assert ask(down, flaky) == Refuse()
    assert response(ask(flaky, down)).status == 500
    assert ask() is OK


# Limits


def test_a_limit_tells_how_it_stands() -> None:
    limited = Limited(SlidingWindow(2, 1.0))
    first = ask(limited)
    (said,) = read_rate_limits(response(first).headers, NOW)
    assert (said.limit, said.remaining, said.reset_after) == (2, 1.0, 1.0)
    assert isinstance(first, Told)
    assert (first.remaining, first.reset, first.wait, first.after) == (1.0, 1.0, None, 0.5)
    ask(limited)
    refused = ask(limited, at=0.25)
    assert isinstance(refused, Told)
    assert (refused.response.status, refused.wait, refused.remaining) == (429, 0.75, 0.0)
    assert server_wait(refused.response, NOW) == 0.75


@pytest.mark.parametrize(
    ("says", "wait"),
    [
        pytest.param("wait", 1.0, id="wait"),
        pytest.param("date", 2.0, id="date"),
        pytest.param("nothing", None, id="-"),
    ],
)
def test_a_limit_tells_in_other_ways(says: str, wait: float | None) -> None:
    limited = Limited(SlidingWindow(1, 1.0), says=says)
    assert ask(limited) is OK
    refused = ask(limited)
    assert isinstance(refused, Told)
    assert refused.wait == wait
    assert server_wait(refused.response, NOW) == wait


def test_a_limit_of_concurrency_has_no_number_to_tell() -> None:
    limited = Limited(Concurrency(1))
    assert ask(limited) is OK
    assert read_rate_limits(response(ask(limited)).headers, NOW) == ()
    assert ask(limited, at=0.5) is OK
    assert isinstance(ask(Limited(Concurrency(1)), inner=stalling), Stall)


def test_a_limit_counts_costs_and_has_a_witness() -> None:
    seen: list[tuple[float, float, bool]] = []
    limited = Limited(SlidingWindow(3, 1.0), cost=lambda _: 2.0, witness=lambda *each: seen.append(each))
    ask(limited)
    ask(limited, at=0.5)
    assert seen == [(0.0, 2.0, True), (0.5, 2.0, False)]


def test_the_wait_of_what_is_inside_is_told_on() -> None:
    told = ask(Limited(SlidingWindow(3, 1.0)), Flaky(1.0, CHANCE, statuses=(503,), wait=4.0))
    assert isinstance(told, Told)
    assert (told.wait, told.remaining) == (4.0, 2.0)


def test_a_limit_that_says_what_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Limited\.says is one of"):
        Limited(SlidingWindow(1, 1.0), says="loudly")


def test_dates_are_written_as_servers_do() -> None:
    assert http_date(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT"


# The network


@pytest.mark.parametrize(
    ("network", "reply", "visits"),
    [
        pytest.param(Network(), OK, 1, id="nothing"),
        pytest.param(Network(refused=1.0), Refuse(), 0, id="refused"),
        pytest.param(Network(lost=1.0), Drop(), 0, id="lost"),
        pytest.param(Network(reset=1.0), Drop(0.5), 1, id="reset"),
        pytest.param(Network(truncated=1.0), Truncate(Response(200), 0.5), 1, id="truncated"),
        pytest.param(Network(stalled=1.0), Stall(), 1, id="stalled"),
        pytest.param(Network(doubled=1.0), OK, 2, id="doubled"),
    ],
)
def test_the_network_does_one_thing_to_a_request(network: Network, reply: Reply, visits: int) -> None:
    visited: list[Request] = []

    def counted(request: Request, now: Now) -> Reply:
        visited.append(request)
        return OK

    assert ask(Unreliable(network, CHANCE), inner=counted) == reply
    assert len(visited) == visits


def test_what_is_slow_comes_all_the_same() -> None:
    slow = ask(Unreliable(Network(slow=1.0, slow_by=2.0), CHANCE))
    assert isinstance(slow, Answer)
    assert 2.5 <= slow.after <= 4.5
    assert isinstance(ask(Unreliable(Network(slow=1.0), CHANCE), inner=stalling), Stall)
    assert isinstance(ask(Unreliable(Network(truncated=1.0), CHANCE), inner=stalling), Stall)
    assert ask(Unreliable(Network(reset=1.0), CHANCE), inner=stalling) == Drop(30.0)


def test_a_share_is_a_share() -> None:
    with pytest.raises(ValueError, match="lost is a share from 0 to 1"):
        Network(lost=1.5)


# Servers that fail


def test_a_flaky_server_fails_and_may_echo() -> None:
    reply = ask(Flaky(1.0, CHANCE, statuses=(503,), wait=1.25, echo=True))
    assert isinstance(reply, Told)
    assert (reply.response.status, reply.wait, reply.response.text) == (503, 1.25, "shown")
    assert response(ask(Flaky(1.0, CHANCE))).text == "failed"
    assert ask(Flaky(0.0, CHANCE)) is OK


def test_a_server_is_down_for_a_time() -> None:
    down = Down((1.0, 2.0), (5.0, 6.0), wait=3.0)
    assert [response(ask(down, at=at)).status for at in (0.9, 1.0, 1.9, 2.0, 5.5)] == [
        200,
        503,
        503,
        200,
        503,
    ]
    assert server_wait(response(ask(down, at=1.0)), NOW) == 3.0
    assert server_wait(response(ask(Down((0.0, 1.0)))), NOW) is None


def test_calm_weather_ends_it_all() -> None:
    weather = Weather()
    parts: list[Part] = [
        Unreliable(Network(lost=1.0), CHANCE, weather),
        Flaky(1.0, CHANCE, weather=weather),
        Down((0.0, 9.0), weather=weather),
    ]
    weather.is_calm = True
    assert ask(*parts) is OK


def test_redirects_point_elsewhere_once() -> None:
    redirects = Redirects(1.0, CHANCE, ("https://other.test",))
    reply = response(ask(redirects))
    assert reply.status in (302, 303, 307, 308)
    location = reply.headers.get("location")
    assert location == "https://other.test/things?moved=1"
    assert ask(redirects, request=Request("GET", location)) is OK
