"""A URL that exists can go onto the wire, and shows nothing that it should not."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offwire.message.url import Url

URL_LIKE = st.text("ahtps:/?#[]@%2e.\\&=;1é \n", max_size=20).map(lambda text: f"http://{text}") | st.text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "https://API.example.com/v1/x?a=1",
            ("https", "api.example.com", 443, "/v1/x", "a=1"),
            id="absolute",
        ),
        pytest.param("HTTP://h:8080", ("http", "h", 8080, "/", ""), id="no path"),
        pytest.param("http://h:?x", ("http", "h", 80, "/", "x"), id="empty port"),
        pytest.param("http://[2001:DB8::1]:81/", ("http", "2001:db8::1", 81, "/", ""), id="IPv6"),
        pytest.param("http://my_host.local/", ("http", "my_host.local", 80, "/", ""), id="underscore"),
        pytest.param("/v1/x?a=1&b=2", ("", "", None, "/v1/x", "a=1&b=2"), id="relative"),
        pytest.param("users/7?a=1", ("", "", None, "users/7", "a=1"), id="relative without a slash"),
        pytest.param("", ("", "", None, "", ""), id="empty"),
    ],
)
def test_a_url_is_taken_apart(text: str, expected: tuple[str, str, int | None, str, str]) -> None:
    url = Url(text)
    assert (url.scheme, url.host, url.port, url.path, url.query) == expected
    assert url.is_absolute is bool(expected[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("ftp://h/x", "starts with http:// or https://.* not with 'ftp:'", id="another scheme"),
        pytest.param("mailto:a@b.c", "not with 'mailto:'", id="no host at all"),
        pytest.param("localhost:8080/x", "not with 'localhost:'", id="forgotten scheme"),
        pytest.param("//h/x", "not with '//'", id="forgotten scheme with slashes"),
        pytest.param("///x", "not with '//'", id="three slashes"),
        pytest.param("http:///x", "needs a host", id="no host"),
        pytest.param("http:x", "needs a host", id="no slashes"),
        pytest.param("http://:80/x", "needs a host", id="a port alone"),
        pytest.param("http://bücher.example/", "xn--", id="an international host"),
        pytest.param("http://a b/", "xn--", id="a space in the host"),
        pytest.param("http://good.example\\evil.example/", "xn--", id="a backslash in the host"),
        pytest.param("http://u:p@h/", "auth=Basic", id="a password"),
        pytest.param("http://u@h/", "auth=Basic", id="a user name"),
        pytest.param("http://h:99999/", "port", id="a port too high"),
        pytest.param("http://h:x/", "port", id="a port of letters"),
        pytest.param("http://[::1/", "IPv6", id="an open bracket"),
        pytest.param("http://[x]/", "IPv6", id="brackets around a name"),
        pytest.param("/\ud800", "lone surrogate", id="a lone surrogate"),
    ],
)
def test_what_is_no_url_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Url(text)


@pytest.mark.parametrize("text", [None, b"/x", 7])
def test_a_url_is_made_from_text(text: Any) -> None:
    with pytest.raises(TypeError, match="made from a str"):
        Url(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/a b", "/a%20b", id="space"),
        pytest.param("/é?q=€", "/%C3%A9?q=%E2%82%AC", id="beyond ASCII"),
        pytest.param("/a\r\nb", "/a%0D%0Ab", id="line break"),
        pytest.param("/a%20b", "/a%20b", id="encoded already"),
        pytest.param("/a#top", "/a", id="fragment"),
    ],
)
def test_the_text_is_fit_for_the_wire(text: str, expected: str) -> None:
    assert Url(text).text == expected


@given(URL_LIKE)
@example("http://[v1.x]/")
@example("http://\uff41\u2100/")
def test_any_text_is_a_url_or_a_value_error(text: str) -> None:
    try:
        url = Url(text)
    except ValueError:
        return
    assert re.fullmatch("[!-~]*", url.text)
    assert "#" not in url.text
    assert Url(url.text) == url
    assert url.is_absolute is bool(url.host) is bool(url.origin) is (url.port is not None)
    assert "@" not in url.origin
    assert isinstance(url.is_confidential, bool)
    assert repr(url) == f"Url({str(url)!r})"
    assert url.target.startswith(url.path)
    assert len(url.params) <= url.query.count("&") + 1


@given(URL_LIKE, URL_LIKE)
def test_a_reference_leads_to_a_url_or_is_a_value_error(text: str, reference: str) -> None:
    try:
        url = Url(text).join(reference)
    except ValueError:
        return
    assert Url(url.text) == url


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("/y", "https://h/y"),
        ("y", "https://h/a/y"),
        ("?c=d", "https://h/a/x?c=d"),
        ("//other/y", "https://other/y"),
        ("http://other/y#z", "http://other/y"),
        ("", "https://h/a/x?b=c"),
    ],
)
def test_a_reference_is_read_from_where_it_stands(reference: str, expected: str) -> None:
    assert Url("https://h/a/x?b=c").join(reference).text == expected


def test_a_reference_out_of_http_is_refused() -> None:
    with pytest.raises(ValueError, match="javascript:"):
        Url("https://h/").join("javascript:alert(1)")


def test_parameters_are_decoded_in_order() -> None:
    assert Url("/x?b=1&a=%20+&b=&c").params == (("b", "1"), ("a", "  "), ("b", ""), ("c", ""))


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("https://H/x?a=1", "https://h:443", "/x?a=1"),
        ("http://h?a=1", "http://h:80", "/?a=1"),
        ("http://[::1]:81/x", "http://[::1]:81", "/x"),
        ("/x?a=1", "", "/x?a=1"),
    ],
)
def test_origin_and_target_say_where_and_what(text: str, origin: str, target: str) -> None:
    assert (Url(text).origin, Url(text).target) == (origin, target)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/", True),
        ("http://example.com/", False),
        ("http://localhost/", True),
        ("http://127.0.0.1:8000/", True),
        ("http://127.12.0.1/", True),
        ("http://[::1]/", True),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost.example.com/", False),
        ("/x", False),
    ],
)
def test_credentials_travel_encrypted_or_not_at_all(text: str, expected: bool) -> None:
    assert Url(text).is_confidential is expected


def test_a_query_is_replaced_and_added_to() -> None:
    url = Url("https://h/x?a=1")
    assert url.with_query("b=2").text == "https://h/x?b=2"
    assert url.with_query("").text == "https://h/x"
    assert url.adding_query("b=2").text == "https://h/x?a=1&b=2"
    assert url.with_query("").adding_query("b=2").text == "https://h/x?b=2"
    assert url.adding_query("") is url


def test_a_url_of_checked_parts_is_taken_apart_when_asked() -> None:
    url = Url.of_checked("https://h/x?a=1")
    assert (url.origin, url.path, url.query) == ("https://h:443", "/x", "a=1")


@pytest.mark.parametrize("text", ["/x?a=1", "https://h/x", "x", "", "http://[::1]:8000"])
def test_a_url_of_checked_parts_is_like_others(text: str) -> None:
    made, parsed = Url.of_checked(text), Url(text)
    assert made == parsed
    assert (made.origin, made.path, made.port) == (parsed.origin, parsed.path, parsed.port)


@pytest.mark.parametrize("text", ["//h/x", "ftp://h", "https://h%2Fx/"])
def test_a_url_of_parts_that_would_not_pass_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Url.of_checked(text)


def test_urls_are_equal_by_their_text() -> None:
    assert Url("/x") == Url("/x")
    assert Url("/x") != Url("/y")
    assert Url("/x") != "/x"
    assert len({Url("/x"), Url("/x")}) == 1


def test_a_pickle_gives_the_same_url() -> None:
    url = Url("https://h/x?a=1")
    assert pickle.loads(pickle.dumps(url)) == url


def test_only_harmless_parameters_are_shown(canary: Callable[[str], str]) -> None:
    url = Url(f"https://h/x?page=2&token={canary('query value')}&{canary('bare query')}")
    assert str(url) == "https://h/x?page=2&token=***&***"
    assert repr(url) == "Url('https://h/x?page=2&token=***&***')"


@pytest.mark.parametrize(
    "form",
    [
        "ftp://u:{}@h/",
        "http://u:{}@h/",
        "http://u:{}@[h/",
        "http://h:{}/",
        "http://h:{}@/",
        "//{}@h/",
        "https:?{}",
        "http://u:{}@h\ud800/",
    ],
)
def test_an_error_shows_no_password(form: str, canary: Callable[[str], str]) -> None:
    with pytest.raises(ValueError) as caught:
        Url(form.format(canary("password in a URL")))
    error: BaseException | None = caught.value
    while error is not None:
        assert canary("password in a URL") not in f"{error} {error!r} {unquote(str(error.args))}"
        error = error.__cause__
