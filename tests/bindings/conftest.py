"""What tests of bindings share: servers on loopback, certificates, both libraries, both event loops."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest
import trustme
from attrs import frozen

import offwire_asyncio
import offwire_trio
from offwire_anyio import AsyncClient
from offwire_httpx import LibraryName
from tests.bindings.servers import Handler, RawServer

Serve = Callable[..., RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers, which stop with the test: `serve(handler)`, `serve(handler, tls=context)`."""
    with ExitStack() as servers:

        def start(handler: Handler, tls: ssl.SSLContext | None = None) -> RawServer:
            return servers.enter_context(RawServer(handler, tls))

        yield start


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> LibraryName:
    """Each of the two HTTP libraries."""
    return cast(LibraryName, request.param)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Each of the two event loops."""
    return str(request.param)


@pytest.fixture
def client_class(anyio_backend: str) -> type[AsyncClient]:
    """The client of the event loop that the test runs in."""
    return {"asyncio": offwire_asyncio.Client, "trio": offwire_trio.Client}[anyio_backend]


@frozen(kw_only=True)
class Certificates:
    """An authority of the tests' own, a server's and a client's certificate from it."""

    ca_file: str
    ca_data: bytes
    client_file: str
    server: ssl.SSLContext
    """For a server that asks nobody for a certificate."""
    mutual: ssl.SSLContext
    """For a server that wants the authority's clients only."""
    server_certificate: bytes
    """In DER."""
    configure: Callable[[ssl.SSLContext], None]
    """Gives a context the server's certificate."""


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for localhost."""
    folder: Path = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    mine = authority.issue_cert("client@example.test")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    mine.private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(server)
    mutual = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(mutual)
    authority.configure_trust(mutual)
    mutual.verify_mode = ssl.CERT_REQUIRED
    return Certificates(
        ca_file=str(folder / "ca.pem"),
        ca_data=authority.cert_pem.bytes(),
        client_file=str(folder / "client.pem"),
        server=server,
        mutual=mutual,
        server_certificate=ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode()),
        configure=issued.configure_cert,
    )
