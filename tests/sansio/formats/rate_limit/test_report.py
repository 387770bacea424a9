"""A report says what a server said, and None for what it did not say."""

from __future__ import annotations

import pytest
from attrs.exceptions import FrozenInstanceError

from offwire.formats.rate_limit.report import RateLimitReport


def test_a_limit_need_not_have_a_name() -> None:
    report = RateLimitReport(limit=None, remaining=3.0, reset_after=None)
    assert (report.limit, report.remaining, report.reset_after, report.name) == (None, 3.0, None, None)


def test_a_report_is_a_value() -> None:
    report = RateLimitReport(limit=5, remaining=3.0, reset_after=9.0, name="daily")
    assert report == RateLimitReport(limit=5, remaining=3.0, reset_after=9.0, name="daily")
    with pytest.raises(FrozenInstanceError):
        report.remaining = 4.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
