"""What single values stand for what."""

from __future__ import annotations

import math
from base64 import b64encode
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.mismatch import Mismatch
from offwire.formats.scalars import LENIENT, STRICT, read_any
from offwire.secret import Secret

ID = UUID("12345678-1234-5678-1234-567812345678")
BOTH = (True, True)
NONE = (False, False)
LENIENTLY = (False, True)


@pytest.mark.parametrize(
    ("kind", "value", "expected", "takes"),
    [
        pytest.param(type(None), None, None, BOTH, id="null"),
        pytest.param(type(None), 0, None, NONE, id="null from 0"),
        pytest.param(bool, True, True, BOTH, id="bool"),
        pytest.param(bool, False, False, BOTH, id="bool, false"),
        pytest.param(bool, 0, False, LENIENTLY, id="bool from 0"),
        pytest.param(bool, 1, True, LENIENTLY, id="bool from 1"),
        pytest.param(bool, "true", True, LENIENTLY, id="bool from text"),
        pytest.param(bool, "False", False, LENIENTLY, id="bool from text of Python"),
        pytest.param(bool, 2, None, NONE, id="bool from 2"),
        pytest.param(bool, 1.0, None, NONE, id="bool from 1.0"),
        pytest.param(bool, "yes", None, NONE, id="bool from a word"),
        pytest.param(bool, "", None, NONE, id="bool from empty text"),
        pytest.param(bool, None, None, NONE, id="bool from null"),
        pytest.param(int, 42, 42, BOTH, id="int"),
        pytest.param(int, 10**30, 10**30, BOTH, id="int of any size"),
        pytest.param(int, "42", 42, LENIENTLY, id="int from text"),
        pytest.param(int, "-7", -7, LENIENTLY, id="int from negative text"),
        pytest.param(int, 1.0, 1, LENIENTLY, id="int from 1.0"),
        pytest.param(int, 1.7, None, NONE, id="int from 1.7"),
        pytest.param(int, math.inf, None, NONE, id="int from infinity"),
        pytest.param(int, math.nan, None, NONE, id="int from NaN"),
        pytest.param(int, True, None, NONE, id="int from true"),
        pytest.param(int, None, None, NONE, id="int from null"),
        pytest.param(int, "1.0", None, NONE, id="int from text with a fraction"),
        pytest.param(int, "007", None, NONE, id="int from text that would lose zeros"),
        pytest.param(int, " 42", None, NONE, id="int from text with white space"),
        pytest.param(int, "4_2", None, NONE, id="int from text as Python has it"),
        pytest.param(int, "٤٢", None, NONE, id="int from other digits"),
        pytest.param(int, "9" * 5_000, None, NONE, id="int from more digits than are read"),
        pytest.param(int, "", None, NONE, id="int from empty text"),
        pytest.param(int, [1], None, NONE, id="int from a list"),
        pytest.param(float, 1.5, 1.5, BOTH, id="float"),
        pytest.param(float, 2, 2.0, BOTH, id="float from an integer"),
        pytest.param(float, "1.5", 1.5, LENIENTLY, id="float from text"),
        pytest.param(float, "1e3", 1000.0, LENIENTLY, id="float from an exponent"),
        pytest.param(float, "1e999", None, NONE, id="float from text that would be infinite"),
        pytest.param(float, "nan", None, NONE, id="float from nan"),
        pytest.param(float, 10**400, None, NONE, id="float from too large an integer"),
        pytest.param(float, True, None, NONE, id="float from true"),
        pytest.param(float, None, None, NONE, id="float from null"),
        pytest.param(str, "x", "x", BOTH, id="str"),
        pytest.param(str, 5, "5", LENIENTLY, id="str from an integer"),
        pytest.param(str, 1.5, "1.5", LENIENTLY, id="str from a float"),
        pytest.param(str, 10**5_000, None, NONE, id="str from more digits than are written"),
        pytest.param(str, True, None, NONE, id="str from true"),
        pytest.param(str, None, None, NONE, id="str from null"),
        pytest.param(
            datetime, "2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), BOTH, id="UTC"
        ),
        pytest.param(
            datetime,
            "2024-01-02 03:04:05.678+02:00",
            datetime(2024, 1, 2, 3, 4, 5, 678_000, timezone(timedelta(hours=2))),
            BOTH,
            id="an offset",
        ),
        pytest.param(
            datetime, "2024-01-02t03:04", datetime(2024, 1, 2, 3, 4), BOTH, id="a naive datetime stays so"
        ),
        pytest.param(
            datetime, 1704164645, datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), LENIENTLY, id="seconds"
        ),
        pytest.param(
            datetime,
            0.5,
            datetime(1970, 1, 1, microsecond=500_000, tzinfo=UTC),
            LENIENTLY,
            id="half a second",
        ),
        pytest.param(datetime, 1704164645000, None, NONE, id="milliseconds are too many seconds"),
        pytest.param(datetime, 10**40, None, NONE, id="far too many seconds"),
        pytest.param(datetime, math.nan, None, NONE, id="datetime from NaN"),
        pytest.param(datetime, True, None, NONE, id="datetime from true"),
        pytest.param(datetime, "1704164645", None, NONE, id="datetime from seconds in text"),
        pytest.param(datetime, "2024-01-02", None, NONE, id="datetime from a date"),
        pytest.param(datetime, "2024-01-02x03:04", None, NONE, id="datetime with another letter"),
        pytest.param(datetime, "2024-13-02T03:04", None, NONE, id="datetime in month 13"),
        pytest.param(datetime, "yesterday at ten", None, NONE, id="datetime from words"),
        pytest.param(datetime, None, None, NONE, id="datetime from null"),
        pytest.param(date, "2024-01-02", date(2024, 1, 2), BOTH, id="date"),
        pytest.param(date, "2024-01-02T00:00:00", None, NONE, id="date from a datetime"),
        pytest.param(date, "2024-02-30", None, NONE, id="date that is none"),
        pytest.param(date, 20240102, None, NONE, id="date from a number"),
        pytest.param(time, "03:04:05", time(3, 4, 5), BOTH, id="time"),
        pytest.param(time, "03:04Z", time(3, 4, tzinfo=UTC), BOTH, id="time with a zone"),
        pytest.param(time, "03", None, NONE, id="time from an hour"),
        pytest.param(time, "25:00", None, NONE, id="time that is none"),
        pytest.param(time, 3, None, NONE, id="time from a number"),
        pytest.param(UUID, str(ID), ID, BOTH, id="UUID"),
        pytest.param(UUID, ID.hex.upper(), ID, BOTH, id="UUID without hyphens"),
        pytest.param(UUID, "1234", None, NONE, id="UUID from other text"),
        pytest.param(UUID, ID.int, None, NONE, id="UUID from a number"),
        pytest.param(Decimal, "1.50", Decimal("1.50"), BOTH, id="Decimal from text"),
        pytest.param(Decimal, 5, Decimal(5), BOTH, id="Decimal from an integer"),
        pytest.param(Decimal, 0.1, Decimal("0.1"), BOTH, id="Decimal by the digits that were sent"),
        pytest.param(Decimal, 1e-30, Decimal("1e-30"), BOTH, id="Decimal from an exponent"),
        pytest.param(Decimal, math.inf, None, NONE, id="Decimal from infinity"),
        pytest.param(Decimal, "NaN", None, NONE, id="Decimal from NaN"),
        pytest.param(Decimal, "1_0", None, NONE, id="Decimal from text as Python has it"),
        pytest.param(Decimal, True, None, NONE, id="Decimal from true"),
        pytest.param(bytes, "AP8=", b"\x00\xff", BOTH, id="bytes"),
        pytest.param(bytes, "", b"", BOTH, id="no bytes"),
        pytest.param(bytes, "AP8", None, NONE, id="bytes without padding"),
        pytest.param(bytes, "AP 8=", None, NONE, id="bytes with white space"),
        pytest.param(bytes, "é", None, NONE, id="bytes from other characters"),
        pytest.param(bytes, 5, None, NONE, id="bytes from a number"),
        pytest.param(Secret, "hunter2", Secret("hunter2"), BOTH, id="Secret"),
        pytest.param(Secret, "", None, NONE, id="Secret from empty text"),
        pytest.param(Secret, None, None, NONE, id="Secret from null"),
    ],
)
def test_each_type_takes_what_means_it(
    kind: type, value: Any, expected: object, takes: tuple[bool, bool]
) -> None:
    for table, taken in zip((STRICT, LENIENT), takes, strict=True):
        if not taken:
            with pytest.raises(Mismatch) as raised:
                table[kind](value, kind)
            assert raised.value.places[0][1].startswith("should be ")
            continue
        found = table[kind](value, kind)
        assert found == expected
        assert type(found) is type(expected)
        if isinstance(found, datetime) and isinstance(expected, datetime):
            assert found.utcoffset() == expected.utcoffset()


def test_the_tables_have_the_same_types() -> None:
    assert STRICT.keys() == LENIENT.keys()


@pytest.mark.parametrize("value", [None, True, 5, "x", [1], {"a": 1}])
def test_any_value_is_taken_as_it_is(value: object) -> None:
    assert read_any(value, object) is value


@given(st.text())
def test_no_text_breaks_a_reader_or_is_shown(text: str) -> None:
    for table in (STRICT, LENIENT):
        for kind, reader in table.items():
            try:
                reader(text, kind)
            except Mismatch as mismatch:
                ((path, problem),) = mismatch.places
                assert path == ()
                assert problem.endswith(", not a string" if text else ", not an empty string")


@given(st.binary())
def test_bytes_are_read_back(content: bytes) -> None:
    assert STRICT[bytes](b64encode(content).decode(), bytes) == content


@given(st.datetimes(timezones=st.none() | st.just(UTC)))
def test_datetimes_are_read_back(moment: datetime) -> None:
    assert STRICT[datetime](moment.isoformat(), datetime) == moment


@given(st.integers())
def test_numbers_are_read_back_from_text(number: int) -> None:
    assert LENIENT[int](str(number), int) == number
    assert LENIENT[str](number, str) == str(number)
