"""Simulations: fleets of callers in virtual time, against modelled servers, from one seed.

`simulate(drawn(7)).check()` plays the scenario of seed 7 with the real engine, and checks the rules
of `offwire.testing.simulate.checks` while it runs. `Fleet` runs callers of one's own, against servers
that are put together from `parts`.
"""

from offwire.testing.simulate.checks import CHECKS
from offwire.testing.simulate.checks.check import Check, Violation, check_trace
from offwire.testing.simulate.fleet import Fleet
from offwire.testing.simulate.limits import Concurrency, FixedWindow, SlidingWindow, TokenBucket
from offwire.testing.simulate.parts import (
    Down,
    Flaky,
    Limited,
    Network,
    Part,
    Redirects,
    Unreliable,
    Weather,
    served,
)
from offwire.testing.simulate.run import RuleBroken, Run, simulate
from offwire.testing.simulate.scenario import Quota, Scenario, drawn
from offwire.testing.simulate.sights import SIGHTS
from offwire.testing.simulate.tokens import SignIn, TokenServer

__all__ = [
    "CHECKS",
    "Check",
    "Concurrency",
    "Down",
    "FixedWindow",
    "Flaky",
    "Fleet",
    "Limited",
    "Network",
    "Part",
    "Quota",
    "Redirects",
    "RuleBroken",
    "Run",
    "SIGHTS",
    "Scenario",
    "SignIn",
    "SlidingWindow",
    "TokenBucket",
    "TokenServer",
    "Unreliable",
    "Violation",
    "Weather",
    "check_trace",
    "drawn",
    "served",
    "simulate",
]
