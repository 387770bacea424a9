"""`paginate`: lists of any server, read item by item, with errors that say where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire import Call, ClientCredentials, Response
from offwire.apis.rest import ByCursor, ByLink, ByOffset, ByPage, Paging, Rest, RestConfig
from offwire.apis.rest.paging import paged_by
from offwire.errors import DecodeError, StatusError
from offwire.json_value import Json
from offwire.testing import Answer, Client, Script, json_answer
from offwire.testing.rest_server import FakeRest
from tests.sansio.clients import AsyncClient, items


@frozen
class Item:
    id: int
    price: float


class PaymentRequired(StatusError):
    """402."""


def rest(*replies: Any, **settings: Any) -> Rest[Any]:
    return Rest(Client(Script(*replies)), RestConfig(base_url="https://api.test/v1", **settings))


def page(*items: Json, **more: Json) -> Answer:
    return json_answer({"items": list(items), **more})


FIRST: Json = {"id": 1, "price": 0.5}
SECOND: Json = {"id": 2, "price": 1}
BOTH = [Item(1, 0.5), Item(2, 1.0)]


@pytest.mark.parametrize(
    ("by", "replies", "queries"),
    [
        pytest.param(
            ByLink(),
            [
                Answer(Response(200, json={"items": [FIRST]}, headers={"Link": "</v1/i?n=2>; rel=next"})),
                page(SECOND),
            ],
            ["", "n=2"],
            id="by link",
        ),
        pytest.param(
            ByLink(rel="older"),
            [
                Answer(Response(200, json={"items": [FIRST]}, headers={"Link": "<?n=2>; rel=older"})),
                page(SECOND),
            ],
            ["", "n=2"],
            id="by another relation",
        ),
        pytest.param(
            ByPage(), [page(FIRST), page(SECOND), page()], ["page=1", "page=2", "page=3"], id="by page"
        ),
        pytest.param(
            ByPage(parameter="p", start=0, total_pages="pages"),
            [page(FIRST, pages=2), page(SECOND, pages=2)],
            ["p=0", "p=1"],
            id="by page, told how many",
        ),
        pytest.param(
            ByOffset(limit=1),
            [page(FIRST), page(SECOND), page()],
            ["offset=0&limit=1", "limit=1&offset=1", "limit=1&offset=2"],
            id="by offset",
        ),
        pytest.param(
            ByOffset(limit=1, parameter="skip", limit_parameter="take", total="total"),
            [page(FIRST, total=2), page(SECOND, total=2)],
            ["skip=0&take=1", "take=1&skip=1"],
            id="by offset, told how many",
        ),
        pytest.param(
            ByCursor(),
            [page(FIRST, next_cursor="a"), page(SECOND, next_cursor=None)],
            ["", "cursor=a"],
            id="by cursor",
        ),
        pytest.param(
            ByCursor(key="next", parameter="after"),
            [page(FIRST, next=7), page(SECOND)],
            ["", "after=7"],
            id="by a numeric cursor that ends by its absence",
        ),
    ],
)
def test_a_list_is_read_item_by_item(by: Paging, replies: list[Any], queries: list[str]) -> None:
    client = Client(Script(*replies))
    config = RestConfig(base_url="https://api.test/v1")
    assert list(Rest(client, config).paginate("/i", by=by, returns=Item)) == BOTH
    assert [each.url.query for each in client.requests] == queries
    assert {each.method for each in client.requests} == {"GET"}
    assert items(Rest(AsyncClient(Script(*replies)), config).paginate("i", by=by, returns=Item)) == BOTH


def test_the_list_may_have_another_key_or_be_the_page() -> None:
    assert (
        list(rest(json_answer({"data": [FIRST]})).paginate("/i", by=ByLink(), returns=Item, items="data"))
        == BOTH[:1]
    )
    assert list(rest(json_answer([FIRST])).paginate("/i", by=ByLink(), returns=Item, items=None)) == BOTH[:1]
    assert list(rest(json_answer({"items": None})).paginate("/i", by=ByLink(), returns=Item)) == []
    assert list(rest(json_answer(None)).paginate("/i", by=ByLink(), returns=Item, items=None)) == []


def test_path_parameters_and_headers_go_along() -> None:
    client = Client(Script(page(FIRST, next_cursor="a"), page(SECOND)))
    found = Rest(client, RestConfig(base_url="https://api.test")).paginate(
        "/shops/{shop}/i",
        by=ByCursor(),
        returns=Item,
        path={"shop": "a/b"},
        params={"sort": "id", "active": True},
        headers={"X-A": "a"},
    )
    assert list(found) == BOTH
    assert [each.url.text for each in client.requests] == [
        "https://api.test/shops/a%2Fb/i?sort=id&active=true",
        "https://api.test/shops/a%2Fb/i?sort=id&active=true&cursor=a",
    ]
    assert {each.headers["x-a"] for each in client.requests} == {"a"}


@pytest.mark.parametrize(
    ("by", "answer", "path", "words"),
    [
        pytest.param(
            ByLink(),
            page(FIRST, FIRST, FIRST, {"id": 4, "price": "x"}),
            "$.items[3].price",
            "a string",
            id="an item",
        ),
        pytest.param(ByLink(), page("x"), "$.items[0]", "a string", id="no item"),
        pytest.param(ByLink(), json_answer({"items": {}}), "$.items", "an object", id="no list"),
        pytest.param(ByLink(), json_answer({"data": []}), "$.items", "say under which key", id="another key"),
        pytest.param(ByLink(), json_answer([]), "$.items", "the page is an array", id="a list as page"),
        pytest.param(ByPage(total_pages="n"), page(n="2"), "$.n", "a string", id="text as a number of pages"),
        pytest.param(ByPage(total_pages="n"), page(), "$.n", "there is no", id="no number of pages"),
        pytest.param(ByOffset(total="n"), page(n=2.5), "$.n", "2.5", id="a fraction as total"),
        pytest.param(
            ByCursor(), page(next_cursor=True), "$.next_cursor", "text or a whole number", id="a bool"
        ),
        pytest.param(
            ByCursor(), page(next_cursor={}), "$.next_cursor", "text or a whole number", id="an object"
        ),
        pytest.param(
            ByCursor(key="a b"),
            page(**{"a b": 0.5}),
            '$["a b"]',
            "text or a whole number",
            id="a key to be quoted",
        ),
    ],
)
def test_an_error_says_where_in_the_page(by: Paging, answer: Answer, path: str, words: str) -> None:
    client = Client(Script(answer))
    with pytest.raises(DecodeError, match=words) as caught:
        list(Rest(client, RestConfig(base_url="https://api.test")).paginate("/i", by=by, returns=Item))
    error = caught.value
    assert (error.path, error.status, error.operation) == (path, 200, "Rest.paginate")
    assert error.message.count(path) == 1
    assert (error.method, error.attempts) == ("GET", 1)
    assert error.response is not None
    assert error.response.content == answer.response.content


def test_an_error_in_a_page_that_is_the_list_says_where_too() -> None:
    with pytest.raises(DecodeError) as caught:
        list(rest(json_answer([FIRST, 5])).paginate("/i", by=ByLink(), returns=Item, items=None))
    assert caught.value.path == "$[1]"
    with pytest.raises(DecodeError) as caught:
        list(rest(json_answer([])).paginate("/i", by=ByCursor(), returns=Item, items=None))
    assert caught.value.path == "$.next_cursor"


def test_how_answers_are_read_is_taken_from_the_config() -> None:
    loose = page({"id": "1", "price": "0.5"}, total="1")
    by = ByOffset(limit=1, total="total")
    assert list(rest(loose, lenient=True).paginate("/i", by=by, returns=Item)) == BOTH[:1]
    with pytest.raises(DecodeError, match=r"\$\.items\[0\]\.id"):
        list(rest(loose).paginate("/i", by=by, returns=Item))
    with pytest.raises(PaymentRequired):
        list(rest(json_answer({}, 402), errors={402: PaymentRequired}).paginate("/i", by=by, returns=Item))


def test_a_total_that_is_null_is_not_known() -> None:
    found = rest(page(FIRST, total=None), page(SECOND, total=None), page(total=None)).paginate(
        "/i", by=ByOffset(limit=1, total="total"), returns=Item
    )
    assert list(found) == BOTH


def test_a_page_is_read_once() -> None:
    first = Call.get("/i", returns=object)
    found = paged_by(ByPage(), first, Item, "items")
    response = page(FIRST).response
    read = found.first.parse(response)
    assert found.items(read) is found.items(read)
    assert found.items(read) == BOTH[:1]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(lambda: ByLink(rel=""), ValueError, "ByLink.rel is a name", id="no relation"),
        pytest.param(
            lambda: ByPage(parameter=""), ValueError, "ByPage.parameter is a name", id="no parameter"
        ),
        pytest.param(lambda: ByPage(start=-1), ValueError, "ByPage.start", id="a negative start"),
        pytest.param(lambda: ByPage(start=True), ValueError, "ByPage.start", id="a bool as start"),
        pytest.param(
            lambda: ByPage(total_pages=""), ValueError, "ByPage.total_pages is a key or None", id="no key"
        ),
        pytest.param(lambda: ByOffset(limit=0), ValueError, "ByOffset.limit", id="no limit"),
        pytest.param(
            lambda: ByOffset(parameter=cast(Any, None)), ValueError, "ByOffset.parameter", id="None"
        ),
        pytest.param(
            lambda: ByOffset(limit_parameter=""), ValueError, "ByOffset.limit_parameter", id="empty"
        ),
        pytest.param(
            lambda: ByOffset(total=cast(Any, 5)), ValueError, "ByOffset.total", id="a number as key"
        ),
        pytest.param(lambda: ByCursor(key=""), ValueError, "ByCursor.key", id="no cursor's key"),
        pytest.param(
            lambda: ByCursor(parameter=""), ValueError, "ByCursor.parameter", id="no cursor's parameter"
        ),
        pytest.param(
            lambda: Rest.paginate("/i", by=cast(Any, ByLink), returns=Item),
            TypeError,
            r"by is a ByLink\(\), ByPage\(\)",
            id="a class as way",
        ),
        pytest.param(
            lambda: Rest.paginate("/i", by=ByLink(), returns=Item, items=cast(Any, 5)),
            TypeError,
            "items is a key, or None",
            id="a number as items",
        ),
    ],
)
def test_a_way_that_cannot_work_is_refused(
    make: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        make()


@frozen
class User:
    id: int
    name: str
    active: bool


WAYS: list[tuple[Paging, str]] = [
    (ByLink(), "per_page"),
    (ByPage(), "per_page"),
    (ByOffset(limit=7), ""),
    (ByOffset(limit=7, total="total"), ""),
    (ByCursor(), "limit"),
]


@pytest.mark.parametrize(("by", "size_parameter"), WAYS, ids=repr)
@settings(max_examples=25)
@given(users=st.integers(0, 30), size=st.integers(1, 20), most=st.integers(1, 20))
def test_the_stand_in_gives_out_each_user_once(
    by: Paging, size_parameter: str, users: int, size: int, most: int
) -> None:
    server = FakeRest(users=users, quota=None, page_size_max=most)
    auth = ClientCredentials(
        token_url="https://shop.test/oauth/token", client_id="client", client_secret="secret"
    )
    api = Rest(Client(server), RestConfig(base_url="https://shop.test"), auth=auth)
    params = {size_parameter: size} if size_parameter else {}
    found = list(api.paginate("/users", by=by, returns=User, params=params))
    assert [each.id for each in found] == list(server.user_ids)
    assert all(isinstance(each, User) for each in found)
