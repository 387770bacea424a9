"""Each dialect, by answers such as its servers send."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.rate_limit.dialects import (
    DISCORD,
    GITHUB,
    IETF,
    REDDIT,
    SHOPIFY_REST,
    Dialect,
    FieldsDialect,
    IetfDialect,
    LeakyBucketDialect,
    X,
)
from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.rate_limit.reset import ResetForm
from offwire.formats.server_wait import MOST_WAIT
from offwire.message.headers import Headers
from offwire.time import Now

WALL = 1_700_000_000.0
NOW = Now(monotonic=3.0, wall=WALL)
OWN = FieldsDialect(remaining="Shop-Left", reset="Shop-Reset", reset_form=ResetForm.MILLISECONDS)


def report(
    limit: int | None = None,
    remaining: float | None = None,
    reset_after: float | None = None,
    name: str | None = None,
) -> RateLimitReport:
    return RateLimitReport(limit=limit, remaining=remaining, reset_after=reset_after, name=name)


@pytest.mark.parametrize(
    ("dialect", "fields", "expected"),
    [
        pytest.param(
            GITHUB,
            {
                "X-RateLimit-Limit": "5000",
                "X-RateLimit-Remaining": "4987",
                "X-RateLimit-Used": "13",
                "X-RateLimit-Reset": "1700002400",
                "X-RateLimit-Resource": "core",
            },
            [report(5000, 4987.0, 2400.0, "core")],
            id="GitHub",
        ),
        pytest.param(
            GITHUB,
            {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "12", "Retry-After": "60"},
            [report(None, 0.0, 60.0), report(5000, 12.0)],
            id="GitHub's secondary limit, whatever the status",
        ),
        pytest.param(
            GITHUB,
            {"Retry-After": "Tue, 14 Nov 2023 22:14:20 GMT"},
            [],
            id="GitHub's waits are in seconds",
        ),
        pytest.param(GITHUB, {"Retry-After": "0"}, [], id="GitHub names no wait"),
        pytest.param(
            GITHUB,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"},
            [report(None, 0.0)],
            id="GitHub's reset is never seconds to go",
        ),
        pytest.param(
            X,
            {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "1700000900"},
            [report(900, 0.0, 900.0)],
            id="X",
        ),
        pytest.param(
            REDDIT,
            {"X-Ratelimit-Used": "6", "X-Ratelimit-Remaining": "594.0", "X-Ratelimit-Reset": "337"},
            [report(600, 594.0, 337.0)],
            id="Reddit, whose limit is the sum",
        ),
        pytest.param(
            REDDIT,
            {"X-Ratelimit-Used": "some", "X-Ratelimit-Remaining": "0.5"},
            [report(None, 0.5)],
            id="Reddit without a sum",
        ),
        pytest.param(
            REDDIT,
            {"X-Ratelimit-Used": "100", "X-Ratelimit-Reset": "1"},
            [report(None, None, 1.0)],
            id="half a sum",
        ),
        pytest.param(
            DISCORD,
            {
                "X-RateLimit-Limit": "5",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "1700000001.5",
                "X-RateLimit-Reset-After": "1.25",
                "X-RateLimit-Bucket": "abcd1234",
            },
            [report(5, 0.0, 1.25, "abcd1234")],
            id="Discord",
        ),
        pytest.param(
            DISCORD,
            {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "1700000001.5"},
            [report(None, 1.0, 1.5)],
            id="Discord without a reset-after",
        ),
        pytest.param(
            DISCORD,
            {
                "Retry-After": "65",
                "X-RateLimit-Limit": "10",
                "X-RateLimit-Remaining": "9",
                "X-RateLimit-Reset": "1700000006",
                "X-RateLimit-Reset-After": "6.0",
                "X-RateLimit-Scope": "shared",
            },
            [report(10, 9.0, 6.0)],
            id="Discord's 429, whose wait is told by Retry-After",
        ),
        pytest.param(
            DISCORD, {"X-RateLimit-Global": "true", "Retry-After": "2"}, [], id="Discord's limit of all calls"
        ),
        pytest.param(
            SHOPIFY_REST,
            {"X-Shopify-Shop-Api-Call-Limit": "32/40"},
            [report(40, 8.0, 16.0)],
            id="Shopify",
        ),
        pytest.param(
            SHOPIFY_REST,
            {"X-Shopify-Shop-Api-Call-Limit": "41/40"},
            [report(40, 0.0, 20.0)],
            id="Shopify, more than full",
        ),
        pytest.param(SHOPIFY_REST, {"X-Shopify-Shop-Api-Call-Limit": "0/0"}, [], id="Shopify, no bucket"),
        pytest.param(SHOPIFY_REST, {"X-Shopify-Shop-Api-Call-Limit": "-1/40"}, [], id="Shopify, malformed"),
        pytest.param(
            IETF,
            {"RateLimit": '"default";r=50;t=30', "RateLimit-Remaining": "1"},
            [report(None, 50.0, 30.0, "default")],
            id="the newest draft goes first",
        ),
        pytest.param(
            IETF,
            {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "50", "RateLimit-Reset": "30"},
            [report(100, 50.0, 30.0)],
            id="drafts up to 06",
        ),
        pytest.param(
            IETF,
            {"RateLimit-Remaining": "5", "RateLimit-Reset": "1700000060"},
            [report(None, 5.0)],
            id="the IETF's reset is never an instant",
        ),
        pytest.param(
            IetfDialect(before=None), {"RateLimit": "many", "RateLimit-Remaining": "5"}, [], id="no others"
        ),
        pytest.param(
            OWN,
            {"Shop-Left": "4", "Shop-Reset": "1500", "X-RateLimit-Remaining": "1"},
            [report(None, 4.0, 1.5)],
            id="one's own, and nothing beside it",
        ),
        pytest.param(OWN, {}, [], id="nothing"),
    ],
)
def test_a_declared_dialect_is_read(
    dialect: Dialect, fields: dict[str, str], expected: list[RateLimitReport]
) -> None:
    assert list(dialect.read(Headers(fields), NOW)) == expected


def test_of_fields_of_one_name_the_first_counts() -> None:
    assert OWN.read(Headers([("Shop-Left", "1"), ("shop-left", "2")]), NOW) == (report(None, 1.0),)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: FieldsDialect(name="X-Name"), "needs the name of a field", id="nothing to read"),
        pytest.param(lambda: FieldsDialect(limit="X Limit"), "no header name", id="a space in a name"),
        pytest.param(lambda: LeakyBucketDialect(level="", drains_in=1.0), "no header name", id="no name"),
        pytest.param(
            lambda: LeakyBucketDialect(level="X-Level", drains_in=0.0),
            "LeakyBucketDialect.drains_in has to be a number above 0",
            id="no time",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


DIALECTS = (GITHUB, X, REDDIT, DISCORD, SHOPIFY_REST, IETF, OWN)
NAMES = st.sampled_from(
    [
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "Date",
        "Shop-Left",
        "Shop-Reset",
        SHOPIFY_REST.level,
        *(
            f"{family}-{part}"
            for family in ("RateLimit", "X-RateLimit", "X-Rate-Limit")
            for part in ("Limit", "Remaining", "Reset", "Reset-After", "Used", "Resource", "Bucket")
        ),
    ]
)
VALUES = (
    st.integers().map(str)
    | st.floats().map(str)
    | st.tuples(st.integers(), st.integers()).map(lambda pair: f"{pair[0]}/{pair[1]}")
    | st.text(st.characters(min_codepoint=33, max_codepoint=126))
    | st.builds('"{}";r={};t={}'.format, st.integers(), st.integers(), st.integers())
)


@given(st.sampled_from(DIALECTS), st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_whatever_comes_a_report_is_sane(dialect: Dialect, fields: list[tuple[str, str]]) -> None:
    for found in dialect.read(Headers(fields), NOW):
        assert found.limit is None or found.limit >= 0
        assert found.remaining is None or 0 <= found.remaining <= 10**18
        assert found.reset_after is None or 0 <= found.reset_after <= MOST_WAIT
        assert not found.limit is found.remaining is found.reset_after is None
