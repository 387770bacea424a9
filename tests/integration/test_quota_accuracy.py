"""How much of a limit is used, and that nobody is refused: the figures of docs/quotas.md, in short runs.

The whole table is made by `python -m benchmarks.quotas`.
"""

from __future__ import annotations

import pytest

from benchmarks.quota_fleet import Speaking, engine, learned, reporting, reporting_ietf
from benchmarks.quota_settings import Setting, figures
from offwire import BucketLimit, WindowLimit

SEEDS = range(2)


@pytest.mark.parametrize("kind", ["sliding", "fixed"])
@pytest.mark.parametrize(
    ("calls", "period", "with_min_rtt", "without"),
    [
        pytest.param(50, 1.0, 0.96, 0.91, id="round trips of a tenth of the period"),
        pytest.param(100, 10.0, 0.99, 0.99, id="of a hundredth"),
        pytest.param(100, 60.0, 0.99, 0.99, id="of a six hundredth"),
    ],
)
def test_who_declares_a_window_uses_it_and_is_never_refused(
    kind: str, calls: int, period: float, with_min_rtt: float, without: float
) -> None:
    setting = Setting(kind=kind, calls=calls, period=period, windows=12, callers=120)
    declared = engine(lambda each: [WindowLimit(each.calls, each.period, min_rtt=2 * each.latency.least)])
    found = figures(declared, setting, SEEDS)
    assert found.refused == 0
    assert found.least_used >= with_min_rtt
    found = figures(engine(lambda each: [WindowLimit(each.calls, each.period)]), setting, SEEDS)
    assert found.refused == 0
    assert found.least_used >= without


@pytest.mark.parametrize(("calls", "period"), [(50, 5.0), (20, 10.0)])
def test_who_declares_a_bucket_uses_it_and_is_never_refused(calls: int, period: float) -> None:
    setting = Setting(kind="bucket", calls=calls, period=period, windows=12, callers=120)
    limit = engine(lambda each: [BucketLimit(capacity=each.calls, per_second=each.calls / each.period)])
    found = figures(limit, setting, SEEDS)
    assert found.refused == 0
    assert found.least_used >= 0.98


LEARNED = [
    pytest.param(reporting, 100, 10.0, 120, id="X-RateLimit fields"),
    pytest.param(reporting, 100, 10.0, 30, id="X-RateLimit fields, a third of the window under way"),
    pytest.param(reporting, 100, 10.0, 4, id="X-RateLimit fields, few callers"),
    pytest.param(reporting, 100, 60.0, 120, id="X-RateLimit fields, a long window"),
    pytest.param(reporting, 10, 10.0, 50, id="X-RateLimit fields, a small limit"),
    pytest.param(reporting, 300, 60.0, 10, id="X-RateLimit fields, a large limit"),
    pytest.param(reporting, 50, 1.0, 120, id="X-RateLimit fields, a short window"),
    pytest.param(reporting_ietf, 100, 60.0, 120, id="IETF fields"),
]


@pytest.mark.parametrize(("speaking", "calls", "period", "callers"), LEARNED)
def test_who_is_told_the_limit_uses_it_and_is_never_refused(
    speaking: Speaking, calls: int, period: float, callers: int
) -> None:
    setting = Setting(kind="fixed", calls=calls, period=period, windows=8, callers=callers)
    found = figures(learned(speaking), setting, SEEDS)
    assert found.refused == 0
    assert found.least_used >= 0.98


def test_who_does_not_probe_is_refused_before_the_first_report_only() -> None:
    setting = Setting(kind="fixed", calls=50, period=10.0, windows=8, callers=120)
    found = figures(learned(probe=False), setting, SEEDS)
    for count in found.counts:
        assert max(count.refused) - min(count.refused) < 1.0, "all of them came at the beginning"
    assert found.refused <= len(found.counts) * (setting.callers - setting.calls)
    assert found.least_used >= 0.98
