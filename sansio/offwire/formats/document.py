"""A JSON document to a typed value: `read_document(content, list[Event], within=("data", "events"))`.

Rules of this file: the fast path first, where there is one, and then the slow one, which gives the
same value or tells what is wrong.
"""

from __future__ import annotations

from typing import TypeVar

from offwire.errors import DecodeError
from offwire.formats.fast import Declined, fast_reader
from offwire.formats.json import loads
from offwire.formats.mismatch import kind_of
from offwire.formats.path import path_text
from offwire.formats.structure import structure

T = TypeVar("T")


def read_document(content: bytes, kind: type[T], *, within: tuple[str, ...] = ()) -> T:
    """What stands at the keys `within` in a document, as a `kind`.

    Raises:
        DecodeError: it is no JSON, has no such place, or what stands there does not fit. A path is
            seen from `within`.
        TypeError: `kind` is no type that is read from JSON.
    """
    read = fast_reader(kind, within)
    if read is not None:
        try:
            return read(content)
        except Declined:
            pass
    data = loads(content)
    for depth, key in enumerate(within):
        if not isinstance(data, dict) or key not in data:
            where = path_text(within[:depth])
            what = "has no such key" if isinstance(data, dict) else f"is {kind_of(data)}"
            raise DecodeError(message=f"{where} {what}, where {key!r} is looked for", path=where)
        data = data[key]
    return structure(data, kind)
