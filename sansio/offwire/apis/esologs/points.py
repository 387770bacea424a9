"""The points of ESO Logs: what an answer says of them, and how they are kept to.

Every document of this client asks for `rateLimitData` beside what it is for, so that each answer
tells how the hour stands, and none is asked for just that.

Rules of this file: the answer is not decoded for it, since a page of events is large. The quotes
within a text of JSON are escaped, so that what is looked for cannot stand in one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from offwire.message.response import Response
from offwire.state.points import PointsLimit, PointsReport

_KEY: Final = b'"rateLimitData"'
_FIELDS: Final = re.compile(rb'"rateLimitData"\s*:\s*(\{[^{}]*\})')

_MOST: Final = 1e12
_LONGEST: Final = 7200.0
"""Seconds. A window is an hour; whoever names a day means something else, and would be waited for."""


def read_points(response: Response) -> PointsReport | None:
    """What an answer says of the points of this hour; None where it says nothing, or no sense."""
    content = response.content
    found = _FIELDS.match(content, content.rfind(_KEY)) if _KEY in content else None
    if found is None:
        return None
    try:
        said = json.loads(found[1])
        limit, spent, reset_after = (
            float(said[name]) for name in ("limitPerHour", "pointsSpentThisHour", "pointsResetIn")
        )
    except (KeyError, TypeError, ValueError):
        return None
    # Also what is not a number at all: every comparison with it is False.
    if not (0.0 < limit < _MOST and 0.0 <= spent < _MOST and 0.0 <= reset_after <= _LONGEST):
        return None
    return PointsReport(limit=limit, spent=spent, reset_after=reset_after)


def _costs(points: float, group: str, names: str) -> dict[str, float]:
    return dict.fromkeys((f"{group}.{name}" for name in names.split()), points)


# The site does not tell its prices. These are the upper ends of what its users have seen: 2 points for
# something simple, 3 for a list, 5 for a character, 10 for the analysis of a report, 15 for a search.
HINTS: Final[Mapping[str, float]] = {
    **_costs(2.0, "GameData", "ability class_ item item_set map npc"),
    **_costs(3.0, "GameData", "abilities abilities_page classes factions items items_page item_sets"),
    **_costs(3.0, "GameData", "item_sets_page maps maps_page npcs npcs_page"),
    **_costs(5.0, "Characters", "get by_name find game_data overview encounter_ranking encounter_rankings"),
    **_costs(5.0, "Characters", "zone_rankings recent_reports recent_reports_page of_guild of_guild_page"),
    **_costs(2.0, "WorldData", "encounter expansion region server server_by_slug subregion zone"),
    **_costs(3.0, "WorldData", "encounters expansions overview regions zones region_servers"),
    **_costs(3.0, "WorldData", "region_servers_page subregion_servers subregion_servers_page"),
    **_costs(5.0, "WorldData", "server_characters server_characters_page"),
    **_costs(3.0, "WorldData", "server_guilds server_guilds_page"),
    **_costs(10.0, "WorldData", "character_rankings fight_rankings"),
    **_costs(2.0, "Guilds", "get by_name find zone_ranking"),
    **_costs(3.0, "Guilds", "attendance attendance_page members members_page search search_page"),
    **_costs(2.0, "Reports", "get fights phases master_data"),
    **_costs(10.0, "Reports", "events event_pages event_columns events_page events_json graph table"),
    **_costs(10.0, "Reports", "rankings player_details ranked_characters"),
    **_costs(15.0, "Reports", "search search_page of_guild of_user"),
    **_costs(1.0, "ProgressRace", "get composition"),
    **_costs(5.0, "Users", "current get"),  # with the user's characters
    **_costs(2.0, "Users", "identity guild_rank"),
    **_costs(1.0, "System", "rate_limit"),
}
"""Points that a first call of each operation is taken to cost."""

POINTS: Final = PointsLimit(read=read_points, hints=HINTS)
"""The points of an API key: as many an hour as the answers say, 18,000 for most."""
