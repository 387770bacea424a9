"""What calls of a client share: events are told after the step, and a bad observer harms nobody."""

from __future__ import annotations

import pytest

from offwire.events import Event, TokenReceived, TokenRequested
from offwire.runtime import tell_all
from tests.sansio.kit import Diary, new_runtime

FIRST = TokenRequested(at=0.0, call=1, generation=1)
SECOND = TokenReceived(at=1.0, call=1, generation=1, lifetime=None)


def test_a_new_runtime_has_nothing_to_tell() -> None:
    runtime = new_runtime(5)
    assert not runtime.has_told
    assert runtime.take_told() == []
    assert (runtime.calls, runtime.now.monotonic) == (0, 0.0)
    assert runtime.connections.snapshot().in_use == 0


def test_events_wait_until_they_are_taken_once() -> None:
    runtime, diary = new_runtime(), Diary()
    runtime.tell(diary, FIRST)
    runtime.tell(diary, SECOND)
    assert runtime.has_told
    assert diary == []
    tell_all(runtime.take_told())
    assert diary == [FIRST, SECOND]
    assert not runtime.has_told


def test_an_observer_that_raises_is_warned_about_and_the_others_are_told() -> None:
    def broken(event: Event) -> None:
        raise KeyError("what it says may be secret")

    diary = Diary()
    with pytest.warns(RuntimeWarning) as warned:
        tell_all([(broken, FIRST), (diary, FIRST), (broken, SECOND), (diary, SECOND)])
    assert diary == [FIRST, SECOND]
    assert [str(each.message) for each in warned] == [
        "an observer raised KeyError at a TokenRequested",
        "an observer raised KeyError at a TokenReceived",
    ]
    assert {each.filename for each in warned} == {__file__}


def test_an_observer_may_stop_the_program() -> None:
    def stopped(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_all([(stopped, FIRST)])
