"""Invented users: repeatable, complete, and changed only by the rules."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.json_value import Json
from offwire.testing.fake_users import ROLES, Users, complaints

GOOD: dict[str, Json] = {
    "name": "Ada",
    "email": "ada@example.com",
    "active": False,
    "role": "admin",
    "score": 1,
    "tags": ["beta"],
    "address": {"street": "1 Ring Road", "city": "London", "postalCode": "12345", "country": "GB"},
}


def dumped(users: Users) -> list[Json]:
    return [users.get(number) for number in users.ids]


@given(st.integers(0, 60), st.integers(0, 60), st.integers())
def test_a_smaller_directory_is_the_beginning_of_a_larger_one(small: int, large: int, seed: int) -> None:
    small, large = sorted((small, large))
    first, second = Users(small, Random(seed)), Users(large, Random(seed))
    assert first.ids == tuple(range(1, small + 1))
    assert dumped(first) == dumped(second)[:small]


def test_another_seed_invents_other_people() -> None:
    assert dumped(Users(5, Random(1))) != dumped(Users(5, Random(2)))


def test_invented_users_keep_to_the_rules_and_are_json() -> None:
    users = Users(200, Random(1))
    for number in users.ids:
        user = users.get(number)
        assert user is not None
        assert json.loads(json.dumps(user)) == user
        assert complaints(user, partial=False) == []
        assert user["id"] == number
        created = datetime.fromisoformat(str(user["createdAt"]))
        assert 2020 <= created.year <= 2024
    assert {str(user["role"]) for user in users.having(None, None)} == set(ROLES)
    assert len({str(user["email"]) for user in users.having(None, None)}) == 200


@pytest.mark.parametrize("active", [None, True, False])
@pytest.mark.parametrize("role", [None, *ROLES])
def test_having_finds_those_with_the_properties(active: bool | None, role: str | None) -> None:
    users = Users(100, Random(1))
    found = [user["id"] for user in users.having(active, role)]
    expected = [
        user["id"]
        for user in users.having(None, None)
        if active in (None, user["active"]) and role in (None, user["role"])
    ]
    assert found == expected
    assert found


def test_a_created_user_has_the_next_id_the_time_and_defaults() -> None:
    users = Users(3, Random(1))
    user = users.create({"name": "Ada", "email": "ada@example.com", "id": 99}, 1_767_225_600.9)
    assert user == {
        "id": 4,
        "name": "Ada",
        "email": "ada@example.com",
        "active": True,
        "role": "viewer",
        "createdAt": "2026-01-01T00:00:00Z",
        "score": 0.0,
        "tags": [],
        "address": {"street": "", "city": "", "postalCode": "", "country": ""},
    }
    assert users.get(4) == user


def test_an_id_is_never_used_again() -> None:
    users = Users(3, Random(1))
    assert users.delete(3)
    assert not users.delete(3)
    assert users.get(3) is None
    assert users.create(dict(GOOD), 0.0)["id"] == 4


def test_replacing_sets_everything_but_id_and_time_of_creation() -> None:
    users = Users(1, Random(1))
    before = users.get(1)
    assert before is not None
    after = users.replace(1, {"name": "Ada", "email": "a@b", "createdAt": "never"})
    assert (after["id"], after["createdAt"], after["role"]) == (1, before["createdAt"], "viewer")


def test_changing_keeps_what_is_not_named() -> None:
    users = Users(1, Random(1))
    before = users.get(1)
    assert before is not None
    assert users.change(1, {"name": "Ada"}) == {**before, "name": "Ada"}
    assert users.get(1) == {**before, "name": "Ada"}


def test_a_good_document_has_no_complaints() -> None:
    assert complaints(GOOD, partial=False) == []
    assert complaints({}, partial=True) == []
    assert complaints({"id": "x", "createdAt": 3, **GOOD}, partial=False) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert complaints({"role": "king", "hat": 1}, partial=False) == [
        {"field": "name", "message": "is missing"},
        {"field": "email", "message": "is missing"},
        {"field": "role", "message": "is one of admin, editor, viewer"},
        {"field": "hat", "message": "is not known"},
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", None),
        ("email", "ada"),
        ("email", "a@b@c"),
        ("email", "a @b"),
        ("email", 7),
        ("active", 1),
        ("role", []),
        ("score", "1"),
        ("score", True),
        ("tags", "beta"),
        ("tags", [1]),
        ("address", {}),
        ("address", "London"),
        ("address", {"street": 1, "city": "", "postalCode": "", "country": ""}),
    ],
)
def test_a_wrong_value_is_told_with_its_field(field: str, value: Any) -> None:
    found = complaints({**GOOD, field: value}, partial=True)
    assert [each["field"] for each in found] == [field]
