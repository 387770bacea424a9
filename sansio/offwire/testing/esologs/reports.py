"""`Reports`: the reports of the stand-in of ESO Logs, as nodes, and the search for them.

Rules of this file: times within a report are milliseconds since its start; those of reports are
milliseconds since 1970. A code that no report has is an error, unlike a guild that nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from offwire.testing.esologs import analysis
from offwire.testing.esologs.actors import BOSS, HELPERS, PETS
from offwire.testing.esologs.event_log import EventLog
from offwire.testing.esologs.facts import PLAYERS, Facts, FightFacts, ReportFacts, region_of, server_name
from offwire.testing.esologs.filters import actor_name, event_filter, fight_filter
from offwire.testing.esologs.game import CLASSES, COUNTS, Game
from offwire.testing.esologs.nodes import (
    Arguments,
    Complaint,
    Node,
    number,
    page,
    ranged,
    text,
    whole,
)
from offwire.testing.esologs.people import People, tag_of
from offwire.testing.esologs.rankings import report_rankings

Told: TypeAlias = Callable[[str, Sequence[int]], None]
"""Is told of each page of events: the report's code, and the positions of the events in its log."""

_EVENTS: Final = 300
_LEAST_EVENTS: Final = 100
_MOST_EVENTS: Final = 10_000


class Reports:
    """Nodes of reports."""

    def __init__(self, facts: Facts, game: Game, log: EventLog, told: Told) -> None:
        self._facts = facts
        self._game = game
        self._log = log
        self._told = told
        self.people: Final = People(facts, game, self.node)
        """Who is in the reports, and whose they are."""

    def asked(self, arguments: Arguments) -> Node:
        """The report of the argument `code`.

        Raises:
            Complaint: there is none.
        """
        found = self._facts.report_coded(text(arguments, "code") or "")
        if found is None:
            raise Complaint("This report does not exist or is private.")
        return self.node(found)

    def search(self, arguments: Arguments) -> Node:
        """A page of the reports that the arguments ask for, the latest first; its total is not told."""
        facts = self._facts
        zone, game_zone = whole(arguments, "zoneID"), whole(arguments, "gameZoneID")
        user, tag = whole(arguments, "userID"), whole(arguments, "guildTagID")
        start, end = number(arguments, "startTime") or 0.0, number(arguments, "endTime")
        every = range(1, facts.reports + 1) if tag is not None else self._of_guild(arguments)
        found = [
            each
            for each in reversed(every)
            if zone in (None, facts.zone_of(each))
            and game_zone in (None, game_zone_of(facts.zone_of(each)))
            and user in (None, facts.owner_of(each))
            and tag in (None, tag_of(facts.guild_of(each), each))
            and start <= facts.start_of(each)
            and (end is None or facts.start_of(each) <= end)
        ]
        return page(arguments, len(found), lambda index: self.node(found[index]), is_counted=False)

    def node(self, number: int) -> Node:
        """A report that exists."""
        facts, log = self._facts, self._log
        report = facts.report(number)
        tag = tag_of(report.guild, number)
        return {
            "code": report.code,
            "title": report.title,
            "startTime": float(report.start),
            "endTime": float(report.end),
            "visibility": "unlisted" if number % 10 == 0 else "public",
            "revision": 1 + number % 3,
            "segments": len(report.fights),
            "exportedSegments": len(report.fights),
            "archiveStatus": {"isArchived": False, "isAccessible": True, "archiveDate": None},
            "region": lambda _: self.people.region(region_of(report.guild)),
            "zone": lambda _: self._game.zone(report.zone),
            "owner": lambda _: self.people.user(report.owner),
            "guild": lambda _: self.people.guild(report.guild),
            "guildTag": lambda _: None if tag is None else self.people.tag(tag),
            "rankedCharacters": lambda _: [self.people.character(each.number) for each in report.players],
            "masterData": lambda _: self._master_data(report),
            "fights": lambda arguments: self._fights(report, arguments),
            "phases": lambda _: [
                _phases(each) for each in sorted({f.encounter for f in report.fights} - {0})
            ],
            "events": lambda arguments: self._events(report, arguments),
            "graph": lambda arguments: analysis.graph(log, report, arguments),
            "table": lambda arguments: analysis.table(log, report, arguments),
            "rankings": lambda arguments: report_rankings(facts, report, arguments),
            "playerDetails": lambda arguments: analysis.player_details(report, arguments),
        }

    def _of_guild(self, arguments: Arguments) -> range:
        given = {
            "id": arguments.get("guildID"),
            "name": arguments.get("guildName"),
            "serverSlug": arguments.get("guildServerSlug"),
            "serverRegion": arguments.get("guildServerRegion"),
        }
        if given["id"] is given["name"] is None:
            return range(1, self._facts.reports + 1)
        guild = self.people.guild_number(given)
        return range(0) if guild is None else self._facts.reports_of(guild)

    def _events(self, report: ReportFacts, arguments: Arguments) -> Node:
        limit = ranged(arguments, "limit", _EVENTS, _LEAST_EVENTS, _MOST_EVENTS)
        found = self._log.page(report, event_filter(report, arguments), limit)
        self._told(report.code, found.positions)
        following = found.next_start
        return {"data": found.events, "nextPageTimestamp": None if following is None else float(following)}

    def _fights(self, report: ReportFacts, arguments: Arguments) -> list[Node]:
        wanted = fight_filter(arguments)
        return [self._fight(report, each) for each in report.fights if wanted.takes_fight(each)]

    def _fight(self, report: ReportFacts, fight: FightFacts) -> Node:
        is_boss = fight.encounter != 0
        left = None if not is_boss else 0.0 if fight.is_kill else 5.0 + fight.number * 7 % 90
        game_map = self._game.thing("map", report.zone) or {}
        return {
            "id": fight.number,
            "name": fight.name,
            "encounterID": fight.encounter,
            "originalEncounterID": None,
            "startTime": float(fight.start),
            "endTime": float(fight.end),
            "difficulty": fight.difficulty,
            "kill": fight.is_kill,
            "size": PLAYERS if is_boss else None,
            "inProgress": False,
            "completeRaid": False,
            "averageItemLevel": 160.0,
            "bossPercentage": left,
            "fightPercentage": left,
            "lastPhase": 1 if is_boss else 0,
            "lastPhaseAsAbsoluteIndex": 1 if is_boss else 0,
            "lastPhaseIsIntermission": False,
            "phaseTransitions": [{"id": 1, "startTime": fight.start}] if is_boss else None,
            "boundingBox": {"minX": 0, "maxX": 4095, "minY": 0, "maxY": 4095},
            "gameZone": {"id": float(game_zone_of(report.zone)), "name": self._game.zone_name(report.zone)},
            "maps": [{"id": game_map["id"], "name": game_map["name"], "file": game_map["icon"]}],
            "friendlyPlayers": list(range(1, PLAYERS + 1)),
            "enemyPlayers": [],
            "friendlyNPCs": [],
            "enemyNPCs": [_npc(each, None) for each in (BOSS, *HELPERS)],
            "friendlyPets": [_npc(each, each - PLAYERS) for each in PETS],
            "enemyPets": [],
            "dungeonPulls": None,
            "trialScore": None,
            "trialTime": None,
            "wipeCalledTime": float(fight.end) if fight.is_kill is False else None,
        }

    def _master_data(self, report: ReportFacts) -> Node:
        return {
            "logVersion": 15,
            "gameVersion": 1,
            "lang": "en",
            "abilities": lambda _: [self._ability(each) for each in report.abilities],
            "actors": lambda arguments: [
                actor
                for actor in _actors(report)
                if text(arguments, "type") in (None, actor["type"])
                and text(arguments, "subType") in (None, actor["subType"])
            ],
        }

    def _ability(self, number: int) -> Node:
        known = self._game.thing("ability", number) or {}
        return {"gameID": float(number), "icon": known["icon"], "name": known["name"], "type": "1"}


