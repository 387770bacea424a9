"""The game has what its ids say, and nothing beyond."""

from __future__ import annotations

import pytest

from offwire.testing.esologs.game import COUNTS, EXPANSIONS, ZONES, Game, encounters_of, faction
from tests.sansio.testing.esologs.asking import got

GAME = Game(0, lambda number: {"rank": number})


@pytest.mark.parametrize("kind", sorted(COUNTS))
def test_things_have_ids_without_gaps(kind: str) -> None:
    data = GAME.data()
    assert got(data, kind, id=1)["id"] == 1
    assert got(data, kind, id=COUNTS[kind]) == Game(0).thing(kind, COUNTS[kind])
    assert got(data, kind, id=0) is got(data, kind, id=COUNTS[kind] + 1) is got(data, kind) is None


@pytest.mark.parametrize("plural", ["abilities", "items", "item_sets", "maps", "npcs"])
def test_things_are_listed(plural: str) -> None:
    listed = got(GAME.data(), plural, limit=3, page=2)
    assert got(listed, "data", "id") == [4, 5, 6]


def test_classes_have_specs_that_lead_back() -> None:
    data = GAME.data()
    assert got(data, "classes", "id") == list(range(1, 8))
    templar = got(data, "class", id=4)
    assert (templar["name"], got(templar, "specs", "class", "id")) == ("Templar", [4] * 4)
    assert got(data, "class", id=8) is got(data, "class") is None
    assert got(data, "factions") == [faction(1), faction(2), faction(3)]


def test_zones_encounters_and_expansions_lead_to_each_other() -> None:
    for number in range(1, EXPANSIONS + 1):
        expansion = GAME.expansion(number)
        assert set(got(expansion, "zones", "expansion", "id")) == {number}
    zone = GAME.zone(ZONES)
    assert got(zone, "encounters", "id") == list(encounters_of(ZONES))
    assert set(got(zone, "encounters", "zone", "id")) == {ZONES}
    assert got(zone, "encounters", "rank") == list(encounters_of(ZONES))
    assert [got(GAME.zone(each), "frozen") for each in (1, ZONES)] == [True, False]


def test_encounters_can_be_told_apart_by_name() -> None:
    numbers = [each for zone in range(1, ZONES + 1) for each in encounters_of(zone)]
    assert len({GAME.encounter_name(each) for each in numbers}) == len(numbers)
    assert len({GAME.zone_name(zone) for zone in range(1, ZONES + 1)}) == ZONES


@pytest.mark.parametrize("missing", [None, 0, 999])
def test_what_does_not_exist_is_none(missing: int | None) -> None:
    assert GAME.zone(missing) is GAME.encounter(missing) is GAME.expansion(missing) is None


def test_an_encounter_needs_nothing_more() -> None:
    assert "rank" not in (Game(0).encounter(11) or {"rank": 0})
    assert list(encounters_of(0)) == []
