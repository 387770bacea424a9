"""`KeyringStore`: tokens in the system's own keyring, by the package keyring (extra `keyring`).

Rules of this file: the keyring keeps the tokens; only claims, which hold nothing, are files. What
a keyring's backend raises is named by its kind, since its words are anybody's.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.errors import StoreFailed
from offwire.secret import Secret
from offwire_store.locks import FileLock

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_LOCKS: Final = Path("~/.cache/offwire/claims")


@final
class KeyringStore:
    """Keeps tokens in a keyring: the system's, or the one that is handed in."""

    def __init__(
        self,
        service: str = "offwire",
        *,
        keyring: KeyringBackend | None = None,
        claims: str | os.PathLike[str] = _LOCKS,
    ) -> None:
        """Keep tokens under the name `service`.

        Args:
            service: the name by which the user finds them in the keyring.
            keyring: which one; None is the system's, as the package keyring is configured.
            claims: a folder for files by which programs agree who renews a token.

        Raises:
            ModuleNotFoundError: the package keyring is not installed.
        """
        try:
            import keyring as package  # noqa: PLC0415 - an extra
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                "KeyringStore needs the package keyring: pip install 'offwire[keyring]'", name="keyring"
            ) from None
        self._keyring = keyring if keyring is not None else package.get_keyring()
        self._claims = Path(claims).expanduser()
        self.service: Final = service

    def __repr__(self) -> str:
        return f"KeyringStore({self.service!r})"

    def answer(self, question: TokenQuestion, /) -> object:
        """Answer one question; see `offwire.auth.token_store`.

        Raises:
            StoreFailed: the keyring cannot be used, or is locked.
        """
        from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415 - as in __init__

        try:
            match question:
                case Load(key):
                    text = self._keyring.get_password(self.service, key)
                    return Secret(text) if text else None
                case Save(key, secret):
                    self._keyring.set_password(self.service, key, secret.reveal())
                case Forget(key):
                    self._forget(key)
                case Claim(key):
                    return self._claim(key)
                case _:
                    assert_never(question)
            return None
        except NoKeyringError:
            reason = "this system has none; use a FileStore"
        except KeyringError as error:
            reason = f"{type(error).__name__}; is it locked?"
        except OSError as error:
            reason = f"{self._claims}: {error.strerror or type(error).__name__}"
        raise StoreFailed(f"the keyring cannot be used: {reason}")

    def _forget(self, key: str) -> None:
        if self._keyring.get_password(self.service, key) is not None:
            self._keyring.delete_password(self.service, key)

    def _claim(self, key: str) -> Claimed | None:
        self._claims.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{self.service}\0{key}".encode(errors="surrogatepass")
        return FileLock.take(self._claims / f"{sha256(name).hexdigest()[:16]}.claim", waiting=False)
