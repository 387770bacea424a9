"""Signing in with a browser, in three worlds: over real sockets, with all that else comes by."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import anyio
import httpx
import pytest
import trio

import offwire_asyncio
import offwire_login
import offwire_sync
import offwire_trio
from offwire import AuthorizationCode, Response, Secret, TokenGrant, stored
from offwire.auth.loopback_redirect import LoopbackAddress
from offwire.auth.token_store import Save
from offwire.errors import SignInFailed, StoreFailed
from offwire.message.request import Request
from offwire.testing import Answer, MemoryStore
from offwire.time import Now
from offwire_login.visit import LARGEST_HEAD, MOST_VISITS
from offwire_serve import serve as serve_fake

SECONDS = 20.0


class TokenServer:
    """A token endpoint that takes each code once."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []

    def __call__(self, request: Request, _now: Now) -> Answer:
        assert request.body is not None
        form = dict(parse_qsl(request.body.content.decode()))
        self.forms.append(form)
        if form["code"] != "code-1":
            return Answer(Response(400, json={"error": "invalid_grant"}))
        return Answer(
            Response(200, json={"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": 60})
        )


@pytest.fixture
def tokens() -> TokenServer:
    return TokenServer()


@pytest.fixture
def login(tokens: TokenServer) -> Iterator[AuthorizationCode]:
    with serve_fake(tokens) as address:
        yield AuthorizationCode(
            authorize_url="https://auth.test/authorize", token_url=f"{address.base_url}/token", client_id="id"
        )


class Browser:
    """What a browser does once it is sent to sign in: `visits` come to the redirect URI one by one."""

    def __init__(self, *visits: Callable[[Browser], object]) -> None:
        self._visits = visits
        self._threads: list[Thread] = []
        self.answers: list[httpx.Response] = []
        self.errors: list[BaseException] = []
        self.redirect_uri = self.state = ""
        self.opened = Event()

    def open(self, url: str) -> None:
        asked = dict(parse_qsl(urlsplit(url).query))
        self.redirect_uri, self.state = asked["redirect_uri"], asked["state"]
        thread = Thread(target=self._run, daemon=True)
        self._threads.append(thread)
        thread.start()
        self.opened.set()

    def _run(self) -> None:
        try:
            for visit in self._visits:
                visit(self)
        except BaseException as error:  # noqa: BLE001 - it is told by `join`
            self.errors.append(error)

    def join(self) -> None:
        for each in self._threads:
            each.join(10)
            assert not each.is_alive()
        assert self.errors == []

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.redirect_uri)
        return ("127.0.0.1", parts.port or 0)


def comes(query: str = "code=code-1", *, path: str = "", method: str = "GET", **headers: str) -> Any:
    """A visit with `query`, in which {state} is the right state."""

    def visit(browser: Browser) -> None:
        url = f"{urljoin(browser.redirect_uri, path)}?{query.replace('{state}', browser.state)}"
        browser.answers.append(httpx.request(method, url, headers=headers, trust_env=False))

    return visit


SIGNED_IN = comes("code=code-1&state={state}")


def says(data: bytes, *, keep: list[socket.socket]) -> Any:
    """A visit that sends `data` and stays."""

    def visit(browser: Browser) -> None:
        connection = socket.create_connection(browser.place)
        connection.sendall(data)
        keep.append(connection)

    return visit


SignIn = Callable[..., Any]


def in_sync(login: Any, **settings: Any) -> Any:
    with offwire_sync.Client() as client:
        return offwire_login.sign_in(client, login, **{"timeout": SECONDS, **settings})


async def _in(client_class: Any, login: Any, settings: Any) -> Any:
    async with client_class() as client:
        return await offwire_login.sign_in(client, login, **{"timeout": SECONDS, **settings})


def in_asyncio(login: Any, **settings: Any) -> Any:
    return anyio.run(_in, offwire_asyncio.Client, login, settings)


def in_trio(login: Any, **settings: Any) -> Any:
    return trio.run(_in, offwire_trio.Client, login, settings)


