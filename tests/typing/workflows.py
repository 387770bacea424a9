"""User code that only type checkers read: workflows, and the slips that they catch."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, assert_type

import offwire_asyncio
import offwire_sync
from offwire import Api, Call, Group, M, Steps, operation, pause, step, together, workflow


class Users(Group[M]):
    @operation
    def find(self, name: str) -> Call[int | None]:
        return Call.get("/users", query={"name": name}, returns=int).or_none(404)

    @operation
    def create(self, name: str) -> Call[int]:
        return Call.post("/users", json={"name": name}, returns=int)

    @workflow
    def find_or_create(self, name: str) -> Steps[int]:
        found = yield from step(Users.find(name))
        assert_type(found, int | None)
        if found is not None:
            return found
        yield from pause(1.0)
        return (yield from step(Users.create(name)))

    @workflow
    def several(self) -> Steps[str]:
        one, other = yield from together(Users.create("a"), Users.find("b"))
        assert_type(one, int)
        assert_type(other, int | None)
        three = yield from together(Users.create("a"), Users.find("b"), Users.find_or_create("c"))
        assert_type(three, tuple[int, int | None, int])
        many = yield from together(*(Users.create(name) for name in "abc"))
        assert_type(many, tuple[int, ...])
        return "done"


class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]


def in_sync(client: offwire_sync.Client) -> None:
    shop = Shop(client)
    assert_type(shop.users.find_or_create("Ada"), int)
    assert_type(shop.send(Users.create("Ada")), int)
    shop.users.find_or_create(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def in_asyncio(client: offwire_asyncio.Client) -> None:
    shop = Shop(client)
    assert_type(await shop.users.find_or_create("Ada"), int)
    assert_type(await shop.send(Users.create("Ada")), int)


def by_hand() -> None:
    steps: Generator[Any, Any, int] = Users.find_or_create("Ada")
    next(steps)
