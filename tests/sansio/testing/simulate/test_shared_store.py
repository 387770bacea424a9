"""A modelled store decides by its own clock, loses what it is to lose, and says what it was asked."""

from __future__ import annotations

from typing import Any, cast

import pytest

from offwire.auth.token import TokenGrant
from offwire.auth.token_store import Claim, Claimed, Forget, KeptToken, Load, Save
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, Lease
from offwire.secret import Secret
from offwire.state.away import FailClosed, FailOpen, LocalShare
from offwire.state.limits import WindowLimit
from offwire.testing.chance import seeded
from offwire.testing.simulate.parts import Weather
from offwire.testing.simulate.records import Accounted, Exchanged, Kept, Record
from offwire.testing.simulate.shared_store import KEY, Shared, SharedStore

LIMIT = WindowLimit(8, 10.0)


class Bench:
    """A store, and the world around it."""

    def __init__(self, shared: Shared) -> None:
        self.now = 0.0
        self.trace: list[Record] = []
        self.weather = Weather()
        self.store = SharedStore(
            shared,
            seeded(1, "store"),
            self.weather,
            world=lambda: self.now,
            record=self.trace.append,
            token=len,
        )

    def exchange(self, number: int, want: float, *, limit: WindowLimit = LIMIT, process: int = 1) -> object:
        question = Exchange(
            key=KEY, limit=limit, holder=f"holder {process}", number=number, least=want, want=want, lasts=10.0
        )
        return self.store.answer(question, process, is_heard=True)

    def claim(self, process: int) -> Claimed | None:
        claimed: Any = self.store.answer(Claim(KEY), process, is_heard=True)
        return cast("Claimed | None", claimed)

    def save(self, text: str, generation: int | None) -> object:
        kept = KeptToken.of(TokenGrant(Secret(text)), 0.0).text()
        return self.store.answer(Save(KEY, kept, generation), 1, is_heard=True)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"lasts": 0.0}, "lasts"),
        ({"stray": -1.0}, "stray"),
        ({"when_away": "maybe"}, "Shared.when_away is one of closed, share, open, not 'maybe'"),
        ({"loses": 1.5}, "Shared.loses is a share from 0 to 1, not 1.5"),
        ({"kills": -1.0}, "kills"),
    ],
)
def test_a_store_is_checked_at_birth(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Shared(**wrong)


def test_what_is_done_while_it_is_away() -> None:
    policies = [Shared(when_away=each).policy for each in ("closed", "share", "open")]
    assert policies == [FailClosed(), LocalShare(1 / 8), FailOpen()]


def test_its_clock_is_its_own_and_it_is_away_at_times_but_never_in_calm_weather() -> None:
    bench = Bench(Shared(skew=0.5, away=((1.0, 2.0),)))
    assert (bench.store.now, bench.store.is_away) == (1000.0, False)
    bench.now = 1.0
    assert (bench.store.now, bench.store.is_away) == (1001.5, True)
    bench.weather.is_calm = True
    assert not bench.store.is_away


def test_what_is_lost_is_drawn() -> None:
    bench = Bench(Shared(loses=1.0, takes=0.2, timeout=0.5))
    assert {bench.store.fate() for _ in range(40)} == {"question", "answer", "time"}
    assert all(0.0 <= bench.store.way() <= 0.2 and 0.5 <= bench.store.late() <= 3.0 for _ in range(20))
    assert Bench(Shared()).store.fate() == ""
    bench.weather.is_calm = True
    assert bench.store.fate() == ""


def test_a_quota_is_leased_by_a_ledger() -> None:
    bench = Bench(Shared())
    assert bench.exchange(1, 5.0) == Lease(granted=5.0)
    refused = bench.exchange(1, 5.0, process=2)
    assert isinstance(refused, Lease)
    assert refused.granted == 0
    with pytest.raises(StoreFailed, match="declare the same"):
        bench.exchange(2, 1.0, limit=WindowLimit(8, 1.0), process=2)
    granted = [
        (each.process, each.granted, bool(each.error)) for each in bench.trace if isinstance(each, Exchanged)
    ]
    assert granted == [(1, 5.0, False), (2, 0.0, False), (2, 0.0, True)]
    bench.store.account()
    assert bench.trace[-1] == Accounted(1000.0, ((1, 5.0, 1010.0), (2, 0.0, 1010.0)), (2,))
    bench.now = 9.0
    bench.store.account()
    last = bench.trace[-1]
    assert isinstance(last, Accounted)
    assert last.line == ()


def test_tokens_are_kept_until_they_are_forgotten() -> None:
    bench = Bench(Shared())
    assert bench.store.answer(Load(KEY), 1, is_heard=True) is None
    bench.save("four", None)
    assert isinstance(bench.store.answer(Load(KEY), 1, is_heard=True), Secret)
    bench.store.answer(Forget(KEY), 1, is_heard=True)
    assert bench.store.answer(Load(KEY), 1, is_heard=True) is None
    kept = [(each.question, each.token) for each in bench.trace if isinstance(each, Kept)]
    assert kept == [("Load", 0), ("Save", 4), ("Load", 4), ("Forget", 0), ("Load", 0)]


def test_a_claim_runs_out_and_who_was_too_late_replaces_nothing() -> None:
    bench = Bench(Shared(claim_lasts=2.0))
    first = bench.claim(1)
    assert first is not None
    assert bench.claim(2) is None
    bench.now = 2.0
    second = bench.claim(2)
    assert second is not None
    assert (first.generation, second.generation) == (1, 2)
    bench.save("second", 2)
    with pytest.raises(StoreFailed, match="since"):
        bench.save("first", 1)
    first.release()  # which gives back nobody else's
    assert bench.claim(3) is None
    second.release()
    assert bench.claim(3) is not None
    done = [each.is_done for each in bench.trace if isinstance(each, Kept) and each.question == "Release"]
    assert done == [False, True]
