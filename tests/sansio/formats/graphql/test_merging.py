"""Several documents as one: the text that is sent, and graphql-core's opinion of it."""

from __future__ import annotations

import json

import pytest
from graphql import GraphQLError, build_schema, execute_sync, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire.formats.graphql.document import Document
from offwire.formats.graphql.merging import merged, variable

RATE = "rate { spent }"


@pytest.mark.parametrize(
    ("documents", "text"),
    [
        pytest.param(
            ["query A($id: ID!) { hero(id: $id) { name } }"] * 2,
            "query Batch($c0_id:ID!$c1_id:ID!){c0_hero:hero(id:$c0_id){name}c1_hero:hero(id:$c1_id){name}}",
            id="variables",
        ),
        pytest.param(
            ['query A($a: In = {b: [1]}) { x: hero(in: {c: [$a, "$a"]}) @skip(if: $a) { y(z: $a) } }'],
            'query Batch($c0_a:In={b:[1]}){c0_x:hero(in:{c:[$c0_a "$a"]})@skip(if:$c0_a){y(z:$c0_a)}}',
            id="values, directives and aliases",
        ),
        pytest.param(
            ["{ a(b: 1) { ...F ... on T { c } ...{ d } } } fragment F on T @x {e ...G} fragment G on T {g}"],
            "query Batch{c0_a:a(b:1){... c0_F ... on T{c}...{d}}}"
            "fragment c0_F on T@x{e ... c0_G}fragment c0_G on T{g}",
            id="fragments",
        ),
        pytest.param(
            [
                (
                    "{ ...F @a self { ...F } } fragment F on Query { a { b ...G } ...H }"
                    " fragment H on Query { h: i } fragment G on T { c } fragment Unused on T { d }"
                )
            ],
            "query Batch{... r0_F@a c0_self:self{... c0_F}}"
            "fragment r0_F on Query{c0_a:a{b ... c0_G}... r0_H}fragment r0_H on Query{c0_h:i}"
            "fragment c0_F on Query{a{b ... c0_G}... c0_H}fragment c0_G on T{c}fragment c0_H on Query{h:i}",
            id="fragments at the top",
        ),
        pytest.param(
            ["{ a ... on Query @b { c ... { d: e } } }"],
            "query Batch{a ... on Query@b{c0_c:c ...{c0_d:e}}}",
            id="inline fragments at the top",
        ),
        pytest.param(
            [f"query ($a: Int) {{ x(a: $a) {RATE} }}", f"{{ {RATE} y }}", f"query {{ # again\n{RATE}, y }}"],
            "query Batch($c0_a:Int){c0_x:x(a:$c0_a)rate{spent}y}",
            id="what is the same is sent once",
        ),
        pytest.param(
            ["{ a(b: 1) }", "{ a(b: 2) }", "{ a: b }", "{ a(b: 1) }"],
            "query Batch{a(b:1)c1_a:a(b:2)c2_a:b}",
            id="a name that is taken",
        ),
        pytest.param(
            ["{ a { b } a { c } }", "{ a { b } }"],
            "query Batch{c0_a:a{b}c0_a:a{c}a{b}}",
            id="a field in two parts",
        ),
        pytest.param(
            ["{ c1_a b { ... on T { d } ...F } } fragment F on T { x }", "{ a }"],
            "query Batch{c0_c1_a:c1_a c0_b:b{... on T{d}... c0_F}a}fragment c0_F on T{x}",
            id="a name like a number",
        ),
        pytest.param(["mutation { add }"] * 2, "mutation Batch{c0_add:add c1_add:add}", id="mutations"),
        pytest.param(["{ __typename }"] * 2, "query Batch{__typename}", id="the type's name"),
        pytest.param(
            ['query ($a: Int) { x(a: $a, b: """ # "no" \\""" """, c: "") # comment $a\n }'],
            'query Batch($c0_a:Int){c0_x:x(a:$c0_a b:""" # "no" \\""" """ c:"")}',
            id="strings and comments",
        ),
        pytest.param(
            ["{ ...F } fragment F on Query { a ...F }"],
            "query Batch{... r0_F}fragment r0_F on Query{c0_a:a ... r0_F}",
            id="a fragment that holds itself",
        ),
    ],
)
def test_the_text_that_is_sent(documents: list[str], text: str) -> None:
    found = merged(tuple(map(Document, documents)))
    assert found.text == text
    parse(text)
    assert json.loads(found.beginning + b"}") == {"query": text, "operationName": "Batch"}
    assert merged(tuple(map(Document, documents))) is found


