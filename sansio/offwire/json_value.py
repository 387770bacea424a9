"""`Json`: the type of what a JSON document says."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
else:
    # Checkers know the recursive type; at run time plain data is read as it comes, and `Json | None`
    # has to be something that an annotation can be made of.
    Json = object
"""Plain data, as `json.loads` gives it and `json.dumps` takes it."""
