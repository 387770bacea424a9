"""Whom a client trusts, what it presents, and that a wrong key gets no byte of a request."""

from __future__ import annotations

import asyncio
import os
import ssl
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import trio

import offwire_asyncio
import offwire_sync
import offwire_trio
from offwire.errors import MaybeSent, NetworkError, NeverSent
from offwire.flow import Flow, Send
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.timeouts import Timeouts
from offwire_httpx import ClientCertificate, LibraryName, Proxy, Tls
from offwire_httpx.library import load
from offwire_httpx.tls import check_pin, context, pin_of, proxy_context
from tests.bindings.conftest import Certificates, Serve
from tests.bindings.servers import Peer, always, answer, proxy

WRONG = b64encode(bytes(32)).decode()


def get(url: str) -> Flow[Response]:
    response: Response = yield Send(Request("GET", url), Timeouts(connect=5.0, read=5.0))
    return response


def sync_get(url: str, **options: Any) -> Response:
    with offwire_sync.Client(**options) as client:
        return client.run(get(url))


async def async_get(kind: Any, url: str, options: dict[str, Any]) -> Response:
    async with kind(**options) as client:
        response: Response = await client.run(get(url))
        return response


def asyncio_get(url: str, **options: Any) -> Response:
    return asyncio.run(async_get(offwire_asyncio.Client, url, options))


def trio_get(url: str, **options: Any) -> Response:
    return trio.run(async_get, offwire_trio.Client, url, options)


every_world = pytest.mark.parametrize(
    "fetch",
    [
        pytest.param(sync_get, id="sync"),
        pytest.param(asyncio_get, id="asyncio"),
        pytest.param(trio_get, id="trio"),
    ],
)


# Handshakes


