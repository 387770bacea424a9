"""How reports of rate limits are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.rate_limit import RateLimitReport, read_rate_limit
from offwire.formats.server_wait import MOST_WAIT
from offwire.message.headers import Headers
from offwire.time import Now

WALL = 1_700_000_000.0
NOW = Now(monotonic=3.0, wall=WALL)


def report(
    limit: int | None = None, remaining: float | None = None, reset_after: float | None = None
) -> RateLimitReport:
    return RateLimitReport(limit=limit, remaining=remaining, reset_after=reset_after)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {
                "x-ratelimit-limit": "5000",
                "x-ratelimit-remaining": "4999",
                "x-ratelimit-used": "1",
                "x-ratelimit-reset": "1700000060",
                "x-ratelimit-resource": "core",
            },
            report(5000, 4999.0, 60.0),
            id="GitHub",
        ),
        pytest.param(
            {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "1700000900"},
            report(900, 0.0, 900.0),
            id="X",
        ),
        pytest.param(
            {"x-ratelimit-used": "6", "x-ratelimit-remaining": "594.0", "x-ratelimit-reset": "337"},
            report(None, 594.0, 337.0),
            id="Reddit",
        ),
        pytest.param(
            {
                "X-RateLimit-Limit": "5",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "1700000001.5",
                "X-RateLimit-Reset-After": "1.25",
                "X-RateLimit-Bucket": "abcd1234",
            },
            report(5, 0.0, 1.25),
            id="Discord",
        ),
        pytest.param(
            {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "50", "RateLimit-Reset": "30"},
            report(100, 50.0, 30.0),
            id="IETF",
        ),
        pytest.param({"RateLimit-Limit": "10;w=1"}, report(10), id="IETF with parameters"),
        pytest.param({"RateLimit-Reset": "1700000060"}, None, id="IETF's reset is never an instant"),
        pytest.param(
            {"X-RateLimit-Remaining": "1", "RateLimit-Remaining": "2"},
            report(None, 2.0),
            id="IETF goes first",
        ),
        pytest.param(
            {"X-RateLimit-Remaining": "1", "RateLimit-Remaining": "many"},
            report(None, 1.0),
            id="a row that says nothing",
        ),
        pytest.param(
            {"X-RateLimit-Limit": "1", "X-Rate-Limit-Remaining": "7"}, report(1), id="rows are not mixed"
        ),
        pytest.param(
            {"X-RateLimit-Reset": "1699999999"}, report(None, None, 0.0), id="an instant of the past"
        ),
        pytest.param({"X-RateLimit-Reset": "850000000"}, report(None, None, 0.0), id="the first instant"),
        pytest.param({"X-RateLimit-Reset": "849999999"}, None, id="seconds, but too many"),
        pytest.param({"X-RateLimit-Reset": "1700000000000"}, None, id="milliseconds, too far ahead"),
        pytest.param({"X-RateLimit-Reset-After": "99999999"}, None, id="more than a year"),
        pytest.param(
            {"X-RateLimit-Reset-After": "soon", "X-RateLimit-Reset": "9"},
            report(None, None, 9.0),
            id="a malformed reset-after",
        ),
        pytest.param(
            {"Date": "Tue, 14 Nov 2023 21:13:20 GMT", "X-RateLimit-Reset": "1699996460"},
            report(None, None, 60.0),
            id="a clock that is an hour behind ours",
        ),
        pytest.param(
            {"X-RateLimit-Limit": "-1", "X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "-1"},
            None,
            id="negative",
        ),
        pytest.param(
            {"X-RateLimit-Limit": "ten", "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "6m0s"},
            report(None, 3.0),
            id="malformed",
        ),
        pytest.param({"X-RateLimit-Limit": "1.5"}, None, id="a limit is whole"),
        pytest.param({"X-RateLimit-Remaining": "9" * 400}, None, id="far too many digits"),
        pytest.param({"X-RateLimit-Remaining": ""}, None, id="empty"),
        pytest.param({"X-RateLimit-Used": "3", "Retry-After": "3"}, None, id="other fields"),
        pytest.param({}, None, id="no fields"),
    ],
)
def test_each_dialect_is_read(fields: dict[str, str], expected: RateLimitReport | None) -> None:
    assert read_rate_limit(Headers(fields), NOW) == expected


def test_of_fields_of_one_name_the_first_counts() -> None:
    headers = Headers([("X-RateLimit-Remaining", "1"), ("x-ratelimit-remaining", "2")])
    assert read_rate_limit(headers, NOW) == report(None, 1.0)


NAMES = st.sampled_from(
    [
        f"{family}-{part}"
        for family in ("RateLimit", "X-RateLimit", "X-Rate-Limit")
        for part in ("Limit", "Remaining", "Reset", "Reset-After")
    ]
)
VALUES = (
    st.integers().map(str)
    | st.floats().map(str)
    | st.text(st.characters(min_codepoint=33, max_codepoint=126))
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_whatever_comes_a_report_is_sane(fields: list[tuple[str, str]]) -> None:
    found = read_rate_limit(Headers(fields), NOW)
    if found is not None:
        assert found != report()
        assert found.limit is None or found.limit >= 0
        assert found.remaining is None or 0 <= found.remaining < 10**18
        assert found.reset_after is None or 0 <= found.reset_after <= MOST_WAIT
