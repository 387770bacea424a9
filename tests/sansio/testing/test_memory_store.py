"""The token store for tests."""

from __future__ import annotations

import pytest

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save
from offwire.errors import StoreFailed
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


def claim(store: MemoryStore) -> Claimed:
    claimed: Claimed = store.answer(Claim("shop"))  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    assert claimed is not None
    return claimed


def test_a_claim_that_has_run_out_saves_and_releases_nothing_of_a_later_one() -> None:
    store = MemoryStore()
    late = claim(store)
    store.claimed.clear()
    later = claim(store)
    assert (late.generation, later.generation) == (1, 2)
    late.release()
    assert store.claimed == {"shop"}
    store.answer(Save("shop", Secret("old"), late.generation))  # nobody has saved since
    store.answer(Save("shop", Secret("new"), later.generation))
    with pytest.raises(StoreFailed, match="another program has renewed 'shop' since"):
        store.answer(Save("shop", Secret("old"), late.generation))
    store.answer(Save("shop", Secret("newer"), later.generation))
    assert store.kept == {"shop": Secret("newer")}
    later.release()
    assert store.claimed == set()


def test_what_is_saved_without_a_claim_is_the_newest() -> None:
    store = MemoryStore()
    late = claim(store)
    store.claimed.clear()
    claim(store)
    store.answer(Save("shop", Secret("signed in")))
    with pytest.raises(StoreFailed):
        store.answer(Save("shop", Secret("old"), late.generation))
    assert store.kept == {"shop": Secret("signed in")}


def test_it_fails_when_a_test_says_so() -> None:
    store = MemoryStore()
    store.failures[Save] = OSError("no space left")
    with pytest.raises(OSError, match="no space left"):
        store.answer(Save("shop", Secret("token")))
    assert store.kept == {}
