"""Multipart forms: fields and files as multipart/form-data (RFC 7578).

Rules of this file: the boundary occurs in no part, which is checked and not left to chance. What
a name or a file name holds cannot end its quotes or its line (WHATWG HTML, section 4.10.21.8).
Fields follow the rules and the styles of a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen

from offwire.message.body import Body, checked_content, checked_media_type, shown_size
from offwire.message.query import QueryValue, encoded_pairs, utf8

if TYPE_CHECKING:
    from attrs import Attribute

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'+_.-]{1,70}")
"""RFC 2046 section 5.1.1, less what would need quotes in the media type."""
_OWN_BOUNDARY: Final = re.compile(rb"offwire-([0-9]{12})")
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})

Part: TypeAlias = tuple[bytes, bytes]
"""The header lines of a part with the empty one behind them, and its content."""


def _checked_filename(_instance: object, _attribute: Attribute[str | None], value: str | None) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"File.filename has to be a str or None, not {type(value).__name__}")


@frozen
class File:
    """A file to upload: `File(pdf, "invoice.pdf", "application/pdf")`.

    Raises at birth:
        TypeError: the content is not bytes, or the media type is not a str.
        ValueError: the media type cannot go into a header field.
    """

    content: bytes = field(repr=shown_size, validator=checked_content)
    """The bytes; never shown."""
    filename: str | None = field(default=None, validator=_checked_filename)
    """The name that the server is told; most servers take a part without one for a plain field."""
    content_type: str | None = field(default=None, validator=checked_media_type)
    """The media type; None says application/octet-stream."""


def encode_multipart(
    fields: Mapping[str, QueryValue], files: Mapping[str, File | Sequence[File]], boundary: str
) -> Body:
    """A form with files as the body of a request: the fields in their order, then the files.

    `boundary` is 1 to 70 letters, digits and `'+_.-`. Several files may have one name.

    Raises:
        TypeError: a name is no str, a file no File, or a value of a kind that has no text.
        ValueError: the boundary is none, or occurs in a part; or a value cannot be sent.
    """
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError(f"a boundary is 1 to 70 letters, digits and '+_.- characters, not {boundary!r}")
    return _assembled(list(_parts(fields, files)), boundary)


def multipart_body(fields: Mapping[str, QueryValue], files: Mapping[str, File | Sequence[File]]) -> Body:
    """As `encode_multipart`, with the first of our own boundaries that occurs in no part.

    Needs no chance, so the same form always has the same bytes.
    """
    parts = list(_parts(fields, files))
    taken = {int(found) for part in parts for each in part for found in _OWN_BOUNDARY.findall(each)}
    free = next(number for number in range(len(taken) + 1) if number not in taken)
    return _assembled(parts, f"offwire-{free:012}")


def _assembled(parts: list[Part], boundary: str) -> Body:
    mark = boundary.encode("ascii")
    if any(mark in each for part in parts for each in part):
        raise ValueError(f"the boundary {boundary!r} occurs in a part: choose another one")
    pieces: list[bytes] = []
    for head, content in parts:
        pieces += (b"--", mark, b"\r\n", head, content, b"\r\n")
    pieces += (b"--", mark, b"--\r\n")
    return Body(content=b"".join(pieces), content_type=f"multipart/form-data; boundary={boundary}")


def _parts(fields: Mapping[str, QueryValue], files: Mapping[str, File | Sequence[File]]) -> Iterator[Part]:
    for name, value in fields.items():
        for key, text in encoded_pairs(name, value, str):
            yield utf8(f'Content-Disposition: form-data; name="{_escaped(key)}"\r\n\r\n'), utf8(text)
    for name, given in files.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a file's field is a str, not {type(name).__name__}: {name!r}")
        for file in (given,) if isinstance(given, File) else given:
            if not isinstance(file, File):
                raise TypeError(
                    f"file {name!r} has to be a File or a list of them, not {type(file).__name__}"
                )
            head = f'Content-Disposition: form-data; name="{_escaped(name)}"'
            if file.filename is not None:
                head += f'; filename="{_escaped(file.filename)}"'
            kind = file.content_type or "application/octet-stream"
            yield utf8(f"{head}\r\nContent-Type: {kind}\r\n\r\n"), file.content


def _escaped(name: str) -> str:
    return name.translate(_ESCAPES)
