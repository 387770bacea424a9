"""`step`, `together` and `pause`: what a workflow, an operation of several calls, is made of.

    def renamed(name: str, to: str) -> Steps[User]:
        user = yield from step(Users.find(name))
        return (yield from step(Users.rename(user.id, to)))

    character, reports = yield from together(Characters.get(7), Characters.reports(7))

Rules of this file: steps are pure. They say which calls come next, and are sent what the calls
return, or thrown what the calls raise; so they can be followed by hand, without a client. Each
step is answered exactly once, and a `finally` is the clean-up.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar, cast, overload

from attrs import field, frozen

from offwire.bounds import at_least
from offwire.operations.call import Call

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")


@frozen
class Together:
    """Perform calls, or steps in their turn, side by side; the answer is all of their results."""

    parts: tuple[Part, ...]


@frozen
class Pause:
    """Let so many seconds pass."""

    seconds: float = field(validator=at_least(0))


Step: TypeAlias = Call[Any] | Together | Pause
"""What a workflow can ask for. The set is closed."""
Steps: TypeAlias = Generator[Step, Any, T]
"""A workflow under way: it yields steps, is sent what they bring, and returns a T."""
Part: TypeAlias = Call[Any] | Steps[Any]
"""What can go on beside others: a call, or steps in their turn."""


def step(call: Call[T]) -> Steps[T]:
    """Perform one call, return its result, or raise what it raises."""
    return cast(T, (yield call))


@overload
def together(first: Call[T1] | Steps[T1], /) -> Steps[tuple[T1]]: ...
@overload
def together(first: Call[T1] | Steps[T1], second: Call[T2] | Steps[T2], /) -> Steps[tuple[T1, T2]]: ...
@overload
def together(
    first: Call[T1] | Steps[T1], second: Call[T2] | Steps[T2], third: Call[T3] | Steps[T3], /
) -> Steps[tuple[T1, T2, T3]]: ...
@overload
def together(
    first: Call[T1] | Steps[T1],
    second: Call[T2] | Steps[T2],
    third: Call[T3] | Steps[T3],
    fourth: Call[T4] | Steps[T4],
    /,
) -> Steps[tuple[T1, T2, T3, T4]]: ...
@overload
def together(
    first: Call[T1] | Steps[T1],
    second: Call[T2] | Steps[T2],
    third: Call[T3] | Steps[T3],
    fourth: Call[T4] | Steps[T4],
    fifth: Call[T5] | Steps[T5],
    /,
) -> Steps[tuple[T1, T2, T3, T4, T5]]: ...
@overload
def together(*parts: Call[T] | Steps[T]) -> Steps[tuple[T, ...]]: ...
def together(*parts: Part) -> Steps[tuple[Any, ...]]:
    """Perform calls, or steps in their turn, side by side; the results come in the order of the parts.

    The first one that fails ends the others, and what it raises is raised here. A sync client takes
    one after another, unless it has threads for it.
    """
    if not parts:
        return ()
    return tuple((yield Together(parts)))


def pause(seconds: float) -> Steps[None]:
    """Let so many seconds pass, as between two looks at something that takes its time.

    Raises:
        ValueError: `seconds` is no finite number, or below 0.
    """
    yield Pause(seconds)
