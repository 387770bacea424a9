"""The effects: a closed set of frozen values, and timeouts that are checked at birth."""

from __future__ import annotations

from typing import Any, get_args

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from offwire.flow import (
    Ask,
    Effect,
    Emit,
    Flow,
    Gather,
    Race,
    Send,
    Sleep,
    Wait,
    is_shielded,
    to_send,
    to_send_at,
)
from offwire.message.body import Body
from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts
from tests.sansio.kit import GET


def test_the_set_of_effects_is_closed() -> None:
    assert get_args(Effect) == (Send, Sleep, Wait, Gather, Race, Emit, Ask[Any])


class Echo:
    def answer(self, question: str, /) -> object:
        return question


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
        Race((flow(), flow())),
        Emit([1, 2]),
        Ask(Echo(), "question"),
    ],
    ids=lambda effect: type(effect).__name__,
)
def test_an_effect_does_not_change(effect: Effect) -> None:
    name = attrs.fields(type(effect))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(effect, name, None)


@pytest.mark.parametrize(
    ("effect", "shielded"),
    [
        pytest.param(Send(GET, Timeouts()), False, id="a send"),
        pytest.param(Send(GET, Timeouts(), shielded=True), True, id="a shielded send"),
        pytest.param(Ask(Echo(), "question"), False, id="a question"),
        pytest.param(Ask(Echo(), "question", shielded=True), True, id="a shielded question"),
        pytest.param(Sleep(1.0), False, id="a sleep"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_what_a_cancel_has_to_wait_for(effect: Effect | None, shielded: bool) -> None:
    assert is_shielded(effect) is shielded


def test_effects_ask_for_no_more_than_they_are_told() -> None:
    assert (Send(GET, Timeouts()).deadline, Send(GET, Timeouts()).shielded) == (None, False)
    assert Wait(Ticket()).until is None
    assert Sleep(3.0) == Sleep(3.0)


def test_a_send_that_is_made_quickly_is_like_any_other() -> None:
    made = to_send(GET, Timeouts(), 9.0, True)
    assert made == Send(GET, Timeouts(), 9.0, True)
    assert type(made) is Send
    with pytest.raises(FrozenInstanceError):
        made.deadline = 1.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_send_with_all_in_it_may_be_made_in_one_step() -> None:
    headers, body, timeouts = Headers({"Accept": "text/plain"}), Body(content=b"x"), Timeouts(read=3.0)
    url = "https://api.test/a?b=c"
    made = to_send_at("https://api.test:443", url, "POST", headers, body, timeouts, 9.0)
    assert made == Send(Request("POST", url, headers=headers, body=body), timeouts, 9.0)
    assert (type(made), type(made.request)) == (Send, Request)
    assert made.request.url.origin == "https://api.test:443"
    assert (made.request.url.path, made.request.url.query) == ("/a", "b=c")
