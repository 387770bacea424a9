"""`workflow`: what turns a generator of steps into a method that is called in three worlds.

    class Users(Group[M]):
        @workflow
        def find_or_create(self, name: str) -> Steps[User]:
            found = yield from step(Users.find(name))
            return found or (yield from step(Users.create(name)))

| access | `workflow` |
|---|---|
| on the class | the pure generator: `Steps[T]` |
| on a group of mode Sync | `T` |
| on a group of mode Async | a coroutine of `T` |

Rules of this file: each call of a workflow is a call like any other, with its own retries and its
own deadline. Whatever ends a workflow early closes its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import update_wrapper
from types import MethodType
from typing import (
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    TypeAlias,
    TypeVar,
    assert_never,
    cast,
    final,
    overload,
)

from offwire.flow import Flow, Gather, Sleep
from offwire.mode import Async, Sync
from offwire.operations.call import Call
from offwire.operations.group import Group
from offwire.operations.steps import Pause, Step, Steps, Together
from offwire.time import Now

G = TypeVar("G")
P = ParamSpec("P")
T = TypeVar("T")

Perform: TypeAlias = Callable[[Call[Any]], Flow[Any]]
"""Makes the flow of one call."""


@final
class workflow(Generic[G, P, T]):  # noqa: N801 - it is used as a decorator
    """Declares a method of a Group as a workflow: it yields steps, and sends nothing itself."""

    def __init__(self, steps: Callable[Concatenate[G, P], Steps[T]]) -> None:
        """Decorate `steps`."""
        made: Callable[..., Steps[T]] = steps
        name = steps.__qualname__.rpartition("<locals>.")[2]

        def conducted(group: Group[Any], /, *args: Any, **kwargs: Any) -> object:
            begun = made(group, *args, **kwargs)
            if not isinstance(begun, Generator):
                raise TypeError(
                    f"{name} is a workflow, so it yields steps, and is not of type {type(begun).__name__}"
                )
            engine, options = group._engine, group._options
            flow = conduct(begun, lambda call: engine.perform(call, name, options), group._client.runtime.now)
            return group._client.run(flow)

        self._face: Callable[..., object] = update_wrapper(conducted, steps)
        self.steps = made
        self.name = name
        update_wrapper(cast("Callable[..., object]", self), steps)

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Callable[P, Steps[T]]: ...
    @overload
    def __get__(self, instance: Group[Sync], owner: type[object]) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Group[Async], owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Group[Any] | None, owner: type[object]) -> Callable[..., object]:
        if instance is None:
            # A group without a client: all that a pure generator may ask of its `self`.
            return MethodType(self.steps, object.__new__(owner))
        return MethodType(self._face, instance)


def conduct(steps: Steps[T], perform: Perform, now: Now) -> Flow[T]:
    """The flow of a workflow, whose calls are made into flows by `perform`."""
    try:
        wanted = next(steps)
        while True:
            try:
                answer = yield from _answered(wanted, perform, now)
            except Exception as error:  # noqa: BLE001 - the steps may have an answer to it
                wanted = steps.throw(error)
            else:
                wanted = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


def _answered(wanted: Step, perform: Perform, now: Now) -> Flow[object]:
    match wanted:
        case Call():
            return (yield from perform(wanted))
        case Together(parts):
            flows = tuple(
                perform(part) if isinstance(part, Call) else conduct(part, perform, now) for part in parts
            )
            return (yield Gather(flows))
        case Pause(seconds):
            yield Sleep(now.monotonic + seconds)
            return None
        case _:
            assert_never(wanted)
