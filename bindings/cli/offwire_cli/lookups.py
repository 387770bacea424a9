"""What is read in a call or two: reports, characters, guilds, zones and points of ESO Logs.

Rules of this file: somebody who is not there is an error of its own, with its own code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

import click

from offwire.apis.esologs.generated.characters_models import Character
from offwire.apis.esologs.generated.guilds_models import Guild
from offwire.apis.esologs.generated.shared_models import CharacterSummary, ReportSummary
from offwire.apis.esologs.generated.system_models import RateLimit
from offwire.apis.esologs.generated.world_data_models import Zone
from offwire.unset import UNSET
from offwire_cli.arguments import argument_errors
from offwire_cli.codes import NOT_FOUND
from offwire_cli.groups import Failure
from offwire_cli.listing import day, facts, give, output_options, table
from offwire_cli.screen import clock
from offwire_cli.session import Session, connection_options, session, whom

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")

_LARGEST_PAGE: Final = 100
_NARROWING: Final = {"guild_id", "guild_name", "user_id", "zone_id", "start_time"}
"""Which arguments keep a list of reports from being all of the site's."""


def _by_name(what: str) -> Callable[[F], F]:
    """The options that name somebody otherwise than by an id."""

    def decorate(command: F) -> F:
        for option, argument, says in (
            ("--region", "server_region", "The region's short name, such as NA."),
            ("--server", "server_slug", "The server's short name, such as na-megaserver."),
            ("--name", "name", f"The {what}'s name; needs --server and --region."),
        ):
            command = click.option(option, argument, help=says)(command)
        return command

    return decorate


def _which(id: int | None, arguments: dict[str, object]) -> dict[str, Any]:
    """Whom the arguments name, as the client's `find` takes it."""
    names = {each: arguments.pop(each) for each in ("name", "server_slug", "server_region")}
    if (None in names.values()) if id is None else any(names.values()):
        raise click.UsageError("give either an id, or --name with --server and --region")
    return {"id": id, **names}


def _found(value: T | None, what: str) -> T:
    if value is None:
        raise Failure(f"there is no such {what}", NOT_FOUND)
    return value


@click.command()
@click.argument("id", type=click.IntRange(1), required=False)
@_by_name("character")
@output_options
@connection_options
def character(id: int | None, **arguments: object) -> None:
    """Show the character with this ID, or of this name."""
    asked, which = whom(arguments), _which(id, arguments)
    with session(asked) as opened, argument_errors():
        found = _found(opened.eso.characters.find(**which), "character")
    told = {
        "id": found.id,
        "server": f"{found.server.name} ({found.server.region.compact_name})",
        "class": found.class_id,
        "race": found.race_id,
        "guilds": ", ".join(f"{each.name} ({each.id})" for each in found.guilds) or "none",
    }
    give([found], Character, arguments, lambda screen: screen.print(facts(found.name, told)))


@click.command()
@click.argument("id", type=click.IntRange(1), required=False)
@_by_name("guild")
@click.option("--members", is_flag=True, help="List its members.")
@output_options
@connection_options
def guild(id: int | None, members: bool, **arguments: object) -> None:
    """Show the guild with this ID, or of this name."""
    asked, which = whom(arguments), _which(id, arguments)
    with session(asked) as opened, argument_errors():
        found = _found(opened.eso.guilds.find(**which), "guild")
        people = list(opened.eso.guilds.members(found.id)) if members else []
    if members:
        listed = table(
            f"{found.name}: {len(people)} members",
            ("id#", "name", "rank#", "class#", "server"),
            ((each.id, each.name, each.guild_rank, each.class_id, each.server.name) for each in people),
        )
        give(people, CharacterSummary, arguments, lambda screen: screen.print(listed))
        return
    told = {
        "id": found.id,
        "server": f"{found.server.name} ({found.server.region.compact_name})",
        "faction": found.faction.name,
        "teams": ", ".join(f"{each.name} ({each.id})" for each in found.tags) or "none",
        "about": found.description,
    }
    give([found], Guild, arguments, lambda screen: screen.print(facts(found.name, told)))


