"""`checked`: has the arguments of a group's operations looked at before anything is made of them.

    @checked({"attendance": {"limit": attendance_limit}})
    class Guilds(GeneratedGuilds[M]): ...

Rules of this file: what an argument has to be is told by its name, since the same name means the
same throughout; a method may say otherwise. Signatures and types stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Final, TypeAlias, TypeVar

from offwire.apis.esologs import checks
from offwire.apis.esologs.checks import Check
from offwire.operations.descriptors import operation, pages
from offwire.operations.group import Group

C = TypeVar("C", bound=type[Group[Any]])
Checks: TypeAlias = Mapping[str, Check]
"""Checks by the arguments' names."""
Needs: TypeAlias = Mapping[str, tuple[str, ...]]
"""By an argument's name, the names of those without which it means nothing."""

BY_NAME: Final[Checks] = {
    **dict.fromkeys(("id", "guild_id", "guild_tag_id", "server_id", "user_id"), checks.an_id),
    **dict.fromkeys(
        (
            *("competition_id", "encounter_id", "expansion_id", "faction_id", "game_zone_id", "spec_id"),
            *("zone_id", "source_id", "source_instance_id", "target_id", "target_instance_id"),
            *("bracket", "death", "difficulty", "partition", "size", "view_options", "wipe_cutoff"),
        ),
        checks.anything_whole,
    ),
    **dict.fromkeys(("limit", "reports"), checks.page_limit),
    **dict.fromkeys(("page",), checks.a_page),
    **dict.fromkeys(("name", "guild_name"), checks.title),
    **dict.fromkeys(("slug", "server_slug", "guild_server_slug"), checks.slug),
    **dict.fromkeys(("region", "server_region", "server_subregion", "guild_server_region"), checks.slug),
    **dict.fromkeys(("start_time", "end_time"), checks.offset),
    **dict.fromkeys(
        (
            *("class_name", "compare", "data_type", "external_buffs", "filter", "filter_expression"),
            *("hard_mode_level", "hostility_type", "kill_type", "leaderboard", "metric", "player_metric"),
            *("role", "source_auras_absent", "source_auras_present", "source_class", "spec_name", "sub_type"),
            *("target_auras_absent", "target_auras_present", "target_class", "timeframe", "type", "view_by"),
        ),
        checks.text,
    ),
    **dict.fromkeys(
        (
            *("by_bracket", "force_update", "include_combatant_info", "include_private_logs"),
            *("include_resources", "translate", "use_ability_ids", "use_actor_ids"),
        ),
        checks.flag,
    ),
    "ability_id": checks.number,
    "code": checks.code,
    "fight_ids": checks.ids,
}
"""What is true of an argument in all methods that say nothing else."""


NEEDS: Final[Needs] = {
    "guild_name": ("server_slug", "server_region", "guild_server_slug", "guild_server_region"),
    "guild_server_region": ("guild_name", "guild_server_slug"),
    "guild_server_slug": ("guild_name", "guild_server_region"),
    "server_slug": ("server_region",),
    "server_subregion": ("server_region",),
}
"""What means nothing without others: of these, those that a method takes."""


def checked(
    by_method: Mapping[str, Checks] | None = None, needs: Mapping[str, Needs] | None = None
) -> Callable[[C], C]:
    """Decorate a group: the arguments of its operations and paged lists are checked by their names.

    `by_method` and `needs` have what is different in a method, by the method's name.
    """
    different, others = by_method or {}, needs or {}

    def decorate(group: C) -> C:
        for name in dir(group):
            found = _declared(group, name)
            if isinstance(found, operation | pages):
                by_name = {**BY_NAME, **different.get(name, {})}
                build = _guarded(found.build, by_name, {**NEEDS, **others.get(name, {})})
                setattr(group, name, type(found)(build))
        return group

    return decorate


def _guarded(build: Callable[..., Any], by_name: Checks, needs: Needs) -> Callable[..., Any]:
    """`build`, which gets its arguments as the checks return them."""
    code = _innermost(build).__code__
    positional = code.co_varnames[1 : code.co_argcount]
    taken = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    own = {
        name: tuple(each for each in others if each in taken)
        for name, others in needs.items()
        if name in taken
    }

    def guard(group: object, /, *args: object, **kwargs: object) -> object:
        values = [
            by_name[name](name, value) if name in by_name else value
            for name, value in zip(positional, args, strict=False)
        ]
        for name, value in kwargs.items():
            check = by_name.get(name)
            if check is not None:
                kwargs[name] = check(name, value)
        checks.in_order(kwargs.get("start_time"), kwargs.get("end_time"))
        if own:
            checks.complete({**dict(zip(positional, values, strict=False)), **kwargs}, own)
        return build(group, *values, *args[len(values) :], **kwargs)

    return update_wrapper(guard, build)


def _innermost(function: Any) -> Any:
    """The function whose parameters a decorated one takes."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _declared(group: type, name: str) -> object:
    """What a class or a base of it declares under a name, as it stands there."""
    return next(vars(each)[name] for each in group.__mro__ if name in vars(each))
