"""`Url`: an http(s) URL, or the path and query of one, taken apart only when asked (RFC 3986).

Rules of this file: a Url that exists can be put on the wire as it stands (printable ASCII, no
fragment), and carries no credential in its authority part: those belong to `auth`, where they
are masked. Rendering a Url masks the query parameters that are not known to be harmless; the
text itself is `Url.text`.
"""

from __future__ import annotations

import re
from typing import Final

from offwire.message.query import quote_query
from offwire.redaction import shown_query

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NOT_WIRE_SAFE: Final = re.compile(r"[^!-~]+")
_HOST: Final = re.compile(r"[0-9a-z._-]+|[0-9a-f:.]+")
_LOOPBACK: Final = r"localhost|127(?:\.[0-9]{1,3}){3}|::1"


class Url:
    """An absolute http(s) URL, or a relative one: a path with its query."""

    __slots__ = ("_parts", "origin", "text")
    text: str
    """The whole URL, unmasked, as it goes onto the wire."""
    _parts: tuple[str, str, int | None, str, str] | None
    origin: str
    """Scheme, host and port (RFC 6454), such as `https://api.example.com:443`; empty where relative.

    Credentials, breakers and connections are kept per origin.
    """

    def __init__(self, text: str) -> None:
        """Take and check `text`; spaces, controls and what is not ASCII are percent-encoded.

        Raises:
            TypeError: `text` is not a str.
            ValueError: the scheme is not http or https, the host is missing or holds a
                character that needs IDNA, the port is no port, the authority holds a user
                name or password, or there is a lone surrogate. The error shows neither the
                authority nor the query.
        """
        if not isinstance(text, str):
            raise TypeError(f"a Url is made from a str, not {type(text).__name__}")
        text = text.partition("#")[0]
        if _NOT_WIRE_SAFE.search(text):
            text = _NOT_WIRE_SAFE.sub(_encoded, text)
        self.text = text
        self._parts = _split(text)
        self.origin = _origin(self._parts)

    @classmethod
    def of_checked(cls, text: str) -> Url:
        """Wrap text that was put together from checked parts, without parsing it.

        The caller owes that it would pass; where it does not, this or a property raises ValueError.
        """
        if is_path(text):
            return placed("", text)
        parts = _split(text)
        url = placed(_origin(parts), text)
        url._parts = parts
        return url

    def _split(self) -> tuple[str, str, int | None, str, str]:
        parts = self._parts
        if parts is None:
            parts = self._parts = _split(self.text)
        return parts

    @property
    def scheme(self) -> str:
        """`http` or `https`; empty where the URL is relative."""
        return self._split()[0]

    @property
    def host(self) -> str:
        """The host in lower case, IPv6 without brackets; empty where the URL is relative."""
        return self._split()[1]

    @property
    def port(self) -> int | None:
        """The port, the scheme's own where none is written; None where the URL is relative."""
        return self._split()[2]

    @property
    def path(self) -> str:
        """The path, still percent-encoded; `/` where an absolute URL has none."""
        return self._split()[3]

    @property
    def query(self) -> str:
        """The raw query, without the question mark."""
        return self._split()[4]

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """The query's parameters, decoded, in order."""
        from urllib.parse import parse_qsl  # noqa: PLC0415 - a path, as operations have, needs none of it

        return tuple(parse_qsl(self.query, keep_blank_values=True))

    @property
    def is_absolute(self) -> bool:
        """Whether there is a scheme and a host to send to."""
        return bool(self.scheme)

    @property
    def is_confidential(self) -> bool:
        """Whether a credential may travel to it: https, or http to this very machine."""
        scheme, host, _, _, _ = self._split()
        return scheme == "https" or (scheme == "http" and bool(re.fullmatch(_LOOPBACK, host)))

    @property
    def target(self) -> str:
        """Path and query, as in a request line."""
        _, _, _, path, query = self._split()
        return f"{path}?{query}" if query else path

    def join(self, reference: str) -> Url:
        """The URL that `reference`, such as a Location, means from here (RFC 3986 section 5).

        Raises:
            ValueError: the outcome is no URL that this class takes.
        """
        from urllib.parse import urljoin  # noqa: PLC0415 - a path, as operations have, needs none of it

        return Url(urljoin(self.text, reference))

    def with_query(self, query: str) -> Url:
        """This URL with the raw, encoded `query` in place of its own; empty removes it."""
        base = self.text.partition("?")[0]
        return placed(self.origin, f"{base}?{query}" if query else base)

    def adding_query(self, query: str) -> Url:
        """This URL with the raw, encoded `query` behind its own."""
        if not query:
            return self
        return placed(self.origin, f"{self.text}{'&' if '?' in self.text else '?'}{query}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Url):
            return NotImplemented
        return self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        base, question, query = self.text.partition("?")
        return f"{base}{question}{shown_query(query)}"

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def __reduce__(self) -> tuple[type[Url], tuple[str]]:
        return (Url, (self.text,))


def _encoded(found: re.Match[str]) -> str:
    return quote_query(found[0])


_new = object.__new__


def placed(origin: str, text: str) -> Url:
    """A Url out of checked text whose origin is known; "" is that of a path. For what every call makes."""
    url = _new(Url)
    url.text = text
    url._parts = None
    url.origin = origin
    return url


def is_path(text: str) -> bool:
    """Whether `text` is a path with its query, and no URL of another host (RFC 3986 section 4.2)."""
    return text[:1] == "/" and text[:2] != "//"


def _origin(parts: tuple[str, str, int | None, str, str]) -> str:
    scheme, host, port, _, _ = parts
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}" if scheme else ""


def _split(text: str) -> tuple[str, str, int | None, str, str]:
    if text.startswith("/") and not text.startswith("//"):
        path, _, query = text.partition("?")
        return ("", "", None, path, query)
    from urllib.parse import urlsplit  # noqa: PLC0415 - a path, as operations have, needs none of it

    try:
        parts = urlsplit(text)
    except ValueError:  # its words may hold the whole authority
        raise ValueError("the URL's host cannot be read: brackets are for IPv6 addresses only") from None
    if not parts.scheme and not text.startswith("//"):
        return ("", "", None, parts.path, parts.query)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError(
            "a URL starts with http:// or https://, or with one / where it is relative, not with "
            + repr(f"{parts.scheme}:" if parts.scheme else "//")
        )
    if "@" in parts.netloc:
        raise ValueError(
            "a URL may not hold a user name or password, since URLs get logged: pass them as auth=Basic(...)"
        )
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the URL's port is no number from 0 to 65535") from None
    if not host or not _HOST.fullmatch(host):
        raise ValueError(
            f"a URL needs a host of ASCII letters, digits, '.', '-' and '_' after {parts.scheme}://; "
            "write an international name in its xn-- form"
        )
    if port is None:
        port = DEFAULT_PORTS[parts.scheme]
    return (parts.scheme, host, port, parts.path or "/", parts.query)
