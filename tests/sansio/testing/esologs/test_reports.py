"""Reports can be found by code and by search, and lead to all that is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from offwire.testing.esologs.event_log import EventLog
from offwire.testing.esologs.game import Game
from offwire.testing.esologs.nodes import Complaint
from offwire.testing.esologs.people import tag_of
from offwire.testing.esologs.reports import Reports, game_zone_of
from tests.sansio.testing.esologs.asking import got, small

FACTS = small()
TOLD: list[tuple[str, Sequence[int]]] = []
REPORTS = Reports(
    FACTS,
    Game(0),
    EventLog(FACTS, boundary="whole", burst=60),
    lambda code, positions: TOLD.append((code, positions)),
)
NUMBERS = range(18, 0, -1)


def numbers(**asked: Any) -> list[Any]:
    return [FACTS.report_coded(code) for code in got(REPORTS.search(asked), "data", "code")]


def test_a_report_is_found_by_its_code() -> None:
    assert got(REPORTS.asked({"code": FACTS.code(3)}), "guild", "id") == 3


@pytest.mark.parametrize("asked", [{}, {"code": "nothing"}, {"code": None}])
def test_a_bad_code_is_an_error(asked: dict[str, Any]) -> None:
    with pytest.raises(Complaint, match="does not exist"):
        REPORTS.asked(asked)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, list(NUMBERS), id="all"),
        pytest.param({"guildID": 2}, [17, 14, 11, 8, 5, 2], id="guild"),
        pytest.param({"guildID": 9}, [], id="no such guild"),
        pytest.param(
            {
                "guildName": FACTS.guild_name(2),
                "guildServerSlug": "eu-megaserver",
                "guildServerRegion": "EU",
            },
            [17, 14, 11, 8, 5, 2],
            id="guild by name",
        ),
        pytest.param({"userID": 8}, [n for n in NUMBERS if FACTS.owner_of(n) == 8], id="user"),
        pytest.param({"zoneID": 6}, [n for n in NUMBERS if FACTS.zone_of(n) == 6], id="zone"),
        pytest.param(
            {"gameZoneID": game_zone_of(6)}, [n for n in NUMBERS if FACTS.zone_of(n) == 6], id="game zone"
        ),
        pytest.param({"guildTagID": 22, "guildID": 1}, [17, 14, 11, 8, 5, 2], id="a tag comes first"),
        pytest.param(
            {"startTime": float(FACTS.start_of(3)), "endTime": float(FACTS.start_of(5))}, [5, 4, 3], id="time"
        ),
    ],
)
def test_reports_are_searched(asked: dict[str, Any], expected: list[int]) -> None:
    assert numbers(**asked) == expected


def test_a_search_does_not_tell_its_total() -> None:
    found = REPORTS.search({"limit": 5})
    assert (found["total"], found["last_page"], found["has_more_pages"]) == (-1, -1, True)


def test_a_report_leads_to_all_around_it() -> None:
    for number in (1, 3):
        report = REPORTS.node(number)
        assert got(report, "region", "id") == 1
        assert got(report, "zone", "id") == FACTS.zone_of(number)
        assert got(report, "owner", "id") == FACTS.owner_of(number)
        tag = got(report, "guildTag")
        assert (tag and tag["id"]) == tag_of(FACTS.guild_of(number), number)
        known = FACTS.report(number)
        assert got(report, "rankedCharacters", "id") == [each.number for each in known.players]


def test_fights_are_told_and_chosen() -> None:
    nights = [REPORTS.node(number) for number in NUMBERS]
    every = [fight for night in nights for fight in got(night, "fights")]
    assert {fight["kill"] for fight in every} == {True, False, None}
    for fight in every:
        assert (fight["wipeCalledTime"] is None) is (fight["kill"] is not False)
        assert (fight["bossPercentage"] is None) is (fight["encounterID"] == 0)
        assert (fight["bossPercentage"] == 0) is (fight["kill"] is True)
    assert [fight["id"] for fight in got(nights[0], "fights", fightIDs=[2])] == [2]
    for night in nights:
        bosses = {fight["encounterID"] for fight in got(night, "fights", killType="Encounters")}
        assert set(got(night, "phases", "encounterID")) == bosses


def test_master_data_tells_actors_and_abilities() -> None:
    data = got(REPORTS.node(1), "masterData")
    assert got(data, "abilities", "gameID") == [float(each) for each in FACTS.report(1).abilities]
    assert [each["id"] for each in got(data, "actors")] == list(range(1, 20))
    assert [each["id"] for each in got(data, "actors", type="Player")] == list(range(1, 13))
    assert [each["petOwner"] for each in got(data, "actors", type="Pet")] == [1, 2]
    assert [each["id"] for each in got(data, "actors", subType="Boss")] == [15]


def test_events_come_in_pages_and_are_told_of() -> None:
    report = REPORTS.node(1)
    TOLD.clear()
    first = got(report, "events")
    assert 250 < len(first["data"]) <= 300
    assert isinstance(first["nextPageTimestamp"], float)
    rest = got(report, "events", startTime=first["nextPageTimestamp"], limit=10_000)
    assert rest["nextPageTimestamp"] is None
    assert [code for code, _ in TOLD] == [FACTS.code(1)] * 2
    assert [each for _, positions in TOLD for each in positions] == list(range(900))


@pytest.mark.parametrize("limit", [99, 10_001])
def test_a_limit_out_of_bounds_is_an_error(limit: int) -> None:
    with pytest.raises(Complaint, match="between 100 and 10000"):
        got(REPORTS.node(1), "events", limit=limit)


def test_a_report_is_analysed() -> None:
    report = REPORTS.node(1)
    assert got(report, "table", dataType="Healing")["data"]["entries"]
    assert got(report, "graph")["data"]["series"]
    assert "data" in got(report, "rankings")
    assert "playerDetails" in got(report, "playerDetails")["data"]
