"""`TokenGrant` and `Token`: what a sign-in brings, and what calls are given to go on with.

Rules of this file: no token is ever shown, neither in a rendering nor in an error, and of a token
server's error answer only the two fields are shown that RFC 6749 section 5.2 names. Any answer
whatsoever is read as a grant or as a `SignInFailed`; nothing else is raised.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from attrs import evolve, field, frozen

from offwire.errors import SignInFailed
from offwire.json_value import Json
from offwire.message.response import Response
from offwire.secret import Secret, scrub, secret

FINAL_CODES: Final = frozenset(
    {
        "access_denied", "invalid_client", "invalid_grant", "invalid_scope",
        "unauthorized_client", "unsupported_grant_type",
    }
)  # fmt: skip
"""Codes that say no to the credentials (RFC 6749 sections 4.1.2.1 and 5.2): the same request
brings the same answer."""

PASSING_CODES: Final = frozenset(
    {"authorization_pending", "server_error", "slow_down", "temporarily_unavailable"}
)
"""Codes that say "not now" (RFC 6749 section 4.1.2.1, RFC 8628 section 3.5), also with a 400."""

_KNOWN_FIELDS: Final = frozenset({"access_token", "expires_in", "refresh_token", "scope", "token_type"})
_ERROR_FIELDS: Final = frozenset({"error", "error_description", "error_uri"})
_HEADER_SAFE: Final = re.compile(r"[!-~]+( [!-~]+)*")
_TYPE: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ERROR_CODE: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,80}")
_LONGEST_DESCRIPTION: Final = 200
_SHORTEST_SECRET: Final = 8
Secrets: TypeAlias = "tuple[Secret, ...] | frozenset[Secret]"


def _optional_secret(value: str | Secret | None) -> Secret | None:
    return None if value is None else secret(value)


def _lifetime(_instance: object, _attribute: Any, value: float | None) -> None:
    if value is not None and not (0 < value < math.inf):
        raise ValueError(
            f"TokenGrant.lifetime is a positive number of seconds, or None where nobody knows, not {value!r}"
        )


def _read_only(value: Mapping[str, Json]) -> Mapping[str, Json]:
    return MappingProxyType(dict(value))


def _names_only(value: Mapping[str, Json]) -> str:
    return f"<{', '.join(value)}>"


@frozen
class TokenGrant:
    """What a way to sign in returns.

    Raises at birth:
        ValueError: the lifetime is not a positive, finite number, or a token is empty.
    """

    access: Secret = field(converter=secret)
    lifetime: float | None = field(default=None, kw_only=True, validator=_lifetime)
    """Seconds for which the token is good, counted from the start of its request; None where
    the server does not say."""
    refresh: Secret | None = field(default=None, kw_only=True, converter=_optional_secret)
    """What the next token can be had for; None leaves an earlier one in force (RFC 6749 section 6)."""
    token_type: str = field(default="Bearer", kw_only=True)
    scope: str | None = field(default=None, kw_only=True)
    extra: Mapping[str, Json] = field(
        factory=dict, kw_only=True, converter=_read_only, repr=_names_only, hash=False
    )
    """All other fields of the answer, such as `id_token`; only their names are shown."""

    def keeping_refresh(self, refresh: Secret) -> TokenGrant:
        """This grant, with `refresh` where it has none: an answer without one leaves the old one in force."""
        return self if self.refresh is not None else evolve(self, refresh=refresh)


@frozen(kw_only=True)
class Token:
    """What the token box hands out. A 401 is reported to the box with the `generation`."""

    access: Secret
    generation: int
    """1 for the first token of a box; each new one counts on."""
    expires_at: float | None
    """Monotonic seconds; None where the server does not say."""
    refresh: Secret | None
    token_type: str = "Bearer"
    scope: str | None = None
    extra: Mapping[str, Json] = field(factory=dict, converter=_read_only, repr=_names_only, hash=False)


def read_token_response(response: Response, *, secrets: Secrets = ()) -> TokenGrant:
    """What a token endpoint answered (RFC 6749 sections 5.1 and 5.2), whatever it is.

    Servers take liberties, so `expires_in` may also be text or a fraction, and where it is no
    positive number the lifetime counts as unknown; a missing `token_type` is Bearer; an `error`
    counts at any status, since some servers send it with a 200.

    Args:
        response: the answer; its Content-Type is not looked at.
        secrets: what the request held; it is masked in what the server says.

    Raises:
        SignInFailed: no usable token is in there. `is_final` where the server refuses the
            credentials. Its `retry_after` is the caller's to fill in from the headers.
    """
    answer = _object(response)
    error = answer.get("error")
    if not response.is_success or (isinstance(error, str) and error):
        raise _refusal(response.status, answer, secrets)
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise _unreadable(response.status, "holds no access_token")
    if not _HEADER_SAFE.fullmatch(access):
        raise _unreadable(response.status, "holds a token that does not fit into a header")
    refresh = answer.get("refresh_token")
    scope = answer.get("scope")
    return TokenGrant(
        access,
        lifetime=_seconds(answer.get("expires_in")),
        refresh=refresh if isinstance(refresh, str) and refresh else None,
        token_type=_token_type(answer.get("token_type")),
        scope=scope if isinstance(scope, str) else None,
        extra={name: value for name, value in answer.items() if name not in _KNOWN_FIELDS},
    )


def _object(response: Response) -> dict[str, Json]:
    try:
        answer: Json = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        return answer
    if response.is_success:
        # Not inside of the except: the parser's error, whose `doc` is the body, would stay attached.
        raise _unreadable(response.status, "is not a JSON object")
    return {}


def _seconds(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < math.inf else None


def _token_type(value: Json) -> str:
    if not isinstance(value, str) or not _TYPE.fullmatch(value) or value.lower() == "bearer":
        # Many resource servers compare with "Bearer", though the case has no meaning (section 5.1).
        return "Bearer"
    return value


def _unreadable(status: int, what: str) -> SignInFailed:
    return SignInFailed(message=f"the token server's answer {what}", status=status)


def _refusal(status: int, answer: dict[str, Json], secrets: Secrets) -> SignInFailed:
    # Whatever else the body holds may be a token, and a description may repeat it.
    unknown = tuple(
        Secret(value)
        for name, value in answer.items()
        if name not in _ERROR_FIELDS and isinstance(value, str) and len(value) >= _SHORTEST_SECRET
    )
    code, said = refusal_of(answer, (*secrets, *unknown))
    message = f"the token server answered {status}{said}"
    return SignInFailed(message=message, status=status, code=code, is_final=_is_final(status, code))


def refusal_of(answer: Mapping[str, Json], secrets: Secrets) -> tuple[str | None, str]:
    """The code of an OAuth error, and what may be shown of it: ` code: description`.

    What is no code (RFC 6749 section 5.2) counts as none. The description is masked, cut, and has
    no control characters.
    """
    code = _shown(answer.get("error"), secrets)
    if code is not None and not _ERROR_CODE.fullmatch(code):
        code = None
    description = _shown(answer.get("error_description"), secrets)
    return code, (f" {code}" if code else "") + (f": {description}" if description else "")


def _shown(value: Json, secrets: Secrets) -> str | None:
    if not isinstance(value, str):
        return None
    # Masked before it is cut, so that no part of a secret is left at the end.
    text = " ".join(scrub(value, secrets).split())
    text = "".join(each if each.isprintable() else "?" for each in text)
    return text[:_LONGEST_DESCRIPTION] or None


def _is_final(status: int, code: str | None) -> bool:
    if status == 429 or status >= 500 or code in PASSING_CODES:
        return False
    return code in FINAL_CODES or status in (400, 401, 403)
