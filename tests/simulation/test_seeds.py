"""The rules hold for every seed; and what has to come up sometimes does.

`make simulate SEEDS=10000` plays more of them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import evolve

from offwire.testing.simulate import CHECKS, SIGHTS, Scenario, drawn, simulate
from tools.simulate import main

BATCH = 100
BATCHES = 20
PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulating.md"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_rules_hold(batch: int) -> None:
    seen: set[str] = set()
    calls = 0
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        run = simulate(drawn(seed))
        run.check()
        calls += run.calls
        seen |= run.sights
    assert calls > 30 * BATCH
    # Not everything comes up in a hundred seeds, but nearly.
    assert len(seen) >= len(SIGHTS) - 6


def test_everything_comes_up() -> None:
    """A quiet simulator proves nothing."""
    unseen = set(SIGHTS)
    seed = 5000
    while unseen and seed < 6000:
        unseen -= simulate(drawn(seed), ()).sights
        seed += 1
    assert not unseen


@pytest.mark.parametrize("callers", [1, 50])
def test_when_all_is_well_nothing_fails_and_little_is_seen(callers: int) -> None:
    run = simulate(Scenario(callers=callers, calls=20))
    run.check()
    assert run.errors == ()
    assert run.statuses == {200: run.calls}
    assert run.sights == set()


def test_shuffling_changes_the_order_and_breaks_no_rule() -> None:
    plain, shuffled = (
        simulate(evolve(Scenario(callers=20, pace=0.0, latency=(0.0, 0.0)), shuffled=each))
        for each in (False, True)
    )
    shuffled.check()
    assert plain.fingerprint != shuffled.fingerprint
    assert plain.statuses == shuffled.statuses


def test_the_command_plays_seeds_and_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7"]) == 0
    assert "all is well" in capsys.readouterr().out
    assert main(["--seeds", "3", "--calls", "1", "--processes", "1"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("3 seeds, ")
    assert re.search(r"\d events a second of processor time, in each of them\n", said)
    assert "never came up: " in said


def test_the_command_prints_a_timeline(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offwire.state.limits._Window.ready_at", lambda _self, _cost, now: now)
    found = (seed for seed in range(300) if main(["--seed", str(seed)]))
    assert next(found) >= 0
    assert "was broken at" in capsys.readouterr().out


def test_the_page_lists_the_rules_and_the_sights() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row in {each.rule for each in CHECKS}] == [each.rule for each in CHECKS]
    assert [row for row in rows if row in SIGHTS] == list(SIGHTS)
