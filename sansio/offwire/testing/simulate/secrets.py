"""`Canaries`: the secrets of one run, and whether any of them shows in a text.

Rules of this file: every secret ends in letters by chance, which no other text has, so any eight of
them, as they are or in base64, give it away. There is no digit among them, since numbers have many.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from offwire.message.request import Request

if TYPE_CHECKING:
    from random import Random

_SECRET: Final = re.compile(r"(?:access|refresh|client-secret|credential|session)-[g-v]{32}")
_DIGITS: Final = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")
_WORD: Final = re.compile(r"[A-Za-z0-9+/]{8,}")
_PIECE: Final = 8
_PREFIX: Final = 18


def new_secret(kind: str, chance: Random) -> str:
    """A word, a dash, and 32 letters."""
    return f"{kind}-{f'{chance.getrandbits(128):032x}'.translate(_DIGITS)}"


class Canaries:
    """What must not be seen."""

    __slots__ = ("_pieces",)

    def __init__(self, secrets: Iterable[str]) -> None:
        """Look out for these, each as `new_secret` makes them."""
        self._pieces: set[str] = set()
        for each in secrets:
            encoded = b64encode(each.encode()).decode().rstrip("=")
            for text in (each.rpartition("-")[2], encoded[_PREFIX:]):
                self._pieces.update(text[at : at + _PIECE] for at in range(len(text) - _PIECE + 1))

    def in_text(self, text: str) -> bool:
        """Whether any piece of one is in `text`."""
        return any(
            word[at : at + _PIECE] in self._pieces
            for word in _WORD.findall(text)
            for at in range(len(word) - _PIECE + 1)
        )


def leak(request: Request, *, is_elsewhere: bool) -> str:
    """`url` where a request's URL holds a secret, `origin` where one goes to another origin."""
    if _SECRET.search(request.url.text):
        return "url"
    if is_elsewhere and any(
        _SECRET.search(value) or "Basic " in value for _, value in request.headers.pairs()
    ):
        return "origin"
    return ""
