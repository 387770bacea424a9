"""Whose calls these are: credentials from the environment, or a sign-in that was kept.

Rules of this file: a secret is never an argument, which other programs could see. What is kept of a
sign-in besides its tokens, such as the id of the API client, is no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click
from attrs import frozen

from offwire.apis.esologs.addresses import SCOPES, SITE, TOKEN_PATH
from offwire_cli.codes import FAILED, REFUSED
from offwire_cli.groups import Failure, unreadable
from offwire_cli.rows import replacing

if TYPE_CHECKING:
    from offwire.auth.authorization_code import AuthorizationCode
    from offwire.auth.stored import Stored
    from offwire.auth.token_store import TokenStore

_AUTHORIZE_PATH: Final = "/oauth/authorize"
_ADVICE: Final = (
    "Make an API client at https://www.esologs.com/api/clients, and put its id into ESOLOGS_ID and its "
    "secret into ESOLOGS_SECRET; or sign in with `offwire login esologs`; or add --stand-in to try the "
    "command without"
)


def site_of(environ: Mapping[str, str]) -> str:
    """Where ESO Logs is: `ESOLOGS_URL`, or the site itself."""
    return (environ.get("ESOLOGS_URL") or SITE).rstrip("/")


def no_sign_in() -> Failure:
    """The failure where a user is asked for, and none has signed in."""
    return Failure(
        "nobody has signed in. Sign in with `offwire login esologs`, or leave out --as-user", REFUSED
    )


def no_credentials(why: str) -> Failure:
    """The failure where there is nobody to call as."""
    return Failure(f"{why}. {_ADVICE}", REFUSED)


def login_at(site: str, client_id: str, client_secret: str | None) -> AuthorizationCode:
    """The way to sign in at a site."""
    from offwire.auth.authorization_code import AuthorizationCode  # noqa: PLC0415 - the environment may do
    from offwire.secret import Secret  # noqa: PLC0415 - as above

    return AuthorizationCode(
        authorize_url=f"{site}{_AUTHORIZE_PATH}",
        token_url=f"{site}{TOKEN_PATH}",
        client_id=client_id,
        client_secret=Secret(client_secret) if client_secret else None,
        scope=" ".join(SCOPES),
    )


@frozen(kw_only=True)
class KeptLogin:
    """What is known of a sign-in without its tokens."""

    client_id: str
    in_keyring: bool


class Logins:
    """The sign-ins that were kept, in a folder of the user's."""

    def __init__(self, folder: Path | None = None) -> None:
        """Look into `folder`, by default the one for this program's settings."""
        self.folder: Final = folder or Path(click.get_app_dir("offwire"))
        self._path = self.folder / "logins.json"

    def find(self, site: str) -> KeptLogin | None:
        """The sign-in at a site, if one was kept."""
        found = self._read().get(site)
        return None if found is None else KeptLogin(**found)

    def note(self, site: str, login: KeptLogin) -> None:
        """Remember that there is one.

        Raises:
            OSError: the folder cannot be written.
        """
        self._write({**self._read(), site: {"client_id": login.client_id, "in_keyring": login.in_keyring}})

    def drop(self, site: str) -> None:
        """Forget that there was one.

        Raises:
            OSError: the folder cannot be written.
        """
        kept = self._read()
        if kept.pop(site, None) is not None:
            self._write(kept)

    def store(self, *, in_keyring: bool) -> TokenStore:
        """Where tokens are kept.

        Raises:
            ModuleNotFoundError: the package keyring is not installed, for the keyring.
        """
        from offwire_store import FileStore, KeyringStore  # noqa: PLC0415 - only for sign-ins

        return KeyringStore() if in_keyring else FileStore(self.folder / "tokens.json")

    def tokens(self, site: str, login: KeptLogin, environ: Mapping[str, str]) -> Stored[AuthorizationCode]:
        """The token source of a sign-in."""
        from offwire.auth.stored import stored  # noqa: PLC0415 - only for sign-ins

        is_its = environ.get("ESOLOGS_ID") == login.client_id
        secret = environ.get("ESOLOGS_SECRET") if is_its else None
        way = login_at(site, login.client_id, secret)
        return stored(way, self.store(in_keyring=login.in_keyring), f"esologs {site}")

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            return cast("dict[str, dict[str, Any]]", json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Failure(unreadable(error), FAILED) from None
        except ValueError:
            raise Failure(f"{self._path} is not readable: remove it, and sign in again", REFUSED) from None

    def _write(self, kept: Mapping[str, object]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(self._path) as file:
            file.write(json.dumps(kept, indent=1).encode() + b"\n")


def environment() -> Mapping[str, str]:
    """The environment of this program."""
    return os.environ
