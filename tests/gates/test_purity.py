"""The purity gate lets the core through, and nothing that touches the world."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.purity import ROOT, main, violations


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small pure tree with the table of the real one."""
    root = tmp_path / "sansio"
    (root / "offwire" / "testing").mkdir(parents=True)
    shutil.copy(ROOT / "ruff.toml", root)
    (root / "offwire" / "clean.py").write_text(
        "from urllib.parse import quote\n\nprint_width = quote('80')\n"
    )
    return root


def test_the_core_is_pure() -> None:
    assert [str(each) for each in violations(ROOT)] == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param("import time", 1, id="a module"),
        pytest.param("import os.path", 1, id="a module inside of a forbidden one"),
        pytest.param("import attrs, socket", 1, id="the second of two"),
        pytest.param("import asyncio as a", 1, id="a module by another name"),
        pytest.param("from time import monotonic", 1, id="a name from a module"),
        pytest.param("from http import client", 1, id="a forbidden part of an allowed package"),
        pytest.param("import urllib.request", 1, id="a forbidden part, in full"),
        pytest.param("from concurrent.futures import Future", 1, id="below a forbidden package"),
        pytest.param("from . import clock", 1, id="a relative import"),
        pytest.param("import offwire_sync", 1, id="a binding"),
        pytest.param("from offwire_httpx.wire import Wire", 1, id="a part of a binding"),
        pytest.param("def f():\n    import logging", 2, id="inside of a function"),
        pytest.param("try:\n    import ssl\nexcept ImportError:\n    pass", 2, id="inside of a try"),
        pytest.param("if TYPE_CHECKING:\n    import trio", 2, id="for type checkers"),
        pytest.param("import random", 1, id="chance"),
        pytest.param("from random import Random", 1, id="a source of chance"),
        pytest.param("if TYPE_CHECKING:\n    pass\nelse:\n    import random", 4, id="chance, when run"),
        pytest.param("__import__('socket')", 1, id="an import by a builtin"),
        pytest.param("from importlib import import_module", 1, id="an import by name"),
        pytest.param("import importlib\nimportlib.import_module('os')", 2, id="an import by full name"),
        pytest.param("x = 1\ny = open('f')", 2, id="open"),
        pytest.param("print('x')", 1, id="print"),
        pytest.param("default = input", 1, id="a builtin handed on"),
        pytest.param("class File:\n    def open(self): ...\n\nopen('f')", 4, id="a builtin beside a method"),
        pytest.param("import datetime\nnow = datetime.datetime.now()", 2, id="a clock"),
        pytest.param("from datetime import datetime\ndatetime.utcnow()", 2, id="another clock"),
        pytest.param("from datetime import datetime as dt\nread = dt.now", 2, id="a clock handed on"),
        pytest.param("from datetime import date\n\ndate.today()", 3, id="a calendar"),
        pytest.param("import uuid\nuuid.uuid4()", 2, id="a drawn name"),
        pytest.param("from uuid import uuid1", 1, id="a name made of a clock"),
        pytest.param("import sys\nsys.stdout.write('x')", 2, id="a stream"),
    ],
)
def test_a_touch_is_found_where_it_is(tree: Path, source: str, line: int) -> None:
    path = tree / "offwire" / "planted.py"
    path.write_text(f"{source}\n")
    assert [(each.path, each.line) for each in violations(tree)] == [(path, line)]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("if TYPE_CHECKING:\n    from random import Random", id="chance for type checkers"),
        pytest.param("from offwire.time import Now", id="our own module of a forbidden name"),
        pytest.param("import timeit_like", id="a name that only begins like one"),
        pytest.param("from datetime import datetime\ndatetime.fromtimestamp(0)", id="a time handed in"),
        pytest.param("class File:\n    def open(self): ...\n\nFile().open()", id="a method named open"),
        pytest.param("def f(open):\n    return open()", id="an argument named open"),
        pytest.param("def show(self):\n    return self.time.now()", id="an attribute named time"),
    ],
)
def test_what_only_looks_alike_is_let_through(tree: Path, source: str) -> None:
    (tree / "offwire" / "harmless.py").write_text(f"{source}\n")
    assert violations(tree) == []


@pytest.mark.parametrize(
    ("source", "is_pure"),
    [
        pytest.param("Random(7)", True, id="a number"),
        pytest.param("Random(x=seed)", True, id="by keyword"),
        pytest.param("Random()", False, id="none"),
        pytest.param("Random(None)", False, id="None"),
    ],
)
def test_the_test_kit_may_make_chance_with_a_seed(tree: Path, source: str, is_pure: bool) -> None:
    path = tree / "offwire" / "testing" / "chance.py"
    path.write_text(f"from random import Random\nchance = {source}\n")
    assert [each.line for each in violations(tree)] == ([] if is_pure else [2])


def test_it_prints_path_line_and_what_to_do(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tree / "offwire" / "planted.py"
    path.write_text("import time\n")
    assert main([str(tree)]) == 1
    assert capsys.readouterr().out == f"{path}:1: `time`: Time comes in as `Now`.\n"


def test_it_succeeds_in_silence(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree)]) == 0
    assert capsys.readouterr().out == ""


def test_a_plant_in_the_real_core_fails_this_gate_and_ruff(tmp_path: Path) -> None:
    core = tmp_path / "sansio"
    shutil.copytree(ROOT, core, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT.parent / "pyproject.toml", tmp_path)
    planted = core / "offwire" / "flow.py"
    planted.write_text(planted.read_text() + "\nimport time\n")
    line = len(planted.read_text().splitlines())
    assert [(each.path, each.line) for each in violations(core)] == [(planted, line)]
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "--select=TID251"]
    run = subprocess.run([*ruff, str(core)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 1, run.stderr
    assert [each for each in run.stdout.splitlines() if "TID251" in each] == [
        f"sansio/offwire/flow.py:{line}:8: TID251 `time` is banned: Time comes in as `Now`."
    ]
