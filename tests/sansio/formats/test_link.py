"""How Link fields are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.link import Link, link_to, read_links
from offwire.message.headers import Headers


def link(target: str, *params: tuple[str, str]) -> Link:
    rel = next((value for name, value in params if name == "rel"), "")
    return Link(target=target, rel=tuple(rel.lower().split()), params=params)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param('</a>; rel="next"', [link("/a", ("rel", "next"))], id="quoted"),
        pytest.param("</a>; rel=next", [link("/a", ("rel", "next"))], id="a token"),
        pytest.param("</a>;rel=next", [link("/a", ("rel", "next"))], id="no white space"),
        pytest.param("< /a >  ;  rel  =  next  ,", [link("/a", ("rel", "next"))], id="white space"),
        pytest.param("</a>", [link("/a")], id="no parameters"),
        pytest.param("<>; rel=self", [link("", ("rel", "self"))], id="an empty target"),
        pytest.param(
            '</a>; rel="next", </b>; rel="last"',
            [link("/a", ("rel", "next")), link("/b", ("rel", "last"))],
            id="two values",
        ),
        pytest.param(
            '</a,b;c>; title="x, <y>; rel=no"; rel=next',
            [link("/a,b;c", ("title", "x, <y>; rel=no"), ("rel", "next"))],
            id="separators inside",
        ),
        pytest.param(r'</a>; title="a \"b\" \\ c"', [link("/a", ("title", r'a "b" \ c'))], id="escapes"),
        pytest.param('</a>; REL="Next"', [link("/a", ("rel", "Next"))], id="names in any case"),
        pytest.param(
            '</a>; rel="next https://x.y/z"', [link("/a", ("rel", "next https://x.y/z"))], id="two relations"
        ),
        pytest.param(
            "</a>; rel=prev; rel=next", [link("/a", ("rel", "prev"), ("rel", "next"))], id="rel twice"
        ),
        pytest.param("</a>; crossorigin", [link("/a", ("crossorigin", ""))], id="no value"),
        pytest.param("</a>; x=", [link("/a", ("x", ""))], id="an empty value"),
        pytest.param("</a>;; ; rel=next;", [link("/a", ("rel", "next"))], id="empty parameters"),
        pytest.param(",, </a> ,,, </b>,", [link("/a"), link("/b")], id="empty values"),
        pytest.param(
            "</a>; title*=UTF-8'de'n%c3%a4chstes",
            [link("/a", ("title*", "UTF-8'de'n%c3%a4chstes"))],
            id="extended",
        ),
        pytest.param("junk, </a>", [link("/a")], id="junk first"),
        pytest.param("</a> junk, </b>", [link("/b")], id="junk after a target"),
        pytest.param('</a>; x="open, </b>', [link("/b")], id="an open quote"),
        pytest.param("</a, </b>", [link("/b")], id="an open target"),
        pytest.param("</a>; =x, </b>", [link("/b")], id="no name"),
        pytest.param("</a>; rel=a b, </b>", [link("/b")], id="two tokens"),
        pytest.param("</a", [], id="only an open target"),
        pytest.param("junk", [], id="only junk"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_follows_the_grammar_is_read_and_the_rest_skipped(value: str, expected: list[Link]) -> None:
    assert read_links(Headers({"Link": value})) == tuple(expected)


def test_links_of_several_fields_are_read_in_order() -> None:
    headers = Headers([("Link", "</a>; rel=next"), ("link", "</b>; rel=last")])
    assert [each.target for each in read_links(headers)] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("value", "rel", "expected"),
    [
        pytest.param('</a>; rel="prev", </b>; rel="next"', "next", "/b", id="another one first"),
        pytest.param('</a>; rel="PREV Next"', "nExT", "/a", id="case, and one of several"),
        pytest.param("</a>; rel=prev; rel=next", "next", None, id="a second rel does not count"),
        pytest.param("</a>; rel=next, </b>; rel=next", "next", "/a", id="the first one"),
        pytest.param('</a>; rel=next; anchor="/x", </b>; rel=next', "next", "/b", id="a link from elsewhere"),
        pytest.param("</a>; rel=nexting", "next", None, id="a longer word"),
        pytest.param("</a>", "next", None, id="no relation"),
        pytest.param(None, "next", None, id="no field"),
    ],
)
def test_a_relation_leads_to_its_target(value: str | None, rel: str, expected: str | None) -> None:
    assert link_to(Headers({} if value is None else {"Link": value}), rel) == expected


def test_a_parameter_is_found_by_its_name() -> None:
    found = link("/a", ("title", "x"), ("title", "y"))
    assert found.param("title") == "x"
    assert found.param("rel") is None


@given(st.text(st.sampled_from('<>;,=" \\ab')).map(str.strip))
def test_no_field_is_an_error(value: str) -> None:
    for each in read_links(Headers({"Link": value})):
        assert not set(each.target) & set("<>")


@given(
    st.lists(
        st.tuples(
            st.text(st.sampled_from("/ab?=&,;")),
            st.lists(
                st.tuples(st.sampled_from(["rel", "title", "x"]), st.text(st.sampled_from('a,;<>"\\ =')))
            ),
        ),
        max_size=4,
    )
)
def test_what_is_written_is_read(links: list[tuple[str, list[tuple[str, str]]]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    value = ", ".join(
        f"<{target}>" + "".join(f"; {name}={quoted(text)}" for name, text in params)
        for target, params in links
    )
    assert read_links(Headers({"Link": value})) == tuple(link(target, *params) for target, params in links)


@pytest.mark.parametrize("part", ["<", ",<", '<a>;x="', '<a>;x="\\', "<a>;", "<a> b,"])
def test_long_nonsense_is_skipped_in_proportion_to_its_length(part: str) -> None:
    assert all(each.target == "a" for each in read_links(Headers({"Link": part * 20_000})))
