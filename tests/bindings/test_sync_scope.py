"""A scope ends once, for all that is in it and in the scopes inside."""

from __future__ import annotations

from threading import Event

import pytest

from offwire_sync.scope import Abandoned, Scope, current_scope, inside
from tests.bindings.flows import Running


def test_ending_wakes_all_that_waits() -> None:
    outer = Scope(None)
    inner = Scope(outer)
    events = [Event() for _ in range(3)]
    outer.join(events[0])
    inner.join(events[1])
    inner.join(events[2])
    inner.leave(events[2])
    assert [each.ended for each in (outer, inner)] == [False, False]
    outer.end()
    outer.end()
    assert [each.is_set() for each in events] == [True, True, False]
    assert [each.ended for each in (outer, inner)] == [True, True]


def test_an_inner_scope_ends_alone() -> None:
    outer = Scope(None)
    inner = Scope(outer)
    event = Event()
    outer.join(event)
    inner.end()
    assert inner.ended
    assert not outer.ended
    assert not event.is_set()


@pytest.mark.parametrize("ended", ["outer", "inner"])
def test_who_comes_late_is_woken_at_once(ended: str) -> None:
    outer = Scope(None)
    inner = Scope(outer)
    (outer if ended == "outer" else inner).end()
    event = Event()
    inner.join(event)
    assert event.is_set()
    inner.leave(event)
    with pytest.raises(Abandoned):
        inner.check()


def test_a_scope_is_its_threads_own() -> None:
    scope = Scope(None)
    assert current_scope() is None
    with inside(scope):
        assert current_scope() is scope
        assert Running(current_scope).join() is None
        other = Scope(scope)
        with inside(other):
            assert current_scope() is other
        assert current_scope() is scope
    assert current_scope() is None


def test_being_abandoned_is_no_exception_that_programs_catch() -> None:
    assert not issubclass(Abandoned, Exception)
