"""A greedy client and a server's limit: what is varied, and what is counted.

Rules of this file: the server is a machine of `offwire.testing.simulate`, which counts by its own
clock and by the instant at which a request arrives. What is used of the limit is counted once the first
windows are over, since what goes at once at the beginning is no rate; refusals from the first request on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from math import exp, log
from random import Random
from typing import Final

from attrs import field, frozen

from offwire.testing.simulate.limits import FixedWindow, ServerLimit, SlidingWindow, TokenBucket

SEEDS: Final = range(5)
WARM_UP: Final = 2
"""Windows whose throughput does not count."""
_SIGMA: Final = 0.8


@frozen(kw_only=True)
class Latency:
    """One way, in seconds: a shifted log-normal, as measured ones look like."""

    least: float
    mean: float

    def __call__(self, chance: Random) -> float:
        """Draw one."""
        return self.least + chance.lognormvariate(log(self.mean - self.least) - _SIGMA**2 / 2, _SIGMA)

    @property
    def median(self) -> float:
        """What half of them stay below."""
        return self.least + (self.mean - self.least) * exp(-(_SIGMA**2) / 2)


A_TENTH: Final = Latency(least=0.03, mean=0.05)
"""Round trips of 0.10 s in the mean, and of 0.06 s at least."""


@frozen(kw_only=True)
class Setting:
    """One limit, and who asks for more than it allows."""

    kind: str
    """`sliding`, `fixed` or `bucket`."""
    calls: int
    """In each period; the bucket's capacity."""
    period: float
    """Seconds; for a bucket, those in which it fills."""
    windows: int = 100
    """How many are counted."""
    callers: int = 300
    """Each of them sends its next request when the last one is answered."""
    latency: Latency = A_TENTH

    @property
    def name(self) -> str:
        """For tables."""
        if self.kind == "bucket":
            return f"bucket of {self.calls}, {self.calls / self.period:g}/s"
        return f"{self.kind}, {self.calls} in {self.period:g} s, {self.callers} callers"

    @property
    def end(self) -> float:
        """When nobody begins any more."""
        return (WARM_UP + 1 + self.windows) * self.period

    def offset(self, seed: int) -> float:
        """Where in its own clock the server begins a window: the client does not know."""
        return Random(f"offset {seed}").uniform(0.0, self.period)

    def limit(self, seed: int) -> ServerLimit:
        """The server's machine."""
        match self.kind:
            case "sliding":
                return SlidingWindow(self.calls, self.period)
            case "fixed":
                return FixedWindow(self.calls, self.period, offset=self.offset(seed))
            case _:
                return TokenBucket(self.calls, self.calls / self.period)


class Count:
    """What became of the requests of one run."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self._setting = setting
        self._from = WARM_UP * setting.period + setting.offset(seed)
        self.requests = 0
        self.admitted: list[float] = []
        """When requests came that were admitted."""
        self.refused: list[float] = []
        """When requests came that were refused."""

    def __call__(self, at: float, cost: float, admitted: bool) -> None:
        """The limit was asked."""
        self.requests += 1
        (self.admitted if admitted else self.refused).append(at)

    @property
    def used(self) -> float:
        """The least time in which so many can be admitted, as a share of the time that it took.

        Counted by time and not by requests, since those of a whole window may come at once: one
        such burst more or less would be a window's worth.
        """
        setting, admitted = self._setting, self.admitted
        first = bisect_left(admitted, self._from)
        windows = min(setting.windows, (len(admitted) - 1 - first) // setting.calls)
        took = admitted[first + windows * setting.calls] - admitted[first]
        return windows * setting.period / took


@frozen(kw_only=True)
class Figures:
    """What several runs came to."""

    used: float
    """The mean share of what is allowed."""
    least_used: float
    """… and the smallest one."""
    refused: int
    requests: int
    counts: tuple[Count, ...] = field(repr=False)

    @property
    def per_ten_thousand(self) -> float:
        """Refusals, for each 10,000 requests."""
        return 10_000 * self.refused / self.requests


Run = Callable[[Setting, int], Count]
"""Plays a setting with a seed."""


def figures(run: Run, setting: Setting, seeds: Iterable[int] = SEEDS) -> Figures:
    """Play `setting` once for each seed."""
    counts = tuple(run(setting, seed) for seed in seeds)
    shares = [each.used for each in counts]
    return Figures(
        used=sum(shares) / len(shares),
        least_used=min(shares),
        refused=sum(len(each.refused) for each in counts),
        requests=sum(each.requests for each in counts),
        counts=counts,
    )