def game_zone_of(zone: int) -> int:
    """The id that a zone has in the game itself."""
    return 1000 + zone


def _phases(encounter: int) -> Node:
    return {
        "encounterID": encounter,
        "separatesWipes": False,
        "phases": [{"id": 1, "name": "Phase 1", "isIntermission": False}],
    }


def _npc(actor: int, owner: int | None) -> Node:
    return {
        "id": actor,
        "gameID": game_id(actor),
        "instanceCount": 1,
        "groupCount": 1,
        "petOwner": owner,
    }


def game_id(actor: int) -> int:
    """The id that the game has for a creature in a report."""
    return actor % COUNTS["npc"] + 1


def _actors(report: ReportFacts) -> list[Node]:
    players: list[Node] = [
        {
            "id": seat,
            "gameID": float(each.number),
            "name": each.name,
            "displayName": f"@{each.name}",
            "anonymous": False,
            "icon": f"{CLASSES[each.class_id - 1]}-{each.spec}",
            "server": server_name(region_of(each.guild)),
            "type": "Player",
            "subType": CLASSES[each.class_id - 1],
            "petOwner": None,
        }
        for seat, each in enumerate(report.players, 1)
    ]
    return players + [
        {
            "id": actor,
            "gameID": float(game_id(actor)),
            "name": actor_name(report, actor),
            "displayName": actor_name(report, actor),
            "anonymous": None,
            "icon": sub_type,
            "server": None,
            "type": type_,
            "subType": sub_type,
            "petOwner": owner,
        }
        for actor, type_, sub_type, owner in (
            *((pet, "Pet", "Pet", pet - PLAYERS) for pet in PETS),
            (BOSS, "NPC", "Boss", None),
            *((helper, "NPC", "NPC", None) for helper in HELPERS),
        )
    ]
