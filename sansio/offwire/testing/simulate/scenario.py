"""`Scenario`: all that a simulation depends on, in one frozen value; and `drawn`, one by chance.

Rules of this file: a scenario's rendering is the expression that makes it. Swarm testing (Groce and
others, ISSTA 2012): each seed draws first which faults there are at all, since faults hide each other.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, field, frozen

from offwire.backoff import Exponential
from offwire.bounds import above, at_least, count
from offwire.hedge_policy import HedgePolicy
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.line import FairnessPolicy, Place
from offwire.state.retry_budget import TokenBudget
from offwire.testing.chance import seeded
from offwire.testing.simulate.limits import (
    Concurrency,
    FixedWindow,
    ServerLimit,
    SlidingWindow,
    TokenBucket,
)
from offwire.testing.simulate.parts import Network
from offwire.testing.simulate.shared_store import Shared
from offwire.testing.simulate.tokens import SignIn

API: Final = "https://api.sim.test:443"
ELSEWHERE: Final = "https://other.sim.test:443"
LOGIN: Final = "https://login.sim.test:443"

PRICES: Final = {"read": 1.0, "write": 2.0, "create": 3.0}
"""What operations cost where they are priced."""

_KINDS: Final = ("sliding", "fixed", "bucket", "concurrency")
_SAYS: Final = ("fields", "wait", "date", "nothing")
_FLEETS: Final = 0.15
"""The share of seeds that have several processes."""


def _known(_instance: object, _attribute: object, value: str) -> None:
    if value not in _KINDS:
        raise ValueError(f"Quota.kind is one of {', '.join(_KINDS)}, not {value!r}")


@frozen(kw_only=True)
class Quota:
    """A limit of the server, and what the callers know of it.

    Raises at birth:
        ValueError: `kind` is none of these, or a number is out of its range.
    """

    kind: str = field(default="sliding", validator=_known)
    """`sliding`, `fixed`, `bucket` or `concurrency`."""
    units: int = field(default=10, validator=count(3))
    """Units in a window, or in the bucket; or requests at a time."""
    per: float = field(default=1.0, validator=above(0))
    """Seconds of a window, or until an empty bucket is full."""
    declared: float = field(default=1.0, validator=at_least(0))
    """What the callers take the units for, as a share: 1 is the truth, 2 is wrong, 0 is nothing known."""
    says: str = "fields"
    """How the server tells of it; see `Limited`."""
    priced: bool = False
    """Whether operations cost differently."""

    @property
    def is_honest(self) -> bool:
        """Whether the callers know of the limit, or of a lower one."""
        return 0 < self.declared <= 1

    def server(self) -> ServerLimit:
        """The server's machine."""
        match self.kind:
            case "sliding":
                return SlidingWindow(self.units, self.per)
            case "fixed":
                return FixedWindow(self.units, self.per, offset=self.per / 3)
            case "bucket":
                return TokenBucket(self.units, self.units / self.per)
            case _:
                return Concurrency(self.units)

    def limits(self) -> tuple[Limit, ...]:
        """The same, as the callers declare it."""
        if self.declared == 0:
            return ()
        units = max(3, int(self.units * self.declared))
        match self.kind:
            case "bucket":
                # A little less than the server does, since its clock may be the slower one.
                return (BucketLimit(capacity=units, per_second=0.999 * units / self.per),)
            case "concurrency":
                return (ConcurrencyLimit(units),)
            case _:
                return (WindowLimit(units, self.per),)


@frozen(kw_only=True)
class Scenario:
    """Callers, a server, a network between them, and what goes wrong with each.

    Raises at birth:
        ValueError: a number is out of its range; the message names the field.
    """

    seed: int = 0
    callers: int = field(default=5, validator=count(1))
    calls: int = field(default=10, validator=count(1))
    """Of each caller."""
    pace: float = field(default=0.05, validator=at_least(0))
    """Seconds that a caller lets pass between two calls, on average."""
    connections: int = field(default=100, validator=count(1))
    latency: tuple[float, float] = (0.01, 0.05)
    """Seconds that a message takes one way: the least and the most."""
    takes: float = field(default=0.01, validator=at_least(0))
    """Seconds that the server works on a request."""
    quota: Quota | None = None
    sign_in: SignIn | None = None
    credential: str = ""
    """Without a sign-in: `key`, `basic`, `bearer`, or none."""
    cookies: bool = False
    """Whether the server sets a cookie, which is kept."""
    network: Network = Network()
    flaky: float = field(default=0.0, validator=at_least(0))
    """The share of requests that the server answers with 5xx, echoing what it was sent."""
    flaky_wait: float | None = None
    """The Retry-After of these, in seconds."""
    down: tuple[tuple[float, float], ...] = ()
    """When the server is down, in seconds."""
    down_refuses: bool = False
    redirects: float = field(default=0.0, validator=at_least(0))
    """The share of requests that are redirected, some of them to another origin."""
    retry: RetryPolicy = RetryPolicy()
    hedge: HedgePolicy | None = None
    breaker: BreakerPolicy | None = BreakerPolicy()
    writes: float = field(default=0.2, validator=at_least(0))
    """The share of calls that may not be repeated."""
    keyed: float = field(default=0.1, validator=at_least(0))
    """The share of calls that carry an idempotency key."""
    deadlines: float = field(default=0.0, validator=at_least(0))
    """The share of calls that have a deadline."""
    deadline_up_to: float = field(default=2.0, validator=above(0))
    """Seconds."""
    cancels: float = field(default=0.0, validator=at_least(0))
    """The share of calls that their caller gives up."""
    cancel_up_to: float = field(default=1.0, validator=above(0))
    """Seconds."""
    jumps: int = field(default=0, validator=count(0))
    """How often the wall clock is set, by up to a day; and the monotonic one runs backwards."""
    drift: float = 0.0
    """By what share the server's clock is faster than the callers'."""
    ahead: float = 0.0
    """By how many seconds the server's calendar is ahead."""
    shuffled: bool = False
    """Whether what falls on one instant comes in a drawn order."""
    closes_at: float | None = None
    """When the client is closed in the midst of it, in seconds."""
    places: tuple[Place, ...] = ()
    """The priorities and flows that calls have, by chance; none where they have none."""
    fairness: FairnessPolicy | None = None
    """How these share."""
    processes: int = field(default=1, validator=count(1))
    """Over how many programs the callers are spread, each with clocks and connections of its own. Where there
    are several, they share the quota and the token in a store."""
    store: Shared | None = None
    """That store; None for one of which nothing is lost."""


