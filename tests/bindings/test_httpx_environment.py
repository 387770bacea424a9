"""The environment's proxies, for those who ask for them."""

from __future__ import annotations

import pytest

from offwire import Secret, Url
from offwire.flow import Send
from offwire.message.request import Request
from offwire.timeouts import Timeouts
from offwire_httpx import LibraryName, Proxy
from offwire_httpx.environment import proxies
from offwire_httpx.settings import Settings
from offwire_httpx.sync_wire import sync_wire
from tests.bindings.conftest import Serve
from tests.bindings.servers import always, answer, proxy


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        pytest.param({}, "http://a.test/", None, id="none"),
        pytest.param({"http_proxy": "http://p.test:1"}, "http://a.test/", "http://p.test:1", id="http"),
        pytest.param({"http_proxy": "http://p.test:1"}, "https://a.test/", None, id="not for https"),
        pytest.param({"HTTPS_PROXY": "http://p.test:1"}, "https://a.test/", "http://p.test:1", id="https"),
        pytest.param({"all_proxy": "http://p.test:1"}, "https://a.test/", "http://p.test:1", id="all"),
        pytest.param({"http_proxy": "p.test:1"}, "http://a.test/", "http://p.test:1", id="no scheme"),
        pytest.param({"http_proxy": "http://p.test:1/"}, "http://a.test/", "http://p.test:1", id="a slash"),
        pytest.param({"http_proxy": ""}, "http://a.test/", None, id="empty"),
        pytest.param(
            {"http_proxy": "http://p.test:1", "no_proxy": "a.test"}, "http://a.test/", None, id="an exception"
        ),
        pytest.param(
            {"http_proxy": "http://p.test:1", "no_proxy": ".test"}, "http://b.a.test/", None, id="a domain"
        ),
        pytest.param(
            {"http_proxy": "http://p.test:1", "no_proxy": "*"}, "http://a.test/", None, id="no proxy at all"
        ),
        pytest.param(
            {"http_proxy": "http://p.test:1", "no_proxy": "b.test"},
            "http://a.test/",
            "http://p.test:1",
            id="an exception for others",
        ),
    ],
)
def test_a_url_has_its_proxy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, expected: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxies()(Url(url)) == (None if expected is None else Proxy(expected))


def test_a_login_is_taken_out_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:p%40ss@p.test:1")
    found = proxies()(Url("https://a.test/"))
    assert found is not None
    assert (found.url, found.username, found.password) == ("http://p.test:1", "me", Secret("p@ss"))


def test_an_error_names_the_variable_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://me:hush@p.test")
    with pytest.raises(ValueError, match="https_proxy") as caught:
        proxies()
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("trusted", [True, False])
def test_it_counts_where_it_is_trusted(
    serve: Serve, library: LibraryName, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    server, between = serve(always(answer())), serve(proxy)
    monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{between.port}")
    wire = sync_wire(Settings(library=library, trust_env=trusted))
    assert wire.send(Send(Request("GET", server.url + "/"), Timeouts())).status == 200
    assert wire.send(Send(Request("GET", f"http://127.0.0.1:{server.port}/"), Timeouts())).status == 200
    wire.close()
    assert bool(between.requests) is trusted


def test_a_proxy_that_is_given_comes_first(
    serve: Serve, library: LibraryName, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, between = serve(always(answer())), serve(proxy)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    given = Proxy(f"http://127.0.0.1:{between.port}", username="user", password="pass")
    wire = sync_wire(Settings(library=library, trust_env=True, proxy=given))
    assert wire.send(Send(Request("GET", server.url + "/"), Timeouts())).status == 200
    wire.close()
