"""The fake quota is exact: never more in any stretch of time, never less than there is room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.fake_quota import FakeQuota, QuotaReading, QuotaWindow

GAPS = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0, 2.0]), max_size=60)


@pytest.mark.parametrize(
    ("limit", "per", "name"),
    [(0, 1.0, "limit"), (True, 1.0, "limit"), (1, 0.0, "per"), (1, float("inf"), "per")],
)
def test_a_quota_is_checked_at_birth(limit: int, per: float, name: str) -> None:
    with pytest.raises(ValueError, match=rf"FakeQuota\.{name} has to be"):
        FakeQuota(limit=limit, per=per)


@given(GAPS, st.integers(1, 5))
def test_it_admits_all_that_fits_and_nothing_else(gaps: list[float], limit: int) -> None:
    quota = FakeQuota(limit=limit, per=1.0)
    window, admitted, now, refused = QuotaWindow(quota), list[float](), 0.0, 0
    for gap in gaps:
        now += gap
        counting = [at for at in admitted if at + quota.per > now]
        reading = window.admit(now)
        assert reading.admitted is (len(counting) < limit)
        if reading.admitted:
            admitted.append(now)
        else:
            refused += 1
        assert reading.limit == limit
        assert reading.remaining == max(0, limit - len(counting) - reading.admitted)
        assert 0 < reading.reset <= quota.per
    assert (window.allowed, window.refused) == (len(admitted), refused)
    for start in admitted:
        assert sum(start <= at < start + quota.per for at in admitted) <= limit


@given(st.floats(0, 1e6), st.floats(0.01, 1e3))
def test_who_comes_back_when_told_is_admitted(now: float, per: float) -> None:
    window = QuotaWindow(FakeQuota(limit=1, per=per))
    window.admit(now)
    refused = window.admit(now)
    assert not refused.admitted
    assert window.admit(now + int(refused.fields()["Retry-After"])).admitted


def test_it_says_what_is_left_to_the_millisecond_rounded_up() -> None:
    reading = QuotaReading(admitted=True, limit=5, remaining=2, reset=1.2341)
    assert reading.fields() == {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "2",
        "X-RateLimit-Reset": "1.235",
    }


def test_it_tells_who_is_refused_when_to_come_back() -> None:
    reading = QuotaReading(admitted=False, limit=5, remaining=0, reset=0.3)
    assert reading.fields()["Retry-After"] == "1"
