"""Signing in at an authorization server of other people's making, which is strict."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import anyio
import httpx
import pytest
import trio
from attrs import frozen

import offwire_asyncio
import offwire_login
import offwire_sync
import offwire_trio
from offwire import Api, AuthorizationCode, Call, Group, M, Secret, TokenGrant, operation, stored
from offwire.auth.authorization_code import RANDOM_BYTES
from offwire.auth.loopback_redirect import LoopbackAddress
from offwire.auth.token_store import KeptToken, Load
from offwire.errors import SignInFailed
from offwire_store import FileStore

HERE = Path(__file__).parent
ADDRESS = LoopbackAddress(path="/callback")

if shutil.which("node") is None:
    pytest.skip("node is not there", allow_module_level=True)
if not (HERE / "node_modules" / "oidc-provider").is_dir():
    pytest.skip("run npm install --no-package-lock in tests/peers", allow_module_level=True)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a server, which ends with the tests of this module."""
    server = subprocess.Popen(
        ["node", str(HERE / "oidc.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        lines = iter(server.stdout.readline, "")
        yield next(each for each in lines if each.startswith("listening at ")).split()[-1]
    finally:
        server.communicate(timeout=20)


def login_at(issuer: str, **settings: Any) -> AuthorizationCode:
    return AuthorizationCode(
        authorize_url=f"{issuer}/auth",
        token_url=f"{issuer}/token",
        client_id="cli",
        scope="openid",
        issuer=issuer,
        **settings,
    )


@frozen
class Me:
    sub: str


class Users(Group[M]):
    @operation
    def me(self) -> Call[Me]:
        return Call.get("/me", returns=Me)


class Accounts(Api[M]):
    users: Users[M]


class Browser:
    """Follows every redirect, with cookies, as a browser does."""

    def __init__(self, *strays: str) -> None:
        self._strays = strays
        self._thread = Thread()
        self.pages: list[httpx.Response] = []

    def open(self, url: str) -> None:
        self._thread = Thread(target=self._run, args=(url,), daemon=True)
        self._thread.start()

    def _run(self, url: str) -> None:
        with httpx.Client(follow_redirects=True, trust_env=False) as client:
            redirect_uri = httpx.URL(url).params["redirect_uri"]
            self.pages += [client.get(redirect_uri + each) for each in self._strays]
            self.pages.append(client.get(url))

    @property
    def page(self) -> httpx.Response:
        """The last one."""
        self._thread.join(20)
        return self.pages[-1]


def in_sync(login: Any, browser: Browser, issuer: str) -> Any:
    with offwire_sync.Client() as client:
        source = offwire_login.sign_in(client, login, address=ADDRESS, open_url=browser.open, timeout=20)
        return source, Accounts(client, base_url=issuer, auth=source).users.me()


async def _in(client_class: Any, login: Any, browser: Browser, issuer: str) -> Any:
    async with client_class() as client:
        source = await offwire_login.sign_in(
            client, login, address=ADDRESS, open_url=browser.open, timeout=20
        )
        return source, await Accounts(client, base_url=issuer, auth=source).users.me()


def in_asyncio(login: Any, browser: Browser, issuer: str) -> Any:
    return anyio.run(_in, offwire_asyncio.Client, login, browser, issuer)


def in_trio(login: Any, browser: Browser, issuer: str) -> Any:
    return trio.run(_in, offwire_trio.Client, login, browser, issuer)


every_world = pytest.mark.parametrize(
    "sign_in", [in_sync, in_asyncio, in_trio], ids=["sync", "asyncio", "trio"]
)


@every_world
def test_a_user_signs_in_and_calls_carry_the_token(sign_in: Any, issuer: str) -> None:
    browser = Browser("/../favicon.ico", "?code=forged&state=forged", "?error=access_denied")
    source, me = sign_in(login_at(issuer), browser, issuer)
    assert me == Me("ada")
    assert "You are signed in" in browser.page.text
    assert [each.status_code for each in browser.pages] == [404, 400, 400, 200]
    assert source.initial.refresh is not None


@every_world
def test_who_declines_is_told_so(sign_in: Any, issuer: str) -> None:
    browser = Browser()
    with pytest.raises(SignInFailed, match="refused access_denied: The user <b>declined</b>") as caught:
        sign_in(login_at(issuer, parameters={"login_hint": "nobody"}), browser, issuer)
    assert (caught.value.code, caught.value.is_final) == ("access_denied", True)
    assert "declined" not in browser.page.text


def test_refresh_tokens_rotate_and_one_that_is_used_again_ends_it_all(issuer: str) -> None:
    login = login_at(issuer)
    source, _ = in_sync(login, Browser(), issuer)
    with offwire_sync.Client() as client:

        def calling(refresh: Secret | None) -> Accounts[Any]:
            """With an access token that the server refuses, so that the refresh token has to do."""
            spent = login.signed_in(TokenGrant("refused", lifetime=3600, refresh=refresh))
            return Accounts(client, base_url=issuer, auth=spent)

        first = source.initial.refresh
        rotated = calling(first)
        assert rotated.users.me() == Me("ada")
        with pytest.raises(SignInFailed, match="invalid_grant") as caught:
            calling(first).users.me()
        assert (caught.value.code, caught.value.is_final) == ("invalid_grant", True)
        with pytest.raises(SignInFailed, match="invalid_grant"):
            rotated.users.me()


def test_what_is_kept_serves_the_next_run_and_follows_the_rotation(issuer: str, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tokens.json")
    tokens = stored(login_at(issuer), store, "accounts")
    in_sync(tokens, Browser(), issuer)
    for _ in range(3):
        with offwire_sync.Client() as client:
            again = stored(login_at(issuer), store, "accounts")
            assert offwire_login.sign_in(client, again, open_url=pytest.fail) is again
            accounts = Accounts(client, base_url=issuer, auth=again)
            assert accounts.users.me() == Me("ada")
            # The next run finds an access token that the server refuses, and trades the refresh token in.
            text = store.answer(Load("accounts"))
            assert isinstance(text, Secret)
            refresh = KeptToken.read("accounts", text).grant.refresh
            client.run(again.keep(TokenGrant("refused", refresh=refresh), client.runtime.now))


def test_without_the_right_verifier_a_code_is_worth_nothing(issuer: str) -> None:
    login = login_at(issuer)
    first, second = (
        login.begin(bytes([each]) * RANDOM_BYTES, redirect_uri="http://127.0.0.1:1/callback")
        for each in (1, 2)
    )
    with httpx.Client(trust_env=False) as http:
        url = first.url
        while url.startswith(issuer):
            url = str(httpx.URL(url).join(http.get(url).headers["location"]))
    code = first.read(url)
    with offwire_sync.Client() as client:
        with pytest.raises(SignInFailed, match="invalid_grant") as caught:
            client.run(second.redeem(client.runtime, code))
        assert caught.value.is_final
