"""The stores that the laws of `test_store_laws.py` are for, each with a way to open it twice.

A store of your own: add a function to `TOKEN_STORES` or `SHARED_STORES` that returns an opener.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, cast

import pytest
from keyring.backend import KeyringBackend

from offwire import BucketLimit, ConcurrencyLimit, Secret, WindowLimit
from offwire.auth.token_store import Claim, Claimed, Load, TokenQuestion, TokenStore
from offwire.quota_store import Exchange, Lease, QuotaQuestion, QuotaStore
from offwire_store import FileStore, InProcessStore, KeyringStore, RedisStore, SqliteStore
from tests.redis_server import RedisServer, needs_redis

OpenTokens = Callable[[], TokenStore]
"""Opens the store once more: what one keeps, the others find."""
OpenShared = Callable[[], "SharedStore"]


class SharedStore(Protocol):
    """A store of both: tokens and quotas."""

    def answer(self, question: TokenQuestion | QuotaQuestion, /) -> object:
        """See `Store`."""
        ...


class Memory(KeyringBackend):
    """A keyring that forgets all with the test."""

    priority = 1.0  # pyright: ignore[reportAssignmentType]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def files(folder: Path, _request: pytest.FixtureRequest) -> OpenTokens:
    return lambda: FileStore(folder / "tokens.json")


def keyrings(folder: Path, _request: pytest.FixtureRequest) -> OpenTokens:
    backend = Memory()
    return lambda: KeyringStore("shop", keyring=backend, claims=folder)


def in_process(_folder: Path, _request: pytest.FixtureRequest) -> OpenShared:
    store = InProcessStore()
    return lambda: store


def sqlite(folder: Path, _request: pytest.FixtureRequest) -> OpenShared:
    return lambda: SqliteStore(folder / "store.db")


def redis(_folder: Path, request: pytest.FixtureRequest) -> OpenShared:
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisStore(server.url, timeout=10.0)


SHARED_STORES: Final = [
    pytest.param(in_process, id="in process"),
    pytest.param(sqlite, id="SQLite"),
    pytest.param(redis, id="Redis", marks=needs_redis),
]
TOKEN_STORES: Final = [
    pytest.param(files, id="file"),
    pytest.param(keyrings, id="keyring"),
    *SHARED_STORES,
]
LIMITS: Final = [
    pytest.param(WindowLimit(10, 60.0), id="window"),
    pytest.param(BucketLimit(capacity=10, per_second=0.01), id="bucket"),
    pytest.param(ConcurrencyLimit(10), id="concurrency"),
]


def claim(store: TokenStore, key: str = "shop") -> Claimed | None:
    return cast("Claimed | None", store.answer(Claim(key)))


def held(store: TokenStore, key: str = "shop") -> Claimed:
    claimed = claim(store, key)
    assert claimed is not None
    return claimed


def given_back(store: TokenStore, claimed: Claimed) -> None:
    """Release it, and wait until that has been done."""
    claimed.release()
    if isinstance(store, RedisStore):
        store.close()


def kept(store: TokenStore, key: str = "shop") -> str | None:
    text = cast("Secret | None", store.answer(Load(key)))
    return None if text is None else text.reveal()


def exchanged(store: QuotaStore, question: Exchange) -> Lease:
    lease = store.answer(question)
    assert isinstance(lease, Lease)
    return lease
