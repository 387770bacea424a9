"""Settings are checked at birth, and say what to do."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from base64 import b64encode
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from offwire import Secret
from offwire_httpx import ClientCertificate, Limits, Proxy, Tls, settings
from offwire_httpx.settings import Settings

PIN = b64encode(bytes(32)).decode()


@pytest.fixture
def nothing_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no optional package is installed."""

    def find_spec(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(settings, "find_spec", find_spec)
    assert importlib.util.find_spec("h2") is not None


@pytest.mark.parametrize(
    ("kind", "given", "error", "words"),
    [
        pytest.param(
            Limits, {"max_connections": 0}, ValueError, "Limits.max_connections", id="no connection"
        ),
        pytest.param(Limits, {"max_connections": True}, ValueError, "whole number", id="a truth"),
        pytest.param(Limits, {"max_connections": 1.5}, ValueError, "whole number", id="half a connection"),
        pytest.param(Limits, {"max_per_origin": -1}, ValueError, "Limits.max_per_origin", id="negative"),
        pytest.param(Limits, {"keepalive_expiry": -1.0}, ValueError, "seconds", id="the past"),
        pytest.param(Limits, {"keepalive_expiry": float("nan")}, ValueError, "seconds", id="no number"),
        pytest.param(Tls, {"pins": ("short",)}, ValueError, "44 characters", id="no base64"),
        pytest.param(Tls, {"pins": ("aGk=",)}, ValueError, "44 characters", id="too short a pin"),
        pytest.param(Tls, {"pins": ("\xfc" * 44,)}, ValueError, "44 characters", id="no ASCII"),
        pytest.param(Tls, {"pins": PIN}, TypeError, "comma", id="a pin without its tuple"),
        pytest.param(
            Tls, {"verify": False, "ca_file": "ca.pem"}, ValueError, "verify=False", id="trust in vain"
        ),
        pytest.param(Tls, {"verify": False, "ca_data": b"x"}, ValueError, "verify=False", id="data in vain"),
        pytest.param(Proxy, {"url": "proxy.test:3128"}, ValueError, "starts with", id="no scheme"),
        pytest.param(Proxy, {"url": "socks5://proxy.test"}, ValueError, "transport=", id="another scheme"),
        pytest.param(Proxy, {"url": "http://u:p@proxy.test"}, ValueError, "username=", id="a password"),
        pytest.param(Proxy, {"url": "http://:3128"}, ValueError, "a host", id="no host"),
        pytest.param(Proxy, {"url": "http://proxy.test:x"}, ValueError, "a port", id="no port"),
        pytest.param(Proxy, {"url": "http://proxy.test/path"}, ValueError, "such as", id="a path"),
        pytest.param(
            Proxy,
            {"url": "http://proxy.test", "username": "u"},
            ValueError,
            "both or none",
            id="half a login",
        ),
        pytest.param(
            Settings, {"library": "requests"}, ValueError, "'httpx' or 'httpx2'", id="another library"
        ),
    ],
)
def test_what_cannot_be_used_is_refused(
    kind: type[Any], given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        kind(**given)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "given", "extra"),
    [
        pytest.param(Tls, {"pins": (PIN,)}, r"offwire\[pinning\]", id="pins"),
        pytest.param(Settings, {"http2": True}, r"offwire\[http2\]", id="HTTP/2"),
    ],
)
def test_a_missing_package_is_named_at_birth(
    nothing_optional: None, kind: type[Any], given: dict[str, Any], extra: str
) -> None:
    with pytest.raises(ModuleNotFoundError, match=extra):
        kind(**given)


def test_nothing_optional_is_needed_by_default(nothing_optional: None) -> None:
    Settings(proxy=Proxy("http://proxy.test:3128", username="u", password="p"))


def test_values_are_taken_as_people_write_them() -> None:
    assert Tls(pins=[f"sha256/{PIN}", PIN]).pins == (PIN, PIN)
    assert Tls(ca_file=Path("ca.pem")).ca_file == "ca.pem"
    certificate = ClientCertificate(cert_file=Path("me.pem"), password="hush")
    assert (certificate.cert_file, certificate.password) == ("me.pem", Secret("hush"))
    assert Limits(max_connections=None, keepalive_expiry=None).max_connections is None


def test_equal_values_are_equal_keys() -> None:
    assert hash(Tls(pins=(PIN,))) == hash(Tls(pins=("sha256/" + PIN,)))
    assert Proxy("http://a.test", username="u", password="p") == Proxy(
        "http://a.test", username="u", password="p"
    )


def test_no_password_shows() -> None:
    proxy = Proxy("http://a.test", username="u", password="hush-hush")
    certificate = ClientCertificate(cert_file="me.pem", password="hush-hush")
    shown = repr(Settings(proxy=proxy, tls=Tls(client_certificate=certificate)))
    assert "hush" not in shown


@pytest.mark.parametrize(
    "given",
    [
        {"tls": Tls(verify=False)},
        {"proxy": Proxy("http://a.test")},
        {"http2": True},
        {"trust_env": True},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_would_not_count_is_refused(given: dict[str, Any]) -> None:
    Settings().check_unused_with("http")
    with pytest.raises(ValueError, match=rf"{next(iter(given))}= does not count beside http="):
        Settings(**given).check_unused_with("http")


def test_importing_settings_loads_no_library() -> None:
    loaded = (
        "sorted({'httpx', 'httpcore', 'httpx2', 'ssl', 'anyio', 'logging', 'asyncio'} & set(sys.modules))"
    )
    program = f"import sys, offwire_httpx; print({loaded})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
