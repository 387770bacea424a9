"""User code that only type checkers read: signing in, and keeping what that brings.

A line with an ignore has to be an error: both checkers report an ignore that is not needed.
"""

from __future__ import annotations

from typing import assert_type

import offwire_asyncio
import offwire_login
import offwire_sync
import offwire_trio
from offwire import (
    Api,
    AuthorizationCode,
    Bearer,
    ClientCredentials,
    Group,
    M,
    RefreshToken,
    Secret,
    Sync,
    TokenGrant,
    stored,
)
from offwire.auth.stored import Stored
from offwire.flow import Flow
from offwire_store import FileStore, KeyringStore


class Users(Group[M]):
    pass


class Shop(Api[M]):
    users: Users[M]


LOGIN = AuthorizationCode(authorize_url="https://a.example/", token_url="https://a.example/t", client_id="id")
MACHINE = ClientCredentials(token_url="https://a.example/t", client_id="id", client_secret="s")


def sources() -> None:
    assert_type(stored(LOGIN, FileStore("tokens.json"), "shop"), Stored[AuthorizationCode])
    assert_type(stored(MACHINE, KeyringStore(), key="shop"), Stored[ClientCredentials])
    assert_type(LOGIN.signed_in(TokenGrant("t")), AuthorizationCode)
    stored(Bearer("t"), FileStore("tokens.json"), "shop")  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    stored(LOGIN, "tokens.json", "shop")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def sync() -> None:
    tokens = stored(LOGIN, FileStore("tokens.json"), "shop")
    with offwire_sync.Client() as client:
        assert_type(offwire_login.sign_in(client, LOGIN), AuthorizationCode)
        assert_type(offwire_login.sign_in(client, tokens, open_url=print), Stored[AuthorizationCode])
        assert_type(Shop(client, auth=offwire_login.sign_in(client, tokens)), Shop[Sync])
        assert_type(client.run(tokens.has_token(client.runtime.now)), bool)
        client.run(tokens.forget())
        offwire_login.sign_in(client, MACHINE)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]


async def asynchronous() -> None:
    async with offwire_asyncio.Client() as client:
        assert_type(await offwire_login.sign_in(client, LOGIN), AuthorizationCode)
        offwire_login.sign_in(client, LOGIN)  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    async with offwire_trio.Client() as other:
        tokens = stored(LOGIN, KeyringStore(), "shop")
        Shop(other, auth=await offwire_login.sign_in(other, tokens))


def by_hand(client: offwire_sync.Client, session: dict[str, str], url: str) -> None:
    authorization = LOGIN.begin(bytes(64), redirect_uri="https://shop.example/signed-in")
    assert_type(authorization.url, str)
    code = authorization.read(url)
    assert_type(code, Secret)
    flow = authorization.redeem(client.runtime, code)
    assert_type(flow, Flow[TokenGrant])
    assert_type(client.run(flow), TokenGrant)


def refreshing(token: Secret) -> None:
    source = RefreshToken(token_url="https://a.example/t", client_id="id", refresh_token=token)
    assert_type(stored(source, FileStore("tokens.json"), "shop").source, RefreshToken)
