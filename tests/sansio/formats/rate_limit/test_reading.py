"""What is heard of limits without a dialect being declared, and what that costs those who say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.rate_limit import reading
from offwire.formats.rate_limit.dialects import GITHUB, REDDIT, SHOPIFY_REST, IetfDialect
from offwire.formats.rate_limit.reading import read_rate_limits
from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.rate_limit.undeclared import FAMILIES
from offwire.formats.server_wait import MOST_WAIT
from offwire.message.headers import Headers
from offwire.time import Now

WALL = 1_700_000_000.0
NOW = Now(monotonic=3.0, wall=WALL)


def report(
    limit: int | None = None,
    remaining: float | None = None,
    reset_after: float | None = None,
    name: str | None = None,
) -> RateLimitReport:
    return RateLimitReport(limit=limit, remaining=remaining, reset_after=reset_after, name=name)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"Server": "x", "X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "3"}, report(9, 3.0), id="said"
        ),
        pytest.param({"X-RateLimit-Remaining": "many"}, None, id="malformed"),
        pytest.param({"X-RateLimit-Used": "3", "Retry-After": "3"}, None, id="other fields"),
        pytest.param({"Age": "5", "X-RateLimit-Remaining": "3"}, None, id="out of a cache"),
        pytest.param({"Age": "0" * 5000 + "1", "X-RateLimit-Remaining": "3"}, None, id="a long age"),
        pytest.param({"Age": "00", "X-RateLimit-Remaining": "3"}, report(None, 3.0), id="through a cache"),
        pytest.param({"Age": "old", "X-RateLimit-Remaining": "3"}, report(None, 3.0), id="no age"),
        pytest.param({}, None, id="no fields"),
    ],
)
def test_what_is_said_is_read(fields: dict[str, str], expected: RateLimitReport | None) -> None:
    headers = Headers(fields)
    assert read_rate_limits(headers, NOW) == (() if expected is None else (expected,))


def test_every_family_has_its_place() -> None:
    assert len(reading._FAMILIES) == len(FAMILIES)
    for names, dialect in zip(reading._FAMILIES, FAMILIES, strict=True):
        for name in names:
            assert name in repr(dialect) or isinstance(dialect, IetfDialect)


def test_of_several_limits_all_are_told() -> None:
    headers = Headers({"RateLimit": '"burst";r=50;t=30, "daily";r=40;t=4000'})
    burst, daily = report(None, 50.0, 30.0, "burst"), report(None, 40.0, 4000.0, "daily")
    assert read_rate_limits(headers, NOW) == (burst, daily)


def test_a_declared_dialect_is_the_only_one() -> None:
    headers = Headers({"RateLimit": '"a";r=1', "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "60"})
    assert read_rate_limits(headers, NOW, REDDIT) == (report(None, 7.0, 60.0),)
    assert read_rate_limits(headers, NOW, GITHUB) == (report(None, 7.0),)
    assert read_rate_limits(headers, NOW, SHOPIFY_REST) == ()
    assert read_rate_limits(headers.replacing({"Age": "9"}), NOW, REDDIT) == ()


NAMES = st.sampled_from(
    [
        "RateLimit",
        "RateLimit-Policy",
        "Age",
        "Date",
        SHOPIFY_REST.level,
        *(
            f"{family}-{part}"
            for family in ("RateLimit", "X-RateLimit", "X-Rate-Limit")
            for part in ("Limit", "Remaining", "Reset", "Reset-After", "Used")
        ),
    ]
)
VALUES = (
    st.integers().map(str)
    | st.floats().map(str)
    | st.text(st.characters(min_codepoint=33, max_codepoint=126))
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_whatever_comes_a_report_is_sane(fields: list[tuple[str, str]]) -> None:
    headers = Headers(fields)
    reports = read_rate_limits(headers, NOW)
    for found in reports:
        assert found.limit is None or found.limit >= 0
        assert found.remaining is None or 0 <= found.remaining <= 10**18
        assert found.reset_after is None or 0 <= found.reset_after <= MOST_WAIT


def test_names_that_say_nothing_are_remembered_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "silent", set())
    monkeypatch.setattr(reading, "_MOST_SILENT", 2)
    for number in range(4):
        assert read_rate_limits(Headers({f"X-{number}": "1"}), NOW) == ()
    assert reading.silent == {"X-0", "X-1"}
    assert read_rate_limits(Headers({"X-0": "1"}), NOW) == ()
    assert read_rate_limits(Headers({"X-0": "1", "RateLimit-Remaining": "1"}), NOW) == (report(None, 1.0),)
