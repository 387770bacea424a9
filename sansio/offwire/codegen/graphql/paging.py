"""The ways in which GraphQL servers give out long lists, found by their shape.

| way | what a page has to select | the field's argument |
|---|---|---|
| Laravel's paginator | `data`, `current_page`, `has_more_pages` | `page` |
| Relay's connections | `edges { node }` or `nodes`, `pageInfo { hasNextPage endCursor }` | `after` |

Rules of this file: a way of paging is taken for one only where all of it is there. What a page tells
of totals is not asked: servers say -1 where they do not know.

The specification of connections is at https://relay.dev/graphql/connections.htm.
"""

from __future__ import annotations

from collections.abc import Mapping

from offwire.codegen.graphql.selecting import Selected, Selections
from offwire.codegen.graphql.shapes import Expression, Member, Paging, Record


def paging_of(
    leaf: Selected, selections: Selections, returns: Expression, variables: Mapping[str, str]
) -> Paging | None:
    """How the pages of a field follow each other, if it is known; `returns` is the class of a page."""
    page = selections.models.get(returns.text)
    if not isinstance(page, Record):
        return None
    members = _members(page, selections)
    if "page" in variables:
        return _numbered(members, variables["page"])
    if "after" in variables:
        return _connected(members, selections, variables["after"])
    return None


def _numbered(members: Mapping[str, Member], variable: str) -> Paging | None:
    data, current, more = (members.get(each) for each in ("data", "current_page", "has_more_pages"))
    if data is None or current is None or more is None:
        return None
    item = _item(data.type)
    if item is None or (current.type.text, more.type.text) != ("int", "bool"):
        return None
    return Paging(
        item=item,
        items=_or_empty(f"page.{data.name}", data.type),
        facts=(f"number=lambda page: page.{current.name}", f"has_more=lambda page: page.{more.name}"),
        function="by_page_number",
        variable=variable,
    )


def _connected(members: Mapping[str, Member], selections: Selections, variable: str) -> Paging | None:
    info = members.get("pageInfo")
    told = _members_of(info.type, selections) if info is not None else {}
    more, cursor = told.get("hasNextPage"), told.get("endCursor")
    if info is None or more is None or cursor is None or info.type.has_null:
        return None
    facts = (
        f"cursor=lambda page: page.{info.name}.{cursor.name}",
        f"has_more=lambda page: page.{info.name}.{more.name}",
    )
    found = _nodes(members, selections)
    if found is None:
        return None
    item, items = found
    return Paging(item=item, items=items, facts=facts, function="by_relay_cursor", variable=variable)


def _nodes(members: Mapping[str, Member], selections: Selections) -> tuple[Expression, str] | None:
    """The type of a connection's nodes, and how to get at them, of `page`."""
    nodes, edges = members.get("nodes"), members.get("edges")
    if nodes is not None:
        item = _item(nodes.type)
        return None if item is None else (item, _or_empty(f"page.{nodes.name}", nodes.type))
    edge = _item(edges.type) if edges is not None else None
    if edges is None or edge is None:
        return None
    node = _members_of(edge, selections).get("node")
    if node is None:
        return None
    return _bare(node.type), f"nodes(page.{edges.name})"


def _item(kind: Expression) -> Expression | None:
    """What a list holds."""
    text = _bare(kind).text
    for form in ("list[", "Compact["):
        if text.startswith(form):
            inner = text.removeprefix(form).removesuffix("]")
            return Expression(inner, kind.classes, frozenset(), inner.endswith(" | None"))
    return None


def _bare(kind: Expression) -> Expression:
    if not kind.has_null:
        return kind
    return Expression(kind.text.removesuffix(" | None"), kind.classes, kind.imports)


def _or_empty(value: str, kind: Expression) -> str:
    return f"{value} or ()" if kind.has_null else value


def _members_of(kind: Expression, selections: Selections) -> Mapping[str, Member]:
    model = selections.models.get(_bare(kind).text)
    return _members(model, selections) if isinstance(model, Record) else {}


def _members(page: Record, selections: Selections) -> dict[str, Member]:
    """The fields of a class and of the one that it extends, by their keys in the answer."""
    base = selections.models.get(page.base)
    above = _members(base, selections) if isinstance(base, Record) else {}
    return above | {each.wire: each for each in page.members}
