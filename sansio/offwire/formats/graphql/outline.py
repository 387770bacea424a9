"""What a GraphQL document consists of: its operations, its fragments, and what they select.

Rules of this file: looked at is what is needed to send a document, and to put several into one:
brackets, definitions and selections. Whether fields, arguments and values are right is the
server's to say. Nothing here recurs, so that no depth of nesting is too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from offwire.formats.graphql.lexer import DocumentError, Token, error_at, tokens

_OPENING: Final = {"{": "}", "(": ")", "[": "]"}
_KINDS: Final = frozenset({"query", "mutation", "subscription"})
_MOST_SHOWN: Final = 40


@frozen(kw_only=True)
class Operation:
    """One operation. Numbers are places of tokens; a range is its first, and the one behind its last."""

    kind: str
    """`query`, `mutation` or `subscription`."""
    name: str | None
    variables: dict[str, bool]
    """The names that it declares, and whether each needs a value: it has no default, and may not be null."""
    definitions: tuple[int, int]
    """The range of the variables' definitions, without the parentheses."""
    directives: tuple[int, int]
    selection: int
    """Where its selection set opens."""


@frozen(kw_only=True)
class Fragment:
    """One named fragment."""

    name: str
    condition: str
    """The type that it is on."""
    directives: tuple[int, int]
    selection: int


@frozen(kw_only=True)
class Selection:
    """One entry of a selection set."""

    start: int
    end: int
    key: str | None = None
    """The name that a field has in the answer; None for spreads and inline fragments."""
    spread: str | None = None
    """The fragment that is spread; None for all else."""
    selection: int | None = None
    """Where its own selection set opens, if it has one."""