@pytest.fixture(params=[in_sync, in_asyncio, in_trio], ids=["sync", "asyncio", "trio"])
def sign_in(request: pytest.FixtureRequest) -> SignIn:
    """`sign_in` in each world."""
    function: SignIn = request.param
    return function


def test_the_user_signs_in(sign_in: SignIn, login: AuthorizationCode, tokens: TokenServer) -> None:
    browser = Browser(SIGNED_IN)
    source = sign_in(login, open_url=browser.open)
    browser.join()
    assert source == login.signed_in(TokenGrant("access-1", lifetime=60, refresh="refresh-1"))
    assert tokens.forms[0]["redirect_uri"] == browser.redirect_uri
    assert browser.redirect_uri.startswith("http://127.0.0.1:")
    page = browser.answers[0]
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "You are signed in" in page.text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(browser.place)


def test_stray_requests_do_not_end_the_wait(sign_in: SignIn, login: AuthorizationCode) -> None:
    browser = Browser(
        comes(path="/favicon.ico"),
        comes("code=code-1&state={state}", method="HEAD"),
        comes("code=code-1&state={state}", method="POST"),
        comes("code=code-1&state={state}", **{"Sec-Purpose": "prefetch"}),
        comes("code=code-2&state=forged"),
        comes("error=access_denied&state=forged"),
        comes("<script>alert(1)</script>"),
        SIGNED_IN,
    )
    assert sign_in(login, open_url=browser.open).initial.access == Secret("access-1")
    browser.join()
    assert [each.status_code for each in browser.answers] == [404, 405, 405, 400, 400, 400, 400, 200]
    assert not any("script" in each.text for each in browser.answers)


def test_clients_that_are_slow_or_no_browsers_block_nobody(sign_in: SignIn, login: AuthorizationCode) -> None:
    keep: list[socket.socket] = []
    browser = Browser(
        says(b"", keep=keep),
        says(b"GET / HT", keep=keep),
        says(b"\x16\x03\x01\x02\x00\x01\x00", keep=keep),
        says(b"GET /?" + b"x" * LARGEST_HEAD, keep=keep),
        lambda _: keep[0].close(),
        SIGNED_IN,
    )
    assert sign_in(login, open_url=browser.open).initial is not None
    browser.join()
    assert keep[1].recv(1) == b"", "the connection is closed with the wait"
    assert keep[2].recv(12) == b"HTTP/1.1 400"
    for each in keep:
        each.close()


def test_a_crowd_blocks_nobody(sign_in: SignIn, login: AuthorizationCode) -> None:
    keep: list[socket.socket] = []
    browser = Browser(*[says(b"", keep=keep)] * (MOST_VISITS + 5), SIGNED_IN)
    assert sign_in(login, open_url=browser.open).initial is not None
    browser.join()
    for each in keep:
        each.close()


@pytest.mark.parametrize(
    ("query", "words", "code"),
    [
        pytest.param(
            "error=access_denied&error_description=No+thanks&state={state}",
            "the sign-in was refused access_denied: No thanks",
            "access_denied",
            id="denied",
        ),
        pytest.param("state={state}", "neither a code nor an error", None, id="no code"),
        pytest.param("code=code-2&state={state}", "400 invalid_grant", "invalid_grant", id="a bad code"),
    ],
)
def test_a_sign_in_that_fails_says_why(
    sign_in: SignIn, login: AuthorizationCode, query: str, words: str, code: str | None
) -> None:
    browser = Browser(comes(query))
    with pytest.raises(SignInFailed, match=words) as caught:
        sign_in(login, open_url=browser.open)
    browser.join()
    assert (caught.value.code, caught.value.is_final) == (code, True)


def test_nobody_is_waited_for_for_ever(sign_in: SignIn, login: AuthorizationCode) -> None:
    opened: list[str] = []
    with pytest.raises(SignInFailed, match=r"nobody finished the sign-in in the browser within 0\.05 s"):
        sign_in(login, open_url=opened.append, timeout=0.05)
    assert len(opened) == 1


def test_without_a_browser_the_error_says_what_to_do(sign_in: SignIn, login: AuthorizationCode) -> None:
    with pytest.raises(offwire_login.NoBrowser, match="no browser could be opened"):
        sign_in(login, open_url=lambda _: False)


