"""Lines of Python, laid out as ruff and black lay them out.

Rules of this file: what fits on a line stands on one; then what is between brackets gets a line of
its own, unless it is a literal; then each item gets one, with a comma behind it.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen


@frozen
class Bracket:
    """Something between brackets: `head` and `tail` hold these, and what is written around them."""

    head: str
    items: Sequence[Piece]
    tail: str
    is_literal: bool = False
    """A dict, a list or what is imported: its items stand on one line only together with the brackets."""


Piece: TypeAlias = "str | Bracket"


def flat(piece: Piece) -> str:
    """The piece on one line."""
    if isinstance(piece, str):
        return piece
    return piece.head + ", ".join(map(flat, piece.items)) + piece.tail


def lines(piece: Piece, width: int, indent: str = "", before: str = "", after: str = "") -> list[str]:
    """The piece between `before` and `after`, in lines of at most `width`, where it can be broken."""
    whole = indent + before + flat(piece) + after
    if isinstance(piece, str) or len(whole) <= width or not piece.items:
        return [whole]
    inner = indent + "    "
    first, last = indent + before + piece.head, indent + piece.tail + after
    body = inner + ", ".join(map(flat, piece.items))
    if not piece.is_literal and len(body) <= width:
        return [first, body, last]
    broken = [line for each in piece.items for line in lines(each, width, inner, after=",")]
    return [first, *broken, last]


def docstring(paragraphs: Iterable[str], width: int, indent: str = "") -> list[str]:
    """A docstring of these paragraphs, wrapped."""
    wrapped = []
    for number, each in enumerate(_escaped(one) for one in paragraphs if one.strip()):
        # A first line that is the only one has to have room for both quotes.
        room = width - len(indent) - (0 if number else 6)
        if number:
            wrapped.append("")
        wrapped += textwrap.wrap(" ".join(each.split()), room, break_long_words=False, break_on_hyphens=False)
    if len(wrapped) == 1:
        return [f'{indent}"""{wrapped[0]}{" " if wrapped[0].endswith(chr(34)) else ""}"""']
    return [
        f'{indent}"""{wrapped[0]}',
        *(indent + each if each else "" for each in wrapped[1:]),
        f'{indent}"""',
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def quoted(text: str) -> str:
    """The text as a literal on one line, in double quotes."""
    shown = repr(text)
    if shown.startswith('"') or '"' in text:
        return shown
    return f'"{shown[1:-1]}"'


def block(text: str) -> str:
    """The text as a literal of several lines."""
    return f'"""\n{_escaped(text)}\n"""'


def imports(
    wanted: Mapping[str, Iterable[str]], width: int, *, indent: str = "", own: Sequence[str] = ()
) -> list[str]:
    """`from … import …` for each module, in isort's order; `own` are the roots of own packages."""
    sections: dict[int, list[str]] = {}
    for module in sorted(wanted, key=lambda name: (name.lower(), name)):
        names = sorted(set(wanted[module]), key=_isort_key)
        if names:
            piece = Bracket(f"from {module} import (", names, ")", is_literal=True)
            one = f"{indent}from {module} import {', '.join(names)}"
            found = [one] if len(one) <= width else _each_on_a_line(piece, indent)
            sections.setdefault(_section(module, own), []).extend(found)
    return [line for number in sorted(sections) for line in ["", *sections[number]]][1:]


def _each_on_a_line(piece: Bracket, indent: str) -> list[str]:
    return [indent + piece.head, *(f"{indent}    {flat(each)}," for each in piece.items), indent + piece.tail]


def _isort_key(name: str) -> tuple[int, str, str]:
    """isort's order: constants, classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name


def _section(module: str, own: Sequence[str]) -> int:
    root = module.partition(".")[0]
    if module.startswith("."):
        return 4
    if root == "__future__":
        return 0
    if root in own:
        return 3
    return 1 if root in sys.stdlib_module_names else 2
