"""TLS contexts: made when first needed, once for equal settings, and shared by all clients.

Rules of this file: making a context costs about 20 ms, so no two equal ones are made; files that
have changed on disk make settings unequal. A pin is compared inside of the handshake: a server
with another key gets no byte of a request, in whichever world the handshake is driven.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve

from offwire_httpx.library import Library
from offwire_httpx.settings import ClientCertificate, Tls

if TYPE_CHECKING:
    import ssl

_KEPT: Final = 16
"""So many contexts are kept; a program has one or two."""

_Key: TypeAlias = tuple[object, ...]

_lock: Final = Lock()
_contexts: Final[OrderedDict[_Key, ssl.SSLContext]] = OrderedDict()


def context(tls: Tls, library: Library, *, http2: bool, trust_env: bool) -> ssl.SSLContext:
    """The context for these settings. The HTTP library sets the protocols of ALPN on it.

    Raises:
        OSError: a certificate file cannot be read, or is none.
    """
    files = _files(tls)
    # ALPN is set on the context itself, so one that speaks HTTP/2 is not shared with one that does not.
    key: _Key = (tls, library.name, http2, trust_env, tuple(_stamp(each) for each in files))
    with _lock:
        made = _contexts.get(key)
        if made is None:
            made = _contexts[key] = _make(tls, library, trust_env=trust_env)
            if len(_contexts) > _KEPT:
                _contexts.popitem(last=False)
        _contexts.move_to_end(key)
        return made


def proxy_context(tls: Tls, library: Library, *, trust_env: bool) -> ssl.SSLContext:
    """The context towards an https proxy: the same trust, but no pin and no client certificate."""
    return context(evolve(tls, pins=(), client_certificate=None), library, http2=False, trust_env=trust_env)


def _files(tls: Tls) -> tuple[str, ...]:
    mine = tls.client_certificate
    files = (tls.ca_file, mine and mine.cert_file, mine and mine.key_file)
    return tuple(each for each in files if each)


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return (found.st_mtime_ns, found.st_size)


def _make(tls: Tls, library: Library, *, trust_env: bool) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 - a client that speaks no TLS need not pay for it

    made: ssl.SSLContext
    if not tls.verify:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif tls.ca_file is not None or tls.ca_data is not None:
        made = ssl.create_default_context(cafile=tls.ca_file, cadata=tls.ca_data)
    else:
        made = library.http.create_ssl_context(trust_env=trust_env)
        if tls.pins and type(made) is not ssl.SSLContext:
            # One that hands handshakes to the operating system would not ask our classes.
            made = ssl.create_default_context()
    if tls.client_certificate is not None:
        _present(made, tls.client_certificate)
    if tls.pins:
        _pin(made, frozenset(tls.pins))
    return made


def _present(made: ssl.SSLContext, mine: ClientCertificate) -> None:
    # A password is always handed over, since OpenSSL would ask for a missing one at the terminal.
    password = mine.password.reveal() if mine.password is not None else ""
    made.load_cert_chain(mine.cert_file, mine.key_file, lambda: password)


def _pin(made: ssl.SSLContext, pins: frozenset[str]) -> None:
    """Have both kinds of handshake, over a socket and over bytes, compare the server's key."""
    import ssl  # noqa: PLC0415 - loaded by now

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            check_pin(self.getpeercert(binary_form=True), pins)

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            check_pin(self.getpeercert(binary_form=True), pins)

    made.sslsocket_class = PinnedSocket
    made.sslobject_class = PinnedObject


def check_pin(certificate: bytes | None, pins: frozenset[str]) -> None:
    """Compare a server's certificate, in DER, with the pins.

    Raises:
        ssl.SSLCertVerificationError: it has none of the pinned keys.
    """
    import ssl  # noqa: PLC0415 - loaded by now

    pin = pin_of(certificate) if certificate else None
    if pin not in pins:
        found = f"it is sha256/{pin}" if pin else "there is none"
        error: Any = ssl.SSLCertVerificationError(1, f"the server's key is none of the pinned ones; {found}")
        error.verify_message = error.strerror
        raise error


def pin_of(certificate: bytes) -> str:
    """The pin of a certificate in DER: the SHA-256 of its public key's SubjectPublicKeyInfo, in base64."""
    from hashlib import sha256  # noqa: PLC0415 - only pinning needs it

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415

    key = load_der_x509_certificate(certificate).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(spki).digest()).decode()
