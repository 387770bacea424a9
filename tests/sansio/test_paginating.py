"""Paged lists: page by page as they are wanted, none twice, and no credential to another origin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from offwire.auth import ApiKey, Bearer
from offwire.engine import Engine
from offwire.errors import DecodeError, NotFound, PagingLoop
from offwire.flow import Emit, Flow, Send
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.paging import by_offset, linked, numbered, paged
from offwire.policies import Policies
from offwire.testing import Answer, Client, Driven, Reply, Script, World, json_answer
from offwire.time import Now
from tests.sansio.kit import new_runtime

BASE = "https://api.test/v2"


def engine_in(world: World, auth: ApiKey | Bearer | None = None) -> Engine:
    return Engine(world.runtime, base_url=BASE, auth=auth, policies=Policies())


def pages_of(world: World, flow: Flow[None]) -> list[object]:
    return list(world.iterate(flow))


def listing(total: int) -> Callable[[Request, Now], Reply]:
    """A list of numbers by offset and limit."""

    def server(request: Request, now: Now) -> Reply:
        params = dict(request.url.params)
        start = int(params["offset"])
        return json_answer(list(range(start, min(total, start + int(params["limit"])))))

    return server


def items(page: list[int]) -> list[int]:
    return page


NUMBERS = Call.get("/numbers", returns=list[int])


def test_items_come_page_by_page_in_order_and_no_page_before_it_is_needed() -> None:
    with World(listing(25)) as world:
        engine = engine_in(world)
        found = world.iterate(engine.paginate(by_offset(NUMBERS, items=items, limit=10)))
        pages = [len(world.requests)]
        assert [next(found) for _ in range(10)] == list(range(10))
        pages.append(len(world.requests))
        assert next(found) == 10
        pages.append(len(world.requests))
        assert list(found) == list(range(11, 25))
        pages.append(len(world.requests))
        assert pages == [0, 1, 2, 3]


def test_each_page_is_emitted_once_and_an_empty_one_is_not() -> None:
    runtime = new_runtime()
    engine = Engine(runtime, base_url=BASE, auth=None, policies=Policies())
    driven = Driven(engine.paginate(numbered(NUMBERS, items=items)))
    driven.expect(Send)
    driven.answer(Response(200, json=[1, 2]))
    assert list(driven.expect(Emit).items) == [1, 2]
    driven.answer()
    driven.expect(Send)
    driven.answer(Response(200, json=[]))
    assert driven.done
    assert driven.result is None


@pytest.mark.parametrize(
    ("link", "second"),
    [
        pytest.param("?page=2", f"{BASE}/numbers?page=2", id="a query"),
        pytest.param("more/2", f"{BASE}/more/2", id="relative"),
        pytest.param("/v2/numbers?page=2", f"{BASE}/numbers?page=2", id="an absolute path"),
        pytest.param(f"{BASE}/numbers?page=2", f"{BASE}/numbers?page=2", id="absolute"),
    ],
)
def test_a_link_is_read_as_seen_from_its_page(link: str, second: str) -> None:
    first = Answer(Response(200, headers={"Link": f'<{link}>; rel="next"'}, json=[1]))
    with World(Script(first, json_answer([2]))) as world:
        assert pages_of(world, engine_in(world).paginate(linked(NUMBERS, items=items))) == [1, 2]
        assert [each.url.text for each in world.requests] == [f"{BASE}/numbers", second]


@pytest.mark.parametrize("link", ["/v2/numbers", f"{BASE}/numbers", "numbers", ""])
def test_a_page_that_leads_back_to_itself_is_not_asked_for_again(link: str) -> None:
    page = Answer(Response(200, headers={"Link": f'<{link}>; rel="next"'}, json=[1]))
    with World(Script(page)) as world, pytest.raises(PagingLoop) as raised:
        pages_of(world, engine_in(world).paginate(linked(NUMBERS, items=items), "Numbers.list"))
    assert (raised.value.operation, raised.value.method, raised.value.url) == (
        "Numbers.list",
        "GET",
        f"{BASE}/numbers",
    )
    assert len(world.requests) == 1


def test_a_circle_of_pages_ends_when_it_closes() -> None:
    def circle(request: Request, now: Now) -> Reply:
        page = int(dict(request.url.params).get("page", "1"))
        return Answer(Response(200, headers={"Link": f'<?page={page % 3 + 1}>; rel="next"'}, json=[page]))

    with World(circle) as world:
        found = world.iterate(engine_in(world).paginate(linked(NUMBERS, items=items)))
        assert [next(found) for _ in range(4)] == [1, 2, 3, 1]
        with pytest.raises(PagingLoop):
            next(found)


def test_pages_that_differ_in_their_bodies_only_are_no_circle() -> None:
    def following(call: Call[list[int]], page: list[int], response: Response) -> Call[list[int]] | None:
        return Call.post("/query", json={"after": page[-1]}, returns=list[int]) if page[-1] < 3 else None

    first = Call.post("/query", json={"after": 0}, returns=list[int])
    with World(Script(json_answer([1]), json_answer([2]), json_answer([3]))) as world:
        engine = engine_in(world)
        assert pages_of(world, engine.paginate(paged(first, items=items, following=following))) == [1, 2, 3]


def test_a_next_page_elsewhere_gets_no_credential() -> None:
    first = Answer(Response(200, headers={"Link": '<https://evil.test/2>; rel="next"'}, json=[1]))
    call = Call.get("/numbers", headers={"Authorization": "Bearer own", "X-Trace": "1"}, returns=list[int])
    auth = ApiKey(headers={"X-Api-Key": "k"})
    with World(Script(first, json_answer([2]))) as world:
        engine = engine_in(world, auth=auth)
        assert pages_of(world, engine.paginate(linked(call, items=items))) == [1, 2]
        here, elsewhere = world.requests
    assert dict(here.headers.pairs()) == {"X-Api-Key": "k", "Authorization": "Bearer own", "X-Trace": "1"}
    assert dict(elsewhere.headers.pairs()) == {"X-Trace": "1"}


def test_a_page_that_fails_ends_the_list_with_its_facts() -> None:
    first = Answer(Response(200, headers={"Link": '<?page=2>; rel="next"'}, json=[1]))
    with World(Script(first, Answer(Response(404)))) as world:
        found = world.iterate(engine_in(world).paginate(linked(NUMBERS, items=items), "Numbers.list"))
        assert next(found) == 1
        with pytest.raises(NotFound) as raised:
            next(found)
    assert (raised.value.operation, raised.value.url) == ("Numbers.list", f"{BASE}/numbers?page=2")


def test_an_error_that_a_page_raises_says_which_page_it_was() -> None:
    def refuse(_page: object) -> list[object]:
        raise DecodeError(message="a page has no items")

    script = Script(Answer(Response(200, json={})))
    client = Client(script)
    found = paged(Call.get("/things", returns=object), items=refuse, following=lambda *_: None)
    engine = Engine(client.runtime, base_url="https://api.test/v2", auth=None, policies=Policies())
    with pytest.raises(DecodeError, match="a page has no items") as caught:
        list(client.iterate(engine.paginate(found, "Things.list")))
    error = caught.value
    assert (error.operation, error.method, error.url) == ("Things.list", "GET", "https://api.test/v2/things")
