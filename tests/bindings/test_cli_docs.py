"""Each command in docs/cli.md runs against the stand-in, and says what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import offwire_cli.codes
from tests.bindings.cli import environment, run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text()
FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d[\d,.:]*")
ANYTHING = "…"
SCHEMA = "type Query { user(id: Int!): User }\ntype User { id: Int! name: String }\n"


def steps() -> Iterator[tuple[str, list[str]]]:
    """Each command, and the lines that it is to say."""
    for block in FENCE.findall(PAGE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            yield command, lines


def alike(said: list[str], wanted: list[str]) -> bool:
    """Whether what was said is what stands on the page, but for numbers; `…` is any number of lines."""
    if not wanted:
        return not said
    if wanted[0] == ANYTHING:
        return any(alike(said[skipped:], wanted[1:]) for skipped in range(len(said) + 1))
    return bool(said) and outline(said[0]) == outline(wanted[0]) and alike(said[1:], wanted[1:])


def outline(line: str) -> str:
    return re.sub(r"\s+", " ", NUMBER.sub("#", line)).strip().replace("retries", "retry")


def test_each_command_says_what_stands_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ESOLOGS_ID", "ESOLOGS_SECRET", "ESOLOGS_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(tmp_path, {}).items():
        monkeypatch.setenv(name, value)
    Path("schema.graphql").write_text(SCHEMA)
    Path("queries").mkdir()
    Path("queries/users.graphql").write_text("query getUser($id: Int!) { user(id: $id) { id name } }\n")
    ran, code = 0, 0
    for command, wanted in steps():
        if command == "echo $?":
            assert wanted == [str(code)]
            continue
        arguments = shlex.split(command)
        assert arguments.pop(0) == "offwire"
        if arguments[0] in ("esologs", "login") and "--stand-in" not in arguments:
            arguments.append("--stand-in")
        result = run(*arguments)
        said = (result.out + result.err).splitlines()
        assert alike(said, wanted), f"{command} says {said}"
        ran, code = ran + 1, result.code
    assert ran > 10


def test_the_page_and_the_module_list_the_same_codes() -> None:
    def rows(text: str) -> list[str]:
        return re.findall(r"^\| (?:code|\d+) \| .*$", text, re.MULTILINE)

    listed = offwire_cli.codes.__doc__ or ""
    assert rows(PAGE) == rows(listed)
    assert len(rows(listed)) == 9


@pytest.mark.parametrize(
    ("said", "wanted", "expected"),
    [
        (["1 a"], ["22 a"], True),
        (["a", "b", "c"], ["a", "…", "c"], True),
        (["a", "c"], ["a", "…", "c"], True),
        (["a", "b"], ["a"], False),
        (["a"], ["b"], False),
        ([], ["…"], True),
    ],
)
def test_outlines_are_compared(said: list[str], wanted: list[str], expected: bool) -> None:
    assert alike(said, wanted) is expected
