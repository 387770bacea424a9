"""`Document`: a GraphQL document, and the calls that can be made of it (GraphQL over HTTP).

Rules of this file: a document is a constant, so what can be known of it is worked out once: it is
looked into when it is first needed, and its text is written as JSON once. A call is a POST below
no path, whose body holds the document, the operation's name where it has one, and the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias, TypeVar, cast, final, overload

from attrs import field, frozen

from offwire.json_value import Json
from offwire.message.body import Body
from offwire.message.headers import Headers
from offwire.message.request import made
from offwire.message.response import Response
from offwire.message.url import placed
from offwire.operations.call import Call
from offwire.operations.expect import Expect
from offwire.operations.meaning import Meaning
from offwire.safety import Safety
from offwire.unset import UNSET

T = TypeVar("T")

Variables: TypeAlias = Mapping[str, object]
"""Values by the variables' names: UNSET leaves one out, at any depth, and None is null."""

ACCEPT: Final = Headers({"Accept": "application/graphql-response+json, application/json;q=0.9"})
ANY_STATUS: Final = Expect(success=range(100, 1000))
"""A GraphQL answer is read whatever its status, since errors may come at any."""
HERE: Final = placed("", "")
_KEPT_DOCUMENTS: Final = 128


@final
class _Facts:
    """What is known of a document that has been looked into."""

    __slots__ = ("beginning", "declared", "is_query", "name", "required")

    def __init__(self, text: str, name: str | None) -> None:
        from offwire.formats.graphql.outline import Outline  # noqa: PLC0415 - only what is sent is looked into
        from offwire.formats.json import dumps  # noqa: PLC0415 - as above

        operation = Outline(text).operation(name)
        if operation.kind == "subscription":
            raise ValueError("a subscription is not one answer to one request: send queries and mutations")
        self.is_query: bool = operation.kind == "query"
        self.name: str | None = operation.name
        self.declared: frozenset[str] = frozenset(operation.variables)
        self.required: frozenset[str] = frozenset(
            each for each, is_required in operation.variables.items() if is_required
        )
        body: dict[str, str] = {"query": text}
        if operation.name is not None:
            body["operationName"] = operation.name
        self.beginning: bytes = dumps(body)[:-1]


@final
class _Kept:
    """What a document keeps once it has been worked out."""

    __slots__ = ("facts", "meanings")

    def __init__(self) -> None:
        self.facts: _Facts | None = None
        self.meanings: dict[object, Meaning[object]] = {}


def _text(_instance: object, _attribute: object, value: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"Document.text is a str, not {type(value).__name__}")


def _name(_instance: object, _attribute: object, value: str | None) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"Document.name is a str or None, not {type(value).__name__}")


def _shown(text: str) -> str:
    return f"<{len(text)} characters>"


