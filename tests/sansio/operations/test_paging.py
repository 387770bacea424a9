"""The ways of paging, each over a modelled server: every item once, to the end and no further."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire import (
    Api,
    Call,
    ClientCredentials,
    Group,
    M,
    Options,
    Pages,
    Request,
    Response,
    by_cursor,
    by_offset,
    linked,
    numbered,
    operation,
    paged,
    pages,
)
from offwire.errors import CallError, DecodeError, NotFound, PagingLoop, RedirectRefused
from offwire.json_value import Json
from offwire.mode import Sync
from offwire.testing import Answer, Client, Reply, Script, json_answer
from offwire.testing.rest_server import FakeRest
from offwire.time import Now
from tests.sansio.clients import AsyncClient
from tests.sansio.clients import items as collected

SIZES = st.integers(1, 30)
TOTALS = st.integers(0, 60)


@frozen
class Page:
    items: list[int]
    total: int | None = None
    pages: int | None = None
    next: str | int | None = None


FIRST = Call.get("/things", query={"sort": "id"}, returns=Page)


def items_of(page: Page) -> list[int]:
    return page.items


class Things(Group[M]):
    @pages
    def of(self, found: Pages[int]) -> Pages[int]:
        return found

    @operation
    def get(self) -> Call[object]:
        return Call.get("/thing", returns=object)


class Shop(Api[M]):
    base_url = "https://shop.test/v2"
    things: Things[M]


class Model:
    """A server with some numbers, which it gives out in each of the four ways."""

    def __init__(self, count: int, most: int = 1000, *, tells_total: bool = False) -> None:
        self.numbers = list(range(count))
        self.most = most
        self.tells_total = tells_total
        self.given = 0

    def __call__(self, request: Request, _now: Now) -> Reply:
        assert request.url.path == "/v2/things"
        query = dict(request.url.params)
        assert query.pop("sort") == "id"
        self.given += 1
        size = min(int(query.get("limit", self.most)), self.most)
        headers = {}
        following: str | None = None
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        elif "cursor" in query:
            start = int(query["cursor"].removeprefix("at/"))
        else:
            start = int(query.get("offset", 0))
        items = self.numbers[start : start + size]
        if start + size < len(self.numbers):
            following = f"at/{start + size}"
            headers["Link"] = f"</v2/things?sort=id&limit={size}&offset={start + size}>; rel=next"
        said: dict[str, Json] = {"items": list(items), "next": following}
        if self.tells_total:
            said |= {"total": len(self.numbers), "pages": -(-len(self.numbers) // size)}
        return Answer(Response(200, json=said, headers=headers))


def fetched(found: Pages[int], server: Callable[[Request, Now], Reply]) -> list[int]:
    things = list(Shop(Client(server)).things.of(found))
    assert collected(Shop(AsyncClient(server)).things.of(found)) == things, "both modes page alike"
    return things


WAYS = [
    pytest.param(lambda size: linked(FIRST.with_params({"limit": size}), items=items_of), id="linked"),
    pytest.param(
        lambda size: numbered(
            FIRST.with_params({"limit": size}), items=items_of, pages=lambda page: page.pages
        ),
        id="numbered",
    ),
    pytest.param(
        lambda size: by_offset(FIRST, items=items_of, limit=size, total=lambda page: page.total),
        id="by_offset",
    ),
    pytest.param(
        lambda size: by_cursor(
            FIRST.with_params({"limit": size}), items=items_of, cursor=lambda page: page.next
        ),
        id="by_cursor",
    ),
]
Way = Callable[[int], Pages[int]]


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=60)
@given(count=TOTALS, size=SIZES, most=SIZES, tells_total=st.booleans())
def test_every_item_comes_once_for_any_size_of_page(
    way: Way, count: int, size: int, most: int, tells_total: bool
) -> None:
    model = Model(count, most, tells_total=tells_total)
    assert fetched(way(size), model) == model.numbers


@given(count=TOTALS, size=SIZES, most=SIZES)
def test_a_server_that_gives_out_less_than_was_asked_for_loses_nothing(
    count: int, size: int, most: int
) -> None:
    model = Model(count, most)
    found = by_offset(FIRST, items=items_of, limit=size)
    assert list(Shop(Client(model)).things.of(found)) == model.numbers
    assert model.given <= count // min(size, most) + 2


@pytest.mark.parametrize(
    ("found", "requests"),
    [
        pytest.param(linked(FIRST.with_params({"limit": 5}), items=items_of), 2, id="linked"),
        pytest.param(
            numbered(FIRST.with_params({"limit": 5}), items=items_of), 3, id="numbered, up to the empty one"
        ),
        pytest.param(
            numbered(FIRST.with_params({"limit": 5}), items=items_of, pages=lambda page: page.pages),
            2,
            id="numbered, with a number of pages",
        ),
        pytest.param(by_offset(FIRST, items=items_of, limit=5), 3, id="by_offset, up to the empty one"),
        pytest.param(by_offset(FIRST, items=items_of, limit=6), 2, id="by_offset, up to a shorter one"),
        pytest.param(by_offset(FIRST, items=items_of, limit=50), 2, id="by_offset, of a single short one"),
        pytest.param(
            by_offset(FIRST, items=items_of, limit=5, total=lambda page: page.total),
            2,
            id="by_offset, with a total",
        ),
        pytest.param(
            by_offset(FIRST, items=items_of, limit=50, total=lambda page: page.total),
            1,
            id="by_offset, all at once",
        ),
        pytest.param(
            by_cursor(FIRST.with_params({"limit": 5}), items=items_of, cursor=lambda page: page.next),
            2,
            id="by_cursor",
        ),
    ],
)
def test_pages_end_where_the_server_says_so(found: Pages[int], requests: int) -> None:
    client = Client(Model(10, tells_total=True))
    assert list(Shop(client).things.of(found)) == list(range(10))
    assert len(client.requests) == requests


def test_a_short_page_of_a_total_does_not_end_the_list() -> None:
    replies = [json_answer({"items": each, "total": 5}) for each in ([1, 2], [3], [4, 5])]
    client = Client(Script(*replies))
    found = by_offset(FIRST, items=items_of, limit=2, total=lambda page: page.total)
    assert list(Shop(client).things.of(found)) == [1, 2, 3, 4, 5]
    assert [each.url.query for each in client.requests] == [
        "sort=id&offset=0&limit=2", "sort=id&limit=2&offset=2", "sort=id&limit=2&offset=3",
    ]  # fmt: skip


def test_numbers_may_begin_anywhere_and_have_any_name() -> None:
    replies = [json_answer({"items": [number], "pages": 2}) for number in range(2)]
    client = Client(Script(*replies))
    found = numbered(FIRST, items=items_of, parameter="p", start=0, pages=lambda page: page.pages)
    assert list(Shop(client).things.of(found)) == [0, 1]
    assert [each.url.query for each in client.requests] == ["sort=id&p=0", "sort=id&p=1"]


def test_an_offset_may_have_any_name() -> None:
    client = Client(Script(json_answer({"items": [1], "total": 2}), json_answer({"items": [2], "total": 2})))
    found = by_offset(
        FIRST,
        items=items_of,
        limit=1,
        parameter="skip",
        limit_parameter="take",
        total=lambda page: page.total,
    )
    assert list(Shop(client).things.of(found)) == [1, 2]
    assert client.requests[1].url.query == "sort=id&take=1&skip=1"


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_at_least_one(limit: int) -> None:
    with pytest.raises(ValueError, match=f"at least 1, not {limit}"):
        by_offset(FIRST, items=items_of, limit=limit)


@pytest.mark.parametrize("end", [None, ""])
def test_a_cursor_that_is_none_or_empty_ends_the_list(end: str | None) -> None:
    client = Client(Script(json_answer({"items": [1], "next": 0}), json_answer({"items": [2], "next": end})))
    found = by_cursor(FIRST, items=items_of, cursor=lambda page: page.next, parameter="after")
    assert list(Shop(client).things.of(found)) == [1, 2]
    assert client.requests[1].url.query == "sort=id&after=0"


def test_an_empty_page_in_between_does_not_end_a_list_by_cursor_or_by_link() -> None:
    pages_of = [{"items": [1], "next": "a"}, {"items": [], "next": "b"}, {"items": [2]}]
    by_cursors = by_cursor(FIRST, items=items_of, cursor=lambda page: page.next)
    assert list(Shop(Client(Script(*map(json_answer, pages_of)))).things.of(by_cursors)) == [1, 2]
    links = [{"Link": f"<?page={number}>; rel=next"} for number in (2, 3)]
    replies = [
        Answer(Response(200, json={"items": items}, headers=headers))
        for items, headers in zip([[1], [], [2]], [*links, {}], strict=True)
    ]
    assert list(Shop(Client(Script(*replies))).things.of(linked(FIRST, items=items_of))) == [1, 2]


# Links

HERE = "https://shop.test/v2/things?sort=id"


@pytest.mark.parametrize(
    ("link", "there"),
    [
        pytest.param(
            "<https://shop.test/v2/things?page=2>; rel=next", "https://shop.test/v2/things?page=2", id="whole"
        ),
        pytest.param(
            "</v2/things?page=2>; rel=next", "https://shop.test/v2/things?page=2", id="from the root"
        ),
        pytest.param("<?page=2>; rel=next", "https://shop.test/v2/things?page=2", id="a query"),
        pytest.param("<things/2>; rel=next", "https://shop.test/v2/things/2", id="from the folder"),
        pytest.param("<../v3/x>; rel=next", "https://shop.test/v3/x", id="from above"),
        pytest.param("<//other.test/x>; rel=next", "https://other.test/x", id="another host"),
        pytest.param(
            '<?a>; rel=prev, <?b>; rel="last NEXT"', "https://shop.test/v2/things?b", id="among others"
        ),
    ],
)
def test_a_link_means_what_it_means_from_where_it_stands(link: str, there: str) -> None:
    first = Answer(Response(200, json={"items": [1]}, headers={"Link": link}))
    client = Client(Script(first, json_answer({"items": [2]})))
    assert list(Shop(client).things.of(linked(FIRST, items=items_of))) == [1, 2]
    assert [each.url.text for each in client.requests] == [HERE, there]


def test_another_relation_may_lead_on() -> None:
    first = Answer(Response(200, json={"items": [1]}, headers={"Link": "<?a>; rel=next, <?b>; rel=older"}))
    client = Client(Script(first, json_answer({"items": [2]})))
    assert list(Shop(client).things.of(linked(FIRST, items=items_of, rel="older"))) == [1, 2]
    assert client.requests[1].url.query == "b"


@pytest.mark.parametrize(
    ("link", "error", "words"),
    [
        pytest.param(
            "<ftp://x.test/>; rel=next", DecodeError, "the Link with rel='next' cannot be", id="a scheme"
        ),
        pytest.param("<https://a:b@x.test/>; rel=next", DecodeError, "cannot be followed", id="a password"),
        pytest.param("<http://shop.test/x>; rel=next", RedirectRefused, "leaves https", id="no TLS"),
    ],
)
def test_a_link_that_leads_nowhere_good_is_not_followed(
    link: str, error: type[CallError], words: str
) -> None:
    client = Client(Script(Answer(Response(200, json={"items": [1]}, headers={"Link": link}))))
    found = Shop(client).things.of(linked(FIRST, items=items_of))
    assert next(found) == 1
    with pytest.raises(error, match=words):
        next(found)
    assert len(client.requests) == 1


def test_a_link_over_http_may_go_on_over_http() -> None:
    first = Answer(Response(200, json={"items": [1]}, headers={"Link": "<?page=2>; rel=next"}))
    client = Client(Script(first, json_answer({"items": [2]})))
    assert list(Shop(client, base_url="http://127.0.0.1:8000").things.of(linked(FIRST, items=items_of))) == [
        1,
        2,
    ]


def test_pages_can_be_followed_by_hand() -> None:
    found = linked(Call.get("https://shop.test/things", returns=Page), items=items_of)
    response = Response(200, json={"items": [1]}, headers={"Link": "</things?page=2>; rel=next"})
    page = found.first.parse(response)
    assert found.items(page) == [1]
    following = found.following(found.first, page, response)
    assert following is not None
    assert following.request.url.text == "https://shop.test/things?page=2"
    assert found.following(following, page, Response(200)) is None


def test_one_may_have_a_rule_of_ones_own() -> None:
    def following(call: Call[Page], page: Page, response: Response) -> Call[Page] | None:
        more = response.headers.get("x-more")
        return call.with_params({"seen": page.items[-1]}) if more else None

    replies = [
        Answer(Response(200, json={"items": [1, 2]}, headers={"X-More": "yes"})),
        json_answer({"items": [3]}),
    ]
    client = Client(Script(*replies))
    assert list(Shop(client).things.of(paged(FIRST, items=items_of, following=following))) == [1, 2, 3]
    assert client.requests[1].url.query == "sort=id&seen=2"


# To the end, and no further


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_asked_for_before_it_is_needed(way: Way) -> None:
    client = Client(Model(10, tells_total=True))
    found: Iterator[int] = Shop(client).things.of(way(4))
    assert len(client.requests) == 0
    for number in range(10):
        assert next(found) == number
        assert len(client.requests) == number // 4 + 1
    with pytest.raises(StopIteration):
        next(found)


def test_a_list_that_is_left_asks_for_nothing_more() -> None:
    client = Client(Model(10))
    shop = Shop(client)
    for number in shop.things.of(linked(FIRST.with_params({"limit": 3}), items=items_of)):
        if number == 3:
            break
    assert len(client.requests) == 2
    client.close()


@pytest.mark.parametrize(
    ("found", "requests"),
    [
        pytest.param(linked(FIRST, items=items_of), 1, id="a link to the first page"),
        pytest.param(
            by_cursor(FIRST, items=items_of, cursor=lambda page: page.next), 2, id="the same cursor again"
        ),
    ],
)
def test_a_list_that_leads_back_is_not_followed_forever(found: Pages[int], requests: int) -> None:
    answer = Answer(Response(200, json={"items": [1], "next": "a"}, headers={"Link": f"<{HERE}>; rel=next"}))
    client = Client(Script(*[answer] * 10))
    things = Shop(client).things.of(found)
    assert [next(things) for _ in range(requests)] == [1] * requests
    with pytest.raises(PagingLoop, match="given already") as caught:
        next(things)
    assert len(client.requests) == requests, "no page is fetched twice"
    assert caught.value.operation == "Things.of"


def test_an_error_on_the_way_leaves_what_came_before() -> None:
    first = Answer(Response(200, json={"items": [1, 2]}, headers={"Link": "<?page=2>; rel=next"}))
    found = Shop(Client(Script(first, json_answer({}, 404)))).things.of(linked(FIRST, items=items_of))
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(NotFound):
        next(found)


def test_each_page_is_a_call_with_the_options_of_its_view() -> None:
    client = Client(Model(5))
    shop: Shop[Sync] = Shop(client).with_options(Options(headers={"X-A": "a"}))
    assert list(shop.things.of(by_offset(FIRST, items=items_of, limit=2))) == list(range(5))
    assert {each.headers["x-a"] for each in client.requests} == {"a"}


FAKE_WAYS = [
    pytest.param(
        lambda first, size: linked(first.with_params({"per_page": size}), items=ids_of), id="linked"
    ),
    pytest.param(
        lambda first, size: numbered(first.with_params({"per_page": size}), items=ids_of), id="numbered"
    ),
    pytest.param(lambda first, size: by_offset(first, items=ids_of, limit=size), id="by_offset"),
    pytest.param(
        lambda first, size: by_cursor(
            first.with_params({"limit": size}), items=ids_of, cursor=lambda page: page["next_cursor"]
        ),
        id="by_cursor",
    ),
]


AUTH = ClientCredentials(
    token_url="https://shop.test/oauth/token", client_id="client", client_secret="secret"
)


def ids_of(page: object) -> list[int]:
    assert isinstance(page, dict)
    return [each["id"] for each in page["items"]]


@pytest.mark.parametrize("way", FAKE_WAYS)
@settings(max_examples=40)
@given(users=st.integers(0, 40), size=SIZES, most=SIZES)
def test_the_stand_in_gives_out_each_user_once(
    way: Callable[[Call[object], int], Pages[int]], users: int, size: int, most: int
) -> None:
    rest = FakeRest(users=users, quota=None, page_size_max=most)
    shop = Shop(Client(rest), base_url="https://shop.test", auth=AUTH)
    found = list(shop.things.of(way(Call.get("/users", returns=object), size)))
    assert found == list(rest.user_ids)
    assert dict(rest.stats.users_listed) == dict.fromkeys(rest.user_ids, 1)
