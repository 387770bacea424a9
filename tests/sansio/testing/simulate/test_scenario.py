"""A scenario is one value, which its rendering makes again; and seeds draw all kinds of them."""

from __future__ import annotations

import pytest

from offwire.state.limits import BucketLimit, ConcurrencyLimit, WindowLimit
from offwire.state.line import FairnessPolicy, Place
from offwire.testing.simulate.limits import Concurrency, FixedWindow, SlidingWindow, TokenBucket
from offwire.testing.simulate.scenario import Quota, Scenario, drawn


@pytest.mark.parametrize(
    ("kind", "server", "limit"),
    [
        pytest.param("sliding", SlidingWindow, WindowLimit, id="sliding"),
        pytest.param("fixed", FixedWindow, WindowLimit, id="fixed"),
        pytest.param("bucket", TokenBucket, BucketLimit, id="bucket"),
        pytest.param("concurrency", Concurrency, ConcurrencyLimit, id="concurrency"),
    ],
)
def test_a_quota_has_a_server_and_what_callers_know(kind: str, server: type, limit: type) -> None:
    quota = Quota(kind=kind)
    assert type(quota.server()) is server
    assert [type(each) for each in quota.limits()] == [limit]
    assert quota.is_honest


def test_callers_may_know_nothing_or_something_wrong() -> None:
    assert Quota(declared=0.0).limits() == ()
    assert Quota(units=10, declared=2.0).limits() == (WindowLimit(20, 1.0),)
    assert not Quota(declared=2.0).is_honest
    assert not Quota(declared=0.0).is_honest
    with pytest.raises(ValueError, match=r"Quota\.kind is one of"):
        Quota(kind="guessed")


def test_a_seed_draws_one_scenario() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert drawn(7, callers=2, calls=4).callers == 2
    assert drawn(7, callers=2, calls=4).calls == 4


def test_seeds_draw_all_kinds() -> None:
    scenarios = [drawn(seed) for seed in range(300)]
    assert {each.quota.kind for each in scenarios if each.quota} == {
        "sliding",
        "fixed",
        "bucket",
        "concurrency",
    }
    assert {bool(each.quota) for each in scenarios} == {True, False}
    assert {each.sign_in.rotating for each in scenarios if each.sign_in} == {True, False}
    assert {each.breaker is None for each in scenarios} == {True, False}
    assert any(each == Scenario(seed=each.seed) for each in scenarios) is False


def test_some_seeds_draw_a_fleet_that_shares_a_limit() -> None:
    fleets = [each for each in map(drawn, range(400)) if each.processes > 1]
    assert 40 <= len(fleets) <= 80
    assert all(each.quota is not None and each.quota.is_honest and each.store for each in fleets)
    assert {bool(each.sign_in) for each in fleets} == {True, False}
    assert {each.sign_in.lifetime >= 40 for each in fleets if each.sign_in} == {True}
    assert {bool(each.store and each.store.kills) for each in fleets} == {True, False}
    assert {bool(each.store and each.store.away) for each in fleets} == {True, False}


def test_seeds_draw_places_and_how_they_share() -> None:
    scenarios = [drawn(seed) for seed in range(100)]
    assert {bool(each.places) for each in scenarios} == {True, False}
    assert {each.fairness is None for each in scenarios} == {True, False}
    names = {"Scenario": Scenario, "Place": Place, "FairnessPolicy": FairnessPolicy}
    scenario = Scenario(places=(Place(1, "a"),), fairness=FairnessPolicy(weights={"a": 2.0}))
    for part in ("places", "fairness"):
        assert eval(repr(getattr(scenario, part)), names) == getattr(scenario, part)
