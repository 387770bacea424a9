"""The agenda keeps time, order and cancellations."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.agenda import Agenda

TIMES = st.lists(st.integers(0, 5).map(float), max_size=20)


def played(agenda: Agenda, happened: list[int]) -> list[tuple[float, int]]:
    seen = []
    while action := agenda.pop():
        action()
        seen.append((agenda.now, happened[-1]))
    return seen


def filled(times: list[float], chance: Random | None = None) -> tuple[Agenda, list[int]]:
    agenda, happened = Agenda(chance), list[int]()
    for number, at in enumerate(times):
        agenda.add(at, lambda number=number: happened.append(number))  # type: ignore[misc]
    return agenda, happened


@given(TIMES)
def test_entries_happen_in_the_order_of_time_then_of_making(times: list[float]) -> None:
    agenda, happened = filled(times)
    assert played(agenda, happened) == sorted((at, number) for number, at in enumerate(times))


@given(TIMES, st.integers())
def test_a_shuffled_agenda_keeps_the_order_of_time_and_is_repeatable(times: list[float], seed: int) -> None:
    first = played(*filled(times, Random(seed)))
    assert [at for at, _ in first] == sorted(times)
    assert sorted(number for _, number in first) == list(range(len(times)))
    assert played(*filled(times, Random(seed))) == first


def test_a_shuffled_agenda_shuffles() -> None:
    orders = {tuple(number for _, number in played(*filled([1.0] * 5, Random(seed)))) for seed in range(20)}
    assert len(orders) > 10


def test_a_cancelled_entry_does_not_happen_and_moves_no_time() -> None:
    agenda = Agenda()
    entry = agenda.add(1.0, lambda: None)
    agenda.add(2.0, lambda: None)
    entry.cancel()
    entry.cancel()
    assert agenda.pop() is not None
    assert agenda.now == 2.0
    assert agenda.pop() is None
    assert agenda.now == 2.0


def test_what_is_past_happens_now() -> None:
    agenda = Agenda()
    agenda.now = 5.0
    agenda.add(1.0, lambda: None)
    assert agenda.pop() is not None
    assert agenda.now == 5.0


def test_pop_goes_no_further_than_asked() -> None:
    agenda = Agenda()
    agenda.add(1.0, lambda: None)
    agenda.add(2.0, lambda: None)
    assert agenda.pop(until=1.0) is not None
    assert agenda.pop(until=1.9) is None
    assert agenda.now == 1.0
    assert agenda.pop(until=2.0) is not None
