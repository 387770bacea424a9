"""How HTTP dates are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.http_date import read_http_date

WALL = 1_700_000_000.0  # 2023-11-14
SUN_06_NOV_1994 = 784111777.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", SUN_06_NOV_1994, id="IMF-fixdate"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", SUN_06_NOV_1994, id="rfc850"),
        pytest.param("Sun Nov  6 08:49:37 1994", SUN_06_NOV_1994, id="asctime, one digit"),
        pytest.param("Wed Nov 16 08:49:37 1994", SUN_06_NOV_1994 + 864_000, id="asctime, two digits"),
        pytest.param("Fri, 29 Sep 2023 16:26:37 GMT", 1696004797.0, id="this century"),
        pytest.param("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800.0, id="leap day"),
        pytest.param("Fri, 01 Mar 2024 00:00:00 GMT", 1709251200.0, id="after the leap day"),
        pytest.param("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800.0, id="leap second"),
        pytest.param("Mon, 06 Nov 1994 08:49:37 GMT", SUN_06_NOV_1994, id="another day of the week"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", 0.0, id="the epoch"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 GMT", -62135596800.0, id="the first day"),
        pytest.param("Wed, 29 Feb 2023 00:00:00 GMT", None, id="no leap year"),
        pytest.param("Wed, 29 Feb 1900 00:00:00 GMT", None, id="no leap year, of a century"),
        pytest.param("Tue, 29 Feb 2000 00:00:00 GMT", 951782400.0, id="leap year of four centuries"),
        pytest.param("Sun, 00 Nov 1994 08:49:37 GMT", None, id="day 0"),
        pytest.param("Sun, 31 Nov 1994 08:49:37 GMT", None, id="day 31 of November"),
        pytest.param("Sun, 06 Nov 1994 24:00:00 GMT", None, id="hour 24"),
        pytest.param("Sun, 06 Nov 1994 08:60:37 GMT", None, id="minute 60"),
        pytest.param("Sun, 06 Nov 1994 08:49:61 GMT", None, id="second 61"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 UTC", None, id="another zone"),
        pytest.param("sun, 06 nov 1994 08:49:37 gmt", None, id="lower case"),
        pytest.param("Zun, 06 Nov 1994 08:49:37 GMT", None, id="no day"),
        pytest.param("Sun, 06 Nuv 1994 08:49:37 GMT", None, id="no month"),
        pytest.param(" Sun, 06 Nov 1994 08:49:37 GMT", None, id="white space"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT\n", None, id="a line end"),
        pytest.param("Sun, ٠٦ Nov 1994 08:49:37 GMT", None, id="other digits"),
        pytest.param("120", None, id="a number"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_only_the_three_forms_are_dates(text: str, expected: float | None) -> None:
    assert read_http_date(text, WALL) == expected


@pytest.mark.parametrize(
    ("digits", "year"),
    [
        pytest.param("23", 2023, id="now"),
        pytest.param("73", 2073, id="50 years ahead"),
        pytest.param("74", 1974, id="more than 50 years ahead"),
        pytest.param("00", 2000, id="a century's first"),
    ],
)
def test_two_digits_mean_a_year_of_no_more_than_50_years_ahead(digits: str, year: int) -> None:
    expected = datetime(year, 6, 1, tzinfo=UTC).timestamp()
    assert read_http_date(f"Sunday, 01-Jun-{digits} 00:00:00 GMT", WALL) == expected


@given(st.integers(-62135596800, 253402300799))
def test_whatever_is_written_is_read(seconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day, month, clock = days[moment.weekday()], months[moment.month - 1], f"{moment:%H:%M:%S}"
    assert read_http_date(f"{day}, {moment.day:02} {month} {moment.year:04} {clock} GMT", 0.0) == seconds
    assert read_http_date(f"{day} {month} {moment.day:2} {clock} {moment.year:04}", 0.0) == seconds


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    assert read_http_date(text, WALL) is None
