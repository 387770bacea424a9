"""Rankings of the stand-in of ESO Logs: of characters, of encounters, of reports.

Rules of this file: all of it is JSON whose shape ESO Logs does not promise; here is one that it was
seen to give, with numbers drawn by the seed. An encounter or zone that does not exist is told as
JSON with an `error`.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from offwire.json_value import Json
from offwire.testing.esologs.facts import CharacterFacts, Facts, ReportFacts, region_of, server_name
from offwire.testing.esologs.game import CLASSES, REGIONS, ZONES, Game, encounters_of
from offwire.testing.esologs.nodes import Arguments, ranged, text, whole, wholes

if TYPE_CHECKING:
    from random import Random

_VETERAN: Final = 122
_PAGE: Final = 100
_PARSES: Final = 250
"""How many have a ranking for each encounter."""
_ROLES: Final = (("tanks", "Tank", 0, 2), ("healers", "Healers", 2, 4), ("dps", "DPS", 4, 12))


def encounter_rankings(facts: Facts, character: CharacterFacts, arguments: Arguments) -> Json:
    """The JSON of `Character.encounterRankings`."""
    encounter = whole(arguments, "encounterID") or 0
    if encounter not in encounters_of(encounter // 10):
        return {"error": "Invalid encounter id specified."}
    chance = facts.chance(f"rankings {character.number} {encounter}")
    reports = facts.reports_of(character.guild)[-chance.randint(1, 6) :]
    scores = [_score(chance) for _ in reports]
    ranks: list[Json] = [
        {
            "lockedIn": True,
            **score,
            "report": {"code": facts.code(each), "startTime": facts.start_of(each), "fightID": 1},
            "startTime": facts.start_of(each),
            "duration": chance.randint(60_000, 600_000),
            "spec": character.spec,
            "bracketData": chance.randint(1, 36),
        }
        for each, score in zip(reports, scores, strict=True)
    ]
    percents = [score["rankPercent"] for score in scores]
    return {
        "bestAmount": max((score["amount"] for score in scores), default=0),
        "medianPerformance": median(percents) if percents else None,
        "averagePerformance": sum(percents) / len(percents) if percents else None,
        "totalKills": len(ranks),
        "fastestKill": chance.randint(60_000, 300_000),
        "difficulty": whole(arguments, "difficulty") or _VETERAN,
        "metric": _metric(arguments),
        "partition": whole(arguments, "partition") or 1,
        "zone": encounter // 10,
        "ranks": ranks,
    }


def zone_rankings(facts: Facts, game: Game, character: CharacterFacts, arguments: Arguments) -> Json:
    """The JSON of `Character.zoneRankings`; the latest zone where none is asked for."""
    zone = whole(arguments, "zoneID") or ZONES
    if not encounters_of(zone):
        return {"error": "Invalid zone id specified."}
    chance = facts.chance(f"rankings {character.number} zone {zone}")
    rankings: list[Json] = [
        {
            "encounter": {"id": each, "name": game.encounter_name(each)},
            **_score(chance),
            "medianPercent": chance.uniform(1, 100),
            "lockedIn": True,
            "totalKills": chance.randint(1, 30),
            "fastestKill": chance.randint(60_000, 300_000),
            "spec": character.spec,
            "bestSpec": character.spec,
        }
        for each in encounters_of(zone)
    ]
    return {
        "bestPerformanceAverage": chance.uniform(1, 100),
        "medianPerformanceAverage": chance.uniform(1, 100),
        "difficulty": whole(arguments, "difficulty") or _VETERAN,
        "metric": _metric(arguments),
        "partition": whole(arguments, "partition") or 1,
        "zone": zone,
        "allStars": [
            {
                "partition": 1,
                "spec": character.spec,
                "points": chance.uniform(100, 600),
                "possiblePoints": 120 * len(rankings),
                "rank": chance.randint(1, 5000),
                "rankPercent": chance.uniform(1, 100),
                "total": 5000,
            }
        ],
        "rankings": rankings,
    }


def character_rankings(facts: Facts, encounter: int, arguments: Arguments) -> Json:
    """The JSON of `Encounter.characterRankings`: a page of the best, who are characters that exist.

    Raises:
        Complaint: `page` is out of bounds.
    """
    numbers = facts.chance(f"best {encounter}").sample(
        range(1, facts.characters + 1), min(_PARSES, facts.characters)
    )
    rows: list[Json] = []
    current = ranged(arguments, "page", 1, 1, 2**31 - 1)
    for place, number in enumerate(numbers):
        if (current - 1) * _PAGE <= place < current * _PAGE:
            character = facts.character(number)
            rows.append(
                {
                    "name": character.name,
                    "class": CLASSES[character.class_id - 1],
                    "spec": character.spec,
                    "amount": round(120_000 - 300.5 * place, 2),
                    **_of_guild(facts, character.guild, encounter, place),
                }
            )
    return _best(rows, current, len(numbers))


def fight_rankings(facts: Facts, encounter: int, arguments: Arguments) -> Json:
    """The JSON of `Encounter.fightRankings`: a page of the fastest, one for each guild.

    Raises:
        Complaint: `page` is out of bounds.
    """
    current = ranged(arguments, "page", 1, 1, 2**31 - 1)
    first = (current - 1) * _PAGE
    rows: list[Json] = [
        {
            **_of_guild(facts, place + 1, encounter, place),
            "deaths": place % 5,
            "size": 12,
            "score": 200_000 - place,
        }
        for place in range(first, min(first + _PAGE, facts.guilds))
    ]
    return _best(rows, current, facts.guilds)


def report_rankings(facts: Facts, report: ReportFacts, arguments: Arguments) -> Json:
    """The JSON of `Report.rankings`: the kills of a report, and how each player did."""
    fights, encounter = wholes(arguments, "fightIDs"), whole(arguments, "encounterID")
    found: list[Json] = []
    for fight in report.fights:
        if not fight.is_kill or (fights and fight.number not in fights):
            continue
        if encounter not in (None, fight.encounter):
            continue
        chance = facts.chance(f"rankings {report.code} {fight.number}")
        roles: dict[str, Json] = {}
        for role, name, start, end in _ROLES:
            characters: list[Json] = [
                {
                    "id": each.number,
                    "name": each.name,
                    "server": _server(each.guild),
                    "class": CLASSES[each.class_id - 1],
                    "spec": each.spec,
                    **_score(chance),
                }
                for each in report.players[start:end]
            ]
            roles[role] = {"name": name, "characters": characters}
        found.append(
            {
                "fightID": fight.number,
                "partition": 1,
                "zone": report.zone,
                "encounter": {"id": fight.encounter, "name": fight.name},
                "difficulty": fight.difficulty,
                "size": 12,
                "kill": 1,
                "duration": fight.end - fight.start,
                "bracketData": chance.randint(1, 36),
                "deaths": chance.randint(0, 8),
                "roles": roles,
            }
        )
    return {"data": found}


def progress_race(facts: Facts) -> Json:
    """The JSON of `ProgressRaceData.progressRace`: every guild, and how far it is."""
    return [
        {
            "id": guild,
            "name": facts.guild_name(guild),
            "serverName": server_name(region_of(guild)),
            "encounters": [
                {
                    "id": each,
                    "pullCount": each % 40 + guild,
                    "bestPercent": guild % 100,
                    "isKilled": guild < 3,
                }
                for each in encounters_of(ZONES)
            ],
        }
        for guild in range(1, facts.guilds + 1)
    ]


def _best(rows: list[Json], current: int, total: int) -> Json:
    return {
        "page": current,
        "hasMorePages": current * _PAGE < total,
        "count": len(rows),
        "rankings": rows,
    }


def _of_guild(facts: Facts, guild: int, encounter: int, place: int) -> dict[str, Json]:
    reports = facts.reports_of(guild)
    report: Json = None
    if reports:
        report = {"code": facts.code(reports[0]), "fightID": 1, "startTime": facts.start_of(reports[0])}
    return {
        "duration": 60_000 + 500 * place + encounter,
        "report": report,
        "guild": {"id": guild, "name": facts.guild_name(guild), "faction": guild % 3 + 1},
        "server": _server(guild),
    }


def _server(guild: int) -> dict[str, Json]:
    region = region_of(guild)
    return {"id": region, "name": server_name(region), "region": REGIONS[region - 1][1]}


def _score(chance: Random) -> dict[str, float]:
    return {
        "amount": round(chance.uniform(20_000, 120_000), 2),
        "rankPercent": round(chance.uniform(1, 100), 4),
        "historicalPercent": round(chance.uniform(1, 100), 4),
        "rankTotalParses": chance.randint(100, 9000),
    }


def _metric(arguments: Arguments) -> str:
    metric = text(arguments, "metric")
    return "dps" if metric in (None, "default") else str(metric)
