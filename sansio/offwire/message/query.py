"""How the values of parameters become text: in a query, in a path, in a header, in a form.

Rules of this file: a value has one text, wherever it goes, and a value of a kind that has none
is refused with the parameter's name, never with the value. Whatever is joined can be taken
apart again: an item that holds its own delimiter is encoded or refused. `UNSET` and `None` leave
a parameter out.

The styles are those of OpenAPI 3.1, section 4.8.12 (form, spaceDelimited, pipeDelimited,
deepObject), and the brackets of PHP and Rails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from offwire.unset import UNSET, Unset

if TYPE_CHECKING:
    from datetime import date, time
    from decimal import Decimal
    from uuid import UUID

    from offwire.message.styles import Brackets, Comma, DeepObject, Exploded, Piped, Spaced

Scalar: TypeAlias = "str | int | float | Decimal | UUID | date | time | Enum"
"""What has one text: also bool (an int) and datetime (a date). An Enum stands for its value."""
Items: TypeAlias = "Sequence[Scalar | Unset]"
"""A list or a tuple; UNSET among the items is skipped, None is refused."""
Nested: TypeAlias = "Scalar | Unset | Sequence[Nested] | Mapping[str, Nested] | None"
"""What a `DeepObject` holds."""
QueryValue: TypeAlias = (
    "Scalar | Unset | Items | Comma | Spaced | Piped | Brackets | DeepObject | Exploded | None"
)
"""What a parameter can be. A plain list repeats the name: `a=1&a=2`."""
Quote: TypeAlias = Callable[[str], str]
"""How text is encoded for where it goes."""


_is_unreserved: Final = re.compile(r"[0-9A-Za-z._~-]*").fullmatch
_QUOTED: Final = tuple(chr(each) if _is_unreserved(chr(each)) else f"%{each:02X}" for each in range(256))


def quote_query(text: str) -> str:
    """`text` with everything but unreserved characters percent-encoded; a space is `%20`.

    Fit for a query, a path segment and a header alike (RFC 3986 section 2.3).

    Raises:
        ValueError: `text` holds a lone surrogate, which UTF-8 has no bytes for.
    """
    if _is_unreserved(text):
        return text
    return "".join([_QUOTED[byte] for byte in utf8(text)])


def utf8(text: str) -> bytes:
    """The bytes of `text`; the error for a lone surrogate does not show it."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        position = error.start
    raise ValueError(f"the text has a lone surrogate at position {position}, which cannot be sent")


def text_of(name: str, value: Scalar) -> str:
    """The text of one value: `true`, `7`, `0.5`, `2024-05-01T12:00:00+00:00`; str as it is.

    `name` is that of the parameter, field or header, for errors.

    Raises:
        TypeError: `value` is of a kind that has no text; UNSET and None are such.
        ValueError: `value` is nan or infinite, or holds a lone surrogate.
    """
    if type(value) is str:
        if not value.isascii():
            _check_encodable(name, value)
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    return _other_text(name, value)


def _other_text(name: str, value: object) -> str:
    match value:
        case None | Unset():
            raise TypeError(f"parameter {name!r} needs a value here: {value!r} has no text")
        case Enum():
            return text_of(name, value.value)
        case str():
            return text_of(name, str.__str__(value))
        case int():
            return int.__repr__(value)
        case float():
            if not isfinite(value):
                raise ValueError(f"parameter {name!r} is {value!r}: send a finite number, or leave it out")
            return float.__repr__(value)
        case _:
            return _library_text(name, value)


def _library_text(name: str, value: object) -> str:
    # Nobody has such a value without the module: loading it here costs a look-up.
    from datetime import date, time  # noqa: PLC0415 - `import offwire` stays light
    from decimal import Decimal  # noqa: PLC0415 - as above
    from uuid import UUID  # noqa: PLC0415 - as above

    match value:
        case date() | time():
            return value.isoformat()
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"parameter {name!r} is {value}: send a finite number, or leave it out")
            return str(value)
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            fix = "decode it, or encode it as base64 text"
        case Mapping():
            fix = (
                "wrap it in DeepObject or Exploded where a query or form wants one, or name one of its values"
            )
        case list() | tuple():
            fix = "give one value here"
        case set() | frozenset():
            fix = "give a list, whose order is known"
        case _:
            fix = "give a str, a number, a date, a UUID or an Enum"
    raise TypeError(f"parameter {name!r} cannot be a {type(value).__name__}: {fix}")


def _check_encodable(name: str, text: str) -> None:
    try:
        utf8(text)
    except ValueError as error:
        raise ValueError(f"parameter {name!r} cannot be sent: {error}") from None


