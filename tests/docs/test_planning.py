"""docs/planning.md: its tables and its picture are what commands give, and its fields are all there are."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, fields

from offwire.testing.simulate import (
    Plan,
    PlannedCall,
    PlannedClient,
    PlannedFaults,
    PlannedLimit,
    PlannedTokens,
    forecast,
    plan_from,
)
from offwire.testing.simulate.axes import duration
from tests.bindings.cli import run
from tools.planning import BLOCK

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
PLANS = sorted((ROOT / "examples" / "plans").glob("*.toml"))
ROW = re.compile(r"^\| `([a-z_.]+)` \| ?(.*?) \| (.*) \|$", re.MULTILINE)
FIELDS = {name: default for name, default, _ in ROW.findall(PAGE)}
SECTIONS = {
    "": Plan,
    "calls.": PlannedCall,
    "limit.": PlannedLimit,
    "faults.": PlannedFaults,
    "tokens.": PlannedTokens,
    "client.": PlannedClient,
}
BASE: dict[str, Any] = {"workers": 1, "items": 1, "calls": [{}], "limit": {"units": 5}, "tokens": {}}


@pytest.mark.parametrize("block", BLOCK.findall(PAGE), ids=lambda block: block[0][:60])
def test_commands_say_what_stands_on_the_page(
    block: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, wanted = block
    arguments = shlex.split(command)
    monkeypatch.chdir(ROOT)
    for number, each in enumerate(arguments):
        if each == "--picture":
            drawn = ROOT / arguments[number + 1]
            arguments[number + 1] = str(tmp_path / drawn.name)
            wanted = wanted.replace(str(drawn.relative_to(ROOT)), arguments[number + 1])
    result = run(*arguments)
    assert result.code == 0, result.err
    said = "".join(f"{line.rstrip()}\n" for line in (result.out + result.err).splitlines())
    hint = "python tools/planning.py writes the page anew"
    assert wanted == "…\n" or said == wanted, hint
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (ROOT / "docs" / "pictures" / made.name).read_bytes(), hint


def test_the_page_has_all_fields_and_no_others() -> None:
    there = {f"{prefix}{each.name}" for prefix, kind in SECTIONS.items() for each in fields(kind)}
    assert {*FIELDS} == there - {"faults", "client"}


@pytest.mark.parametrize(
    ("name", "default"), [(name, text.strip("`")) for name, text in FIELDS.items() if text.startswith("`")]
)
def test_the_page_tells_the_defaults(name: str, default: str) -> None:
    value = tomllib.loads(f"x = {default}")["x"]
    section, _, key = name.rpartition(".")
    if section == "calls":
        given = {**BASE, "calls": [{key: value}]}
    elif section:
        given = {**BASE, section: {**BASE.get(section, {}), key: value}}
    else:
        given = {**BASE, key: value}
    assert plan_from(given) == plan_from(BASE)


def test_what_has_no_default_there_has_none() -> None:
    silent = {name for name, text in FIELDS.items() if not text.startswith("`")}
    assert silent == {
        "workers", "items", "lasts", "calls", "limit", "tokens", "calls.errors", "limit.units", "limit.burst",
        "client.deadline",
    }  # fmt: skip
    plan = plan_from(BASE)
    assert (plan.lasts, plan.calls[0].errors, plan.client.deadline) == (None, None, None)
    assert plan.limit is not None
    assert plan.limit.burst is None


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_plans_can_be_played(path: Path) -> None:
    plan = evolve(plan_from(tomllib.loads(path.read_text(encoding="utf-8"))), runs=1)
    found = forecast(plan)
    assert found.middle("throttled") == 0
    assert found.middle("done") > 0.95 * (plan.items or 0)


def test_the_page_names_the_plans_there_are() -> None:
    assert {path.name for path in PLANS} == set(re.findall(r"examples/plans/([\w-]+\.toml)", PAGE))


def test_who_runs_into_each_refusal_is_as_early_as_the_page_says() -> None:
    plan = plan_from(
        tomllib.loads((ROOT / "examples/plans/esologs-harvest.toml").read_text(encoding="utf-8"))
    )
    found = forecast(plan, client="reactive")
    assert (found.middle("throttled"), found.middle("done")) == (100, 2000)
    assert duration(found.middle("seconds")) == duration(found.middle("least_seconds")) == "1:25 h"