def drawn(seed: int, *, callers: int | None = None, calls: int | None = None) -> Scenario:
    """The scenario of a seed; `callers` and `calls` take the place of what would be drawn."""
    chance = seeded(seed, "scenario")
    some = chance.random
    between = chance.uniform

    def on(share: float = 0.4) -> bool:
        return some() < share

    quota: Quota | None = None
    if on(0.7):
        quota = Quota(
            kind=chance.choice(_KINDS),
            units=chance.choice((3, 5, 10, 20)),
            per=chance.choice((0.5, 1.0, 5.0, 20.0)),
            declared=chance.choice((1.0, 1.0, 1.0, 0.7, 2.0, 0.0)),
            says=chance.choice(("fields", "fields", "wait", "date", "nothing")),
            priced=on(0.3),
        )
    sign_in: SignIn | None = None
    if on(0.6):
        sign_in = SignIn(
            rotating=on(0.5),
            lifetime=chance.choice((2.0, 10.0, 60.0, 3600.0)),
            grace=chance.choice((0.0, 10.0)),
            fails=between(0.0, 0.5) if on(0.3) else 0.0,
            revoked=between(0.0, 0.05) if on(0.3) else 0.0,
            takes=chance.choice((0.02, 0.5, 3.0)),
        )
    rough = between(0.0, 0.15) if on(0.5) else 0.0
    network = Network(
        refused=rough if on() else 0.0,
        lost=rough if on() else 0.0,
        reset=rough if on() else 0.0,
        truncated=rough if on() else 0.0,
        stalled=rough / 3 if on() else 0.0,
        doubled=rough if on(0.2) else 0.0,
        slow=between(0.0, 0.3) if on(0.3) else 0.0,
        slow_by=chance.choice((0.1, 1.0, 10.0)),
    )
    down_at = between(0.0, 10.0)
    retry = RetryPolicy(
        max_attempts=chance.choice((1, 2, 3, 5)),
        backoff=Exponential(base=chance.choice((0.05, 0.5)), cap=chance.choice((1.0, 20.0))),
        max_server_wait=chance.choice((5.0, 120.0, None)),
        budget=TokenBudget(capacity=chance.choice((30.0, 100.0, 500.0))),
    )
    breaker: BreakerPolicy | None = None
    if on(0.7):
        breaker = BreakerPolicy(
            window=chance.choice((10, 50)),
            min_calls=chance.choice((3, 10)),
            open_for=chance.choice((1.0, 10.0)),
            open_cap=60.0,
            probes=chance.choice((1, 1, 3)),
        )
    least = chance.choice((0.0, 0.005, 0.05))
    scenario = Scenario(
        seed=seed,
        callers=callers or chance.choice((1, 3, 8, 20)),
        calls=calls or chance.choice((3, 10, 20)),
        pace=chance.choice((0.0, 0.01, 0.2, 2.0)),
        connections=chance.choice((1, 3, 10, 100, 100)),
        latency=(least, least * chance.choice((1, 2, 10))),
        takes=chance.choice((0.0, 0.01, 0.2)),
        quota=quota,
        sign_in=sign_in,
        credential=chance.choice(("", "key", "basic", "bearer")),
        cookies=on(0.3),
        network=network,
        flaky=between(0.0, 0.4) if on(0.3) else 0.0,
        flaky_wait=between(0.1, 10.0) if on(0.3) else None,
        down=((down_at, down_at + chance.choice((0.5, 5.0, 30.0))),) if on(0.25) else (),
        down_refuses=on(0.5),
        redirects=between(0.0, 0.3) if on(0.2) else 0.0,
        retry=retry,
        hedge=_hedge(seed),
        breaker=breaker,
        deadlines=between(0.0, 1.0) if on(0.4) else 0.0,
        deadline_up_to=chance.choice((0.3, 3.0, 30.0)),
        cancels=between(0.0, 0.5) if on(0.4) else 0.0,
        cancel_up_to=chance.choice((0.1, 1.0, 10.0)),
        jumps=chance.choice((1, 5)) if on(0.3) else 0,
        drift=between(-1e-4, 1e-4),
        ahead=between(-60.0, 60.0) if on(0.5) else 0.0,
        shuffled=on(0.5),
        closes_at=between(0.1, 5.0) if on(0.1) else None,
        places=_places(seed),
        fairness=_fairness(seed),
    )
    # What takes two faults at once would be rare: a breaker's probe that is given up, say.
    if on(0.05):
        scenario = _brittle(scenario)
    elif on(0.04):
        crowd = (callers or max(8, scenario.callers), calls or max(10, scenario.calls))
        scenario = _crowded(scenario, *crowd, says=chance.choice(("wait", "date", "nothing")))
    return _spread(scenario)


