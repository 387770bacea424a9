"""What the libraries log tells what happened, and gives nothing away."""

from __future__ import annotations

import importlib
import logging
import re
from pathlib import Path

import pytest

from offwire.flow import Send
from offwire.message.request import Request
from offwire.timeouts import Timeouts
from offwire_httpx import LibraryName
from offwire_httpx.library import load
from offwire_httpx.logs import LOGGERS, Mask, mask_logs, masked
from offwire_httpx.settings import Settings
from offwire_httpx.sync_wire import sync_wire
from tests.bindings.conftest import Serve
from tests.bindings.servers import always, answer
from tests.canaries import Canary


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("close.started", "close.started", id="nothing to hide"),
        pytest.param(
            "connect_tcp.started host='api.test' port=443 local_address=None timeout=5.0",
            "connect_tcp.started host='api.test' port=443 local_address=None timeout=5.0",
            id="where to",
        ),
        pytest.param(
            "x.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'Date', b'now'), (b'Set-Cookie', b'a=b')])",
            "x.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'Date', b'now'), (b'Set-Cookie', ***)])",
            id="header fields",
        ),
        pytest.param(
            """x [(b'A', b"it's"), (b"B'", b'say \\'\\\\'), (b'Server', b'x')]""",
            """x [(b'A', ***), (b"B'", ***), (b'Server', b'x')]""",
            id="quotes",
        ),
        pytest.param(
            "x.failed exception=LocalProtocolError(LocalProtocolError(\"Illegal header value b'Bearer t'\"))",
            "x.failed exception=LocalProtocolError(***)",
            id="an exception",
        ),
        pytest.param(
            "GET https://api.test/users?page=2&key=hush#x and more",
            "GET https://api.test/users?page=2&key=***#x and more",
            id="a query",
        ),
    ],
)
def test_a_text_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("message", "arguments", "shown"),
    [
        pytest.param(
            "%s took %.1f s",
            ("https://a.test/?key=hush", 1.25),
            "https://a.test/?key=*** took 1.2 s",
            id="arguments",
        ),
        pytest.param(
            "%(url)s", ({"url": "https://a.test/?key=hush"},), "https://a.test/?key=***", id="named ones"
        ),
        pytest.param("100 % of ?key=hush", (), "100 % of ?key=***", id="no arguments"),
    ],
)
def test_a_record_is_masked_in_place(message: str, arguments: tuple[object, ...], shown: str) -> None:
    record = logging.LogRecord("httpx", logging.INFO, "", 1, message, arguments, None)
    assert Mask().filter(record)
    assert record.getMessage() == shown


def test_a_record_that_cannot_be_understood_loses_its_details() -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise LookupError

    record = logging.LogRecord("httpx", logging.INFO, "", 1, "%s", (Unprintable(),), None)
    assert Mask().filter(record)
    assert (record.name, record.getMessage()) == ("httpx", "***")


def test_it_is_installed_once_and_nowhere_else(library: LibraryName) -> None:
    load(library)
    mask_logs()
    for name in LOGGERS:
        assert [type(each) for each in logging.getLogger(name).filters] == [Mask]
    for name in ("", "httpcore", "h11", "somebody.else"):
        assert not any(isinstance(each, Mask) for each in logging.getLogger(name).filters)


def test_every_logger_of_the_libraries_is_masked(library: LibraryName) -> None:
    found: set[str] = set()
    for package in (load(library).http, load(library).core):
        for path in Path(package.__path__[0]).rglob("*.py"):
            found.update(re.findall(r'getLogger\("([^"]+)"\)', path.read_text(encoding="utf-8")))
    assert len(found) >= 6
    assert found <= set(LOGGERS)


@pytest.mark.parametrize("handed", [False, True])
def test_no_credential_is_logged(
    serve: Serve, library: LibraryName, handed: bool, canary: Canary, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token, session, key = canary("bearer token"), canary("session cookie"), canary("query key")
    server = serve(always(answer(b"{}", "200 OK", f"Set-Cookie: s={session}", f"X-Token: {token}")))
    http = importlib.import_module(library)
    with http.Client() as client:
        wire = sync_wire(Settings(library=library), http=client if handed else None)
        request = Request("GET", f"{server.url}/?api_key={key}", headers={"Authorization": f"Bearer {token}"})
        assert wire.send(Send(request, Timeouts())).headers["x-token"] == token
        wire.close()
    assert "receive_response_headers.complete" in caplog.text
    assert "(b'Set-Cookie', ***)" in caplog.text
    if handed:
        assert "api_key=***" in caplog.text
