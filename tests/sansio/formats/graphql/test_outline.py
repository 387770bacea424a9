"""What a document consists of, and where what is no document goes wrong."""

from __future__ import annotations

import pytest
from graphql import GraphQLSyntaxError, parse
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.graphql.lexer import DocumentError
from offwire.formats.graphql.outline import Outline, Selection

WHOLE = """
"what it is for"
query First($id: ID! @deprecated(reason: "x"), $some: [Int!]! = [1] @a, $more: [ID!], $o: In = {a: "$x"})
@b(c: 1) {
  hero(id: $id) @include(if: true) { name ...Parts @skip(if: false) }
  other: hero(id: "$no }") { ... on Droid @a { id } ... { id } ...@a { id } }
}
mutation Second { add }
{ on }
fragment Parts on Hero @c { name }
"""


def test_a_document_is_taken_apart() -> None:
    outline = Outline(WHOLE.replace("{ on }", "query Third { on }"))
    first, second, third = outline.operations
    assert (first.kind, first.name) == ("query", "First")
    assert first.variables == {"id": True, "some": False, "more": False, "o": False}
    assert (second.kind, second.name, second.variables) == ("mutation", "Second", {})
    assert (third.kind, third.name) == ("query", "Third")
    parts = outline.fragments["Parts"]
    assert (parts.name, parts.condition) == ("Parts", "Hero")
    assert outline.tokens[parts.selection].text == "{"
    assert outline.tokens[outline.closing(parts.selection)].text == "}"
    assert outline.tokens[first.directives[0]].text == "@"
    start, end = first.definitions
    assert (outline.tokens[start].text, outline.tokens[end].text) == ("$", ")")


def test_selections_are_told_apart() -> None:
    outline = Outline("{ a b: c(d: {e: [1]}) @f(g: 1) { h } ...I @j ... on K { l } ... @m { n } }")

    def shown(each: Selection) -> tuple[str | None, str | None, str]:
        text = " ".join(token.text for token in outline.tokens[each.start : each.end])
        return (each.key, each.spread, text)

    assert [shown(each) for each in outline.selections(0)] == [
        ("a", None, "a"),
        ("b", None, "b : c ( d : { e : [ 1 ] } ) @ f ( g : 1 ) { h }"),
        (None, "I", "... I @ j"),
        (None, None, "... on K { l }"),
        (None, None, "... @ m { n }"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        pytest.param("{ a }", None, None, id="without a name"),
        pytest.param("query A { a }", None, "A", id="the only one"),
        pytest.param("query A { a } query B { b }", "B", "B", id="one of several"),
    ],
)
def test_an_operation_is_found(text: str, name: str | None, expected: str | None) -> None:
    assert Outline(text).operation(name).name == expected


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        pytest.param("query A { a } query B { b }", None, "name the one to send: A, B", id="several"),
        pytest.param("query A { a }", "B", "no operation 'B'; it has A", id="another name"),
        pytest.param("{ a }", "B", "no operation 'B'; it has None", id="no name"),
        pytest.param("fragment F on T { a }", None, "has no operation; it has none", id="fragments only"),
        pytest.param("", None, "has no operation; it has none", id="empty"),
    ],
)
def test_an_operation_is_not_found(text: str, name: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Outline(text).operation(name)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        pytest.param("type A { a: Int }", (1, 1), "operations and fragments, not 'type'", id="a schema"),
        pytest.param('"x" 1', (1, 5), "not '1'", id="a number"),
        pytest.param('"x" "y"', (1, 5), "not a string", id="two descriptions"),
        pytest.param('"x"', (1, 4), "not the document's end", id="only a description"),
        pytest.param("{ a", (1, 1), "'{' is never closed", id="not closed"),
        pytest.param("{ a } }", (1, 7), "'}' closes nothing", id="closed twice"),
        pytest.param("{ a(b: [1) }", (1, 10), r"'\)' closes nothing", id="closed by another"),
        pytest.param("{ }", (1, 3), "selects nothing", id="nothing selected"),
        pytest.param("{ a { b { } } }", (1, 11), "selects nothing", id="nothing selected inside"),
        pytest.param("{ a() }", (1, 4), "hold no argument", id="no argument"),
        pytest.param("query A() { a }", (1, 9), "declare no variable", id="no variable"),
        pytest.param("query A(a: Int) { a }", (1, 9), r"as \$name: Type", id="a variable without a sign"),
        pytest.param("query A($a Int) { a }", (1, 9), r"as \$name: Type", id="a variable without a colon"),
        pytest.param("query A($a: $b: Int) { a }", (1, 13), r"\$a is declared without", id="without a type"),
        pytest.param(
            "query A($a:) { a }", (1, 12), r"\$a is declared without", id="nothing behind the colon"
        ),
        pytest.param("{ a(b: $) }", (1, 9), "a name should stand, not '\\)'", id="a sign without a name"),
        pytest.param("{ a @ }", (1, 7), "a name should stand", id="a directive without a name"),
        pytest.param("{ a: }", (1, 6), "a name should stand", id="an alias of nothing"),
        pytest.param("{ 1 }", (1, 3), "a name should stand, not '1'", id="no selection"),
        pytest.param("query A", (1, 8), "'{' should stand, not the document's end", id="no selection set"),
        pytest.param("query A B { a }", (1, 9), "'{' should stand, not 'B'", id="two names"),
        pytest.param("{ ... }", (1, 7), "'{' should stand", id="a spread of nothing"),
        pytest.param("{ ... on }", (1, 10), "a name should stand", id="on nothing"),
        pytest.param("{ ... on A b }", (1, 12), "'{' should stand", id="on a type, without a set"),
        pytest.param("fragment on on A { a }", (1, 1), "a fragment reads", id="a fragment named on"),
        pytest.param("fragment A of B { a }", (1, 1), "a fragment reads", id="not on"),
        pytest.param("fragment A on { a }", (1, 15), "a name should stand", id="on no type"),
        pytest.param("fragment A on A { a } fragment A on A { a }", (1, 23), "two fragments A", id="twice"),
        pytest.param("{ a } query B { b }", (1, 1), "needs a name of its own", id="one without a name"),
        pytest.param("query B { b } query B { b }", (1, 1), "needs a name of its own", id="the same name"),
        pytest.param(WHOLE, (2, 1), "needs a name of its own", id="the whole, one without a name"),
    ],
)
def test_what_is_no_document_is_told_with_its_place(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(DocumentError, match=words) as raised:
        Outline(text)
    assert (raised.value.line, raised.value.column) == place


def test_no_depth_is_too_much() -> None:
    deep = 5000
    outline = Outline("{a" * deep + "}" * deep)
    assert outline.closing(0) == len(outline.tokens) - 2


PIECES = st.sampled_from(
    'query mutation fragment on A a { { } } ( ) [ ] : $ $a @ @a ... ! = 1 "x" | & a:a (a:1) {a}'.split()
)


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_what_graphql_core_takes_is_taken(text: str) -> None:
    try:
        Outline(text)
        taken = True
    except DocumentError:
        taken = False
    try:
        known = {each.kind for each in parse(text).definitions} <= {
            "operation_definition",
            "fragment_definition",
        }
    except GraphQLSyntaxError:
        known = False
    assert taken or not known or has_twins(text)


def has_twins(text: str) -> bool:
    """Whether definitions share a name, which graphql-core finds out later."""
    names = [getattr(each, "name", None) for each in parse(text).definitions]
    known = [each and each.value for each in names]
    return len(set(known)) < len(known) or (len(known) > 1 and None in known)
