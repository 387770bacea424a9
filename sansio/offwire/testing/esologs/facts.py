"""`Facts`: who is in which guild, and what happened in which report, in the stand-in of ESO Logs.

Rules of this file: everything follows from the seed and an id, so a report costs nothing until it
is asked for; the last ones that were are kept. Characters, guilds and reports are numbered from 1
on, and a report has a code besides. Reports begin five hours apart in the order of their numbers.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from attrs import frozen

from offwire.testing.chance import seeded
from offwire.testing.esologs.game import (
    CLASSES,
    COUNTS,
    DIFFICULTIES,
    REGIONS,
    SPECS,
    ZONES,
    Game,
    encounters_of,
)
from offwire.testing.esologs.words import person, thing

if TYPE_CHECKING:
    from random import Random

PLAYERS: Final = 12
"""How many players a report has: two tanks, two healers, and the rest."""
ABILITIES: Final = 32
"""How many abilities a report knows."""
FIRST_REPORT: Final = 1_767_225_600_000
"""When the first report began, in milliseconds since 1970."""
APART: Final = 5 * 3_600_000
"""Milliseconds from one report's start to the next one's."""

_CODE: Final = "123456789ABCDFGHJKLMNPQRTVWXYZabcdfghjkmnpqrtvwxyz"
_KEPT: Final = 64


@frozen(kw_only=True)
class CharacterFacts:
    """A character."""

    number: int
    name: str
    guild: int
    class_id: int
    spec: str


@frozen(kw_only=True)
class FightFacts:
    """A fight of a report. Times are in milliseconds since the report's start, both within the fight."""

    number: int
    """Its id in the report, from 1 on."""
    encounter: int
    """0 for trash."""
    name: str
    difficulty: int | None
    """None for trash."""
    is_kill: bool | None
    """None for trash."""
    start: int
    end: int
    first: int
    """How many events the report has before it."""
    events: int


@frozen(kw_only=True)
class ReportFacts:
    """A report."""

    number: int
    code: str
    title: str
    guild: int
    owner: int
    zone: int
    start: int
    """Milliseconds since 1970."""
    end: int
    players: tuple[CharacterFacts, ...]
    """The first has the actor id 1 in the report."""
    abilities: tuple[int, ...]
    fights: tuple[FightFacts, ...]


