"""How often a request may reach the server (RFC 9110 section 9.2)."""

from __future__ import annotations

import enum
from typing import Final


@enum.unique
class Safety(enum.Enum):
    """What repeating a request does. Declared for each operation, since verbs can mislead."""

    SAFE = "safe"
    """It changes nothing (section 9.2.1)."""
    IDEMPOTENT = "idempotent"
    """Twice does what once does (section 9.2.2)."""
    KEYED = "keyed"
    """It carries an idempotency key, by which the server knows a repeat."""
    UNKNOWN = "unknown"
    """Repeating may do it again: it is repeated only when it surely never arrived."""

    @property
    def repeatable(self) -> bool:
        """Whether a request that may have arrived may be sent again."""
        return self is not Safety.UNKNOWN


_BY_METHOD: Final = {
    "GET": Safety.SAFE, "HEAD": Safety.SAFE, "OPTIONS": Safety.SAFE, "TRACE": Safety.SAFE,
    "PUT": Safety.IDEMPOTENT, "DELETE": Safety.IDEMPOTENT,
}  # fmt: skip


def safety_of(method: str) -> Safety:
    """What the RFC says of `method`; any that it does not list is UNKNOWN."""
    return _BY_METHOD.get(method, Safety.UNKNOWN)
