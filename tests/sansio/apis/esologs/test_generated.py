"""What is generated: every operation, against the stand-in, and all of the schema that can be reached."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from attrs import has
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    concat_ast,
    parse,
    validate,
    visit,
)

from offwire import Bearer, Call, ClientCredentials, Pages
from offwire.apis.esologs import TOKEN_URL, EsoLogs, generated
from offwire.apis.esologs.generated.report_search import ReportSearch
from offwire.apis.esologs.schema import SCHEMA
from offwire.auth.fetched import TokenSource
from offwire.errors import GraphQLError
from offwire.mode import Sync
from offwire.operations.descriptors import operation, pages
from offwire.operations.group import Group
from offwire.testing import Answer, Client, Script, json_answer
from offwire.testing.esologs import FakeEsoLogs
from tests.sansio.apis.esologs.kit import signed_in

Eso: TypeAlias = EsoLogs[Sync]
REPOSITORY = Path(__file__).resolve().parents[4]
QUERIES = REPOSITORY / "sansio/offwire/apis/esologs/queries"
SHARED = REPOSITORY.parent / "shared/specs"
GROUPS = (
    *("game_data", "characters", "world_data", "guilds", "reports", "progress_race", "users", "system"),
    "report_search",
)


def code(eso: Eso) -> str:
    return next(eso.reports.of_guild(1)).code


def named(eso: Eso) -> tuple[str, str, str]:
    character = next(eso.guilds.members(1))
    return character.name, character.server.slug, character.server.region.slug


OPERATIONS: dict[str, Callable[[Eso], object]] = {
    "game_data.ability": lambda eso: eso.game_data.ability(1),
    "game_data.abilities": lambda eso: eso.game_data.abilities(limit=100),
    "game_data.abilities_page": lambda eso: eso.game_data.abilities_page(limit=3, page=2),
    "game_data.class_": lambda eso: eso.game_data.class_(1, faction_id=1, zone_id=1),
    "game_data.classes": lambda eso: eso.game_data.classes(faction_id=1, zone_id=1),
    "game_data.factions": lambda eso: eso.game_data.factions(),
    "game_data.item": lambda eso: eso.game_data.item(1),
    "game_data.items": lambda eso: eso.game_data.items(limit=100),
    "game_data.items_page": lambda eso: eso.game_data.items_page(limit=3, page=2),
    "game_data.item_set": lambda eso: eso.game_data.item_set(1),
    "game_data.item_sets": lambda eso: eso.game_data.item_sets(limit=100),
    "game_data.item_sets_page": lambda eso: eso.game_data.item_sets_page(limit=3, page=2),
    "game_data.map": lambda eso: eso.game_data.map(1),
    "game_data.maps": lambda eso: eso.game_data.maps(limit=100),
    "game_data.maps_page": lambda eso: eso.game_data.maps_page(limit=3, page=2),
    "game_data.npc": lambda eso: eso.game_data.npc(1),
    "game_data.npcs": lambda eso: eso.game_data.npcs(limit=100),
    "game_data.npcs_page": lambda eso: eso.game_data.npcs_page(limit=3, page=2),
    "characters.get": lambda eso: eso.characters.get(1),
    "characters.by_name": lambda eso: eso.characters.by_name(*named(eso)),
    "characters.of_guild": lambda eso: eso.characters.of_guild(1, limit=15),
    "characters.of_guild_page": lambda eso: eso.characters.of_guild_page(1, limit=15, page=2),
    "characters.overview": lambda eso: eso.characters.overview(1, zone_id=1, reports=3),
    "characters.recent_reports": lambda eso: eso.characters.recent_reports(1, limit=15),
    "characters.recent_reports_page": lambda eso: eso.characters.recent_reports_page(1, limit=5, page=2),
    "characters.encounter_ranking": lambda eso: eso.characters.encounter_ranking(1, 11),
    "characters.encounter_rankings": lambda eso: eso.characters.encounter_rankings(
        1, 11, by_bracket=True, class_name="Templar", compare="Parses", difficulty=122,
        include_combatant_info=True, include_private_logs=False, metric="dps", partition=-1, role="DPS",
        size=12, spec_name="MagickaDPS", timeframe="Historical",
    ),
    "characters.zone_rankings": lambda eso: eso.characters.zone_rankings(
        1, zone_id=1, by_bracket=True, class_name="Templar", compare="Rankings", difficulty=122,
        include_private_logs=False, metric="hps", partition=1, role="Healer", size=12,
        spec_name="MagickaDPS", timeframe="Today",
    ),
    "characters.game_data": lambda eso: eso.characters.game_data(1, spec_id=1, force_update=False),
    "world_data.overview": lambda eso: eso.world_data.overview(),
    "world_data.zones": lambda eso: eso.world_data.zones(expansion_id=1),
    "world_data.zone": lambda eso: eso.world_data.zone(1),
    "world_data.encounters": lambda eso: eso.world_data.encounters(1),
    "world_data.encounter": lambda eso: eso.world_data.encounter(11),
    "world_data.character_rankings": lambda eso: eso.world_data.character_rankings(
        11, bracket=1, class_name="Templar", difficulty=122, external_buffs="Any", filter="",
        hard_mode_level="Any", include_combatant_info=True, leaderboard="LogsOnly", metric="dps", page=1,
        partition=1, server_region="NA", server_slug="na-megaserver", size=12, spec_name="MagickaDPS",
    ),
    "world_data.fight_rankings": lambda eso: eso.world_data.fight_rankings(
        11, bracket=1, difficulty=122, filter="", hard_mode_level="Highest", leaderboard="Any",
        metric="speed", page=1, partition=1, server_region="NA", server_slug="na-megaserver", size=12,
    ),
    "world_data.expansions": lambda eso: eso.world_data.expansions(),
    "world_data.expansion": lambda eso: eso.world_data.expansion(1),
    "world_data.regions": lambda eso: eso.world_data.regions(),
    "world_data.region": lambda eso: eso.world_data.region(1),
    "world_data.region_servers": lambda eso: eso.world_data.region_servers(1, limit=5),
    "world_data.region_servers_page": lambda eso: eso.world_data.region_servers_page(1, limit=5, page=1),
    "world_data.subregion": lambda eso: eso.world_data.subregion(1),
    "world_data.subregion_servers": lambda eso: eso.world_data.subregion_servers(1, limit=5),
    "world_data.subregion_servers_page": lambda eso: eso.world_data.subregion_servers_page(
        1, limit=5, page=1
    ),
    "world_data.server": lambda eso: eso.world_data.server(1),
    "world_data.server_by_slug": lambda eso: eso.world_data.server_by_slug("NA", "na-megaserver"),
    "world_data.server_guilds": lambda eso: eso.world_data.server_guilds(1, limit=5),
    "world_data.server_guilds_page": lambda eso: eso.world_data.server_guilds_page(1, limit=5, page=1),
    "world_data.server_characters": lambda eso: eso.world_data.server_characters(1, limit=100),
    "world_data.server_characters_page": lambda eso: eso.world_data.server_characters_page(
        1, limit=5, page=1
    ),
    "guilds.get": lambda eso: eso.guilds.get(1),
    "guilds.by_name": lambda eso: eso.guilds.by_name("Elder Ward 1", "na-megaserver", "NA"),
    "guilds.search": lambda eso: eso.guilds.search(
        server_id=1, server_slug="na-megaserver", server_region="NA"
    ),
    "guilds.search_page": lambda eso: eso.guilds.search_page(server_id=1, limit=3, page=2),
    "guilds.attendance": lambda eso: eso.guilds.attendance(1, zone_id=2, limit=20),
    "guilds.attendance_page": lambda eso: eso.guilds.attendance_page(1, zone_id=2, limit=2, page=2),
    "guilds.members": lambda eso: eso.guilds.members(1, limit=15),
    "guilds.members_page": lambda eso: eso.guilds.members_page(1, limit=15, page=2),
    "guilds.zone_ranking": lambda eso: eso.guilds.zone_ranking(1, zone_id=1, size=12, difficulty=122),
    "reports.get": lambda eso: eso.reports.get(code(eso)),
    "reports.search": lambda eso: eso.reports.search(guild_id=1, limit=15),
    "reports.search_page": lambda eso: eso.reports.search_page(guild_id=1, limit=5, page=2),
    "reports.fights": lambda eso: eso.reports.fights(
        code(eso), difficulty=None, encounter_id=None, fight_ids=[1, 2], kill_type="All", translate=True
    ),
    "reports.phases": lambda eso: eso.reports.phases(code(eso)),
    "reports.master_data": lambda eso: eso.reports.master_data(
        code(eso), translate=True, type="Player", sub_type=None
    ),
    "reports.ranked_characters": lambda eso: eso.reports.ranked_characters(code(eso)),
    "reports.events_json": lambda eso: eso.reports.events_json(code(eso), data_type="DamageDone", limit=100),
    "reports.graph": lambda eso: eso.reports.graph(code(eso), data_type="DamageDone", fight_ids=[1]),
    "reports.table": lambda eso: eso.reports.table(code(eso), data_type="Summary", fight_ids=[1]),
    "reports.rankings": lambda eso: eso.reports.rankings(code(eso), compare="Parses", player_metric="dps"),
    "reports.player_details": lambda eso: eso.reports.player_details(code(eso), fight_ids=[1]),
    "progress_race.get": lambda eso: eso.progress_race.get(zone_id=1),
    "progress_race.composition": lambda eso: eso.progress_race.composition(guild_id=1, encounter_id=11),
    "users.get": lambda eso: eso.users.get(1),
    "users.current": lambda eso: eso.users.current(),
    "users.identity": lambda eso: eso.users.identity(),
    "users.guild_rank": lambda eso: eso.users.guild_rank(1) or "the stand-in knows no ranks",
    "system.rate_limit": lambda eso: eso.system.rate_limit(),
}  # fmt: skip


def declared(name: str) -> Iterator[str]:
    """The operations and paged lists that a generated group declares."""
    module = importlib.import_module(f"offwire.apis.esologs.generated.{name}")
    (group,) = (vars(module)[each] for each in module.__all__)
    assert issubclass(group, Group)
    where = "reports" if name == "report_search" else name
    return (f"{where}.{each}" for each, what in vars(group).items() if isinstance(what, operation | pages))


def test_the_table_has_every_operation() -> None:
    assert {each for name in GROUPS for each in declared(name)} == OPERATIONS.keys()


@pytest.fixture(scope="module")
def eso() -> Eso:
    fake = FakeEsoLogs(events=200, reports=12, progress_race=True)
    return signed_in(fake, Client(fake))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_answered(eso: Eso, name: str) -> None:
    answer = OPERATIONS[name](eso)
    if isinstance(answer, Iterator):
        answer = list(answer)
    assert answer
    assert isinstance(answer, list | dict | str) or has(type(answer))


def test_a_rank_is_one_of_the_known_ones_or_a_new_one() -> None:
    def rank(name: str) -> Answer:
        return json_answer({"data": {"guildData": {"guild": {"currentUserRank": name}}}})

    eso = EsoLogs(Client(Script(rank("Officer"), rank("Archmage"))), user=Bearer("token"))
    assert eso.users.guild_rank(1) is generated.GuildRank.OFFICER
    assert eso.users.guild_rank(1) == generated.GuildRank("Archmage")


def test_iterators_and_pages_give_the_same(eso: Eso) -> None:
    every = list(eso.guilds.members(1, limit=7))
    pages_ = [eso.guilds.members_page(1, limit=7, page=number) for number in range(1, 7)]
    assert every == [each for page in pages_ if page is not None for each in page.data]
    assert len(every) == 40


def test_totals_are_not_asked() -> None:
    def page(number: int, *, more: bool) -> dict[str, object]:
        data = [{"id": number, "name": f"Set {number}"}]
        told = {"total": -1, "per_page": 1, "current_page": number, "from": None, "to": None, "last_page": -1}
        return {"data": {"gameData": {"item_sets": {"data": data, **told, "has_more_pages": more}}}}

    server = Script(
        json_answer(page(1, more=True)), json_answer(page(2, more=True)), json_answer(page(3, more=False))
    )
    eso = EsoLogs(Client(server), auth=Bearer("token"))
    assert [each.id for each in eso.game_data.item_sets(limit=1)] == [1, 2, 3]


MISSING: dict[str, Callable[[Eso], object]] = {
    "an ability": lambda eso: eso.game_data.ability(999_999),
    "a class": lambda eso: eso.game_data.class_(999_999),
    "an item": lambda eso: eso.game_data.item(999_999),
    "a character": lambda eso: eso.characters.get(999_999),
    "a character by its name": lambda eso: eso.characters.by_name("Nobody", "na-megaserver", "NA"),
    "a character's overview": lambda eso: eso.characters.overview(999_999),
    "a character's reports": lambda eso: eso.characters.recent_reports_page(999_999),
    "a character's rankings": lambda eso: eso.characters.zone_rankings(999_999),
    "a zone": lambda eso: eso.world_data.zone(999_999),
    "an encounter": lambda eso: eso.world_data.encounter(999_999),
    "an encounter's rankings": lambda eso: eso.world_data.character_rankings(999_999),
    "a server": lambda eso: eso.world_data.server(999_999),
    "a guild": lambda eso: eso.guilds.get(999_999),
    "a guild's members": lambda eso: eso.guilds.members_page(999_999),
    "a user": lambda eso: eso.users.get(999_999),
}


@pytest.mark.parametrize("missing", MISSING)
def test_what_there_is_not_is_none(eso: Eso, missing: str) -> None:
    assert MISSING[missing](eso) is None


def test_a_list_of_what_there_is_not_is_empty(eso: Eso) -> None:
    assert list(eso.guilds.members(999_999)) == []
    assert list(eso.characters.recent_reports(999_999)) == []


def test_a_report_that_there_is_not_is_an_error(eso: Eso) -> None:
    with pytest.raises(GraphQLError, match="does not exist") as caught:
        eso.reports.get("NoSuchReport")
    assert caught.value.problems[0].path == ("reportData", "report")


def test_without_a_client_an_operation_is_a_value() -> None:
    assert isinstance(generated.GameData.ability(7), Call)
    assert isinstance(ReportSearch.search(guild_id=1), Pages)


def test_everything_can_be_had_from_one_place() -> None:
    for name in generated.__all__:
        assert getattr(generated, name) is not None
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = generated.Nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def documents() -> DocumentNode:
    return concat_ast([parse(path.read_text()) for path in sorted(QUERIES.glob("*.graphql"))])


def operation_names(document: DocumentNode) -> set[str]:
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return {each.name.value for each in found if each.name is not None}


class Used(Visitor):
    """Which fields and arguments documents use, each with the type that has them."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.fields: set[tuple[str, str]] = set()
        self.arguments: set[tuple[str, str, str]] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.types.get_parent_type()
        assert parent is not None
        self.fields.add((parent.name, node.name.value))
        self.arguments |= {(parent.name, node.name.value, each.name.value) for each in node.arguments}


