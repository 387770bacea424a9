"""User code that only type checkers read: one definition, three faces, and the slips that they catch.

A line with an ignore has to be an error: both checkers report an ignore that is not needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from attrs import frozen

import offwire
import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire import (
    Api,
    ApiKey,
    Call,
    FairnessPolicy,
    Group,
    M,
    Options,
    Pages,
    Policies,
    Request,
    Response,
    Sync,
    WindowLimit,
    events,
    linked,
    operation,
    pages,
)
from offwire.apis.rest import ByLink, Rest, RestConfig, RestResponse
from offwire.errors import ServerError
from offwire.json_value import Json
from offwire.testing import Client as TestClient
from offwire.testing import Script


@frozen
class User:
    id: int
    name: str


class Addresses(Group[M]):
    @operation
    def get(self, user: int) -> Call[str]:
        return Call.get("/users/{user}/address", path={"user": user}, returns=str)


class Users(Group[M]):
    addresses: Addresses[M]

    @operation
    def get(self, id: int, *, verbose: bool = False) -> Call[User]:
        """Fetch one user."""
        return Call.get("/users/{id}", path={"id": id}, query={"verbose": verbose}, returns=User)

    @operation
    def find(self, name: str) -> Call[User | None]:
        return Call.get("/users", query={"name": name}, returns=User).or_none(404)

    @operation
    def delete(self, id: int) -> Call[None]:
        return Call.delete("/users/{id}", path={"id": id})

    @pages
    def list(self, active: bool | None = None) -> Pages[User]:
        return linked(
            Call.get("/users", query={"active": active}, returns=list[User]), items=lambda page: page
        )


class Shop(Api[M]):
    base_url = "https://api.shop.example"
    users: Users[M]


def pure() -> None:
    assert_type(Users.get(7), Call[User])
    assert_type(Users.get(7).parse(Response(200)), User)
    assert_type(Users.find("x"), Call[User | None])
    assert_type(Users.delete(7), Call[None])
    assert_type(Users.list(active=True), Pages[User])


def results() -> None:
    call = Call.get("/users", returns=list[User])
    assert_type(call, Call[list[User]])
    assert_type(call.or_empty(404), Call[list[User]])
    assert_type(call.or_none(404), Call[list[User] | None])
    assert_type(call.mapped(lambda users, response: (len(users), response.status)), Call[tuple[int, int]])
    assert_type(call.with_params({"page": 2}).with_target("/more"), Call[list[User]])
    assert_type(Call.get("/users"), Call[None])
    assert_type(Call.of(Request("GET", "/users"), returns=User), Call[User])
    Call.get("/users/7", returns=User).or_empty(404)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    Call.get("/users", querry={"a": 1})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    _ = offwire.Nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def told(event: events.Event) -> None:
    assert_type(event.at, float)


def configured() -> None:
    Policies(observers=[told], quota=[WindowLimit(10, 1.0)])
    RestConfig(base_url="https://api.example.com", observers=[told], errors={402: ServerError})
    RestConfig(base_url="https://api.example.com", timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def sync() -> None:
    with offwire_sync.Client() as client:
        shop = Shop(client, auth=ApiKey(headers={"X-Api-Key": "k"}))
        assert_type(shop, Shop[Sync])
        assert_type(shop.users.get(7), User)
        assert_type(shop.users.get(7, verbose=True), User)
        assert_type(shop.users.addresses.get(7), str)
        assert_type(shop.with_options(Options(deadline=5.0)), Shop[Sync])
        assert_type(shop.with_options(Options(priority=1, flow="tenant")), Shop[Sync])
        shop.with_options(Options(priority="high"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        fair = Policies(fairness=FairnessPolicy(weights={"tenant": 2.0}, aging=None))
        assert_type(fair.fairness, FairnessPolicy | None)
        assert_type(shop.users.find("Ada"), User | None)
        assert_type(shop.users.list(), Iterator[User])
        for user in shop.users.list(active=True):
            assert_type(user, User)
        with client.map(shop.users.get, [1, 2]) as found:
            for user in found:
                assert_type(user, User)
        shop.users.get("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        shop.users.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        shop.users.get(1, loud=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def under_asyncio() -> None:
    async with offwire_asyncio.Client() as client:
        shop = Shop(client)
        assert_type(await shop.users.get(1, verbose=True), User)
        assert_type(await shop.users.addresses.get(7), str)
        assert_type(shop.users.list(), AsyncIterator[User])
        async for user in shop.users.list():
            assert_type(user, User)
        async with client.map(shop.users.get, [1, 2]) as found:
            async for user in found:
                assert_type(user, User)
        shop.users.get(1)  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
        await shop.users.get("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def under_trio() -> None:
    async with offwire_trio.Client() as client:
        shop = Shop(client)
        assert_type(await shop.users.get(1), User)
        async for user in shop.users.list():
            assert_type(user, User)
        for _ in shop.users.list():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
            pass


def without_a_network() -> None:
    shop = Shop(TestClient(Script()))
    assert_type(shop.users.get(7), User)


def rest() -> None:
    config = RestConfig(base_url="https://api.example.com")
    with offwire_sync.Client() as client:
        api = Rest(client, config)
        assert_type(api.get("/users/7", returns=User), RestResponse[User])
        assert_type(api.get("/users/7", returns=User).data, User)
        assert_type(api.post("/users", json={"name": "Ada"}).data, Json)
        assert_type(api.get("/users/{id}", path={"id": 7}, timeout=5.0, headers=None).status_code, int)
        assert_type(api.request("PURGE")("/users", returns=User), RestResponse[User])
        assert_type(api.paginate("/users", by=ByLink(), returns=User), Iterator[User])
        api.get("/users", parms={"a": 1})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


async def rest_under_trio() -> None:
    async with offwire_trio.Client() as client:
        api = Rest(client, RestConfig(base_url="https://api.example.com"))
        assert_type(await api.get("/users/7", returns=User), RestResponse[User])
        async for user in api.paginate("/users", by=ByLink(), returns=User):
            assert_type(user, User)
        assert_type(await api.request("PURGE")("/users"), RestResponse[Json])
    assert_type(Rest.get("/users/7", returns=User), Call[RestResponse[User]])
    assert_type(Rest.request("PURGE")("/users", returns=User), Call[RestResponse[User]])
    assert_type(Rest.paginate("/users", by=ByLink(), returns=User), Pages[User])