@final
@frozen
class Document:
    """A query or a mutation, with its fragments. `Document("query Hero { hero { name } }")`.

    Where `name` is given, it says which operation is meant, and the document is looked into when it
    is first used: a generated client holds many documents, of which a program sends a few. Else it
    is looked into at once, and has to hold just one operation.

    Raises at birth, or at the first use of one with a name:
        TypeError: `text` or `name` is no str.
        DocumentError: the text is no GraphQL document; the error says line and column.
        ValueError: the operation is missing, not to be told from others, or a subscription.
    """

    text: str = field(validator=_text, repr=_shown)
    name: str | None = field(default=None, validator=_name)
    """The operation's name, where the document has several, or is to be looked into later."""
    _kept: _Kept = field(factory=_Kept, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.name is None:
            self._facts()

    def __reduce__(self) -> tuple[type[Document], tuple[str, str | None]]:
        return (Document, (self.text, self.name))

    @property
    def operation_name(self) -> str | None:
        """The name of the operation that is sent; None where it has none."""
        return self._facts().name

    @property
    def kind(self) -> Literal["query", "mutation"]:
        """What kind of operation is sent."""
        return "query" if self._facts().is_query else "mutation"

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables that the operation declares."""
        return self._facts().declared

    @overload
    def call(
        self,
        variables: Variables | None = None,
        *,
        returns: type[T],
        at: str = "",
        nullable: Literal[False] = False,
        lenient: bool = False,
        partial: bool = False,
        safety: Safety | None = None,
    ) -> Call[T]: ...
    @overload
    def call(
        self,
        variables: Variables | None = None,
        *,
        returns: type[T],
        at: str = "",
        nullable: Literal[True],
        lenient: bool = False,
        partial: bool = False,
        safety: Safety | None = None,
    ) -> Call[T | None]: ...
    def call(
        self,
        variables: Variables | None = None,
        *,
        returns: type[T],
        at: str = "",
        nullable: bool = False,
        lenient: bool = False,
        partial: bool = False,
        safety: Safety | None = None,
    ) -> Call[T] | Call[T | None]:
        """A call that sends this document with `variables`.

        The result is the value at `at`, the names of the answer's keys below `data` with dots
        between them, read as a `returns`; `object` gives plain data. With `nullable`, null in its
        place or on the way to it is None. With `lenient`, what means the same without loss is
        taken, such as "42" for 42. An answer that tells of errors is a `GraphQLError`; with
        `partial`, errors elsewhere are passed over, and only those above, at or below the value, or
        without a place, fail the call.
        A query is SAFE, so that it is sent again where it failed; a mutation is UNKNOWN unless
        `safety` says otherwise.

        Raises:
            TypeError: an argument is of the wrong type, or a variable has no form in JSON.
            ValueError: the document is none that can be sent, declares no such variable, or needs
                one that is not given.
        """
        facts = self._kept.facts or self._facts()
        key = (returns, at, nullable, lenient, partial, safety)
        meaning = self._kept.meanings.get(key)
        if meaning is None:
            meaning = self._meaning(returns, at, nullable, lenient, partial, safety)
            self._kept.meanings[key] = meaning
        body = Body(content=_content(facts, variables), content_type="application/json")
        return cast("Call[T]", Call(made("POST", HERE, ACCEPT, body), meaning))

    def _facts(self) -> _Facts:
        facts = self._kept.facts
        if facts is None:
            facts = self._kept.facts = _Facts(self.text, self.name)
        return facts

    def _meaning(
        self, returns: object, at: str, nullable: bool, lenient: bool, partial: bool, safety: Safety | None
    ) -> Meaning[object]:
        from offwire.formats.graphql.reading import Reading  # noqa: PLC0415 - a start of a program needs none

        reading = Reading(
            document=self, returns=returns, at=at, nullable=nullable, lenient=lenient, partial=partial
        )
        usual = Safety.SAFE if self._facts().is_query else Safety.UNKNOWN
        return Meaning(Response, ANY_STATUS, safety or usual, mappings=(reading,))


def graphql(text: str, variables: Variables | None = None, *, name: str | None = None) -> Call[Json]:
    """A call that sends any document, with any variables, and gives the answer's `data` as it came.

    `name` says which operation is meant, where the document has several.

    Raises:
        TypeError, ValueError: as `Document` and `Document.call` do.
    """
    return cast("Call[Json]", _kept_document(text, name).call(variables, returns=object))


@lru_cache(_KEPT_DOCUMENTS)
def _kept_document(text: str, name: str | None) -> Document:
    return Document(text, name)


def _content(facts: _Facts, variables: Variables | None) -> bytes:
    given = {} if variables is None else {name: each for name, each in variables.items() if each is not UNSET}
    if not (facts.required <= given.keys() <= facts.declared):
        raise _misgiven(facts, given)
    for name in facts.required:
        if given[name] is None:
            raise ValueError(f"the document declares that the variable {name!r} may not be null")
    return b'%s,"variables":%s}' % (facts.beginning, _dumps()(given)) if given else facts.beginning + b"}"


def _misgiven(facts: _Facts, given: Mapping[str, object]) -> ValueError:
    unknown = sorted(map(str, given.keys() - facts.declared))
    if unknown:
        declared = ", ".join(sorted(facts.declared)) or "none"
        return ValueError(f"the document declares no variable {unknown[0]!r}; it declares {declared}")
    return ValueError(f"the document needs a value for the variable {min(facts.required - given.keys())!r}")


@cache
def _dumps() -> Callable[[object], bytes]:
    """`dumps`, loaded by the first variables; even to look up a loaded module costs a while."""
    from offwire.formats.json import dumps  # noqa: PLC0415 - a start of a program needs none

    return dumps
