"""Connections: waited for in order, and taken out of the line at once by a cancel."""

from __future__ import annotations

import pytest

from offwire.errors import DeadlineExceeded
from offwire.flow import Wait
from offwire.layers.connecting import connected
from offwire.runtime import Runtime
from offwire.state.connections import Slot, Turn
from offwire.testing import Driven
from tests.sansio.kit import HOME, context_in, new_runtime


def busy() -> tuple[Runtime, Slot]:
    runtime = new_runtime(1)
    slot = runtime.connections.acquire(HOME)
    assert isinstance(slot, Slot)
    return runtime, slot


def queued(runtime: Runtime, deadline: float | None = None) -> Driven[Slot]:
    turn = runtime.connections.acquire(HOME)
    assert isinstance(turn, Turn)
    return Driven(connected(runtime.connections, turn, context_in(runtime, deadline=deadline)))


def test_a_turn_becomes_a_slot_when_one_comes_back() -> None:
    runtime, slot = busy()
    first, second = queued(runtime), queued(runtime, deadline=9.0)
    assert (first.expect(Wait).until, second.expect(Wait).until) == (None, 9.0)
    runtime.connections.release(slot)
    second.answer()
    second.expect(Wait)
    first.answer()
    runtime.connections.release(first.result)
    second.answer()
    assert isinstance(second.result, Slot)


def test_a_cancel_leaves_nothing_also_after_the_wake() -> None:
    runtime, slot = busy()
    first, second = queued(runtime), queued(runtime)
    runtime.connections.release(slot)  # given to the first, which has not been stepped
    first.close()
    second.answer()
    assert isinstance(second.result, Slot)
    assert runtime.connections.snapshot().waiting == 0


def test_the_deadline_ends_the_wait() -> None:
    runtime, _ = busy()
    driven = queued(runtime, deadline=4.0)
    runtime.now.advance(4.0, 0.0)
    driven.answer()
    with pytest.raises(DeadlineExceeded, match="while waiting for a connection"):
        _ = driven.result
    assert runtime.connections.snapshot().waiting == 0
