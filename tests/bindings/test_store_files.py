"""`FileStore`: what it keeps, whom it lets in, and that nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from offwire import AuthorizationCode, ClientCredentials, Secret, stored
from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save
from offwire.errors import StoreFailed
from offwire.testing import Client, Script, json_answer
from offwire_store import FileStore
from offwire_store.locks import FileLock

Canary = Callable[[str], str]
posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "tokens.json"


def claim(store: FileStore, key: str = "shop") -> Claimed | None:
    claimed = store.answer(Claim(key))
    assert claimed is None or isinstance(claimed, FileLock)
    return claimed


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def written(path: Path, content: str) -> FileStore:
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    path.write_text(content)
    return FileStore(path)


def test_it_keeps_by_key_until_it_forgets(path: Path) -> None:
    store = FileStore(str(path))
    assert store.answer(Load("shop")) is None
    assert not path.parent.exists(), "reading makes nothing"
    assert store.answer(Save("shop", Secret("token 1"))) is None
    store.answer(Save("ünï/\udc80", Secret("token 2")))
    store.answer(Save("shop", Secret("token 3")))
    again = FileStore(path)
    assert again.answer(Load("shop")) == Secret("token 3")
    assert again.answer(Load("ünï/\udc80")) == Secret("token 2")
    again.answer(Forget("shop"))
    again.answer(Forget("shop"))
    assert store.answer(Load("shop")) is None
    assert json.loads(path.read_text()) == {"version": 1, "entries": {"ünï/\udc80": "token 2"}}


def test_the_home_folder_has_its_usual_sign(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("USERPROFILE", str(path.parent))
    assert FileStore("~/tokens.json").path == path


@posix
def test_nobody_else_may_read_it_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        store = FileStore(path)
        store.answer(Save("shop", Secret("token")))
        held = claim(store)
    finally:
        os.umask(before)
    assert held is not None
    held.release()
    assert mode(path.parent) == 0o700
    assert {each.name: mode(each) for each in path.parent.iterdir()} == dict.fromkeys(
        ["tokens.json", "tokens.json.lock", next(path.parent.glob("*.claim")).name], 0o600
    )


@posix
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_use_is_refused(path: Path, bits: int) -> None:
    store = FileStore(path)
    store.answer(Save("shop", Secret("token")))
    path.chmod(bits)
    for question in (Load("shop"), Save("shop", Secret("x")), Forget("shop")):
        with pytest.raises(StoreFailed, match=rf"mode is {bits:04o}.*chmod 600 '{path}'"):
            store.answer(question)
    path.chmod(0o600)
    assert store.answer(Load("shop")) == Secret("token")


@posix
def test_a_link_is_followed_and_stays(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    FileStore(link).answer(Save("shop", Secret("token")))
    assert link.is_symlink()
    assert FileStore(path).answer(Load("shop")) == Secret("token")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("secret-text", id="no JSON"),
        pytest.param("[" * 100_000, id="too deep"),
        pytest.param('{"access_token": "secret-text"}', id="another program's"),
        pytest.param('{"version": 2, "entries": {}}', id="a later version"),
        pytest.param('{"version": 1, "entries": []}', id="entries in a list"),
        pytest.param('{"version": 1, "entries": {"shop": 7}}', id="an entry that is no text"),
        pytest.param('{"version": 1, "entries": {"shop": ""}}', id="an empty entry"),
    ],
)
def test_what_is_no_file_of_ours_is_an_error_and_stays(path: Path, content: str) -> None:
    store = written(path, content)
    for question in (Load("shop"), Save("shop", Secret("x")), Forget("shop")):
        with pytest.raises(
            StoreFailed, match="is no token file that this version of Offwire can read"
        ) as caught:
            store.answer(question)
        assert "secret-text" not in str(caught.value)
    assert path.read_text() == content


def test_neither_a_folder_nor_a_huge_file_is_read(path: Path, tmp_path: Path) -> None:
    if os.name == "posix":
        with pytest.raises(StoreFailed, match="is no token file"):
            FileStore(tmp_path).answer(Load("shop"))
    store = written(path, "{}")
    os.truncate(path, 1 << 30)
    with pytest.raises(StoreFailed, match="is no token file"):
        store.answer(Load("shop"))


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_what_there_was(path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(path)
    store.answer(Save("shop", Secret("old")))
    before = sorted(path.parent.iterdir())

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/name")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, full)
        with pytest.raises(StoreFailed, match=rf"cannot be used: {path}: No space left on device"):
            store.answer(Save("shop", Secret("new")))
    assert sorted(path.parent.iterdir()) == before
    assert store.answer(Load("shop")) == Secret("old")
    store.answer(Save("shop", Secret("new")))
    assert store.answer(Load("shop")) == Secret("new")


def test_a_write_may_take_several_turns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    store = FileStore(path)
    store.answer(Save("shop", Secret("token " * 9)))
    assert store.answer(Load("shop")) == Secret("token " * 9)


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for question in (Save("shop", Secret("x")), Claim("shop")):
        with pytest.raises(StoreFailed, match="the token file cannot be used"):
            FileStore(tmp_path / "file" / "tokens.json").answer(question)


def test_a_claim_is_had_by_one_at_a_time(path: Path) -> None:
    store = FileStore(path)
    held = claim(store)
    assert held is not None
    assert claim(store) is None
    assert claim(FileStore(path)) is None
    other = claim(store, "other")
    assert other is not None
    store.answer(Save("shop", Secret("token")))  # whoever has a claim can save
    held.release()
    held.release()
    again = claim(store)
    assert again is not None
    again.release()
    other.release()


def test_a_claim_that_nobody_holds_any_more_ends(path: Path) -> None:
    store = FileStore(path)
    held = claim(store)
    del held
    again = claim(store)
    assert again is not None
    again.release()


def test_a_lock_that_fails_closes_its_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(path)

    def failing(*_: object, **__: object) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    closed: list[int] = []
    close = os.close

    def closing(handle: int) -> None:
        closed.append(handle)
        close(handle)

    monkeypatch.setattr("offwire_store.locks._locked", failing)
    monkeypatch.setattr(os, "close", closing)
    with pytest.raises(StoreFailed, match="No locks available"):
        store.answer(Claim("shop"))
    assert len(closed) == 1


def test_threads_that_save_at_once_lose_nothing(path: Path) -> None:
    def save(number: int) -> None:
        FileStore(path).answer(Save(f"key {number}", Secret(f"token {number}")))

    threads = [Thread(target=save, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    store = FileStore(path)
    assert [store.answer(Load(f"key {number}")) for number in range(8)] == [
        Secret(f"token {number}") for number in range(8)
    ]


HOLDER = """
import sys
from offwire.auth.token_store import Claim
from offwire_store import FileStore
held = FileStore(sys.argv[1]).answer(Claim("shop"))
print("held" if held else "busy", flush=True)
sys.stdin.readline()
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=20)


