"""`UNSET`: an argument that was not given, as opposed to `None`, which is a value.

In a JSON body `UNSET` leaves the key out and `None` sends null. In a query both leave the
parameter out, since a query string has no null; an empty value is `""`.
"""

from __future__ import annotations

import enum
from typing import Final, Literal


@enum.unique
class Unset(enum.Enum):
    """The type of `UNSET`; annotate an optional argument as `int | Unset`."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        """Nothing was given, so `value or default` gives the default."""
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""The only value of `Unset`."""