def test_names_lead_back() -> None:
    found = merged((Document("{ a b(c: 1) }"), Document("query ($x: Int) { a b(c: $x) ... { d } }")))
    assert found.keys == ({"a": "a", "b": "b"}, {"a": "a", "c1_b": "b", "c1_d": "d"})
    assert variable(3, "x") == "c3_x"


def test_one_of_several_operations_is_sent() -> None:
    two = "query A { ...F } query B { b ...G } fragment F on Query { f } fragment G on Query { g }"
    assert merged((Document(two, "B"),)).text == "query Batch{b ... r0_G}fragment r0_G on Query{c0_g:g}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "query A @live { a }", "directives on A is sent by itself", id="directives on an operation"
        ),
        pytest.param(
            "query @live { a }", "directives on its operation is sent by itself", id="without a name"
        ),
        pytest.param("{ ...F }", "a fragment F that it does not have", id="a missing fragment at the top"),
        pytest.param("{ a { ...F } }", "a fragment F that it does not have", id="a missing fragment"),
    ],
)
def test_what_cannot_be_put_together(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        merged((Document(text),))


SCHEMA = build_schema(
    """
    type Query { node(id: Int, in: In): Node  list(n: Int = 2): [Node!]  me: Query!  rate: Int }
    type Node { id: Int  text(of: String = "x", in: In): String  next(step: Int = 1): Node }
    input In { a: Int  b: [String]  c: In }
    """
)


class Node:
    def __init__(self, id: int) -> None:
        self.id = id

    def text(self, _info: object, of: str, **arguments: object) -> str:
        return f"{self.id} {of} {json.dumps(arguments)}"

    def next(self, _info: object, step: int) -> Node | None:
        if self.id % 5 == 3:
            raise GraphQLError(f"no next of {self.id}")
        return Node(self.id + step) if self.id < 20 else None


class Query:
    def node(self, _info: object, id: int = 0, **arguments: object) -> Node | None:
        if id == 7:
            raise GraphQLError("no node 7")
        return Node(id + len(json.dumps(arguments)) - 2)

    def list(self, _info: object, n: int) -> list[Node]:
        return [Node(each) for each in range(n)]

    def me(self, _info: object) -> Query:
        return self

    def rate(self, _info: object) -> int:
        return 5


IDS = st.sampled_from(["$i", "1", "3", "7", "null"])
TEXTS = st.sampled_from(["$s", '"x"', '"$i \\" }"', '"""b "c"\n # $s"""', "null"])
INPUTS = st.sampled_from(["$o", "{}", "{a: $i}", '{b: ["x", $s], c: {a: 2}}', "{c: {b: [$s]}}"])
TAIL = st.sampled_from(["", " @include(if: $t)", " @skip(if: $t)", " @include(if: true)"])


def arguments(**kinds: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    given_ones = st.fixed_dictionaries({}, optional=kinds)
    return given_ones.map(lambda found: ", ".join(f"{name}: {value}" for name, value in found.items())).map(
        lambda found: f"({found})" if found else ""
    )


def spread(kind: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    named = st.tuples(st.sampled_from([f"...{kind}1", f"...{kind}2"]), TAIL).map("".join)
    inline = st.tuples(st.sampled_from(["...", f"... on {kind}"]), TAIL, inner).map("".join)
    return st.one_of(named, inline)


def block(selection: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joint = st.sampled_from([" ", "\n", ", ", " # } $i\n"])
    return st.tuples(joint, st.lists(selection, min_size=1, max_size=3)).map(
        lambda found: "{ " + found[0].join(found[1]) + "\n}"
    )


def field(
    name: str, given_ones: st.SearchStrategy[str], inner: st.SearchStrategy[str] | None
) -> st.SearchStrategy[str]:
    alias = st.sampled_from(["", "x: ", "c0_x: ", f"{name}: ", "on: "])
    return st.tuples(alias, st.just(name), given_ones, TAIL, st.just("") if inner is None else inner).map(
        "".join
    )


LEAF = st.one_of(field("id", st.just(""), None), field("text", arguments(of=TEXTS, **{"in": INPUTS}), None))
NODE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        field("next", arguments(step=st.sampled_from(["1", "2"])), block(inner)), spread("Node", block(inner))
    ),
    max_leaves=4,
)
TOP = st.one_of(
    field("node", arguments(id=IDS, **{"in": INPUTS}), block(NODE)),
    field("list", arguments(n=st.sampled_from(["1", "2"])), block(NODE)),
    st.just("rate"),
    st.just("__typename"),
)
QUERY = st.one_of(TOP, field("me", st.just(""), block(TOP)), spread("Query", block(TOP)))
HEAD = 'query Q($i: Int = 2, $s: String = "d", $o: In = {a: 1, b: ["$s"]}, $t: Boolean! = true) '


@st.composite
def documents(draw: st.DrawFn) -> str:
    text = HEAD + draw(block(QUERY))
    fragments = {
        "Query2": f"fragment Query2 on Query {draw(block(TOP))}",
        "Query1": f"fragment Query1 on Query {draw(block(st.one_of(TOP, st.just('...Query2'))))}",
        "Node2": f"fragment Node2 on Node {draw(block(LEAF))}",
        "Node1": f"fragment Node1 on Node {draw(block(st.one_of(LEAF, st.just('...Node2'))))}",
    }
    return "\n".join([text, *fragments.values()])


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "i": st.sampled_from([1, 7, 3, None]),
        "s": st.sampled_from(["v", None]),
        "o": st.sampled_from([{"a": 5}, {"c": {"b": ["x"]}}]),
        "t": st.booleans(),
    },
)


