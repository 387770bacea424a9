"""Forms: fields as application/x-www-form-urlencoded (WHATWG URL, section 5.2).

Rules of this file: a field's value follows the rules and the styles of a query's; only the
encoding of characters differs. `UNSET` and `None` leave a field out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from offwire.message.body import Body
from offwire.message.query import QueryValue, encoded_pairs, utf8

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
"""The media type of an encoded form. It has no parameters: the encoding is always UTF-8."""

_KEPT: Final = frozenset(b"*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_QUOTED: Final = tuple(
    chr(each) if each in _KEPT else "+" if each == ord(" ") else f"%{each:02X}" for each in range(256)
)


def quote_form(text: str) -> str:
    """`text` with all but letters, digits and `*-._` percent-encoded; a space is `+`.

    Raises:
        ValueError: `text` holds a lone surrogate.
    """
    return "".join([_QUOTED[byte] for byte in utf8(text)])


def encode_form(fields: Mapping[str, QueryValue]) -> bytes:
    """The bytes of a form, its fields in their order.

    Raises:
        TypeError: a name is no str, or a value is of a kind that has no text.
        ValueError: a value cannot be sent; see `query.text_of` and the styles there.
    """
    pairs = [pair for name, value in fields.items() for pair in encoded_pairs(name, value, quote_form)]
    return "&".join([f"{name}={text}" for name, text in pairs]).encode("ascii")


def encode_form_body(fields: Mapping[str, QueryValue]) -> Body:
    """A form as the body of a request, with its media type.

    Raises:
        TypeError, ValueError: as `encode_form`.
    """
    return Body(content=encode_form(fields), content_type=MEDIA_TYPE)
