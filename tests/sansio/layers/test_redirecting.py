"""Redirects: each status and method, what goes along and what never does, and where they end."""

from __future__ import annotations

import pytest

from offwire.errors import CallError, MaybeSent, NeverSent, RedirectRefused
from offwire.events import Redirected
from offwire.layers.redirecting import RedirectPolicy, redirecting
from offwire.layers.retrying import retrying
from offwire.layers.shape import Middleware, nested
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.retry_policy import RetryPolicy
from offwire.safety import Safety
from offwire.state.retry_window import budget_of
from offwire.testing import Answer, Drop, Refuse, Reply, Script, World
from offwire.time import Now
from tests.sansio.kit import GET, OK, Diary, context_in, sending, through

USUAL = RedirectPolicy()
BODY = Body(content=b'{"name": "Ada"}', content_type="application/json")
HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json; v=2",
    "Content-Language": "en",
    "Idempotency-Key": "k",
}
SECRETS = {"Authorization": "Bearer t", "Cookie": "a=b", "Proxy-Authorization": "p", "X-Api-Key": "k"}


def to(location: str, status: int = 302, **headers: str) -> Answer:
    fields = {"Location": location, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return Answer(Response(status, headers=fields))


def layer_of(policy: RedirectPolicy = USUAL, *credentials: str) -> Middleware:
    """Redirects, followed by a layer that repeats nothing."""
    never = RetryPolicy.never()
    return retrying(
        never, budget_of(never.budget, Now()), redirected=redirecting(policy, frozenset(credentials))
    )


# --- methods (RFC 9110 sections 15.4.2 to 15.4.9) -------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_is_sent_after_a_redirect(status: int, method: str) -> None:
    has_body = method in ("POST", "PUT", "PATCH")
    request = Request(method, "https://api.test/a", headers=HEADERS, body=BODY if has_body else None)
    with World(Script(to("/b", status), Answer(OK))) as world:
        assert world.run(through(layer_of(), world, request)) == OK
        first, second = world.requests
    assert first == request
    assert second.url.text == "https://api.test/b"
    becomes_get = (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")
    assert second.method == ("GET" if becomes_get else method)
    if becomes_get:
        assert second.body is None
        assert dict(second.headers.pairs()) == {"Accept": "application/json", "Idempotency-Key": "k"}
    else:
        assert (second.body, second.headers) == (request.body, request.headers)


@pytest.mark.parametrize("status", [200, 201, 300, 304, 305, 306, 399, 404])
def test_no_other_status_is_followed(status: int) -> None:
    with World(Script(to("/b", status))) as world:
        assert world.run(through(layer_of(), world)).status == status


def test_a_redirect_without_a_place_is_handed_back() -> None:
    policy = RedirectPolicy(limit=1)
    with World(Script(to("/b"), Answer(Response(302)))) as world:
        assert world.run(through(layer_of(policy), world)).status == 302
    assert len(world.requests) == 2


@pytest.mark.parametrize(
    ("location", "url"),
    [
        pytest.param("/b", "https://api.test/b", id="absolute path"),
        pytest.param("b?c=d", "https://api.test/x/b?c=d", id="relative path"),
        pytest.param("../b", "https://api.test/b", id="up"),
        pytest.param("?page=2", "https://api.test/x/a?page=2", id="query"),
        pytest.param("//other.test/b", "https://other.test/b", id="another host"),
        pytest.param("https://other.test:8443/b", "https://other.test:8443/b", id="absolute"),
        pytest.param("/b#top", "https://api.test/b", id="a fragment is dropped"),
        pytest.param("/b c", "https://api.test/b%20c", id="a space is encoded"),
    ],
)
def test_a_location_is_read_as_seen_from_the_request(location: str, url: str) -> None:
    with World(Script(to(location), Answer(OK))) as world:
        world.run(through(layer_of(), world, Request("GET", "https://api.test/x/a")))
    assert world.requests[1].url.text == url


# --- credentials ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        pytest.param("/b", True, id="same origin"),
        pytest.param("https://api.test:443/b", True, id="same origin, written out"),
        pytest.param("https://other.test/b", False, id="another host"),
        pytest.param("https://x.api.test/b", False, id="a host below"),
        pytest.param("https://api.test:8443/b", False, id="another port"),
    ],
)
@pytest.mark.parametrize("status", [302, 307])
def test_credentials_never_leave_their_origin(location: str, kept: bool, status: int) -> None:
    request = Request("GET", "https://api.test/a", headers={**SECRETS, "Accept": "*/*"})
    with World(Script(to(location, status), Answer(OK))) as world:
        world.run(through(layer_of(RedirectPolicy(), "x-api-key"), world, request))
    sent = dict(world.requests[1].headers.pairs())
    assert sent == ({**SECRETS, "Accept": "*/*"} if kept else {"Accept": "*/*"})


