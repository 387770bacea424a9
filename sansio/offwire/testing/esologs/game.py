"""`Game`: the game that the stand-in of ESO Logs tells of: its world, classes, abilities and things.

Rules of this file: ids run from 1 on without gaps where nothing else is said. What there is of a
kind depends on the seed and the id alone. An id that does not exist leads to None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from offwire.json_value import Json
from offwire.testing.chance import seeded
from offwire.testing.esologs.nodes import Arguments, Node, page, whole
from offwire.testing.esologs.words import numbered_thing, slug, thing

EXPANSIONS: Final = 3
ZONES: Final = 12
DIFFICULTIES: Final[dict[int, str]] = {121: "Normal", 122: "Veteran"}
"""The difficulties of every zone, by id."""
CLASSES: Final = ("Dragonknight", "Sorcerer", "Nightblade", "Templar", "Warden", "Necromancer", "Arcanist")
"""The classes; the first has the id 1."""
SPECS: Final = ("StaminaDPS", "MagickaDPS", "Healer", "Tank")
FACTIONS: Final = ("The Aldmeri Dominion", "The Daggerfall Covenant", "The Ebonheart Pact")
REGIONS: Final = (("North America", "NA"), ("Europe", "EU"))
"""The regions, each with one subregion and one server of the same id."""
COUNTS: Final = {"ability": 500, "item": 400, "item_set": 60, "map": 40, "npc": 120}
"""How many there are of what is only listed."""

_LISTS: Final = {
    "abilities": "ability",
    "items": "item",
    "item_sets": "item_set",
    "maps": "map",
    "npcs": "npc",
}


class Game:
    """The game, by id."""

    def __init__(self, seed: int, more: Callable[[int], Node] = lambda _: {}) -> None:
        """`more` makes the fields of an encounter that take knowledge of who plays."""
        self._seed = seed
        self._more = more

    def data(self) -> Node:
        """The node of `gameData`."""
        found: Node = {
            "class": lambda arguments: self.class_of(whole(arguments, "id")),
            "classes": lambda _: [self.class_of(each) for each in range(1, len(CLASSES) + 1)],
            "factions": lambda _: [faction(each) for each in range(1, len(FACTIONS) + 1)],
        }
        found.update({kind: self._one(kind) for kind in COUNTS})
        found.update({plural: self._listed(kind) for plural, kind in _LISTS.items()})
        return found

    def thing(self, kind: str, number: int | None) -> Node | None:
        """One of the kinds of COUNTS."""
        if number is None or not 1 <= number <= COUNTS[kind]:
            return None
        chance = seeded(self._seed, f"{kind} {number}")
        name = thing(chance)
        return {
            "id": number,
            "name": name,
            "icon": f"{kind}_{slug(name)}.png",
            # Real abilities often lack one.
            "description": f"Calls upon the {name}." if chance.random() < 0.7 else None,
        }

    def class_of(self, number: int | None) -> Node | None:
        """A class with its specs."""
        if number is None or not 1 <= number <= len(CLASSES):
            return None
        name = CLASSES[number - 1]
        return {"id": number, "name": name, "slug": name, "specs": lambda _: self._specs(number)}

    def zone_name(self, number: int) -> str:
        """The name of a zone that exists."""
        return f"Halls of the {numbered_thing(number, seeded(self._seed, 'zones'))}"

    def zone(self, number: int | None) -> Node | None:
        """A zone with all that belongs to it."""
        if number is None or not 1 <= number <= ZONES:
            return None
        expansion = _expansion_of(number)
        partitions: list[Json] = [
            {"id": 1, "name": "Standard", "compactName": "Std", "default": True},
            {"id": 2, "name": "Next Update", "compactName": "Next", "default": False},
        ]
        return {
            "id": number,
            "name": self.zone_name(number),
            "frozen": expansion < EXPANSIONS,
            "brackets": {"min": 1.0, "max": 36.0, "bucket": 1.0, "type": "Champion Points"},
            "difficulties": [
                {"id": each, "name": name, "sizes": [12]} for each, name in DIFFICULTIES.items()
            ],
            "partitions": partitions,
            "expansion": lambda _: self.expansion(expansion),
            "encounters": lambda _: [self.encounter(each) for each in encounters_of(number)],
        }

    def encounter_name(self, number: int) -> str:
        """The name of an encounter that exists."""
        zone, which = divmod(number, 10)
        return f"The {numbered_thing(zone * 6 + which, seeded(self._seed, 'encounters'))}"

    def encounter(self, number: int | None) -> Node | None:
        """An encounter."""
        if number is None or number not in encounters_of(number // 10):
            return None
        return {
            "id": number,
            "name": self.encounter_name(number),
            "zone": lambda _: self.zone(number // 10),
            **self._more(number),
        }

    def expansion(self, number: int | None) -> Node | None:
        """An expansion with its zones."""
        if number is None or not 1 <= number <= EXPANSIONS:
            return None
        return {
            "id": number,
            "name": thing(seeded(self._seed, f"expansion {number}")),
            "zones": lambda _: self.zones(number),
        }

    def zones(self, expansion: int | None) -> list[Node | None]:
        """The zones of an expansion, none where it does not exist; all where none is given."""
        numbers = range(1, ZONES + 1)
        return [self.zone(each) for each in numbers if expansion in (None, _expansion_of(each))]

    def _specs(self, number: int) -> list[Node]:
        return [
            {
                "id": index,
                "name": spec,
                "slug": spec,
                "class": lambda _: self.class_of(number),
            }
            for index, spec in enumerate(SPECS, 1)
        ]

    def _one(self, kind: str) -> Callable[[Arguments], Node | None]:
        return lambda arguments: self.thing(kind, whole(arguments, "id"))

    def _listed(self, kind: str) -> Callable[[Arguments], Node]:
        return lambda arguments: page(
            arguments, COUNTS[kind], lambda index: self.thing(kind, index + 1) or {}
        )


def encounters_of(zone: int) -> range:
    """The ids of a zone's encounters: three to six from ten times the zone's id plus one on."""
    if not 1 <= zone <= ZONES:
        return range(0)
    return range(zone * 10 + 1, zone * 10 + 4 + zone % 4)


def faction(number: int) -> Node:
    """A faction that exists."""
    return {"id": number, "name": FACTIONS[number - 1]}


def _expansion_of(zone: int) -> int:
    return (zone - 1) * EXPANSIONS // ZONES + 1
