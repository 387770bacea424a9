"""`Headers`: an immutable, case-insensitive list of fields (RFC 9110 section 5).

Rules of this file: a Headers that exists is safe to put on the wire. Names are tokens; values
hold no CR, LF or NUL (section 5.5), so that no value can smuggle in a field of its own. The
order and spelling that were given are kept; look-ups ignore case. Nothing here mutates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias, cast

from offwire.redaction import shown_header

HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]
HeadersInput: TypeAlias = "Headers | Mapping[str, str] | Iterable[tuple[str, str]]"
"""Whatever a Headers is made from."""

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


_new = object.__new__


class Headers:
    """Header fields in order, several of one name allowed.

    Two Headers are equal when each name, in any case, has the same values in the same order.
    """

    __slots__ = ("_index", "_pairs")
    _pairs: HeaderPairs
    _index: dict[str, tuple[str, ...]] | None

    def __init__(self, fields: HeadersInput = ()) -> None:
        """Take and check `fields`.

        Raises:
            TypeError: a name or value is not a str.
            ValueError: a name is not a token, or a value holds a control character, a character
                outside of latin-1, or white space at either end. The value is not shown.
        """
        self._index = None
        if isinstance(fields, Headers):
            self._pairs = fields._pairs
            return
        pairs = cast("Mapping[str, str]", fields).items() if isinstance(fields, Mapping) else fields
        self._pairs = tuple([_checked(name, value) for name, value in pairs])

    @staticmethod
    def of_checked(pairs: HeaderPairs) -> Headers:
        """Wrap pairs without a check. The caller owes that each of them would pass it."""
        headers = _new(Headers)
        headers._pairs = pairs
        headers._index = None
        return headers

    def pairs(self) -> HeaderPairs:
        """All fields as given, in order."""
        return self._pairs

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of `name`, in order; none gives the empty tuple."""
        return self._by_name().get(name.lower(), ())

    def get(self, name: str) -> str | None:
        """The value of `name`, several joined by a comma (RFC 9110 section 5.3), or None.

        `Set-Cookie` may not be joined: read it with `values`.
        """
        found = self.values(name)
        return ", ".join(found) if found else None

    def replacing(self, fields: HeadersInput) -> Headers:
        """These fields, where each name in `fields` takes the place of all of the same name."""
        new = fields if isinstance(fields, Headers) else Headers(fields)
        if not new._pairs:
            return self
        if not self._pairs:
            return new
        replaced = {name.lower() for name, _ in new._pairs}
        kept = tuple(pair for pair in self._pairs if pair[0].lower() not in replaced)
        return Headers.of_checked(kept + new._pairs)

    def without(self, *names: str) -> Headers:
        """These fields less all of the given names."""
        dropped = {name.lower() for name in names}
        return Headers.of_checked(tuple(pair for pair in self._pairs if pair[0].lower() not in dropped))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.values(name))

    def __iter__(self) -> Iterator[str]:
        """The names in lower case, each once, in order of first appearance."""
        return iter(self._by_name())

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __len__(self) -> int:
        """The number of fields, not of names."""
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._by_name() == other._by_name()

    def __hash__(self) -> int:
        return hash(frozenset(self._by_name().items()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}: {shown_header(name, value)}" for name, value in self._pairs)
        return f"Headers({shown})"

    def __reduce__(self) -> tuple[type[Headers], tuple[HeaderPairs]]:
        return (Headers, (self._pairs,))

    def _by_name(self) -> dict[str, tuple[str, ...]]:
        index = self._index
        if index is None:
            index = self._index = {}
            for name, value in self._pairs:
                key = name.lower()
                index[key] = (*index.get(key, ()), value)
        return index


def _checked(name: str, value: str) -> tuple[str, str]:
    try:
        # Printable ASCII is what nearly every field is; the patterns decide on the rest.
        if not (value.isascii() and value.isprintable()) and not _VALUE.fullmatch(value):
            raise ValueError(
                f"header {name!r} holds a character that a field value may not have "
                "(CR, LF, NUL, another control character, or one outside of latin-1); "
                "encode the value first"
            )
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is no header name: a name is letters, digits and !#$%&'*+-.^_`|~")
    except (AttributeError, TypeError):
        raise TypeError(
            f"header names and values are str: {name!r} came with a {type(value).__name__}"
        ) from None
    if value and (value[0] in " \t" or value[-1] in " \t"):
        raise ValueError(f"header {name!r} starts or ends with white space; strip it first")
    return (name, value)


NO_HEADERS: Final = Headers()
"""The Headers without fields."""
