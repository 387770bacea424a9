"""What a workflow is made of: each step yields one value, and takes one answer."""

from __future__ import annotations

from typing import Any

import pytest

from offwire.operations.call import Call
from offwire.operations.steps import Pause, Steps, Together, pause, step, together

ONE: Call[object] = Call.get("/one", returns=object)
OTHER: Call[object] = Call.get("/other", returns=object)


def ended(steps: Steps[Any], answer: object) -> object:
    """What `steps` return for `answer`."""
    with pytest.raises(StopIteration) as end:
        steps.send(answer)
    return end.value.value


def test_a_step_is_its_call_and_returns_what_that_brings() -> None:
    steps = step(ONE)
    assert next(steps) is ONE
    assert ended(steps, "brought") == "brought"


def test_what_a_call_raises_is_raised_by_its_step() -> None:
    steps = step(ONE)
    next(steps)
    with pytest.raises(LookupError, match="none"):
        steps.throw(LookupError("none"))


def test_parts_go_together_and_their_results_come_as_a_tuple() -> None:
    inner = step(OTHER)
    steps = together(ONE, inner)
    assert next(steps) == Together((ONE, inner))
    assert ended(steps, ["a", "b"]) == ("a", "b")


def test_no_parts_take_no_step() -> None:
    with pytest.raises(StopIteration) as end:
        next(together())
    assert end.value.value == ()


def test_a_pause_brings_nothing() -> None:
    steps = pause(2.5)
    assert next(steps) == Pause(2.5)
    assert ended(steps, None) is None


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan"), True, "1"])
def test_a_pause_is_a_number_of_seconds(seconds: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="seconds"):
        next(pause(seconds))
