"""`header_fields`: the header fields of one call, as text and checked.

Rules of this file: what comes out is safe to send, as every Headers is.
"""

from __future__ import annotations

from collections.abc import Mapping

from offwire.message.headers import Headers
from offwire.message.query import Scalar, text_of
from offwire.unset import UNSET, Unset


def header_fields(fields: Mapping[str, Scalar | Unset | None]) -> Headers:
    """The header fields of a request, without those that are UNSET or None.

    Raises:
        TypeError: a name is no str, or a value is of a kind that has no text.
        ValueError: a field cannot go onto the wire, or there are two Content-Types.
    """
    check_mapping(fields)
    headers = Headers(
        [
            (name, value if type(value) is str else text_of(name, value))
            for name, value in fields.items()
            if value is not None and value is not UNSET
        ]
    )
    if sum([len(name) == 12 and name.lower() == "content-type" for name, _ in headers.pairs()]) > 1:
        raise ValueError("a request has one Content-Type: give it once")
    return headers


def check_mapping(fields: object) -> None:
    """See that header fields are given by their names.

    Raises:
        TypeError: they are not.
    """
    if not isinstance(fields, Mapping):
        raise TypeError(f"headers is a mapping of names to values, not a {type(fields).__name__}")
