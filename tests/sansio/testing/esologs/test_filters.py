"""Arguments say which events are wanted; what is not understood is refused."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from offwire.testing.esologs.actors import BOSS, COMBATANT, FRIENDLIES
from offwire.testing.esologs.facts import FightFacts
from offwire.testing.esologs.filters import actor_name, event_filter, fight_filter
from offwire.testing.esologs.game import CLASSES
from offwire.testing.esologs.nodes import Complaint
from tests.sansio.testing.esologs.asking import small

REPORT = small().report(1)
BOSS_FIGHT = FightFacts(
    number=2, encounter=11, name="It", difficulty=121, is_kill=True, start=100, end=200, first=0, events=9
)
TRASH = FightFacts(
    number=1, encounter=0, name="Trash", difficulty=None, is_kill=None, start=0, end=50, first=0, events=9
)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, [1, 2, 3], id="all"),
        pytest.param({"fightIDs": [1, 3]}, [1, 3], id="by id"),
        pytest.param({"encounterID": 11}, [2, 3], id="by encounter"),
        pytest.param({"difficulty": 122}, [], id="by difficulty"),
        pytest.param({"killType": "All"}, [1, 2, 3], id="of all types"),
        pytest.param({"killType": "Kills"}, [2], id="kills"),
        pytest.param({"killType": "Wipes"}, [3], id="wipes"),
        pytest.param({"killType": "Encounters"}, [2, 3], id="encounters"),
        pytest.param({"killType": "Trash"}, [1], id="trash"),
    ],
)
def test_fights_are_chosen(asked: dict[str, Any], expected: list[int]) -> None:
    wipe = evolve(BOSS_FIGHT, number=3, is_kill=False)
    wanted = fight_filter(asked)
    assert [each.number for each in (TRASH, BOSS_FIGHT, wipe) if wanted.takes_fight(each)] == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, True, id="whenever"),
        pytest.param({"startTime": 200.0}, True, id="from its end on"),
        pytest.param({"startTime": 200.5}, False, id="from after its end on"),
        pytest.param({"endTime": 100.0}, True, id="until its start"),
        pytest.param({"endTime": 99.5}, False, id="until before its start"),
        pytest.param({"fightIDs": [1]}, False, id="another fight"),
    ],
)
def test_times_hold_their_ends(asked: dict[str, Any], expected: bool) -> None:
    assert event_filter(REPORT, asked).takes_fight(BOSS_FIGHT) is expected


def test_a_filter_can_begin_later() -> None:
    assert event_filter(REPORT, {"endTime": 9.0}).starting(7).start == 7


@pytest.mark.parametrize("name", ["filterExpression", "sourceAurasPresent", "targetInstanceID"])
def test_what_is_not_understood_is_refused(name: str) -> None:
    with pytest.raises(Complaint, match=name):
        event_filter(REPORT, {name: "x"})
    assert event_filter(REPORT, {name: None}).takes_all


def word(kind: int = 0, source: int = 0, target: int = 0, ability: int = 0) -> int:
    return kind | source << 8 | target << 16 | ability << 24


@pytest.mark.parametrize(
    ("asked", "taken", "passed_over"),
    [
        pytest.param({"sourceID": 2}, word(source=1), word(source=2), id="source"),
        pytest.param({"targetID": BOSS}, word(target=0), word(target=2), id="target"),
        pytest.param(
            {"abilityID": float(REPORT.abilities[3])}, word(ability=3), word(ability=4), id="ability"
        ),
        pytest.param({"dataType": "DamageDone"}, word(), word(kind=120), id="type"),
        pytest.param(
            {"sourceClass": CLASSES[REPORT.players[4].class_id - 1]},
            word(source=4),
            word(source=12),
            id="class",
        ),
    ],
)
def test_events_are_chosen(asked: dict[str, Any], taken: int, passed_over: int) -> None:
    wanted = event_filter(REPORT, asked)
    assert not wanted.takes_all
    assert [wanted.takes(taken), wanted.takes(passed_over)] == [True, False]


@pytest.mark.parametrize("asked", [{"targetID": 1}, {"abilityID": float(REPORT.abilities[0])}])
def test_what_a_player_wears_has_no_target_and_no_ability(asked: dict[str, Any]) -> None:
    assert event_filter(REPORT, {"sourceID": 1}).takes(word(kind=COMBATANT))
    assert not event_filter(REPORT, asked).takes(word(kind=COMBATANT))


def test_a_class_and_an_actor_have_to_fit() -> None:
    seat_class = CLASSES[REPORT.players[4].class_id - 1]
    assert event_filter(REPORT, {"sourceClass": seat_class, "sourceID": 5}).sources == frozenset([5])
    assert event_filter(REPORT, {"sourceClass": seat_class, "sourceID": 13}).sources == frozenset()


def test_events_can_tell_more_than_ids() -> None:
    plain = {"sourceID": 2, "targetID": BOSS, "abilityGameID": 9}
    assert event_filter(REPORT, {}).is_plain
    names = event_filter(REPORT, {"useAbilityIDs": False, "useActorIDs": False})
    assert not names.is_plain
    assert names.dressed(REPORT, dict(plain), 0) == {
        "ability": {"name": "Ability 9", "guid": 9, "type": 1},
        "source": {"name": REPORT.players[1].name, "id": 2},
        "target": {"name": f"Creature {BOSS}", "id": BOSS},
    }
    resources = event_filter(REPORT, {"includeResources": True}).dressed(REPORT, dict(plain), 2**64 - 1)
    assert resources["abilityGameID"] == 9
    assert resources["sourceResources"] == resources["targetResources"]
    both = event_filter(REPORT, {"includeResources": True, "useAbilityIDs": False, "useActorIDs": False})
    gear = both.dressed(REPORT, {"sourceID": 1}, 0)
    assert gear.keys() == {"source", "sourceResources"}


def test_every_actor_has_a_name() -> None:
    assert len({actor_name(REPORT, each) for each in FRIENDLIES}) == len(FRIENDLIES)