def is_valid(text: str) -> bool:
    """As far as servers insist; that all that is defined is used is not what this is about."""
    problems = [each.message for each in validate(SCHEMA, parse(text))]
    return not [each for each in problems if "never used" not in each]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(documents().filter(is_valid), VALUES), min_size=1, max_size=4))
def test_a_batch_gives_what_its_documents_give(calls: list[tuple[str, dict[str, object]]]) -> None:
    batch = merged(tuple(Document(text) for text, _ in calls))
    values = {
        variable(number, name): value
        for number, (_, each) in enumerate(calls)
        for name, value in each.items()
    }
    assert is_valid(batch.text)
    data, errors = run(batch.text, values)
    for (text, own_values), keys in zip(calls, batch.keys, strict=True):
        own_data, own_errors = run(text, own_values)
        assert own_data is not None
        assert data is not None
        assert {keys[key]: value for key, value in data.items() if key in keys} == own_data
        mine = [(message, [keys[str(path[0])], *path[1:]]) for message, path in errors if path[0] in keys]
        assert sorted(map(repr, mine)) == sorted(map(repr, own_errors))


def run(
    text: str, values: dict[str, object]
) -> tuple[dict[str, object] | None, list[tuple[str, list[object]]]]:
    result = execute_sync(SCHEMA, parse(text), Query(), variable_values=values)
    return result.data, [(each.message, list(each.path or ())) for each in result.errors or ()]
