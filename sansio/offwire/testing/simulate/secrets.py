"""`Canaries`: the secrets of one run, and whether any of them shows in a text.

Rules of this file: every secret ends in letters by chance, which no other text has, so any eight of
them, as they are or in base64, give it away. There is no digit among them, since numbers have many.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from offwire.message.request import Request

if TYPE_CHECKING:
    from random import Random

_SECRET: Final = re.compile(r"(?:access|refresh|client-secret|credential|session)-[g-v]{32}")
_DIGITS: Final = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")
_WORD: Final = re.compile(r"[A-Za-z0-9+/]{8,}")
_RAW: Final = bytes(each in b"ghijklmnopqrstuv" for each in range(256))
_ENCODED: Final = bytes(each in b"BFGHJNRVWXZabcdhlmnopqrstuvwxyz012359" for each in range(256))
"""What secrets are made of, and what base64 makes of that: nearly no text has eight of them in a row."""
_RUN: Final = b"\x01" * 8
_NO_NUMBER: Final = re.compile(rb"(?=[BFGHJNRVWXZa-dhl-z0-359]{8})[0-9]{0,7}[A-Za-z]")
"""Every fourth digit of a secret in base64 is a letter."""
_PIECE: Final = 8
_PREFIX: Final = 18


def new_secret(kind: str, chance: Random) -> str:
    """A word, a dash, and 32 letters."""
    return f"{kind}-{f'{chance.getrandbits(128):032x}'.translate(_DIGITS)}"


class Canaries:
    """What must not be seen."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Look out for these, each as `new_secret` makes them."""
        self._secrets = tuple(secrets)

    @cached_property
    def pieces(self) -> frozenset[str]:
        """All that gives one of them away."""
        return frozenset(
            text[at : at + _PIECE]
            for each in self._secrets
            for text in (each.rpartition("-")[2], b64encode(each.encode()).decode().rstrip("=")[_PREFIX:])
            for at in range(len(text) - _PIECE + 1)
        )

    def in_text(self, text: str) -> bool:
        """Whether any piece of one is in `text`."""
        # Nearly no text is looked at twice, at many times the price of the first look.
        return _may_hold_one(text.encode("utf-8", "replace")) and any(
            word[at : at + _PIECE] in self.pieces
            for word in _WORD.findall(text)
            for at in range(len(word) - _PIECE + 1)
        )


def _may_hold_one(text: bytes) -> bool:
    return _RUN in text.translate(_RAW) or (
        _RUN in text.translate(_ENCODED) and _NO_NUMBER.search(text) is not None
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
