"""How a server's wait is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.server_wait import MOST_WAIT, sent_at, server_wait
from offwire.message.headers import Headers
from offwire.message.response import Response
from offwire.time import Now

WALL = 1696004797.0
"""Fri, 29 Sep 2023 16:26:37 GMT."""


def wait(*fields: tuple[str, str]) -> float | None:
    return server_wait(Response(429, headers=fields), Now(monotonic=5.0, wall=WALL))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("20", 20.0, id="seconds"),
        pytest.param("0", None, id="zero"),
        pytest.param("-10", None, id="negative"),
        pytest.param("60", 60.0, id="a minute"),
        pytest.param("61", 61.0, id="more than a minute, which is kept"),
        pytest.param("1.5", 1.5, id="a fraction"),
        pytest.param("5.", 5.0, id="a fraction without digits"),
        pytest.param("31622400", MOST_WAIT, id="366 days"),
        pytest.param("31622401", None, id="more than 366 days"),
        pytest.param("99999999999999999999999999999999999", None, id="absurd"),
        pytest.param("9" * 1000, None, id="more than a float holds"),
        pytest.param("Fri, 29 Sep 2023 16:26:57 GMT", 20.0, id="a date"),
        pytest.param("Fri, 29 Sep 2023 16:26:37 GMT", None, id="now"),
        pytest.param("Fri, 29 Sep 2023 16:26:27 GMT", None, id="the past"),
        pytest.param("Fri, 29 Sep 2023 16:27:37 GMT", 60.0, id="in a minute"),
        pytest.param("Fri, 29 Sep 2023 16:27:38 GMT", 61.0, id="in more than a minute, which is kept"),
        pytest.param("Friday, 29-Sep-23 16:26:57 GMT", 20.0, id="a date of the old form"),
        pytest.param("Mon, 29 Sep 2025 16:26:37 GMT", None, id="a date in two years"),
        pytest.param("Zun, 29 Sep 2023 16:26:57 GMT", None, id="no date"),
        pytest.param("", None, id="empty"),
        pytest.param("inf", None, id="inf"),
        pytest.param("nan", None, id="nan"),
        pytest.param("1e3", None, id="an exponent"),
        pytest.param("1_000", None, id="an underscore"),
        pytest.param("²", None, id="another digit"),
        pytest.param("20 seconds", None, id="words"),
    ],
)
def test_retry_after_is_kept_whole_or_not_at_all(value: str, expected: float | None) -> None:
    assert wait(("Retry-After", value)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([("retry-after-ms", "1500")], 1.5, id="milliseconds"),
        pytest.param([("x-ms-retry-after-ms", "250")], 0.25, id="Azure's milliseconds"),
        pytest.param([("retry-after-ms", "1"), ("x-ms-retry-after-ms", "2")], 0.001, id="the first name"),
        pytest.param([("Retry-After", "2"), ("Retry-After-Ms", "1500")], 1.5, id="the finer one"),
        pytest.param([("Retry-After", "2"), ("Retry-After-Ms", "soon")], 2.0, id="the one that can be read"),
        pytest.param([("Retry-After", "2"), ("Retry-After-Ms", "0")], 2.0, id="the one that is a wait"),
        pytest.param([("Retry-After", "2"), ("Retry-After", "3")], 3.0, id="the longer of two"),
        pytest.param([("Retry-After", "soon"), ("Retry-After", "3")], 3.0, id="the readable one of two"),
    ],
)
def test_the_first_field_that_says_something_counts(
    fields: list[tuple[str, str]], expected: float | None
) -> None:
    assert wait(*fields) == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        pytest.param("Fri, 29 Sep 2023 15:26:37 GMT", 20.0, id="a clock that is an hour behind ours"),
        pytest.param("yesterday", 3_600.0 * -1 + 20.0, id="no date, so that our clock counts"),
    ],
)
def test_a_date_is_compared_with_the_answers_own(date: str, expected: float) -> None:
    fields = (("Date", date), ("Retry-After", "Fri, 29 Sep 2023 15:26:57 GMT"))
    assert wait(*fields) == (expected if expected > 0 else None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, WALL, id="no Date"),
        pytest.param({"Date": "soon"}, WALL, id="no date"),
        pytest.param({"Date": "Fri, 29 Sep 2023 16:26:36 GMT"}, WALL - 1, id="a Date"),
    ],
)
def test_an_answer_was_sent_at_its_date_or_now(fields: dict[str, str], expected: float) -> None:
    assert sent_at(Headers(fields), Now(0.0, WALL)) == expected


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)).map(str.strip))
def test_a_wait_is_positive_and_no_more_than_the_most(value: str) -> None:
    found = wait(("Retry-After", value))
    assert found is None or 0 < found <= MOST_WAIT
