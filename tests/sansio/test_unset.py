"""An argument that was not given."""

from __future__ import annotations

import copy
import pickle

from offwire.unset import UNSET, Unset


def test_unset_is_the_only_value_of_its_type() -> None:
    assert list(Unset) == [UNSET]


def test_unset_is_false_so_that_a_default_can_take_its_place() -> None:
    value: int | Unset = UNSET
    assert (value or 5) == 5


def test_unset_is_not_none() -> None:
    assert UNSET is not None
    assert UNSET != None  # noqa: E711 - equality is what is tested


def test_unset_shows_as_what_a_program_writes() -> None:
    assert repr(UNSET) == "UNSET"


def test_copies_and_pickles_of_unset_are_unset() -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
