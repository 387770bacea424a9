"""Pages of GraphQL operations: every item once, to the end and no further."""

from __future__ import annotations

import json

import pytest
from attrs import frozen

from offwire import Api, Call, Group, M, Pages, Request, Response, pages
from offwire.formats.graphql import Document
from offwire.operations.graphql_paging import by_page_number, by_relay_cursor, nodes, with_variable
from offwire.testing import Answer, Client, Script, json_answer
from offwire.time import Now

NUMBERED = Document("query Many($page: Int, $limit: Int) { many(page: $page, limit: $limit) { data } }")
CONNECTED = Document("query Many($after: String) { many(after: $after) { nodes } }")


@frozen
class Page:
    data: list[int]
    current_page: int
    has_more_pages: bool
    total: int = -1


@frozen
class Connection:
    nodes: list[int]
    more: bool
    end: str | None = None


@frozen
class Leaf:
    node: int | None


class Many(Group[M]):
    @pages
    def numbered(self) -> Pages[int]:
        return by_page_number(
            NUMBERED.call({"limit": 2}, returns=Page, at="many", nullable=True),
            items=lambda page: page.data,
            number=lambda page: page.current_page,
            has_more=lambda page: page.has_more_pages,
        )

    @pages
    def connected(self) -> Pages[int]:
        return by_relay_cursor(
            CONNECTED.call(returns=Connection, at="many", nullable=True),
            items=lambda page: page.nodes,
            cursor=lambda page: page.end,
            has_more=lambda page: page.more,
        )


class Service(Api[M]):
    base_url = "https://many.test"
    many: Many[M]


def sent(request: Request) -> dict[str, object]:
    assert request.body is not None
    variables: dict[str, object] = json.loads(request.body.content).get("variables", {})
    return variables


def test_numbers_go_on_as_long_as_there_is_more() -> None:
    def server(request: Request, _now: Now) -> Answer:
        page = sent(request).get("page") or 1
        assert isinstance(page, int)
        found = {"data": [page] * 2, "current_page": page, "has_more_pages": page < 3, "total": -1}
        return Answer(Response(200, json={"data": {"many": found}}))

    client = Client(server)
    assert list(Service(client).many.numbered()) == [1, 1, 2, 2, 3, 3]
    assert [sent(each) for each in client.requests] == [
        {"limit": 2},
        {"limit": 2, "page": 2},
        {"limit": 2, "page": 3},
    ]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param({"nodes": [3], "more": False, "end": "c"}, [1, 2, 3], id="no more"),
        pytest.param({"nodes": [3], "more": True, "end": None}, [1, 2, 3], id="no cursor"),
        pytest.param({"nodes": [3], "more": True, "end": ""}, [1, 2, 3], id="an empty cursor"),
        pytest.param(None, [1, 2], id="null"),
    ],
)
def test_cursors_are_followed_to_the_end(last: dict[str, object] | None, expected: list[int]) -> None:
    first = json_answer({"data": {"many": {"nodes": [1, 2], "more": True, "end": "b"}}})
    client = Client(Script(first, json_answer({"data": {"many": last}})))
    assert list(Service(client).many.connected()) == expected
    assert sent(client.requests[1]) == {"after": "b"}


def test_nodes_are_what_edges_lead_to() -> None:
    assert nodes([Leaf(1), None, Leaf(None), Leaf(2)]) == [1, 2]
    assert nodes(None) == []


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(Call.get("/many", returns=object), id="no body"),
        pytest.param(Call.post("/many", json=[1], returns=object), id="a list"),
        pytest.param(Call.post("/many", json={"a": 1}, returns=object), id="no query"),
    ],
)
def test_only_documents_have_variables(call: Call[object]) -> None:
    with pytest.raises(TypeError, match="variables"):
        with_variable(call, "page", 2)
