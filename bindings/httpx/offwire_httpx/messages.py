"""Our messages as the libraries', and back.

Rules of this file: what comes out for the wire is what the core decided, with Host,
Content-Length and Accept-Encoding added where they are missing, and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final, TypeAlias

from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.url import DEFAULT_PORTS
from offwire_httpx.library import Library
from offwire_httpx.limit import Limits

Fields: TypeAlias = list[tuple[bytes, bytes]]

_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
"""Fields that say where a body ends. Ours is right, and a second one would be a way to smuggle requests."""
_NEED_A_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests say a length even where there is no body (RFC 9110 section 8.6)."""


def fields(request: Request, library: Library) -> Fields:
    """The header fields as they go onto the wire."""
    given: Fields = []
    has_host = has_coding = False
    for name, value in request.fields():
        lowered = name.lower()
        if lowered == "host":
            has_host = True
        elif lowered == "accept-encoding":
            has_coding = True
        elif lowered in _FRAMING:
            continue
        given.append((name.encode("ascii"), value.encode("latin-1")))
    if not has_host:
        given.insert(0, (b"Host", host(request)))
    if not has_coding:
        given.append((b"Accept-Encoding", library.accept_encoding))
    body = request.body
    if body is not None:
        given.append((b"Content-Length", b"%d" % len(body.content)))
    elif request.method in _NEED_A_LENGTH:
        given.append((b"Content-Length", b"0"))
    return given


def host(request: Request) -> bytes:
    """The Host field: the port only where it is not the scheme's own (RFC 9110 section 7.2)."""
    url = request.url
    name = f"[{url.host}]" if ":" in url.host else url.host
    return (name if url.port == DEFAULT_PORTS[url.scheme] else f"{name}:{url.port}").encode("ascii")


class Content:
    """A body for a pool to send: one piece, for whoever asks, as often as somebody does.

    The pools' own is an asynchronous generator. A call that is cancelled while it sends leaves that
    one half done, and the event loop, or a warning, has to see to it.
    """

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        return iter((self._content,) if self._content else ())

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces(iter(self))


class _Pieces:
    """What is left to send."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


def core_request(request: Request, library: Library, limits: Limits) -> Any:
    """The request for a pool."""
    url, core = request.url, library.core
    return core.Request(
        request.method.encode("ascii"),
        core.URL(
            scheme=url.scheme.encode("ascii"),
            host=url.host.encode("ascii"),
            port=url.port,
            target=url.target.encode("ascii"),
        ),
        headers=fields(request, library),
        content=Content(request.body.content if request.body is not None else b""),
        extensions={"timeout": limits},
    )


def http_request(request: Request, library: Library, limits: Limits) -> Any:
    """The request for a transport or client that was handed in."""
    http = library.http
    return http.Request(
        request.method,
        request.url.text,
        headers=fields(request, library),
        stream=http.ByteStream(request.body.content if request.body is not None else b""),
        extensions={"timeout": limits},
    )


def headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Header fields as they came. The library has checked them."""
    return Headers.of_checked(tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw))


def decoded(answer: Headers, content: bytes, library: Library) -> bytes:
    """The content with its coding undone.

    Raises:
        DecodingError: the library's; the content is not coded as the answer says.
    """
    coding = answer.get("content-encoding")
    if coding is None or not content:
        return content
    undone: bytes = library.http.Response(
        200, headers=[("Content-Encoding", coding)], content=content
    ).content
    return undone
