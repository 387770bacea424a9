"""The account of attempts that are under way at once: what they share, and what is each one's own."""

from __future__ import annotations

from offwire.layers.racing import Racer
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.line import Place
from tests.sansio.kit import Diary, context_in, new_runtime

ONE, TWO, THREE = Secret("first token"), Secret("second token"), Secret("the key")


def test_a_racer_has_the_facts_of_its_call_and_is_no_call_of_its_own() -> None:
    runtime, diary = new_runtime(), Diary()
    outer = context_in(runtime, Safety.KEYED, deadline=9.0, observers=(diary,), shielded=True)
    outer.place = Place(2, "harvest")
    racer = Racer(outer, lambda: None)
    for name in ("runtime", "now", "operation", "safety", "timeouts", "deadline", "observers", "shielded"):
        assert getattr(racer, name) == getattr(outer, name)
    for name in ("number", "started", "resends", "generation", "waited", "place"):
        assert getattr(racer, name) == getattr(outer, name)
    assert runtime.calls == 1
    assert Racer(context_in(runtime), lambda: None).place is None


def test_attempts_are_numbered_through_and_told_when_they_are_sent() -> None:
    outer = context_in(new_runtime())
    sent: list[int] = []
    first, second = (Racer(outer, lambda number=number: sent.append(number)) for number in (1, 2))  # type: ignore[misc]
    first.attempts += 1
    second.attempts += 1
    assert (outer.attempts, first.attempts, second.attempts) == (2, 2, 2)
    assert sent == [1, 2]


def test_all_credentials_are_known_whoever_has_sent_them() -> None:
    outer = context_in(new_runtime(), secrets=(THREE,))
    first, second = Racer(outer, lambda: None), Racer(outer, lambda: None)
    first.secrets += (ONE,)
    second.secrets += (TWO,)
    assert outer.secrets == first.secrets == second.secrets == (THREE, ONE, TWO)


def test_an_answer_is_each_attempts_own() -> None:
    outer = context_in(new_runtime())
    first, second = Racer(outer, lambda: None), Racer(outer, lambda: None)
    outer.answered()
    assert [first.is_answered, second.is_answered] == [False, False]
    first.answered()
    assert [first.is_answered, second.is_answered] == [True, False]


def test_the_token_is_the_winners() -> None:
    outer = context_in(new_runtime())
    first, second = Racer(outer, lambda: None), Racer(outer, lambda: None)
    first.generation, second.generation = 1, 2
    assert outer.generation == 0
    first.win()
    assert outer.generation == 1
