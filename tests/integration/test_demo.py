"""The demonstration is complete, in a small edition."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from examples.demo import Outcome, Settings, complaints, main, report, run

SMALL = Settings(users=60, per_second=500, faults=0.1, seed=3, concurrency=10)


def test_the_demonstration_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--users", "60", "--per-second", "500"]) == 0
    shown = capsys.readouterr().out
    for word in ("sync", "asyncio", "trio", "quota used", "Nothing lost, nothing twice"):
        assert word in shown


def test_what_goes_wrong_is_told() -> None:
    good = run("sync", SMALL, lambda: None)
    assert complaints(good, SMALL) == []
    broken = Outcome(
        world="sync", found=(1, 1, 2), metrics=good.metrics, server=good.server, seconds=good.seconds
    )
    assert complaints(broken, SMALL) == ["sync: 58 users are missing", "sync: 1 users came twice"]


def test_the_table_has_a_row_for_each_world() -> None:
    shown = StringIO()
    Console(width=100, file=shown).print(report([run("sync", SMALL, lambda: None)], SMALL))
    assert "sync" in shown.getvalue()
