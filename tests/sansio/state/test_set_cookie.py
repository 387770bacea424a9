"""How a Set-Cookie field is read."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.headers import Headers
from offwire.secret import Secret
from offwire.state.set_cookie import LONGEST_LIFE, SetCookie, read_cookie_date, read_set_cookie

WALL = 1_700_000_000.0
SUN_06_NOV_1994 = 784111777.0


def cookie(**facts: Any) -> SetCookie:
    return SetCookie(name="a", pair=Secret("a=b"), **facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a=b", cookie(), id="a pair"),
        pytest.param(" a\t=  b ;", cookie(), id="white space"),
        pytest.param("a=b; ; =; ;=x; unknown=1", cookie(), id="attributes that mean nothing"),
        pytest.param("a=b; HttpOnly; SameSite=None; Partitioned", cookie(), id="attributes of pages"),
        pytest.param("a=b; Domain=Example.COM", cookie(domain="example.com"), id="domain"),
        pytest.param("a=b; domain=.example.com", cookie(domain="example.com"), id="domain with a dot"),
        pytest.param("a=b; domain=; domain", cookie(), id="empty domain"),
        pytest.param("a=b; domain=.", cookie(), id="a dot for a domain"),
        pytest.param("a=b; domain=a.com; domain=", cookie(domain="a.com"), id="empty domain is ignored"),
        pytest.param("a=b; domain=a.com; domain=b.com", cookie(domain="b.com"), id="the last domain"),
        pytest.param("a=b; PATH = /x ", cookie(path="/x"), id="path"),
        pytest.param("a=b; path=x", cookie(), id="path without a slash"),
        pytest.param("a=b; path=/x; path=", cookie(), id="the last path"),
        pytest.param("a=b; path=/" + "x" * 1023, cookie(path="/" + "x" * 1023), id="a long path"),
        pytest.param("a=b; path=/y; path=/" + "x" * 1024, cookie(path="/y"), id="a path that is too long"),
        pytest.param("a=b; SECURE=whatever", cookie(is_secure=True), id="secure"),
        pytest.param("a=b; max-age=60", cookie(expires=WALL + 60), id="max-age"),
        pytest.param("a=b; max-age=0", cookie(expires=-math.inf), id="max-age of zero"),
        pytest.param("a=b; max-age=-5", cookie(expires=-math.inf), id="negative max-age"),
        pytest.param("a=b; max-age=" + "9" * 1000, cookie(expires=WALL + LONGEST_LIFE), id="huge max-age"),
        pytest.param("a=b; max-age=9; max-age=1e3", cookie(expires=WALL + 9), id="max-age of no number"),
        pytest.param("a=b; max-age=+9; max-age=²", cookie(), id="max-age of other digits"),
        pytest.param(
            "a=b; expires=Sun, 06 Nov 1994 08:49:37 GMT", cookie(expires=SUN_06_NOV_1994), id="expires"
        ),
        pytest.param(
            "a=b; expires=Fri, 31 Dec 9999 23:59:59 GMT", cookie(expires=WALL + LONGEST_LIFE), id="9999"
        ),
        pytest.param(
            "a=b; expires=06 Nov 1994 08:49:37; expires=soon", cookie(expires=SUN_06_NOV_1994), id="no date"
        ),
        pytest.param(
            "a=b; max-age=60; expires=06 Nov 1994 08:49:37", cookie(expires=WALL + 60), id="max-age wins"
        ),
        pytest.param("a", None, id="no equals sign"),
        pytest.param("=b", None, id="no name"),
        pytest.param("; a=b", None, id="attributes only"),
        pytest.param("", None, id="nothing"),
        pytest.param("a=b\x00", None, id="a control character"),
        pytest.param("a=b\r\nX: y", None, id="a line break"),
        pytest.param("a=\u20ac", None, id="beyond latin-1"),
        pytest.param("a=" + "b" * 4096, None, id="too long"),
    ],
)
def test_a_field_is_read_as_the_rfc_reads_it(text: str, expected: SetCookie | None) -> None:
    assert read_set_cookie(text, WALL) == expected


def test_the_longest_cookie_is_kept() -> None:
    read = read_set_cookie("a=" + "b" * 4095, WALL)
    assert read is not None
    assert len(read.pair.reveal()) == 4097


def test_an_empty_value_and_equals_signs_in_a_value_are_kept() -> None:
    for text in ("a=", "a=b=c", 'a="b c"'):
        read = read_set_cookie(text, WALL)
        assert read is not None
        assert read.pair.reveal() == text


def test_a_value_never_prints() -> None:
    read = read_set_cookie("sid=canary", WALL)
    assert "canary" not in f"{read} {read!r}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", SUN_06_NOV_1994, id="IMF-fixdate"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", SUN_06_NOV_1994, id="RFC 850"),
        pytest.param("Sun Nov  6 08:49:37 1994", SUN_06_NOV_1994, id="asctime"),
        pytest.param("1994 november 6th 8:49:37am", SUN_06_NOV_1994, id="another order"),
        pytest.param("08:49:37 6 Nov 0094", SUN_06_NOV_1994, id="a year goes by its value"),
        pytest.param("01-Jan-70 00:00:00", 0.0, id="70 is 1970"),
        pytest.param("01-Jan-69 00:00:00", 3124224000.0, id="69 is 2069"),
        pytest.param("29 Feb 2000 00:00:00", 951782400.0, id="a leap day"),
        pytest.param("29 Feb 1900 00:00:00", None, id="no leap day"),
        pytest.param("31 Apr 2020 00:00:00", None, id="no such day"),
        pytest.param("00 Jan 2020 00:00:00", None, id="day zero"),
        pytest.param("32 Jan 2020 00:00:00", None, id="day 32"),
        pytest.param("01 Jan 1600 00:00:00", None, id="before 1601"),
        pytest.param("01 Jan 1601 00:00:00", -11644473600.0, id="1601"),
        pytest.param("01 Jan 2020 24:00:00", None, id="hour 24"),
        pytest.param("01 Jan 2020 00:60:00", None, id="minute 60"),
        pytest.param("01 Jan 2020 00:00:60", None, id="second 60"),
        pytest.param("01 Jan 2020 00:00", None, id="no seconds"),
        pytest.param("01 Jan 2020 00:00:000", None, id="three digits of seconds"),
        pytest.param("Jan 2020 00:00:00", None, id="no day"),
        pytest.param("01 2020 00:00:00", None, id="no month"),
        pytest.param("01 Jan 00:00:00", None, id="no year"),
        pytest.param("01 Jan 20200 00:00:00", None, id="five digits of a year"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_date_is_read_as_the_rfc_reads_it(text: str, expected: float | None) -> None:
    assert read_cookie_date(text) == expected


@given(st.datetimes(min_value=datetime(1601, 1, 1), max_value=datetime(9999, 12, 31)))
def test_every_instant_is_read_back(when: datetime) -> None:
    when = when.replace(microsecond=0, tzinfo=UTC)
    month = ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()[when.month - 1]
    text = f"{when.day:02} {month} {when.year:04} {when:%H:%M:%S} GMT"
    assert read_cookie_date(text) == (when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


PIECES = st.sampled_from(
    [
        "a",
        "=",
        ";",
        " ",
        "\t",
        "Domain",
        "Path",
        "/",
        ".",
        "Secure",
        "Max-Age",
        "Expires",
        "-1",
        "9" * 30,
        "31 Feb 2020",
        "1:2:3",
        "Jan",
        "\x00",
        "\xff",
        "\u20ac",
        "\ud800",
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join) | st.text())
def test_any_text_is_a_cookie_that_can_be_sent_or_none(text: str) -> None:
    read = read_set_cookie(text, WALL)
    if read is not None:
        assert Headers({"Cookie": read.pair.reveal()})
        assert read.pair.reveal().startswith(f"{read.name}=")


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    read = read_cookie_date(text)
    assert read is None or -1.2e10 < read < 2.6e11
