"""`header_fields`: the header fields of one call, checked, and quickly where they were checked before.

Rules of this file: what comes out is safe to send, as every Headers is. Names that have passed are
remembered; whole sets of fields only where nothing in them could be secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from offwire.message.headers import HeaderPairs, Headers
from offwire.message.query import Scalar, text_of
from offwire.redaction import SHOWN_HEADERS
from offwire.unset import UNSET, Unset

_plain_names: set[str] = set()
_MOST_PLAIN_NAMES: Final = 1024
"""Names of header fields that have been checked are kept; a program has fewer, unless it makes some up."""


def _are_plain(fields: Mapping[str, object]) -> bool:
    """Whether nothing has to be done to `fields`: names seen before, and text that needs no second look."""
    if not fields.keys() <= _plain_names:
        return False
    for value in fields.values():
        if type(value) is not str or not (value.isascii() and value.isprintable()):
            return False
        if value[:1] == " " or value[-1:] == " ":
            return False
    return True


_known_fields: dict[HeaderPairs, Headers] = {}
_MOST_KNOWN_FIELDS: Final = 256
"""Sets of fields that are kept as they are; most operations send the same few each time."""


def _kept(headers: Headers) -> Headers:
    """The headers, kept for the next call with the same, if all that they hold may be shown anyway."""
    pairs = headers.pairs()
    if all(name.lower() in SHOWN_HEADERS for name, _ in pairs):
        if len(_known_fields) >= _MOST_KNOWN_FIELDS:
            _known_fields.clear()
        _known_fields[pairs] = headers
    return headers


def _keep_names(pairs: HeaderPairs) -> None:
    """Remember names that have passed, all but the one that may come once only."""
    if len(_plain_names) < _MOST_PLAIN_NAMES:
        _plain_names.update(name for name, _ in pairs if name.lower() != "content-type")


def header_fields(fields: Mapping[str, Scalar | Unset | None]) -> Headers:
    """The header fields of a request, without those that are UNSET or None.

    Raises:
        TypeError: a name is no str, or a value is of a kind that has no text.
        ValueError: a field cannot go onto the wire, or there are two Content-Types.
    """
    if fields.__class__ is not dict and not isinstance(fields, Mapping):
        raise TypeError(f"headers is a mapping of names to values, not a {type(fields).__name__}")
    given = cast("HeaderPairs", tuple(fields.items()))
    try:
        known = _known_fields.get(given)
    except TypeError:  # a value that is refused further down
        known = None
    if known is not None:
        return known
    if _are_plain(fields):
        return _kept(Headers.of_checked(given))
    pairs: list[tuple[str, str]] = []
    has_type = False
    for name, value in fields.items():
        if type(value) is str:
            text = value
        elif value is None or value is UNSET:
            continue
        else:
            text = text_of(name, value)
        pairs += Headers({name: text}).pairs()
        if len(name) == 12 and name.lower() == "content-type":
            if has_type:
                raise ValueError("a request has one Content-Type: give it once")
            has_type = True
    checked = tuple(pairs)
    _keep_names(checked)
    return Headers.of_checked(checked)
