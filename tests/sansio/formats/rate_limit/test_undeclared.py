"""What is heard of limits where nobody declared how they are spoken of."""

from __future__ import annotations

import pytest

from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.rate_limit.undeclared import FAMILIES, read_families
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
            {
                "x-ratelimit-limit": "5000",
                "x-ratelimit-remaining": "4999",
                "x-ratelimit-used": "1",
                "x-ratelimit-reset": "1700000060",
                "x-ratelimit-resource": "core",
            },
            report(5000, 4999.0, 60.0, "core"),
            id="GitHub",
        ),
        pytest.param(
            {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "1700000900"},
            report(900, 0.0, 900.0),
            id="X",
        ),
        pytest.param(
            {"x-ratelimit-used": "6", "x-ratelimit-remaining": "594.0", "x-ratelimit-reset": "337"},
            report(600, 594.0, 337.0),
            id="Reddit",
        ),
        pytest.param(
            {
                "X-RateLimit-Limit": "5",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "1700000001.5",
                "X-RateLimit-Reset-After": "1.25",
            },
            report(5, 0.0, 1.25),
            id="Discord",
        ),
        pytest.param({"X-Shopify-Shop-Api-Call-Limit": "32/40"}, report(40, 8.0, 16.0), id="Shopify"),
        pytest.param(
            {"Stripe-Rate-Limited-Reason": "global-rate", "Stripe-Should-Retry": "true"},
            None,
            id="Stripe, which names neither units nor a wait",
        ),
        pytest.param(
            {"RateLimit": '"default";r=50;t=30', "X-RateLimit-Remaining": "1"},
            report(None, 50.0, 30.0, "default"),
            id="IETF goes first",
        ),
        pytest.param(
            {"RateLimit": "limit=10, remaining=5, reset=30"}, report(10, 5.0, 30.0), id="IETF draft 07"
        ),
        pytest.param(
            {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "50", "RateLimit-Reset": "30"},
            report(100, 50.0, 30.0),
            id="IETF drafts up to 06",
        ),
        pytest.param({"RateLimit-Limit": "10;w=1"}, report(10), id="IETF with parameters"),
        pytest.param(
            {"RateLimit-Limit": "60", "RateLimit-Remaining": "0", "RateLimit-Reset": "1700000060"},
            report(60, 0.0, 60.0),
            id="GitLab",
        ),
        pytest.param(
            {"X-RateLimit-Remaining": "1", "RateLimit-Remaining": "2"},
            report(None, 2.0),
            id="the IETF's older fields go before others",
        ),
        pytest.param(
            {"X-RateLimit-Remaining": "1", "RateLimit": "many", "RateLimit-Remaining": "many"},
            report(None, 1.0),
            id="families that say nothing",
        ),
        pytest.param(
            {"X-RateLimit-Limit": "1", "X-Rate-Limit-Remaining": "7"}, report(1), id="families are not mixed"
        ),
        pytest.param(
            {"X-RateLimit-Reset": "1699999999"}, report(None, None, 0.0), id="an instant of the past"
        ),
        pytest.param({"X-RateLimit-Reset": "1700000060000"}, report(None, None, 60.0), id="milliseconds"),
        pytest.param(
            {"X-RateLimit-Reset": "Tue, 14 Nov 2023 22:14:20 GMT"}, report(None, None, 60.0), id="a date"
        ),
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
def test_whatever_a_server_speaks_is_understood(
    fields: dict[str, str], expected: RateLimitReport | None
) -> None:
    found = read_families(range(len(FAMILIES)), Headers(fields), NOW)
    assert found == (() if expected is None else (expected,))


def test_only_what_is_asked_for_is_read() -> None:
    headers = Headers({"RateLimit-Remaining": "1", "X-RateLimit-Remaining": "2"})
    assert read_families([1, 2], headers, NOW) == (report(None, 1.0),)
    assert read_families([2], headers, NOW) == (report(None, 2.0),)
    assert read_families([], headers, NOW) == ()
