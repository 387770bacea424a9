"""Names are made up from few words, and can be told apart where they have to be."""

from __future__ import annotations

from random import Random

from offwire.testing.esologs.words import THINGS, numbered_thing, person, slug, thing


def test_the_same_chance_makes_the_same_name() -> None:
    assert thing(Random(1)) == thing(Random(1))
    assert len(thing(Random(1)).split()) == 2


def test_numbered_things_differ() -> None:
    assert len({numbered_thing(number, Random(5)) for number in range(THINGS)}) == THINGS


def test_nobody_has_the_name_of_another() -> None:
    names = [person(number, Random(number)).partition("-")[2] for number in range(3000)]
    assert len(set(names)) == 3000


def test_a_slug_is_for_an_address() -> None:
    assert slug("NA Megaserver") == "na-megaserver"
