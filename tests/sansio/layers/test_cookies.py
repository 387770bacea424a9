"""Cookies: kept, sent back to where they belong, and masked wherever an answer repeats them."""

from __future__ import annotations

import pytest

from offwire.errors import MaybeSent
from offwire.layers.attempting import attempting
from offwire.layers.shape import Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.secret import Secret
from offwire.state.connections import ConnectionQueue
from offwire.state.cookie_jar import CookieJar
from offwire.testing import Answer, Drop, Script, World
from tests.sansio.kit import GET, OK, context_in, last, through


def setting(*cookies: str, status: int = 200) -> Answer:
    return Answer(Response(status, headers=[("Set-Cookie", each) for each in cookies]))


def keeping_cookies(jar: CookieJar) -> Middleware:
    return last(attempting(ConnectionQueue(None), jar=jar))


def cookie_of(request: Request) -> str | None:
    return request.headers.get("cookie")


def test_what_an_answer_sets_is_sent_from_then_on() -> None:
    layer = keeping_cookies(CookieJar())
    with World(Script(setting("a=1", "b=2; Path=/things/7"), Answer(OK))) as world:
        world.run(through(layer, world))
        world.run(through(layer, world))
        assert [cookie_of(each) for each in world.requests] == [None, "b=2; a=1"]


def test_also_what_comes_with_an_error_or_a_redirect() -> None:
    layer = keeping_cookies(CookieJar())
    with World(Script(setting("a=1", status=401), setting("b=2", status=302), Answer(OK))) as world:
        for _ in range(3):
            world.run(through(layer, world))
        assert cookie_of(world.requests[2]) == "a=1; b=2"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://other.test/things", id="another host"),
        pytest.param("https://sub.api.test/things", id="a host below, where no Domain is set"),
        pytest.param("http://api.test/things", id="plain http, where the cookie is Secure"),
    ],
)
def test_no_cookie_goes_where_it_does_not_belong(url: str) -> None:
    layer = keeping_cookies(CookieJar())
    with World(Script(setting("a=1; Secure"), Answer(OK))) as world:
        world.run(through(layer, world))
        world.run(through(layer, world, Request("GET", url)))
        assert cookie_of(world.requests[1]) is None


def test_time_is_the_worlds() -> None:
    layer = keeping_cookies(CookieJar())
    with World(Script(setting("a=1; Max-Age=60"), Answer(OK), Answer(OK))) as world:
        world.run(through(layer, world))
        world.advance(59.0)
        world.run(through(layer, world))
        world.advance(1.0)
        world.run(through(layer, world))
        assert [cookie_of(each) for each in world.requests] == [None, "a=1", None]


def test_the_callers_own_cookies_go_out_as_they_are() -> None:
    jar = CookieJar()
    layer = keeping_cookies(jar)
    own = Request("GET", "https://api.test/things", headers={"Cookie": "mine=9"})
    with World(Script(setting("a=1"), setting("b=2"))) as world:
        world.run(through(layer, world))
        world.run(through(layer, world, own))
        assert cookie_of(world.requests[1]) == "mine=9"
    assert len(jar) == 2


def test_what_was_sent_is_known_to_be_secret_where_it_is_long_enough_to_be() -> None:
    layer = keeping_cookies(CookieJar())
    with World(Script(setting("session=abcdefgh", "lang=de"), Answer(OK))) as world:
        context = context_in(world.runtime, secrets=(Secret("key"),))
        world.run(through(layer, world, context=context))
        assert list(context.secrets) == [Secret("key")]
        world.run(through(layer, world, context=context))
        assert list(context.secrets) == [Secret("key"), Secret("abcdefgh")]


def test_where_no_answer_comes_nothing_is_kept() -> None:
    jar = CookieJar()
    with World(Script(Drop())) as world, pytest.raises(MaybeSent):
        world.run(through(keeping_cookies(jar), world, GET))
    assert len(jar) == 0
