"""`FileLock`: a lock between programs, which the system takes back when its holder ends.

Rules of this file: a lock is a file that stays; who removed it would part those who hold it from
those who come. A lock belongs to one opening of the file, so it also bars other threads.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import final

if sys.platform == "win32":
    import msvcrt
    import time

    _RETRY_SECONDS = 0.05

    def _locked(handle: int, *, waiting: bool) -> bool:
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not waiting:
                    return False
            time.sleep(_RETRY_SECONDS)  # LK_LOCK gives up after ten seconds

    def _unlocked(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _locked(handle: int, *, waiting: bool) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if waiting else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _unlocked(handle: int) -> None:
        # Said, not only closed: a child process that was forked meanwhile has the file open as well.
        fcntl.flock(handle, fcntl.LOCK_UN)


@final
class FileLock:
    """A lock that is held. `take` makes one; `release` it, or use it in a `with` block."""

    __slots__ = ("_handle",)

    def __init__(self, handle: int) -> None:
        """Hold the lock of an open file; `take` is the way to one."""
        self._handle: int | None = handle

    @classmethod
    def take(cls, path: Path, *, waiting: bool) -> FileLock | None:
        """The lock of the file `path`, which is made where there is none; None where another one has it.

        With `waiting` it blocks until it can be had.

        Raises:
            OSError: the file cannot be opened.
        """
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _locked(handle, waiting=waiting):
                return cls(handle)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return None

    @classmethod
    def claim(cls, path: Path, key: str) -> FileLock | None:
        """The claim of what is kept in the file `path` under `key`: the lock of a file beside it.

        Raises:
            OSError: that file cannot be opened.
        """
        digest = sha256(key.encode(errors="surrogatepass")).hexdigest()[:16]
        return cls.take(path.with_name(f"{path.name}.{digest}.claim"), waiting=False)

    @property
    def generation(self) -> None:
        """None: it cannot be lost while its holder lives; see `offwire.auth.token_store.Claimed`."""
        return

    def release(self) -> None:
        """Give it back. Idempotent."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                _unlocked(handle)
            os.close(handle)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        # A call that was interrupted between the lock and whoever was to hold it.
        self.release()
