"""Groups and Apis: wired by their annotations, in both modes."""

from __future__ import annotations

from typing import Any

import pytest

from offwire import (
    Api,
    ApiKey,
    Basic,
    Bearer,
    Call,
    Group,
    M,
    Options,
    Pages,
    Policies,
    Sync,
    linked,
    operation,
    pages,
)
from offwire.state.limits import ConcurrencyLimit
from offwire.testing import Client, Script, json_answer
from tests.sansio.clients import AsyncClient, items, result


class Addresses(Group[M]):
    @operation
    def get(self, user: int) -> Call[object]:
        return Call.get("/users/{user}/address", path={"user": user}, returns=object)


class Users(Group[M]):
    addresses: Addresses[M]

    @operation
    def get(self, id: int) -> Call[object]:
        return Call.get("/users/{id}", path={"id": id}, returns=object)

    @pages
    def list(self) -> Pages[object]:
        return linked(Call.get("/users", returns=list[object]), items=lambda page: page)


class Base(Api[M]):
    base_url = "https://shop.test/v2"
    people: Users[M]


class Shop(Base[M]):
    users: Users[M]

    @operation
    def ping(self) -> Call[object]:
        return Call.get("/ping", returns=object)


class Bare(Api[M]):
    users: Users[M]


def test_groups_are_wired_however_deep_and_from_whichever_base() -> None:
    client = Client(Script(*[json_answer(number) for number in range(4)]))
    shop = Shop(client)
    assert shop.users.get(7) == 0
    assert shop.users.addresses.get(7) == 1
    assert shop.people.addresses.get(8) == 2
    assert shop.ping() == 3
    assert [each.url.text for each in client.requests] == [
        "https://shop.test/v2/users/7",
        "https://shop.test/v2/users/7/address",
        "https://shop.test/v2/users/8/address",
        "https://shop.test/v2/ping",
    ]


def test_the_same_groups_are_asynchronous_with_an_asynchronous_client() -> None:
    client = AsyncClient(Script(json_answer(0), json_answer(1), json_answer([2, 3])))
    shop = Shop(client)
    call = shop.users.addresses.get(7)
    assert client.requests == (), "nothing is sent before somebody awaits"
    assert result(call) == 0
    assert result(shop.ping()) == 1
    assert items(shop.users.list()) == [2, 3]


def test_on_the_class_there_are_calls_only() -> None:
    assert Users.get(7).request.url.text == "/users/7"
    assert Shop.ping().request.url.text == "/ping"
    assert Users.list().first.request.url.text == "/users"


def test_groups_of_a_function_work() -> None:
    class Orders(Group[M]):
        @operation
        def get(self) -> Call[object]:
            return Call.get("/order", returns=object)

    class LocalShop(Api[M]):
        base_url = "https://shop.test"
        orders: Orders[M]

    assert LocalShop(Client(Script(json_answer(1)))).orders.get() == 1


WITHOUT_FUTURE = """
class Orders(Group[M]):
    @operation
    def get(self) -> Call[object]:
        return Call.get("/order", returns=object)

class Sales(Group[M]):
    orders: Orders[M]
    quoted: "Orders[M]"

def made():
    class Local(Group[M]):
        orders: "Orders[M]"

    class LocalShop(Api[M]):
        base_url = "https://shop.test"
        sales: Sales[M]
        local: Local[M]

    return LocalShop
"""


def test_annotations_need_not_be_text() -> None:
    names: dict[str, Any] = {"Api": Api, "Call": Call, "Group": Group, "M": M, "operation": operation}
    exec(compile(WITHOUT_FUTURE, "shop.py", "exec", dont_inherit=True), names)
    assert not isinstance(names["Sales"].__annotations__["orders"], str)
    shop = names["made"]()(Client(Script(*map(json_answer, range(3)))))
    assert shop.sales.orders.get() == 0
    assert shop.local.orders.get() == 1
    assert shop.sales.quoted.get() == 2


def test_a_group_that_is_not_bound_to_a_client_says_so() -> None:
    users: Users[Sync] = Users()
    with pytest.raises(AttributeError, match="Users is not bound to a client: annotate an Api with it"):
        users.get(7)


class Ring(Group[M]):
    other: Rung[M]


class Rung(Group[M]):
    ring: Ring[M]


class Endless(Api[M]):
    base_url = "https://shop.test"
    ring: Ring[M]


class Own(Group[M]):
    own: Own[M]


