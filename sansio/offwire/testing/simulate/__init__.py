"""Simulations: fleets of callers in virtual time, against modelled servers, from one seed.

`simulate(drawn(7)).check()` plays the scenario of seed 7 with the real engine, and checks the rules
of `offwire.testing.simulate.checks` while it runs. `Fleet` runs callers of one's own, against servers
that are put together from `parts`. `forecast(plan)` tells what a harvest will do before it is run.
"""

from offwire.testing.simulate.checks import CHECKS
from offwire.testing.simulate.checks.check import Check, Violation, check_trace
from offwire.testing.simulate.fleet import Fleet
from offwire.testing.simulate.forecasting import Forecast, Spread, forecast
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
from offwire.testing.simulate.picture import picture_of
from offwire.testing.simulate.plan import (
    LogNormal,
    Plan,
    PlannedCall,
    PlannedClient,
    PlannedFaults,
    PlannedLimit,
    PlannedTokens,
    Uniform,
)
from offwire.testing.simulate.plan_document import plan_from
from offwire.testing.simulate.rehearsal import CLIENTS, Client, Rehearsed, rehearse
from offwire.testing.simulate.run import RuleBroken, Run, simulate
from offwire.testing.simulate.scenario import Quota, Scenario, drawn
from offwire.testing.simulate.series import Span, Timeline
from offwire.testing.simulate.shared_store import Shared
from offwire.testing.simulate.sights import SIGHTS
from offwire.testing.simulate.tally import Figures
from offwire.testing.simulate.tokens import SignIn, TokenServer

__all__ = [
    "CHECKS",
    "CLIENTS",
    "Check",
    "Client",
    "Concurrency",
    "Down",
    "Figures",
    "FixedWindow",
    "Flaky",
    "Fleet",
    "Forecast",
    "Limited",
    "LogNormal",
    "Network",
    "Part",
    "Plan",
    "PlannedCall",
    "PlannedClient",
    "PlannedFaults",
    "PlannedLimit",
    "PlannedTokens",
    "Quota",
    "Redirects",
    "Rehearsed",
    "RuleBroken",
    "Run",
    "SIGHTS",
    "Scenario",
    "Shared",
    "SignIn",
    "SlidingWindow",
    "Span",
    "Spread",
    "Timeline",
    "TokenBucket",
    "TokenServer",
    "Uniform",
    "Unreliable",
    "Violation",
    "Weather",
    "check_trace",
    "drawn",
    "forecast",
    "picture_of",
    "plan_from",
    "rehearse",
    "served",
    "simulate",
]