def test_what_opening_raises_is_raised(sign_in: SignIn, login: AuthorizationCode) -> None:
    def failing(_: str) -> None:
        raise LookupError("no display")

    with pytest.raises(LookupError, match="no display"):
        sign_in(login, open_url=failing)


def test_a_time_that_is_none_is_refused(sign_in: SignIn, login: AuthorizationCode) -> None:
    with pytest.raises(ValueError, match="timeout is a number of seconds above 0"):
        sign_in(login, timeout=0.0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_server_may_demand_an_address(sign_in: SignIn, login: AuthorizationCode, host: str) -> None:
    bound = "::1" if host == "::1" else "127.0.0.1"
    try:
        with socket.create_server(
            (bound, 0), family=socket.AF_INET6 if ":" in bound else socket.AF_INET
        ) as free:
            port = free.getsockname()[1]
    except OSError:
        pytest.skip(f"this machine has no {bound}")
    browser = Browser(SIGNED_IN)
    address = LoopbackAddress(host=host, port=port, path="/callback")
    sign_in(login, open_url=browser.open, address=address)
    browser.join()
    assert browser.redirect_uri == address.redirect_uri(port)


def test_a_port_that_is_taken_is_an_error(sign_in: SignIn, login: AuthorizationCode) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = LoopbackAddress(port=taken.getsockname()[1])
        with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
            sign_in(login, address=address)


def test_what_the_sign_in_brings_is_kept_and_nobody_is_asked_again(
    sign_in: SignIn, login: AuthorizationCode
) -> None:
    store = MemoryStore()
    browser = Browser(SIGNED_IN)
    source = stored(login, store, "shop")
    assert sign_in(source, open_url=browser.open) is source
    browser.join()
    assert "refresh-1" in store.kept["shop"].reveal()
    again = stored(login, store, "shop")
    assert sign_in(again, open_url=pytest.fail) is again
    anew = Browser(SIGNED_IN)
    assert sign_in(again, open_url=anew.open, anew=True) is again
    anew.join()
    assert len(anew.answers) == 1


def test_a_store_that_does_not_take_it_is_told_of(sign_in: SignIn, login: AuthorizationCode) -> None:
    store = MemoryStore()
    store.failures[Save] = StoreFailed("the disk is full")
    browser = Browser(SIGNED_IN)
    with pytest.raises(StoreFailed, match="the disk is full"):
        sign_in(stored(login, store, "shop"), open_url=browser.open)
    browser.join()


@pytest.mark.parametrize(
    ("client_class", "run"),
    [
        pytest.param(offwire_asyncio.Client, anyio.run, id="asyncio"),
        pytest.param(offwire_trio.Client, trio.run, id="trio"),
    ],
)
def test_a_cancel_closes_the_socket_though_the_browser_blocks(
    client_class: Any, run: Any, login: AuthorizationCode
) -> None:
    browser, closed = Browser(), Event()

    def blocking(url: str) -> None:
        browser.open(url)
        closed.wait(10)

    async def main() -> None:
        async with client_class() as client, anyio.create_task_group() as tasks:
            tasks.start_soon(partial(offwire_login.sign_in, client, login, open_url=blocking))
            assert await anyio.to_thread.run_sync(browser.opened.wait, 10)
            socket.create_connection(browser.place).close()
            tasks.cancel_scope.cancel()

    run(main)
    closed.set()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(browser.place)


def test_an_interrupt_closes_the_socket(login: AuthorizationCode) -> None:
    place: list[tuple[str, int]] = []

    def interrupted(url: str) -> None:
        browser = Browser()
        browser.open(url)
        place.append(browser.place)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), offwire_sync.Client() as client:
        offwire_login.sign_in(client, login, open_url=interrupted)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place[0])


def test_a_browser_is_sent_to_the_server(login: AuthorizationCode) -> None:
    assert (
        urlencode({"code_challenge_method": "S256"})
        in login.begin(bytes(64), redirect_uri="http://[::1]/").url
    )
