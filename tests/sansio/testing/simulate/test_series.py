"""Over however long a time, there are some two hundred spans, and nothing gets lost."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.simulate.series import MOST_SPANS, Series, quantile

TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@given(TIMES, st.floats(0.01, 10.0))
def test_spans_are_few_and_hold_all(times: list[float], width: float) -> None:
    series = Series(width)
    for at in sorted(times):
        span = series.at(at)
        span.attempts += 1
        span.retries += 2
        span.throttled += 3
        span.errors += 4
        span.done += 5
        span.failed += 6
        span.waits.append(at)
        span.look(used=at, queue=2, in_flight=1)
    found = series.timeline()
    assert len(found.spans) <= MOST_SPANS
    assert found.width in {width * 2**power for power in range(40)}
    assert found.width == width or len(found.spans) >= MOST_SPANS / 2
    assert [each.at for each in found.spans] == [found.width * index for index in range(len(found.spans))]
    for index, each in enumerate(found.spans):
        inside = sorted(at for at in times if int(at / found.width) == index)
        count = len(inside)
        assert (each.attempts, each.retries, each.throttled) == (count, 2 * count, 3 * count)
        assert (each.errors, each.done, each.failed) == (4 * count, 5 * count, 6 * count)
        assert each.used == max(inside, default=0.0)
        assert (each.queue, each.in_flight) == ((2.0, 1.0) if inside else (0.0, 0.0))
        assert each.wait_p50 == (inside[ceil(count / 2) - 1] if inside else None)
        assert each.wait_p95 == (inside[ceil(0.95 * count) - 1] if inside else None)


@given(st.lists(st.integers(0, 9), max_size=30).map(sorted), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(ordered: list[float], share: float) -> None:
    found = quantile(ordered, share)
    if not ordered:
        assert found == 0.0
        return
    assert found in ordered
    assert sum(each <= found for each in ordered) >= share * len(ordered)
    assert sum(each < found for each in ordered) < share * len(ordered)
