"""`SqliteStore`: tokens and quotas that the processes of one machine share.

Rules of this file: nobody else may read the file, and one that others can read is refused, as
`FileStore` has it. What is no file of ours is never written to. A change is one transaction, so that
a process may be killed at any point. The clock is the machine's monotonic one, read when the
transaction has begun; who has a claim is the system's to know, by a lock that dies with its process.
No error shows anything of what is kept.

Why a write-ahead log: an account is worth nothing after a crash of the machine, whose clock begins
anew, and with the log a commit of one need not wait for the disk. A token's does wait.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, assert_never, cast, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, Lease, QuotaQuestion
from offwire.secret import Secret
from offwire.state.ledger import Ledger, LedgerState
from offwire_store.locks import FileLock

if TYPE_CHECKING:
    from sqlite3 import Connection

TIMEOUT_SECONDS: Final = 1.0
"""How long to wait for another process's transaction; they take a millisecond."""

_IS_POSIX: Final = os.name == "posix"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_APPLICATION: Final = 0x4F666677
"""SQLite's application id of our files: "Offw"."""
_VERSION: Final = 1
_LEAST: Final = 512
"""Bytes of the smallest database. SQLite takes a shorter file for an empty one, and would write to it."""
_NEW: Final = (0, 0, 0)
"""The marks of a file with nothing in it."""
_TABLES: Final = f"""
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE token (key BLOB PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE account (key BLOB PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""

_opening = Lock()
"""Of all stores of this process: whoever closes a file takes away the locks that SQLite has on it, so
none may be made while another one is opened."""


@final
class SqliteStore:
    """Keeps tokens, and the accounts of quotas, in a file of the user's own, in the open, with mode 0600.

    Beside the file there are SQLite's own `-wal` and `-shm`, and locks, which hold nothing: `<name>.lock`
    and `<name>.<key's hash>.claim`. The folder has to be on a disk of this machine. One store serves any
    number of threads; after a fork the new process opens the file for itself.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = TIMEOUT_SECONDS) -> None:
        """Keep all in the file `path`; `~` is the user's home. Nothing is read or made yet.

        Args:
            path: the file; it and its folder are made where there are none.
            timeout: seconds to wait for another process.

        Raises:
            ValueError: `timeout` is not above 0.
        """
        if not timeout > 0:
            raise ValueError(f"timeout is seconds above 0, not {timeout!r}")
        self.path: Final = Path(os.path.realpath(Path(path).expanduser()))
        self._timeout = timeout
        self._opened: _Opened | None = None
        self._inherited: list[_Opened] = []

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    def answer(self, question: TokenQuestion | QuotaQuestion, /) -> object:
        """Answer one question; see `offwire.auth.token_store` and `offwire.quota_store`.

        Raises:
            StoreFailed: the file cannot be read or written, is not ours, or others can read it; or
                those who share a quota do not agree on it.
        """
        from sqlite3 import Error  # noqa: PLC0415 - most programs need no database

        try:
            match question:
                case Exchange():
                    return self._exchange(question)
                case Load(key):
                    return self._load(key)
                case Save(key, text):  # a lock cannot be lost, so nothing is late
                    self._change(
                        "INSERT INTO token VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text",
                        _blob(key),
                        _blob(text.reveal()),
                    )
                case Forget(key):
                    self._change("DELETE FROM token WHERE key = ?", _blob(key))
                case Claim(key):
                    return self._claim(key)
                case _:
                    assert_never(question)
            return None
        except Error as error:
            reason = _reason(error)
        except OSError as error:
            reason = error.strerror or type(error).__name__
        raise StoreFailed(f"the store {self.path} cannot be used: {reason}")

    def close(self) -> None:
        """Close the file. The next question opens it again."""
        opened, self._opened = self._opened, None
        if opened is not None and opened.process == os.getpid():
            with opened.lock:
                opened.connection.close()

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()

    def _load(self, key: str) -> Secret | None:
        with self._connection() as connection:
            found = connection.execute("SELECT text FROM token WHERE key = ?", (_blob(key),)).fetchone()
        return None if found is None else Secret(cast(bytes, found[0]).decode(errors="surrogatepass"))

    def _change(self, statement: str, *values: bytes) -> None:
        with self._connection() as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(statement, values)

    def _exchange(self, question: Exchange) -> Lease:
        key = _blob(question.key)
        with self._connection() as connection:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                found = connection.execute("SELECT state FROM account WHERE key = ?", (key,)).fetchone()
                ledger = Ledger() if found is None else Ledger.of(cast(LedgerState, json.loads(found[0])))
                lease = ledger.exchange(question, monotonic())
                if ledger.lasts > 0:
                    connection.execute(
                        "INSERT INTO account VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
                        (key, json.dumps(ledger.state())),
                    )
                else:
                    connection.execute("DELETE FROM account WHERE key = ?", (key,))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk has SQLite end it by itself
                    connection.execute("ROLLBACK")
                raise
        return lease

    def _claim(self, key: str) -> Claimed | None:
        _make_folder(self.path)
        return FileLock.claim(self.path, key)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """The connection, for one thread at a time."""
        opened = self._opened
        if opened is None or opened.process != os.getpid():
            opened = self._open()
        if _inode(_checked(self.path)) != opened.inode:
            raise StoreFailed(
                f"{self.path} was replaced while this program used it, so that others use another one: "
                "start the program again"
            )
        with opened.lock:
            yield opened.connection

    def _open(self) -> _Opened:
        with _opening:
            opened = self._opened
            if opened is not None:
                if opened.process == os.getpid():
                    return opened  # another thread was faster
                self._inherited.append(opened)  # it is the parent's, and may not even be closed here
            connection = _connection_to(self.path, self._timeout)
            self._opened = opened = _Opened(connection, _inode(_checked(self.path)))
            return opened


