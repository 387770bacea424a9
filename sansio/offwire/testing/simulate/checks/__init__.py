"""The rules that hold in every simulation, one class each, family by family."""

from __future__ import annotations

from typing import Final

from offwire.testing.simulate.checks.breaker import BREAKER_CHECKS
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.checks.fairness import FAIRNESS_CHECKS
from offwire.testing.simulate.checks.fleet import FLEET_CHECKS
from offwire.testing.simulate.checks.lifecycle import LIFECYCLE_CHECKS
from offwire.testing.simulate.checks.quota import QUOTA_CHECKS
from offwire.testing.simulate.checks.retry import RETRY_CHECKS
from offwire.testing.simulate.checks.tokens import TOKEN_CHECKS

__all__ = [
    "BREAKER_CHECKS",
    "CHECKS",
    "Check",
    "FAIRNESS_CHECKS",
    "FLEET_CHECKS",
    "LIFECYCLE_CHECKS",
    "QUOTA_CHECKS",
    "RETRY_CHECKS",
    "TOKEN_CHECKS",
]

CHECKS: Final[tuple[type[Check], ...]] = (
    *QUOTA_CHECKS, *FAIRNESS_CHECKS, *RETRY_CHECKS, *TOKEN_CHECKS, *BREAKER_CHECKS, *LIFECYCLE_CHECKS,
    *FLEET_CHECKS,
)  # fmt: skip
"""All of them."""
