"""What several rules presuppose of a scenario."""

from __future__ import annotations

from typing import Final

from offwire.testing.simulate.scenario import Scenario

NEVER_SENT: Final = frozenset({"NeverSent", "ConnectTimeout"})
"""The errors of requests that the server has not seen."""


def is_priced(scenario: Scenario) -> bool:
    """Whether operations cost differently."""
    return scenario.quota is not None and scenario.quota.priced


def in_order(scenario: Scenario) -> bool:
    """Whether requests leave in the order of their permits: none waits for a token or a connection."""
    return scenario.sign_in is None and scenario.connections >= scenario.callers
