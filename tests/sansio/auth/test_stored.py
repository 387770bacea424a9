"""Token sources with a store: what is fetched, what is kept, and that nothing is lost in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import (
    Api,
    Call,
    ClientCredentials,
    Group,
    InQuery,
    M,
    Policies,
    RefreshToken,
    Request,
    Response,
    Secret,
    TokenGrant,
    operation,
    stored,
)
from offwire.auth.fetched import TokenSource
from offwire.auth.stored import CLAIM_SECONDS, Stored
from offwire.auth.token_store import Claim, Forget, KeptToken, Load, Save, TokenQuestion
from offwire.errors import DeadlineExceeded, SignInFailed, StoreFailed
from offwire.events import TokenNotKept
from offwire.flow import Flow
from offwire.json_value import Json
from offwire.testing import Answer, Client, MemoryStore, Refuse, Reply, Script, World, json_answer
from offwire.testing.rest_server import FakeRest
from offwire.testing.world import WALL_START
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


def granted(number: int, **fields: Json) -> Answer:
    rotated = {"refresh_token": f"refresh-{number}"}
    return json_answer({"access_token": f"access-{number}", "expires_in": 3600, **rotated, **fields})


def keeping(
    access: str = "access-1", *, left: float | None = 3600.0, refresh: str | None = "refresh-1"
) -> MemoryStore:
    store = MemoryStore()
    store.kept["shop"] = kept_text(access, left=left, refresh=refresh)
    return store


def kept_text(access: str, *, left: float | None = 3600.0, refresh: str | None = "refresh-1") -> Secret:
    ends = None if left is None else WALL_START + left
    return KeptToken(TokenGrant(access, refresh=refresh), ends).text()


def kept_in(store: MemoryStore) -> tuple[str, str | None]:
    grant = KeptToken.read("shop", store.kept["shop"]).grant
    return grant.access.reveal(), None if grant.refresh is None else grant.refresh.reveal()


def kinds(store: MemoryStore) -> list[str]:
    return [type(each).__name__ for each in store.asked]


def shown(request: Request) -> str:
    """The access token that a request shows, or the refresh token of a token request."""
    if request.url.path == "/oauth/token":
        assert request.body is not None
        return dict(parse_qsl(request.body.content.decode()))["refresh_token"]
    return request.headers["authorization"].removeprefix("Bearer ")


def shown_by(client: Client) -> list[str]:
    return [shown(each) for each in client.requests]


def shop_of(client: Client, source: TokenSource, **policies: Any) -> Shop[Any]:
    return Shop(client, auth=source, policies=Policies(**policies))


def test_what_is_fetched_is_kept_before_a_call_goes_on_with_it() -> None:
    store = MemoryStore()
    seen: list[tuple[str, str | None]] = []

    def server(request: Request, _now: Now) -> Reply:
        if request.url.path == "/oauth/token":
            return granted(1)
        seen.append(kept_in(store))
        return USER

    client = Client(server)
    shop_of(client, stored(refresh(), store, "shop")).users.get()
    assert seen == [("access-1", "refresh-1")]
    assert shown_by(client) == ["refresh-0", "access-1"]
    assert kinds(store) == ["Load", "Claim", "Load", "Save"]
    assert store.claimed == set()


def test_a_token_that_is_kept_and_good_costs_no_request() -> None:
    store, client = keeping(), Client(Script(USER, USER))
    shop = shop_of(client, stored(refresh(), store, "shop"))
    shop.users.get()
    shop.users.get()
    assert shown_by(client) == ["access-1", "access-1"]
    assert kinds(store) == ["Load"]


def test_one_without_a_known_end_is_used_until_it_is_refused() -> None:
    store = keeping(left=None)
    client = Client(Script(USER, Answer(Response(401)), granted(2), USER))
    shop = shop_of(client, stored(refresh(), store, "shop"))
    shop.users.get()
    shop.users.get()
    assert shown_by(client) == ["access-1", "access-1", "refresh-1", "access-2"]
    assert kept_in(store) == ("access-2", "refresh-2")


def test_one_that_ends_soon_is_renewed_with_the_kept_refresh_token() -> None:
    store, client = keeping(left=20.0), Client(Script(granted(2), USER))
    shop_of(client, stored(refresh(), store, "shop")).users.get()
    assert shown_by(client) == ["refresh-1", "access-2"]


@pytest.mark.parametrize("end", [3600.0, 3590.0])
def test_an_answer_without_a_refresh_token_leaves_the_kept_one_in_force(end: float) -> None:
    store = keeping(left=0.0)
    client = Client(Script(granted(2, refresh_token=None), USER, granted(3), USER))
    shop = shop_of(client, stored(refresh(), store, "shop"))
    shop.users.get()
    assert kept_in(store) == ("access-2", "refresh-1")
    client.advance(end)
    shop.users.get()
    assert shown_by(client) == ["refresh-1", "access-2", "refresh-1", "access-3"]


def test_what_another_program_has_got_is_used() -> None:
    store, client = keeping(), Client(Script(USER, USER))
    shop = shop_of(client, stored(refresh(), store, "shop"))
    shop.users.get()
    store.kept["shop"] = kept_text("access-2", left=7200.0)
    client.advance(3595.0)
    shop.users.get()
    assert shown_by(client) == ["access-1", "access-2"]


def test_while_another_program_renews_its_token_is_waited_for() -> None:
    store = keeping(left=0.0)
    store.claimed.add("shop")
    world = World(Script(USER))
    shop = Shop(Within(world), auth=stored(refresh(), store, "shop"))
    task = world.spawn(shop._engine.perform(Users.get()))
    world.advance(3.0)
    assert not task.done
    store.kept["shop"] = kept_text("access-2")
    store.claimed.clear()
    world.run_until_idle()
    assert task.result() == {"id": 7}
    assert [shown(each) for each in world.requests] == ["access-2"]
    assert store.claimed == set()
    assert world.now < 3.6


def test_but_not_for_ever() -> None:
    store = keeping(left=0.0)
    store.claimed.add("shop")
    client = Client(Script())
    with pytest.raises(SignInFailed, match="another program has been renewing 'shop' for 20 s") as caught:
        shop_of(client, stored(refresh(), store, "shop")).users.get()
    assert not caught.value.is_final
    assert CLAIM_SECONDS <= client.now < CLAIM_SECONDS + 0.6


def test_who_waits_for_another_program_keeps_the_deadline() -> None:
    store = keeping(left=0.0)
    store.claimed.add("shop")
    client = Client(Script())
    shop = shop_of(client, stored(refresh(), store, "shop"), deadline=2.0)
    with pytest.raises(DeadlineExceeded, match="before another program has renewed"):
        shop.users.get()
    assert client.now < 2.0


def test_a_cancel_while_waiting_for_the_claim_leaves_nothing() -> None:
    store = keeping(left=0.0)
    store.claimed.add("shop")
    world = World(Script())
    shop = Shop(Within(world), auth=stored(refresh(), store, "shop"))
    task = world.spawn(shop._engine.perform(Users.get()))
    world.advance(3.0)
    task.cancel()
    assert task.cancelled
    assert store.claimed == {"shop"}, "it is the other one's"


@given(st.floats(min_value=0, max_value=9), st.integers(0, 9))
def test_no_cancel_loses_a_refresh_token(at: float, seed: int) -> None:
    rest = FakeRest(users=9, client_id="id", client_secret="secret", token_lifetime=60.0)
    store = keeping(left=0.0, refresh=rest.issue_refresh_token())
    with World(rest, latency=1.0, seed=seed) as world:
        shop = Shop(Within(world), auth=stored(refresh(), store, "shop"))
        task = world.spawn(shop._engine.perform(Users.get(7)))
        world.advance(at)
        task.cancel()
        world.run_until_idle()
        assert store.claimed == set()
        again = Shop(Within(world), auth=stored(refresh(), store, "shop"))
        assert world.run(again._engine.perform(Users.get(7))) == rest.user(7)
        assert rest.stats.token_requests == 1
        assert store.claimed == set()


@given(st.integers(2, 6), st.integers(0, 99), st.lists(st.floats(min_value=0, max_value=20), max_size=3))
def test_of_many_programs_one_renews_and_all_go_on(programs: int, seed: int, cancels: list[float]) -> None:
    rest = FakeRest(users=9, client_id="id", client_secret="secret", token_lifetime=600.0)
    store = keeping(left=0.0, refresh=rest.issue_refresh_token())

    with World(rest, latency=lambda chance: chance.random() * 2, seed=seed, shuffle=True) as world:
        shops = [Shop(Within(world), auth=stored(refresh(), store, "shop")) for _ in range(programs)]
        tasks = [world.spawn(each._engine.perform(Users.get(7))) for each in shops]
        for task, at in zip(tasks[1:], sorted(cancels), strict=False):
            world.advance(max(0.0, at - world.now))
            task.cancel()
        world.run_until_idle()
        for task in tasks:
            if not task.cancelled:
                assert task.result() == rest.user(7)
    assert rest.stats.token_requests == 1
    assert store.claimed == set()


# What goes wrong with the store


def full(error: Exception | None = None) -> MemoryStore:
    store = keeping(left=0.0)
    store.failures[Save] = error or StoreFailed("tokens.json: No space left on device")
    return store


def test_what_could_not_be_saved_is_told_used_and_saved_with_the_next() -> None:
    store, told = full(), list[object]()
    client = Client(Script(granted(2), USER, granted(3), USER))
    shop = shop_of(client, stored(refresh(), store, "shop"), observers=[told.append])
    shop.users.get()
    assert [each for each in told if isinstance(each, TokenNotKept)] == [
        TokenNotKept(at=0.0, call=1, error="tokens.json: No space left on device")
    ]
    assert (kept_in(store), store.claimed) == (("access-1", "refresh-1"), set())
    store.failures.clear()
    client.advance(3595.0)
    shop.users.get()
    assert shown_by(client) == ["refresh-1", "access-2", "refresh-2", "access-3"]
    assert kept_in(store) == ("access-3", "refresh-3")


def test_a_program_that_was_paused_for_too_long_overwrites_nothing() -> None:
    store, told = keeping(left=0.0), list[object]()
    numbers = iter([2, 3])

    def server(request: Request, _now: Now) -> Reply:
        if request.url.path != "/oauth/token":
            return USER
        if "access-9" not in kept_in(store):
            store.claimed.clear()  # it runs out meanwhile, and another program renews
            another = store.answer(Claim("shop"))
            assert another is not None
            store.answer(Save("shop", kept_text("access-9", left=7200.0, refresh="refresh-9"), 2))
        return granted(next(numbers))

    client = Client(server)
    shop = shop_of(client, stored(refresh(), store, "shop"), observers=[told.append])
    shop.users.get()
    assert [each.error for each in told if isinstance(each, TokenNotKept)] == [
        "another program has renewed 'shop' since: its token is kept"
    ]
    assert kept_in(store) == ("access-9", "refresh-9")
    assert store.claimed == {"shop"}, "it is the other one's"
    client.advance(3595.0)
    shop.users.get()
    assert shown_by(client) == ["refresh-1", "access-2", "access-9"]


@pytest.mark.parametrize("renewing", [True, False], ids=["a renewal", "a sign-in"])
def test_what_is_saved_names_its_claim(renewing: bool) -> None:
    store = MemoryStore()
    client = Client(Script(granted(1), USER))
    tokens = stored(refresh(), store, "shop")
    if renewing:
        shop_of(client, tokens).users.get()
    else:
        run(tokens.keep(TokenGrant("access-1"), Now(0.0, WALL_START)))
    assert store.asked[-1] == Save("shop", store.kept["shop"], 1)


def test_without_observers_it_is_a_warning() -> None:
    client = Client(Script(granted(2), USER))
    with pytest.warns(RuntimeWarning, match="a token could not be kept: the token store raised ValueError"):
        shop_of(client, stored(refresh(), full(ValueError("refresh-2")), "shop")).users.get()


def test_what_could_not_be_saved_gives_way_to_what_another_program_saves() -> None:
    store = full()
    client = Client(Script(granted(2), USER, USER))
    shop = shop_of(client, stored(refresh(), store, "shop"), observers=[lambda _event: None])
    shop.users.get()
    store.kept["shop"] = kept_text("access-9", left=9000.0)
    client.advance(3595.0)
    shop.users.get()
    assert shown_by(client) == ["refresh-1", "access-2", "access-9"]


def test_what_could_not_be_saved_also_serves_where_nothing_can_be_read() -> None:
    store = full()
    client = Client(Script(granted(2), USER, granted(3), USER))
    shop = shop_of(client, stored(refresh(), store, "shop"), observers=[lambda _event: None])
    shop.users.get()
    store.failures[Load] = StoreFailed("tokens.json: Input/output error")
    client.advance(3595.0)
    shop.users.get()
    assert shown_by(client)[2:] == ["refresh-2", "access-3"]


def test_what_could_not_be_saved_is_not_renewed_where_others_had_the_claim_since() -> None:
    store = full()
    client = Client(Script(granted(2), USER))
    shop = shop_of(client, stored(refresh(), store, "shop"), observers=[lambda _event: None])
    shop.users.get()
    other: Any = store.answer(Claim("shop"))
    store.released("shop", other.generation)
    store.failures[Load] = StoreFailed("tokens.json: Input/output error")
    client.advance(3595.0)
    with pytest.raises(SignInFailed, match="Input/output error"):
        shop.users.get()
    assert shown_by(client) == ["refresh-1", "access-2"]


@pytest.mark.parametrize("question", [Load, Claim])
def test_a_store_that_fails_fails_the_sign_in(question: type[TokenQuestion]) -> None:
    store = keeping(left=0.0)
    store.failures[question] = StoreFailed("tokens.json: Permission denied")
    client = Client(Script())
    with pytest.raises(SignInFailed, match=r"the token store cannot be used: .*: Permission") as caught:
        shop_of(client, stored(refresh(), store, "shop")).users.get()
    assert not caught.value.is_final
    assert (client.requests, store.claimed) == ((), set())


class FailingLater:
    """A store whose reading fails once the claim is had."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def answer(self, question: TokenQuestion, /) -> object:
        answer = self.store.answer(question)
        if isinstance(question, Claim):
            self.store.failures[Load] = StoreFailed("gone")
        return answer


