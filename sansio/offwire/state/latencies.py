"""`Latencies`: how long recent requests took, in so little memory that each operation can have its own.

Rules of this file: times fall into buckets, each about 5 % wider than the one before, so an estimate
is right to that (as in DDSketch, Masson and others, VLDB 2019). There are two sets of buckets: when the
newer one has seen `window` times, the older one is forgotten. So memory is bounded, and what counts are
the last `window` to twice `window` times. Nothing is guessed: before enough has been seen there is no
estimate.
"""

from __future__ import annotations

from collections import Counter
from math import ceil, log
from typing import Final

WINDOW: Final = 1000
"""Times after which the older half is forgotten."""
KEPT_OPERATIONS: Final = 256
"""Operations that have latencies at once; an API has fewer, unless names are made up."""

_GROWTH: Final = log(1.05)
_SMALLEST: Final = 1e-6
_LARGEST: Final = 1e5
_EVERY: Final = 32
"""Times after which the estimate is made anew, since that takes as long as some hundred additions."""


class Latencies:
    """The recent latencies of one operation, and one quantile of them."""

    __slots__ = ("_enough", "_new", "_older", "_seen", "_share", "_window", "estimate")
    estimate: float | None
    """Seconds within which the share of the recent requests was answered; None before enough were."""

    def __init__(self, share: float, *, enough: int = 100, window: int = WINDOW) -> None:
        """Estimate the time within which `share`, from 0 to 1, is answered, once `enough` times are known."""
        self._share = share
        self._enough = enough
        self._window = max(window, enough)
        self._new: Counter[int] = Counter()
        self._older: Counter[int] = Counter()
        self._seen = 0  # in `_new`
        self.estimate = None

    def add(self, seconds: float) -> None:
        """A request took so long."""
        self._new[ceil(log(min(max(seconds, _SMALLEST), _LARGEST) / _SMALLEST) / _GROWTH)] += 1
        self._seen += 1
        if self._seen % _EVERY == 0 if self.estimate is not None else self._seen >= self._enough:
            self.estimate = self._quantile()
        if self._seen >= self._window:
            self._older, self._new, self._seen = self._new, Counter(), 0

    def _quantile(self) -> float:
        both = self._new + self._older
        wanted = max(1, ceil(self._share * both.total()))
        bucket, buckets = 0, iter(sorted(both))
        while wanted > 0:
            bucket = next(buckets)
            wanted -= both[bucket]
        return float(_SMALLEST * 1.05**bucket)


class LatenciesByOperation(dict[str, Latencies]):
    """Latencies for each operation, made when its first request is answered."""

    def __init__(self, share: float, enough: int) -> None:
        """Begin without any; see `Latencies`."""
        super().__init__()
        self._share = share
        self._enough = enough

    def __missing__(self, operation: str) -> Latencies:
        if len(self) >= KEPT_OPERATIONS:
            del self[next(iter(self))]
        latencies = self[operation] = Latencies(self._share, enough=self._enough)
        return latencies
