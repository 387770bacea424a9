"""`Plan`: what somebody wants to do to a server, and what the server is like, before anything is done.

    plan = Plan(
        workers=50,
        items=2_000,
        calls=[PlannedCall(name="events", cost=(2, 8)), PlannedCall(name="reports", share=0.2)],
        limit=PlannedLimit(units=3600, per=3600.0),
    )

Rules of this file: a plan is a value, and all that a forecast depends on. Times are seconds, shares
go from 0 to 1. What makes no sense is refused at birth, by the name of its field.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from attrs import field, frozen

from offwire.bounds import above, at_least, count, none_or, share
from offwire.hedge_policy import HedgePolicy
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from random import Random

    from attrs import Attribute

Kind: TypeAlias = Literal["sliding", "fixed", "bucket", "concurrency"]
Known: TypeAlias = Literal["declared", "learned", "points", "unknown"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What limits there are."""
KNOWN: Final[tuple[Known, ...]] = get_args(Known)
"""What a client may know of one."""

_Z99: Final = 2.3263478740408408
"""The standard normal distribution's 99th percentile."""
_MOST_CALLS: Final = 10_000_000
"""Calls that a plan can have: more would take the memory of most machines."""


def _one_of(*names: str) -> Any:
    def validate(instance: object, attribute: Attribute[Any], value: object) -> None:
        if value not in names:
            raise ValueError(
                f"{type(instance).__name__}.{attribute.name} is one of {', '.join(names)}, not {value!r}"
            )

    return validate


def _fault(instance: object, attribute: Attribute[Any], value: float) -> None:
    if value:
        share(instance, attribute, value)


def _words(instance: object, attribute: Attribute[Any], value: str) -> None:
    if not value.isprintable():
        raise ValueError(
            f"{type(instance).__name__}.{attribute.name} has to be one line of text, not {value!r}"
        )


@frozen(kw_only=True)
class Uniform:
    """Seconds between two bounds, each as likely as the other."""

    least: float = field(validator=at_least(0))
    most: float = field(validator=at_least(0))

    def __attrs_post_init__(self) -> None:
        if self.most < self.least:
            raise ValueError(f"Uniform.most has to be at least {self.least:g} (least), not {self.most!r}")

    def draw(self, chance: Random) -> float:
        """Seconds."""
        return (
            self.least + (self.most - self.least) * chance.random() if self.most > self.least else self.least
        )


@frozen(kw_only=True)
class LogNormal:
    """Seconds as servers take them: most near the median, a few many times as long."""

    median: float = field(validator=above(0))
    p99: float = field(validator=above(0))
    """Below it are 99 of 100."""

    def __attrs_post_init__(self) -> None:
        if self.p99 < self.median:
            raise ValueError(f"LogNormal.p99 has to be at least {self.median:g} (median), not {self.p99!r}")

    def draw(self, chance: Random) -> float:
        """Seconds."""
        return self.median * exp(log(self.p99 / self.median) / _Z99 * chance.gauss(0.0, 1.0))


Latency: TypeAlias = Uniform | LogNormal
"""How long the server works on a request."""


def _range(value: float | Iterable[float]) -> tuple[float, float]:
    if isinstance(value, int | float):
        return (value, value)
    least, most = value
    return (least, most)


@frozen(kw_only=True)
class PlannedCall:
    """One kind of call, out of the mix."""

    name: str = field(default="call", validator=_words)
    share: float = field(default=1.0, validator=above(0))
    """How often it comes, in proportion to the others."""
    cost: tuple[float, float] = field(default=(1.0, 1.0), converter=_range)
    """Units of the limit: the least and the most, drawn anew for each request; or one number."""
    latency: Latency = LogNormal(median=0.2, p99=1.0)
    """How long the server works on it."""
    safe: bool = True
    """Whether it may be sent again where nobody knows whether it arrived."""
    errors: float | None = field(default=None, validator=none_or(_fault))
    """The share that is answered with 500, 502 or 503, where it is not that of all calls."""

    def __attrs_post_init__(self) -> None:
        least, most = self.cost
        if not 0 < least <= most < float("inf"):
            raise ValueError(
                f"PlannedCall.cost has to be a number above 0, or the least and the most, not {self.cost!r}"
            )
        if not self.name:
            raise ValueError("PlannedCall.name has to be text, such as the operation's name")