def _found_guild(opened: Session, given: dict[str, Any]) -> None:
    """See that there is the guild that nothing was found of: the site lists none of one that is not there."""
    if "guild_id" in given:
        _found(opened.eso.guilds.find(id=given["guild_id"]), "guild")
    elif "guild_name" in given:
        which = {each: given[f"guild_{each}"] for each in ("name", "server_slug", "server_region")}
        _found(opened.eso.guilds.find(**which), "guild")


@click.command()
@click.option("--guild-id", type=click.IntRange(1), help="Of the guild with this id.")
@click.option("--guild", "guild_name", help="Of the guild of this name; needs --server and --region.")
@click.option("--server", "guild_server_slug", help="The short name of the guild's server.")
@click.option("--region", "guild_server_region", help="The short name of its region, such as NA.")
@click.option("--user-id", type=click.IntRange(1), help="Of the user with this id.")
@click.option("--zone", "zone_id", type=int, help="Of this zone.")
@click.option("--since", "start_time", type=click.DateTime(), help="Not from before this day, in UTC.")
@click.option("--until", "end_time", type=click.DateTime(), help="Not from after this day, in UTC.")
@click.option("--limit", type=click.IntRange(1), help="The first so many only.")
@output_options
@connection_options
def reports(limit: int | None, **arguments: object) -> None:
    """List the reports of a guild or of a user, the latest first.

    A guild, a user, a zone, --since or --limit has to be given: else it would be all of the site's.
    """
    asked = whom(arguments)
    output = {name: arguments.pop(name) for name in ("to", "form")}
    given: dict[str, Any] = {name: value for name, value in arguments.items() if value is not None}
    if limit is None and not given.keys() & _NARROWING:
        raise click.UsageError(
            "these would be all reports of the site: give --guild-id, --guild, --user-id, --zone, --since "
            "or --limit"
        )
    for name, value in given.items():
        if isinstance(value, datetime):
            given[name] = value.replace(tzinfo=UTC)
    if limit is not None:
        given["limit"] = min(limit, _LARGEST_PAGE)
    with session(asked) as opened, argument_errors():
        found = list(islice(opened.eso.reports.search(**given), limit))
        if not found:
            _found_guild(opened, given)
    listed = table(
        f"{len(found)} reports",
        ("code", "title", "begins (UTC)", "took#", "zone", "guild"),
        (
            (
                each.code,
                each.title,
                day(each.start_time),
                clock(each.end_time - each.start_time),
                each.zone and each.zone.name,
                each.guild and each.guild.name,
            )
            for each in found
        ),
    )
    give(found, ReportSummary, output, lambda screen: screen.print(listed))


@click.command()
@click.option("--expansion", "expansion_id", type=int, help="Of this expansion.")
@output_options
@connection_options
def zones(expansion_id: int | None, **arguments: object) -> None:
    """List the zones, with the bosses of each."""
    asked = whom(arguments)
    with session(asked) as opened, argument_errors():
        found = opened.eso.world_data.zones(expansion_id=expansion_id or UNSET)
    listed = table(
        f"{len(found)} zones",
        ("id#", "name", "expansion", "frozen", "encounters"),
        (
            (
                each.id,
                each.name,
                each.expansion.name,
                "yes" if each.is_frozen else "",
                ", ".join(f"{one.name} ({one.id})" for one in each.encounters),
            )
            for each in found
        ),
    )
    give(found, Zone, arguments, lambda screen: screen.print(listed))


@click.command()
@output_options
@connection_options
def points(**arguments: object) -> None:
    """Show how many points of this hour are spent. That costs a point, too."""
    asked = whom(arguments)
    with session(asked) as opened:
        found = opened.eso.system.rate_limit()
    told = {
        "limit": f"{found.limit_per_hour:,} an hour",
        "spent": f"{found.points_spent_this_hour:,.2f}",
        "left": f"{max(0.0, found.limit_per_hour - found.points_spent_this_hour):,.2f}",
        "back in": f"{clock(found.points_reset_in * 1000)} min",
    }
    give([found], RateLimit, arguments, lambda screen: screen.print(facts("Points", told)))
