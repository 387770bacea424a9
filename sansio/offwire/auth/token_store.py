"""What a token store is asked, and the text that it keeps.

Rules of this file: a store knows keys and secret texts, and nothing of tokens; what a text says is
decided here. Whoever wants to renew a token takes the key's claim first, reads again what is
kept, and gives the claim back when the new token has been saved. So of two programs one renews,
and the other finds the new token: a refresh token that both had sent would be lost to both, where
the server takes reuse for theft (RFC 9700 section 4.14.2). A claim that can run out is numbered, and
what is saved by it says so: who was paused for too long cannot replace what a later one has saved.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Final, Protocol, TypeAlias

from attrs import field, frozen

from offwire.auth.token import Token, TokenGrant
from offwire.errors import StoreFailed
from offwire.flow import Store
from offwire.json_value import Json
from offwire.secret import Secret

VERSION: Final = 1
"""Of the text; another one is not read."""
LEAST_LEFT: Final = 30.0
"""Seconds: a kept token with less life than this is renewed at once."""


@frozen
class Load:
    """What is kept under the key: a `Secret`, or None."""

    key: str


@frozen
class Save:
    """Keep the text under the key, in place of what is there. None once it cannot be lost any more.

    A store whose claims can run out refuses it with `StoreFailed` where something has been saved by a
    claim of a later generation. One whose claims cannot may ignore the generation.
    """

    key: str
    text: Secret
    generation: int | None = None
    """Of the claim by which it was got; None where it came without one, and is not refused."""


@frozen
class Forget:
    """Keep nothing under the key. None."""

    key: str


@frozen
class Claim:
    """The sole right to renew what is kept under the key, against other programs too.

    A `Claimed`, or None while somebody else has it: a store does not wait for it.
    """

    key: str


class Claimed(Protocol):
    """A claim that was granted. It ends with the process that has it, however that ends.

    Where a store cannot see that, the claim runs out after a while, and has a generation.
    """

    @property
    def generation(self) -> int | None:
        """Higher than that of every earlier claim of the key; None where the claim cannot be lost."""
        ...

    def release(self) -> None:
        """Give it back: at once, without waiting and without an error. Idempotent.

        It gives back nobody else's, where this one has run out.
        """
        ...


TokenQuestion: TypeAlias = Load | Save | Forget | Claim
"""All that a token store is asked. The set is closed: stores match on it with `assert_never`.

A store raises `StoreFailed`, whose message shows nothing of what it keeps.
"""

TokenStore: TypeAlias = Store[TokenQuestion]
"""Keeps tokens: one of `offwire_store`, or one of your own."""


@frozen
class KeptToken:
    """A grant as it is kept: with the time of its end instead of its lifetime."""

    grant: TokenGrant
    expires_at: float | None = field(default=None)
    """Wall seconds; None where the server does not say."""

    @classmethod
    def of(cls, grant: TokenGrant, wall: float) -> KeptToken:
        """`grant`, whose request began at `wall`."""
        return cls(grant, None if grant.lifetime is None else wall + grant.lifetime)

    @classmethod
    def read(cls, key: str, text: Secret) -> KeptToken:
        """What `text`, kept under `key`, says.

        Raises:
            StoreFailed: it is not one of ours, or of a later version. It is not overwritten.
        """
        try:
            found: Json = json.loads(text.reveal())
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and found.get("version") == VERSION:
            try:
                return _read(found)
            except (KeyError, TypeError, ValueError):
                pass
        raise StoreFailed(
            f"what is kept under {key!r} is no token that this version of Offwire can read: "
            "have the store forget it, or take another key, and sign in again"
        )

    def text(self) -> Secret:
        """The text to keep: JSON, with the tokens in the open."""
        grant = self.grant
        document: dict[str, Json] = {
            "version": VERSION,
            "access_token": grant.access.reveal(),
            "refresh_token": None if grant.refresh is None else grant.refresh.reveal(),
            "token_type": grant.token_type,
            "scope": grant.scope,
            "expires_at": self.expires_at,
            "extra": dict(grant.extra),
        }
        return Secret(json.dumps(document))

    def is_usable(self, wall: float) -> bool:
        """Whether calls can go on with it for a while."""
        return self.expires_at is None or self.expires_at - wall >= LEAST_LEFT

    def granted(self, wall: float) -> TokenGrant:
        """The grant, with the lifetime that is left. The caller owes that it is usable."""
        grant = self.grant
        return TokenGrant(
            grant.access,
            lifetime=None if self.expires_at is None else self.expires_at - wall,
            refresh=grant.refresh,
            token_type=grant.token_type,
            scope=grant.scope,
            extra=grant.extra,
        )

    def as_previous(self) -> Token:
        """The token that a renewal starts from."""
        grant = self.grant
        return Token(
            access=grant.access,
            generation=0,
            expires_at=None,
            refresh=grant.refresh,
            token_type=grant.token_type,
            scope=grant.scope,
            extra=grant.extra,
        )


def _read(found: dict[str, Json]) -> KeptToken:
    access, refresh, token_type = found["access_token"], found["refresh_token"], found["token_type"]
    scope, expires_at, extra = found["scope"], found["expires_at"], found["extra"]
    if not isinstance(access, str) or not isinstance(refresh, str | None):
        raise TypeError("a token is text")
    if not isinstance(token_type, str) or not isinstance(scope, str | None) or not isinstance(extra, dict):
        raise TypeError("another form")
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float | None):
        raise TypeError("a time is a number")
    if expires_at is not None and not isfinite(expires_at):
        raise ValueError("a time is finite")
    grant = TokenGrant(access, refresh=refresh, token_type=token_type, scope=scope, extra=extra)
    return KeptToken(grant, expires_at)
