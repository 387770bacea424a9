"""Lists of users, given out piece by piece in the three ways that services have.

Rules of this file: whichever way and whatever the size of a piece, a client that follows to the
end gets every user once. A size above the server's is cut to it, as most services do.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from offwire.json_value import Json
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.testing.fake_users import ROLES, SORTABLE, User, Users

DEFAULT_SIZE: Final = 20
"""How many users a piece has where the client does not say."""

Position = Callable[[User], tuple[Json, Json]]


class BadQuery(Exception):
    """A parameter that the server cannot take; the message names it."""


def listed(users: Users, url: Url, size_max: int) -> tuple[Response, tuple[int, ...]]:
    """The answer to a list request, and the ids that it holds.

    With `cursor`, or with `limit` alone, each piece holds the `next_cursor`; with `offset` it
    tells the `total`; otherwise it is a page by number, whose Link header names its neighbours.

    Raises:
        BadQuery: a parameter is not what it should be.
    """
    query = dict(url.params)
    active = {None: None, "true": True, "false": False}.get(query.get("active"), BadQuery)
    if active is BadQuery:
        raise BadQuery("active is true or false")
    role = query.get("role")
    if role is not None and role not in ROLES:
        raise BadQuery(f"role is one of {', '.join(ROLES)}")
    field = query.get("sort", "id")
    descending = field.startswith("-")
    field = field.removeprefix("-")
    if field not in SORTABLE:
        raise BadQuery(f"sort is one of {', '.join(SORTABLE)}, with - before it for the other direction")

    def position(user: User) -> tuple[Json, Json]:
        return (user[field], user["id"])

    having = users.having(None if active is None else active is True, role)
    found = sorted(having, key=position, reverse=descending)
    if "cursor" in query or ("limit" in query and "offset" not in query):
        return _after_cursor(found, query, size_max, position, descending=descending)
    if "offset" in query:
        return _from_offset(found, query, size_max)
    return _numbered(found, query, size_max, url)


def _numbered(
    found: list[User], query: dict[str, str], size_max: int, url: Url
) -> tuple[Response, tuple[int, ...]]:
    page = _number(query, "page", 1, at_least=1)
    size = min(_number(query, "per_page", DEFAULT_SIZE, at_least=1), size_max)
    last = max(1, -(-len(found) // size))
    neighbours = {"first": 1, "last": last}
    if page > 1:
        neighbours["prev"] = min(page - 1, last)
    if page < last:
        neighbours["next"] = page + 1
    links = ", ".join(
        f'<{url.with_query(urlencode({**query, "page": number})).text}>; rel="{rel}"'
        for rel, number in neighbours.items()
    )
    items = found[(page - 1) * size : page * size]
    document: dict[str, Json] = {"page": page, "per_page": size, "total": len(found)}
    return _piece(items, document, {"Link": links})


def _from_offset(found: list[User], query: dict[str, str], size_max: int) -> tuple[Response, tuple[int, ...]]:
    offset = _number(query, "offset", 0, at_least=0)
    limit = min(_number(query, "limit", DEFAULT_SIZE, at_least=1), size_max)
    document: dict[str, Json] = {"offset": offset, "limit": limit, "total": len(found)}
    return _piece(found[offset : offset + limit], document, {})


def _after_cursor(
    found: list[User], query: dict[str, str], size_max: int, position: Position, *, descending: bool
) -> tuple[Response, tuple[int, ...]]:
    limit = min(_number(query, "limit", DEFAULT_SIZE, at_least=1), size_max)
    cursor = query.get("cursor", "")
    if cursor:
        last = _read_cursor(cursor)
        try:
            # By where the last one was, so that users who come or go in between shift nothing.
            found = [
                user for user in found if position(user) != last and (position(user) > last) is not descending
            ]
        except TypeError:
            raise BadQuery("cursor belongs to a list that is sorted in another way") from None
    items = found[:limit]
    following = _cursor(position(items[-1])) if len(found) > limit else None
    return _piece(items, {"next_cursor": following}, {})


def _piece(
    items: list[User], document: dict[str, Json], headers: dict[str, str]
) -> tuple[Response, tuple[int, ...]]:
    ids = tuple(number for user in items if isinstance(number := user["id"], int))
    return Response(200, json={"items": list(items), **document}, headers=headers), ids


def _number(query: dict[str, str], name: str, default: int, *, at_least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) < at_least:
        raise BadQuery(f"{name} is a whole number from {at_least} on")
    return int(text)


def _cursor(position: tuple[Json, Json]) -> str:
    return urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[Json, Json]:
    try:
        value, number = json.loads(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (ValueError, TypeError):
        raise BadQuery("cursor is not one that this server has given out") from None
    return (value, number)
