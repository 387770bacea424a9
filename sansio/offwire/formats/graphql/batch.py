"""`batched`: several GraphQL calls in one request, each with an outcome of its own.

Rules of this file: what a call gets is what it would have got by itself: its part of the data
under its own names, the errors whose path begins there, and those without a path, which all get.
A call that fails leaves the others alone. Only where there is no answer to share does the whole
fail: no network, a status that is no 2xx, or no GraphQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, NoReturn, TypeAlias, TypeVar, cast, final, overload

from attrs import evolve, field, frozen

from offwire.errors import CallError, GraphQLProblem
from offwire.formats.graphql.answer import Answer, read_answer
from offwire.formats.graphql.document import ACCEPT, ANY_STATUS
from offwire.formats.graphql.merging import Merged, merged, variable
from offwire.formats.graphql.reading import Reading
from offwire.formats.json import dumps, loads
from offwire.message.body import Body
from offwire.message.request import Request, made
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.meaning import Completes, Meaning
from offwire.safety import Safety

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")

_REQUEST: Final = Request("POST", "")
_NOTHING_LEFT: Final = (
    "the server gave no data, since another call of the batch failed in a way that leaves none; "
    "send this one by itself"
)


@final
@frozen
class Done(Generic[T_co]):
    """A call of a batch that succeeded."""

    value: T_co

    def result(self) -> T_co:
        """The value."""
        return self.value


@final
@frozen
class Failed:
    """A call of a batch that failed."""

    error: CallError

    def result(self) -> NoReturn:
        """Raises the error."""
        raise self.error


Outcome: TypeAlias = Done[T] | Failed
"""What became of one call: `outcome.result()` is its value, or raises its error."""


@overload
def batched(a: Call[A], /) -> Call[tuple[Outcome[A]]]: ...
@overload
def batched(a: Call[A], b: Call[B], /) -> Call[tuple[Outcome[A], Outcome[B]]]: ...
@overload
def batched(a: Call[A], b: Call[B], c: Call[C], /) -> Call[tuple[Outcome[A], Outcome[B], Outcome[C]]]: ...
@overload
def batched(
    a: Call[A], b: Call[B], c: Call[C], d: Call[D], /
) -> Call[tuple[Outcome[A], Outcome[B], Outcome[C], Outcome[D]]]: ...
@overload
def batched(
    a: Call[A], b: Call[B], c: Call[C], d: Call[D], e: Call[E], /
) -> Call[tuple[Outcome[A], Outcome[B], Outcome[C], Outcome[D], Outcome[E]]]: ...
@overload
def batched(
    a: Call[A], b: Call[B], c: Call[C], d: Call[D], e: Call[E], f: Call[F], /
) -> Call[tuple[Outcome[A], Outcome[B], Outcome[C], Outcome[D], Outcome[E], Outcome[F]]]: ...
@overload
def batched(*calls: Call[T]) -> Call[tuple[Outcome[T], ...]]: ...
def batched(*calls: Call[Any]) -> Call[Any]:
    """One call that sends all of `calls` as one document, and gives their outcomes in the same order.

    Each call comes from a `Document`. Queries go together, or mutations, which the server runs in
    this order. A field that makes no sense to ask for twice, since it uses no variables and several
    queries ask for the very same, is sent once.

    Raises:
        TypeError: one is no call of a `Document`.
        ValueError: there is none, they are queries and mutations, go to several places or with
            different options, or a document cannot share a request.
    """
    parts = tuple(map(_part, calls))
    if not parts:
        raise ValueError("a batch needs at least one call")
    first = calls[0]
    if len({each.reading.document.kind for each in parts}) > 1:
        raise ValueError("a batch holds queries or mutations, not both: make two batches")
    if len({each.request.url.text for each in calls}) > 1:
        raise ValueError("the calls of a batch go to one URL: make a batch for each")
    if any(each.overrides != first.overrides or each.request.headers != ACCEPT for each in calls):
        raise ValueError("a batch has one set of options and of headers: give them to the batch itself")
    document = merged(tuple(each.reading.document for each in parts))
    variables = {
        variable(number, name): value
        for number, each in enumerate(calls)
        for name, value in _variables(each).items()
    }
    content = document.beginning + (b',"variables":%s}' % dumps(variables) if variables else b"}")
    body = Body(content=content, content_type="application/json")
    safeties = {each.safety for each in calls}
    meaning: Meaning[Any] = Meaning(
        None,
        ANY_STATUS,
        safeties.pop() if len(safeties) == 1 else Safety.UNKNOWN,
        outcomes=_Split(parts, document),
    )
    return Call(made("POST", first.request.url, ACCEPT, body), meaning, first.overrides)


@frozen
class _Part:
    """One call of a batch, as far as its answer matters."""

    reading: Reading
    meaning: Meaning[Any] = field(repr=False)

    def outcome(self, answer: Answer, complete: Completes) -> Outcome[object]:
        try:
            value = self.reading.value(answer)
            for mapping in self.meaning.mappings[1:]:
                value = mapping(value, answer.response)
        except CallError as error:
            failure = error
        else:
            return Done(value)
        return Failed(complete(failure))


@frozen
class _Split:
    """Reads the answer of a batch: to each call its own."""

    parts: tuple[_Part, ...]
    document: Merged

    def __call__(self, response: Response, complete: Completes) -> tuple[Outcome[object], ...]:
        whole = read_answer(response, _REQUEST)
        return tuple(
            self._outcome(part, keys, whole, complete)
            for part, keys in zip(self.parts, self.document.keys, strict=True)
        )

    def _outcome(
        self, part: _Part, keys: Mapping[str, str], whole: Answer, complete: Completes
    ) -> Outcome[object]:
        problems = tuple(_shared(each, keys) for each in whole.problems if self._concerns(each, keys))
        if not isinstance(whole.data, dict):
            share = evolve(whole, problems=problems)
            return Failed(complete(share.error("" if problems else _NOTHING_LEFT)))
        data = {keys[key]: value for key, value in whole.data.items() if key in keys}
        return part.outcome(evolve(whole, data=data, problems=problems), complete)

    def _concerns(self, problem: GraphQLProblem, keys: Mapping[str, str]) -> bool:
        """Whether a problem is told to a call: it is its own, or nobody's."""
        first = problem.path[0] if problem.path else None
        return first in keys or not any(first in each for each in self.document.keys)


def _shared(problem: GraphQLProblem, keys: Mapping[str, str]) -> GraphQLProblem:
    """The problem as a call sees it that knows nothing of the others: by its own names, in no document."""
    path = problem.path
    if path and isinstance(path[0], str):
        path = (keys.get(path[0], path[0]), *path[1:])
    return evolve(problem, path=path, locations=())


def _part(call: object) -> _Part:
    reading = call.meaning.mappings[0] if isinstance(call, Call) and call.meaning.mappings else None
    if not isinstance(call, Call) or not isinstance(reading, Reading):
        raise TypeError("a batch is made of calls that a Document made")
    if call.meaning.stand_ins:
        raise ValueError("a batch has one status: declare or_none for the batch, or nullable=True for a call")
    return _Part(reading, call.meaning)


def _variables(call: Call[Any]) -> dict[str, object]:
    """The variables that a call of a document sends."""
    body = cast("dict[str, Any]", loads(cast(Body, call.request.body).content))
    return cast("dict[str, object]", body.get("variables", {}))
