"""Reads the redirect that ends an authorization (RFC 6749 section 4.1.2, RFC 9207).

Rules of this file: a redirect is untrusted text. The state is compared first, in constant time,
whether the redirect brings a code or an error; without the right one nothing else is looked at,
and nothing of it is ever shown. A parameter without a value counts as absent (section 3.1), and
one that is given twice spoils the whole.
"""

from __future__ import annotations

from typing import Final

from offwire.auth.token import PASSING_CODES, refusal_of
from offwire.errors import SignInFailed, StrayRedirect
from offwire.secret import Secret

_MOST_PARAMETERS: Final = 50
_ONCE: Final = frozenset({"code", "error", "error_description", "iss", "state"})


def read_redirect(redirect: str, state: Secret, issuer: str | None) -> Secret:
    """The code in `redirect`: a URL, or the path and query of one.

    Args:
        redirect: what the browser was sent to.
        state: what it has to bring back.
        issuer: whose it has to say that it is; None where the server does not say.

    Raises:
        StrayRedirect: it has not this state, or is no redirect at all.
        SignInFailed: it has, and there is no code in it.
    """
    from urllib.parse import parse_qsl  # noqa: PLC0415 - only a sign-in pays for it

    query = redirect.partition("#")[0].partition("?")[2]
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        pairs = []
    found = dict(pairs)
    if not _same(found.get("state", ""), state):
        raise StrayRedirect(message="this redirect has not the state of the sign-in under way")
    names = [name for name, _ in pairs if name in _ONCE]
    if len(set(names)) < len(names):
        raise StrayRedirect(message="this redirect has a parameter twice")
    if issuer is not None and found.get("iss") != issuer:
        raise SignInFailed(
            message="the redirect names another issuer, or none: it may be an attacker's (RFC 9207)",
            is_final=True,
        )
    if "error" in found:
        code, said = refusal_of(found, (state, *(Secret(each) for name, each in pairs if name == "code")))
        raise SignInFailed(
            message=f"the sign-in was refused{said}", code=code, is_final=code not in PASSING_CODES
        )
    if "code" not in found:
        raise SignInFailed(message="the redirect brings neither a code nor an error", is_final=True)
    return Secret(found["code"])


def _same(text: str, state: Secret) -> bool:
    from hmac import compare_digest  # noqa: PLC0415 - only a sign-in pays for it

    return compare_digest(text.encode(errors="replace"), state.reveal().encode(errors="replace"))
