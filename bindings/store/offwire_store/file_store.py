"""`FileStore`: tokens in a file of the user's own.

Rules of this file: nobody else may read the file, from its first byte on, and a file that others
can read is refused instead of mended, since it may have been read. It is replaced as a whole, so
that a crash or a full disk leaves the old one. What is no file of ours is never overwritten. No
error shows anything of what is kept.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final, assert_never, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.errors import StoreFailed
from offwire.secret import Secret
from offwire_store.locks import FileLock

_IS_POSIX: Final = os.name == "posix"
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)
_VERSION: Final = 1
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_CHUNK: Final = 65_536
_LARGEST: Final = 16_777_216
"""Bytes; a larger file is none of ours."""


@final
class FileStore:
    """Keeps tokens in one file, in the open, with mode 0600.

    Beside the file there are locks, `<name>.lock` and `<name>.<key's hash>.claim`; they stay, and
    hold nothing. Programs of one user may share the file, also at the same time.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Keep tokens in the file `path`; `~` is the user's home. Nothing is read or made yet."""
        self.path: Final = Path(os.path.realpath(Path(path).expanduser()))

    def __repr__(self) -> str:
        return f"FileStore({str(self.path)!r})"

    def answer(self, question: TokenQuestion, /) -> object:
        """Answer one question; see `offwire.auth.token_store`.

        Raises:
            StoreFailed: the file cannot be read or written, is not ours, or others can read it.
        """
        try:
            match question:
                case Load(key):
                    text = self._read().get(key)
                    return None if text is None else Secret(text)
                case Save(key, text):  # a lock cannot be lost, so nothing is late
                    self._change(key, text.reveal())
                case Forget(key):
                    self._change(key, None)
                case Claim(key):
                    return self._claim(key)
                case _:
                    assert_never(question)
            return None
        except OSError as error:
            reason = f"{self.path}: {error.strerror or type(error).__name__}"
        raise StoreFailed(f"the token file cannot be used: {reason}")

    def _claim(self, key: str) -> Claimed | None:
        self._make_folder()
        return FileLock.claim(self.path, key)

    def _change(self, key: str, text: str | None) -> None:
        self._make_folder()
        lock = FileLock.take(self.path.with_name(f"{self.path.name}.lock"), waiting=True)
        assert lock is not None
        with lock:
            entries = self._read()
            if text is not None:
                entries[key] = text
            elif entries.pop(key, None) is None:
                return
            document = json.dumps({"version": _VERSION, "entries": entries}, indent=1)
            self._replace(f"{document}\n".encode())

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            handle = os.open(self.path, os.O_RDONLY | _BINARY)
        except FileNotFoundError:
            return {}
        try:
            self._check(os.fstat(handle))
            content = b""
            while chunk := os.read(handle, _CHUNK):
                content += chunk
        finally:
            os.close(handle)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and found.get("version") == _VERSION:
            entries = found.get("entries")
            if isinstance(entries, dict) and all(isinstance(each, str) and each for each in entries.values()):
                return entries
        raise StoreFailed(
            f"{self.path} is no token file that this version of Offwire can read, and is left as it is: "
            "remove it, or name another file, and sign in again"
        )

    def _check(self, facts: os.stat_result) -> None:
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _LARGEST:
            raise StoreFailed(f"{self.path} is no token file")
        if _IS_POSIX and facts.st_mode & _OTHERS:
            raise StoreFailed(
                f"others may use {self.path} (its mode is {stat.S_IMODE(facts.st_mode):04o}): if nobody "
                f"has read it, run chmod 600 '{self.path}', else remove it and sign in again"
            )

    def _replace(self, content: bytes) -> None:
        """Put `content` in the file's place; once this returns, no crash takes it away."""
        draft = self.path.with_name(f".{self.path.name}.{token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        handle = os.open(draft, flags, 0o600)
        try:
            try:
                while content:
                    content = content[os.write(handle, content) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(draft, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise
        if _IS_POSIX:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
