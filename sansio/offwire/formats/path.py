"""Paths into a JSON document, such as `$.items[3].price`.

Rules of this file: names are shown, since they tell where and give nothing away, but only
printable characters of them, and no more of them than fit.
"""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Names of objects' entries and places in arrays, from the outside in."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_LONGEST_NAME: Final = 64
_MOST_STEPS: Final = 32


def path_text(path: Path) -> str:
    """The path as text; of a deep one its beginning and `...`."""
    text = "$" + "".join(map(_step, path[:_MOST_STEPS]))
    return f"{text}..." if len(path) > _MOST_STEPS else text


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if len(step) > _LONGEST_NAME:
        step = f"{step[:_LONGEST_NAME]}..."
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{json.dumps(step)}]"