def used(schema: GraphQLSchema) -> Used:
    types = TypeInfo(schema)
    found = Used(types)
    visit(documents(), TypeInfoVisitor(types, found))
    return found


def test_nearly_all_of_the_schema_is_within_reach() -> None:
    schema = build_schema(SCHEMA)
    types = [
        each for name, each in schema.type_map.items()
        if isinstance(each, GraphQLObjectType) and not name.startswith("__")
    ]  # fmt: skip
    fields = {(each.name, name) for each in types for name in each.fields}
    arguments = {
        (each.name, name, argument)
        for each in types
        for name, field in each.fields.items()
        for argument in field.args
    }
    found = used(schema)
    assert (len(fields), len(arguments)) == (361, 251)
    # A class of a specialisation of a class would be the class again.
    assert fields - found.fields == {("GameSpec", "class")}
    assert arguments - found.arguments == set()


def test_documents_suit_the_sites_own_schema() -> None:
    path = SHARED / "esologs-schema.graphql"
    if not path.exists():
        pytest.skip("the site's schema is not at hand")
    assert validate(build_schema(path.read_text(), assume_valid_sdl=True), documents()) == []


def test_every_query_of_the_python_client_has_its_like() -> None:
    path = SHARED / "esologs-queries.graphql"
    if not path.exists():
        pytest.skip("the queries of the Python client are not at hand")
    theirs, ours = operation_names(parse(path.read_text())), operation_names(documents())
    assert len(theirs) == 39
    assert theirs <= ours


def test_tokens_are_had_from_the_site() -> None:
    fake = FakeEsoLogs()
    source: TokenSource = ClientCredentials(token_url=TOKEN_URL, client_id="client", client_secret="secret")
    eso = EsoLogs(Client(fake), auth=source)
    assert eso.game_data.ability(1) is not None
    assert fake.stats.token_requests == 1


def test_every_name_is_loaded_when_it_is_named() -> None:
    names = [name for name in generated.__all__ if not name.startswith("_")]
    assert len(names) > 100
    for name in names:
        if name in vars(generated):
            delattr(generated, name)  # as if nobody had named it before
        assert getattr(generated, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Dragon'"):
        _ = generated.Dragon  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
