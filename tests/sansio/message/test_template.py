"""URI templates."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.template import Expression, UriTemplate, Variable
from offwire.unset import UNSET

SHARED: Final = Path(__file__).parents[3].parent / "shared" / "conformance" / "uritemplate"
"""The public suite of cases; where it is absent our own table has to do."""

VARIABLES: Final[dict[str, Any]] = {
    "one": "1",
    "number": 7,
    "yes": True,
    "text": "a b/ü?",
    "triplet": "50%25 100%",
    "empty": "",
    "list": ["x", "y z"],
    "holed": ["x", None, UNSET],
    "pairs": {"k": "v,w", "l": 2},
    "blank": {"k": "", "l": UNSET, "m": None},
    "nothing": [],
    "none": None,
    "unset": UNSET,
    "dotted.name": "d",
    "%C3%BC": "encoded name",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("/a/b?c=d#e", "/a/b?c=d#e", id="literal text"),
        pytest.param("/é/%20/'", "/%C3%A9/%20/'", id="literal text that is encoded"),
        pytest.param("{one}", "1", id="simple"),
        pytest.param("/{number}/{yes}", "/7/true", id="numbers and truth"),
        pytest.param("{text}", "a%20b%2F%C3%BC%3F", id="encoded"),
        pytest.param("{text,one}", "a%20b%2F%C3%BC%3F,1", id="two variables"),
        pytest.param("{text:3}", "a%20b", id="prefix"),
        pytest.param("{text:9999}", "a%20b%2F%C3%BC%3F", id="prefix beyond the end"),
        pytest.param("{number:1}", "7", id="prefix of a number"),
        pytest.param("{dotted.name}{%C3%BC}", "dencoded%20name", id="names"),
        pytest.param("{list}{list*}", "x,y%20zx,y%20z", id="list"),
        pytest.param("{pairs}{pairs*}", "k,v%2Cw,l,2k=v%2Cw,l=2", id="pairs"),
        pytest.param("{+text}{+triplet}", "a%20b/%C3%BC?50%25%20100%25", id="reserved"),
        pytest.param("{+pairs}", "k,v,w,l,2", id="reserved pairs"),
        pytest.param("{#text}{#none}", "#a%20b/%C3%BC?", id="fragment"),
        pytest.param("{.one,list}{.list*}", ".1.x,y%20z.x.y%20z", id="label"),
        pytest.param("{/one,empty,list*}", "/1//x/y%20z", id="path"),
        pytest.param("{/pairs*}", "/k=v%2Cw/l=2", id="path of pairs"),
        pytest.param("{;one,empty,list}", ";one=1;empty;list=x,y%20z", id="path parameters"),
        pytest.param("{;list*,blank*}", ";list=x;list=y%20z;k", id="exploded path parameters"),
        pytest.param("{?one,empty,pairs}", "?one=1&empty=&pairs=k,v%2Cw,l,2", id="query"),
        pytest.param("{?list*,pairs*,blank*}", "?list=x&list=y%20z&k=v%2Cw&l=2&k=", id="exploded query"),
        pytest.param("?a=b{&one:1}", "?a=b&one=1", id="continued query"),
        pytest.param("{none}{?unset,nothing,missing}{/none*,nothing*}", "", id="undefined"),
        pytest.param("{?none,one}", "?one=1", id="undefined among defined"),
        pytest.param("{holed}{/holed*}", "x/x", id="undefined in a list"),
        pytest.param("{blank}{?none*}", "k,", id="undefined in pairs"),
    ],
)
def test_a_template_expands(template: str, expected: str) -> None:
    assert UriTemplate(template).expand(VARIABLES) == expected


@pytest.mark.parametrize(
    ("template", "position", "fix"),
    [
        pytest.param("/{a", 1, "add a '}'", id="open brace"),
        pytest.param("{", 0, "add a '}'", id="open brace alone"),
        pytest.param("/a}", 2, "add the '{'", id="closing brace"),
        pytest.param("/a b", 2, "percent-encode it", id="space"),
        pytest.param("/100%", 4, "percent-encode it", id="percent sign"),
        pytest.param("\ud800", 0, "percent-encode it", id="lone surrogate"),
        pytest.param("/{}", 2, "write a name", id="no variable"),
        pytest.param("/{+}", 3, "write a name", id="operator alone"),
        pytest.param("/{a,}", 4, "write a name", id="comma at the end"),
        pytest.param("/{?a,b-c}", 5, "write a name", id="dash in a name"),
        pytest.param("{a..b}", 1, "write a name", id="two dots"),
        pytest.param("{a:0}", 1, "1 to 9999", id="prefix of nothing"),
        pytest.param("{a:10000}", 1, "1 to 9999", id="prefix too long"),
        pytest.param("{a:1*}", 1, "at most", id="two modifiers"),
        pytest.param("{=a}", 1, r"one of \+ # . / ; \? &", id="reserved operator"),
        pytest.param("{a\n}", 1, "write a name", id="line feed"),
    ],
)
def test_what_is_no_template_is_refused_with_the_position_and_the_fix(
    template: str, position: int, fix: str
) -> None:
    with pytest.raises(ValueError, match=f"no URI template, at position {position}: .*{fix}"):
        UriTemplate(template)


@pytest.mark.parametrize("text", [None, b"/x", 7])
def test_a_template_is_made_from_text(text: Any) -> None:
    with pytest.raises(TypeError, match="made from a str"):
        UriTemplate(text)


@pytest.mark.parametrize("name", ["list", "pairs"])
def test_a_prefix_of_several_values_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"variable '{name}' is cut to a prefix"):
        UriTemplate(f"{{{name}:3}}").expand(VARIABLES)


@pytest.mark.parametrize("value", [b"x", [b"x"], {"k": b"x"}, {1, 2}])
def test_a_value_without_a_text_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="'a'"):
        UriTemplate("{a}").expand({"a": value})


def test_names_come_once_and_in_order() -> None:
    assert UriTemplate("/{b}/{a}{?c,b*}").names == ("b", "a", "c")
    assert UriTemplate("/x").names == ()


def test_a_template_shows_its_parts() -> None:
    template = UriTemplate("/é{?a*,b:3}")
    expression = Expression("?", (Variable("a", is_exploded=True), Variable("b", prefix=3)))
    assert template.parts == ("/%C3%A9", expression)


@pytest.mark.parametrize(
    ("template", "expected"),
    [("{a}", "a"), ("{a,b}", None), ("{a*}", None), ("{a:3}", None), ("{+a}", None)],
)
def test_a_simple_expression_has_one_name_and_nothing_else(template: str, expected: str | None) -> None:
    (expression,) = UriTemplate(template).parts
    assert isinstance(expression, Expression)
    assert expression.simple_name == expected


def test_a_template_is_a_value() -> None:
    template = UriTemplate("/{a}")
    assert repr(template) == "UriTemplate(text='/{a}')"
    assert {template: 1}[UriTemplate("/{a}")] == 1
    twin = pickle.loads(pickle.dumps(template))
    assert twin == template
    assert twin.expand({"a": 1}) == "/1"


@given(st.text("{}+#/?&*:,.abü% \n1") | st.text())
def test_any_text_is_a_template_or_a_value_error(text: str) -> None:
    try:
        template = UriTemplate(text)
    except ValueError:
        return
    assert template.expand(dict.fromkeys(template.names, "a")).isascii()


@given(st.text())
def test_a_simple_expansion_reads_back(text: str) -> None:
    assert unquote(UriTemplate("{a}").expand({"a": text})) == text


def shared_cases() -> Iterator[Any]:
    if not SHARED.is_dir():
        absent = pytest.mark.skip(
            reason="the public suite of URI template cases is not beside the repository"
        )
        yield pytest.param("", {}, "", marks=absent, id="absent")
    for path in sorted(SHARED.glob("*.json")):
        for group, content in json.loads(path.read_text(encoding="utf-8")).items():
            for template, expected in content["testcases"]:
                yield pytest.param(template, content["variables"], expected, id=f"{group}: {template}")


@pytest.mark.parametrize(("template", "variables", "expected"), list(shared_cases()))
def test_the_public_suite_passes(template: str, variables: dict[str, Any], expected: Any) -> None:
    if expected is False:
        with pytest.raises(ValueError):
            UriTemplate(template).expand(variables)
    else:
        expanded = UriTemplate(template).expand(variables)
        assert expanded in (expected if isinstance(expected, list) else [expected])
