"""Hypothesis draws scenarios, and what it draws keeps the rules."""

from __future__ import annotations

from hypothesis import find, given

from offwire.testing.simulate.run import simulate
from offwire.testing.simulate.scenario import Scenario
from offwire.testing.simulate.strategies import scenarios


@given(scenarios(callers=3, calls=4))
def test_the_rules_hold_in_whatever_is_drawn(scenario: Scenario) -> None:
    simulate(scenario).check()


def test_the_simplest_scenario_is_one_call_and_nothing_that_goes_wrong() -> None:
    simplest = find(scenarios(), lambda _scenario: True)
    assert (simplest.callers, simplest.calls, simplest.quota, simplest.sign_in) == (1, 1, None, None)
    assert simplest.network.lost == simplest.flaky == simplest.cancels == 0.0