def test_the_claim_is_given_back_where_reading_fails_behind_it() -> None:
    store = keeping(left=0.0)
    with pytest.raises(SignInFailed, match="the token store cannot be used: gone"):
        shop_of(Client(Script()), stored(refresh(), FailingLater(store), "shop")).users.get()
    assert store.claimed == set()


def test_what_is_not_ours_is_an_error_and_stays() -> None:
    store = MemoryStore()
    store.kept["shop"] = theirs = Secret('{"version": 2}')
    client = Client(Script())
    tokens = stored(refresh(), store, "shop")
    with pytest.raises(SignInFailed, match="what is kept under 'shop' is no token"):
        shop_of(client, tokens).users.get()
    with pytest.raises(StoreFailed, match="what is kept under 'shop' is no token"):
        client.run(tokens.keep(TokenGrant("a"), client.runtime.now))
    assert (store.kept, client.requests) == ({"shop": theirs}, ())


def test_nothing_that_a_store_says_is_shown(canary: Canary) -> None:
    store = keeping(left=0.0)
    store.failures[Load] = KeyError(canary("kept"))
    client = Client(Script())
    with pytest.raises(SignInFailed, match="the token store raised KeyError"):
        shop_of(client, stored(refresh(), store, "shop")).users.get()


# What the source says


