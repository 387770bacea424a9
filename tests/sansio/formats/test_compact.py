"""Lists that come with gaps."""

from __future__ import annotations

from typing import Annotated, Any

import attrs
import pytest

from offwire.errors import DecodeError
from offwire.formats.compact import Compact, is_compact
from offwire.formats.structure import structure
from offwire.formats.unstructure import unstructure
from offwire.unset import UNSET, Unset


@attrs.frozen
class Member:
    name: str
    ranks: Compact[int] = attrs.Factory(lambda: [7])


@attrs.frozen
class Guild:
    members: Compact[Member]
    tags: Compact[str] | None = None
    notes: Compact[str] | Unset = UNSET


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        pytest.param(None, Compact[int], [], id="null"),
        pytest.param([], Compact[int], [], id="empty"),
        pytest.param([1, None, 2], Compact[int], [1, 2], id="gaps"),
        pytest.param([None], Compact[int | None], [], id="gaps that are declared"),
        pytest.param([0, None], Compact[int], [0], id="zero is no gap"),
        pytest.param([None, [None, 1]], Compact[Compact[int]], [[1]], id="inside of itself: null is a gap"),
        pytest.param({"a": None}, dict[str, Compact[int]], {"a": []}, id="in a map"),
        pytest.param({"members": None}, Guild, Guild([]), id="in a class"),
        pytest.param(
            {"members": [None, {"name": "a", "ranks": None}, {"name": "b"}], "tags": None, "notes": None},
            Guild,
            Guild([Member("a", []), Member("b", [7])], None, []),
            id="at any depth",
        ),
    ],
)
def test_null_is_the_empty_list_and_null_items_are_left_out(data: Any, kind: Any, expected: object) -> None:
    for lenient in (False, True):
        assert structure(data, kind, lenient=lenient) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param({}, "$.members is missing", id="absent"),
        pytest.param({"members": {}}, "$.members should be an array, not an object", id="no array"),
        pytest.param(
            {"members": [None, {"name": 1}]},
            "$.members[1].name should be a string, not the number 1",
            id="gap",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(data: Any, message: str) -> None:
    with pytest.raises(DecodeError) as raised:
        structure(data, Guild)
    assert raised.value.message == message


def test_it_is_written_as_a_list() -> None:
    guild = Guild([Member("a", [])], notes=[])
    assert unstructure(guild) == {"members": [{"name": "a", "ranks": []}], "tags": None, "notes": []}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(Compact[int], True, id="compact"),
        pytest.param(Annotated[Compact[int], "a word"], True, id="annotated further"),
        pytest.param(Annotated[list[int], "a word"], False, id="annotated otherwise"),
        pytest.param(list[int], False, id="a list"),
        pytest.param(int, False, id="no list"),
    ],
)
def test_it_is_told_from_other_lists(kind: object, expected: bool) -> None:
    assert is_compact(kind) is expected


def test_it_says_what_it_is() -> None:
    assert "COMPACT" in repr(Compact[int])
