"""Structured field values (RFC 9651): lists, dictionaries and items, from the text of a header field.

Rules of this file: parsing follows section 4.2 to the letter, and what it calls a failure raises one
ValueError, after which the whole field counts as absent (section 1.1). Where that section leaves a
choice (padding that is missing in base64), what can be read is read. The error names the place and
never the text, since a field may hold what nobody else should see. Nothing here writes fields.

| in the text | in Python |
|---|---|
| `7`, `-7` | int |
| `1.5` | float, which holds the 15 digits that there may be |
| `"text"` | str |
| `text` | `Token` |
| `:dGV4dA==:` | bytes |
| `?1` | bool |
| `@1700000000` | `Date` |
| `%"caf%c3%a9"` | `DisplayString` |
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from attrs import frozen


@frozen
class Token:
    """A short word that stands without quotes (section 3.3.4)."""

    text: str


@frozen
class Date:
    """An instant (section 3.3.7)."""

    seconds: int
    """Since 1970, without leap seconds; below 0 before."""


@frozen
class DisplayString:
    """Text that may hold any character, for people to read (section 3.3.8)."""

    text: str


BareItem: TypeAlias = int | float | str | bytes | bool | Token | Date | DisplayString
Parameters: TypeAlias = Mapping[str, BareItem]


@frozen
class Item:
    """One value with its parameters, in their order (section 3.3)."""

    value: BareItem
    parameters: Parameters


@frozen
class InnerList:
    """A list in a list or dictionary (section 3.1.1)."""

    items: tuple[Item, ...]
    parameters: Parameters


Member: TypeAlias = Item | InnerList


def parse_list(lines: Sequence[str]) -> tuple[Member, ...]:
    """Read a list out of the field's lines, in their order; no line is the empty list.

    Raises:
        ValueError: it is malformed.
    """
    reader = _Reader(", ".join(lines))
    members: list[Member] = []
    while reader.goes_on(bool(members)):
        members.append(reader.member())
    return tuple(members)


def parse_dictionary(lines: Sequence[str]) -> dict[str, Member]:
    """Read a dictionary out of the field's lines; of members with one key the last one counts.

    Raises:
        ValueError: it is malformed.
    """
    reader = _Reader(", ".join(lines))
    members: dict[str, Member] = {}
    while reader.goes_on(bool(members)):
        key = reader.key()
        members[key] = reader.member() if reader.skip(_EQUALS) else Item(True, reader.parameters())
    return members


def parse_item(lines: Sequence[str]) -> Item:
    """Read a single item out of the field's lines.

    Raises:
        ValueError: it is malformed, or there is none.
    """
    reader = _Reader(", ".join(lines))
    item = reader.item()
    if reader.at < len(reader.text):
        raise reader.refusal("nothing more")
    return item


_SPACES: Final = re.compile(" *")
_COMMA: Final = re.compile("[ \t]*,[ \t]*")
_EQUALS: Final = re.compile("=")
_OPEN: Final = re.compile(r"\( *")
_CLOSE: Final = re.compile(r" *\)")
_BETWEEN: Final = re.compile(" +")
_SEMICOLON: Final = re.compile("; *")
_KEY: Final = re.compile("[a-z*][a-z0-9_.*-]*")

_END: Final = "(?![0-9.])"
_PLAIN: Final = r"[ !#-\[\]-~]*"
_BASE64: Final = "[A-Za-z0-9+/]"
_BARE: Final = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "integer": f"-?[0-9]{{1,15}}{_END}",
            "decimal": rf"-?[0-9]{{1,12}}\.[0-9]{{1,3}}{_END}",
            "string": rf'"{_PLAIN}(?:\\["\\]{_PLAIN})*"',
            "token": r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*",
            "binary": f":(?:{_BASE64}{{4}})*(?:{_BASE64}{{2}}(?:==)?|{_BASE64}{{3}}=?)?:",
            "boolean": r"\?[01]",
            "date": f"@-?[0-9]{{1,15}}{_END}",
            "display": '%"(?:[ !#$&-~]|%[0-9a-f]{2})*"',
        }.items()
    )
)
_ESCAPED: Final = re.compile(r'\\(["\\])')


class _Reader:
    """What is left of a field's text."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text = text.rstrip(" ")
        self.at = 0
        self.skip(_SPACES)

    def goes_on(self, has_begun: bool) -> bool:
        """Whether there is a further member; its comma is skipped."""
        if self.at == len(self.text):
            return False
        if has_begun and not self.skip(_COMMA):
            raise self.refusal("a comma")
        return True

    def member(self) -> Member:
        if not self.skip(_OPEN):
            return self.item()
        items: list[Item] = []
        while not self.skip(_CLOSE):
            if items and not self.skip(_BETWEEN):
                raise self.refusal("a space or a closing parenthesis")
            items.append(self.item())
        return InnerList(tuple(items), self.parameters())

    def item(self) -> Item:
        return Item(self.bare_item(), self.parameters())

    def parameters(self) -> Parameters:
        found: dict[str, BareItem] = {}
        while self.skip(_SEMICOLON):
            key = self.key()
            found[key] = self.bare_item() if self.skip(_EQUALS) else True
        return found

    def key(self) -> str:
        match = _KEY.match(self.text, self.at)
        if match is None:
            raise self.refusal("a key")
        self.at = match.end()
        return match[0]

    def bare_item(self) -> BareItem:
        match = _BARE.match(self.text, self.at)
        if match is None:
            raise self.refusal("a value")
        text = match[0]
        value: BareItem
        match match.lastgroup:
            case "integer":
                value = int(text)
            case "decimal":
                value = float(text)
            case "string":
                value = _ESCAPED.sub(r"\1", text[1:-1])
            case "token":
                value = Token(text)
            case "binary":
                value = b64decode(text[1:-1].rstrip("=") + "==")
            case "boolean":
                value = text == "?1"
            case "date":
                value = Date(int(text[1:]))
            case _:
                try:
                    value = DisplayString(unquote_to_bytes(text[2:-1]).decode())
                except UnicodeDecodeError:
                    raise self.refusal("text in UTF-8") from None
        self.at = match.end()
        return value

    def skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def refusal(self, wanted: str) -> ValueError:
        return ValueError(f"malformed structured field: at character {self.at} there should be {wanted}")
