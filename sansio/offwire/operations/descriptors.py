"""`operation` and `pages`: what turns a pure function into a call in three worlds.

| access | `operation` | `pages` |
|---|---|---|
| on the class | the pure function: `Call[T]` | the pure function: `Pages[T]` |
| on a group of mode Sync | `T` | `Iterator[T]` |
| on a group of mode Async | a coroutine of `T` | `AsyncIterator[T]` |

Rules of this file: a descriptor decides nothing but which face it shows. Every face is a bound
method with the name, the docstring and the parameters of the function that was decorated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, final, overload

from offwire.mode import Async, Sync
from offwire.operations.call import Call
from offwire.operations.group import Group
from offwire.operations.paging import Pages

G = TypeVar("G")
P = ParamSpec("P")
T = TypeVar("T")


@final
class operation(Generic[G, P, T]):  # noqa: N801 - it is used as a decorator
    """Declares a method of a Group as an operation: it returns a Call, and sends nothing."""

    def __init__(self, build: Callable[Concatenate[G, P], Call[T]]) -> None:
        """Decorate `build`."""
        made: Callable[..., Call[T]] = build
        name = _name_of(build)

        def perform(group: Group[Any], /, *args: Any, **kwargs: Any) -> object:
            call = made(group, *args, **kwargs)
            if call.__class__ is not Call:
                raise TypeError(f"{name} is an operation, so it returns a Call, not {_kind_of(call)}")
            return group._client.run(group._engine.perform(call, name, group._options))

        self._face: Callable[..., object] = update_wrapper(perform, build)
        self.build = made
        self.name = name
        update_wrapper(cast("Callable[..., object]", self), build)

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Callable[P, Call[T]]: ...
    @overload
    def __get__(self, instance: Group[Sync], owner: type[object]) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Group[Async], owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Group[Any] | None, owner: type[object]) -> Callable[..., object]:
        if instance is None:
            return MethodType(self.build, _unbound(owner))
        return MethodType(self._face, instance)


@final
class pages(Generic[G, P, T]):  # noqa: N801 - it is used as a decorator
    """Declares a method of a Group as a paged list: it returns Pages, and sends nothing."""

    def __init__(self, build: Callable[Concatenate[G, P], Pages[T]]) -> None:
        """Decorate `build`."""
        made: Callable[..., Pages[T]] = build
        name = _name_of(build)

        def iterate(group: Group[Any], /, *args: Any, **kwargs: Any) -> object:
            found = made(group, *args, **kwargs)
            if found.__class__ is not Pages:
                raise TypeError(f"{name} is a paged list, so it returns Pages, not {_kind_of(found)}")
            return group._client.iterate(group._engine.paginate(found, name, group._options))

        self._face: Callable[..., object] = update_wrapper(iterate, build)
        self.build = made
        self.name = name
        update_wrapper(cast("Callable[..., object]", self), build)

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Callable[P, Pages[T]]: ...
    @overload
    def __get__(self, instance: Group[Sync], owner: type[object]) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, instance: Group[Async], owner: type[object]) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, instance: Group[Any] | None, owner: type[object]) -> Callable[..., object]:
        if instance is None:
            return MethodType(self.build, _unbound(owner))
        return MethodType(self._face, instance)


def _name_of(build: Callable[..., object]) -> str:
    """`Users.get`, also where the class is defined inside of a function."""
    return build.__qualname__.rpartition("<locals>.")[2]


def _kind_of(value: object) -> str:
    return "None: does it lack a return?" if value is None else type(value).__name__


def _unbound(owner: type[object]) -> object:
    """A group without a client: all that a pure function may ask of its `self`."""
    return object.__new__(owner)