def invalid_grant() -> Answer:
    return json_answer({"error": "invalid_grant"}, 400)


def test_a_refresh_token_that_is_refused_is_forgotten() -> None:
    store = keeping(left=0.0)
    client = Client(Script(invalid_grant()))
    tokens = stored(refresh(), store, "shop")
    with pytest.raises(SignInFailed, match="invalid_grant"):
        shop_of(client, tokens).users.get()
    assert (store.kept, store.claimed) == ({}, set())
    assert not client.run(tokens.has_token(client.runtime.now))


def test_other_failures_forget_nothing() -> None:
    store = keeping(left=0.0)
    client = Client(Script(json_answer({"error": "invalid_client"}, 401)))
    with pytest.raises(SignInFailed, match="invalid_client"):
        shop_of(client, stored(refresh(), store, "shop")).users.get()
    assert kept_in(store) == ("access-1", "refresh-1")


def test_one_that_was_never_kept_cannot_be_forgotten() -> None:
    store = MemoryStore()
    with pytest.raises(SignInFailed, match="invalid_grant"):
        shop_of(Client(Script(invalid_grant())), stored(refresh(), store, "shop")).users.get()
    assert "Forget" not in kinds(store)


def test_that_it_cannot_be_forgotten_hides_nothing() -> None:
    store = keeping(left=0.0)
    store.failures[Forget] = StoreFailed("read-only")
    with pytest.raises(SignInFailed, match="invalid_grant"):
        shop_of(Client(Script(invalid_grant())), stored(refresh(), store, "shop")).users.get()


