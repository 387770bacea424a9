"""GraphQL documents as tokens (GraphQL specification, section 2.1).

Rules of this file: whatever the text, the outcome is its tokens or a `DocumentError` that says
line and column. A token keeps its text as it was written, so that what is put together from
tokens means what the text meant. Comments, commas and blanks mean nothing, and are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, cast


class DocumentError(ValueError):
    """A text is no GraphQL document that can be sent. `line` and `column` count from 1."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(problem, line, column)
        self.problem: str = problem
        self.line: int = line
        self.column: int = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.problem}"


class Token(NamedTuple):
    """One token of a document."""

    kind: str
    """`name`, `int`, `float`, `string`, `block`, `punctuator`, or `end`, which is empty and comes last."""
    text: str
    start: int
    """Where in the document, in characters."""


_IGNORED: Final = r"(?:[\ufeff\t\n\r ,]++|\#[^\n\r]*+)*+"
_TOKEN: Final = re.compile(
    _IGNORED.replace(" ", r"\ ")
    + r"""(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<punctuator>\.\.\.|[!$&():=@\[\]{|}])
    | (?P<block>\"{3}(?:[^"\\]++|\\\"{3}|\\|"(?!""))*+\"{3})
    | (?P<string>"(?!"")(?:[^"\\\n\r]++|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]+\})*+")
    | (?P<float>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?|[eE][+-]?[0-9]++)(?![0-9A-Za-z_.]))
    | (?P<int>-?(?:0|[1-9][0-9]*+)(?![0-9A-Za-z_.]))
    | (?P<end>\Z)
    | (?P<nothing>)
    )""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"  # a pair, which is one character
    r"|\\u\{(?P<long>[0-9A-Fa-f]+)\}|\\u(?P<short>[0-9A-Fa-f]{4})|\\."
)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_SINGLE: Final = frozenset("!$&():=@[]{|}")


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, and one of kind `end`.

    Raises:
        DocumentError: something in it is no token.
    """
    surrogate = _SURROGATE.search(text)
    if surrogate is not None:
        raise error_at(text, surrogate.start(), "half of a surrogate pair, which UTF-8 cannot carry")
    found: list[Token] = []
    at, kind = 0, ""
    while kind != "end":
        match = cast("re.Match[str]", _TOKEN.match(text, at))  # which fits anything
        kind, at = cast(str, match.lastgroup), match.end()
        token = Token(kind, match[kind], match.start(kind))
        if kind == "nothing":
            raise error_at(text, at, _no_token(text[at]))
        if kind == "string" and "\\u" in token.text:
            _check_escapes(text, token)
        found.append(token)
    return found


def joined(pieces: Iterable[str]) -> str:
    """The texts of tokens as a document that means the same, with blanks only where they are needed."""
    written: list[str] = []
    is_apart = True
    for each in pieces:
        if each in _SINGLE:
            is_apart = True
        else:
            if not is_apart:
                written.append(" ")
            is_apart = False
        written.append(each)
    return "".join(written)


def error_at(text: str, start: int, problem: str) -> DocumentError:
    """`problem`, as found at the character `start` of `text`."""
    line, begin = 1, 0
    for end in _LINE_END.finditer(text, 0, start):
        line, begin = line + 1, end.end()
    return DocumentError(problem, line, start - begin + 1)


def _no_token(character: str) -> str:
    if character == '"':
        return "a string that does not end, or holds an escape that GraphQL does not know"
    if character in "-0123456789":
        return "a number that is written in no way that GraphQL knows"
    return f"{character!a} has no meaning in GraphQL"


def _check_escapes(text: str, token: Token) -> None:
    for escape in _ESCAPE.finditer(token.text):
        digits = escape["long"] or escape["short"]
        if digits is None:
            continue
        number = int(digits, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            where = token.start + escape.start()
            raise error_at(text, where, "an escape that stands for no character")
