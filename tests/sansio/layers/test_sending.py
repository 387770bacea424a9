"""Each attempt is told from its beginning to its end, whatever the end."""

from __future__ import annotations

import pytest

from offwire.context import Context
from offwire.events import AttemptEnded, AttemptStarted, Event
from offwire.flow import Send
from offwire.layers.sending import observed
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing import Answer, Driven, Drop, Reply, Script, World
from tests.sansio.kit import USUAL, Diary, context_in, new_runtime


def send_of(context: Context, url: str = "https://api.test/things/7") -> Send:
    context.attempts += 1
    return Send(Request("GET", url), USUAL)


STARTED = AttemptStarted(at=0.0, call=1, attempt=1, method="GET", url="https://api.test/things?key=***")


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        pytest.param(Answer(Response(404), after=2.0), 404, None, id="answered"),
        pytest.param(Drop(after=2.0), None, "MaybeSent", id="broken"),
    ],
)
def test_an_attempt_is_told_when_it_starts_and_when_it_ends(
    reply: Reply, status: int | None, error: str | None
) -> None:
    diary = Diary()
    with World(Script(reply)) as world:
        context = context_in(world.runtime, observers=(diary,))
        task = world.spawn(observed(send_of(context, url="https://api.test/things?key=open-sesame"), context))
        world.run_until_idle()
        assert task.done
    assert diary == [
        STARTED,
        AttemptEnded(at=2.0, call=1, attempt=1, status=status, error=error, elapsed=2.0),
    ]


def test_a_cancelled_attempt_is_told_to_have_ended() -> None:
    diary = Diary()
    runtime = new_runtime()
    context = context_in(runtime, observers=(diary,))
    driven = Driven(observed(send_of(context), context), runtime)
    driven.close()
    expected: list[type[Event]] = [AttemptStarted, AttemptEnded]
    assert [type(each) for each in diary] == expected
    ended = diary[1]
    assert isinstance(ended, AttemptEnded)
    assert (ended.status, ended.error) == (None, "Cancelled")