def segment(name: str, value: Scalar) -> str:
    """A path parameter as one percent-encoded segment: `a/b?c` becomes `a%2Fb%3Fc`.

    Raises:
        TypeError: `value` has no text; see `text_of`.
        ValueError: its text is empty, or the dot segment `.` or `..`. These would make another
            path out of the template, and encoding does not help: a URL parser takes `%2E` for a
            dot as well (WHATWG URL, "double-dot URL path segment").
    """
    text = text_of(name, value)
    if text in _NO_SEGMENTS:
        raise ValueError(
            f"path parameter {name!r} may not be {text!r}, which would change the path: give a name or an id"
        )
    return quote_query(text)


_NO_SEGMENTS: Final = frozenset({"", ".", ".."})


def encode_query(params: Mapping[str, QueryValue] | Iterable[tuple[str, QueryValue]]) -> str:
    """The query of `params` in their order, encoded, without a question mark; maybe empty.

    Raises:
        TypeError: a name is no str, or a value is of a kind that has no text.
        ValueError: a value cannot be sent; see `text_of` and the styles.
    """
    pairs = cast("Mapping[str, QueryValue]", params).items() if isinstance(params, Mapping) else params
    encoded = [encode_parameter(name, value) for name, value in pairs]
    return "&".join([each for each in encoded if each])


def encode_parameter(name: str, value: QueryValue) -> str:
    """One parameter, encoded: `a=1`, or `a=1&a=2`, or nothing at all.

    Raises:
        TypeError, ValueError: as `encode_query`.
    """
    if type(value) in _ONE_TEXT and type(name) is str:  # as nearly always
        return f"{quote_query(name)}={quote_query(text_of(name, cast('Scalar', value)))}"
    return "&".join([f"{key}={text}" for key, text in encoded_pairs(name, value, quote_query)])


_ONE_TEXT: Final = frozenset({str, int, float, bool})


def encoded_pairs(name: str, value: QueryValue, quote: Quote) -> Iterable[tuple[str, str]]:
    """The names and values that one parameter comes to, each encoded by `quote`.

    Raises:
        TypeError, ValueError: as `encode_query`.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a parameter is a str, not {type(name).__name__}: {name!r}")
    match value:
        case None | Unset():
            return ()
        case str():
            return ((quote(name), quote(text_of(name, value))),)
        case list() | tuple():
            return _repeated(name, name, cast(Items, value), quote)
        case int() | float():
            return ((quote(name), quote(text_of(name, value))),)
        case _:
            return _styled(name, value, quote)


def _styled(name: str, value: QueryValue, quote: Quote) -> Iterable[tuple[str, str]]:
    """The same for what is no everyday value."""
    from offwire.message import styles  # noqa: PLC0415 - most programs use none

    match value:
        case styles.Brackets():
            return _repeated(name, f"{name}[]", value.values, quote)
        case styles.Comma():
            return _joined(name, value.values, ",", quote)
        case styles.Spaced():
            return _joined(name, value.values, quote(" "), quote)
        case styles.Piped():
            return _joined(name, value.values, quote("|"), quote)
        case styles.DeepObject():
            return _deep(name, value.mapping, quote)
        case styles.Exploded():
            entries = value.mapping.items()
            return [pair for key, each in entries for pair in encoded_pairs(key, each, quote)]
        case _:
            return ((quote(name), quote(text_of(name, cast("Scalar", value)))),)


def _texts(name: str, values: Items) -> list[str]:
    return [text_of(name, each) for each in values if each is not UNSET]


def _repeated(name: str, key: str, values: Items, quote: Quote) -> list[tuple[str, str]]:
    quoted = quote(key)
    return [(quoted, quote(text)) for text in _texts(name, values)]


def _joined(name: str, values: Items, delimiter: str, quote: Quote) -> list[tuple[str, str]]:
    items = [quote(text) for text in _texts(name, values)]
    if not items:
        return []
    for item in items:
        if delimiter in item:
            raise ValueError(
                f"an item of parameter {name!r} holds the delimiter {delimiter!r}, so it could not be told "
                "from two: give the values as a plain list, which repeats the name"
            )
    return [(quote(name), delimiter.join(items))]


def _deep(name: str, value: Nested, quote: Quote) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for key, each in value.items():
                if not isinstance(key, str):
                    raise TypeError(f"a key below {name!r} has to be a str, not {type(key).__name__}")
                if not key or "[" in key or "]" in key:
                    raise ValueError(f"a key below {name!r} has to be a name without brackets, not {key!r}")
                if each is not None and each is not UNSET:
                    yield from _deep(f"{name}[{key}]", each, quote)
        case list() | tuple():
            given = [each for each in cast("Sequence[Nested]", value) if each is not UNSET]
            for index, each in enumerate(given):
                yield from _deep(f"{name}[{index}]", each, quote)
        case _:
            yield quote(name), quote(text_of(name, cast("Scalar", value)))
