"""Rankings are JSON of a plausible shape, about those who exist."""

from __future__ import annotations

from typing import Any

import pytest

from offwire.testing.esologs.facts import FightFacts, ReportFacts
from offwire.testing.esologs.game import CLASSES, Game, encounters_of
from offwire.testing.esologs.rankings import (
    character_rankings,
    encounter_rankings,
    fight_rankings,
    progress_race,
    report_rankings,
    zone_rankings,
)
from tests.sansio.testing.esologs.asking import small

FACTS = small()
ADA = FACTS.character(1)


def test_a_character_ranks_in_an_encounter() -> None:
    ranked: Any = encounter_rankings(FACTS, ADA, {"encounterID": 11, "metric": "hps", "difficulty": 121})
    assert (ranked["zone"], ranked["metric"], ranked["difficulty"]) == (1, "hps", 121)
    assert ranked["totalKills"] == len(ranked["ranks"]) > 0
    assert ranked["bestAmount"] >= max(each["amount"] for each in ranked["ranks"]) >= 0
    codes = {FACTS.code(each) for each in FACTS.reports_of(1)}
    assert {each["report"]["code"] for each in ranked["ranks"]} <= codes
    assert ranked == encounter_rankings(FACTS, ADA, {"encounterID": 11, "metric": "hps", "difficulty": 121})


def test_a_character_without_reports_ranks_nowhere() -> None:
    ranked: Any = encounter_rankings(small(reports=0), ADA, {"encounterID": 11, "metric": "default"})
    assert (ranked["ranks"], ranked["medianPerformance"], ranked["bestAmount"]) == ([], None, 0)
    assert ranked["metric"] == "dps"


def test_a_character_ranks_in_a_zone() -> None:
    ranked: Any = zone_rankings(FACTS, Game(0), ADA, {"zoneID": 3})
    assert [each["encounter"]["id"] for each in ranked["rankings"]] == list(encounters_of(3))
    assert (ranked["metric"], ranked["difficulty"], ranked["partition"]) == ("dps", 122, 1)


@pytest.mark.parametrize("number", [10, 999])
def test_what_does_not_exist_is_told_as_json(number: int) -> None:
    assert encounter_rankings(FACTS, ADA, {"encounterID": number}) == {
        "error": "Invalid encounter id specified."
    }
    assert zone_rankings(FACTS, Game(0), ADA, {"zoneID": 999}) == {"error": "Invalid zone id specified."}


def test_the_best_characters_come_in_pages() -> None:
    facts = small(guilds=12)
    pages: list[Any] = [character_rankings(facts, 11, {"page": each}) for each in (1, 2)]
    assert [(each["count"], each["hasMorePages"]) for each in pages] == [(100, True), (56, False)]
    rows = [row for each in pages for row in each["rankings"]]
    assert len({row["name"] for row in rows}) == 156
    assert [row["amount"] for row in rows] == sorted((row["amount"] for row in rows), reverse=True)
    assert {row["class"] for row in rows} == set(CLASSES)


def test_the_fastest_fights_come_in_pages() -> None:
    found: Any = fight_rankings(FACTS, 11, {})
    assert [row["guild"]["id"] for row in found["rankings"]] == [1, 2, 3]
    assert found["hasMorePages"] is False
    nobody: Any = fight_rankings(small(reports=0), 11, {})
    assert nobody["rankings"][0]["report"] is None


def _kills(report: ReportFacts) -> list[FightFacts]:
    return [fight for fight in report.fights if fight.is_kill]


def test_a_report_ranks_the_players_of_its_kills() -> None:
    report = next(r for r in map(FACTS.report, range(1, 19)) if len({f.encounter for f in _kills(r)}) > 1)
    first, second = _kills(report)[:2]
    every: Any = report_rankings(FACTS, report, {})
    assert [each["fightID"] for each in every["data"]] == [fight.number for fight in _kills(report)]
    roles = every["data"][0]["roles"]
    assert [len(role["characters"]) for role in roles.values()] == [2, 2, 8]
    one: Any = report_rankings(FACTS, report, {"fightIDs": [second.number]})
    assert [each["fightID"] for each in one["data"]] == [second.number]
    other: Any = report_rankings(FACTS, report, {"encounterID": first.encounter})
    assert {each["encounter"]["id"] for each in other["data"]} == {first.encounter}


def test_every_guild_is_in_the_race() -> None:
    race: Any = progress_race(FACTS)
    assert [each["id"] for each in race] == [1, 2, 3]
    assert len(race[0]["encounters"]) == len(encounters_of(12))