class Outline:
    """A document, taken apart."""

    __slots__ = ("_closing", "fragments", "operations", "text", "tokens")

    def __init__(self, text: str) -> None:
        """Take `text` apart.

        Raises:
            DocumentError: it is no document of operations and fragments.
        """
        self.text: str = text
        self.tokens: list[Token] = tokens(text)
        self._closing = self._pairs()
        self.operations: list[Operation] = []
        self.fragments: dict[str, Fragment] = {}
        self._read()

    def operation(self, name: str | None) -> Operation:
        """The operation of that name; the only one where `name` is None.

        Raises:
            ValueError: there is none of the name, or there are several and none is named.
        """
        found = [each for each in self.operations if name is None or each.name == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(str(each.name) for each in self.operations)
        if name is None and found:
            raise ValueError(f"the document has several operations; name the one to send: {names}")
        wanted = "operation" if name is None else f"operation {name!r}"
        raise ValueError(f"the document has no {wanted}; it has {names or 'none'}")

    def selections(self, opening: int) -> Iterator[Selection]:
        """The entries of the selection set that opens at the token `opening`.

        Raises:
            DocumentError: the set is empty, or something in it is no selection.
        """
        at, end = opening + 1, self._closing[opening]
        if at == end:
            raise self._error(at, "a selection set that selects nothing")
        while at < end:
            found = self._spread(at) if self.tokens[at].text == "..." else self._field(at)
            yield found
            at = found.end

    def closing(self, opening: int) -> int:
        """Where the bracket that opens at the token `opening` closes."""
        return self._closing[opening]

    def _pairs(self) -> dict[int, int]:
        """Where each bracket closes."""
        pairs: dict[int, int] = {}
        open_ones: list[int] = []
        for place, token in enumerate(self.tokens):
            if token.kind != "punctuator":
                continue
            if token.text in _OPENING:
                open_ones.append(place)
            elif token.text in ")]}":
                if not open_ones or _OPENING[self.tokens[open_ones[-1]].text] != token.text:
                    raise self._error(place, f"'{token.text}' closes nothing")
                pairs[open_ones.pop()] = place
            elif token.text in "$@":
                self._name(place + 1)
        if open_ones:
            raise self._error(open_ones[-1], f"'{self.tokens[open_ones[-1]].text}' is never closed")
        return pairs

    def _read(self) -> None:
        at = 0
        while self.tokens[at].kind != "end":
            if self.tokens[at].kind in ("string", "block"):  # a description, as of September 2025
                at += 1
            text = self.tokens[at].text
            if text in _KINDS or text == "{":
                selection = self._read_operation(at, text)
            elif text == "fragment":
                selection = self._read_fragment(at)
            else:
                raise self._error(at, f"a document holds operations and fragments, not {self._shown(at)}")
            at = self._closing[selection] + 1
        names = [each.name for each in self.operations]
        if len(names) > 1 and (None in names or len(set(names)) < len(names)):
            raise self._error(0, "of several operations each needs a name of its own")

    def _read_operation(self, at: int, text: str) -> int:
        kind, name = "query", None
        definitions = (at, at)
        variables: dict[str, bool] = {}
        if text != "{":
            kind, at = text, at + 1
            if self.tokens[at].kind == "name":
                name, at = self.tokens[at].text, at + 1
            if self.tokens[at].text == "(":
                definitions, at = (at + 1, self._closing[at]), self._closing[at] + 1
                variables = dict(self._variables(*definitions))
        start, at = at, self._behind_directives(at)
        self._check_selection(at)
        self.operations.append(
            Operation(
                kind=kind,
                name=name,
                variables=variables,
                definitions=definitions,
                directives=(start, at),
                selection=at,
            )
        )
        return at

    def _read_fragment(self, at: int) -> int:
        name = self._name(at + 1)
        if name == "on" or self.tokens[at + 2].text != "on":
            raise self._error(at, "a fragment reads: fragment Name on Type { ... }")
        if name in self.fragments:
            raise self._error(at, f"there are two fragments {name}")
        condition = self._name(at + 3)
        start, at = at + 4, self._behind_directives(at + 4)
        self._check_selection(at)
        self.fragments[name] = Fragment(name=name, condition=condition, directives=(start, at), selection=at)
        return at

    def _variables(self, at: int, end: int) -> Iterator[tuple[str, bool]]:
        """The variables defined in a range: `$name: [Type!]! = default @directives`, each."""
        if at == end:
            raise self._error(at, "parentheses that declare no variable")
        while at < end:
            if self.tokens[at].text != "$" or self.tokens[at + 2].text != ":":
                raise self._error(at, "a variable is declared as $name: Type")
            name, at = self.tokens[at + 1].text, at + 3
            last, in_type, has_default = "", True, False
            # Up to the next one: a `$` stands nowhere else here, since defaults hold no variables.
            while at < end and self.tokens[at].text != "$":
                text = self.tokens[at].text
                has_default = has_default or text == "="
                in_type = in_type and text not in ("=", "@")
                if in_type:
                    last = text
                at = self._closing.get(at, at) + 1
            if not last:
                raise self._error(at, f"${name} is declared without a type")
            yield name, last == "!" and not has_default

    def _check_selection(self, opening: int) -> None:
        """See that a selection set, and all that is inside of it, selects something."""
        if self.tokens[opening].text != "{":
            raise self._error(opening, f"here '{{' should stand, not {self._shown(opening)}")
        waiting = [opening]
        while waiting:
            found = self.selections(waiting.pop())
            waiting += [each.selection for each in found if each.selection is not None]

    def _field(self, start: int) -> Selection:
        key, at = self._name(start), start + 1
        if self.tokens[at].text == ":":
            self._name(at + 1)
            at += 2
        at = self._behind_directives(self._behind_arguments(at))
        if self.tokens[at].text != "{":
            return Selection(start=start, end=at, key=key)
        return Selection(start=start, end=self._closing[at] + 1, key=key, selection=at)

    def _spread(self, start: int) -> Selection:
        at = start + 1
        token = self.tokens[at]
        if token.kind == "name" and token.text != "on":
            return Selection(start=start, end=self._behind_directives(at + 1), spread=token.text)
        if token.text == "on":
            self._name(at + 1)
            at += 2
        at = self._behind_directives(at)
        if self.tokens[at].text != "{":
            raise self._error(at, f"here '{{' should stand, not {self._shown(at)}")
        return Selection(start=start, end=self._closing[at] + 1, selection=at)

    def _behind_arguments(self, at: int) -> int:
        if self.tokens[at].text != "(":
            return at
        if self._closing[at] == at + 1:
            raise self._error(at, "parentheses that hold no argument")
        return self._closing[at] + 1

    def _behind_directives(self, at: int) -> int:
        while self.tokens[at].text == "@":
            at = self._behind_arguments(at + 2)
        return at

    def _name(self, at: int) -> str:
        if self.tokens[at].kind != "name":
            raise self._error(at, f"here a name should stand, not {self._shown(at)}")
        return self.tokens[at].text

    def _shown(self, at: int) -> str:
        token = self.tokens[at]
        match token.kind:
            case "end":
                return "the document's end"
            case "string" | "block":
                return "a string"
            case _:
                return f"'{token.text[:_MOST_SHOWN]}'"

    def _error(self, at: int, problem: str) -> DocumentError:
        return error_at(self.text, self.tokens[at].start, problem)
