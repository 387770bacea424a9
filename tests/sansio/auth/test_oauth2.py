"""OAuth 2.0: what is asked of a token endpoint, and what becomes of each answer."""

from __future__ import annotations

import pickle
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import (
    Api,
    Call,
    ClientAuthentication,
    ClientCredentials,
    Group,
    InHeader,
    InQuery,
    M,
    Policies,
    RefreshToken,
    Request,
    Response,
    RetryPolicy,
    Secret,
    TokenGrant,
    operation,
)
from offwire.auth.fetched import TokenSource
from offwire.errors import OffwireError, SignInFailed
from offwire.json_value import Json
from offwire.testing import Answer, Client, Drop, Refuse, Reply, Script, Truncate, World, json_answer
from offwire.testing.rest_server import FakeRest
from offwire.time import Now
from tests.sansio.clients import Within

Canary = Callable[[str], str]

TOKEN_URL = "https://shop.test/oauth/token"
USER = json_answer({"id": 7})


class Users(Group[M]):
    @operation
    def get(self, id: int = 7) -> Call[object]:
        return Call.get("/users/{id}", path={"id": id}, returns=object)


class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]


def credentials(**settings: Any) -> ClientCredentials:
    return ClientCredentials(
        **{"token_url": TOKEN_URL, "client_id": "id", "client_secret": "secret", **settings}
    )


def refresh(**settings: Any) -> RefreshToken:
    return RefreshToken(
        **{
            "token_url": TOKEN_URL,
            "client_id": "id",
            "client_secret": "secret",
            "refresh_token": "refresh-0",
            **settings,
        }
    )


def granted(access: str = "access-1", **fields: Json) -> Answer:
    return json_answer({"access_token": access, "token_type": "Bearer", "expires_in": 3600, **fields})


def refused(status: int, code: str, description: str = "", **headers: str) -> Answer:
    said: dict[str, Json] = {"error": code, "error_description": description}
    return Answer(Response(status, json=said, headers=headers))


def form_of(request: Request) -> dict[str, str]:
    assert request.body is not None
    assert request.body.content_type == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.content.decode(), keep_blank_values=True))


