"""The token store for tests."""

from __future__ import annotations

import pytest

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save
from offwire.secret import Secret
from offwire.testing import MemoryStore


def test_it_keeps_what_it_is_given_until_it_forgets() -> None:
    store = MemoryStore()
    assert store.answer(Load("shop")) is None
    assert store.answer(Save("shop", Secret("token"))) is None
    assert store.answer(Load("shop")) == Secret("token")
    assert store.answer(Load("other")) is None
    assert store.answer(Forget("shop")) is None
    assert store.answer(Forget("shop")) is None
    assert store.answer(Load("shop")) is None
    assert store.asked[1] == Save("shop", Secret("token"))


def test_a_claim_is_had_by_one_at_a_time() -> None:
    store = MemoryStore()
    claimed: Claimed = store.answer(Claim("shop"))  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    assert store.answer(Claim("shop")) is None
    assert store.answer(Claim("other")) is not None
    claimed.release()
    claimed.release()
    assert store.claimed == {"other"}
    assert store.answer(Claim("shop")) is not None


def test_it_fails_when_a_test_says_so() -> None:
    store = MemoryStore()
    store.failures[Save] = OSError("no space left")
    with pytest.raises(OSError, match="no space left"):
        store.answer(Save("shop", Secret("token")))
    assert store.kept == {}
