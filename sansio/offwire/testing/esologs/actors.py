"""Who takes part in a report of the stand-in of ESO Logs, and what can happen between them.

Rules of this file: every report has the same seats, by the ids that its events use: players first,
then the pets of the first two, then the boss, then its helpers. An event is drawn as 64 bits, and
the tables here read them, so that an event costs eight bytes until it is asked for.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from attrs import frozen

from offwire.testing.esologs.facts import PLAYERS

PETS: Final = (PLAYERS + 1, PLAYERS + 2)
"""The actor ids of the pets; the first belongs to the first player, the second to the second."""
BOSS: Final = PLAYERS + 3
HELPERS: Final = tuple(range(BOSS + 1, BOSS + 5))
FRIENDLIES: Final = (*range(1, PLAYERS + 1), *PETS)
ENEMIES: Final = (BOSS, BOSS, *HELPERS)
"""Whom an enemy is drawn from: the boss acts more than its helpers."""

Form: TypeAlias = Literal["amount", "resource", "gear"]
"""What an event can tell besides who did what to whom."""

CHOICES: Final = 256
"""How many values the eight bits have that choose one of something."""


def spread(some: tuple[int, ...]) -> tuple[int, ...]:
    """What each value of eight bits chooses from `some`."""
    return tuple(some[value % len(some)] for value in range(CHOICES))


@frozen(kw_only=True)
class Kind:
    """A kind of event."""

    type: str
    """As it stands in the event."""
    data_types: frozenset[str]
    """The filters of `dataType` that it passes, besides All."""
    is_source_friendly: bool
    is_target_friendly: bool
    by_target: bool
    """Whether the filter of hostility looks at the target, rather than at the source."""
    form: Form | None = None
    """What it tells besides who did what to whom."""

    def passes(self, data_type: str, hostility: str | None) -> bool:
        """Whether the filters `dataType` and `hostilityType` let it pass.

        With All, and no hostility given, everything passes; any other type means friendlies then.
        """
        if data_type == "All":
            return hostility is None or self.is_source_friendly is (hostility == "Friendlies")
        if data_type not in self.data_types:
            return False
        # Damage is done by its source and taken by its target, whatever the kind's own side.
        by_target = data_type == "DamageTaken" or self.by_target
        is_friendly = self.is_target_friendly if by_target else self.is_source_friendly
        return is_friendly is (hostility != "Enemies")


def _kind(
    type_: str,
    data_types: str,
    sides: str,
    form: Form | None = None,
    *,
    by_target: bool = False,
) -> Kind:
    return Kind(
        type=type_,
        data_types=frozenset(data_types.split()),
        is_source_friendly=sides[0] == "f",
        is_target_friendly=sides[1] == "f",
        by_target=by_target,
        form=form,
    )


_SHARES: Final = (
    (82, _kind("damage", "DamageDone DamageTaken", "fe", "amount")),
    (34, _kind("damage", "DamageDone DamageTaken", "ef", "amount")),
    (36, _kind("heal", "Healing", "ff", "amount")),
    (16, _kind("cast", "Casts", "fe")),
    (6, _kind("cast", "Casts", "ef")),
    (8, _kind("begincast", "Casts", "fe")),
    (12, _kind("applybuff", "Buffs", "ff", by_target=True)),
    (12, _kind("removebuff", "Buffs", "ff", by_target=True)),
    (4, _kind("applybuff", "Buffs", "ee", by_target=True)),
    (10, _kind("applydebuff", "Debuffs", "fe", by_target=True)),
    (8, _kind("removedebuff", "Debuffs", "fe", by_target=True)),
    (6, _kind("applydebuff", "Debuffs", "ef", by_target=True)),
    (15, _kind("resourcechange", "Resources", "ff", "resource")),
    (2, _kind("interrupt", "Interrupts", "fe")),
    (1, _kind("dispel", "Dispels", "ff")),
    (1, _kind("summon", "Summons", "ff")),
    (1, _kind("death", "Deaths", "ef", by_target=True)),
    (1, _kind("death", "Deaths", "fe", by_target=True)),
)
COMBATANT: Final = CHOICES - 1
"""What the bits of a kind say of a player's equipment, which begins a fight."""
KINDS: Final[tuple[Kind, ...]] = (
    *(kind for share, kind in _SHARES for _ in range(share)),
    _kind("combatantinfo", "CombatantInfo", "ff", "gear"),
)
"""The kind that each value of eight bits chooses."""
SOURCES: Final = tuple(spread(FRIENDLIES if each.is_source_friendly else ENEMIES) for each in KINDS)
"""For each kind, the source that each value of eight bits chooses."""
TARGETS: Final = tuple(spread(FRIENDLIES if each.is_target_friendly else ENEMIES) for each in KINDS)
"""For each kind, the target that each value of eight bits chooses."""
