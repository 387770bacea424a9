"""`Reading`: how the answer to one document is read: which part of it, and as what.

Rules of this file: the value is what is declared, or there is an error whose path begins at the
answer's root, such as `$.data.report.fights[3].name`. Where a fast reader knows the type it is
asked first; it gives up on whatever is out of the ordinary, and the slow way tells what that was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from attrs import field, frozen

from offwire.errors import DecodeError, GraphQLProblem
from offwire.formats.fast import Declined, fast_reader
from offwire.formats.graphql.answer import Answer, read_answer
from offwire.formats.mismatch import kind_of
from offwire.formats.path import path_text
from offwire.formats.structure import structure
from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response

if TYPE_CHECKING:
    from offwire.formats.graphql.document import Document

_PLACE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_REQUEST: Final = Request("POST", "")
"""What an error says of the request until the engine knows better."""


def _steps(at: str) -> tuple[str, ...]:
    if not isinstance(at, str):
        raise TypeError(f"at is a str, such as 'reportData.report', not {type(at).__name__}")
    if at and not _PLACE.fullmatch(at):
        raise ValueError(f"at is names with dots between them, such as 'reportData.report', not {at!r}")
    return tuple(at.split(".")) if at else ()


def _kind(_instance: object, _attribute: object, returns: object) -> None:
    if returns is None or isinstance(returns, str):
        raise TypeError(f"returns is a type, not {returns!r}; object gives plain data")


@frozen(kw_only=True)
class Reading:
    """What a call of a document declares of its answer. Calling it reads one.

    Raises at birth:
        TypeError: a part is of the wrong type.
        ValueError: `at` is no path of names.
    """

    document: Document = field(repr=False)
    returns: object = field(validator=_kind)
    at: tuple[str, ...] = field(converter=_steps)
    """The names of the answer's keys from `data` down to the value."""
    nullable: bool = False
    """Whether null on the way to the value, or in its place, is None."""
    lenient: bool = False
    partial: bool = False
    """Whether errors elsewhere in the answer are passed over where the value itself is whole."""

    def __call__(self, response: Response, _response: object = None) -> object:
        """The value that `response` stands for.

        Raises:
            StatusError: the status is no 2xx.
            GraphQLError: the answer tells of errors.
            DecodeError: it is no GraphQL answer, or the value is not what is declared.
        """
        if response.is_success:
            read = self._fast_reader() if self.at and not self.lenient else None
            if read is not None:
                try:
                    return read(response.content)
                except Declined:
                    pass
        return self.value(read_answer(response, _REQUEST))

    def value(self, answer: Answer) -> object:
        """The value in an answer that has been read; raises as a call does."""
        if answer.data is None or any(map(self._counts, answer.problems)):
            raise answer.error()
        try:
            return self._value(answer.data)
        except DecodeError as error:
            raise error.with_facts(status=answer.response.status, response=answer.response) from None

    def _counts(self, problem: GraphQLProblem) -> bool:
        """Whether a problem is this value's: above it, at it, below it, or nobody knows where."""
        if not self.partial or not problem.path:
            return True
        return all(mine == its for mine, its in zip(self.at, problem.path, strict=False))

    def _fast_reader(self) -> Callable[[bytes], object] | None:
        """What goes from bytes straight to the value, where there is something that can; it is kept there."""
        return fast_reader(self._type, ("data", *self.at), ("errors",))

    @property
    def _type(self) -> type[object]:
        return cast("type[object]", self.returns)  # or a union, for which there is no word

    def _value(self, data: Json) -> object:
        value = data
        for depth, step in enumerate(self.at):
            if value is None and self.nullable:
                return None
            if not isinstance(value, dict):
                raise _unfit(("data", *self.at[:depth]), f"should be an object, not {kind_of(value)}")
            if step not in value:
                raise _unfit(("data", *self.at[: depth + 1]), "is missing")
            value = value[step]
        if value is None and self.nullable:
            return None
        try:
            return structure(value, self._type, lenient=self.lenient)
        except DecodeError as error:
            place = path_text(("data", *self.at))
            moved = error.with_facts(
                message=f"{place}{error.message.removeprefix('$')}",
                path=f"{place}{error.path.removeprefix('$')}",
            )
        raise moved


def _unfit(path: tuple[str, ...], problem: str) -> DecodeError:
    where = path_text(path)
    return DecodeError(message=f"{where} {problem}", path=where)
