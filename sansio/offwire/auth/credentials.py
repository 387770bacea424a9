"""Credentials that are known from the start.

Rules of this file: a credential says which header fields and query parameters it adds; whether a
request may carry them is decided where requests are sent, by origin. What cannot be sent is
refused when a credential is made, and no error shows any of it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen

from offwire.message.headers import HeaderPairs, Headers
from offwire.message.query import quote_query, utf8
from offwire.secret import Secret, secret

if TYPE_CHECKING:
    from attrs import Attribute

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_VISIBLE: Final = re.compile(r"[!-~]+")


def _secrets(values: Mapping[str, str | Secret]) -> Mapping[str, Secret]:
    if not isinstance(values, Mapping):
        raise TypeError(
            f'an ApiKey takes mappings of names to keys, such as headers={{"X-Api-Key": key}}, '
            f"not a {type(values).__name__}"
        )
    return {name: secret(value) for name, value in values.items()}


@frozen(kw_only=True)
class ApiKey:
    """One or more fixed keys: `ApiKey(headers={"X-Api-Key": key})`.

    Prefer headers: a key in the query ends up in the logs of every proxy on the way.

    Raises at birth:
        TypeError: the keys come without names, or one is no text.
        ValueError: there is none, or one cannot be sent.
    """

    headers: Mapping[str, Secret] = field(factory=dict, converter=_secrets)
    query: Mapping[str, Secret] = field(factory=dict, converter=_secrets)

    def __attrs_post_init__(self) -> None:
        if not self.headers and not self.query:
            raise ValueError('an ApiKey needs a place: headers={"X-Api-Key": key} or query={...}')
        self.header_pairs()
        self.query_text()

    def header_pairs(self) -> HeaderPairs:
        """The fields to add, unmasked."""
        return Headers({name: each.reveal() for name, each in self.headers.items()}).pairs()

    def query_text(self) -> str:
        """The encoded parameters to add, unmasked."""
        return "&".join(
            f"{quote_query(name)}={quote_query(each.reveal())}" for name, each in self.query.items()
        )

    def secrets(self) -> tuple[Secret, ...]:
        """What an answer must not be shown to echo."""
        return (*self.headers.values(), *self.query.values())


def _username(_instance: object, _attribute: Attribute[str], value: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"a Basic user name is a str, not {type(value).__name__}")
    if ":" in value:
        raise ValueError("a Basic user name has no colon (RFC 7617 section 2)")
    _without_controls("user name", value)


def _password(_instance: object, _attribute: Attribute[Secret], value: Secret) -> None:
    _without_controls("password", value.reveal())


def _without_controls(what: str, text: str) -> None:
    if _CONTROL.search(text):
        raise ValueError(
            f"a Basic {what} has no control characters (RFC 7617 section 2): does a line break end it?"
        )
    utf8(text)


@frozen
class Basic:
    """A user name and a password, by RFC 7617, in UTF-8.

    Raises at birth:
        TypeError: one of them is no text.
        ValueError: one holds what cannot be sent, or the user name a colon.
    """

    username: str = field(validator=_username)
    password: Secret = field(converter=secret, validator=_password)

    def header_pairs(self) -> HeaderPairs:
        """The Authorization field, unmasked."""
        return (("Authorization", f"Basic {basic(self.username, self.password)}"),)

    def query_text(self) -> str:
        """Nothing goes into the query."""
        return ""

    def secrets(self) -> tuple[Secret, ...]:
        """What an answer must not be shown to echo."""
        return (self.password, Secret(basic(self.username, self.password)))


def _token(_instance: object, _attribute: Attribute[Secret], value: Secret) -> None:
    if not _VISIBLE.fullmatch(value.reveal()):
        raise ValueError(
            "a Bearer token is visible ASCII without white space: "
            "strip its line break, and leave out the word Bearer"
        )


@frozen
class Bearer:
    """A token that was got elsewhere and does not change, by RFC 6750 section 2.1.

    Raises at birth:
        TypeError: it is no text.
        ValueError: it does not fit into a header.
    """

    token: Secret = field(converter=secret, validator=_token)

    def header_pairs(self) -> HeaderPairs:
        """The Authorization field, unmasked."""
        return (("Authorization", f"Bearer {self.token.reveal()}"),)

    def query_text(self) -> str:
        """Nothing goes into the query."""
        return ""

    def secrets(self) -> tuple[Secret, ...]:
        """What an answer must not be shown to echo."""
        return (self.token,)


FixedCredential: TypeAlias = ApiKey | Basic | Bearer


def basic(username: str, password: Secret) -> str:
    """The credentials of a Basic Authorization field, unmasked (RFC 7617 section 2, UTF-8)."""
    return b64encode(f"{username}:{password.reveal()}".encode()).decode("ascii")
