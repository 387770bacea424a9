"""The groups: every generated argument is checked, and one look-up takes either an id or a name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from offwire import Call
from offwire.apis.esologs.checking import BY_NAME
from offwire.apis.esologs.groups import (
    Characters,
    GameData,
    Guilds,
    ProgressRace,
    System,
    Users,
    WorldData,
)
from offwire.apis.esologs.reports import Reports

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an id of 0": (lambda: GameData.ability(0), "id"),
    "a truth value": (lambda: GameData.item(True), "id"),
    "a page of 101": (lambda: GameData.items(limit=101), "limit"),
    "page 0": (lambda: GameData.npcs_page(page=0), "page"),
    "no name": (lambda: Characters.by_name("", "na-megaserver", "NA"), "name"),
    "a server's name": (lambda: Characters.by_name("Ada", "NA Megaserver", "NA"), "server_slug"),
    "a region's name": (lambda: WorldData.server_by_slug("North America", "x"), "region"),
    "an encounter in text": (lambda: Characters.encounter_rankings(1, Any_("11")), "encounter_id"),
    "too many reports": (lambda: Characters.overview(1, reports=101), "reports"),
    "attendance of 26": (lambda: Guilds.attendance(1, limit=26), "limit"),
    "attendance in pages of 26": (lambda: Guilds.attendance_page(1, limit=26), "limit"),
    "a guild without a number": (lambda: Users.guild_rank(Any_("1")), "id"),
    "a size in text": (lambda: ProgressRace.get(size=Any_("12")), "size"),
    "no code": (lambda: Reports.fights("/"), "code"),
    "a type that is a number": (lambda: Reports.events("abc", data_type=Any_(3)), "data_type"),
    "a yes in text": (lambda: Reports.events_json("abc", translate=Any_("yes")), "translate"),
    "more than 32 bits": (lambda: Guilds.get(2**31), "id"),
}


def Any_(value: object) -> Any:  # noqa: N802 - it reads as the cast that it is
    return value


@pytest.mark.parametrize("what", REFUSED)
def test_refused_before_anything_is_sent(what: str) -> None:
    call, argument = REFUSED[what]
    with pytest.raises((TypeError, ValueError), match=rf"^{argument} is "):
        call()


def test_more_than_attendance_may_come_of_others() -> None:
    assert Guilds.members(1, limit=100) is not None
    assert isinstance(System.rate_limit(), Call)


@pytest.mark.parametrize("group", [Characters, Guilds])
def test_by_id_or_by_name(group: Any) -> None:
    assert group.find(id=7) == group.get(7)
    found = group.find(name="Ada", server_slug="na-megaserver", server_region="NA")
    assert found == group.by_name("Ada", "na-megaserver", "NA")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({}, id="neither"),
        pytest.param({"id": 1, "name": "Ada"}, id="both"),
        pytest.param({"id": 1, "server_region": "NA"}, id="an id and a region"),
        pytest.param({"name": "Ada", "server_slug": "na-megaserver"}, id="in part"),
    ],
)
@pytest.mark.parametrize("group", [Characters, Guilds])
def test_either_or(group: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"server_slug and server_region|server_slug means nothing"):
        group.find(**arguments)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: Guilds.search(server_slug="na-megaserver"), id="a server without its region"),
        pytest.param(lambda: Guilds.search_page(server_region="NA"), id="a region without a server"),
        pytest.param(lambda: WorldData.fight_rankings(11, server_slug="x"), id="rankings of a server"),
        pytest.param(lambda: ProgressRace.get(server_subregion="x"), id="a part of no region"),
        pytest.param(lambda: ProgressRace.get(guild_name="X", server_region="NA"), id="a guild of no server"),
        pytest.param(lambda: ProgressRace.composition(guild_name="X"), id="a guild of nowhere"),
    ],
)
def test_what_means_nothing_alone(call: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="means nothing without"):
        call()


def test_a_region_may_stand_alone_where_rankings_are_asked_for() -> None:
    assert WorldData.character_rankings(11, server_region="NA") is not None
    assert ProgressRace.get(server_region="NA") is not None


@pytest.mark.parametrize(
    "group", [Characters, GameData, Guilds, ProgressRace, Reports, System, Users, WorldData]
)
def test_no_argument_is_without_a_check(group: type) -> None:
    methods = [each for name, each in inspect.getmembers(group) if callable(each) and name[0] != "_"]
    taken = {name for each in methods for name in inspect.signature(each).parameters}
    assert taken - BY_NAME.keys() <= {"self", "after", "_group"}
