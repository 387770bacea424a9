"""A place in a line: no wake is lost, and none comes twice."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offwire.ticket import Ticket


def test_a_wake_calls_the_signal_once() -> None:
    calls: list[str] = []
    ticket = Ticket()
    assert ticket.arm(lambda: calls.append("woken"))
    ticket.wake()
    ticket.wake()
    assert calls == ["woken"]


def test_a_wake_before_the_wait_is_remembered_and_received_once() -> None:
    calls: list[str] = []
    ticket = Ticket()
    ticket.wake()
    assert not ticket.arm(lambda: calls.append("woken"))
    assert ticket.arm(lambda: calls.append("woken"))
    assert calls == []


def test_a_disarmed_ticket_signals_no_more() -> None:
    calls: list[str] = []
    ticket = Ticket()
    ticket.arm(lambda: calls.append("woken"))
    ticket.disarm()
    ticket.wake()
    assert calls == []


def test_a_ticket_waits_again_after_a_wake() -> None:
    calls: list[int] = []
    ticket = Ticket()
    for number in range(3):
        assert ticket.arm(lambda number=number: calls.append(number))  # type: ignore[misc]
        ticket.wake()
        ticket.disarm()
    assert calls == [0, 1, 2]


class TicketLife(RuleBasedStateMachine):
    """One driver waits, a machine wakes at any time: the model counts what was heard of."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket = Ticket()
        self.waiting = False
        self.signals = 0
        self.pending = False

    @rule()
    def wake(self) -> None:
        before = self.signals
        self.ticket.wake()
        if self.waiting and not self.pending:
            assert self.signals == before + 1
        else:
            assert self.signals == before
        self.pending = True

    @precondition(lambda self: not self.waiting)
    @rule()
    def arm(self) -> None:
        self.waiting = self.ticket.arm(self.signal)
        assert self.waiting is not self.pending
        self.pending = False

    @precondition(lambda self: self.waiting)
    @rule()
    def disarm(self) -> None:
        self.ticket.disarm()
        self.waiting = self.pending = False

    def signal(self) -> None:
        self.signals += 1

    @invariant()
    def a_driver_that_was_woken_has_heard_of_it(self) -> None:
        assert self.signals or not (self.waiting and self.pending)


TestTicketLife = TicketLife.TestCase
TestTicketLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
