"""Who plays can be found by id and by name, and leads to everything around."""

from __future__ import annotations

from typing import Any

import pytest

from offwire.testing.esologs.game import Game
from offwire.testing.esologs.nodes import Complaint
from offwire.testing.esologs.people import People, located, tag_of
from tests.sansio.testing.esologs.asking import got, small

FACTS = small()
PEOPLE = People(FACTS, Game(0), lambda number: {"number": number})
SERVER = {"serverSlug": "na-megaserver", "serverRegion": "na"}


def test_regions_subregions_and_servers_lead_to_each_other() -> None:
    region = PEOPLE.region(2)
    assert got(region, "compactName") == "EU"
    assert got(region, "subregions", "region", "id") == [2]
    assert got(region, "servers", "data", "region", "id") == [2]
    assert got(PEOPLE.subregion(1), "servers", "data", "subregion", "id") == [1]


@pytest.mark.parametrize("missing", [None, 0, 3])
def test_a_place_that_does_not_exist_is_none(missing: int | None) -> None:
    assert PEOPLE.region(missing) is PEOPLE.subregion(missing) is PEOPLE.server(missing) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({"id": 2}, 2, id="id"),
        pytest.param({"slug": "eu-megaserver", "region": "EU"}, 2, id="slug and region"),
        pytest.param({"slug": "eu-megaserver", "region": "NA"}, None, id="another region's"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_a_server_can_be_asked_for(asked: dict[str, Any], expected: int | None) -> None:
    found = PEOPLE.server_asked(asked)
    assert (None if found is None else found["id"]) == expected
    assert located({}, "slug", "region") is None


def test_a_server_lists_guilds_and_characters() -> None:
    server = PEOPLE.server(1)
    assert got(server, "guilds", "data", "id") == [1, 3]
    assert got(server, "characters", limit=50)["total"] == 26


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({"id": 3}, 3, id="id"),
        pytest.param({"name": FACTS.guild_name(3), **SERVER}, 3, id="name"),
        pytest.param({"name": FACTS.guild_name(2), **SERVER}, None, id="on another server"),
        pytest.param({"name": "nobody", **SERVER}, None, id="nobody"),
        pytest.param({"id": 4}, None, id="no such id"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_a_guild_can_be_asked_for(asked: dict[str, Any], expected: int | None) -> None:
    found = PEOPLE.guild_asked(asked)
    assert (None if found is None else found["id"]) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, [1, 2, 3], id="all"),
        pytest.param({"serverID": 2}, [2], id="by id of a server"),
        pytest.param({"serverSlug": "na-megaserver", "serverRegion": "NA"}, [1, 3], id="by slug"),
        pytest.param({"serverSlug": "nowhere", "serverRegion": "NA"}, [], id="of no server"),
    ],
)
def test_guilds_can_be_listed(asked: dict[str, Any], expected: list[int]) -> None:
    assert got(PEOPLE.guilds_asked(asked), "data", "id") == expected


def test_a_guild_leads_to_all_that_is_its_own() -> None:
    guild = PEOPLE.guild(2)
    assert got(guild, "tags", "id") == [21, 22]
    assert got(guild, "tags", "guild", "id") == [2, 2]
    assert got(guild, "members", "data", "id") == list(FACTS.members_of(2))
    assert got(guild, "server", "id") == 2
    assert got(guild, "zoneRanking", "speed")["worldRank"]["number"] >= 1
    assert PEOPLE.tag(43) is PEOPLE.tag(23) is None


def test_attendance_tells_the_latest_night_first() -> None:
    guild = PEOPLE.guild(2)
    nights = got(guild, "attendance")
    assert (nights["per_page"], nights["total"]) == (16, 6)
    assert got(nights, "data", "code") == [FACTS.code(each) for each in (17, 14, 11, 8, 5, 2)]
    assert {len(players) for players in got(nights, "data", "players")} == {12}
    assert got(nights, "data", "zone", "id") == [FACTS.zone_of(each) for each in (17, 14, 11, 8, 5, 2)]
    of_zone = got(guild, "attendance", zoneID=FACTS.zone_of(2))
    assert FACTS.code(2) in got(of_zone, "data", "code")
    tagged = got(guild, "attendance", guildTagID=22)
    assert got(tagged, "data", "code") == [FACTS.code(each) for each in (17, 14, 11, 8, 5, 2)]
    assert [tag_of(2, 2), tag_of(2, 3)] == [22, None]
    with pytest.raises(Complaint):
        got(guild, "attendance", limit=26)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({"id": 1}, 1, id="id"),
        pytest.param({"name": FACTS.character(5).name, **SERVER}, 5, id="name"),
        pytest.param({"name": FACTS.character(14).name, **SERVER}, None, id="on another server"),
        pytest.param({"name": "nobody", **SERVER}, None, id="nobody"),
        pytest.param({"id": 40}, None, id="no such id"),
        pytest.param({"id": 0}, None, id="zero"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_a_character_can_be_asked_for(asked: dict[str, Any], expected: int | None) -> None:
    found = PEOPLE.character_asked(asked)
    assert (None if found is None else found["id"]) == expected


def test_characters_of_a_guild_can_be_listed() -> None:
    assert got(PEOPLE.characters_asked({"guildID": 1, "limit": 2}), "data", "id") == [1, 2]
    assert PEOPLE.characters_asked({"guildID": 9}) is None


def test_a_character_leads_to_all_that_is_their_own() -> None:
    character = PEOPLE.character(14)
    assert got(character, "server", "id") == 2
    assert got(character, "guilds", "id") == [2]
    reports = got(character, "recentReports")
    assert reports["per_page"] == 10
    assert {FACTS.guild_of(each) for each in got(reports, "data", "number")} <= {2}
    assert "error" in got(character, "gameData")
    assert got(character, "encounterRankings", encounterID=11)["zone"] == 1
    assert got(character, "zoneRankings")["zone"] == 12


def test_a_user_leads_to_their_characters() -> None:
    user = PEOPLE.user(1)
    assert got(user, "characters", "id") == list(FACTS.characters_of(1))
    assert got(user, "guilds", "id") == [1, 2, 3]
    assert [got(PEOPLE.user(each), "naDisplayName") for each in (1, 2)] == ["@Player1", None]
    assert PEOPLE.user(None) is PEOPLE.user(0) is PEOPLE.user(10) is None
