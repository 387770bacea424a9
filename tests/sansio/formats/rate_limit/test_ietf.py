"""The IETF's field in the generations that are about, and that a malformed one is ignored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.rate_limit.ietf import read_ietf
from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.server_wait import MOST_WAIT
from offwire.message.headers import Headers


def report(
    limit: int | None = None,
    remaining: float | None = None,
    reset_after: float | None = None,
    name: str | None = None,
) -> RateLimitReport:
    return RateLimitReport(limit=limit, remaining=remaining, reset_after=reset_after, name=name)


@pytest.mark.parametrize(
    ("said", "policy", "expected"),
    [
        pytest.param(
            '"default";r=50;t=30',
            '"default";q=100;w=60',
            [report(100, 50.0, 30.0, "default")],
            id="draft 08 on",
        ),
        pytest.param(
            '"100-in-15min"; r=99; t=900',
            '"100-in-15min"; q=100; w=900; pk=:ZGlnZXN0:',
            [report(100, 99.0, 900.0, "100-in-15min")],
            id="with a partition",
        ),
        pytest.param(
            "default;r=5", "default;q=10", [report(10, 5.0, None, "default")], id="tokens for strings"
        ),
        pytest.param(
            '"burst";r=50;t=30, "daily";r=40;t=4000',
            '"daily";q=1000;w=86400, "burst";q=100;w=60',
            [report(1000, 40.0, 4000.0, "daily"), report(100, 50.0, 30.0, "burst")],
            id="several, the smallest quota last",
        ),
        pytest.param('"new";r=3;t=1', None, [report(None, 3.0, 1.0, "new")], id="no policy"),
        pytest.param('"new";r=3;t=1', '"old";q=9', [report(None, 3.0, 1.0, "new")], id="another's policy"),
        pytest.param('"new";r=3;t=1', '"new";q', [report(None, 3.0, 1.0, "new")], id="a malformed policy"),
        pytest.param(
            '"new";r=3;t=1', '"new";q=1;qu=5', [report(None, 3.0, 1.0, "new")], id="a malformed unit"
        ),
        pytest.param('"new";r=3;t=1', "((", [report(None, 3.0, 1.0, "new")], id="no structured policy"),
        pytest.param(
            '"a";r=0', '"a";q=5;w=20', [report(5, 0.0, 20.0, "a")], id="no end named: the policy's window"
        ),
        pytest.param('"a";r=0', '"a";q=5;w=86400', [report(5, 0.0, 60.0, "a")], id="but a minute at most"),
        pytest.param('"a";r=0', '"a";q=5', [report(5, 0.0, None, "a")], id="nor a window"),
        pytest.param('"a";r=1', '"a";q=5;w=20', [report(5, 1.0, None, "a")], id="nor is that needed"),
        pytest.param('"a";r=0;t=7', '"a";q=5;w=20', [report(5, 0.0, 7.0, "a")], id="an end is named"),
        pytest.param(
            '"bytes";r=900;t=9', '"bytes";q=1000;qu="content-bytes";w=10', [], id="what counts bytes"
        ),
        pytest.param(
            '"bytes";r=0;t=9',
            '"bytes";q=1000;qu="content-bytes";w=10',
            [report(None, 0.0, 9.0, "bytes")],
            id="none of what counts bytes",
        ),
        pytest.param(
            '"a";r=1;t=99999999', None, [report(None, 1.0, None, "a")], id="an end that is years ahead"
        ),
        pytest.param('"a";r=1;t=2;x=:YQ==:', None, [report(None, 1.0, 2.0, "a")], id="a parameter of others"),
        pytest.param("limit=10, remaining=5, reset=30", "10;w=60", [report(10, 5.0, 30.0)], id="draft 07"),
        pytest.param("remaining=5", None, [report(None, 5.0)], id="draft 07, what has to be there"),
        pytest.param("limit=10, reset=30", None, [], id="draft 07 without it"),
        pytest.param("limit=10, remaining=-5", None, [], id="draft 07, negative"),
        pytest.param("limit=10, remaining=5.5", None, [], id="draft 07, a fraction"),
        pytest.param("limit=10, remaining", None, [], id="draft 07, yes"),
        pytest.param("limit=10, remaining=(5)", None, [], id="draft 07, a list in it"),
        pytest.param('"a";r=1, "b";t=1', None, [], id="one without r: all are ignored"),
        pytest.param('"a";r=-1', None, [], id="negative"),
        pytest.param('"a";r=1.5', None, [], id="a fraction"),
        pytest.param('"a";r', None, [], id="yes"),
        pytest.param('"a";r=1;t="soon"', None, [], id="a malformed end"),
        pytest.param('("a";r=1)', None, [], id="a list in it"),
        pytest.param("7;r=1", None, [], id="a number for a name"),
        pytest.param("100", None, [], id="a number"),
        pytest.param("a b", None, [], id="not structured"),
        pytest.param("", None, [], id="empty"),
        pytest.param(None, '"a";q=5;w=1', [], id="a policy alone"),
    ],
)
def test_each_generation_is_read(
    said: str | None, policy: str | None, expected: list[RateLimitReport]
) -> None:
    fields = {"RateLimit": said, "RateLimit-Policy": policy}
    headers = Headers({name: value for name, value in fields.items() if value is not None})
    assert list(read_ietf(headers)) == expected


def test_a_field_may_be_split_over_lines() -> None:
    headers = Headers([("RateLimit", '"a";r=1'), ("Vary", "*"), ("ratelimit", '"b";r=2')])
    assert read_ietf(headers) == (report(None, 1.0, None, "a"), report(None, 2.0, None, "b"))


PIECES = st.sampled_from(
    [*'";,= ()-.:?', '"a"', "r=", "t=", "q=", "w=", "qu=", "0", "7", "limit=", "remaining=", "reset="]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=14).map("".join))
def test_whatever_comes_a_report_is_sane(said: str, policy: str) -> None:
    for found in read_ietf(Headers({"RateLimit": said.strip(), "RateLimit-Policy": policy.strip()})):
        assert found.limit is None or found.limit >= 0
        assert found.remaining is not None
        assert found.remaining >= 0
        assert found.reset_after is None or 0 <= found.reset_after <= MOST_WAIT
