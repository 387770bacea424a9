"""How names become names on the wire."""

from __future__ import annotations

import dataclasses
import keyword

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.naming import Naming, camel_case, kebab_case, pascal_case, wire, wire_fields, wire_names


@pytest.mark.parametrize(
    ("name", "camel", "pascal", "kebab"),
    [
        pytest.param("id", "id", "Id", "id", id="one word"),
        pytest.param("fight_ids", "fightIds", "FightIds", "fight-ids", id="two words"),
        pytest.param("a_b_c", "aBC", "ABC", "a-b-c", id="letters"),
        pytest.param("line_2", "line2", "Line2", "line-2", id="a digit"),
        pytest.param("fightIds", "fightIds", "FightIds", "fightIds", id="capitals stay"),
        pytest.param("_my_id", "_myId", "_MyId", "_my-id", id="a leading underscore"),
        pytest.param("", "", "", "", id="nothing"),
        pytest.param("_", "_", "_", "_", id="only an underscore"),
    ],
)
def test_words_are_joined(name: str, camel: str, pascal: str, kebab: str) -> None:
    assert (camel_case(name), pascal_case(name), kebab_case(name)) == (camel, pascal, kebab)


@given(st.lists(st.text("abc", min_size=1), min_size=1).map("_".join))
def test_no_letter_is_lost(name: str) -> None:
    for naming in (camel_case, pascal_case, kebab_case):
        assert naming(name).lower().replace("-", "") == name.replace("_", "")


@wire_names(camel_case)
@attrs.frozen
class Fight:
    start_time: int
    name: str = attrs.field(default="", metadata=wire("fightName"))
    class_: str = ""
    is_in_: bool = False
    computed_later: int = attrs.field(init=False, default=0)


FIGHT = {"start_time": "startTime", "name": "fightName", "class_": "class", "is_in_": "isIn"}


def test_a_class_names_its_fields_and_a_field_itself() -> None:
    assert wire_fields(Fight) == FIGHT


def test_the_class_stays_what_it_was() -> None:
    fight = Fight(3, "x")
    assert fight == Fight(start_time=3, name="x")
    assert repr(fight).startswith("Fight(start_time=3")


def test_the_decorator_may_stand_below() -> None:
    @attrs.frozen
    @wire_names(camel_case)
    class Below:
        start_time: int

    assert wire_fields(Below) == {"start_time": "startTime"}


def test_a_subclass_names_its_fields_as_its_base_does_unless_it_says_otherwise() -> None:
    @attrs.frozen
    class Raid(Fight):
        end_time: int = 0

    @wire_names(kebab_case)
    @attrs.frozen
    class Wipe(Raid):
        raid_boss: str = ""

    assert wire_fields(Raid) == FIGHT | {"end_time": "endTime"}
    assert wire_fields(Wipe)["raid_boss"] == "raid-boss"
    assert wire_fields(Wipe)["end_time"] == "end-time"
    assert wire_fields(Fight) == FIGHT


def test_dataclasses_are_named_as_well() -> None:
    @wire_names(pascal_case)
    @dataclasses.dataclass(frozen=True)
    class Data:
        from_: int
        user_id: int = dataclasses.field(default=0, metadata=wire("uid"))
        cache: int = dataclasses.field(init=False, default=0)

    assert wire_fields(Data) == {"from_": "From", "user_id": "uid"}


def test_without_a_naming_only_the_trailing_underscore_goes() -> None:
    names = [f"{each}_" for each in keyword.kwlist if each.islower()]
    kind = attrs.make_class("Keywords", [*names, "user_id", "_private"])
    assert wire_fields(kind) == {each: each[:-1] for each in names} | {
        "user_id": "user_id",
        "_private": "_private",
    }


def test_what_a_field_itself_says_is_left_alone() -> None:
    @attrs.frozen
    class Odd:
        a: int = attrs.field(metadata=wire("a_"))

    assert wire_fields(Odd) == {"a": "a_"}


def test_a_name_that_is_only_an_underscore_stays() -> None:
    assert wire_fields(attrs.make_class("Underscore", {"_": attrs.field(alias="x")})) == {"_": "_"}


@pytest.mark.parametrize("naming", [camel_case, str.lower])
def test_two_fields_of_one_name_are_refused(naming: Naming) -> None:
    kind = wire_names(naming)(attrs.make_class("Twice", ["fight_id", "Fight_Id", "fightId", "fight_Id"]))
    with pytest.raises(TypeError, match=r"two fields of Twice are both '\w+' on the wire"):
        wire_fields(kind)
