"""`SqliteStore`: what it keeps, whom it lets in, and that nothing is lost or overwritten."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from offwire import Secret, WindowLimit
from offwire.auth.token_store import Claim, Forget, Load, Save
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange
from offwire.state.ledger import Ledger
from offwire_store import SqliteStore
from tests.bindings.store_kit import claim, exchanged, held, kept

Canary = Callable[[str], str]
posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def exchange(**settings: Any) -> Exchange:
    return Exchange(**{"key": "shop", "limit": WindowLimit(10, 60.0), "holder": "a", "number": 1, **settings})


def every() -> list[Any]:
    return [Load("shop"), Save("shop", Secret("x")), Forget("shop"), exchange()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_made_before_the_first_question(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("USERPROFILE", str(path.parent))
    store = SqliteStore("~/store.db")
    assert store.path == path
    assert repr(store) == f"SqliteStore({str(path)!r})"
    store.close()
    assert not path.parent.exists()


@posix
def test_nobody_else_may_read_it_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        store.answer(Save("shop", Secret("token")))
        mine = held(store)
        files = {each.name: mode(each) for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    mine.release()
    store.close()
    assert mode(path.parent) == 0o700
    assert set(files.values()) == {0o600}
    assert {"store.db", "store.db-wal", "store.db-shm", "store.db.lock"} <= set(files)


@posix
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_use_is_refused(path: Path, store: SqliteStore, bits: int) -> None:
    store.answer(Save("shop", Secret("token")))
    path.chmod(bits)
    other = SqliteStore(path)
    for each in (store, other):
        for question in every():
            with pytest.raises(StoreFailed, match=rf"mode is {bits:04o}.*chmod 600 '{path}'"):
                each.answer(question)
    path.chmod(0o600)
    assert kept(store) == "token"


@pytest.mark.parametrize(
    "content", [b"secret-text " * 99, b"S", b"x" * 511, b"SQLite format 3\0 and secret-text" * 99]
)
def test_what_is_no_database_stays(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    path.write_bytes(content)
    store = SqliteStore(path)
    for question in every():
        with pytest.raises(
            StoreFailed, match=f"{path} (cannot be used: it is no database|is no store)"
        ) as caught:
            store.answer(question)
        assert "secret-text" not in str(caught.value)
        assert caught.value.__context__ is None
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("CREATE TABLE secrets (text)", id="another program's"),
        pytest.param("PRAGMA application_id = 7", id="another program's, empty"),
        pytest.param("PRAGMA user_version = 7", id="with a version"),
        pytest.param("PRAGMA application_id = 0x4F666677; PRAGMA user_version = 2", id="a later version"),
    ],
)
def test_what_is_another_database_stays(path: Path, statement: str) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()
    content = path.read_bytes()
    store = SqliteStore(path)
    for question in every():
        with pytest.raises(
            StoreFailed, match="is no store that this version of Offwire can read, and is left"
        ):
            store.answer(question)
    assert path.read_bytes() == content


def test_an_empty_file_is_nobodys(path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    store = SqliteStore(path)
    store.answer(Save("shop", Secret("token")))
    assert kept(store) == "token"
    store.close()


def test_neither_a_folder_nor_what_is_below_a_file_will_do(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="is no file"):
        SqliteStore(tmp_path).answer(Load("shop"))
    (tmp_path / "file").write_text("")
    for question in [*every(), Claim("shop")]:
        with pytest.raises(StoreFailed, match=r"cannot be used: (Not a directory|File exists)"):
            SqliteStore(tmp_path / "file" / "store.db").answer(question)


@posix
def test_a_file_that_was_replaced_is_an_error(path: Path, store: SqliteStore) -> None:
    store.answer(Save("shop", Secret("token")))
    path.rename(path.with_name("moved.db"))
    with pytest.raises(StoreFailed, match="No such file"):
        store.answer(exchange())
    path.touch(0o600)
    for question in every():
        with pytest.raises(
            StoreFailed, match=r"was replaced while this program used it.*start the program again"
        ):
            store.answer(question)
    assert path.read_bytes() == b""


def test_a_full_disk_leaves_what_there_was(path: Path, store: SqliteStore, canary: Canary) -> None:
    store.answer(Save("shop", Secret("old")))
    exchanged(store, exchange(least=4, want=4))
    assert store._opened is not None
    store._opened.connection.execute("PRAGMA max_page_count = 3")
    for question in (
        Save("shop", Secret(canary("kept") * 10_000)),
        exchange(holder="b" * 20_000, least=1, want=1),
    ):
        with pytest.raises(StoreFailed, match="cannot be used: the disk is full"):
            store.answer(question)
    assert kept(store) == "old"
    assert exchanged(store, exchange(holder="b", least=7, want=7)).granted == 0
    store._opened.connection.execute("PRAGMA max_page_count = 1000000")
    store.answer(Save("shop", Secret("new" * 10_000)))
    assert kept(SqliteStore(path)) == "new" * 10_000


def test_a_file_that_cannot_be_written_is_an_error(store: SqliteStore) -> None:
    store.answer(Save("shop", Secret("old")))
    assert store._opened is not None
    store._opened.connection.execute("PRAGMA query_only = 1")
    for question in every()[1:]:
        with pytest.raises(
            StoreFailed, match="it cannot be written; see the rights of the file and of its folder"
        ):
            store.answer(question)
    assert kept(store) == "old"


def test_who_writes_for_too_long_is_told_of(path: Path) -> None:
    SqliteStore(path).answer(Save("shop", Secret("old")))
    hanging = sqlite3.connect(path, isolation_level=None)
    hanging.execute("BEGIN IMMEDIATE")
    store = SqliteStore(path, timeout=0.01)
    for question in every()[1:]:
        with pytest.raises(
            StoreFailed, match="another process has been writing to it for too long; does it hang"
        ):
            store.answer(question)
    assert kept(store) == "old", "reading goes on"
    hanging.execute("ROLLBACK")
    exchanged(store, exchange())
    hanging.close()
    store.close()


def test_a_damaged_file_is_an_error(path: Path) -> None:
    store = SqliteStore(path)
    store.answer(Save("shop", Secret("old")))
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(StoreFailed, match="it is damaged; remove it and sign in again"):
        store.answer(Load("shop"))
    store.close()


def test_the_timeout_is_above_zero() -> None:
    with pytest.raises(ValueError, match="timeout is seconds above 0"):
        SqliteStore("x", timeout=0)


# Quotas


def test_it_answers_as_the_ledger_does_and_after_a_reboot_too(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    for number, now in enumerate([1000.0, 1000.1, 1070.3, 5.0, 5.5, 71.0], start=1):
        monkeypatch.setattr("offwire_store.sqlite_store.monotonic", lambda now=now: now)
        question = exchange(number=number, finished=1 / 3, flying=0.1, least=1, want=7)
        assert exchanged(store, question) == ledger.exchange(question, now)
        store.close()  # another process would open it anew


def test_an_account_that_holds_nothing_is_not_kept(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanged(store, exchange(least=1, want=1))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM account").fetchone() == (1,)
    monkeypatch.setattr(Ledger, "lasts", 0.0)
    exchanged(store, exchange(number=2))
    assert connection.execute("SELECT count(*) FROM account").fetchone() == (0,)
    connection.close()


# Processes

WORKER = """
import sys
from offwire import Secret, WindowLimit
from offwire.auth.token_store import Claim, Save
from offwire.quota_store import Exchange
from offwire_store import SqliteStore
store = SqliteStore(sys.argv[1], timeout=30.0)
held = store.answer(Claim(sys.argv[2]))
used = 0.0
print("up", flush=True)
for number in range(1, 100_000):
    granted = store.answer(
        Exchange(key="shop", limit=WindowLimit(10**9, 3600.0), holder=sys.argv[2], number=number,
                 finished=min(1, number - 1), least=1, want=1)
    ).granted
    used += granted
    store.answer(Save(f"key {sys.argv[2]}", Secret(f"token {number}")))
    print(number, flush=True)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)