@frozen(kw_only=True)
class PlannedLimit:
    """What the server allows, and what the client knows of it."""

    units: int = field(validator=count(1))
    """Units in a window; what flows into a bucket in `per`; or requests at a time."""
    per: float = field(default=1.0, validator=above(0))
    """Seconds."""
    kind: Kind = field(default="sliding", validator=_one_of(*KINDS))
    """`sliding`: in any stretch of `per`. `fixed`: in stretches that follow one another. `bucket`:
    refilled all the time. `concurrency`: requests at a time, whatever they cost."""
    known: Known = field(default="declared", validator=_one_of(*KNOWN))
    """`declared`: the client is told the limit, and the most that a call costs. `learned`: it heeds what
    answers say is left. `points`: answers tell how many points are gone, and it learns what calls cost.
    `unknown`: it has nothing but the 429s, and the wait that they name."""
    burst: int | None = field(default=None, validator=none_or(count(1)))
    """Units that a bucket holds; by default `units`."""
    offset: float = field(default=0.0, validator=at_least(0))
    """Seconds from the beginning to the first reset of fixed windows; 0 is a whole window."""
    unit: str = field(default="unit", validator=_words)
    """What a unit is called, such as `point`."""

    def __attrs_post_init__(self) -> None:
        if self.burst is not None and self.kind != "bucket":
            raise ValueError(f"PlannedLimit.burst is for a bucket; a limit of kind {self.kind} has none")
        if self.offset and self.kind != "fixed":
            raise ValueError(f"PlannedLimit.offset is for fixed windows, not for a limit of kind {self.kind}")
        if self.known == "points" and self.kind != "fixed":
            raise ValueError("PlannedLimit.known: points come in fixed windows; say kind = fixed, too")
        if self.known == "learned" and self.kind in ("bucket", "concurrency"):
            raise ValueError(
                f"PlannedLimit.known: of a {self.kind} answers do not say what is left; "
                "say declared or unknown"
            )

    @property
    def largest(self) -> float:
        """The highest cost that a call can have."""
        match self.kind:
            case "concurrency":
                return float("inf")
            case "bucket":
                return self.burst or self.units
            case _:
                return self.units


@frozen(kw_only=True)
class PlannedFaults:
    """What goes wrong, as shares of requests."""

    errors: float = field(default=0.0, validator=_fault)
    """Answered with 500, 502 or 503."""
    refused: float = field(default=0.0, validator=_fault)
    """No connection: never sent."""
    lost: float = field(default=0.0, validator=_fault)
    """The connection breaks, and nobody knows whether the request arrived. It did not."""
    truncated: float = field(default=0.0, validator=_fault)
    """The answer breaks off."""
    stalled: float = field(default=0.0, validator=_fault)
    """The answer never comes."""
    slow: float = field(default=0.0, validator=_fault)
    """The answer comes late."""
    slow_by: float = field(default=5.0, validator=above(0))
    """Seconds, up to twice as many."""
    down: tuple[tuple[float, float], ...] = ()
    """When the server answers everybody with 503: seconds from and to."""

    def __attrs_post_init__(self) -> None:
        rough = self.refused + self.lost + self.truncated + self.stalled + self.slow
        if rough > 1:
            raise ValueError(
                "PlannedFaults.refused, lost, truncated, stalled and slow exclude each other: "
                f"together they have to be at most 1, not {rough:g}"
            )
        for start, end in self.down:
            if not 0 <= start < end:
                raise ValueError(f"PlannedFaults.down goes from a time to a later one, not {(start, end)!r}")


