"""What each exception of either library means, and that nothing secret is in the words."""

from __future__ import annotations

import importlib
import socket
import ssl
from typing import Any

import h11
import pytest

from offwire.errors import ConnectTimeout, MaybeSent, NetworkError, NeverSent, ResponseTimeout
from offwire_httpx import LibraryName
from offwire_httpx.failures import deadline_passed, failure
from offwire_httpx.library import load
from offwire_httpx.limit import Progress
from tests.canaries import Canary

WRITTEN, UNWRITTEN = Progress(0.0, written=True), Progress(0.0, written=False)

TABLE = {
    "ConnectTimeout": ConnectTimeout,
    "ConnectError": NeverSent,
    "PoolTimeout": NeverSent,
    "ProxyError": NeverSent,
    "UnsupportedProtocol": NeverSent,
    "InvalidURL": NeverSent,
    "ReadTimeout": ResponseTimeout,
    "WriteTimeout": ResponseTimeout,
    "ReadError": MaybeSent,
    "WriteError": MaybeSent,
    "CloseError": MaybeSent,
    "RemoteProtocolError": MaybeSent,
    "LocalProtocolError": MaybeSent,
    "DecodingError": MaybeSent,
    "TooManyRedirects": MaybeSent,
    "SSEError": MaybeSent,
}


def modules(library: LibraryName) -> tuple[Any, Any]:
    return load(library).http, load(library).core


def caused(error: Exception, *causes: BaseException, hidden: bool = False) -> Exception:
    """`error`, with a chain of causes, as `raise … from …` makes one, or of contexts."""
    below: BaseException = error
    for cause in causes:
        if hidden:
            below.__context__ = cause
        else:
            below.__cause__ = cause
        below = cause
    return error


@pytest.mark.parametrize(("name", "kind"), TABLE.items(), ids=TABLE)
def test_an_exception_means(
    library: LibraryName, canary: Canary, name: str, kind: type[NetworkError]
) -> None:
    secret = f"https://api.test/?key={canary('what libraries quote')}"
    for module in modules(library):
        if hasattr(module, name):
            error = getattr(module, name)(secret)
            for progress in (None, WRITTEN):
                told = failure(error, progress)
                assert type(told) is kind
                assert "api.test" not in str(told)


def test_every_exception_of_the_libraries_is_known(library: LibraryName) -> None:
    http, core = modules(library)
    kinds = {
        each
        for each in vars(http).values()
        if isinstance(each, type) and issubclass(each, http.TransportError)
    }
    kinds |= {
        each
        for each in vars(core).values()
        if isinstance(each, type)
        and issubclass(each, (core.NetworkError, core.TimeoutException, core.ProtocolError))
    }
    general = {"TransportError", "TimeoutException", "NetworkError", "ProtocolError"}
    assert {each.__name__ for each in kinds} - general <= set(TABLE)
    assert all(issubclass(each, load(library).failures) for each in kinds)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ReadError", NeverSent),
        ("RemoteProtocolError", NeverSent),
        ("LocalProtocolError", NeverSent),
        ("ReadTimeout", ConnectTimeout),
        ("ConnectError", NeverSent),
        ("ConnectTimeout", ConnectTimeout),
    ],
)
def test_what_was_not_written_was_never_sent(
    library: LibraryName, name: str, kind: type[NetworkError]
) -> None:
    assert type(failure(getattr(load(library).core, name)("x"), UNWRITTEN)) is kind


@pytest.mark.parametrize("hidden", [True, False])
def test_what_h11_refuses_to_write_was_never_sent(library: LibraryName, hidden: bool) -> None:
    refused = h11.LocalProtocolError("Illegal header value")
    error = caused(load(library).http.LocalProtocolError("x"), refused, hidden=hidden)
    for progress in (None, WRITTEN):
        assert type(failure(error, progress)) is NeverSent


def test_an_own_exception_means_what_its_base_means(library: LibraryName) -> None:
    class Mine(load(library).http.ConnectError):  # type: ignore[misc]
        pass

    assert type(failure(Mine("x"), None)) is NeverSent


@pytest.mark.parametrize(
    ("causes", "words"),
    [
        pytest.param([], "could be opened", id="none"),
        pytest.param(
            [socket.gaierror(-2, "Name or service not known")], "Name or service not known", id="name"
        ),
        pytest.param(
            [OSError("all failed"), ConnectionRefusedError(111, "Connect call failed")], "refused", id="TCP"
        ),
        pytest.param(
            [OSError("all failed"), ExceptionGroup("x", [OSError(113, "No route to host")])],
            "No route to host",
            id="a group",
        ),
        pytest.param([ssl.SSLError(1, "[SSL] wrong version number")], "wrong version number", id="TLS"),
    ],
)
def test_a_reason_is_the_systems_own(library: LibraryName, causes: list[BaseException], words: str) -> None:
    error = caused(load(library).core.ConnectError("x"), *causes)
    told = failure(error, None)
    assert words in told.message


def test_a_refused_certificate_says_why(library: LibraryName) -> None:
    cause = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    cause.verify_message = "self-signed certificate"
    told = failure(caused(load(library).core.ConnectError("x"), cause), None)
    assert told.message.endswith("the server's certificate is not accepted: self-signed certificate")


def test_a_chain_that_never_ends_is_followed_so_far(library: LibraryName) -> None:
    error = load(library).core.ConnectError("x")
    other = RuntimeError("y")
    error.__context__, other.__context__ = other, error
    assert type(failure(error, None)) is NeverSent


@pytest.mark.parametrize(
    ("progress", "kind"), [(None, MaybeSent), (WRITTEN, MaybeSent), (UNWRITTEN, NeverSent)]
)
def test_what_the_libraries_let_through_is_a_broken_connection(
    progress: Progress | None, kind: type[NetworkError]
) -> None:
    told = failure(ssl.SSLError(1, "tlsv13 alert certificate required"), progress)
    assert type(told) is kind
    assert "certificate required" in told.message


@pytest.mark.parametrize(
    ("progress", "kind"),
    [(None, ResponseTimeout), (WRITTEN, ResponseTimeout), (UNWRITTEN, ConnectTimeout)],
)
def test_a_deadline_has_the_error_of_its_phase(progress: Progress | None, kind: type[NetworkError]) -> None:
    assert type(deadline_passed(progress)) is kind


def test_neither_library_keeps_its_exceptions_elsewhere(library: LibraryName) -> None:
    assert importlib.import_module(library).ConnectError is load(library).http.ConnectError
