"""Calls that go straight, as they do where nobody observes, send and get the same at the same times.

The checks need events, and events need observers; so what they have checked holds for those calls too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from offwire.policies import Policies
from offwire.testing.simulate import Run, drawn, simulate, stage
from offwire.testing.simulate.records import Answered, Ended, Sent, Strayed, Visited
from offwire.testing.simulate.stage import Stage

SEEDS = 150


def unobserved(**policies: Any) -> Policies:
    return Policies(**{**policies, "observers": ()})


def lines(run: Run) -> Iterator[tuple[object, ...]]:
    """What happened on the wire and to the callers, without the numbers of calls: only accounts have one."""
    for each in run.records:
        match each:
            case Sent():
                yield ("sent", each.at, each.method, each.url, each.marks)
            case Answered():
                yield ("answered", each.at, each.status, each.error, each.remaining, each.issued)
            case Visited() | Strayed():
                yield (type(each).__name__, each.at)
            case Ended():
                yield ("ended", each.at, each.how, each.error)
            case _:
                pass


def accounts(run: Run) -> int:
    assert isinstance(run._stage, Stage)
    return run._stage.scheduler.runtime.calls


def test_what_is_sent_and_what_comes_of_it_does_not_hang_on_who_observes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went_straight = 0
    for seed in range(SEEDS):
        scenario = drawn(seed)
        if scenario.processes > 1:
            continue  # each call of a quota that is shared goes through the layers
        layered = simulate(scenario, ())
        with monkeypatch.context() as patch:
            patch.setattr(stage, "Policies", unobserved)
            straight = simulate(scenario, ())
        assert list(lines(straight)) == list(lines(layered)), f"seed {seed}"
        went_straight += accounts(layered) - accounts(straight)
    assert went_straight > 400
