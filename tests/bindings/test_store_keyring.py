"""`KeyringStore`: over a keyring of the test's own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from keyring.errors import KeyringLocked

from offwire import Secret
from offwire.auth.token_store import Claim, Forget, Load, Save
from offwire.errors import StoreFailed
from offwire_store import KeyringStore
from offwire_store.locks import FileLock
from tests.bindings.store_kit import Memory

Canary = Callable[[str], str]


class Locked(Memory):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"cannot keep {password}")


@pytest.fixture
def backend() -> Memory:
    return Memory()


@pytest.fixture
def store(backend: Memory, tmp_path: Path) -> KeyringStore:
    return KeyringStore("shop-cli", keyring=backend, claims=tmp_path / "claims")


def test_it_keeps_by_key_until_it_forgets(store: KeyringStore, backend: Memory) -> None:
    assert store.answer(Load("shop")) is None
    assert store.answer(Save("shop", Secret("token"))) is None
    assert backend.kept == {("shop-cli", "shop"): "token"}
    assert store.answer(Load("shop")) == Secret("token")
    assert store.answer(Forget("shop")) is None
    assert store.answer(Forget("shop")) is None
    assert backend.kept == {}
    assert repr(store) == "KeyringStore('shop-cli')"


def test_a_claim_is_had_by_one_at_a_time(store: KeyringStore, backend: Memory, tmp_path: Path) -> None:
    held = store.answer(Claim("shop"))
    assert isinstance(held, FileLock)
    same = KeyringStore("shop-cli", keyring=backend, claims=tmp_path / "claims")
    assert same.answer(Claim("shop")) is None
    other = KeyringStore("other", keyring=backend, claims=tmp_path / "claims").answer(Claim("shop"))
    assert isinstance(other, FileLock)
    other.release()
    held.release()
    again = same.answer(Claim("shop"))
    assert isinstance(again, FileLock)
    again.release()


def test_the_systems_keyring_is_the_default(backend: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    KeyringStore().answer(Save("shop", Secret("token")))
    assert backend.kept == {("offwire", "shop"): "token"}


def test_a_system_without_one_says_what_to_use() -> None:
    store = KeyringStore(keyring=fail.Keyring())  # type: ignore[no-untyped-call]
    with pytest.raises(StoreFailed, match="this system has none; use a FileStore"):
        store.answer(Load("shop"))


def test_what_a_keyring_says_is_not_shown(canary: Canary, tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="KeyringLocked; is it locked") as caught:
        KeyringStore(keyring=Locked()).answer(Save("shop", Secret(canary("kept"))))
    assert caught.value.__context__ is None


def test_a_folder_that_cannot_be_is_an_error(backend: Memory, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="the keyring cannot be used"):
        KeyringStore(keyring=backend, claims=tmp_path / "file" / "claims").answer(Claim("shop"))


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'offwire\[keyring\]'"):
        KeyringStore()
