"""`Event`: what happened in a report, one line of its log.

Rules of this file: one class for all types of events, since a fight's events are read by the
hundred thousand and mostly looked at together; what an event of some type does not have is None.
What is not listed here is passed over; `Reports.events_json` gives everything, as it comes. Fields
are plain numbers, texts and truth values, but for what only comes when it is asked for.
The server promises no format for events, so that nothing but `timestamp` and `type` is required.
"""

from __future__ import annotations

from attrs import field, fields, frozen

from offwire.formats.naming import camel_case, wire, wire_names


def as_on_the_wire(name: str) -> str:
    """`ability_game_id` as `abilityGameID`: words are joined by capitals, and an id is an ID."""
    joined = camel_case(name)
    return f"{joined[:-2]}ID" if joined.endswith("Id") else joined


@wire_names(as_on_the_wire)
@frozen(kw_only=True)
class Resources:
    """An actor's state at an event; it comes with `include_resources=True`."""

    hit_points: int | None = None
    max_hit_points: int | None = None
    magicka: int | None = None
    max_magicka: int | None = None
    stamina: int | None = None
    max_stamina: int | None = None
    ultimate: int | None = None
    max_ultimate: int | None = None
    werewolf: int | None = None
    max_werewolf: int | None = None
    absorb: int | None = None
    champion_points: int | None = None
    x: int | None = None
    y: int | None = None
    facing: int | None = None


@frozen(kw_only=True)
class EventAbility:
    """An ability, spelled out; it comes with `use_ability_ids=False`."""

    name: str | None = None
    guid: int | None = None
    type: int | None = None
    icon: str | None = field(default=None, metadata=wire("abilityIcon"))


@frozen(kw_only=True)
class EventActor:
    """An actor, spelled out; it comes with `use_actor_ids=False`."""

    name: str | None = None
    id: int | None = None
    guid: int | None = None
    type: str | None = None
    server: str | None = None
    icon: str | None = None


@wire_names(as_on_the_wire)
@frozen(kw_only=True, repr=False)
class Event:
    """One event of a report."""

    timestamp: float
    """Milliseconds since the start of the report."""
    type: str
    """Such as `damage`, `heal`, `cast`, `begincast`, `applybuff`, `removedebuff`, `death`."""
    fight: int | None = None
    """The number of the fight in the report."""
    source_id: int | None = None
    """Who did it: the id of an actor in the report's master data."""
    source_instance: int | None = None
    """Which one of several actors with the same id."""
    source_is_friendly: bool | None = None
    target_id: int | None = None
    """To whom."""
    target_instance: int | None = None
    target_is_friendly: bool | None = None
    ability_game_id: int | None = None
    """With what: the id of an ability in the report's master data."""
    extra_ability_game_id: int | None = None
    """What was interrupted, dispelled or absorbed."""
    cast_track_id: int | None = None
    """The same for all events that come of one cast."""
    hit_type: int | None = None
    """1 for a normal hit, 2 for a critical one; the site has more."""
    tick: bool | None = None
    """Whether it is one of several effects over time."""
    amount: int | None = None
    """Damage done, or health restored."""
    unmitigated_amount: int | None = None
    mitigated: int | None = None
    blocked: int | None = None
    absorbed: int | None = None
    absorb: int | None = None
    overheal: int | None = None
    overkill: int | None = None
    stack: int | None = None
    buffs: str | None = None
    """The buffs that its source has, as `"61662.61716."`."""
    resource_change: int | None = None
    resource_change_type: int | None = None
    other_resource_change: int | None = None
    max_resource_amount: int | None = None
    waste: int | None = None
    attacker_id: int | None = None
    """Whose damage was absorbed."""
    attacker_instance: int | None = None
    killer_id: int | None = None
    killer_instance: int | None = None
    killing_ability_game_id: int | None = None
    source_resources: Resources | None = None
    target_resources: Resources | None = None
    ability: EventAbility | None = None
    source: EventActor | None = None
    target: EventActor | None = None

    def __repr__(self) -> str:
        told = [(each.name, getattr(self, each.name)) for each in fields(Event)]
        return f"Event({', '.join(f'{name}={value!r}' for name, value in told if value is not None)})"