@frozen(kw_only=True)
class PlannedTokens:
    """How the client signs in: with client credentials, for a token that ends."""

    lifetime: float = field(default=3600.0, validator=above(0))
    """Seconds that a token lives."""
    takes: float = field(default=0.3, validator=at_least(0))
    """Seconds that a request for one takes."""
    fails: float = field(default=0.0, validator=_fault)
    """The share of them that fail with 503."""


@frozen(kw_only=True)
class PlannedClient:
    """How the client behaves. The defaults are those of `Policies`."""

    attempts: int = field(default=3, validator=count(1))
    """How often a call is sent at most."""
    retry_budget: float = field(default=500.0, validator=above(0))
    """What retries of all calls have together: see `TokenBudget.capacity`."""
    patience: float | None = field(default=120.0, validator=none_or(at_least(0)))
    """Seconds; where the server asks a call to wait for longer, it fails at once."""
    timeout: float = Timeouts().read or 30.0
    """Seconds of silence after which an attempt is given up."""
    deadline: float | None = field(default=None, validator=none_or(above(0)))
    """Seconds for a whole call, its waits included."""
    hedge: HedgePolicy | None = None
    """When a slow request that may be repeated is sent a second time; None never does."""
    breaker: bool = True
    """Whether a server that fails is left alone for a while."""
    connections: int = field(default=100, validator=count(1))
    """Requests that can be under way at a time."""
    way: float = field(default=0.02, validator=above(0))
    """Seconds that a message takes from the client to the server, and back."""
    pause: float = field(default=0.0, validator=at_least(0))
    """Seconds that a worker does something else, between two calls."""
    rest: float = field(default=1.0, validator=above(0))
    """Seconds that a worker rests after a call that failed; longer where the error names a time."""

    def __attrs_post_init__(self) -> None:
        Timeouts(read=self.timeout)


@frozen(kw_only=True)
class Plan:
    """Workers, what they have to do, and the server.

    Raises at birth:
        ValueError: a field makes no sense; the message names it, and what would.
    """

    workers: int = field(validator=count(1))
    """How many make calls at a time, one after another each."""
    items: int | None = field(default=None, validator=none_or(count(1)))
    """How many calls there are to make, in all …"""
    lasts: float | None = field(default=None, validator=none_or(above(0)))
    """… or for how many seconds calls are made."""
    title: str = field(default="", validator=_words)
    calls: tuple[PlannedCall, ...] = field(default=(PlannedCall(),), converter=tuple[PlannedCall, ...])
    """The mix."""
    limit: PlannedLimit | None = None
    faults: PlannedFaults = PlannedFaults()
    tokens: PlannedTokens | None = None
    client: PlannedClient = PlannedClient()
    seed: int = field(default=1, validator=count(0))
    """Equal seeds give equal forecasts, to the last digit."""
    runs: int = field(default=1, validator=count(1))
    """How often it is played, each time from the next seed."""

    def __attrs_post_init__(self) -> None:
        if (self.items is None) == (self.lasts is None):
            raise ValueError("Plan.items or Plan.lasts has to be given, and not both")
        if self.items is not None and self.items > _MOST_CALLS:
            raise ValueError(f"Plan.items has to be at most {_MOST_CALLS}, not {self.items}")
        if not self.calls:
            raise ValueError("Plan.calls has to hold one kind of call at least")
        names = [each.name for each in self.calls]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"Plan.calls has two of the name {name!r}: they could not be told apart")
        if self.limit is None:
            return
        for number, each in enumerate(self.calls):
            if each.cost[1] > self.limit.largest:
                raise ValueError(
                    f"Plan.calls[{number}].cost has to be at most {self.limit.largest:g}, which is all that "
                    f"the limit ever admits, not {each.cost[1]:g}"
                )
