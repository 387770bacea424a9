"""The checker of linearizability itself: histories of which it is known, and a brute-force one beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.linearizability import NotLinearizable, Operation, S, Step, Undecided, check

Input = tuple[str, int]
EMPTY: tuple[int, ...] = ()


def register(state: int, what: Input) -> int | None:
    """A variable that begins at 0."""
    verb, value = what
    if verb == "write":
        return value
    return state if state == value else None


def queue(state: tuple[int, ...], what: Input) -> tuple[int, ...] | None:
    """First in, first out; 0 is what an empty one gives."""
    verb, value = what
    if verb == "put":
        return (*state, value)
    if not state:
        return state if value == 0 else None
    return state[1:] if state[0] == value else None


def history(*lines: str) -> list[Operation[Input]]:
    """One line a caller: `.` is a moment, and what stands between bars lasts from one bar to the other."""
    operations = []
    for line in lines:
        at = 0
        for part in line.split("|"):
            if part.strip(" ."):
                verb, value = part.split()
                operations.append(Operation(2 * at, 2 * (at + len(part)) + 1, (verb, int(value.rstrip(".")))))
            at += len(part) + 1
    return distinct(operations)


def distinct(operations: Sequence[Operation[Input]]) -> list[Operation[Input]]:
    """The same with stamps that are all different; of equal ones an invocation comes first."""
    stamps = [(each.invoked, 0, index) for index, each in enumerate(operations)]
    stamps += [(each.returned, 1, index) for index, each in enumerate(operations)]
    at = {(kind, index): place for place, (_, kind, index) in enumerate(sorted(stamps))}
    return [
        Operation(at[0, index], at[1, index], each.what, each.hint) for index, each in enumerate(operations)
    ]


REGISTERS = [
    pytest.param(True, ["|write 1|....|read 1|"], id="one after the other"),
    pytest.param(False, ["|write 1|....|read 0|"], id="what was written is lost"),
    pytest.param(True, ["|write 1........|", "...|read 0|..."], id="read before the write took effect"),
    pytest.param(True, ["|write 1........|", "...|read 1|..."], id="read after it did"),
    pytest.param(
        False,
        ["|write 1....................|", "..|read 1|..............", ".............|read 0|..."],
        id="new, then old again",
    ),
    pytest.param(
        True,
        ["|write 1......|..........", "|write 2......|..........", "................|read 1|"],
        id="the other write came first",
    ),
    pytest.param(
        False,
        ["|write 1......|....................", "|write 2......|....................",
         "................|read 1|..|read 2|"],
        id="both came last",
    ),
]  # fmt: skip

QUEUES = [
    pytest.param(True, ["|put 1|.|put 2|.|get 1|.|get 2|"], id="in order"),
    pytest.param(False, ["|put 1|.|put 2|.|get 2|.|get 1|"], id="out of order"),
    pytest.param(True, ["|put 1.....|..........", "|put 2.....|..|get 2|"], id="side by side"),
    pytest.param(False, ["|put 1|..........", "........|get 0|"], id="empty, though it is not"),
    pytest.param(True, ["|put 1.......|", "...|get 0|..."], id="not yet there"),
    pytest.param(
        False, ["|put 1|.............", "........|get 1|", "........|get 1|"], id="one item for two callers"
    ),
]


@pytest.mark.parametrize(("good", "lines"), REGISTERS)
def test_a_register(good: bool, lines: list[str]) -> None:
    assert verdict(history(*lines), 0, register) is good


@pytest.mark.parametrize(("good", "lines"), QUEUES)
def test_a_queue(good: bool, lines: list[str]) -> None:
    assert verdict(history(*lines), EMPTY, queue) is good


def verdict(operations: Sequence[Operation[Input]], initial: S, step: Step[S, Input]) -> bool:
    try:
        check(operations, initial, step)
    except NotLinearizable:
        return False
    return True


def by_brute_force(operations: Sequence[Operation[Input]]) -> bool:
    """Try every order."""

    def explains(order: tuple[Operation[Input], ...]) -> bool:
        state = EMPTY
        for index, each in enumerate(order):
            if any(later.returned < each.invoked for later in order[index:]):
                return False
            following = queue(state, each.what)
            if following is None:
                return False
            state = following
        return True

    return any(explains(order) for order in permutations(operations))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_it_says_what_trying_every_order_says(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 5))
    operations = []
    for _ in range(total):
        begun, lasts = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 5))
        what = data.draw(st.sampled_from([("put", 1), ("put", 2), ("get", 0), ("get", 1), ("get", 2)]))
        hint = data.draw(st.sampled_from([0.0, 1.0, 2.0]))
        operations.append(Operation(begun, begun + lasts, what, hint))
    found = distinct(operations)
    assert verdict(found, EMPTY, queue) is by_brute_force(found)


def test_a_long_history_with_good_hints_takes_as_many_steps_as_it_has_operations() -> None:
    """Eight callers, of whom each has begun before the others have ended."""
    stamps = count()
    invoked = [next(stamps) for _ in range(8)]
    operations: list[Operation[Input]] = []
    for number in range(4000):
        caller = number * 5 % 8
        what = ("put", number + 1) if number % 2 == 0 else ("get", number)
        operations.append(Operation(invoked[caller], next(stamps), what, float(number)))
        invoked[caller] = next(stamps)
    assert check(operations, EMPTY, queue) == 4000


def test_it_gives_up_where_it_would_take_for_ever() -> None:
    many = history(*("|put 1......|" for _ in range(12)), "..............|get 2|")
    with pytest.raises(Undecided, match="50 steps"):
        check(many, EMPTY, queue, most=50)


def test_the_message_names_what_cannot_be_explained() -> None:
    with pytest.raises(NotLinearizable, match=r"after 1 operations nothing explains \('read', 0\)"):
        check(history("|write 1|....|read 0|"), 0, register)