class Selfish(Api[M]):
    base_url = "https://shop.test"
    own: Own[M]


class Nested(Api[M]):
    base_url = "https://shop.test"
    shop: Shop[M]


def test_what_has_no_end_or_wants_a_client_of_its_own_is_refused() -> None:
    client = Client(Script())
    with pytest.raises(TypeError, match=r"Rung\.ring leads back to Ring"):
        Endless(client)
    with pytest.raises(TypeError, match=r"Own\.own leads back to Own"):
        Selfish(client)
    with pytest.raises(TypeError, match=r"Nested\.shop is an Api"):
        Nested(client)


def test_a_base_url_is_needed_from_the_class_or_from_the_constructor() -> None:
    client = Client(Script(json_answer(1), json_answer(2)))
    with pytest.raises(ValueError, match=r"an Api needs a base URL: give it to the class"):
        Bare(client)
    Bare(client, base_url="https://one.test").users.get(1)
    Shop(client, base_url="https://two.test").users.get(2)
    assert [each.url.text for each in client.requests] == [
        "https://one.test/users/1",
        "https://two.test/users/2",
    ]


@pytest.mark.parametrize("base_url", ["/v1", "shop.test", "ftp://shop.test", "https://shop.test?a=1"])
def test_a_base_url_is_absolute_and_plain(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"base_url is absolute|a URL starts with"):
        Bare(Client(Script()), base_url=base_url)


def test_credentials_want_https() -> None:
    client = Client(Script(json_answer(1), json_answer(2)))
    for auth in (ApiKey(headers={"X": "k"}), Basic("ada", "p"), Bearer("t")):
        with pytest.raises(ValueError, match="has to be https where there are credentials"):
            Bare(client, base_url="http://shop.test", auth=auth)
    Bare(client, base_url="http://localhost:8000", auth=Bearer("t")).users.get(1)
    Bare(client, base_url="http://shop.test").users.get(2)
    assert [each.headers.get("authorization") for each in client.requests] == ["Bearer t", None]


def test_policies_come_from_the_class_or_from_the_constructor() -> None:
    class Polite(Bare[M]):
        base_url = "https://shop.test"
        policies = Policies(headers={"X-From": "class"})

    client = Client(Script(json_answer(1), json_answer(2), json_answer(3)))
    Polite(client).users.get(1)
    Polite(client, policies=Policies(headers={"X-From": "constructor"})).users.get(2)
    Shop(client).users.get(3)
    assert [each.headers.get("x-from") for each in client.requests] == ["class", "constructor", None]


def test_a_view_has_options_of_its_own_and_shares_all_else() -> None:
    client = Client(Script(*[json_answer(number) for number in range(5)]))
    shop = Shop(client, policies=Policies(quota=[ConcurrencyLimit(1)]))
    view = shop.with_options(Options(headers={"X-A": "a"}))
    further = view.with_options(Options(headers={"X-B": "b"}))
    for each in (shop, view, further):
        each.users.addresses.get(1)
    shop.ping()
    view.ping()
    assert [(each.headers.get("x-a"), each.headers.get("x-b")) for each in client.requests] == [
        (None, None), ("a", None), ("a", "b"), (None, None), ("a", None),
    ]  # fmt: skip
    assert isinstance(view, Shop)
    assert view.snapshot() == shop.snapshot()
    assert view.users is not shop.users


def test_a_snapshot_tells_what_is_shared() -> None:
    shop = Shop(Client(Script(json_answer(1))))
    shop.ping()
    snapshot = shop.snapshot()
    assert list(snapshot.breakers) == ["https://shop.test:443"]
    assert (snapshot.tokens, snapshot.cookies) == (None, None)


def test_a_call_made_by_hand_is_sent_with_all_that_the_api_has() -> None:
    client = Client(Script(json_answer({"id": 7})))
    shop = Shop(client, auth=Bearer("a-token")).with_options(Options(headers={"X-Trace": "t"}))
    assert shop.send(Call.get("/anything/{id}", path={"id": 7}, returns=object)) == {"id": 7}
    (request,) = client.requests
    assert request.url.text == f"{Shop.base_url}/anything/7"
    assert (request.headers["authorization"], request.headers["x-trace"]) == ("Bearer a-token", "t")


def test_under_an_asynchronous_client_it_is_awaited() -> None:
    shop = Shop(AsyncClient(Script(json_answer([1]))))
    assert result(shop.send(Call.get("/anything", returns=object))) == [1]