def test_a_source_without_an_answer_gives_the_claim_back() -> None:
    store = MemoryStore()
    with pytest.raises(SignInFailed):
        shop_of(Client(Script(*[Refuse()] * 9)), stored(refresh(), store, "shop")).users.get()
    assert store.claimed == set()


def test_what_the_source_begins_with_is_kept() -> None:
    store = MemoryStore()
    client = Client(Script(USER))
    initial = TokenGrant("access-5", lifetime=3600, refresh="refresh-5")
    shop_of(client, stored(refresh(initial=initial), store, "shop")).users.get()
    assert shown_by(client) == ["access-5"]
    assert kept_in(store) == ("access-5", "refresh-5")


def test_a_source_that_uses_nothing_up_is_kept_as_well() -> None:
    source = ClientCredentials(token_url=TOKEN_URL, client_id="id", client_secret="s", placement=InQuery("t"))
    store = MemoryStore()
    tokens = stored(source, store, "shop")
    assert (tokens.is_rotating, tokens.placement, tokens.initial) == (False, InQuery("t"), None)
    assert stored(refresh(), store, "shop").is_rotating
    clients = [Client(Script(granted(1, refresh_token=None), USER)), Client(Script(USER))]
    for client in clients:
        shop_of(client, stored(source, store, "shop")).users.get()
    assert [len(each.requests) for each in clients] == [2, 1]