@every_world
def test_an_authority_of_ones_own_is_trusted(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    server = serve(always(answer()), tls=certificates.server)
    for tls in (
        Tls(ca_file=certificates.ca_file),
        Tls(ca_data=certificates.ca_data.decode()),
        Tls(verify=False),
    ):
        assert fetch(server.url + "/", library=library, tls=tls).status == 200


@every_world
def test_an_unknown_authority_is_not_trusted(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    server = serve(always(answer()), tls=certificates.server)
    with pytest.raises(NeverSent, match="certificate is not accepted"):
        fetch(server.url + "/", library=library)
    assert server.received == 0


@every_world
def test_a_certificate_is_for_its_host(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    server = serve(always(answer()), tls=certificates.server)
    with pytest.raises(NeverSent, match="certificate is not accepted"):
        fetch(f"https://127.0.0.1:{server.port}/", library=library, tls=Tls(ca_file=certificates.ca_file))
    assert server.received == 0


@every_world
def test_a_client_may_show_a_certificate(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    presented: list[bytes | None] = []

    def handler(peer: Peer) -> None:
        presented.append(peer.client_certificate)
        always(answer())(peer)

    server = serve(handler, tls=certificates.mutual)
    mine = ClientCertificate(cert_file=certificates.client_file)
    tls = Tls(ca_file=certificates.ca_file, client_certificate=mine)
    assert fetch(server.url + "/", library=library, tls=tls).status == 200
    assert presented[0] is not None


@every_world
def test_a_server_that_wants_a_certificate_gets_one_or_nothing(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    server = serve(always(answer()), tls=certificates.mutual)
    # In TLS 1.3 it says so only after the client has begun to send.
    with pytest.raises((NeverSent, MaybeSent)):
        fetch(server.url + "/", library=library, tls=Tls(ca_file=certificates.ca_file))
    assert server.requests == []


@every_world
@pytest.mark.parametrize("verify", [True, False])
def test_the_right_pin_lets_through(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any, verify: bool
) -> None:
    server = serve(always(answer()), tls=certificates.server)
    pins = (WRONG, f"sha256/{pin_of(certificates.server_certificate)}")
    tls = Tls(ca_file=certificates.ca_file, pins=pins) if verify else Tls(verify=False, pins=pins)
    assert fetch(server.url + "/", library=library, tls=tls).status == 200


@every_world
@pytest.mark.parametrize("verify", [True, False])
def test_a_wrong_pin_gets_no_byte(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any, verify: bool
) -> None:
    server = serve(always(answer()), tls=certificates.server)
    tls = Tls(ca_file=certificates.ca_file, pins=(WRONG,)) if verify else Tls(verify=False, pins=(WRONG,))
    with pytest.raises(NeverSent, match=r"none of the pinned ones; it is sha256/") as caught:
        fetch(server.url + "/", library=library, tls=tls)
    assert pin_of(certificates.server_certificate) in str(caught.value)
    assert server.left.wait(5)
    assert (server.received, server.requests) == (0, [])


@every_world
def test_a_pin_holds_through_a_tunnel(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    server = serve(always(answer(b"far")), tls=certificates.server)
    between = serve(proxy)
    through = Proxy(f"http://localhost:{between.port}", username="user", password="pass")
    right, wrong = pin_of(certificates.server_certificate), WRONG
    options = {"library": library, "proxy": through}
    tls = Tls(ca_file=certificates.ca_file, pins=(right,))
    assert fetch(server.url + "/", tls=tls, **options).content == b"far"
    had = len(server.requests)
    with pytest.raises(NetworkError, match="pinned"):
        fetch(server.url + "/", tls=Tls(ca_file=certificates.ca_file, pins=(wrong,)), **options)
    assert len(server.requests) == had


@every_world
def test_a_proxy_may_speak_tls_too(
    serve: Serve, library: LibraryName, certificates: Certificates, fetch: Any
) -> None:
    server = serve(always(answer(b"far")))
    between = serve(proxy, tls=certificates.server)
    through = Proxy(f"https://localhost:{between.port}", username="user", password="pass")
    found = fetch(
        f"http://localhost:{server.port}/",
        library=library,
        proxy=through,
        tls=Tls(ca_file=certificates.ca_file),
    )
    assert found.content == b"far"


# Contexts


def made(tls: Tls, library: LibraryName = "httpx", *, http2: bool = False) -> ssl.SSLContext:
    return context(tls, load(library), http2=http2, trust_env=False)


def test_equal_settings_share_a_context_and_others_do_not(certificates: Certificates) -> None:
    shared = made(Tls(ca_file=certificates.ca_file))
    assert made(Tls(ca_file=certificates.ca_file)) is shared
    assert made(Tls(ca_file=certificates.ca_file), http2=True) is not shared
    assert made(Tls(ca_file=certificates.ca_file, pins=(WRONG,))) is not shared
    assert made(Tls(verify=False)) is not shared


def test_threads_share_a_context_too(certificates: Certificates) -> None:
    barrier = Barrier(8)
    tls = Tls(ca_data=certificates.ca_data.decode() + "\n")

    def ask(_: int) -> ssl.SSLContext:
        barrier.wait(5)
        return made(tls)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1


def test_a_file_that_has_changed_is_read_again(certificates: Certificates, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(certificates.ca_data)
    before = made(Tls(ca_file=str(path)))
    os.utime(path, (1, 1))
    assert made(Tls(ca_file=str(path))) is not before


def test_only_so_many_contexts_are_kept() -> None:
    first = made(Tls(verify=False))
    for number in range(20):
        made(Tls(verify=False, pins=(b64encode(bytes([number] * 32)).decode(),)))
    assert made(Tls(verify=False)) is not first


def test_the_default_trusts_what_the_library_trusts(library: LibraryName) -> None:
    default = made(Tls(), library)
    assert (default.verify_mode, default.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert default.sslsocket_class is ssl.SSLSocket


def test_a_context_of_another_kind_is_not_pinned_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    class OfTheSystem(ssl.SSLContext):
        pass

    library = load("httpx2")
    monkeypatch.setattr(
        library.http, "create_ssl_context", lambda trust_env: OfTheSystem(ssl.PROTOCOL_TLS_CLIENT)
    )
    pinned = made(Tls(pins=(b64encode(b"k" * 32).decode(),)), "httpx2")
    assert type(pinned) is ssl.SSLContext
    assert pinned.verify_mode is ssl.CERT_REQUIRED
    assert pinned.sslsocket_class is not ssl.SSLSocket


def test_a_proxy_is_trusted_alike_but_not_pinned(certificates: Certificates) -> None:
    tls = Tls(ca_file=certificates.ca_file, pins=(WRONG,))
    assert proxy_context(tls, load("httpx"), trust_env=False) is made(Tls(ca_file=certificates.ca_file))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="missing-ca"):
        made(Tls(ca_file="missing-ca.pem"))


def test_an_encrypted_key_wants_its_password_and_asks_nobody(
    certificates: Certificates, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    key = load_pem_private_key(Path(certificates.client_file).read_bytes(), None)
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush"))
    )
    given = {"cert_file": certificates.client_file, "key_file": str(tmp_path / "key.pem")}
    made(Tls(verify=False, client_certificate=ClientCertificate(**given, password="hush")))
    for password in (None, "wrong"):
        with pytest.raises(ssl.SSLError):
            made(Tls(verify=False, client_certificate=ClientCertificate(**given, password=password)))


def test_a_server_without_a_certificate_has_no_pin() -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="there is none"):
        check_pin(None, frozenset({WRONG}))