def test_a_claim_bars_another_process_and_ends_with_its_own(path: Path) -> None:
    first = start(HOLDER, str(path))
    try:
        assert line(first) == "held"
        assert claim(FileStore(path)) is None
        second = start(HOLDER, str(path))
        assert line(second) == "busy"
        end(second)
    finally:
        first.kill()
        end(first)
    held = claim(FileStore(path))
    assert held is not None, "the system takes it back from a process that was killed"
    held.release()


# A program that renews: it says when it has sent the refresh token, and answers when it is told to.
RENEWER = """
import sys
from offwire import Api, Call, Group, M, RefreshToken, operation, stored
from offwire.testing import Client, json_answer
from offwire_store import FileStore
from urllib.parse import parse_qsl


class Users(Group[M]):
    @operation
    def me(self) -> Call[object]:
        return Call.get("/me", returns=object)

class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]

def server(request, now):
    if request.method == "GET":
        print("called with", request.headers["authorization"].split()[1], flush=True)
        return json_answer({})
    spent = dict(parse_qsl(request.body.content.decode()))["refresh_token"]
    print("sent", spent, flush=True)
    sys.stdin.readline()
    return json_answer({"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600})

class Slow:
    '''Says that it found the claim taken, and waits until it is told to ask again.'''
    def __init__(self, store):
        self.store = store
    def answer(self, question):
        found = self.store.answer(question)
        if type(question).__name__ == "Claim" and found is None:
            print("busy", flush=True)
            sys.stdin.readline()
        return found

source = RefreshToken(token_url="https://shop.test/t", client_id="id", refresh_token="first-refresh")
print("up", flush=True)
sys.stdin.readline()
Shop(Client(server), auth=stored(source, Slow(FileStore(sys.argv[1])), "shop")).users.me()
"""


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_of_two_processes_one_renews_and_the_other_finds_it(path: Path) -> None:
    first, second = (start(RENEWER, str(path)) for _ in range(2))
    try:
        assert (line(first), line(second)) == ("up", "up")
        tell(first)
        assert line(first) == "sent first-refresh"
        tell(second)
        assert line(second) == "busy"
        tell(first)
        assert line(first) == "called with new-access"
        tell(second)
        assert line(second) == "called with new-access", "it sent no refresh token"
    finally:
        end(first)
        end(second)
    assert (first.returncode, second.returncode) == (0, 0)


def test_what_a_program_kept_the_next_one_uses(path: Path) -> None:
    login = AuthorizationCode(authorize_url="https://a.test/", token_url="https://a.test/t", client_id="id")
    source = ClientCredentials(token_url="https://a.test/t", client_id="id", client_secret="s")
    client = Client(Script(json_answer({"access_token": "access-1", "refresh_token": "refresh-1"})))
    authorization = login.begin(bytes(64), redirect_uri="http://127.0.0.1/")
    grant = client.run(authorization.redeem(client.runtime, Secret("code")))
    client.run(stored(source, FileStore(path), "shop").keep(grant, client.runtime.now))
    assert client.run(stored(login, FileStore(path), "shop").has_token(client.runtime.now))


def test_nothing_of_it_is_shown(path: Path, canary: Canary) -> None:
    store = written(path, json.dumps({"version": 3, "entries": {"shop": canary("kept")}}))
    with pytest.raises(StoreFailed):
        store.answer(Load("shop"))
    assert repr(store) == f"FileStore({str(path)!r})"
