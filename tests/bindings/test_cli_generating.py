"""`offwire generate graphql`: a package out of a schema, which only it writes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bindings.cli import run

SCHEMA = "type Query { user(id: Int!): User }\ntype User { id: Int! name: String }\n"
DOCUMENT = "query getUser($id: Int!) { user(id: $id) { id name } }\n"
ARGUMENTS = ["generate", "graphql", "--schema", "s.graphql", "--documents", "d", "--out", "made"]


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.graphql").write_text(SCHEMA)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "users.graphql").write_text(DOCUMENT)
    return tmp_path


def test_it_writes_and_then_all_is_as_generated(inside: Path) -> None:
    first = run(*ARGUMENTS)
    assert first.code == 0, first.err
    assert first.err.endswith("of them changed\n")
    assert (inside / "made" / "operations.py").exists()
    assert "0 of them changed" in run(*ARGUMENTS).err
    assert "all as generated" in run(*ARGUMENTS, "--check").err


def test_check_names_what_differs_and_writes_nothing(inside: Path) -> None:
    run(*ARGUMENTS)
    path = inside / "made" / "operations.py"
    changed = path.read_text().replace("get_user", "fetch_user")
    path.write_text(changed)
    result = run(*ARGUMENTS, "--check")
    assert (result.code, path.read_text()) == (1, changed)
    assert "not as generated: made/operations.py" in result.err
    assert "1 of them changed" in run(*ARGUMENTS).err


def test_what_is_not_needed_any_more_goes_and_what_is_the_users_stays(inside: Path) -> None:
    run(*ARGUMENTS)
    old = inside / "made" / "old.py"
    old.write_text((inside / "made" / "operations.py").read_text())
    mine = inside / "made" / "mine.py"
    mine.write_text("x = 1\n")
    assert run(*ARGUMENTS, "--check").code == 1
    assert run(*ARGUMENTS).code == 0
    assert (old.exists(), mine.read_text()) == (False, "x = 1\n")


def test_a_file_that_was_not_generated_is_left(inside: Path) -> None:
    (inside / "made").mkdir()
    (inside / "made" / "operations.py").write_text("mine = 1\n")
    result = run(*ARGUMENTS)
    assert result.code == 1
    assert "made/operations.py was not generated" in result.err
    assert [each.name for each in (inside / "made").iterdir()] == ["operations.py"]


def test_settings_and_single_files(inside: Path) -> None:
    (inside / "t.toml").write_text('[groups.users]\noperations = { getUser = "get" }\n')
    arguments = [*ARGUMENTS, "--settings", "t.toml", "--documents", "d/users.graphql"]
    arguments[arguments.index("d")] = "d/users.graphql"
    assert run(*arguments).code == 0
    assert "def get(" in (inside / "made" / "users.py").read_text()


def test_a_document_that_cannot_be_read(inside: Path) -> None:
    (inside / "d" / "folder.graphql").mkdir()
    result = run(*ARGUMENTS)
    assert result.code == 1
    assert "folder.graphql cannot be read: " in result.err


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        pytest.param("d/users.graphql", "query getUser { nobody }", 1, "nobody", id="document"),
        pytest.param("d/users.graphql", b"\xff", 1, "is not UTF-8", id="encoding"),
        pytest.param("s.graphql", "type Query {", 1, "s.graphql", id="schema"),
        pytest.param("t.toml", "strange = 1", 1, "strange", id="settings"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    inside: Path, name: str, text: str | bytes, code: int, words: str
) -> None:
    (inside / "t.toml").write_text("")
    (inside / name).write_bytes(text.encode() if isinstance(text, str) else text)
    result = run(*ARGUMENTS, "--settings", "t.toml")
    assert (result.code, (inside / "made").exists()) == (code, False)
    assert words in result.err


def test_no_documents_and_no_graphql(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inside / "d" / "users.graphql").unlink()
    result = run(*ARGUMENTS)
    assert result.code == 2
    assert "there is no document in d" in result.err
