"""The effects: a closed set of frozen values, and timeouts that are checked at birth."""

from __future__ import annotations

from typing import get_args

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from offwire.flow import Effect, Emit, Flow, Gather, Send, Sleep, Wait
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts
from tests.sansio.kit import GET


def test_the_set_of_effects_is_closed() -> None:
    assert get_args(Effect) == (Send, Sleep, Wait, Gather, Emit)


def flow() -> Flow[int]:
    yield Sleep(1.0)
    return 7


@pytest.mark.parametrize(
    "effect",
    [
        Send(GET, Timeouts()),
        Sleep(1.0),
        Wait(Ticket(), 2.0),
        Gather((flow(), flow())),
        Emit([1, 2]),
    ],
    ids=lambda effect: type(effect).__name__,
)
def test_an_effect_does_not_change(effect: Effect) -> None:
    name = attrs.fields(type(effect))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(effect, name, None)


def test_effects_ask_for_no_more_than_they_are_told() -> None:
    assert (Send(GET, Timeouts()).deadline, Send(GET, Timeouts()).shielded) == (None, False)
    assert Wait(Ticket()).until is None
    assert Sleep(3.0) == Sleep(3.0)
