"""What holds for every store: those that keep tokens, and those that keep the accounts of quotas too."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any

import pytest

from offwire import BucketLimit, Secret, WindowLimit
from offwire.auth.token_store import Claimed, Forget, Save
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, SharedBy
from tests.bindings.store_kit import (
    LIMITS,
    SHARED_STORES,
    TOKEN_STORES,
    OpenShared,
    OpenTokens,
    claim,
    exchanged,
    given_back,
    held,
    kept,
)

Canary = Callable[[str], str]
KEYS = ["shop", "ünï/\udc80", "a {b} c:*", "x" * 500]


@pytest.fixture(params=TOKEN_STORES)
def tokens(request: pytest.FixtureRequest, tmp_path: Path) -> OpenTokens:
    opener: OpenTokens = request.param(tmp_path, request)
    return opener


@pytest.fixture(params=SHARED_STORES)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> OpenShared:
    opener: OpenShared = request.param(tmp_path, request)
    return opener


# Tokens


def test_it_keeps_by_key_until_it_forgets(tokens: OpenTokens) -> None:
    store = tokens()
    for key in KEYS:
        assert kept(store, key) is None
        assert store.answer(Save(key, Secret(f"old {key}"))) is None
        assert store.answer(Save(key, Secret(f"{key} 'é\U0001f511' \n\\"))) is None
    again = tokens()
    assert [kept(again, key) for key in KEYS] == [f"{key} 'é\U0001f511' \n\\" for key in KEYS]
    assert again.answer(Forget(KEYS[0])) is None
    assert again.answer(Forget(KEYS[0])) is None
    assert (kept(store, KEYS[0]), kept(store, KEYS[1]) is None) == (None, False)


def test_a_long_text_is_kept_whole(tokens: OpenTokens) -> None:
    text = "ab" * 100_000
    tokens().answer(Save("shop", Secret(text)))
    assert kept(tokens()) == text


def test_a_claim_is_had_by_one_at_a_time(tokens: OpenTokens) -> None:
    store = tokens()
    first = held(store)
    assert claim(store) is None
    assert claim(tokens()) is None
    other = held(tokens(), "other")
    store.answer(Save("shop", Secret("token"), first.generation))
    store.answer(Save("other", Secret("unclaimed")))  # a store bars claims, and no saves
    given_back(store, first)
    given_back(store, first)
    second = held(tokens())
    given_back(store, first)
    assert claim(store) is None, "it is the second one's"
    given_back(store, second)
    given_back(store, other)
    assert kept(store) == "token"


def test_generations_grow_where_claims_have_them(tokens: OpenTokens) -> None:
    store, found = tokens(), list[int | None]()
    for text in ("one", "two", None, "three"):
        claimed = held(store)
        found.append(claimed.generation)
        if text is not None:
            store.answer(Save("shop", Secret(text), claimed.generation))
        else:
            store.answer(Forget("shop"))
        given_back(store, claimed)
    assert kept(store) == "three"
    if None in found:
        assert found == [None] * 4
    else:
        assert sorted(set(found), key=str) == found


def test_of_many_threads_one_has_the_claim(tokens: OpenTokens) -> None:
    store, gate = tokens(), Barrier(8)

    def ask(_: int) -> Claimed | None:
        gate.wait(10)
        return claim(store)

    with ThreadPoolExecutor(8) as threads:
        had = [each for each in threads.map(ask, range(8)) if each is not None]
    assert len(had) == 1
    given_back(store, had[0])


def test_threads_that_save_at_once_lose_nothing(tokens: OpenTokens) -> None:
    store = tokens()

    def save(number: int) -> None:
        store.answer(Save(f"key {number}", Secret(f"token {number}")))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(save, range(40)))
    assert [kept(tokens(), f"key {number}") for number in range(40)] == [f"token {n}" for n in range(40)]


def test_nothing_that_is_kept_is_shown(tokens: OpenTokens, canary: Canary) -> None:
    store = tokens()
    store.answer(Save("shop", Secret(canary("kept"))))
    assert kept(store) == canary("kept")
    assert canary("kept") not in repr(store)


# Quotas


def question(**settings: Any) -> Exchange:
    return Exchange(**{"key": "shop", "limit": WindowLimit(10, 60.0), "holder": "a", "number": 1, **settings})


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_out_is_granted_to_nobody_else(shared: OpenShared, limit: SharedBy) -> None:
    first = exchanged(shared(), question(limit=limit, least=8, want=8))
    assert (first.granted, first.holders, first.blocked) == (8, 1, 0)
    second = exchanged(shared(), question(limit=limit, holder="b", least=3, want=5))
    assert (second.granted, second.holders) == (0, 2)
    assert second.again_after > 0
    given = exchanged(shared(), question(limit=limit, number=2, flying=1))
    assert (given.granted, given.again_after) == (0, 0)
    third = exchanged(shared(), question(limit=limit, holder="b", number=2, least=3, want=5))
    assert 3 <= third.granted <= 5


def test_keys_and_holders_may_be_any_text(shared: OpenShared) -> None:
    for key in KEYS:
        for holder in KEYS:
            assert exchanged(shared(), question(key=key, holder=holder, least=2, want=2)).granted == 2


def test_an_exchange_that_was_overtaken_changes_nothing(shared: OpenShared) -> None:
    store = shared()
    exchanged(store, question(number=2, least=5, want=5))
    assert exchanged(store, question(number=1, flying=9)).granted == 0
    assert exchanged(store, question(holder="b", least=5, want=5)).granted == 5


def test_what_the_server_said_is_passed_on(shared: OpenShared) -> None:
    exchanged(shared(), question(blocked=30.0))
    found = exchanged(shared(), question(holder="b", least=1, want=1))
    assert found.granted == 0
    assert found.blocked == pytest.approx(30.0, abs=5.0)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param(
            question(holder="b", limit=WindowLimit(10, 61.0)),
            "as a window limit with period 60, and this program declares a window limit with period 61",
            id="another period",
        ),
        pytest.param(
            question(holder="b", limit=BucketLimit(capacity=10, per_second=1)),
            "declares a bucket",
            id="another kind",
        ),
        pytest.param(
            question(holder="b", limit=WindowLimit(20, 60.0), least=11, want=20),
            "with a program that declares a limit of 10, so 11 units at once can never be had",
            id="more than the smallest",
        ),
    ],
)
def test_who_does_not_agree_is_told_and_changes_nothing(
    shared: OpenShared, other: Exchange, said: str
) -> None:
    exchanged(shared(), question(least=4, want=4))
    with pytest.raises(StoreFailed, match=said) as caught:
        shared().answer(other)
    assert "'shop'" in str(caught.value)
    assert exchanged(shared(), question(holder="b", least=6, want=6)).granted == 6


def test_of_two_limits_the_smaller_counts(shared: OpenShared) -> None:
    exchanged(shared(), question(least=1, want=1))
    found = exchanged(shared(), question(holder="b", limit=WindowLimit(6, 60.0), least=6, want=6))
    assert found.granted == 0
    assert (
        exchanged(
            shared(), question(holder="b", number=2, limit=WindowLimit(6, 60.0), least=5, want=5)
        ).granted
        == 5
    )


def test_threads_are_never_granted_more_than_there_is(shared: OpenShared) -> None:
    limit, store = WindowLimit(100, 600.0), shared()

    def use(holder: int) -> float:
        chance, used, has = Random(holder), 0.0, 0.0
        for number in range(1, 40):
            spent = min(has, float(chance.randrange(4)))
            lease = exchanged(
                store,
                question(
                    limit=limit,
                    holder=str(holder),
                    number=number,
                    finished=spent,
                    flying=has - spent,
                    least=1,
                    want=5,
                ),
            )
            used, has = used + spent, has - spent + lease.granted
        return used + has

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(8))) == 100


def test_a_quota_and_a_token_may_have_the_same_key(shared: OpenShared) -> None:
    store = shared()
    store.answer(Save("shop", Secret("token")))
    assert exchanged(store, question(least=1, want=1)).granted == 1
    assert kept(store) == "token"
