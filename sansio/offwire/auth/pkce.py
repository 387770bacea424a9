"""PKCE (RFC 7636): the proof that whoever trades a code in is the one who asked for it.

Rules of this file: S256 is the only method; `plain` proves nothing to somebody who sees the
authorization request (RFC 9700 section 2.1.1). Chance comes in as bytes.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from typing import Final

from offwire.secret import Secret

METHOD: Final = "S256"
"""The `code_challenge_method`."""
LEAST_RANDOM: Final = 32
"""As many random bytes make a verifier that nobody guesses (RFC 7636 section 7.1)."""

_VERIFIER: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def verifier_of(random: bytes) -> Secret:
    """A code verifier out of random bytes (RFC 7636 section 4.1).

    Raises:
        ValueError: there are fewer than 32 bytes, or more than fit.
    """
    if len(random) < LEAST_RANDOM:
        raise ValueError(f"a code verifier takes at least {LEAST_RANDOM} random bytes, not {len(random)}")
    return checked_verifier(Secret(url_safe(random)))


def checked_verifier(verifier: Secret) -> Secret:
    """`verifier`, where it is one.

    Raises:
        ValueError: it does not have 43 to 128 characters, or one that may not be there.
    """
    if not _VERIFIER.fullmatch(verifier.reveal()):
        raise ValueError("a code verifier has 43 to 128 letters, digits and -._~ (RFC 7636 section 4.1)")
    return verifier


def challenge_of(verifier: Secret) -> str:
    """What the authorization request shows of the verifier (RFC 7636 section 4.2)."""
    from hashlib import sha256  # noqa: PLC0415 - only a sign-in pays for it

    return url_safe(sha256(verifier.reveal().encode("ascii")).digest())


def url_safe(data: bytes) -> str:
    """`data` in base64url without padding (RFC 7636 appendix A)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