class _Opened:
    """A connection, and the process that it belongs to."""

    __slots__ = ("connection", "inode", "lock", "process")

    def __init__(self, connection: Connection, inode: tuple[int, int]) -> None:
        self.connection: Final = connection
        self.inode: Final = inode
        self.lock: Final = Lock()
        self.process: Final = os.getpid()


def _connection_to(path: Path, timeout: float) -> Connection:
    """A connection to the file `path`, which is made where there is none, and is ours."""
    from sqlite3 import connect  # noqa: PLC0415 - as in `answer`

    _make_folder(path)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if 0 < _checked(path).st_size < _LEAST:
        raise _foreign(path)
    connection = connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        _settle(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _settle(connection: Connection, path: Path) -> None:
    """Make the tables where the file is new, and refuse one that is somebody else's."""
    if _marks(connection) == _NEW:
        lock = FileLock.take(path.with_name(f"{path.name}.lock"), waiting=True)
        assert lock is not None
        with lock:
            if _marks(connection) == _NEW:
                connection.executescript(_TABLES)
    application, version, _ = _marks(connection)
    if (application, version) != (_APPLICATION, _VERSION):
        raise _foreign(path)


def _foreign(path: Path) -> StoreFailed:
    return StoreFailed(
        f"{path} is no store that this version of Offwire can read, and is left as it is: "
        "remove it, or name another file"
    )


def _marks(connection: Connection) -> tuple[int, int, int]:
    """The file's application id, its version, and how many tables it has."""
    application, version, tables = (
        cast(int, connection.execute(question).fetchone()[0])
        for question in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT count(*) FROM sqlite_master",
        )
    )
    return application, version, tables


def _make_folder(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _checked(path: Path) -> os.stat_result:
    """What the system says of the file, where nobody else may use it."""
    # By name, since SQLite loses its locks when anybody in this process closes the file.
    facts = os.stat(path)
    if not stat.S_ISREG(facts.st_mode):
        raise StoreFailed(f"{path} is no file")
    if _IS_POSIX and facts.st_mode & _OTHERS:
        raise StoreFailed(
            f"others may use {path} (its mode is {stat.S_IMODE(facts.st_mode):04o}): if nobody has read it, "
            f"run chmod 600 '{path}', else remove it and sign in again"
        )
    return facts


def _inode(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_dev, facts.st_ino


def _reason(error: Exception) -> str:
    """What to do about it."""
    match getattr(error, "sqlite_errorname", "").split("_")[:2]:
        case ["SQLITE", "BUSY" | "LOCKED"]:
            return "another process has been writing to it for too long; does it hang?"
        case ["SQLITE", "FULL"]:
            return "the disk is full"
        case ["SQLITE", "READONLY" | "PERM" | "AUTH"]:
            return "it cannot be written; see the rights of the file and of its folder"
        case ["SQLITE", "CANTOPEN"]:
            return "it cannot be opened; see the rights of the file and of its folder"
        case ["SQLITE", "NOTADB"]:
            return "it is no database, and is left as it is; name another file"
        case ["SQLITE", "CORRUPT"]:
            return "it is damaged; remove it and sign in again"
        case ["SQLITE", "IOERR"]:
            return "the disk fails or is full"
        case _:
            return type(error).__name__


def _blob(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
