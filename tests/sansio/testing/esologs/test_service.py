"""All that the schema has can be asked for, and is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type

from offwire.apis.esologs.schema import SCHEMA
from offwire.testing.esologs.documents import Documents
from offwire.testing.esologs.nodes import Complaint
from offwire.testing.esologs.service import Service
from tests.sansio.testing.esologs.asking import small

DOCUMENTS = Documents()
FACTS = small(events=120)
ASKED = {
    "CharacterData.character": "(id: 1)",
    "CharacterData.characters": "(guildID: 1, limit: 1)",
    "Character.encounterRankings": "(encounterID: 11)",
    "GuildData.guild": "(id: 1)",
    "ReportData.report": f'(code: "{FACTS.code(1)}")',
    "UserData.user": "(id: 1)",
    **{f"GameData.{each}": "(id: 1)" for each in ("ability", "class", "item", "item_set", "map", "npc")},
    **{f"WorldData.{each}": "(id: 1)" for each in ("expansion", "region", "server", "subregion", "zone")},
    "WorldData.encounter": "(id: 11)",
}
EMPTY = {  # what is null, or an empty list, in this world
    "GameAbility.description",
    "Guild.currentUserRank",
    "Rank.percentile",
    "Report.guildTag",
    "ReportActor.anonymous",
    "ReportFight.dungeonPulls",
    "ReportFight.enemyPets",
    "ReportFight.enemyPlayers",
    "ReportFight.friendlyNPCs",
    "ReportFight.originalEncounterID",
    "ReportFight.trialScore",
    "ReportFight.trialTime",
    "ReportArchiveStatus.archiveDate",
}


def service(*, race: bool = True) -> Service:
    return Service(FACTS, boundary="whole", burst=60, race=race)


def answer(text: str, *, user: int | None = 1, race: bool = True, **variables: Any) -> dict[str, Any]:
    told: list[tuple[str, Sequence[int]]] = []
    root = service(race=race).root(
        points=lambda _: {"limitPerHour": 1, "pointsSpentThisHour": 0.5, "pointsResetIn": 9},
        user=user,
        told=lambda code, positions: told.append((code, positions)),
    )
    return DOCUMENTS.executed(DOCUMENTS.prepared(text, None), variables, root)


def selection(kind: GraphQLObjectType, depth: int) -> str:
    """All fields of a type, down to a depth; what the arguments of ASKED make worth asking for."""
    fields = []
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        asked = ASKED.get(f"{kind.name}.{name}", "(limit: 2)" if "limit" in field.args else "")
        if f"{kind.name}.{name}" == "Report.events":
            asked = "(limit: 100)"
        if not isinstance(inner, GraphQLObjectType):
            fields.append(f"{name}{asked}")
        elif depth:
            fields.append(f"{name}{asked} {selection(inner, depth - 1)}")
    return f"{{ {' '.join(fields)} __typename }}"


def seen(value: Any, found: set[str]) -> None:
    """Collect the fields that a value holds something in."""
    if isinstance(value, list):
        for each in value:
            seen(each, found)
    elif isinstance(value, dict) and "__typename" in value:
        for name, inner in value.items():
            if inner is not None and inner != []:
                found.add(f"{value['__typename']}.{name}")
            seen(inner, found)


def test_every_field_of_the_schema_is_answered() -> None:
    schema = build_schema(SCHEMA)
    query = schema.query_type
    assert query is not None
    found: set[str] = set()
    for name, field in query.fields.items():
        kind = get_named_type(field.type)
        assert isinstance(kind, GraphQLObjectType)
        text = f"{{ {name} {selection(kind, 4)} __typename }}"
        document = answer(text)
        assert "errors" not in document, document["errors"][:3]
        seen(document["data"], found)
    every = {
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name in kind.fields
    }
    dungeons = {each for each in every if each.startswith("ReportDungeonPull")}
    assert every - found - dungeons <= EMPTY


def test_what_nobody_names_is_null() -> None:
    text = "{ worldData { encounter { id } expansion { id } region { id } server { id } subregion { id } } }"
    assert set(answer(text)["data"]["worldData"].values()) == {None}


def test_zones_are_those_of_an_expansion() -> None:
    text = "query ($id: Int) { worldData { zones(expansion_id: $id) { id } } }"
    zones = [answer(text, id=each)["data"]["worldData"]["zones"] for each in (None, 2, 9)]
    zones = [[zone["id"] for zone in each] for each in zones]
    assert zones == [list(range(1, 13)), [5, 6, 7, 8], []]


def test_the_current_user_has_to_be_signed_in() -> None:
    text = "{ userData { currentUser { id } user(id: 2) { id } } }"
    signed_in = answer(text, user=3)["data"]["userData"]
    assert signed_in == {"currentUser": {"id": 3}, "user": {"id": 2}}
    nobody = answer(text, user=None)
    assert nobody["data"]["userData"] == {"currentUser": None, "user": {"id": 2}}
    assert nobody["errors"][0]["path"] == ["userData", "currentUser"]


def test_without_a_race_there_is_nothing_to_follow() -> None:
    text = "{ progressRaceData { progressRace } }"
    assert answer(text, race=False)["errors"][0]["message"].startswith("No race supported")
    assert len(answer(text)["data"]["progressRaceData"]["progressRace"]) == 3


def test_events_can_be_had_past_documents() -> None:
    code = FACTS.code(1)
    assert len(service().events(code, {})) == 120
    assert all(each["fight"] == 1 for each in service().events(code, {"fightIDs": [1]}))
    with pytest.raises(KeyError, match="nothing"):
        service().events("nothing", {})
    with pytest.raises(Complaint):
        service().events(code, {"filterExpression": "x"})
