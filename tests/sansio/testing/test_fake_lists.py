"""Whoever follows a list to its end gets every user once, in each of the three ways."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.url import Url
from offwire.testing.fake_lists import BadQuery, listed
from offwire.testing.fake_users import ROLES, SORTABLE, Users

BASE = "https://shop.test/users"
DIRECTORY = Users(37, Random(1))


def asked(users: Users, size_max: int = 100, /, **query: object) -> tuple[dict[str, Any], tuple[int, ...]]:
    response, ids = listed(users, Url(f"{BASE}?{urlencode(query)}"), size_max)
    document: dict[str, Any] = json.loads(response.content)
    assert [user["id"] for user in document["items"]] == list(ids)
    return document, ids


def by_link(users: Users, size_max: int, size: int, **query: object) -> list[int]:
    url, found = Url(f"{BASE}?{urlencode({'per_page': size, **query})}"), list[int]()
    while True:
        response, ids = listed(users, url, size_max)
        found += ids
        following = re.search(r'<([^>]*)>; rel="next"', response.headers["link"])
        if following is None:
            return found
        url = Url(following[1])


def by_number(users: Users, size_max: int, size: int, **query: object) -> list[int]:
    found, page = list[int](), 1
    while True:
        document, ids = asked(users, size_max, page=page, per_page=size, **query)
        found += ids
        if len(found) >= document["total"]:
            return found
        page += 1


def by_offset(users: Users, size_max: int, size: int, **query: object) -> list[int]:
    found = list[int]()
    while True:
        document, ids = asked(users, size_max, offset=len(found), limit=size, **query)
        found += ids
        if len(found) >= document["total"]:
            return found


def by_cursor(users: Users, size_max: int, size: int, **query: object) -> list[int]:
    document, ids = asked(users, size_max, limit=size, **query)
    found = list(ids)
    while document["next_cursor"] is not None:
        document, ids = asked(users, size_max, limit=size, cursor=document["next_cursor"], **query)
        found += ids
    return found


WAYS = [by_link, by_number, by_offset, by_cursor]
SORTS = [f"{sign}{field}" for field in SORTABLE for sign in ("", "-")]


@given(
    way=st.sampled_from(WAYS),
    count=st.integers(0, 25),
    size=st.integers(1, 30),
    size_max=st.integers(1, 30),
    sort=st.sampled_from(SORTS),
)
def test_following_a_list_gives_every_user_once_in_order(
    way: Callable[..., list[int]], count: int, size: int, size_max: int, sort: str
) -> None:
    users = Users(count, Random(count))
    found = way(users, size_max, size, sort=sort)
    everyone: list[dict[str, Any]] = [dict(user) for user in users.having(None, None)]
    field = sort.removeprefix("-")
    everyone.sort(key=lambda user: (user[field], user["id"]), reverse=sort.startswith("-"))
    assert found == [user["id"] for user in everyone]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", ROLES)
def test_filters_hold_on_every_piece(way: Callable[..., list[int]], role: str) -> None:
    found = way(DIRECTORY, 100, 4, role=role, active="true")
    assert found == [user["id"] for user in DIRECTORY.having(True, role)]


def test_users_who_are_not_active_can_be_listed() -> None:
    assert asked(DIRECTORY, active="false")[1] == tuple(u["id"] for u in DIRECTORY.having(False, None))


def test_a_list_without_parameters_is_the_first_page_of_20() -> None:
    document, ids = asked(DIRECTORY)
    assert ids == tuple(range(1, 21))
    assert (document["page"], document["per_page"], document["total"]) == (1, 20, 37)


def test_a_size_above_the_servers_is_cut_to_it() -> None:
    assert len(asked(DIRECTORY, 5, per_page=50)[1]) == 5
    assert len(asked(DIRECTORY, 5, offset=0, limit=50)[1]) == 5
    assert len(asked(DIRECTORY, 5, cursor="", limit=50)[1]) == 5


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (1, {"first": 1, "last": 4, "next": 2}),
        (2, {"first": 1, "last": 4, "prev": 1, "next": 3}),
        (4, {"first": 1, "last": 4, "prev": 3}),
        (9, {"first": 1, "last": 4, "prev": 4}),
    ],
)
def test_the_link_header_names_the_neighbours(page: int, links: dict[str, int]) -> None:
    response, _ = listed(DIRECTORY, Url(f"{BASE}?per_page=10&page={page}&sort=-name"), 100)
    found = re.findall(r'<https://shop\.test/users\?([^>]*)>; rel="(\w+)"', response.headers["link"])
    assert {rel: query for query, rel in found} == {
        rel: f"per_page=10&page={number}&sort=-name" for rel, number in links.items()
    }


def test_a_page_behind_the_last_is_empty() -> None:
    assert asked(DIRECTORY, page=9)[1] == ()
    assert asked(DIRECTORY, offset=99)[1] == ()


@pytest.mark.parametrize("sort", ["id", "-id"])
def test_a_cursor_is_not_shifted_by_users_who_come_and_go(sort: str) -> None:
    users = Users(10, Random(1))
    document, first = asked(users, limit=4, sort=sort)
    users.delete(first[0])
    users.delete(first[-1])
    _, second = asked(users, limit=4, sort=sort, cursor=document["next_cursor"])
    assert second == ((5, 6, 7, 8) if sort == "id" else (6, 5, 4, 3))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("active=yes", "active"),
        ("role=king", "role"),
        ("sort=hat", "sort"),
        ("sort=--id", "sort"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=", "page"),
        ("page=%C2%B2", "page"),
        ("per_page=9999999999", "per_page"),
        ("offset=-1", "offset"),
        ("offset=0&limit=0", "limit"),
        ("limit=0", "limit"),
        ("cursor=!!", "cursor"),
        ("cursor=abcde", "cursor"),
        ("cursor=MQ", "cursor"),
        ("cursor=WzFd", "cursor"),
        ("cursor=WyJhIiwgMV0", "cursor"),
    ],
)
def test_a_parameter_that_cannot_be_taken_is_named(query: str, name: str) -> None:
    with pytest.raises(BadQuery, match=f"^{name} "):
        listed(DIRECTORY, Url(f"{BASE}?{query}"), 100)
