"""GraphQL documents as tokens: as graphql-core sees them, and with the place of what is wrong."""

from __future__ import annotations

import copy
import pickle

import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind
from hypothesis import example, given
from hypothesis import strategies as st

from offwire.formats.graphql.lexer import DocumentError, Token, error_at, joined, tokens


def texts(text: str) -> list[str]:
    return [each.text for each in tokens(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("hero", "name", id="a name"),
        pytest.param("__typename", "name", id="a name that is the server's"),
        pytest.param("0", "int", id="zero"),
        pytest.param("-12", "int", id="a negative number"),
        pytest.param("1.5", "float", id="a fraction"),
        pytest.param("-0.5e-10", "float", id="a fraction with an exponent"),
        pytest.param("1E5", "float", id="an exponent"),
        pytest.param('""', "string", id="an empty string"),
        pytest.param(
            r'"a \" b \\ \u00e9 \u{1F600} \uD83D\uDE00 # , \n"', "string", id="a string with escapes"
        ),
        pytest.param('"""a "quoted" \\""" \n\\ # b"""', "block", id="a block string"),
        pytest.param('""""""', "block", id="an empty block string"),
        pytest.param("...", "punctuator", id="a spread"),
        *[pytest.param(each, "punctuator", id=each) for each in "!$&():=@[]{|}"],
    ],
)
def test_one_token(text: str, kind: str) -> None:
    assert tokens(f" ,\ufeff# a comment\r\n{text}") == [
        Token(kind, text, 16),
        Token("end", "", 16 + len(text)),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        pytest.param("{\n  a ? }", 2, 5, "'?' has no meaning", id="a character"),
        pytest.param("\r\n\r\u20ac", 3, 1, "'\\u20ac' has no meaning", id="one that is not shown as it is"),
        pytest.param("a %", 1, 3, "'%' has no meaning", id="in the first line"),
        pytest.param('{ a(b: "x\n") }', 1, 8, "a string that does not end", id="a string over two lines"),
        pytest.param('{ a(b: "\\x") }', 1, 8, "holds an escape", id="an escape"),
        pytest.param('"""' + "x" * 50_000, 1, 1, "does not end", id="a long block string without an end"),
        pytest.param("{ a(b: 01) }", 1, 8, "a number", id="a zero in front"),
        pytest.param("1.", 1, 1, "a number", id="nothing behind the point"),
        pytest.param("-a", 1, 1, "a number", id="only a sign"),
        pytest.param("12x", 1, 1, "a number", id="a number with a name behind it"),
        pytest.param("1.5.2", 1, 1, "a number", id="two points"),
        pytest.param(r'a "b\uD83D"', 1, 5, "stands for no character", id="half of a pair as an escape"),
        pytest.param(r'"\u{110000}"', 1, 2, "stands for no character", id="too high"),
        pytest.param("{ a \ud83d }", 1, 5, "half of a surrogate pair", id="half of a pair"),
    ],
)
def test_what_is_no_token_is_told_with_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(DocumentError) as raised:
        tokens(text)
    assert (raised.value.line, raised.value.column) == (line, column)
    assert words in raised.value.problem
    assert str(raised.value) == f"line {line}, column {column}: {raised.value.problem}"


def test_an_error_travels() -> None:
    error = error_at("a\nbc", 3, "it is wrong")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(twin), str(twin), vars(twin)) == (DocumentError, str(error), vars(error))
    assert isinstance(error, ValueError)


PIECES = st.sampled_from(
    [
        *"!$&():=@[]{|}",
        "...",
        "a",
        "on",
        "_1",
        "0",
        "-7",
        "1.5",
        "2e3",
        '""',
        '"x"',
        '"\\u0041"',
        '"""b "c"\n"""',
    ]
)


@given(st.lists(PIECES))
@example(["a", "on", "1", "...", '""', '"x"', '"""b"""', "2"])
def test_what_is_joined_means_the_same(pieces: list[str]) -> None:
    assert texts(joined(pieces)) == [*pieces, ""]


ALPHABET = st.sampled_from([*'{}()[]:$@!|&=.,#"\\ \n\r\t-+eE019auDu_x\ufeff\x00é\U0001f600'])


@given(st.one_of(st.text(), st.text(ALPHABET), st.lists(PIECES).map(" ".join)))
def test_any_text_is_what_graphql_core_says(text: str) -> None:
    try:
        found: list[tuple[int, str]] | None = [(each.start, each.kind) for each in tokens(text)]
    except DocumentError:
        found = None
    try:
        known: list[tuple[int, str]] | None = known_tokens(text)
    except GraphQLSyntaxError:
        known = None
    assert found == known


KINDS = {
    TokenKind.NAME: "name",
    TokenKind.INT: "int",
    TokenKind.FLOAT: "float",
    TokenKind.STRING: "string",
    TokenKind.BLOCK_STRING: "block",
    TokenKind.EOF: "end",
}


def known_tokens(text: str) -> list[tuple[int, str]]:
    lexer = Lexer(Source(text))
    found = []
    while True:
        token = lexer.advance()
        found.append((token.start, KINDS.get(token.kind, "punctuator")))
        if token.kind is TokenKind.EOF:
            return found
