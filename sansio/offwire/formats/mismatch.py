"""`Mismatch`: where data is not what a type declares.

Rules of this file: a message says what was expected and what kind of thing came. Of that thing
only what cannot be secret is shown: null, true, false and short numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from offwire.errors import DecodeError
from offwire.formats.path import Path, path_text

Place: TypeAlias = tuple[Path, str]
"""Where, and what is wrong there, such as "should be a string, not null"."""

_LONGEST_NUMBER: Final = 20


class Mismatch(Exception):
    """One or more places where data does not fit. It never leaves `formats`."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: tuple[Place, ...] = tuple(places)

    def as_decode_error(self) -> DecodeError:
        """The first place as an error, with the number of the others."""
        path, problem = self.places[0]
        where = path_text(path)
        others = len(self.places) - 1
        more = f" (and {others} more)" if others else ""
        return DecodeError(message=f"{where} {problem}{more}", path=where)


def expected(what: str, found: object) -> Mismatch:
    """`what` was declared, such as "an integer", and `found` came."""
    return Mismatch([((), f"should be {what}, not {kind_of(found)}")])


def places_of(error: Exception, *steps: str | int) -> Iterable[Place]:
    """The places that the error of reading one part tells of, as seen from the whole."""
    if isinstance(error, Mismatch):
        return [((*steps, *path), problem) for path, problem in error.places]
    # The words of a foreign error may quote the data.
    return [(steps, f"is refused ({type(error).__name__})")]


def kind_of(value: object) -> str:
    """What JSON calls it, such as "a string"."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value)
        case str():
            return "a string" if value else "an empty string"
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def _number(value: float) -> str:
    if isinstance(value, int) and value.bit_length() > 64:
        return "a long number"
    text = repr(value)
    return f"the number {text}" if len(text) <= _LONGEST_NUMBER else "a long number"
