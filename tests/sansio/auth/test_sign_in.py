"""A sign-in of several steps: written as a flow, and shared like any other token."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import frozen

from offwire import (
    Api,
    Call,
    Exchange,
    Flow,
    Group,
    InHeader,
    M,
    Policies,
    Response,
    RetryPolicy,
    Secret,
    SignIn,
    TokenGrant,
    operation,
)
from offwire.auth.token import Token
from offwire.errors import SignInFailed
from offwire.testing import Answer, Client, Drop, Reply, Script, World, json_answer
from tests.sansio.clients import Within

Canary = Callable[[str], str]

USER = json_answer({"id": 7})
REFUSED = Answer(Response(401))


@frozen
class Session:
    cookie: str


@frozen
class WebToken:
    token: str
    expires_in: float


class Users(Group[M]):
    @operation
    def get(self) -> Call[object]:
        return Call.get("/users/7", returns=object)


class Shop(Api[M]):
    base_url = "https://shop.test"
    policies = Policies(retry=RetryPolicy.never())
    users: Users[M]


def in_two_steps(exchange: Exchange, previous: Token | None) -> Flow[TokenGrant]:
    """Sign in, or go on with the session that was kept, then fetch the token that calls carry."""
    kept = previous.extra.get("session") if previous is not None else None
    if not isinstance(kept, str):
        form = {"login": "ada", "password": "p"}
        session = yield from exchange(Call.post("/signIn", form=form, returns=Session))
        kept = session.cookie
    answer = yield from exchange(Call.post("/webToken", headers={"X-Session": kept}, returns=WebToken))
    return TokenGrant(
        Secret(answer.token),
        lifetime=answer.expires_in,
        extra={"session": kept, "at": exchange.now.monotonic},
    )


def web_token(token: str) -> Reply:
    return json_answer({"token": token, "expires_in": 60})


def test_the_steps_run_in_order_and_calls_carry_what_they_bring() -> None:
    client = Client(Script(json_answer({"cookie": "s1"}), web_token("t1"), USER, USER))
    shop = Shop(client, auth=SignIn(steps=in_two_steps, placement=InHeader("X-Token", "")))
    shop.users.get()
    shop.users.get()
    sign_in, web, *calls = client.requests
    assert [each.url.path for each in client.requests] == ["/signIn", "/webToken", "/users/7", "/users/7"]
    assert sign_in.body is not None
    assert sign_in.body.content == b"login=ada&password=p"
    assert web.headers["x-session"] == "s1"
    assert [each.headers["x-token"] for each in calls] == ["t1", "t1"]
    assert "x-token" not in sign_in.headers


def test_what_is_kept_in_extra_saves_steps_later() -> None:
    client = Client(Script(json_answer({"cookie": "s1"}), web_token("t1"), USER, web_token("t2"), USER))
    shop = Shop(client, auth=SignIn(steps=in_two_steps))
    shop.users.get()
    client.advance(60.0)
    shop.users.get()
    assert [each.url.path for each in client.requests[3:]] == ["/webToken", "/users/7"]
    assert client.requests[3].headers["x-session"] == "s1"
    assert client.requests[4].headers["authorization"] == "Bearer t2"


def test_a_refused_token_is_fetched_anew_from_what_was_kept() -> None:
    script = Script(json_answer({"cookie": "s1"}), web_token("t1"), REFUSED, web_token("t2"), USER)
    client = Client(script)
    Shop(client, auth=SignIn(steps=in_two_steps)).users.get()
    assert [each.url.path for each in client.requests] == [
        "/signIn", "/webToken", "/users/7", "/webToken", "/users/7",
    ]  # fmt: skip


def test_an_earlier_run_can_hand_over_its_token_and_its_state() -> None:
    initial = TokenGrant("t0", lifetime=60.0, extra={"session": "s0"})
    client = Client(Script(USER, web_token("t1"), USER))
    shop = Shop(client, auth=SignIn(steps=in_two_steps, initial=initial))
    shop.users.get()
    client.advance(60.0)
    shop.users.get()
    first, web, second = client.requests
    assert (first.headers["authorization"], second.headers["authorization"]) == ("Bearer t0", "Bearer t1")
    assert (web.url.path, web.headers["x-session"]) == ("/webToken", "s0")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(Answer(Response(403, json={"message": "locked"})), "answered 403", id="a refusal"),
        pytest.param(Drop(), "did not get through", id="no answer"),
        pytest.param(json_answer({"cookie": 5}), r"\$\.cookie", id="another answer than declared"),
    ],
)
def test_whatever_ends_a_step_is_a_failed_sign_in(reply: Reply, words: str) -> None:
    with pytest.raises(SignInFailed, match=words) as caught:
        Shop(Client(Script(reply)), auth=SignIn(steps=in_two_steps)).users.get()
    assert caught.value.operation == "Users.get"


def test_steps_may_say_themselves_why_they_failed() -> None:
    def steps(exchange: Exchange, previous: Token | None) -> Flow[TokenGrant]:
        yield from exchange(Call.get("/captcha"))
        raise SignInFailed(message="somebody has to solve a captcha", code="captcha", is_final=True)

    with pytest.raises(SignInFailed, match="captcha") as caught:
        Shop(Client(Script(Answer(Response(204)))), auth=SignIn(steps=steps)).users.get()
    assert (caught.value.code, caught.value.is_final) == ("captcha", True)


def test_many_calls_share_one_sign_in() -> None:
    script = Script(
        (lambda request: request.url.path == "/signIn", json_answer({"cookie": "s1"})),
        (lambda request: request.url.path == "/webToken", web_token("t1")),
        *[USER] * 50,
    )
    with World(script) as world:
        shop = Shop(Within(world), auth=SignIn(steps=in_two_steps))
        tasks = [world.spawn(shop._engine.perform(Users.get())) for _ in range(50)]
        world.run_until_idle()
        assert [task.result() for task in tasks] == [{"id": 7}] * 50
    assert len(world.requests) == 52


def test_a_sign_in_shows_no_secret(canary: Canary) -> None:
    initial = TokenGrant(
        canary("token"), refresh=canary("refresh token"), extra={"session": canary("session")}
    )
    source = SignIn(steps=in_two_steps, initial=initial, is_rotating=True)
    for text in (canary("token"), canary("refresh token"), canary("session")):
        assert text not in f"{source!r} {source}"
    assert source.is_rotating
    assert not SignIn(steps=in_two_steps).is_rotating