class Facts:
    """The facts of guilds, characters and reports."""

    def __init__(self, seed: int, *, guilds: int, members: int, reports: int, events: int) -> None:
        """Set the sizes.

        Args:
            seed: of everything.
            guilds: how many guilds there are.
            members: how many characters each has.
            reports: how many reports each has.
            events: how many events each report has.

        Raises:
            ValueError: a number is out of its range.
        """
        if guilds < 1 or members < PLAYERS or reports < 0 or events < 0:
            wanted = f"guilds from 1 on, members from {PLAYERS} on, reports and events from 0 on"
            raise ValueError(f"the numbers are {wanted}")
        self.seed: Final = seed
        self.guilds: Final = guilds
        self.members: Final = members
        self.characters: Final = guilds * members
        self.users: Final = guilds * 3
        self.reports: Final = guilds * reports
        self._events: Final = events
        self._game: Final = Game(seed)
        self._report = lru_cache(maxsize=_KEPT)(self._invented)

    def chance(self, purpose: str) -> Random:
        """A generator of chance for a purpose."""
        return seeded(self.seed, purpose)

    # Guilds and characters

    def guild_name(self, guild: int) -> str:
        """The name of a guild; it ends in its number, as others of the same words may exist."""
        return f"{thing(self.chance(f'guild {guild}'))} {guild}"

    def guild_named(self, name: str) -> int | None:
        """The number of a guild by its name, in whatever case."""
        return self._guilds_by_name.get(name.lower())

    def character(self, number: int) -> CharacterFacts:
        """A character that exists."""
        chance = self.chance(f"character {number}")
        return CharacterFacts(
            number=number,
            name=person(number, chance),
            guild=(number - 1) // self.members + 1,
            class_id=chance.randint(1, len(CLASSES)),
            spec=chance.choice(SPECS),
        )

    def character_named(self, name: str) -> int | None:
        """The number of a character by its name, in whatever case."""
        return self._characters_by_name.get(name.lower())

    def members_of(self, guild: int) -> range:
        """The characters of a guild that exists."""
        return range((guild - 1) * self.members + 1, guild * self.members + 1)

    def characters_of(self, user: int) -> range:
        """The characters of a user who exists."""
        return range(user, self.characters + 1, self.users)

    # Reports

    def reports_of(self, guild: int) -> range:
        """The reports of a guild that exists, by number."""
        return range(guild, self.reports + 1, self.guilds)

    def guild_of(self, report: int) -> int:
        """The guild of a report that exists."""
        return (report - 1) % self.guilds + 1

    def zone_of(self, report: int) -> int:
        """The zone of a report that exists."""
        return (report * 5) % ZONES + 1

    def owner_of(self, report: int) -> int:
        """The user who uploaded a report that exists."""
        return (report * 7) % self.users + 1

    def start_of(self, report: int) -> int:
        """When a report that exists began, in milliseconds since 1970."""
        return FIRST_REPORT + (report - 1) * APART

    def code(self, report: int) -> str:
        """The code of a report that exists: 16 letters and digits."""
        return "".join(self.chance(f"code {report}").choices(_CODE, k=16))

    def report_coded(self, code: str) -> int | None:
        """The number of a report by its code."""
        return self._reports_by_code.get(code)

    def report(self, number: int) -> ReportFacts:
        """A report that exists."""
        return self._report(number)

    @cached_property
    def _guilds_by_name(self) -> dict[str, int]:
        return {self.guild_name(each).lower(): each for each in range(1, self.guilds + 1)}

    @cached_property
    def _characters_by_name(self) -> dict[str, int]:
        return {self.character(each).name.lower(): each for each in range(1, self.characters + 1)}

    @cached_property
    def _reports_by_code(self) -> dict[str, int]:
        return {self.code(each): each for each in range(1, self.reports + 1)}

    def _invented(self, number: int) -> ReportFacts:
        chance = self.chance(f"report {number}")
        guild, zone = self.guild_of(number), self.zone_of(number)
        fights = tuple(self._fights(zone, chance))
        players = sorted(chance.sample(self.members_of(guild), PLAYERS))
        start = self.start_of(number)
        return ReportFacts(
            number=number,
            code=self.code(number),
            title=f"{self._game.zone_name(zone)}, night {(number - 1) // self.guilds + 1}",
            guild=guild,
            owner=self.owner_of(number),
            zone=zone,
            start=start,
            end=start + fights[-1].end,
            players=tuple(map(self.character, players)),
            abilities=tuple(sorted(chance.sample(range(1, COUNTS["ability"] + 1), ABILITIES))),
            fights=fights,
        )

    def _fights(self, zone: int, chance: Random) -> list[FightFacts]:
        count = chance.randint(4, 10)
        cuts = sorted(chance.randint(0, self._events) for _ in range(count - 1))
        encounters = list(encounters_of(zone))
        difficulty = chance.choice(list(DIFFICULTIES))
        fights: list[FightFacts] = []
        clock = 0
        for index, (first, after) in enumerate(pairwise([0, *cuts, self._events]), 1):
            is_trash = chance.random() < 0.25
            is_kill = None if is_trash else chance.random() < 0.5
            # An event takes twelve milliseconds, as in a log of twelve players.
            length = int(max(30_000, (after - first) * 12) * chance.uniform(1.0, 1.5))
            fights.append(
                FightFacts(
                    number=index,
                    encounter=0 if is_trash else encounters[0],
                    name="Trash" if is_trash else self._game.encounter_name(encounters[0]),
                    difficulty=None if is_trash else difficulty,
                    is_kill=is_kill,
                    start=clock,
                    end=clock + length,
                    first=first,
                    events=after - first,
                )
            )
            clock += length + chance.randint(5_000, 60_000)
            if is_kill and len(encounters) > 1:
                del encounters[0]
        return fights


def region_of(guild: int) -> int:
    """The region of a guild, which is its server's and subregion's id too."""
    return (guild - 1) % len(REGIONS) + 1


def server_name(region: int) -> str:
    """The name of a region's server."""
    return f"{REGIONS[region - 1][1]} Megaserver"
