"""`Meaning`: what an operation's answers mean, which its arguments do not change.

Rules of this file: reading an answer is pure, and an answer that cannot be read is one of
`offwire.errors`. What is declared later sees what was declared before it: a mapping is handed
what earlier ones made, and a status that stands for nothing passes by the mappings before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Final, Generic, TypeAlias, TypeVar, Union, final, get_origin

from attrs import frozen

from offwire.errors import CallError
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.expect import Expect
from offwire.operations.status import status_error
from offwire.safety import Safety

T = TypeVar("T")

Completes: TypeAlias = Callable[[CallError], CallError]
"""Gives an error the facts of its call, and takes the call's credentials out of it."""


@frozen
class StandIn:
    """What a status stands for whose body is not looked at."""

    is_list: bool
    """Whether it is the empty list, and not None."""
    mapped: int
    """How many mappings had been declared before it, which it passes by."""


_NO_STAND_INS: Final[Mapping[int, StandIn]] = MappingProxyType({})


@final
class Meaning(Generic[T]):
    """What an operation's answers mean: the part of a Call that its arguments do not change."""

    __slots__ = ("_is_simple", "expect", "mappings", "outcomes", "returns", "safety", "stand_ins")

    def __init__(
        self,
        returns: type[object] | None,
        expect: Expect,
        safety: Safety,
        *,
        stand_ins: Mapping[int, StandIn] = _NO_STAND_INS,
        mappings: tuple[Callable[[Any, Response], Any], ...] = (),
        outcomes: Callable[[Response, Completes], object] | None = None,
    ) -> None:
        """Declare it.

        `outcomes` takes the place of `returns` where one answer is that of several calls: a call that
        failed is a value in its result, and its error goes through what `outcomes` is handed.

        Raises:
            TypeError: `returns` is a union, or is no type; the message says what to do.
        """
        self.returns: type[object] | None = _result_type(returns)
        self.expect: Expect = expect
        self.safety: Safety = safety
        self.stand_ins: Mapping[int, StandIn] = stand_ins
        self.mappings: tuple[Callable[[Any, Response], Any], ...] = mappings
        self.outcomes: Callable[[Response, Completes], object] | None = outcomes
        # As most are: an answer is what it is, or an error.
        self._is_simple = not stand_ins and not mappings and outcomes is None

    def read(self, response: Response, request: Request, complete: Completes | None = None) -> T:
        """What `response` to `request` stands for; see `Call.parse`.

        Where there are `outcomes`, the engine owes `complete`; an error that is raised it completes itself.
        """
        expect = self.expect
        if self._is_simple and response.status in expect.success:
            simple: Any = None if self.returns is None else _decoded(response, self.returns, expect)
            found: T = simple
            return found
        value: Any = None
        mappings = self.mappings
        if self.stand_ins and response.status in self.stand_ins:
            stand_in = self.stand_ins[response.status]
            value = [] if stand_in.is_list else None
            mappings = mappings[stand_in.mapped :]
        elif response.status not in expect.success:
            raise status_error(response, request, expect.errors)
        elif self.returns is not None:
            value = _decoded(response, self.returns, expect)
        elif self.outcomes is not None:
            value = self.outcomes(response, complete or _as_it_is)
        for mapping in mappings:
            value = mapping(value, response)
        result: T = value
        return result

    def but(
        self,
        *,
        none_at: tuple[int, ...] = (),
        empty_at: tuple[int, ...] = (),
        mappings: tuple[Callable[[Any, Response], Any], ...] = (),
    ) -> Meaning[Any]:
        """This meaning with more declared."""
        mapped = len(self.mappings)
        stand_ins = {
            **self.stand_ins,
            **dict.fromkeys(none_at, StandIn(False, mapped)),
            **dict.fromkeys(empty_at, StandIn(True, mapped)),
        }
        return Meaning(
            self.returns,
            self.expect,
            self.safety,
            stand_ins=stand_ins,
            mappings=(*self.mappings, *mappings),
            outcomes=self.outcomes,
        )


def _as_it_is(error: CallError) -> CallError:
    return error


def _decoded(response: Response, returns: type[object], expect: Expect) -> object:
    return _decode()(response, returns, lenient=expect.lenient, one_or_list=expect.one_or_list)


@cache
def _decode() -> Callable[..., object]:
    """`decode`, loaded by the first answer that is read; even to look up a loaded module costs a while."""
    from offwire.formats.decode import decode  # noqa: PLC0415 - reading loads what building need not

    return decode


def _result_type(returns: type[object] | None) -> type[object] | None:
    if get_origin(returns) in (Union, UnionType):
        raise TypeError(
            "returns is one type: declare the union's empty side with .or_none(404) or .or_empty(404)"
        )
    if isinstance(returns, str):
        raise TypeError(f"returns is a type, not its name {returns!r}")
    return None if returns is type(None) else returns
