"""`Secret`: text that never prints.

Rules of this file: no way of turning a Secret into text, other than `reveal()`, may show what
it holds. That includes repr, str, format, JSON and pickle. A caller of `reveal()` owes that the
result goes onto the wire and nowhere else.
"""

from __future__ import annotations

from typing import Final, NoReturn

MASK: Final = "***"
"""What stands wherever something is withheld."""


class Secret:
    """A token, password, key or cookie, masked in every rendering.

    Two secrets are equal when they hold the same text, so they serve as dictionary keys.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hold `text`.

        Raises:
            TypeError: `text` is not a str; the message does not show it.
            ValueError: `text` is empty, which is always a configuration slip.
        """
        if not isinstance(text, str):
            raise TypeError(f"a Secret holds a str, not {type(text).__name__}")
        if not text:
            raise ValueError("a Secret may not be empty: was the setting read at all?")
        self._text = text

    def reveal(self) -> str:
        """The text itself. Put it on the wire; never into a log, a message or a file."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: hand its text over by a channel of your own")


def secret(value: str | Secret) -> Secret:
    """`value` as a Secret; credentials are taken in either form."""
    return value if isinstance(value, Secret) else Secret(value)


def scrub(text: str, secrets: frozenset[Secret] | tuple[Secret, ...]) -> str:
    """`text` with every occurrence of a secret masked: servers like to echo what they refuse."""
    # The longest first: where one is a part of another, the rest of it must not stay behind.
    for each in sorted([each.reveal() for each in secrets], key=len, reverse=True):
        text = text.replace(each, MASK)
    return text
