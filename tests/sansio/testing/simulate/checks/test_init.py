"""All rules are there, each once, each with a word on what it says."""

from __future__ import annotations

from offwire.testing.simulate.checks import CHECKS


def test_each_rule_has_one_check_that_says_what_it_checks() -> None:
    rules = [each.rule for each in CHECKS]
    assert len(set(rules)) == len(rules) > 35
    assert all((each.__doc__ or "").startswith(f"{each.rule}: ") for each in CHECKS)