def test_what_was_dropped_does_not_come_back() -> None:
    request = Request("GET", "https://api.test/a", headers=SECRETS)
    with World(Script(to("https://other.test/"), to("https://api.test/b"), Answer(OK))) as world:
        world.run(through(layer_of(RedirectPolicy(), "x-api-key"), world, request))
    assert len(world.requests[2].headers) == 0


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "policy", "message", "sent"),
    [
        pytest.param([to("http://api.test/b")], RedirectPolicy(), "leaves https", 1, id="https to http"),
        pytest.param([to("/b"), to("/things/7")], RedirectPolicy(), "in a circle", 2, id="a circle"),
        pytest.param([to("")], RedirectPolicy(), "in a circle", 1, id="itself"),
        pytest.param(
            [to(f"/{n}") for n in range(11)], RedirectPolicy(), "more than 10 redirects", 11, id="too many"
        ),
        pytest.param([to("/b"), to("/c")], RedirectPolicy(limit=1), "more than 1 red", 2, id="above a limit"),
        pytest.param([to("ftp://api.test/")], RedirectPolicy(), "cannot be read", 1, id="another scheme"),
        pytest.param([to("https://u:p@api.test/")], RedirectPolicy(), "cannot be read", 1, id="user info"),
        pytest.param([to("https://[/")], RedirectPolicy(), "cannot be read", 1, id="no URL at all"),
        pytest.param(
            [to("https://other.test/")],
            RedirectPolicy(across_origins=False),
            "stays on its origin",
            1,
            id="another origin",
        ),
    ],
)
def test_where_the_request_may_not_go(
    replies: list[Reply], policy: RedirectPolicy, message: str, sent: int
) -> None:
    with World(Script(*replies)) as world, pytest.raises(RedirectRefused, match=message) as raised:
        world.run(through(layer_of(policy), world))
    assert len(world.requests) == sent
    assert raised.value.status == 302


def test_a_refusal_shows_where_to_without_what_is_secret() -> None:
    server = Script(to("http://api.test/b?token=abcdefgh"))
    with World(server) as world, pytest.raises(RedirectRefused) as raised:
        world.run(through(layer_of(), world))
    assert raised.value.location == "http://api.test/b?token=***"


def test_http_may_go_on_to_https_and_to_http() -> None:
    request = Request("GET", "http://api.test/a", headers=SECRETS)
    with World(Script(to("http://api.test/b"), to("https://api.test/b"), Answer(OK))) as world:
        assert world.run(through(layer_of(RedirectPolicy(), "x-api-key"), world, request)) == OK
    assert len(world.requests[1].headers) == 4
    assert len(world.requests[2].headers) == 0


def test_a_limit_of_zero_hands_the_answer_back() -> None:
    with World(Script(to("/b"))) as world:
        assert world.run(through(layer_of(RedirectPolicy(limit=0)), world)).status == 302


def test_as_many_as_the_limit_are_followed() -> None:
    with World(Script(to("/1"), to("/2"), Answer(OK))) as world:
        assert world.run(through(layer_of(RedirectPolicy(limit=2)), world)) == OK


def test_a_form_may_lead_back_to_its_own_place() -> None:
    request = Request("POST", "https://api.test/a", body=BODY)
    with World(Script(to("/a", 303), Answer(OK))) as world:
        assert world.run(through(layer_of(), world, request)) == OK


def test_an_answer_that_sets_a_cookie_may_lead_back_until_the_limit() -> None:
    again = to("/things/7", Set_Cookie="seen=1")
    with World(Script(again, Answer(OK))) as world:
        assert world.run(through(layer_of(), world)) == OK
    with World(Script(*[again] * 11)) as world, pytest.raises(RedirectRefused, match="more than 10"):
        world.run(through(layer_of(), world))


@pytest.mark.parametrize("limit", [-1, 1.5, True])
def test_a_limit_is_a_whole_number_from_zero(limit: int) -> None:
    with pytest.raises(ValueError, match=r"RedirectPolicy\.limit has to be a whole number from 0 on"):
        RedirectPolicy(limit=limit)


# --- what else ------------------------------------------------------------------------------------


def test_each_hop_is_told() -> None:
    diary = Diary()
    with World(Script(to("/b?key=abcdefgh", 301), to("/c", 307), Answer(OK))) as world:
        world.run(through(layer_of(), world, observers=(diary,)))
    assert diary.of(Redirected) == [
        Redirected(at=0.0, call=1, status=301, url="https://api.test/b?key=***"),
        Redirected(at=0.0, call=1, status=307, url="https://api.test/c"),
    ]


@pytest.mark.parametrize(
    ("status", "safety", "again"),
    [
        pytest.param(303, Safety.UNKNOWN, True, id="a GET may be repeated"),
        pytest.param(307, Safety.UNKNOWN, False, id="a POST may not"),
        pytest.param(307, Safety.IDEMPOTENT, True, id="unless it is declared so"),
    ],
)
def test_what_may_be_repeated_follows_the_method(status: int, safety: Safety, again: bool) -> None:
    policy = RetryPolicy()
    layer = retrying(policy, budget_of(policy.budget, Now()), redirected=redirecting(USUAL, frozenset()))
    forward = nested([layer], sending)
    with World(Script(to("/b", status), Drop(), Answer(OK))) as world:
        context = context_in(world.runtime, safety)
        task = world.spawn(forward(Request("POST", "https://api.test/a"), context))
        world.run_until_idle()
        assert context.safety is safety
        if again:
            assert task.result() == OK
        else:
            with pytest.raises(MaybeSent):
                task.result()


@pytest.mark.parametrize(
    ("status", "safety", "known"),
    [
        pytest.param(303, Safety.UNKNOWN, None, id="the first request was done"),
        pytest.param(303, Safety.IDEMPOTENT, True, id="but it may be repeated"),
        pytest.param(307, Safety.UNKNOWN, True, id="the first request was not done"),
    ],
)
def test_a_hop_that_was_never_sent_does_not_make_the_whole_repeatable(
    status: int, safety: Safety, known: bool | None
) -> None:
    with World(Script(to("/b", status), Refuse())) as world, pytest.raises(NeverSent) as raised:
        world.run(through(layer_of(), world, Request("POST", "https://api.test/a"), safety))
    assert raised.value.retry_safe is known


def test_errors_of_the_first_request_go_on_as_they_are() -> None:
    with World(Script(Refuse())) as world, pytest.raises(CallError) as raised:
        world.run(through(layer_of(), world, GET, Safety.UNKNOWN))
    assert raised.value.retry_safe is True
