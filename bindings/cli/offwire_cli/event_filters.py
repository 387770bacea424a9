"""Which events are asked for: the options of `offwire esologs events`.

Rules of this file: each filter of the site has an option, in the words of a shell; what is not given
is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypedDict, TypeVar, cast

import click
from attrs import frozen

from offwire.apis.esologs.generated.enums import (
    EventDataType,
    EventDataTypeLike,
    HostilityType,
    HostilityTypeLike,
    KillType,
    KillTypeLike,
)
from offwire.json_value import Json

F = TypeVar("F", bound=Callable[..., object])

_IN_ADDRESS: Final = re.compile(r"https?://[^/]+/reports/((?:a:)?[A-Za-z0-9]+)")
_FIGHT_NUMBER: Final = click.IntRange(1)
_FIGHT: Final = re.compile(r"[?#&]fight=([^&#]*)")


class EventFilters(TypedDict, total=False):
    """The arguments of `Reports.event_pages` that say which events."""

    ability_id: float
    data_type: EventDataTypeLike
    death: int
    difficulty: int
    encounter_id: int
    end_time: float
    fight_ids: list[int]
    filter_expression: str
    hostility_type: HostilityTypeLike
    include_resources: bool
    kill_type: KillTypeLike
    source_auras_absent: str
    source_auras_present: str
    source_class: str
    source_id: int
    source_instance_id: int
    start_time: float
    target_auras_absent: str
    target_auras_present: str
    target_class: str
    target_id: int
    target_instance_id: int
    translate: bool
    use_ability_ids: bool
    use_actor_ids: bool
    view_options: int
    wipe_cutoff: int


@frozen
class ReportPlace:
    """A report, and the fight in it that an address leads to."""

    code: str
    fight: str | None = None


class ReportAddress(click.ParamType[ReportPlace]):
    """A report's code, or its address at the site."""

    name = "CODE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ReportPlace:
        """The code, and the fight."""
        found = _IN_ADDRESS.match(str(value))
        if found is None:
            return ReportPlace(str(value))
        fight = _FIGHT.search(str(value), found.end())
        return ReportPlace(found[1], fight and fight[1])


def _choice(kind: type[EventDataType | HostilityType | KillType]) -> dict[str, Any]:
    names = [str(each.value) for each in kind]
    return {"type": click.Choice(names, case_sensitive=False), "metavar": f"[{'|'.join(names)}]"}


_OPTIONS: Final = (
    click.option(
        "--fight", "fight_ids", type=_FIGHT_NUMBER, multiple=True, help="Of this fight; may be repeated."
    ),
    click.option("--type", "data_type", **_choice(EventDataType), help="Of this type."),
    click.option("--start", "start_time", type=float, help="From here on, in ms of the report."),
    click.option("--end", "end_time", type=float, help="Up to here, in ms of the report."),
    click.option("--source", "source_id", type=int, help="By the actor with this id."),
    click.option("--source-instance", "source_instance_id", type=int, help="By this instance of it."),
    click.option("--source-class", help="By actors of this class."),
    click.option("--source-with", "source_auras_present", help="By actors with these auras."),
    click.option("--source-without", "source_auras_absent", help="By actors without these auras."),
    click.option("--target", "target_id", type=int, help="On the actor with this id."),
    click.option("--target-instance", "target_instance_id", type=int, help="On this instance of it."),
    click.option("--target-class", help="On actors of this class."),
    click.option("--target-with", "target_auras_present", help="On actors with these auras."),
    click.option("--target-without", "target_auras_absent", help="On actors without these auras."),
    click.option("--ability", "ability_id", type=float, help="With the ability of this id."),
    click.option("--encounter", "encounter_id", type=int, help="In fights against this boss."),
    click.option("--difficulty", type=int, help="In fights of this difficulty."),
    click.option("--kills", "kill_type", **_choice(KillType), help="In fights that ended so."),
    click.option("--hostility", "hostility_type", **_choice(HostilityType), help="Of this side."),
    click.option("--filter", "filter_expression", help="That pass an expression of the site's own language."),
    click.option("--death", type=int, help="Before this death of a player; the first is 1."),
    click.option("--wipe-cutoff", type=int, help="Up to this many deaths of a wipe."),
    click.option("--view-options", type=int, help="The site's own bits."),
    click.option(
        "--resources/--no-resources", "include_resources", default=None, help="With hit points and such."
    ),
    click.option("--translate/--no-translate", default=None, help="With names in English."),
    click.option("--ability-ids/--abilities", "use_ability_ids", default=None, help="By id, or spelled out."),
    click.option("--actor-ids/--actors", "use_actor_ids", default=None, help="By id, or spelled out."),
)


def filter_options(command: F) -> F:
    """Give a command an option for each filter."""
    for each in reversed(_OPTIONS):
        command = each(command)
    return command


def filters_in(arguments: dict[str, object], place: ReportPlace) -> EventFilters:
    """The filters that were given, taken out of a command's arguments; `--fight` comes before the address's.

    Raises:
        UsageError: the address leads to a fight that it does not number, such as the last one.
    """
    found = {name: arguments.pop(name) for name in EventFilters.__annotations__ if name in arguments}
    fights = cast("tuple[int, ...]", found["fight_ids"])
    if not fights and place.fight is not None:
        fights = (_numbered(place.fight),)
    found["fight_ids"] = list(fights) or None
    return cast("EventFilters", {name: value for name, value in found.items() if value is not None})


def _numbered(fight: str) -> int:
    try:
        return _FIGHT_NUMBER(fight)
    except click.BadParameter:
        raise click.UsageError(
            f"the address leads to the fight {fight!r}, which is no number: say which with --fight"
        ) from None


def query_of(site: str, code: str, filters: EventFilters) -> dict[str, Json]:
    """What tells one harvest from another."""
    return {"site": site, "code": code, **cast("dict[str, Json]", filters)}
