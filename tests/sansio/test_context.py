"""The account of one call: its facts, its deadline, and whom it tells."""

from __future__ import annotations

import pytest

from offwire.context import Context
from offwire.errors import DeadlineExceeded
from offwire.events import TokenRequested
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.line import Place
from offwire.timeouts import Timeouts
from tests.sansio.kit import Diary, context_in, new_runtime


def test_a_call_begins_with_nothing_spent() -> None:
    runtime = new_runtime()
    runtime.now.advance(5.0, 0.0)
    timeouts = Timeouts(read=1.0)
    context = Context(runtime, "Things.get", Safety.KEYED, timeouts, 9.0, (), (Secret("s"),), True)
    assert (context.runtime, context.now) == (runtime, runtime.now)
    assert (context.operation, context.safety, context.timeouts) == ("Things.get", Safety.KEYED, timeouts)
    assert (context.deadline, context.shielded, context.secrets) == (9.0, True, (Secret("s"),))
    assert (context.attempts, context.resends, context.waited) == (0, 0, 0.0)
    assert (context.started, context.elapsed) == (5.0, 0.0)


def test_a_call_has_a_place_in_the_line_where_one_is_said() -> None:
    context = context_in(new_runtime())
    assert context.place is None
    context.place = Place(1, "a")
    assert context.place == Place(1, "a")


def test_calls_are_numbered_by_their_runtime() -> None:
    runtime = new_runtime()
    assert [context_in(runtime).number for _ in range(3)] == [1, 2, 3]
    assert runtime.calls == 3


def test_time_goes_by() -> None:
    runtime = new_runtime()
    context = context_in(runtime)
    runtime.now.advance(2.5, 0.0)
    assert context.elapsed == 2.5


@pytest.mark.parametrize(
    ("deadline", "time", "until"),
    [
        pytest.param(None, None, None, id="no end at all"),
        pytest.param(None, 3.0, 3.0, id="no deadline"),
        pytest.param(5.0, None, 5.0, id="the deadline alone"),
        pytest.param(5.0, 3.0, 3.0, id="before it"),
        pytest.param(5.0, 7.0, 5.0, id="after it"),
    ],
)
def test_a_wait_ends_at_the_deadline(deadline: float | None, time: float | None, until: float | None) -> None:
    assert context_in(new_runtime(), deadline=deadline).until(time) == until


@pytest.mark.parametrize("deadline", [None, 5.1])
def test_before_the_deadline_a_call_goes_on(deadline: float | None) -> None:
    runtime = new_runtime()
    runtime.now.advance(5.0, 0.0)
    context = context_in(runtime, deadline=deadline)
    context.check_deadline("while waiting")
    assert context.elapsed == 0.0


@pytest.mark.parametrize("deadline", [5.0, 4.9])
def test_from_the_deadline_on_it_does_not(deadline: float) -> None:
    runtime = new_runtime()
    runtime.now.advance(5.0, 0.0)
    with pytest.raises(DeadlineExceeded, match="the deadline passed while waiting"):
        context_in(runtime, deadline=deadline).check_deadline("while waiting")


def test_that_its_answer_has_come_changes_nothing_for_a_call_by_itself() -> None:
    context = context_in(new_runtime())
    before = {name: getattr(context, name) for name in Context.__slots__}
    context.answered()
    assert {name: getattr(context, name) for name in Context.__slots__} == before


def test_every_observer_is_told_in_order() -> None:
    runtime, first, second = new_runtime(), Diary(), Diary()
    context = context_in(runtime, observers=(first, second))
    event = TokenRequested(at=0.0, call=1, generation=1)
    context.tell(event)
    assert runtime.take_told() == [(first, event), (second, event)]


@pytest.mark.parametrize(
    ("deadline", "begin_by", "attempts", "until"),
    [
        pytest.param(9.0, 4.0, 0, 4.0, id="not begun"),
        pytest.param(9.0, 4.0, 1, 9.0, id="begun"),
        pytest.param(None, 4.0, 0, 4.0, id="without a deadline"),
        pytest.param(3.0, 4.0, 0, 3.0, id="the deadline is first"),
    ],
)
def test_until_something_is_sent_a_call_may_have_to_begin_by_some_time(
    deadline: float | None, begin_by: float, attempts: int, until: float
) -> None:
    runtime = new_runtime()
    context = context_in(runtime, deadline=deadline)
    context.begin_by, context.attempts = begin_by, attempts
    assert context.until(None) == until
    runtime.now.advance(until, 0.0)
    with pytest.raises(DeadlineExceeded):
        context.check_deadline("while waiting")
