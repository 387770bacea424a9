"""Every value of an event's bits means something, and filters know what."""

from __future__ import annotations

import pytest

from offwire.testing.esologs.actors import (
    CHOICES,
    COMBATANT,
    ENEMIES,
    FRIENDLIES,
    KINDS,
    SOURCES,
    TARGETS,
    spread,
)


def test_every_value_chooses_a_kind_and_its_sides() -> None:
    assert len(KINDS) == len(SOURCES) == len(TARGETS) == CHOICES
    for which, kind in enumerate(KINDS):
        assert set(SOURCES[which]) == set(FRIENDLIES if kind.is_source_friendly else ENEMIES)
        assert set(TARGETS[which]) == set(FRIENDLIES if kind.is_target_friendly else ENEMIES)
    assert [which for which, kind in enumerate(KINDS) if kind.type == "combatantinfo"] == [COMBATANT]


def test_values_are_spread_over_what_there_is() -> None:
    assert spread((7, 8, 9))[:4] == (7, 8, 9, 7)
    assert len(spread((7,))) == CHOICES


@pytest.mark.parametrize(
    ("data_type", "hostility", "expected"),
    [
        ("DamageDone", None, {("damage", True, False)}),
        ("DamageDone", "Enemies", {("damage", False, True)}),
        ("DamageTaken", None, {("damage", False, True)}),
        ("DamageTaken", "Enemies", {("damage", True, False)}),
        ("Healing", "Friendlies", {("heal", True, True)}),
        ("Healing", "Enemies", set()),
        ("Debuffs", "Enemies", {("applydebuff", True, False), ("removedebuff", True, False)}),
        ("Buffs", "Enemies", {("applybuff", False, False)}),
        ("Deaths", None, {("death", False, True)}),
        ("Threat", None, set()),
    ],
)
def test_filters_know_who_is_looked_at(
    data_type: str, hostility: str | None, expected: set[tuple[str, bool, bool]]
) -> None:
    passing = [kind for kind in KINDS if kind.passes(data_type, hostility)]
    found = {(kind.type, kind.is_source_friendly, kind.is_target_friendly) for kind in passing}
    assert found == expected


def test_all_means_all() -> None:
    assert all(kind.passes("All", None) for kind in KINDS)
    assert all(kind.passes("All", "Friendlies") is kind.is_source_friendly for kind in KINDS)
    assert all(kind.passes("All", "Enemies") is not kind.is_source_friendly for kind in KINDS)
