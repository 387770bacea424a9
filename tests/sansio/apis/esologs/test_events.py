"""Events: what is read of them, by the names that the server has for it, and what is passed over."""

from __future__ import annotations

from attrs import fields

from offwire.apis.esologs.events import (
    Event,
    EventAbility,
    EventActor,
    Resources,
    as_on_the_wire,
)
from offwire.formats.naming import wire_fields
from offwire.formats.structure import structure


def test_names_on_the_wire() -> None:
    assert as_on_the_wire("ability_game_id") == "abilityGameID"
    assert as_on_the_wire("source_is_friendly") == "sourceIsFriendly"
    named = wire_fields(Event)
    assert (named["cast_track_id"], named["killing_ability_game_id"]) == (
        "castTrackID",
        "killingAbilityGameID",
    )
    assert wire_fields(EventAbility)["icon"] == "abilityIcon"
    assert wire_fields(Resources)["max_hit_points"] == "maxHitPoints"


def test_a_hit() -> None:
    event = structure(
        {
            "timestamp": 1234,
            "type": "damage",
            "sourceID": 3,
            "targetID": 17,
            "targetInstance": 2,
            "abilityGameID": 38788,
            "fight": 4,
            "hitType": 2,
            "amount": 21030,
            "castTrackID": 9001,
            "somethingNew": {"of": "tomorrow"},
        },
        Event,
    )
    assert event == Event(
        timestamp=1234.0,
        type="damage",
        source_id=3,
        target_id=17,
        target_instance=2,
        ability_game_id=38788,
        fight=4,
        hit_type=2,
        amount=21030,
        cast_track_id=9001,
    )


def test_what_comes_only_when_it_is_asked_for() -> None:
    event = structure(
        {
            "timestamp": 0,
            "type": "cast",
            "ability": {"name": "Jabs", "guid": 26114, "type": 1, "abilityIcon": "jabs.png"},
            "source": {
                "name": "Aela",
                "id": 3,
                "guid": 1,
                "type": "Templar",
                "server": "NA",
                "icon": "Templar",
            },
            "sourceResources": {"hitPoints": 20000, "maxHitPoints": 21000, "x": -5, "championPoints": 810},
        },
        Event,
    )
    assert event.ability == EventAbility(name="Jabs", guid=26114, type=1, icon="jabs.png")
    assert event.source == EventActor(name="Aela", id=3, guid=1, type="Templar", server="NA", icon="Templar")
    assert event.source_resources == Resources(
        hit_points=20000, max_hit_points=21000, x=-5, champion_points=810
    )


def test_only_time_and_type_are_required() -> None:
    assert {each.name for each in fields(Event) if each.default is not None} == {"timestamp", "type"}


def test_shows_what_there_is() -> None:
    event = Event(timestamp=1.0, type="cast", source_id=3)
    assert repr(event) == "Event(timestamp=1.0, type='cast', source_id=3)"
