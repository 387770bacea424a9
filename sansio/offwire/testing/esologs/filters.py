"""`EventFilter`: which events of a report the arguments of a field ask for.

Rules of this file: what the stand-in does not understand it refuses, since an answer that was not
filtered would be taken for one that was. `translate`, `viewOptions`, `viewBy`, `death` and
`wipeCutoff` are understood and change nothing. Times hold their ends: an event at `startTime` is
in, and one at `endTime` as well.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Final

from attrs import evolve, frozen

from offwire.json_value import Json
from offwire.testing.esologs.actors import CHOICES, COMBATANT, KINDS, SOURCES, TARGETS, spread
from offwire.testing.esologs.facts import PLAYERS, FightFacts, ReportFacts
from offwire.testing.esologs.game import CLASSES
from offwire.testing.esologs.nodes import Arguments, Complaint, number, text, whole, wholes

_REFUSED: Final = (
    "filterExpression",
    "sourceAurasAbsent",
    "sourceAurasPresent",
    "sourceInstanceID",
    "targetAurasAbsent",
    "targetAurasPresent",
    "targetInstanceID",
)
_EVERY: Final = frozenset(range(CHOICES))
_FOREVER: Final = 2**53


@frozen(kw_only=True)
class FightFilter:
    """Which fights of a report are asked for; None takes any."""

    numbers: frozenset[int] | None
    encounter: int | None
    difficulty: int | None
    kill_type: str | None

    def takes_fight(self, fight: FightFacts) -> bool:
        """Whether a fight is asked for."""
        return (
            (self.numbers is None or fight.number in self.numbers)
            and self.encounter in (None, fight.encounter)
            and self.difficulty in (None, fight.difficulty)
            and _is_of_type(fight, self.kill_type)
        )


@frozen(kw_only=True)
class EventFilter:
    """Which events of a report are asked for, and how much is told of each."""

    fights: FightFilter
    start: int
    """The first millisecond that is asked for."""
    after: int
    """The first millisecond that is not any more."""
    kinds: frozenset[int]
    """The values of the bits of a kind."""
    sources: frozenset[int] | None
    """Actor ids; None is any."""
    targets: frozenset[int] | None
    abilities: frozenset[int] | None
    """The values of the bits of an ability; None is any."""
    with_resources: bool
    with_abilities: bool
    with_actors: bool

    @property
    def takes_all(self) -> bool:
        """Whether every event of the fights and times is asked for."""
        return self.kinds == _EVERY and self.sources is self.targets is self.abilities is None

    @property
    def is_plain(self) -> bool:
        """Whether events are told with ids alone."""
        return not (self.with_resources or self.with_abilities or self.with_actors)

    def starting(self, start: int) -> EventFilter:
        """The same from a later millisecond on."""
        return evolve(self, start=start)

    def takes_fight(self, fight: FightFacts) -> bool:
        """Whether a fight may hold what is asked for."""
        return fight.end >= self.start and fight.start < self.after and self.fights.takes_fight(fight)

    def takes(self, word: int) -> bool:
        """Whether an event that was drawn as these bits is asked for."""
        which = word & 0xFF
        if which == COMBATANT and not self.targets is self.abilities is None:
            return False  # what a player wears has neither
        return (
            which in self.kinds
            and (self.sources is None or SOURCES[which][word >> 8 & 0xFF] in self.sources)
            and (self.targets is None or TARGETS[which][word >> 16 & 0xFF] in self.targets)
            and (self.abilities is None or word >> 24 & 0xFF in self.abilities)
        )

    def dressed(self, report: ReportFacts, event: dict[str, Json], word: int) -> dict[str, Json]:
        """An event with what is told of it beyond ids."""
        if self.with_abilities and "abilityGameID" in event:
            ability = event.pop("abilityGameID")
            event["ability"] = {"name": f"Ability {ability}", "guid": ability, "type": 1}
        for side in ("source", "target"):
            actor = event.get(f"{side}ID")
            if self.with_actors and isinstance(actor, int):
                del event[f"{side}ID"]
                event[side] = {"name": actor_name(report, actor), "id": actor}
            if self.with_resources and actor is not None:
                event[f"{side}Resources"] = {
                    "hitPoints": word >> 40 & 0x7FFF,
                    "maxHitPoints": 0x7FFF,
                    "magicka": word >> 24 & 0x3FFF,
                    "maxMagicka": 0x3FFF,
                    "x": word >> 20 & 0xFFF,
                    "y": word >> 44 & 0xFFF,
                }
        return event


def fight_filter(arguments: Arguments) -> FightFilter:
    """The fights that a field's arguments ask for."""
    return FightFilter(
        numbers=wholes(arguments, "fightIDs"),
        encounter=whole(arguments, "encounterID"),
        difficulty=whole(arguments, "difficulty"),
        kill_type=text(arguments, "killType"),
    )


def event_filter(report: ReportFacts, arguments: Arguments) -> EventFilter:
    """The events that a field's arguments ask for.

    Raises:
        Complaint: an argument is given that the stand-in does not understand.
    """
    for name in _REFUSED:
        if arguments.get(name) is not None:
            raise Complaint(f"The stand-in does not know the {name} argument.")
    start, end = number(arguments, "startTime"), number(arguments, "endTime")
    data_type, hostility = text(arguments, "dataType") or "All", text(arguments, "hostilityType")
    ability = number(arguments, "abilityID")
    chosen = enumerate(spread(report.abilities))
    return EventFilter(
        fights=fight_filter(arguments),
        start=0 if start is None else ceil(start),
        after=_FOREVER if end is None else floor(end) + 1,
        kinds=frozenset(which for which, kind in enumerate(KINDS) if kind.passes(data_type, hostility)),
        sources=_actors(report, arguments, "source"),
        targets=_actors(report, arguments, "target"),
        abilities=None if ability is None else frozenset(each for each, known in chosen if known == ability),
        with_resources=arguments.get("includeResources") is True,
        with_abilities=arguments.get("useAbilityIDs") is False,
        with_actors=arguments.get("useActorIDs") is False,
    )


def actor_name(report: ReportFacts, actor: int) -> str:
    """The name of an actor of a report."""
    return report.players[actor - 1].name if actor <= PLAYERS else f"Creature {actor}"


def _actors(report: ReportFacts, arguments: Arguments, side: str) -> frozenset[int] | None:
    actor, class_name = whole(arguments, f"{side}ID"), text(arguments, f"{side}Class")
    if class_name is None:
        return None if actor is None else frozenset([actor])
    of_class = frozenset(
        seat for seat, each in enumerate(report.players, 1) if CLASSES[each.class_id - 1] == class_name
    )
    return of_class if actor is None else of_class & {actor}


def _is_of_type(fight: FightFacts, kill_type: str | None) -> bool:
    match kill_type:
        case "Kills":
            return fight.is_kill is True
        case "Wipes":
            return fight.is_kill is False
        case "Encounters":
            return fight.encounter != 0
        case "Trash":
            return fight.encounter == 0
        case _:
            return True