def test_processes_that_are_killed_leave_all_that_they_have_said(path: Path) -> None:
    workers = [start(WORKER, str(path), str(number)) for number in range(3)]
    said: list[list[str]] = [[], [], []]

    def follow(number: int) -> None:
        stdout = workers[number].stdout
        assert stdout is not None
        for line in stdout:
            said[number].append(line.strip())
            if len(said[number]) == 20:
                workers[number].send_signal(signal.SIGKILL)

    followers = [Thread(target=follow, args=(number,)) for number in range(3)]
    for each in followers:
        each.start()
    for each in followers:
        each.join(60)
    for worker in workers:
        assert worker.wait(10) == -signal.SIGKILL
        assert worker.stdout is not None
        worker.stdout.close()
    store = SqliteStore(path)
    for number, lines in enumerate(said):
        last = int(lines[-1])
        assert kept(store, f"key {number}") in (f"token {last}", f"token {last + 1}")
        again = claim(store, str(number))
        assert again is not None, "the claim ended with its process"
        again.release()
    taken = (
        10**9
        - exchanged(store, exchange(limit=WindowLimit(10**9, 3600.0), least=0, want=10**9)).granted * 2 * 4
    )
    assert taken < 1000, "those who have died count as holders until their leases run out"
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


FORKING = """
import os, sys
from offwire import Secret, WindowLimit
from offwire.auth.token_store import Load, Save
from offwire.quota_store import Exchange
from offwire_store import SqliteStore
store = SqliteStore(sys.argv[1], timeout=10.0)
LIMIT = WindowLimit(100, 600.0)

def use(holder, times):
    for number in range(1, times + 1):
        store.answer(Exchange(key="shop", limit=LIMIT, holder=holder, number=number,
                              finished=0.0 if number == 1 else 1.0, least=1, want=1))

store.answer(Save("shop", Secret("parent")))
child = os.fork()
use(str(child), 30)
if child == 0:
    assert store.answer(Load("shop")).reveal() == "parent"
    store.answer(Save("shop", Secret("child")))
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(store.answer(Load("shop")).reveal())
left = store.answer(Exchange(key="shop", limit=LIMIT, holder="c", number=1, least=40, want=40))
print(left.granted)
more = store.answer(Exchange(key="shop", limit=LIMIT, holder="d", number=1, least=1, want=1))
print(more.granted)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
def test_a_forked_process_opens_it_for_itself(path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", FORKING, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.stdout.split(), found.stderr) == (["child", "40", "0.0"], "")