def _spread(scenario: Scenario) -> Scenario:
    """Over several processes, some of the time: by chance of its own, as hedges."""
    chance = seeded(scenario.seed, "fleet")
    if chance.random() >= _FLEETS:
        return scenario
    some, pick, between = chance.random, chance.choice, chance.uniform
    quota = scenario.quota
    if quota is None or not quota.is_honest:
        quota = Quota(kind=pick(_KINDS), units=pick((5, 20)), per=pick((1.0, 5.0, 20.0)), says=pick(_SAYS))
    sign_in = scenario.sign_in
    if sign_in is not None:
        # One that lives for less than half a minute is nothing to share.
        sign_in = evolve(sign_in, lifetime=pick((40.0, 60.0, 600.0)))
    away_at = between(0.0, 10.0)
    return evolve(
        scenario,
        processes=pick((2, 3, 5)),
        quota=quota,
        sign_in=sign_in,
        calls=max(5, scenario.calls),
        store=Shared(
            lasts=pick((0.5, 2.0, 10.0)),
            stray=pick((5.0, 20.0)),
            when_away=pick(("closed", "closed", "share", "open")),
            away=((away_at, away_at + pick((0.3, 3.0, 20.0))),) if some() < 0.3 else (),
            loses=between(0.0, 0.2) if some() < 0.5 else 0.0,
            takes=pick((0.0, 0.005, 0.1)),
            claim_lasts=pick((0.3, 2.0, 15.0)),
            kills=pick((0.1, 0.5)) if some() < 0.5 else 0.0,
            skew=between(-5e-5, 5e-5),
        ),
        jumps=0 if sign_in is not None else scenario.jumps,
    )


def _crowded(scenario: Scenario, callers: int, calls: int, *, says: str) -> Scenario:
    """Many callers who wait for a window, and for nothing else."""
    return evolve(
        scenario,
        callers=callers,
        calls=calls,
        pace=0.0,
        connections=100,
        quota=Quota(kind="sliding" if scenario.shuffled else "fixed", units=5, per=0.5, says=says),
        sign_in=None,
        hedge=None,
        deadlines=0.0,
        closes_at=None,
    )


def _places(seed: int) -> tuple[Place, ...]:
    """By chance of its own, as hedges."""
    chance = seeded(seed, "places")
    if chance.random() >= 0.3:
        return ()
    priorities = chance.choice(((0,), (0, 1), (0, 0, 0, 1), (-1, 0, 3)))
    flows = chance.choice((("",), ("", "a"), ("a", "b", "b", "c")))
    return tuple(Place(priority, flow) for priority in priorities for flow in flows)


def _fairness(seed: int) -> FairnessPolicy | None:
    chance = seeded(seed, "fairness")
    if chance.random() >= 0.7:
        return None
    return FairnessPolicy(
        weights=chance.choice(({}, {"a": 2.0}, {"a": 0.5, "b": 3.0})), aging=chance.choice((0.5, 5.0, None))
    )


def _hedge(seed: int) -> HedgePolicy | None:
    """By chance of its own, so that hedges do not change what else is drawn."""
    chance = seeded(seed, "hedge")
    if chance.random() >= 0.3:
        return None
    return HedgePolicy(
        after=chance.choice((0.02, 0.1, 0.5, None)),
        quantile=chance.choice((0.5, 0.9)),
        learn_from=chance.choice((1, 10)),
        most=chance.choice((1, 1, 3)),
    )


def _brittle(scenario: Scenario) -> Scenario:
    return evolve(
        scenario,
        flaky=0.5,
        cancels=0.5,
        cancel_up_to=0.5,
        pace=0.2,
        breaker=BreakerPolicy(window=10, min_calls=3, open_for=1.0, open_cap=60.0),
        latency=(0.05, 0.5),
    )
