"""`offwire simulate`: a plan in, what comes of it out."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from offwire.testing.simulate import Plan, plan_from
from offwire_cli.simulating import _with
from tests.bindings.cli import run

SHORT = """
title = "A [short] plan"
workers = 4
items = 40
limit = "20/5s"
[[calls]]
name = "read"
latency = "100ms"
[[calls]]
name = "write"
cost = 2
latency = "100ms"
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.toml").write_text(SHORT)
    return tmp_path


def figures(*arguments: str) -> dict[str, float]:
    result = run("simulate", *arguments, "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)["figures"]
    return {name: each["median"] for name, each in found.items() if each is not None}


def test_a_plan_is_shown_as_tables() -> None:
    result = run("simulate", "plan.toml")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[:2] == [
        "A [short] plan",
        "4 workers, 40 calls; 20 units per 5 s, sliding window, declared.",
    ]
    assert [line.split()[1] for line in lines if line.startswith("│")] == ["read", "write"]
    assert any(line.split() == ["done", "40"] for line in lines)
    assert any(line.split() == ["429", "0"] for line in lines)
    assert run("simulate", "plan.toml") == result


def test_without_a_limit_nothing_is_said_of_one() -> None:
    result = run("simulate", "--workers", "2", "--for", "5s", "--latency", "100ms")
    assert result.out.splitlines()[1] == "2 workers, 5 s; no limit."
    said = [line.split()[0] for line in result.out.splitlines() if line]
    assert "unfinished" in said
    assert {"allowed", "units", "at"}.isdisjoint(said)


def test_hedges_are_told_where_there_may_be_some(inside: Path) -> None:
    slow = 'latency = { least = "10ms", most = "2s" }'
    (inside / "hedged.toml").write_text(
        f'{SHORT.replace("20/5s", "900/5s")}\n[client]\nhedge = "1s"'.replace('latency = "100ms"', slow)
    )
    lines = [line.split() for line in run("simulate", "hedged.toml").out.splitlines()]
    (hedges,) = [int(line[1]) for line in lines if line[:1] == ["hedges"]]
    assert 0 < hedges < 20, "some of those that read"
    assert "hedges" not in run("simulate", "plan.toml").out


def test_seeds_give_ranges() -> None:
    result = run("simulate", "plan.toml", "--seeds", "3")
    assert "3 seeds: the median, and from the least to the most" in result.out
    assert " … " in result.out


def test_clients_are_compared() -> None:
    result = run("simulate", "plan.toml", "--compare")
    assert result.code == 0
    for name in ("Offwire", "each by itself", "token bucket"):
        assert name in result.out
    played = json.loads(run("simulate", "plan.toml", "--compare", "--json").out)
    refused = {each["client"]: each["figures"]["throttled"]["median"] for each in played}
    assert refused["offwire"] == 0 < refused["reactive"]


def test_flags_do_without_a_file() -> None:
    found = figures("--workers", "3", "--calls", "30", "--limit", "10/s", "--latency", "50ms")
    assert (found["calls"], found["throttled"]) == (30, 0)
    assert found["seconds"] >= 2.0
    endless = figures("--workers", "3", "--for", "10s", "--latency", "50ms..90ms", "--faults", "0.5")
    assert endless["seconds"] == 10.0
    assert endless["errors"] > 0


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        pytest.param(
            {"workers": 9, "seed": 2, "runs": 3}, {"workers": 9, "seed": 2, "runs": 3}, id="numbers"
        ),
        pytest.param({"lasts": "1m"}, {"lasts": "1m", "items": None}, id="time"),
        pytest.param({"items": 5}, {"items": 5}, id="items"),
        pytest.param({"limit": "9/h"}, {"limit": {"units": 9, "per": 3600.0}}, id="rate"),
        pytest.param(
            {"kind": "fixed", "known": "learned"},
            {"limit": {"units": 20, "per": 5.0, "kind": "fixed", "known": "learned"}},
            id="kind",
        ),
        pytest.param({"faults": 0.1}, {"faults": {"errors": 0.1}}, id="faults"),
        pytest.param({"cost": "1..3"}, {"calls": [{"cost": [1, 3]}, {"cost": [1, 3]}]}, id="costs"),
        pytest.param({"cost": "3"}, {"calls": [{"cost": 3}, {"cost": 3}]}, id="cost"),
        pytest.param(
            {"latency": "1s..2s"}, {"calls": [{"latency": {"median": "1s", "p99": "2s"}}] * 2}, id="latency"
        ),
    ],
)
def test_flags_go_over_the_file(flags: dict[str, object], wanted: dict[str, object]) -> None:
    there = tomllib.loads(SHORT)
    expected = {**there, **wanted}
    calls = wanted.get("calls")
    if isinstance(calls, list):
        expected["calls"] = [{**mine, **more} for mine, more in zip(there["calls"], calls, strict=True)]
    expected = {name: each for name, each in expected.items() if each is not None}
    found: Plan = plan_from(_with(there, flags))
    assert found == plan_from(expected)


