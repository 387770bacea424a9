"""`scenarios`: Hypothesis draws scenarios, and shrinks one that breaks a rule to what it takes.

Rules of this file: the simplest scenario is one caller, one call, and nothing that goes wrong. It
needs Hypothesis, which only tests have, so nothing else imports it.
"""

from __future__ import annotations

from hypothesis import strategies as st

from offwire.backoff import Exponential
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy
from offwire.state.line import FairnessPolicy, Place
from offwire.state.retry_budget import TokenBudget
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.tokens import SignIn


def scenarios(*, callers: int = 8, calls: int = 10) -> st.SearchStrategy[Scenario]:
    """Scenarios of up to so many callers, and so many calls of each."""
    rare = st.sampled_from((0.0, 0.05, 0.2))
    network = st.builds(
        Network,
        refused=rare,
        lost=rare,
        reset=rare,
        truncated=rare,
        stalled=st.sampled_from((0.0, 0.05)),
        slow=rare,
        slow_by=st.sampled_from((0.1, 1.0, 10.0)),
    )
    quota = st.builds(
        Quota,
        kind=st.sampled_from(("sliding", "fixed", "bucket", "concurrency")),
        units=st.sampled_from((3, 5, 10)),
        per=st.sampled_from((1.0, 5.0)),
        declared=st.sampled_from((1.0, 2.0, 0.0)),
        says=st.sampled_from(("fields", "wait", "date", "nothing")),
        priced=st.booleans(),
    )
    sign_in = st.builds(
        SignIn,
        rotating=st.booleans(),
        lifetime=st.sampled_from((3600.0, 10.0, 2.0)),
        grace=st.sampled_from((0.0, 10.0)),
        fails=rare,
        revoked=st.sampled_from((0.0, 0.05)),
        takes=st.sampled_from((0.02, 3.0)),
    )
    retry = st.builds(
        RetryPolicy,
        max_attempts=st.sampled_from((1, 3, 5)),
        backoff=st.builds(Exponential, base=st.sampled_from((0.05, 0.5))),
        budget=st.builds(TokenBudget, capacity=st.sampled_from((500.0, 30.0))),
    )
    breaker = st.builds(
        BreakerPolicy, window=st.just(10), min_calls=st.sampled_from((10, 3)), open_for=st.just(1.0),
        open_cap=st.just(60.0), probes=st.sampled_from((1, 3)),
    )  # fmt: skip
    return st.builds(
        Scenario,
        seed=st.integers(0, 1000),
        callers=st.integers(1, callers),
        calls=st.integers(1, calls),
        pace=st.sampled_from((0.0, 0.05, 2.0)),
        connections=st.sampled_from((100, 3, 1)),
        latency=st.sampled_from(((0.0, 0.0), (0.01, 0.05), (0.05, 0.5))),
        takes=st.sampled_from((0.0, 0.01, 0.2)),
        quota=st.none() | quota,
        sign_in=st.none() | sign_in,
        credential=st.sampled_from(("", "key", "basic", "bearer")),
        cookies=st.booleans(),
        network=network,
        flaky=rare,
        flaky_wait=st.sampled_from((None, 1.0)),
        down=st.sampled_from(((), ((1.0, 10.0),))),
        redirects=rare,
        retry=retry,
        breaker=st.none() | breaker,
        deadlines=rare,
        cancels=rare,
        jumps=st.integers(0, 3),
        shuffled=st.booleans(),
        closes_at=st.sampled_from((None, 0.5)),
        places=st.sampled_from(((), (Place(0, "a"), Place(0, "b"), Place(1)))),
        fairness=st.none() | st.builds(FairnessPolicy, weights=st.sampled_from(({}, {"a": 3.0}))),
    )
