"""Our messages as the libraries', and back: what is added, and what is not let through."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import Body, Headers, Request
from offwire_httpx import LibraryName
from offwire_httpx.library import load
from offwire_httpx.limit import Limits
from offwire_httpx.messages import Content, core_request, decoded, fields, headers, host, http_request

LIMITS: Limits = {"connect": 1.0, "read": 2.0, "write": 3.0, "pool": None}
CODING = load("httpx").accept_encoding


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(
            Request("GET", "https://a.test/x"),
            [(b"Host", b"a.test"), (b"Accept-Encoding", CODING)],
            id="plain",
        ),
        pytest.param(
            Request("POST", "http://a.test:8080/", body=Body(content=b"{}", content_type="application/json")),
            [
                (b"Host", b"a.test:8080"),
                (b"Content-Type", b"application/json"),
                (b"Accept-Encoding", CODING),
                (b"Content-Length", b"2"),
            ],
            id="a body",
        ),
        pytest.param(
            Request("PUT", "http://a.test/"),
            [(b"Host", b"a.test"), (b"Accept-Encoding", CODING), (b"Content-Length", b"0")],
            id="a body that is expected",
        ),
        pytest.param(
            Request("DELETE", "http://a.test/", body=Body(content=b"")),
            [(b"Host", b"a.test"), (b"Accept-Encoding", CODING), (b"Content-Length", b"0")],
            id="an empty body",
        ),
        pytest.param(
            Request("GET", "http://a.test/", headers={"HOST": "b.test", "accept-encoding": "identity"}),
            [(b"HOST", b"b.test"), (b"accept-encoding", b"identity")],
            id="given ones",
        ),
        pytest.param(
            Request(
                "POST",
                "http://a.test/",
                headers={"Content-Length": "1", "Transfer-Encoding": "chunked"},
                body=Body(content=b"xyz"),
            ),
            [(b"Host", b"a.test"), (b"Accept-Encoding", CODING), (b"Content-Length", b"3")],
            id="a length that lies",
        ),
        pytest.param(
            Request("GET", "http://a.test/", headers={"X": "\xfc"}),
            [(b"Host", b"a.test"), (b"X", b"\xfc"), (b"Accept-Encoding", CODING)],
            id="latin-1",
        ),
    ],
)
def test_fields_are_what_was_decided_and_what_is_missing(
    request_: Request, expected: list[tuple[bytes, bytes]]
) -> None:
    assert fields(request_, load("httpx")) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.test/", b"a.test"),
        ("http://a.test:80/", b"a.test"),
        ("https://a.test:443/", b"a.test"),
        ("https://a.test:80/", b"a.test:80"),
        ("http://[::1]/", b"[::1]"),
        ("http://[::1]:8000/", b"[::1]:8000"),
        ("http://A.Test/", b"a.test"),
    ],
)
def test_host_has_its_port_where_it_is_another(url: str, expected: bytes) -> None:
    assert host(Request("GET", url)) == expected


def test_both_kinds_of_request_say_the_same(library: LibraryName) -> None:
    request = Request("PATCH", "https://a.test:8443/users/a%20b?x=1&y", body=Body(content=b"123"))
    loaded = load(library)
    core, http = core_request(request, loaded, LIMITS), http_request(request, loaded, LIMITS)
    assert (core.method, core.url.scheme, core.url.host) == (b"PATCH", b"https", b"a.test")
    assert (core.url.port, core.url.target) == (8443, b"/users/a%20b?x=1&y")
    assert (http.method, str(http.url)) == ("PATCH", "https://a.test:8443/users/a%20b?x=1&y")
    assert core.headers == http.headers.raw
    assert b"".join(core.stream) == b"".join(http.stream) == b"123"
    assert core.extensions["timeout"] is LIMITS
    assert http.extensions["timeout"] == LIMITS
    assert b"".join(core_request(Request("GET", "http://a.test/"), loaded, LIMITS).stream) == b""


@given(st.lists(st.tuples(st.from_regex(rb"[A-Za-z-]{1,9}", fullmatch=True), st.binary(max_size=9))))
def test_header_fields_come_as_they_are(raw: list[tuple[bytes, bytes]]) -> None:
    found = headers(raw)
    assert [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found.pairs()] == raw


@pytest.mark.parametrize(
    ("coding", "content", "expected"),
    [
        pytest.param(None, b"plain", b"plain", id="none"),
        pytest.param("identity", b"plain", b"plain", id="identity"),
        pytest.param("deflate", zlib.compress(b"x" * 999), b"x" * 999, id="deflate"),
        pytest.param("gzip", b"", b"", id="nothing to undo"),
        pytest.param("unheard-of", b"as it is", b"as it is", id="an unknown one"),
    ],
)
def test_a_coding_is_undone(
    library: LibraryName, coding: str | None, content: bytes, expected: bytes
) -> None:
    given: Any = {} if coding is None else {"Content-Encoding": coding}
    assert decoded(Headers(given), content, load(library)) == expected


@pytest.mark.anyio
@pytest.mark.parametrize(("content", "pieces"), [(b"", []), (b"abc", [b"abc"])], ids=["nothing", "a piece"])
async def test_a_body_can_be_sent_again_and_left_half_done(content: bytes, pieces: list[bytes]) -> None:
    body = Content(content)
    assert list(body) == list(body) == pieces
    assert [piece async for piece in body] == [piece async for piece in body] == pieces
    left = aiter(body)
    assert aiter(left) is left  # and leaving it warns of nothing
