"""Pages of GraphQL operations: the next page is the same document with one other variable.

Rules of this file: what a page says of itself is believed where servers know it, which is whether
there is more; totals are not asked. A page that is null ends the list, as an empty answer does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar, cast

from attrs import evolve

from offwire.json_value import Json
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.paging import Pages, paged

P = TypeVar("P")
"""What one page's answer parses to."""
T = TypeVar("T")
"""What the pages hold."""


N_co = TypeVar("N_co", covariant=True)


class Edge(Protocol[N_co]):
    """What a Relay connection has for each of its nodes."""

    @property
    def node(self) -> N_co | None:
        """What the edge leads to."""
        ...


def nodes(edges: Iterable[Edge[T] | None] | None) -> list[T]:
    """What the edges of a Relay connection lead to, less the edges and nodes that are null."""
    return [node for edge in edges or () if edge is not None and (node := edge.node) is not None]


def by_page_number(
    first: Call[P | None],
    *,
    items: Callable[[P], Sequence[T]],
    number: Callable[[P], int],
    has_more: Callable[[P], bool],
    variable: str = "page",
) -> Pages[T]:
    """Pages by number, as Laravel's paginators have them: `variable` is the one behind `number(page)`.

    They end where `has_more(page)` says so. What such a paginator says of totals may be -1, where
    the server has not counted.
    """
    return _paged(first, items, lambda page: number(page) + 1 if has_more(page) else None, variable)


def by_relay_cursor(
    first: Call[P | None],
    *,
    items: Callable[[P], Sequence[T]],
    cursor: Callable[[P], str | None],
    has_more: Callable[[P], bool],
    variable: str = "after",
) -> Pages[T]:
    """Pages by cursor, as Relay's connections have them: `variable` is `cursor(page)`.

    They end where `has_more(page)` says so, or where there is no cursor to go on from. The
    specification is at https://relay.dev/graphql/connections.htm.
    """
    return _paged(first, items, lambda page: (cursor(page) or None) if has_more(page) else None, variable)


def with_variable(call: Call[P], name: str, value: Json) -> Call[P]:
    """The call of a GraphQL document with another value for one variable.

    Raises:
        TypeError: the call has no body that holds variables.
    """
    from offwire.formats.json import json_body, loads  # noqa: PLC0415 - only paging pays

    body = call.request.body
    data = loads(body.content) if body is not None else None
    if not isinstance(data, dict) or "query" not in data:
        raise TypeError("the call is none of a GraphQL document, so it has no variables")
    variables = cast("dict[str, Json]", data.get("variables") or {})
    changed = json_body({**data, "variables": {**variables, name: value}})
    return evolve(call, request=evolve(call.request, body=changed))


def _paged(
    first: Call[P | None],
    items: Callable[[P], Sequence[T]],
    following: Callable[[P], int | str | None],
    variable: str,
) -> Pages[T]:
    def next_call(call: Call[P | None], page: P | None, _response: Response) -> Call[P | None] | None:
        value = None if page is None else following(page)
        return None if value is None else with_variable(call, variable, value)

    return paged(first, items=lambda page: () if page is None else items(page), following=next_call)
