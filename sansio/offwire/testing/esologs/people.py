"""`People`: the servers, guilds, characters and users of the stand-in of ESO Logs, as nodes.

Rules of this file: whom nobody knows is None, as with ESO Logs. What comes as JSON has the shape
that ESO Logs was seen to give; that shape is not promised there either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from offwire.testing.esologs.facts import Facts, region_of, server_name
from offwire.testing.esologs.game import CLASSES, FACTIONS, REGIONS, Game, faction
from offwire.testing.esologs.nodes import Arguments, Node, page, text, whole
from offwire.testing.esologs.rankings import encounter_rankings, zone_rankings
from offwire.testing.esologs.words import slug

_ATTENDANCE: Final = 16
_ATTENDANCE_MOST: Final = 25
_RECENT: Final = 10


class People:
    """Nodes of whoever plays."""

    def __init__(self, facts: Facts, game: Game, report: Callable[[int], Node]) -> None:
        """`report` makes the node of a report that exists, by its number."""
        self._facts = facts
        self._game = game
        self._report = report

    # Where they play

    def region(self, number: int | None) -> Node | None:
        """A region."""
        if number is None or not 1 <= number <= len(REGIONS):
            return None
        name, compact = REGIONS[number - 1]
        return {
            "id": number,
            "name": name,
            "compactName": compact,
            "slug": compact,
            "subregions": lambda _: [self.subregion(number)],
            "servers": lambda arguments: page(arguments, 1, lambda _: self.server(number) or {}),
        }

    def subregion(self, number: int | None) -> Node | None:
        """The subregion that is all of a region."""
        if number is None or not 1 <= number <= len(REGIONS):
            return None
        return {
            "id": number,
            "name": REGIONS[number - 1][0],
            "region": lambda _: self.region(number),
            "servers": lambda arguments: page(arguments, 1, lambda _: self.server(number) or {}),
        }

    def server(self, number: int | None) -> Node | None:
        """The server of a region."""
        if number is None or not 1 <= number <= len(REGIONS):
            return None
        name = server_name(number)
        guilds = [each for each in range(1, self._facts.guilds + 1) if region_of(each) == number]
        return {
            "id": number,
            "name": name,
            "normalizedName": name.replace(" ", ""),
            "slug": slug(name),
            "region": lambda _: self.region(number),
            "subregion": lambda _: self.subregion(number),
            "guilds": lambda arguments: self._guilds(arguments, guilds),
            "characters": lambda arguments: self._characters(
                arguments, [each for guild in guilds for each in self._facts.members_of(guild)]
            ),
        }

    def server_asked(self, arguments: Arguments) -> Node | None:
        """The server that a field's `id`, or its `slug` and `region`, ask for."""
        number = whole(arguments, "id")
        return self.server(located(arguments, "slug", "region") if number is None else number)

    # Guilds

    def guild_number(self, arguments: Arguments) -> int | None:
        """The number of the guild that `id`, or `name`, `serverSlug` and `serverRegion`, ask for."""
        number = whole(arguments, "id")
        if number is None:
            number = self._facts.guild_named(text(arguments, "name") or "")
            if number is None or region_of(number) != located(arguments, "serverSlug", "serverRegion"):
                return None
        return number if 1 <= number <= self._facts.guilds else None

    def guild_asked(self, arguments: Arguments) -> Node | None:
        """The guild that a field's arguments ask for."""
        number = self.guild_number(arguments)
        return None if number is None else self.guild(number)

    def guilds_asked(self, arguments: Arguments) -> Node:
        """A page of the guilds of the server that is asked for, or of all."""
        server = whole(arguments, "serverID")
        if server is None and text(arguments, "serverSlug") is not None:
            server = located(arguments, "serverSlug", "serverRegion") or 0
        every = range(1, self._facts.guilds + 1)
        return self._guilds(arguments, [each for each in every if server in (None, region_of(each))])

    def guild(self, number: int) -> Node:
        """A guild that exists."""
        facts = self._facts
        chance = facts.chance(f"guild nodes {number}")
        ranks = {where: chance.randint(1, 300) for where in ("world", "region", "server")}
        positions: Node = {
            f"{where}Rank": {"number": rank, "percentile": None, "color": "rare"}
            for where, rank in ranks.items()
        }
        return {
            "id": number,
            "name": facts.guild_name(number),
            "description": "Trials on two evenings a week." if chance.random() < 0.7 else "",
            "competitionMode": False,
            "stealthMode": chance.random() < 0.1,
            "currentUserRank": None,
            "faction": faction(number % len(FACTIONS) + 1),
            "server": lambda _: self.server(region_of(number)),
            "tags": lambda _: [self.tag(number * 10 + each) for each in (1, 2)],
            "members": lambda arguments: self._characters(arguments, facts.members_of(number)),
            "attendance": lambda arguments: self._attendance(arguments, number),
            "zoneRanking": lambda _: dict.fromkeys(("completeRaidSpeed", "progress", "speed"), positions),
        }

    def tag(self, number: int) -> Node | None:
        """A tag of a guild: its id is ten times the guild's, plus 1 or 2."""
        guild, which = divmod(number, 10)
        if not 1 <= guild <= self._facts.guilds or which not in (1, 2):
            return None
        return {"id": number, "name": f"Team {which}", "guild": lambda _: self.guild(guild)}

    def _attendance(self, arguments: Arguments, guild: int) -> Node:
        facts = self._facts
        zone, tag = whole(arguments, "zoneID"), whole(arguments, "guildTagID")
        reports = [
            each
            for each in reversed(facts.reports_of(guild))
            if zone in (None, facts.zone_of(each)) and tag in (None, tag_of(guild, each))
        ]

        def night(index: int) -> Node:
            report = facts.report(reports[index])
            return {
                "code": report.code,
                "startTime": float(report.start),
                "zone": lambda _: self._game.zone(report.zone),
                "players": [
                    {"name": each.name, "type": CLASSES[each.class_id - 1], "presence": 1 + (seat >= 11)}
                    for seat, each in enumerate(report.players)
                ],
            }

        return page(arguments, len(reports), night, size=_ATTENDANCE, most=_ATTENDANCE_MOST)

    # Characters

    def character_asked(self, arguments: Arguments) -> Node | None:
        """The character that `id`, or `name`, `serverSlug` and `serverRegion`, ask for."""
        facts = self._facts
        number = whole(arguments, "id")
        if number is None:
            number = facts.character_named(text(arguments, "name") or "")
            server = located(arguments, "serverSlug", "serverRegion")
            if number is None or region_of(facts.character(number).guild) != server:
                return None
        return self.character(number) if 1 <= number <= facts.characters else None

    def characters_asked(self, arguments: Arguments) -> Node | None:
        """A page of the characters of the guild `guildID`; None where there is no such guild."""
        guild = self.guild_number({"id": arguments.get("guildID")})
        return None if guild is None else self._characters(arguments, self._facts.members_of(guild))

    def character(self, number: int) -> Node:
        """A character that exists."""
        facts, game = self._facts, self._game
        known = facts.character(number)
        chance = facts.chance(f"character nodes {number}")
        reports = [each for each in reversed(facts.reports_of(known.guild)) if number % 3 != each % 3]
        return {
            "id": number,
            "canonicalID": number,
            "name": known.name,
            "displayName": f"@{known.name}",
            "anonymous": False,
            "claimed": chance.random() < 0.4,
            "classID": known.class_id,
            "raceID": chance.randint(1, 10),
            "guildRank": chance.randint(0, 9),
            "hidden": chance.random() < 0.05,
            "gameData": lambda _: {"error": "Game data is not available for this character."},
            "guilds": lambda _: [self.guild(known.guild)],
            "server": lambda _: self.server(region_of(known.guild)),
            "recentReports": lambda arguments: page(
                arguments, len(reports), lambda index: self._report(reports[index]), size=_RECENT
            ),
            "encounterRankings": lambda arguments: encounter_rankings(facts, known, arguments),
            "zoneRankings": lambda arguments: zone_rankings(facts, game, known, arguments),
        }

    # Users

    def user(self, number: int | None) -> Node | None:
        """A user with the characters that are theirs."""
        facts = self._facts
        if number is None or not 1 <= number <= facts.users:
            return None
        characters = facts.characters_of(number)
        guilds = sorted({facts.character(each).guild for each in characters})
        name = f"Player{number}"
        return {
            "id": number,
            "name": name,
            "naDisplayName": f"@{name}" if number % 2 else None,
            "euDisplayName": None if number % 2 else f"@{name}",
            "characters": lambda _: [self.character(each) for each in characters],
            "guilds": lambda _: [self.guild(each) for each in guilds],
        }

    def _guilds(self, arguments: Arguments, numbers: Sequence[int]) -> Node:
        return page(arguments, len(numbers), lambda index: self.guild(numbers[index]))

    def _characters(self, arguments: Arguments, numbers: Sequence[int]) -> Node:
        return page(arguments, len(numbers), lambda index: self.character(numbers[index]))


def located(arguments: Arguments, by_slug: str, by_region: str) -> int | None:
    """The id of the server that two arguments name, in whatever case; None where there is none."""
    wanted = (text(arguments, by_slug) or "").lower(), (text(arguments, by_region) or "").lower()
    for number, (_, compact) in enumerate(REGIONS, 1):
        if wanted == (slug(server_name(number)), compact.lower()):
            return number
    return None


def tag_of(guild: int, report: int) -> int | None:
    """The tag that a guild has put on its report, if any."""
    return guild * 10 + report % 3 if report % 3 else None
