"""What an outage and a long tail cost, with the real engine in virtual time, as docs/retries.md says."""

from __future__ import annotations

import pytest

from benchmarks.retry_load import BUDGETS, RATE, Load, outage, tail
from offwire import BreakerPolicy, HedgePolicy, TokenBudget

SECONDS = 75


def extra(load: Load) -> int:
    """Requests of the first ten seconds beside the calls themselves."""
    return sum(load.sent[:10]) - 10 * RATE


@pytest.mark.parametrize(
    ("name", "most_extra", "factor"),
    [
        pytest.param("TokenBudget()", 35, 1.0, id="AWS: what a full budget pays for, and no more"),
        pytest.param("RatioBudget()", 5, 1.0, id="gRPC: half of its tokens"),
        pytest.param("WindowBudget()", 300, 1.3, id="Finagle and tower: the share and the reserve"),
        pytest.param("WindowBudget(share=0.1, per_second=0)", 100, 1.1, id="a share alone"),
    ],
)
def test_in_a_total_outage_the_load_grows_by_what_the_budget_says(
    name: str, most_extra: int, factor: float
) -> None:
    load = outage(BUDGETS[name], SECONDS)
    assert load.succeeded_at == []
    assert 0 < extra(load) <= most_extra
    assert load.worst_minute == pytest.approx(factor, abs=0.005)


def test_when_the_server_is_well_again_the_first_probe_succeeds() -> None:
    """The breaker opens in the first second, and tries again after 2, 4 and 8 seconds more."""
    breaker = BreakerPolicy(open_for=2.0, open_cap=8.0)
    for well_at in (1.0, 5.0, 13.5, 20.0):
        load = outage(TokenBudget(), 40, well_at=well_at, breaker=breaker)
        assert load.succeeded_at[0] - well_at <= 8.0 + 0.05
        assert sum(load.sent[:1]) < RATE
        assert len(load.succeeded_at) > (40 - well_at - 9) * RATE


def test_hedges_cut_the_tail_for_a_twentieth_of_load() -> None:
    plain, hedged = tail(None, 60), tail(HedgePolicy(), 60)
    assert plain.factor(0, 60) == 1.0
    assert hedged.factor(0, 60) < 1.06
    assert hedged.latency(0.5) == pytest.approx(plain.latency(0.5), rel=0.05)
    assert hedged.latency(0.99) < 0.1 * plain.latency(0.99)


def test_where_the_server_slows_down_as_a_whole_the_budget_bounds_the_hedges() -> None:
    """All requests would be sent twice: a full budget pays for 35, and fourteen calls for one more."""
    load = tail(HedgePolicy(after=0.05), 60, lambda random: 0.2 + 0.01 * random.random())
    assert sum(load.sent) <= 60 * RATE * (1 + 1 / 14) + 36
    assert sum(load.sent[10:]) > 50 * RATE
