"""Names for what the stand-in of ESO Logs invents.

Rules of this file: all names are made up from a few words; the same chance makes the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_FIRST: Final = ("Amber", "Bitter", "Burning", "Crystal", "Elder", "Frozen", "Hollow", "Silent", "Storm")
_SECOND: Final = ("Anvil", "Blade", "Crown", "Ember", "Lantern", "Mirror", "Oath", "Raven", "Thorn", "Ward")
_SYLLABLES: Final = ("ba", "dor", "el", "fi", "gar", "hal", "is", "ka", "lor", "mi", "nu", "or", "ra", "sel")
THINGS: Final = len(_FIRST) * len(_SECOND)
"""How many things have a name of their own."""


def thing(chance: Random) -> str:
    """Such as Amber Crown."""
    return f"{chance.choice(_FIRST)} {chance.choice(_SECOND)}"


def numbered_thing(number: int, chance: Random) -> str:
    """Such as Amber Crown; the same chance gives no two numbers of 90 in a row the same name."""
    first, second = divmod((number * 7 + chance.randrange(THINGS)) % THINGS, len(_SECOND))
    return f"{_FIRST[first]} {_SECOND[second]}"


def person(number: int, chance: Random) -> str:
    """Such as Dorelmi; nobody else has the name of a number, since its end spells the number out."""
    end = ""
    while True:
        number, digit = divmod(number, len(_SYLLABLES))
        end = _SYLLABLES[digit] + end
        if not number:
            return f"{chance.choice(_SYLLABLES)}-{end}".title()


def slug(name: str) -> str:
    """A name as it stands in an address."""
    return name.lower().replace(" ", "-")