def basic_of(request: Request) -> tuple[str, ...]:
    """Id and secret as a server reads them out (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = request.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    return tuple(unquote_plus(each) for each in b64decode(encoded).decode("ascii").split(":"))


def called(auth: TokenSource, *replies: Reply, calls: int = 1) -> tuple[Request, ...]:
    client = Client(Script(*replies))
    shop = Shop(client, auth=auth)
    for _ in range(calls):
        shop.users.get()
    return client.requests


def test_client_credentials_are_traded_for_a_token_which_calls_then_carry() -> None:
    token, user, again = called(credentials(), granted(), USER, USER, calls=2)
    assert (token.method, token.url.text) == ("POST", TOKEN_URL)
    assert form_of(token) == {"grant_type": "client_credentials"}
    assert basic_of(token) == ("id", "secret")
    assert token.headers["accept"] == "application/json"
    for each in (user, again):
        assert each.headers["authorization"] == "Bearer access-1"


@pytest.mark.parametrize(
    ("auth", "form", "basic"),
    [
        pytest.param(
            credentials(scope="read write"),
            {"grant_type": "client_credentials", "scope": "read write"},
            ("id", "secret"),
            id="a scope",
        ),
        pytest.param(
            credentials(extra={"audience": "https://api/", "x": "é&="}),
            {"grant_type": "client_credentials", "audience": "https://api/", "x": "é&="},
            ("id", "secret"),
            id="more fields",
        ),
        pytest.param(
            credentials(authentication=ClientAuthentication.POST),
            {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"},
            None,
            id="the client in the form",
        ),
        pytest.param(
            refresh(scope="read"),
            {"grant_type": "refresh_token", "refresh_token": "refresh-0", "scope": "read"},
            ("id", "secret"),
            id="a refresh token",
        ),
        pytest.param(
            refresh(authentication=ClientAuthentication.POST),
            {
                "grant_type": "refresh_token",
                "refresh_token": "refresh-0",
                "client_id": "id",
                "client_secret": "secret",
            },
            None,
            id="a refresh token and the client in the form",
        ),
        pytest.param(
            refresh(client_secret=None),
            {"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "id"},
            None,
            id="a public client",
        ),
    ],
)
def test_a_token_request_holds_what_its_grant_declares(
    auth: TokenSource, form: dict[str, str], basic: tuple[str, str] | None
) -> None:
    token, _ = called(auth, granted(), USER)
    assert form_of(token) == form
    if basic is None:
        assert "authorization" not in token.headers
    else:
        assert basic_of(token) == basic


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(client_id=TEXT, client_secret=TEXT)
def test_id_and_secret_arrive_whatever_they_hold(client_id: str, client_secret: str) -> None:
    for authentication in ClientAuthentication:
        auth = credentials(client_id=client_id, client_secret=client_secret, authentication=authentication)
        token, _ = called(auth, granted(), USER)
        if authentication is ClientAuthentication.BASIC:
            assert basic_of(token) == (client_id, client_secret)
        else:
            form = form_of(token)
            assert (form["client_id"], form["client_secret"]) == (client_id, client_secret)


def test_basic_credentials_are_form_encoded_first() -> None:
    token, _ = called(credentials(client_id="a:b", client_secret="c d+é"), granted(), USER)
    assert b64decode(token.headers["authorization"][6:]) == b"a%3Ab:c+d%2B%C3%A9"


def test_a_token_goes_where_the_placement_says() -> None:
    _, user = called(credentials(placement=InQuery("key")), granted(), USER)
    assert user.url.text == "https://shop.test/users/7?key=access-1"
    _, user = called(refresh(placement=InHeader("X-Token", "")), granted(), USER)
    assert user.headers["x-token"] == "access-1"


def test_a_token_from_an_earlier_run_saves_a_request() -> None:
    grant = TokenGrant("access-0", lifetime=3600.0)
    for auth in (credentials(initial=grant), refresh(initial=grant)):
        (user,) = called(auth, USER)
        assert user.headers["authorization"] == "Bearer access-0"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(
            lambda _: credentials(token_url="http://shop.test/token"),
            ValueError,
            "absolute https",
            id="over http",
        ),
        pytest.param(
            lambda _: refresh(token_url="http://shop.test/token"), ValueError, "absolute https", id="too"
        ),
        pytest.param(
            lambda _: credentials(token_url="/token"), ValueError, "absolute https", id="a relative URL"
        ),
        pytest.param(
            lambda text: credentials(token_url=f"https://id:{text}@shop.test/"),
            ValueError,
            "password",
            id="in the URL",
        ),
        pytest.param(
            lambda text: credentials(token_url=f"http://a.test/?key={text}"),
            ValueError,
            "key=",
            id="http with a key",
        ),
        pytest.param(
            lambda _: credentials(client_id=""), ValueError, "client_id may not be empty", id="no id"
        ),
        pytest.param(
            lambda _: credentials(client_id=5), TypeError, "client_id is a str", id="a number as id"
        ),
        pytest.param(lambda _: credentials(client_secret=""), ValueError, "may not be empty", id="no secret"),
        pytest.param(
            lambda _: refresh(refresh_token=""), ValueError, "may not be empty", id="no refresh token"
        ),
        pytest.param(
            lambda _: refresh(client_secret=""), ValueError, "may not be empty", id="an empty secret"
        ),
        pytest.param(lambda text: credentials(extra=text), TypeError, "extra is a mapping", id="extra text"),
        pytest.param(
            lambda text: credentials(extra={"client_secret": text}),
            ValueError,
            "'client_secret'",
            id="extra twice",
        ),
        pytest.param(lambda _: credentials(extra={"scope": "x"}), ValueError, "'scope'", id="scope as extra"),
    ],
)
def test_what_cannot_work_is_refused_at_birth_without_showing_a_secret(
    make: Callable[[str], object], error: type[Exception], words: str, canary: Canary
) -> None:
    with pytest.raises(error, match=words) as caught:
        make(canary("client secret"))
    assert canary("client secret") not in f"{caught.value!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_http_will_do_on_this_very_machine(host: str) -> None:
    assert credentials(token_url=f"http://{host}:8080/token").token_url == f"http://{host}:8080/token"


def test_a_source_never_shows_its_secrets_and_does_not_travel(canary: Canary) -> None:
    text = canary("client secret")
    sources: list[TokenSource] = [
        credentials(client_secret=text, extra={"assertion": text}, token_url=f"{TOKEN_URL}?key={text}"),
        refresh(client_secret=text, refresh_token=text, initial=TokenGrant(text, refresh=text)),
    ]
    for source in sources:
        assert text not in f"{source!r} {source}"
        assert "***" in repr(source)
        with pytest.raises(TypeError):
            pickle.dumps(source)
    assert "extra=<assertion>" in repr(sources[0])


@pytest.mark.parametrize("authentication", ClientAuthentication)
def test_a_token_server_that_echoes_everything_makes_nothing_show(
    authentication: ClientAuthentication, canary: Canary
) -> None:
    def echo(request: Request, _now: Now) -> Answer:
        assert request.body is not None
        said = f"{request.body.content.decode()} {request.headers.get('authorization')}"
        return refused(400, "invalid_client", said)

    sources = (
        credentials(client_secret=canary("client secret"), authentication=authentication),
        refresh(
            client_secret=canary("client secret"),
            refresh_token=canary("refresh token"),
            authentication=authentication,
        ),
    )
    for source in sources:
        with pytest.raises(SignInFailed, match="invalid_client"):
            Shop(Client(echo), auth=source).users.get()


def test_refused_credentials_are_final() -> None:
    with pytest.raises(SignInFailed) as caught:
        called(credentials(), refused(401, "invalid_client", "who are you?"))
    error = caught.value
    assert (error.status, error.code, error.is_final, error.operation) == (
        401,
        "invalid_client",
        True,
        "Users.get",
    )
    assert "who are you?" in str(error)


def test_a_busy_token_server_says_when_to_come_back() -> None:
    patient = Policies(retry=RetryPolicy.never())
    for source in (credentials(), refresh()):
        client = Client(Script(refused(503, "temporarily_unavailable", **{"Retry-After": "7"})))
        with pytest.raises(SignInFailed) as caught:
            Shop(client, auth=source, policies=patient).users.get()
        assert (caught.value.is_final, caught.value.retry_after) == (False, 7.0)


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(Drop(), id="no answer"),
        pytest.param(Truncate(granted().response), id="half an answer"),
        pytest.param(Refuse(), id="no connection"),
        pytest.param(Answer(Response(503)), id="an overload"),
    ],
)
def test_client_credentials_are_asked_for_again_since_that_uses_nothing_up(lost: Reply) -> None:
    *tokens, user = called(credentials(), lost, lost, granted(), USER)
    assert [form_of(each) for each in tokens] == [{"grant_type": "client_credentials"}] * 3
    assert user.headers["authorization"] == "Bearer access-1"


def test_an_overloaded_server_sees_a_refresh_token_once() -> None:
    script = Script(Answer(Response(503)), granted(), USER)
    with pytest.raises(SignInFailed, match="answered 503"):
        Shop(Client(script), auth=refresh()).users.get()
    assert script.remaining == 2


def test_a_refresh_token_is_traded_and_the_new_one_is_used_next() -> None:
    rest = FakeRest(users=9, client_id="id", client_secret="secret", token_lifetime=60.0)
    client = Client(rest)
    shop = Shop(client, auth=refresh(refresh_token=rest.issue_refresh_token()))
    for _ in range(5):
        shop.users.get()
        client.advance(60.0)
    tokens = [each for each in client.requests if each.url.path == "/oauth/token"]
    shown = [form_of(each)["refresh_token"] for each in tokens]
    assert (len(shown), len(set(shown))) == (5, 5)
    assert rest.stats.by_status == {200: 10}


def test_an_answer_without_a_refresh_token_leaves_the_old_one_in_force() -> None:
    client = Client(
        Script(
            granted("a1", refresh_token="refresh-1", expires_in=60), USER,
            granted("a2", expires_in=60), USER,
            granted("a3", refresh_token="refresh-3", expires_in=60), USER,
            granted("a4"), USER,
        )
    )  # fmt: skip
    shop = Shop(client, auth=refresh())
    for _ in range(4):
        shop.users.get()
        client.advance(60.0)
    shown = [form_of(each)["refresh_token"] for each in client.requests[::2]]
    assert shown == ["refresh-0", "refresh-1", "refresh-1", "refresh-3"]


def test_a_refresh_that_surely_never_left_is_repeated_like_any_request() -> None:
    requests = called(refresh(), Refuse(), Refuse(), granted(), USER)
    assert [form_of(each)["refresh_token"] for each in requests[:3]] == ["refresh-0"] * 3


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(Drop(), id="no answer"),
        pytest.param(Truncate(granted(refresh_token="lost").response), id="half an answer"),
    ],
)
def test_a_refresh_with_an_unknown_outcome_is_tried_once_more_with_the_same_token(lost: Reply) -> None:
    first, second, user = called(refresh(), lost, granted("a1"), USER)
    assert form_of(first) == form_of(second)
    assert user.headers["authorization"] == "Bearer a1"


def test_a_repeated_refresh_that_is_refused_is_final() -> None:
    with pytest.raises(SignInFailed) as caught:
        called(refresh(), Drop(), refused(400, "invalid_grant", "it was used"))
    assert (caught.value.is_final, caught.value.code) == (True, "invalid_grant")


def test_two_unknown_outcomes_are_a_sign_in_that_did_not_get_through() -> None:
    script = Script(Drop(), Drop(), granted(), USER)
    with pytest.raises(SignInFailed, match="did not get through") as caught:
        Shop(Client(script), auth=refresh()).users.get()
    assert caught.value.is_final is False
    assert script.remaining == 2


def test_a_server_that_takes_a_repeat_for_theft_ends_the_sign_in_for_good() -> None:
    rest = FakeRest(users=9, client_id="id", client_secret="secret")
    lost = iter([True, False])

    def server(request: Request, now: Now) -> Reply:
        reply = rest(request, now)
        return Truncate(reply.response) if isinstance(reply, Answer) and next(lost, False) else reply

    shop = Shop(Client(server), auth=refresh(refresh_token=rest.issue_refresh_token()))
    with pytest.raises(SignInFailed, match="was used before") as caught:
        shop.users.get()
    assert caught.value.is_final
    assert rest.stats.token_requests == 2


def test_a_cancelled_call_does_not_lose_the_new_refresh_token() -> None:
    rest = FakeRest(users=9, client_id="id", client_secret="secret")
    with World(rest, latency=1.0) as world:
        client = Within(world)
        shop = Shop(client, auth=refresh(refresh_token=rest.issue_refresh_token()))
        task = world.spawn(shop._engine.perform(Users.get(7)))
        world.advance(1.5)
        task.cancel()
        assert not task.done, "an exchange that uses something up is finished first"
        world.run_until_idle()
        assert task.cancelled
        assert world.run(shop._engine.perform(Users.get(7))) == rest.user(7)
    assert rest.stats.token_requests == 1


def test_only_what_uses_something_up_is_finished_after_a_cancel() -> None:
    assert refresh().is_rotating
    assert not credentials().is_rotating


def test_a_failure_of_a_sign_in_is_one_of_the_library(canary: Canary) -> None:
    replies: list[Reply] = [
        granted(access_token=5),
        granted(access_token=f"{canary('client secret')}\n"),
        Answer(Response(200, text="<html>")),
        Answer(Response(500, json=[canary("client secret")])),
        Answer(Response(302, headers={"Location": "https://elsewhere.test/"})),
    ]
    never = Policies(retry=RetryPolicy.never())
    for reply in replies:
        with pytest.raises(SignInFailed) as caught:
            Shop(Client(Script(reply)), auth=credentials(), policies=never).users.get()
        assert isinstance(caught.value, OffwireError)


def test_a_grant_is_bound_to_what_it_was_made_with() -> None:
    assert credentials() == credentials()
    assert credentials().client_secret == Secret("secret")
    assert refresh().client_secret == Secret("secret")
