"""`Library`: one of the two HTTP libraries, loaded when the first client is made.

Rules of this file: importing Offwire loads neither. The two are alike but for their names, so
all other files reach them through a Library, and none asks which one it is.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Final

from offwire_httpx.logs import mask_logs
from offwire_httpx.settings import LibraryName

_CORES: Final[dict[LibraryName, str]] = {"httpx": "httpcore", "httpx2": "httpcore2"}
_loading: Final = Lock()


class Library:
    """The modules of one library, and what is asked of them once."""

    __slots__ = ("accept_encoding", "core", "failures", "http", "name")

    def __init__(self, name: LibraryName) -> None:
        """Load it.

        Raises:
            ModuleNotFoundError: it is not installed.
        """
        try:
            http = import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise ModuleNotFoundError(
                f'library={name!r} needs the {name} package: install "offwire[{name}]"', name=name
            ) from None
        core = import_module(_CORES[name])
        self.name: LibraryName = name
        self.http: ModuleType = http
        """Values, decoders, and the transports that users hand in."""
        self.core: ModuleType = core
        """Connection pools."""
        self.failures: tuple[type[Exception], ...] = (
            core.NetworkError, core.TimeoutException, core.ProtocolError, core.ProxyError,
            core.UnsupportedProtocol, http.TransportError, http.DecodingError, http.InvalidURL, OSError,
        )  # fmt: skip
        """All that may go wrong with an exchange. OSError stands for what the libraries let through:
        a TLS alert that comes after the handshake, say."""
        self.accept_encoding: bytes = _accept_encoding(http)
        """The content codings that it can undo, for a request's Accept-Encoding."""


def _accept_encoding(http: ModuleType) -> bytes:
    transport = http.MockTransport(lambda request: http.Response(200))
    with http.Client(transport=transport, trust_env=False) as client:
        value: str = client.headers["accept-encoding"]
    return value.encode()


@cache
def _loaded(name: LibraryName) -> Library:
    mask_logs()
    return Library(name)


def load(name: LibraryName) -> Library:
    """The library of that name, loaded once.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    with _loading:
        return _loaded(name)


def library_of(handed: object, default: LibraryName) -> LibraryName:
    """The library whose class `handed` is of, or derives from; `default` for one that is of neither."""
    homes = {kind.__module__.partition(".")[0] for kind in type(handed).__mro__}
    for name in _CORES:
        if name in homes:
            return name
    return default
