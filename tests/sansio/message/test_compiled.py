"""A compiled target is what the plain functions would give."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.compiled import compile_target
from offwire.message.query import encode_query, quote_query, segment
from offwire.message.styles import Brackets, Comma
from offwire.message.url import Url
from offwire.unset import UNSET


class Color(enum.Enum):
    RED = "red"


class Loud(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("template", "path", "query", "expected"),
    [
        pytest.param("", {}, {}, "", id="empty"),
        pytest.param("/users", {}, {}, "/users", id="no values"),
        pytest.param("/users/{id}", {"id": 7}, {}, "/users/7", id="int"),
        pytest.param("/users/{id}", {"id": "ada"}, {}, "/users/ada", id="short text"),
        pytest.param("/users/{id}", {"id": "a/b?c"}, {}, "/users/a%2Fb%3Fc", id="text to encode"),
        pytest.param("/users/{id}", {"id": "é"}, {}, "/users/%C3%A9", id="text beyond ASCII"),
        pytest.param("/users/{id}", {"id": Loud("x")}, {}, "/users/x", id="a kind of text"),
        pytest.param("/on/{id}", {"id": True}, {}, "/on/true", id="truth in a path"),
        pytest.param("/on/{id}", {"id": date(2024, 5, 1)}, {}, "/on/2024-05-01", id="date in a path"),
        pytest.param("/{a}/{b}.{c}/{a}", {"a": 1, "b": 2, "c": "x"}, {}, "/1/2.x/1", id="parts of segments"),
        pytest.param("/é/{id}", {"id": 1}, {"q": "x"}, "/%C3%A9/1?q=x", id="text that is encoded"),
        pytest.param("/'{id}", {"id": 1}, {}, "/'1", id="a quote in the template"),
        pytest.param("/x", {}, {"a": 1}, "/x?a=1", id="one parameter"),
        pytest.param("/x", {}, {"a": 1, "b": "y"}, "/x?a=1&b=y", id="two parameters"),
        pytest.param("/x", {}, {"a": True, "b": False}, "/x?a=true&b=false", id="truth"),
        pytest.param("/x", {}, {"a": UNSET, "b": 1, "c": None}, "/x?b=1", id="the first left out"),
        pytest.param("/x", {}, {"a": 1, "b": None, "c": 2}, "/x?a=1&c=2", id="the middle left out"),
        pytest.param("/x", {}, {"a": UNSET, "b": None}, "/x", id="all left out"),
        pytest.param("/x", {}, {"a": None}, "/x", id="the only one left out"),
        pytest.param("/x", {}, {"a": [], "b": [1, 2]}, "/x?b=1&b=2", id="lists"),
        pytest.param("/x", {}, {"a": "b c", "d": ""}, "/x?a=b%20c&d=", id="text in the query"),
        pytest.param("/x", {}, {"a": Color.RED}, "/x?a=red", id="Enum"),
        pytest.param(
            "/x", {}, {"a b": 1, "ü": True, "c[]": "d"}, "/x?a%20b=1&%C3%BC=true&c%5B%5D=d", id="names"
        ),
        pytest.param("/x?v=2", {}, {"a": 1, "b": 2}, "/x?v=2&a=1&b=2", id="a query in the template"),
        pytest.param("/x?v=2", {}, {"a": None, "b": 2}, "/x?v=2&b=2", id="and the first left out"),
        pytest.param("https://h/x/{id}", {"id": 1}, {"a": 1}, "https://h/x/1?a=1", id="absolute"),
        pytest.param("/x/{+rest}", {"rest": "a/b c"}, {"a": 1}, "/x/a/b%20c?a=1", id="reserved"),
        pytest.param("/x{/rest}", {"rest": "a/b"}, {}, "/x/a%2Fb", id="path operator"),
        pytest.param("/x{/rest*}", {"rest": ["a", "b"]}, {"a": None}, "/x/a/b", id="exploded"),
        pytest.param("/x{;v}", {"v": 1}, {"a": 1}, "/x;v=1?a=1", id="path parameter"),
        pytest.param("/x{.kind}", {"kind": "json"}, {}, "/x.json", id="label"),
        pytest.param("/x{?q}", {"q": "y"}, {"a": 1, "b": 2}, "/x?q=y&a=1&b=2", id="query operator"),
        pytest.param("/x{?q}", {"q": UNSET}, {"a": UNSET, "b": 2}, "/x?b=2", id="query operator left out"),
        pytest.param("/x?v={v}", {"v": ".."}, {}, "/x?v=..", id="in the query of the template"),
        pytest.param("/{id}/{a:2}", {"id": 1, "a": "xyz"}, {}, "/1/xy", id="prefix"),
        pytest.param("/{a,b}", {"a": 1, "b": 2}, {}, "/1,2", id="two variables"),
        pytest.param("{+rest}", {"rest": "/a"}, {}, "/a", id="nothing but an expression"),
        pytest.param(
            "https://h/{+rest}", {"rest": "/a"}, {"b": 1}, "https://h//a?b=1", id="absolute, reserved"
        ),
        pytest.param("/x/{id}{?q}", {"id": 1, "q": "?/.."}, {}, "/x/1?q=%3F%2F..", id="dots in the query"),
    ],
)
def test_values_become_a_target(template: str, path: Any, query: Any, expected: str) -> None:
    target = compile_target(template, tuple(query))
    assert target(path, query) == expected
    assert target(path, query) == expected


@pytest.mark.parametrize("template", ["/users/{id}/{name}", "/users/{id}{/name}"])
@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        pytest.param({"id": 1}, {"q": 1}, "needs a path value for 'name'", id="missing path value"),
        pytest.param(
            {"id": 1, "nam": 2},
            {"q": 1},
            "needs a path value for 'name' and has no place for the path value 'nam'",
            id="misspelt path value",
        ),
        pytest.param(
            {"id": 1, "name": 1, "x": 1},
            {"q": 1},
            "has no place for the path value 'x'",
            id="surplus path value",
        ),
        pytest.param({"id": 1, "name": 1}, {}, "needs a query value for 'q'", id="missing query value"),
        pytest.param(
            {"id": 1, "name": 1},
            {"q": 1, "r": 1},
            "has no place for the query value 'r'",
            id="surplus query value",
        ),
    ],
)
def test_names_that_are_missing_or_surplus_are_refused(
    template: str, path: Any, query: Any, message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        compile_target(template, ("q",))(path, query)
    assert str(caught.value) == f"the template {template!r} {message}"


def test_values_for_a_template_without_names_are_refused() -> None:
    with pytest.raises(TypeError, match="no place for the path value 'id'"):
        compile_target("/x", ())({"id": 1}, {})


@pytest.mark.parametrize(
    "template", ["/users/{id}", "/users/{id}{/x}", "/users/{id}{?x}", "/users/{id}?v={x}"]
)
@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("", ValueError),
        (".", ValueError),
        ("..", ValueError),
        (None, TypeError),
        (UNSET, TypeError),
        (b"x", TypeError),
    ],
)
def test_a_path_value_that_is_no_segment_is_refused(
    template: str, value: Any, error: type[Exception]
) -> None:
    names = {"x": "1"} if "x" in template else {}
    with pytest.raises(error, match="parameter 'id'"):
        compile_target(template, ())({"id": value, **names}, {})


@pytest.mark.parametrize(
    ("template", "value", "message"),
    [
        pytest.param("/x/{+y}", "..", "dot segment '..'", id="dots"),
        pytest.param("/x/{+y}", "a/../b", "dot segment '..'", id="dots between"),
        pytest.param("/x/{+y}", "a/.", "dot segment '.'", id="a dot"),
        pytest.param("/x/{+y}", "%2E./b", "dot segment '%2E.'", id="encoded dots"),
        pytest.param("/x/{+y}", "..?a=b", "dot segment '..'", id="dots before a query"),
        pytest.param("/x{/y*}", ["a", ".."], "dot segment '..'", id="exploded dots"),
        pytest.param("/{.y}", ".", "dot segment '..'", id="a label of dots"),
        pytest.param("/{+y}", "/evil.example/", "another host", id="another host"),
        pytest.param("{/y*}", ["", "evil.example"], "another host", id="another host, exploded"),
        pytest.param("{+y}", "https://evil.example/", "another host or scheme", id="another scheme"),
        pytest.param("x{+y}", ":y", "another host or scheme", id="the rest of a scheme"),
        pytest.param("/x/{+y}", "a#b", "fragment", id="fragment"),
    ],
)
def test_an_expansion_may_not_lead_out_of_its_place(template: str, value: Any, message: str) -> None:
    target = compile_target(template, ())
    with pytest.raises(ValueError, match=message):
        target({"y": value}, {})


@pytest.mark.parametrize(
    ("template", "names", "message"),
    [
        pytest.param("/x/{", (), "position 3", id="no template"),
        pytest.param("/x#y", (), "fragment", id="fragment"),
        pytest.param("/x{#y}", (), "fragment", id="fragment operator"),
        pytest.param("/x", ("a", "b", "a"), "named twice", id="a name twice"),
        pytest.param("https://h{+y}", (), "up to the slash", id="an open host"),
        pytest.param("HTTPS:{+y}", (), "up to the slash", id="an open scheme"),
    ],
)
def test_a_template_that_cannot_be_a_target_is_refused_at_once(
    template: str, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compile_target(template, names)


NASTY = ["'", '"', "\\", "{x}", "\n", "];import os;[", "lambda", "path", "q0", "é", "a b", "%s", "\0"]


def test_names_are_never_run() -> None:
    target = compile_target("/x", tuple(NASTY))
    query = dict.fromkeys(NASTY, 1)
    assert parse_qsl(target({}, query).partition("?")[2]) == [(name, "1") for name in NASTY]


def test_a_traceback_names_the_template() -> None:
    target: Any = compile_target("/users/{id}", ())
    assert target.__code__.co_filename == "<target of '/users/{id}'>"


ANY_TEXT = st.text() | st.text("aZ09-._~/?#[]@!$&'()*+,;=% é", max_size=4)
SCALARS = (
    ANY_TEXT
    | ANY_TEXT.map(Loud)
    | st.integers()
    | st.booleans()
    | st.floats()
    | st.dates()
    | st.just(Color.RED)
)
VALUES = (
    SCALARS
    | st.none()
    | st.just(UNSET)
    | st.lists(SCALARS | st.just(UNSET), max_size=3)
    | st.lists(SCALARS, max_size=3).map(Comma)
    | st.lists(SCALARS, max_size=3).map(Brackets)
    | st.binary(max_size=1)
)


def outcome(function: Callable[[], str]) -> str | tuple[type[Exception], str]:
    try:
        return function()
    except (TypeError, ValueError) as error:
        return type(error), str(error)


@given(
    st.lists(SCALARS | st.none() | st.binary(max_size=1), max_size=3),
    st.dictionaries(st.text(), VALUES, max_size=4),
)
def test_a_compiled_target_is_what_the_plain_functions_give(path: list[Any], query: dict[str, Any]) -> None:
    names = [f"n{i}" for i in range(len(path))]
    template = "/x" + "".join(f"/{{{name}}}" for name in names)

    def plainly() -> str:
        start = "/x" + "".join(f"/{segment(name, value)}" for name, value in zip(names, path, strict=True))
        rest = encode_query(query)
        return f"{start}?{rest}" if rest else start

    def compiled() -> str:
        return compile_target(template, tuple(query))(dict(zip(names, path, strict=True)), query)

    assert outcome(compiled) == outcome(plainly)


@given(st.text(min_size=1), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_target_of_any_text_is_a_url_with_that_path_and_query(value: str, query: dict[str, str]) -> None:
    if value in {".", ".."}:
        return
    url = Url(compile_target("/a/{b}/c", tuple(query))({"b": value}, query))
    _, a, b, c = url.path.split("/")
    assert (a, unquote(b), c) == ("a", value, "c")
    assert url.params == tuple(query.items())


@given(st.text(), st.dictionaries(st.text(), VALUES, max_size=2))
def test_an_interpreted_target_ends_with_the_same_query(value: str, query: dict[str, Any]) -> None:
    target = compile_target("/x{?y}", tuple(query))

    def plainly() -> str:
        rest = encode_query(query)
        return f"/x?y={quote_query(value)}{f'&{rest}' if rest else ''}"

    assert outcome(lambda: target({"y": value}, query)) == outcome(plainly)
