"""When a window ends, in each form, and what is made of a number without a unit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.rate_limit.reset import MOST_GUESSED, ResetForm, number, read_reset
from offwire.formats.server_wait import MOST_WAIT
from offwire.message.headers import NO_HEADERS, Headers
from offwire.time import Now

WALL = 1_700_000_000.0
NOW = Now(monotonic=3.0, wall=WALL)
AN_HOUR_BEHIND = Headers({"Date": "Tue, 14 Nov 2023 21:13:20 GMT"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0", 0.0, id="at once"),
        pytest.param("337", 337.0, id="seconds"),
        pytest.param("1.5", 1.5, id="with a fraction"),
        pytest.param("60000", 60_000.0, id="milliseconds may be, and are waited for as seconds"),
        pytest.param("900000", MOST_GUESSED, id="but never more than a day"),
        pytest.param("849999999", MOST_GUESSED, id="however many they are"),
        pytest.param("850000000", None, id="an instant long past"),
        pytest.param("1699999999", 0.0, id="an instant just past"),
        pytest.param("1699913600", 0.0, id="an instant a day past"),
        pytest.param("1699913599", None, id="an instant more than a day past"),
        pytest.param("1700000060.5", 60.5, id="an instant"),
        pytest.param("1702592000", 2_592_000.0, id="an instant that is more than a day ahead is no guess"),
        pytest.param("1800000000", None, id="an instant too far ahead"),
        pytest.param("1700000060000", 60.0, id="an instant in milliseconds"),
        pytest.param("849999999999", None, id="an instant in seconds, or what is left of it"),
        pytest.param("1700000060000000", None, id="an instant in microseconds"),
        pytest.param("Tue, 14 Nov 2023 22:14:20 GMT", 60.0, id="a date"),
        pytest.param("Tue, 14 Nov 2023 22:13:00 GMT", 0.0, id="a date just past"),
        pytest.param("Tue, 14 Nov 2000 22:13:00 GMT", None, id="a date long past"),
        pytest.param("Tue, 14 Nov 2028 22:13:00 GMT", None, id="a date too far ahead"),
        pytest.param("-1", None, id="negative"),
        pytest.param("6m0s", None, id="what nobody knows"),
        pytest.param("inf", None, id="infinity"),
        pytest.param("nan", None, id="no number"),
        pytest.param("١٢", None, id="digits of another script"),
        pytest.param("9" * 400, None, id="far too many digits"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_number_without_a_unit_is_told_by_its_size(text: str, expected: float | None) -> None:
    assert read_reset(text, ResetForm.UNDECLARED, NO_HEADERS, NOW) == expected


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        pytest.param(ResetForm.SECONDS, "2592000", 2_592_000.0, id="seconds, more than a day"),
        pytest.param(ResetForm.SECONDS, "1700000060", None, id="seconds are never an instant"),
        pytest.param(ResetForm.SECONDS, "Tue, 14 Nov 2023 22:14:20 GMT", None, id="nor a date"),
        pytest.param(ResetForm.MILLISECONDS, "1500", 1.5, id="milliseconds"),
        pytest.param(ResetForm.INSTANT, "1700000060", 60.0, id="an instant"),
        pytest.param(ResetForm.INSTANT, "60", None, id="an instant is never seconds"),
        pytest.param(ResetForm.INSTANT_MILLISECONDS, "1700000000250", 0.25, id="an instant in milliseconds"),
        pytest.param(ResetForm.DATE, "Tue, 14 Nov 2023 22:14:20 GMT", 60.0, id="a date"),
        pytest.param(ResetForm.DATE, "60", None, id="a date is never a number"),
    ],
)
def test_a_declared_form_is_believed(form: ResetForm, text: str, expected: float | None) -> None:
    assert read_reset(text, form, NO_HEADERS, NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1699996460", 60.0),
        ("1699996460000", 60.0),
        ("Tue, 14 Nov 2023 21:14:20 GMT", 60.0),
        ("60", 60.0),
    ],
)
def test_the_servers_clock_is_the_one_that_counts(text: str, expected: float) -> None:
    assert read_reset(text, ResetForm.UNDECLARED, AN_HOUR_BEHIND, NOW) == expected


@given(
    st.integers().map(str) | st.floats().map(str) | st.text(),
    st.sampled_from(ResetForm),
    st.sampled_from([0.0, 1.0, WALL]),
)
def test_whatever_comes_the_wait_is_sane(text: str, form: ResetForm, wall: float) -> None:
    wait = read_reset(text, form, NO_HEADERS, Now(monotonic=0.0, wall=wall))
    assert wait is None or 0.0 <= wait <= MOST_WAIT


TRULY: dict[ResetForm, Callable[[int], str]] = {
    ResetForm.SECONDS: str,
    ResetForm.MILLISECONDS: lambda wait: str(wait * 1000),
    ResetForm.INSTANT: lambda wait: str(int(WALL) + wait),
    ResetForm.INSTANT_MILLISECONDS: lambda wait: str((int(WALL) + wait) * 1000),
}


@given(st.sampled_from(sorted(TRULY, key=str)), st.integers(0, int(MOST_GUESSED)))
def test_a_guess_never_makes_the_wait_shorter(form: ResetForm, wait: int) -> None:
    guessed = read_reset(TRULY[form](wait), ResetForm.UNDECLARED, NO_HEADERS, NOW)
    assert guessed is not None
    assert wait <= guessed <= max(wait, MOST_GUESSED)


@given(st.integers(0, 10**18 - 1))
def test_numbers_are_read(value: int) -> None:
    assert number(str(value)) == float(value)
    assert number(f"-{value}") is None
