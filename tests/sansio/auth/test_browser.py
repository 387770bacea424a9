"""The steps around the wait for a browser."""

from __future__ import annotations

import pytest

from offwire import AuthorizationCode, ClientCredentials, Secret, TokenGrant, stored
from offwire.auth.browser import completed, has_token, login_of, timed_out
from offwire.auth.stored import Stored
from offwire.auth.token_store import Save
from offwire.errors import StoreFailed
from offwire.testing import Client, MemoryStore, Script, json_answer
from offwire.testing.world import WALL_START
from offwire.time import Now

LOGIN = AuthorizationCode(
    authorize_url="https://auth.test/authorize", token_url="https://auth.test/token", client_id="id"
)
AUTHORIZATION = LOGIN.begin(bytes(range(64)), redirect_uri="http://127.0.0.1:8765/")
GRANT = TokenGrant("access-1", lifetime=3600)
ANSWER = json_answer({"access_token": "access-1", "expires_in": 3600, "refresh_token": "refresh-1"})


def test_the_way_to_sign_in_is_found_below_a_store() -> None:
    assert login_of(LOGIN) is LOGIN
    assert login_of(stored(LOGIN, MemoryStore(), "shop")) is LOGIN


def test_other_ways_have_no_browser() -> None:
    other = ClientCredentials(token_url="https://auth.test/token", client_id="id", client_secret="s")
    with pytest.raises(TypeError, match="for an AuthorizationCode, not for a ClientCredentials"):
        login_of(stored(other, MemoryStore(), "shop"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def has(tokens: AuthorizationCode | Stored[AuthorizationCode]) -> bool:
    return Client(Script()).run(has_token(tokens, Now(0.0, WALL_START)))


def test_nobody_is_asked_where_there_is_something_to_go_on_from() -> None:
    store = MemoryStore()
    assert not has(LOGIN)
    assert has(LOGIN.signed_in(GRANT))
    assert not has(stored(LOGIN, store, "shop"))
    assert has(stored(LOGIN.signed_in(GRANT), store, "shop"))
    client = Client(Script())
    client.run(stored(LOGIN, store, "shop").keep(GRANT, client.runtime.now))
    assert has(stored(LOGIN, store, "shop"))
    assert not has(stored(LOGIN, store, "other"))


def test_what_the_code_brings_is_where_to_go_on_from() -> None:
    client = Client(Script(ANSWER))
    source = client.run(completed(LOGIN, AUTHORIZATION, Secret("code"), client.runtime))
    assert source == LOGIN.signed_in(TokenGrant("access-1", lifetime=3600, refresh="refresh-1"))


def test_and_it_is_kept() -> None:
    client, store = Client(Script(ANSWER)), MemoryStore()
    tokens = stored(LOGIN, store, "shop")
    assert client.run(completed(tokens, AUTHORIZATION, Secret("code"), client.runtime)) is tokens
    assert "refresh-1" in store.kept["shop"].reveal()


def test_a_store_that_does_not_take_it_is_told_of() -> None:
    client, store = Client(Script(ANSWER)), MemoryStore()
    tokens = stored(LOGIN, store, "shop")
    store.failures[Save] = StoreFailed("the disk is full")
    with pytest.raises(StoreFailed, match="the disk is full"):
        client.run(completed(tokens, AUTHORIZATION, Secret("code"), client.runtime))
    assert client.run(has_token(tokens, client.runtime.now)), "this program goes on with it"


def test_the_time_is_up() -> None:
    assert timed_out(1.5).message == "nobody finished the sign-in in the browser within 1.5 s"