def test_a_flag_changes_a_limit_that_is_a_table(inside: Path) -> None:
    (inside / "plan.toml").write_text('workers = 9\nitems = 40\n[limit]\nunits = 10\nper = "1s"\n')
    assert figures("plan.toml", "--known", "unknown")["throttled"] > 0
    assert figures("plan.toml", "--limit", "5/s")["seconds"] > 3.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ["--calls", "5"], "Error: workers is missing; `offwire simulate --example` shows", id="none"
        ),
        pytest.param(["--workers", "1"], "Error: items or lasts has to be given, and not both", id="aimless"),
        pytest.param(["plan.toml", "--limit", "x"], "a rate is units per time, such as 3600/h", id="rate"),
        pytest.param(["plan.toml", "--cost", "1..x"], "--cost is a number, or two such as 2..8", id="cost"),
        pytest.param(["plan.toml", "--for", "soon"], "lasts: a time is a number of seconds", id="time"),
        pytest.param(["plan.toml", "--workers", "0"], "0 is not in the range x>=1", id="workers"),
        pytest.param(["other.toml"], "'other.toml' does not exist", id="absent"),
        pytest.param(["wrong.toml"], "wrong.toml: calls[1].cost has to be a number above 0", id="field"),
        pytest.param(
            ["near.toml"], "near.toml: workrs is no field of a plan; did you mean workers?", id="near"
        ),
        pytest.param(["no.toml"], "no.toml is not TOML: ", id="toml"),
        pytest.param(["binary.toml"], "binary.toml is not UTF-8", id="encoding"),
    ],
)
def test_what_is_wrong_is_told(inside: Path, arguments: list[str], words: str) -> None:
    (inside / "wrong.toml").write_text("workers = 1\nitems = 1\n[[calls]]\n[[calls]]\nname = 'b'\ncost = 0\n")
    (inside / "near.toml").write_text("workrs = 1\n")
    (inside / "no.toml").write_text("workers = \n")
    (inside / "binary.toml").write_bytes(b"\xff\xfe")
    result = run("simulate", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in " ".join(result.err.split())


def test_a_plan_that_cannot_be_read(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, encoding: str | None = None) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    result = run("simulate", "plan.toml")
    assert (result.code, result.err) == (1, "offwire: plan.toml cannot be read: Permission denied\n")


def test_a_picture_is_written_as_a_whole(inside: Path) -> None:
    (inside / "out.svg").write_text("old")
    result = run("simulate", "plan.toml", "--picture", "out.svg")
    assert (result.code, result.err) == (0, "drawn in out.svg\n")
    root = ET.fromstring((inside / "out.svg").read_text())
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "A [short] plan"
    assert {each.name for each in inside.iterdir()} == {"plan.toml", "out.svg"}


def test_a_picture_that_has_no_folder() -> None:
    result = run("simulate", "plan.toml", "--picture", "absent/out.svg")
    assert result.code == 1
    assert "cannot be written: No such file or directory" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="sets a limit that only POSIX has")
def test_a_full_disk_leaves_what_was_there(inside: Path) -> None:
    (inside / "out.svg").write_text("old")
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "from offwire_cli.main import main; "
        "raise SystemExit(main(['simulate', 'plan.toml', '--picture', 'out.svg']))"
    )
    ended = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=inside, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "cannot be written: File too large" in ended.stderr
    assert (inside / "out.svg").read_text() == "old"
    assert {each.name for each in inside.iterdir()} == {"plan.toml", "out.svg"}


def test_the_example_is_a_plan(inside: Path) -> None:
    result = run("simulate", "--example")
    assert (result.code, result.err) == (0, "")
    assert result.out == files("offwire_cli").joinpath("example_plan.toml").read_text("utf-8")
    plan = plan_from(tomllib.loads(result.out))
    assert (plan.workers, plan.runs, len(plan.calls)) == (50, 3, 2)
    (inside / "plan.toml").write_text(result.out)
    assert figures("plan.toml", "--seeds", "1", "--calls", "200")["throttled"] == 0
