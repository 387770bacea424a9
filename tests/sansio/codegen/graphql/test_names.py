"""Names: acronyms, keywords and collisions, by tables and by properties."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.codegen.graphql.names import (
    IN_CALLS,
    IN_GROUPS,
    IN_RECORDS,
    attribute,
    class_name,
    constant_case,
    distinct,
    pascal_case,
    singular,
    snake_case,
    unused,
    words,
)

NAMES = st.from_regex(r"[_A-Za-z][_0-9A-Za-z]{0,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fightIDs", "fight_ids"),
        ("NPCs", "npcs"),
        ("enemyNPCs", "enemy_npcs"),
        ("useAbilityIDs", "use_ability_ids"),
        ("classID", "class_id"),
        ("naDisplayName", "na_display_name"),
        ("encounterID", "encounter_id"),
        ("HTTPServer", "http_server"),
        ("gameIDList", "game_id_list"),
        ("item_set", "item_set"),
        ("has_more_pages", "has_more_pages"),
        ("Level0", "level0"),
        ("maxX", "max_x"),
        ("ABCsome", "ab_csome"),
        ("X2Y", "x2_y"),
        ("_id", "id"),
        ("__typename", "typename"),
        ("_", "value"),
    ],
)
def test_words_are_taken_apart_as_people_read_them(name: str, expected: str) -> None:
    assert snake_case(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("class", "class_"),
        ("from", "from_"),
        ("None", "none"),
        ("list", "list_"),
        ("id", "id"),
        ("_2nd", "_2_nd"),
    ],
)
def test_what_python_needs_gets_an_underscore(name: str, expected: str) -> None:
    assert attribute(name) == expected


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("field", IN_RECORDS, "field_"),
        ("self", IN_CALLS, "self_"),
        ("pages", IN_GROUPS, "pages_"),
        ("pages", IN_RECORDS, "pages"),
    ],
)
def test_what_the_code_refers_to_is_taken_where_it_does(
    name: str, taken: frozenset[str], expected: str
) -> None:
    assert attribute(name, taken) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ability_page", "AbilityPage"),
        ("getNPCs", "GetNPCs"),
        ("Call", "Call_"),
        ("None", "None_"),
        ("warning", "Warning_"),
        ("_2nd", "_2Nd"),
        ("_", "Value"),
    ],
)
def test_names_of_classes(name: str, expected: str) -> None:
    assert class_name(name) == expected


def test_names_of_constants() -> None:
    assert constant_case("DamageDone") == "DAMAGE_DONE"


@given(NAMES)
def test_a_name_in_pythons_form_stays(name: str) -> None:
    assert snake_case(snake_case(name)) == snake_case(name)


@given(NAMES)
def test_names_can_be_used(name: str) -> None:
    for each in (attribute(name), attribute(name, IN_RECORDS), class_name(name)):
        assert each.isidentifier()
        assert not keyword.iskeyword(each)


@given(NAMES)
def test_no_letter_or_digit_is_lost(name: str) -> None:
    assert "".join(words(name)) == name.replace("_", "")


@given(st.lists(NAMES, unique=True))
def test_names_stay_apart_whatever_their_order(names: list[str]) -> None:
    made = distinct(names, attribute)
    assert list(made) == names
    assert len(set(made.values())) == len(names)


def test_who_is_in_pythons_form_keeps_the_name() -> None:
    expected = {"lastMessage": "last_message_2", "last_message": "last_message"}
    assert distinct(["lastMessage", "last_message"], attribute) == expected


def test_an_unused_name_is_numbered() -> None:
    assert unused("class_", set()) == "class_"
    assert unused("class_", {"class_", "class_2"}) == "class_3"
    assert unused("Zone", {"Zone"}, "") == "Zone2"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("abilities", "ability"),
        ("fights", "fight"),
        ("boxes", "box"),
        ("classes", "class"),
        ("phases", "phase"),
        ("status", "status"),
        ("class", "class"),
        ("data", "data"),
    ],
)
def test_what_one_of_them_is_called(name: str, expected: str) -> None:
    assert singular(name) == expected


def test_pascal_case_keeps_acronyms() -> None:
    assert pascal_case("userIDs") == "UserIDs"
