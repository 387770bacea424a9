"""Several documents as one: each variable, fragment and top-level field gets its call's number.

`query { hero(id: $id) { ...F } }` becomes, as the third call, `c2_hero:hero(id:$c2_id){...c2_F}`. A
fragment that is spread at the top level is written once more for that place, as `r2_F`.

Rules of this file: what a call asks for, and in which order, stays as it was. Of queries, a
top-level field that uses neither variables nor fragments keeps its name, and is sent once for all
calls that ask for the same; where another such field has the name already, it gets a number too.
A mutation is never left out, since twice may do more than once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import frozen

from offwire.formats.graphql.document import Document
from offwire.formats.graphql.lexer import joined
from offwire.formats.graphql.outline import Fragment, Outline, Selection
from offwire.formats.json import dumps

NAME: Final = "Batch"
"""The operation's name."""
_KEPT: Final = 64
_NUMBERED: Final = re.compile(r"c[0-9]+_")

_Claims: TypeAlias = dict[str, tuple[str, ...]]
"""Which field has kept its name, by the name: its text."""


@frozen(kw_only=True)
class Merged:
    """Several documents in one."""

    text: str
    beginning: bytes
    """The request's body as far as it hangs on the documents, without what closes it."""
    keys: tuple[Mapping[str, str], ...]
    """For each call, the names of its top-level fields as they were, by the names that are sent."""


def variable(call: int, name: str) -> str:
    """The name that a variable of the call of that number is sent by."""
    return f"c{call}_{name}"


@lru_cache(_KEPT)
def merged(documents: tuple[Document, ...]) -> Merged:
    """One document that asks for all that `documents` ask for; they are all queries, or all mutations.

    Raises:
        ValueError: one has directives on its operation, or spreads a fragment that it does not have.
    """
    kind = documents[0].kind
    claims: _Claims | None = {} if kind == "query" else None
    parts = [_Part(call, document) for call, document in enumerate(documents)]
    selections = [piece for part in parts for piece in part.selection(claims)]
    definitions = [piece for part in parts for piece in part.definitions()]
    fragments = [piece for part in parts for piece in part.fragments()]
    head = [kind, NAME, *(["(", *definitions, ")"] if definitions else [])]
    text = joined([*head, "{", *selections, "}", *fragments])
    return Merged(
        text=text,
        beginning=dumps({"query": text, "operationName": NAME})[:-1],
        keys=tuple(part.keys for part in parts),
    )


class _Part:
    """One document of those that are put together, and which of its fragments are needed where."""

    def __init__(self, call: int, document: Document) -> None:
        self._call = call
        self._outline = Outline(document.text)
        self._operation = self._outline.operation(document.name)
        start, end = self._operation.directives
        if start < end:
            name = self._operation.name or "its operation"
            raise ValueError(f"a document with directives on {name} is sent by itself, and not in a batch")
        self.keys: dict[str, str] = {}
        self._at_top: dict[str, None] = {}  # in order, which sets are not
        self._inside: dict[str, None] = {}

    def definitions(self) -> Iterator[str]:
        """The variables' definitions."""
        return self._written(*self._operation.definitions, {})

    def selection(self, claims: _Claims | None) -> Iterator[str]:
        """The operation's selections, less the fields that another part sends for all."""
        opening = self._operation.selection
        uses = Counter(self._keys_below(opening))
        for each in self._outline.selections(opening):
            key = each.key
            if claims is not None and key is not None and uses[key] == 1 and self._is_plain(each):
                text = tuple(token.text for token in self._outline.tokens[each.start : each.end])
                claimed = claims.get(key)
                if claimed is None:
                    claims[key] = text
                    yield from text
                if claimed in (None, text):
                    self.keys[key] = key
                    continue
            yield from self._written(each.start, each.end, self._edits([each]))

    def fragments(self) -> Iterator[str]:
        """The fragments that the parts written until now need, and those that these need."""
        for name in self._at_top:  # which grows no more, since all that is spread at the top is found first
            fragment = self._fragment(name)
            edits = self._edits(self._outline.selections(fragment.selection))
            yield from self._definition(f"r{self._call}_{name}", fragment, edits)
        done: set[str] = set()
        while self._inside.keys() - done:
            name = next(each for each in self._inside if each not in done)
            done.add(name)
            yield from self._definition(f"c{self._call}_{name}", self._fragment(name), {})

    def _definition(self, name: str, fragment: Fragment, edits: Mapping[int, str]) -> Iterator[str]:
        yield from ("fragment", name, "on", fragment.condition)
        end = self._outline.closing(fragment.selection) + 1
        yield from self._written(fragment.directives[0], end, edits)

    def _fragment(self, name: str) -> Fragment:
        fragment = self._outline.fragments.get(name)
        if fragment is None:
            raise ValueError(f"the document spreads a fragment {name} that it does not have")
        return fragment

    def _edits(self, selections: Iterable[Selection]) -> dict[int, str]:
        """What takes the place of which token, so that each field that stands at the top has a number."""
        edits: dict[int, str] = {}
        waiting = list(selections)
        while waiting:
            each = waiting.pop()
            if each.key is not None:
                numbered = f"c{self._call}_{each.key}"
                self.keys[numbered] = each.key
                has_alias = self._outline.tokens[each.start + 1].text == ":"
                edits[each.start] = numbered if has_alias else f"{numbered}:{each.key}"
            elif each.spread is not None:
                edits[each.start + 1] = f"r{self._call}_{each.spread}"
            else:
                assert each.selection is not None  # an inline fragment has one
                waiting += self._outline.selections(each.selection)
        return edits

    def _keys_below(self, opening: int) -> Iterator[str]:
        """The keys of the fields that stand at the top, and note of the fragments that are spread there."""
        waiting = [opening]
        while waiting:
            for each in self._outline.selections(waiting.pop()):
                if each.key is not None:
                    yield each.key
                elif each.spread is None and each.selection is not None:
                    waiting.append(each.selection)
                elif each.spread is not None and each.spread not in self._at_top:
                    self._at_top[each.spread] = None
                    waiting.append(self._fragment(each.spread).selection)

    def _is_plain(self, selection: Selection) -> bool:
        """Whether a field means the same in each document: it uses no variable and no named fragment."""
        if _NUMBERED.match(selection.key or ""):
            return False
        found = self._outline.tokens[selection.start : selection.end]
        return not any(
            token.text == "$" or (token.text == "..." and after.kind == "name" and after.text != "on")
            for token, after in pairwise(found)
        )

    def _written(self, start: int, end: int, edits: Mapping[int, str]) -> Iterator[str]:
        """The tokens of a range, edited, with the call's number on variables and fragments."""
        before = ""
        for at in range(start, end):
            token = self._outline.tokens[at]
            if at in edits:
                yield edits[at]
            elif before == "$":
                yield variable(self._call, token.text)
            elif before == "..." and token.kind == "name" and token.text != "on":
                self._inside[token.text] = None
                yield f"c{self._call}_{token.text}"
            else:
                yield token.text
            before = token.text
