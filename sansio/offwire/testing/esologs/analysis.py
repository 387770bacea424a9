"""What the stand-in of ESO Logs makes out of a report's events: tables, graphs, details of players.

Rules of this file: all of it is JSON whose shape ESO Logs does not promise; here is one that it was
seen to give. Its numbers are sums over the very events that a client gets for the same arguments.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from offwire.json_value import Json
from offwire.testing.esologs.actors import PETS
from offwire.testing.esologs.event_log import Event, EventLog
from offwire.testing.esologs.facts import PLAYERS, CharacterFacts, ReportFacts, region_of, server_name
from offwire.testing.esologs.filters import EventFilter, actor_name, event_filter, fight_filter
from offwire.testing.esologs.game import CLASSES
from offwire.testing.esologs.nodes import Arguments, text

_POINTS: Final = 100
"""How many points the lines of a graph have."""
_COUNTED: Final = {"Summary": "DamageDone", "Survivability": "Deaths", None: "DamageDone"}
"""Whose events stand for the types that no event has, and for no type."""


def table(log: EventLog, report: ReportFacts, arguments: Arguments) -> Json:
    """The JSON of `Report.table`: who did how much, or what was done by which ability.

    Raises:
        Complaint: an argument is given that the stand-in does not understand.
    """
    wanted = _wanted(report, arguments)
    view = text(arguments, "viewBy")
    totals: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    for event in log.events(report, wanted):
        key = _key(event, view)
        totals[key] += _amount(event)
        hits[key] += 1
    start, end = _span(report, wanted)
    entries: list[Json] = [
        {
            **_named(report, key, view),
            "total": total,
            "hitCount": hits[key],
            "activeTime": (end - start) * 9 // 10,
        }
        for key, total in totals.most_common()
    ]
    return {
        "data": {
            "entries": entries,
            "totalTime": end - start,
            "logVersion": 15,
            "gameVersion": 1,
            "startTime": start,
            "endTime": end,
        }
    }


def graph(log: EventLog, report: ReportFacts, arguments: Arguments) -> Json:
    """The JSON of `Report.graph`: a line for each entry of the table, of 100 points.

    Raises:
        Complaint: an argument is given that the stand-in does not understand.
    """
    wanted = _wanted(report, arguments)
    view = text(arguments, "viewBy")
    start, end = _span(report, wanted)
    interval = max(1.0, (end - start) / _POINTS)
    lines: dict[int, list[Json]] = {}
    sums: Counter[tuple[int, int]] = Counter()
    for event in log.events(report, wanted):
        key, at = _key(event, view), event["timestamp"]
        assert isinstance(at, int)
        sums[key, min(_POINTS - 1, int((at - start) / interval))] += _amount(event)
    for (key, point), amount in sums.items():
        lines.setdefault(key, [0] * _POINTS)[point] = amount
    series: list[Json] = [
        {
            **_named(report, key, view),
            "pointStart": start,
            "pointInterval": interval,
            "total": sum(amount for (owner, _), amount in sums.items() if owner == key),
            "data": lines[key],
        }
        for key in sorted(lines)
    ]
    return {"data": {"series": series, "startTime": start, "endTime": end}}


def player_details(report: ReportFacts, arguments: Arguments) -> Json:
    """The JSON of `Report.playerDetails`: the players by their role; all of them are in every fight."""
    seats = list(enumerate(report.players, 1)) if any(_asked(report, arguments)) else []
    with_gear = arguments.get("includeCombatantInfo") is True
    roles: dict[str, Json] = {
        role: [_details(seat, player, with_gear=with_gear) for seat, player in seats if seat in which]
        for role, which in (("tanks", (1, 2)), ("healers", (3, 4)), ("dps", range(5, PLAYERS + 1)))
    }
    return {"data": {"playerDetails": roles}}


def _asked(report: ReportFacts, arguments: Arguments) -> list[bool]:
    wanted = fight_filter(arguments)
    return [wanted.takes_fight(fight) for fight in report.fights]


def _details(seat: int, player: CharacterFacts, *, with_gear: bool) -> Json:
    info: Json = {"stats": {"Champion Points": 3600}, "talents": [], "gear": []}
    return {
        "name": player.name,
        "id": seat,
        "guid": player.number,
        "type": CLASSES[player.class_id - 1],
        "server": server_name(region_of(player.guild)),
        "displayName": f"@{player.name}",
        "anonymous": False,
        "icon": f"{CLASSES[player.class_id - 1]}-{player.spec}",
        "specs": [player.spec],
        "minItemLevel": 160,
        "maxItemLevel": 160,
        "potionUse": 0,
        "healthstoneUse": 0,
        # What is not there is an empty list with ESO Logs, not an empty object.
        "combatantInfo": info if with_gear else [],
    }


def _wanted(report: ReportFacts, arguments: Arguments) -> EventFilter:
    data_type = text(arguments, "dataType")
    return event_filter(report, {**arguments, "dataType": _COUNTED.get(data_type, data_type)})


def _span(report: ReportFacts, wanted: EventFilter) -> tuple[int, int]:
    fights = [fight for fight in report.fights if wanted.takes_fight(fight)]
    if not fights:
        return (0, 0)
    return (max(wanted.start, fights[0].start), min(wanted.after, fights[-1].end))


def _amount(event: Event) -> int:
    amount = event.get("amount", event.get("resourceChange", 1))
    assert isinstance(amount, int)
    return amount


def _key(event: Event, view: str | None) -> int:
    key = event[{"Ability": "abilityGameID", "Target": "targetID"}.get(view or "", "sourceID")]
    assert isinstance(key, int)
    return key


def _named(report: ReportFacts, key: int, view: str | None) -> dict[str, Json]:
    if view == "Ability":
        return {"name": f"Ability {key}", "guid": key, "type": 1}
    if key > PLAYERS:
        kind = "Pet" if key in PETS else "NPC"
        return {"name": actor_name(report, key), "id": key, "guid": key, "type": kind}
    player = report.players[key - 1]
    return {
        "name": player.name,
        "id": key,
        "guid": player.number,
        "type": CLASSES[player.class_id - 1],
        "icon": f"{CLASSES[player.class_id - 1]}-{player.spec}",
    }
