"""How a client reaches the network: frozen values, checked at birth.

Rules of this file: a value that exists can be used. Nothing here opens a file, reads the
environment or loads a library; what is shown of a value holds no password.
"""

from __future__ import annotations

import os
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen

from offwire.secret import Secret, secret

LibraryName: TypeAlias = Literal["httpx", "httpx2"]
"""The HTTP libraries that can be driven: httpx over httpcore, or httpx2 over httpcore2."""


def _count(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError(
            f"{type(instance).__name__}.{attribute.name} is a whole number from 1, "
            f"or None for no limit, not {value!r}"
        )


def _seconds(instance: object, attribute: Attribute[Any], value: float | None) -> None:
    if value is not None and not value >= 0:
        raise ValueError(
            f"{type(instance).__name__}.{attribute.name} is a number of seconds from 0 on, "
            f"or None for no limit, not {value!r}"
        )


def _path(value: str | os.PathLike[str] | None) -> str | None:
    return None if value is None else os.fspath(value)


def _some_path(value: str | os.PathLike[str]) -> str:
    return os.fspath(value)


def _some_secret(value: str | Secret | None) -> Secret | None:
    return None if value is None else secret(value)


@frozen(kw_only=True)
class Limits:
    """How many connections a client has at once, and how long it keeps idle ones."""

    max_connections: int | None = field(default=100, validator=_count)
    """How many requests may be under way at once, over all origins; None is no limit."""
    max_per_origin: int | None = field(default=None, validator=_count)
    """The same for any one origin; None is no limit of its own."""
    keepalive_expiry: float | None = field(default=5.0, validator=_seconds)
    """Seconds for which an idle connection is kept for the next request; None keeps it."""


@frozen(kw_only=True)
class ClientCertificate:
    """The certificate by which this side proves who it is (mutual TLS)."""

    cert_file: str = field(converter=_some_path)
    """A PEM file with the certificate, its chain behind it, and the key where there is no `key_file`."""
    key_file: str | None = field(default=None, converter=_path)
    """A PEM file with the private key."""
    password: Secret | None = field(default=None, converter=_some_secret)
    """What the key is encrypted with."""


def _pins(values: str | Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError("Tls.pins is a tuple of pins: write a comma behind a single one")
    return tuple(_pin(each) for each in values)


def _pin(value: str) -> str:
    text = value.removeprefix("sha256/")
    try:
        size = len(a2b_base64(text, strict_mode=True))
    except (BinasciiError, ValueError):
        size = 0
    if size != 32:
        raise ValueError(
            "each of Tls.pins is the SHA-256 of a SubjectPublicKeyInfo in base64: 44 characters, "
            f"with or without sha256/ in front, not {value!r}"
        )
    return text


@frozen(kw_only=True)
class Tls:
    """Whom to trust, and by what to be known. The default trusts what the HTTP library trusts.

    Raises at birth:
        ValueError: a pin is none, or certificates are given although none is verified.
        ModuleNotFoundError: there are pins, but `cryptography` is not installed.
    """

    verify: bool = True
    """Whether certificates are verified. Without, only pins tell a server from an impostor."""
    ca_file: str | None = field(default=None, converter=_path)
    """A PEM file of certificate authorities: these are trusted, and no others."""
    ca_data: str | bytes | None = field(default=None, repr=False)
    """Certificate authorities as PEM text or DER bytes, with or without a `ca_file`."""
    client_certificate: ClientCertificate | None = None
    pins: tuple[str, ...] = field(default=(), converter=_pins)
    """SHA-256 of public keys (SubjectPublicKeyInfo, RFC 7469 section 2.4) in base64. The server's
    own certificate must have one of them; that is found out before any byte of a request is sent.
    Give two, so that a key can be changed."""

    def __attrs_post_init__(self) -> None:
        if not self.verify and (self.ca_file is not None or self.ca_data is not None):
            raise ValueError("Tls.ca_file and Tls.ca_data say whom to trust: leave out verify=False")
        if self.pins and find_spec("cryptography") is None:
            raise ModuleNotFoundError(
                'Tls.pins needs the cryptography package: install "offwire[pinning]"', name="cryptography"
            )


def _proxy_url(_instance: object, _attribute: object, value: str) -> None:
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in {"http", "https"}:
        raise ValueError(
            "Proxy.url starts with http:// or https://; for a proxy of another kind, hand in a transport="
        )
    if "@" in rest:
        raise ValueError("Proxy.url may not hold a user name or password: pass username= and password=")
    parts = urlsplit(value)
    try:
        port_is_good = parts.port != 0
    except ValueError:
        port_is_good = False
    if not parts.hostname or not port_is_good or parts.path not in {"", "/"} or parts.query:
        raise ValueError("Proxy.url is a scheme, a host and a port, such as http://proxy.example:3128")


@frozen
class Proxy:
    """A proxy that all requests go through: `Proxy("http://proxy.example:3128")`.

    Raises at birth:
        ValueError: the URL has another scheme, no host, or holds a password.
    """

    url: str = field(validator=_proxy_url)
    """Scheme, host and port, where http and https say how the proxy itself is spoken to."""
    username: str | None = field(default=None, kw_only=True)
    password: Secret | None = field(default=None, kw_only=True, converter=_some_secret)

    def __attrs_post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError("Proxy.username and Proxy.password go together: give both or none")


def _library(_instance: object, _attribute: object, value: str) -> None:
    if value not in get_args(LibraryName):
        raise ValueError(f"library is 'httpx' or 'httpx2', not {value!r}")


@frozen(kw_only=True)
class Settings:
    """All of it, as one client has it.

    Raises at birth:
        ValueError: an unknown library.
        ModuleNotFoundError: `http2`, but h2 is not installed.
    """

    limits: Limits = Limits()
    tls: Tls = Tls()
    proxy: Proxy | None = None
    http2: bool = False
    library: LibraryName = field(default="httpx", validator=_library)
    trust_env: bool = False
    """Whether the environment's proxies and certificate authorities count. They do not unless asked:
    a variable that somebody else set shall not reroute a client's credentials."""

    def __attrs_post_init__(self) -> None:
        if self.http2 and find_spec("h2") is None:
            raise ModuleNotFoundError('http2=True needs the h2 package: install "offwire[http2]"', name="h2")

    def check_unused_with(self, name: str) -> None:
        """Callers: what the user hands in as argument `name` brings its own TLS, proxy and HTTP versions.

        Raises:
            ValueError: one of them is set beside it, and would silently not count.
        """
        for each, default in (("tls", Tls()), ("proxy", None), ("http2", False), ("trust_env", False)):
            if getattr(self, each) != default:
                raise ValueError(f"{each}= does not count beside {name}=: set it on what you hand in")
