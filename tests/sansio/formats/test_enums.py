"""How unknown members behave."""

from __future__ import annotations

import copy
import enum
import pickle
from enum import Enum, IntEnum, StrEnum

import pytest

from offwire.formats.enums import (
    KEPT_UNKNOWN,
    OpenEnum,
    is_known,
    is_open,
    known_member,
    plain_types,
    unknown_member,
)


class Plain(Enum):
    RED = "red"


class Mixed(str, Enum):  # noqa: UP042 - the old form is what is tested
    RED = "red"


class Text(StrEnum):
    RED = "red"
    ALSO_RED = "red"


class Level(IntEnum):
    LOW = 1


class Open(OpenEnum):
    RED = "red"


class OpenText(str, OpenEnum):  # noqa: SLOT000 - an enum has no slots
    RED = "red"


class OpenLevel(int, OpenEnum):
    LOW = 1


class Folding(Enum):
    RED = "red"

    @classmethod
    def _missing_(cls, value: object) -> Folding | None:
        return cls.RED if str(value).lower() == "red" else None


class Bits(enum.Flag):
    A = 1
    B = 2


class Various(Enum):
    ONE = 1
    TEXT = "one"
    HALF = 0.5
    PAIR = (1, 2)
    NOTHING = None
    YES = True


class Empty(Enum):
    pass


KINDS = [
    pytest.param(Plain, "teal", id="Enum"),
    pytest.param(Mixed, "teal", id="str and Enum"),
    pytest.param(Text, "teal", id="StrEnum"),
    pytest.param(Level, 7, id="IntEnum"),
    pytest.param(Open, "teal", id="OpenEnum"),
    pytest.param(OpenText, "teal", id="str and OpenEnum"),
    pytest.param(OpenLevel, 7, id="int and OpenEnum"),
]


@pytest.mark.parametrize(("kind", "value"), KINDS)
def test_an_unknown_member_keeps_its_value_and_says_that_it_is_unknown(
    kind: type[Enum], value: object
) -> None:
    member = unknown_member(kind, value)
    assert isinstance(member, kind)
    assert member.value == value
    assert member.name == "UNKNOWN"
    assert repr(member) == f"<{kind.__name__}.UNKNOWN: {value!r}>"
    assert not is_known(member)


@pytest.mark.parametrize(("kind", "value"), KINDS)
def test_unknown_members_of_one_value_are_one(kind: type[Enum], value: object) -> None:
    member = unknown_member(kind, value)
    assert unknown_member(kind, value) is member
    assert {member: 1}[unknown_member(kind, value)] == 1
    assert member not in set(kind)
    assert member != unknown_member(kind, "9" if isinstance(value, str) else 9)
    assert copy.copy(member) is member
    assert copy.deepcopy(member) == member


@pytest.mark.parametrize(("kind", "value"), KINDS)
def test_unknown_members_are_not_listed(kind: type[Enum], value: object) -> None:
    unknown_member(kind, value)
    assert all(is_known(each) for each in kind)
    assert "UNKNOWN" not in kind.__members__


@pytest.mark.parametrize(("kind", "value"), KINDS[1:4] + KINDS[5:])
def test_a_mixed_in_type_equals_its_value(kind: type[Enum], value: object) -> None:
    assert unknown_member(kind, value) == value
    assert hash(unknown_member(kind, value)) == hash(value)


def test_a_class_of_its_own_keeps_unknown_members_of_its_own() -> None:
    members: set[Enum] = {unknown_member(Plain, "teal"), unknown_member(Open, "teal")}
    assert len(members) == 2


def test_a_listed_member_named_unknown_is_known() -> None:
    class Named(Enum):
        UNKNOWN = "unknown"

    assert is_known(Named.UNKNOWN)
    assert unknown_member(Named, "x") is not Named.UNKNOWN


def test_only_so_many_unknown_members_are_kept() -> None:
    class Many(Enum):
        ONE = 1

    first, second = unknown_member(Many, -1), unknown_member(Many, -2)
    for value in range(2, KEPT_UNKNOWN + 1):
        unknown_member(Many, value)
    assert unknown_member(Many, -2) is second
    assert id(unknown_member(Many, -1)) != id(first)
    assert unknown_member(Many, KEPT_UNKNOWN) is unknown_member(Many, KEPT_UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param(Plain, "red", Plain.RED, id="listed"),
        pytest.param(Plain, "teal", None, id="not listed"),
        pytest.param(Plain, 1, None, id="another type"),
        pytest.param(Plain, {"red": 1}, None, id="a dict"),
        pytest.param(Level, 1, Level.LOW, id="a number"),
        pytest.param(Level, True, None, id="true is not 1"),
        pytest.param(Level, 1.0, None, id="1.0 is not 1"),
        pytest.param(Open, "red", Open.RED, id="listed, open"),
        pytest.param(Open, "teal", None, id="not listed, open"),
        pytest.param(Folding, "RED", Folding.RED, id="by the class's own rule"),
        pytest.param(Folding, "teal", None, id="not by the class's own rule"),
        pytest.param(Bits, 3, Bits.A | Bits.B, id="flags together"),
        pytest.param(Bits, 8, None, id="no such flag"),
        pytest.param(Empty, "red", None, id="no members"),
    ],
)
def test_what_a_value_stands_for(kind: type[Enum], value: object, expected: Enum | None) -> None:
    assert known_member(kind, value) is expected


@pytest.mark.parametrize("kind", [Open, OpenText])
def test_an_open_enum_gives_unknown_members_by_call_and_keeps_them_in_a_pickle(kind: type[OpenEnum]) -> None:
    member = kind("lilac")
    assert member.value == "lilac"
    assert not is_known(member)
    assert kind("lilac") is member
    assert pickle.loads(pickle.dumps(member)) is member
    assert kind("red") is kind["RED"]
    assert pickle.loads(pickle.dumps(kind["RED"])) is kind["RED"]


@pytest.mark.parametrize("value", [3, None, True, 1.5, ("a",), ["a"]])
def test_an_open_enum_refuses_values_of_other_types(value: object) -> None:
    with pytest.raises(ValueError, match="not a valid Open"):
        Open(value)


def test_the_types_of_an_enum_are_those_that_json_has_of_its_values() -> None:
    assert plain_types(Various) == {int, str, float}
    assert plain_types(Various) is plain_types(Various)
    assert plain_types(Empty) == frozenset()


def test_only_flags_are_not_open() -> None:
    assert is_open(Plain)
    assert is_open(Level)
    assert not is_open(Bits)
