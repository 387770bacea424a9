"""Readers of single values: a JSON value in, a Python value out, or a `Mismatch`.

Rules of this file: a strict reader takes what JSON has for the type, or the one text form that
is usual, and invents nothing. A lenient one also takes what means the same without loss. Text
that is read as a number follows JSON's grammar, not Python's wider one.

| type | strict | lenient, in addition |
|---|---|---|
| bool | true, false | 0, 1, "true", "false" in any case |
| int | a number without a fraction part | 1.0, "42" |
| float | a number | "1.5" |
| str | a string | a number |
| datetime | ISO 8601, date and time; without an offset it stays naive | seconds since 1970, as aware UTC |
| date, time | ISO 8601 | |
| UUID | its text | |
| Decimal | a number, or the text of one | |
| bytes | base64 (RFC 4648 section 4) | |
| Secret | a string that is not empty | |
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Final, TypeAlias
from uuid import UUID

from offwire.formats.mismatch import expected
from offwire.secret import Secret

Reader: TypeAlias = Callable[[object, object], object]
"""Takes a value and, as cattrs has it, the type, which is not looked at."""

_INT: Final = re.compile(r"-?(?:0|[1-9]\d{0,999})", re.ASCII)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,9})?", re.ASCII)


def read_bool(value: object, _kind: object) -> bool:
    """Strict."""
    if value is True or value is False:
        return value
    raise expected("true or false", value)


def read_bool_leniently(value: object, _kind: object) -> bool:
    """Lenient."""
    if value is True or value is False:
        return value
    if type(value) is int and value in (0, 1):
        return value == 1
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise expected("true or false", value)


def read_int(value: object, _kind: object) -> int:
    """Strict."""
    if type(value) is int:
        return value
    raise expected("an integer", value)


def read_int_leniently(value: object, _kind: object) -> int:
    """Lenient."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INT.fullmatch(value):
        return int(value)
    raise expected("an integer", value)


def read_float(value: object, _kind: object) -> float:
    """Strict."""
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            pass
    raise expected("a number", value)


def read_float_leniently(value: object, kind: object) -> float:
    """Lenient."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = float(value)
        if isfinite(number):
            return number
    return read_float(value, kind)


def read_str(value: object, _kind: object) -> str:
    """Strict."""
    if type(value) is str:
        return value
    raise expected("a string", value)


def read_str_leniently(value: object, kind: object) -> str:
    """Lenient."""
    if type(value) is int or type(value) is float:
        try:
            return repr(value)
        except ValueError:  # more digits than Python writes
            pass
    return read_str(value, kind)


def read_datetime(value: object, _kind: object) -> datetime:
    """Strict."""
    # Python also reads a date alone, for which it would have to invent a time.
    if type(value) is str and len(value) > 10 and value[10] in "Tt ":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise expected("a date with a time (ISO 8601)", value)


def read_datetime_leniently(value: object, kind: object) -> datetime:
    """Lenient."""
    if type(value) is int or type(value) is float:
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            raise expected("seconds since 1970", value) from None
    return read_datetime(value, kind)


def read_date(value: object, _kind: object) -> date:
    """Strict."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise expected("a date (ISO 8601)", value)


def read_time(value: object, _kind: object) -> time:
    """Strict."""
    if isinstance(value, str) and value[2:3] == ":":
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise expected("a time (ISO 8601)", value)


def read_uuid(value: object, _kind: object) -> UUID:
    """Strict."""
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise expected("a UUID", value)


def read_decimal(value: object, _kind: object) -> Decimal:
    """Strict. A float is taken by the digits that were sent, not by those of its binary value."""
    if type(value) is int:
        return Decimal(value)
    text = repr(value) if type(value) is float else value
    if isinstance(text, str) and _NUMBER.fullmatch(text):
        return Decimal(text)
    raise expected("a decimal number", value)


def read_bytes(value: object, _kind: object) -> bytes:
    """Strict."""
    if isinstance(value, str):
        try:
            return a2b_base64(value, strict_mode=True)
        except ValueError:
            pass
    raise expected("base64", value)


def read_secret(value: object, _kind: object) -> Secret:
    """Strict."""
    if isinstance(value, str) and value:
        return Secret(value)
    raise expected("a string that is not empty", value)


def read_null(value: object, _kind: object) -> None:
    """Strict."""
    if value is not None:
        raise expected("null", value)


def read_any(value: object, _kind: object) -> object:
    """The value as it is."""
    return value


STRICT: Final[dict[object, Reader]] = {
    # In the order in which the members of a union are tried, from narrow to wide.
    type(None): read_null,
    bool: read_bool,
    int: read_int,
    float: read_float,
    UUID: read_uuid,
    datetime: read_datetime,
    date: read_date,
    time: read_time,
    Decimal: read_decimal,
    Secret: read_secret,
    str: read_str,
    bytes: read_bytes,
}
"""The strict reader of each type."""

LENIENT: Final[dict[object, Reader]] = STRICT | {
    bool: read_bool_leniently,
    int: read_int_leniently,
    float: read_float_leniently,
    str: read_str_leniently,
    datetime: read_datetime_leniently,
}
"""The lenient reader of each type."""
