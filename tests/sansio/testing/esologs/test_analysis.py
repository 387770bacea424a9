"""Tables and graphs are sums over the events that a client gets."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from offwire.testing.esologs.analysis import graph, player_details, table
from offwire.testing.esologs.event_log import EventLog
from offwire.testing.esologs.filters import event_filter
from offwire.testing.esologs.nodes import Complaint
from tests.sansio.testing.esologs.asking import small

FACTS = small()
REPORT = FACTS.report(1)
LOG = EventLog(FACTS, boundary="whole", burst=60)


def summed(by: str, weight: str | None, **asked: Any) -> dict[Any, Any]:
    sums: Counter[Any] = Counter()
    events: list[dict[str, Any]] = LOG.events(REPORT, event_filter(REPORT, asked))
    for event in events:
        sums[event[by]] += 1 if weight is None else event[weight]
    return dict(sums)


@pytest.mark.parametrize(
    ("asked", "by", "weight"),
    [
        pytest.param({"dataType": "DamageDone"}, "sourceID", "amount", id="damage by source"),
        pytest.param({"dataType": "DamageTaken", "viewBy": "Target"}, "targetID", "amount", id="by target"),
        pytest.param(
            {"dataType": "Healing", "viewBy": "Ability"}, "abilityGameID", "amount", id="by ability"
        ),
        pytest.param({"dataType": "Resources"}, "sourceID", "resourceChange", id="resources"),
        pytest.param({"dataType": "Casts", "fightIDs": [2]}, "sourceID", None, id="casts of a fight"),
        pytest.param(
            {"dataType": "DamageDone", "hostilityType": "Enemies"}, "sourceID", "amount", id="of enemies"
        ),
    ],
)
def test_tables_and_graphs_are_sums(asked: dict[str, Any], by: str, weight: str | None) -> None:
    key = "guid" if asked.get("viewBy") == "Ability" else "id"
    expected = summed(by, weight, **{name: value for name, value in asked.items() if name != "viewBy"})
    tabled: Any = table(LOG, REPORT, asked)
    assert {each[key]: each["total"] for each in tabled["data"]["entries"]} == expected
    assert expected
    drawn: Any = graph(LOG, REPORT, asked)
    assert {each[key]: each["total"] for each in drawn["data"]["series"]} == expected
    assert {each[key]: sum(each["data"]) for each in drawn["data"]["series"]} == expected


def test_a_summary_is_one_of_damage() -> None:
    damage = table(LOG, REPORT, {"dataType": "DamageDone"})
    assert table(LOG, REPORT, {}) == table(LOG, REPORT, {"dataType": "Summary"}) == damage


def test_entries_are_told_by_what_they_are() -> None:
    friends: Any = table(LOG, REPORT, {})
    assert {each["type"] for each in friends["data"]["entries"] if each["id"] > 12} == {"Pet"}
    foes: Any = table(LOG, REPORT, {"hostilityType": "Enemies"})
    assert {each["type"] for each in foes["data"]["entries"]} == {"NPC"}


def test_without_fights_there_is_nothing() -> None:
    drawn: Any = graph(LOG, REPORT, {"fightIDs": [99]})
    assert drawn == {"data": {"series": [], "startTime": 0, "endTime": 0}}


def test_times_are_those_asked_for() -> None:
    drawn: Any = graph(LOG, REPORT, {"startTime": 1000.0, "endTime": 20_000.0})
    assert (drawn["data"]["startTime"], drawn["data"]["endTime"]) == (1000, 20_001)
    with pytest.raises(Complaint):
        table(LOG, REPORT, {"filterExpression": "type = 'damage'"})


def test_players_are_told_by_role() -> None:
    details: Any = player_details(REPORT, {"fightIDs": [1]})
    roles = details["data"]["playerDetails"]
    assert [[each["id"] for each in roles[role]] for role in ("tanks", "healers", "dps")] == [
        [1, 2],
        [3, 4],
        list(range(5, 13)),
    ]
    assert roles["tanks"][0]["combatantInfo"] == []
    geared: Any = player_details(REPORT, {"includeCombatantInfo": True})
    assert "stats" in geared["data"]["playerDetails"]["dps"][0]["combatantInfo"]
    nobody: Any = player_details(REPORT, {"fightIDs": [99]})
    assert nobody == {"data": {"playerDetails": {"tanks": [], "healers": [], "dps": []}}}