# Signing in and out


def run(flow: Flow[Any]) -> Any:
    return Client(Script()).run(flow)


@pytest.mark.parametrize("store", [MemoryStore(), keeping()], ids=["nothing", "another"])
def test_a_sign_in_is_kept_in_place_of_what_is_kept(store: MemoryStore) -> None:
    tokens = stored(refresh(), store, "shop")
    run(tokens.keep(TokenGrant("access-2", lifetime=60, refresh="refresh-2"), Now(0.0, WALL_START)))
    assert (kept_in(store), store.claimed) == (("access-2", "refresh-2"), set())
    assert KeptToken.read("shop", store.kept["shop"]).expires_at == WALL_START + 60


def test_it_waits_for_a_program_that_renews() -> None:
    store = keeping()
    store.claimed.add("shop")
    world = World(Script())
    tokens = stored(refresh(), store, "shop")
    task = world.spawn(tokens.keep(TokenGrant("access-2"), world.runtime.now))
    world.advance(5.0)
    store.kept["shop"] = kept_text("access-1b")
    store.claimed.clear()
    world.run_until_idle()
    task.result()
    assert kept_in(store) == ("access-2", None)


def test_one_that_cannot_be_kept_is_an_error_and_used_all_the_same() -> None:
    store, client = full(), Client(Script(USER))
    tokens = stored(refresh(), store, "shop")
    with pytest.raises(StoreFailed, match="No space left"):
        client.run(tokens.keep(TokenGrant("access-2", lifetime=3600), client.runtime.now))
    assert store.claimed == set()
    shop_of(client, tokens).users.get()
    assert shown_by(client) == ["access-2"]


@pytest.mark.parametrize(
    ("store", "has"),
    [
        pytest.param(MemoryStore(), False, id="nothing"),
        pytest.param(keeping(), True, id="a good token"),
        pytest.param(keeping(refresh=None), True, id="a good token without a refresh token"),
        pytest.param(keeping(left=0.0), True, id="a refresh token"),
        pytest.param(keeping(left=0.0, refresh=None), False, id="a token that is over"),
    ],
)
def test_whether_there_is_something_to_go_on_from(store: MemoryStore, has: bool) -> None:
    assert run(stored(refresh(), store, "shop").has_token(Now(0.0, WALL_START))) is has


def test_signing_out_forgets() -> None:
    store = keeping()
    run(stored(refresh(), store, "other").forget())
    assert "shop" in store.kept
    tokens = stored(refresh(), store, "shop")
    run(tokens.forget())
    assert store.kept == {}
    assert not run(tokens.has_token(Now(0.0, WALL_START)))


def test_a_key_is_needed_and_nothing_is_shown(canary: Canary) -> None:
    with pytest.raises(ValueError, match="a key is text"):
        stored(refresh(), MemoryStore(), "")
    tokens = stored(refresh(refresh_token=canary("refresh token")), MemoryStore(), "shop")
    assert isinstance(tokens, Stored)
    assert repr(tokens).startswith("Stored(RefreshToken(")
    assert canary("refresh token") not in repr(tokens)
