"""`Metrics`: an observer that counts.

Rules of this file: memory is bounded whatever is observed: durations fall into buckets, each
about 5 % wider than the one before, so a quantile is right to that.
"""

from __future__ import annotations

from collections import Counter
from math import ceil, log
from typing import Final

from attrs import field, frozen

from offwire.events import AttemptEnded, CallEnded, Event, HedgeSent, RetryScheduled, TokenRequested

_GROWTH: Final = log(1.05)
_SMALLEST: Final = 1e-6


@frozen(kw_only=True)
class MetricsSnapshot:
    """What has been counted up to one instant."""

    calls: int
    """Calls that have ended, whichever way."""
    failures: int
    """Calls that ended with an error or a cancel."""
    attempts: int
    retries: int
    hedges: int
    token_requests: int
    statuses: dict[int, int]
    """Answers by status; every attempt counts."""
    errors: dict[str, int]
    """Attempts without an answer, by kind of error."""
    waited: float
    """Seconds that calls waited between attempts, in all."""
    durations: dict[int, int] = field(repr=False)

    @property
    def throttled(self) -> int:
        """Answers with 429."""
        return self.statuses.get(429, 0)

    def duration(self, share: float) -> float:
        """Seconds within which `share` (0 to 1) of the calls ended; 0.0 where none has."""
        wanted = max(1, ceil(share * sum(self.durations.values())))
        for bucket in sorted(self.durations):
            wanted -= self.durations[bucket]
            if wanted <= 0:
                return float(_SMALLEST * 1.05**bucket)
        return 0.0


class Metrics:
    """Counts the events of the APIs that it observes: `Policies(observers=[metrics])`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._errors: Counter[str] = Counter()
        self._durations: Counter[int] = Counter()
        self._waited = 0.0

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, AttemptEnded):
            self._counts["attempts"] += 1
            if event.status is not None:
                self._statuses[event.status] += 1
            else:
                self._errors[str(event.error)] += 1
        elif isinstance(event, CallEnded):
            self._counts["calls"] += 1
            self._counts["failures"] += event.error is not None
            self._waited += event.waited
            self._durations[max(0, ceil(log(max(event.elapsed, _SMALLEST) / _SMALLEST) / _GROWTH))] += 1
        elif isinstance(event, RetryScheduled):
            self._counts["retries"] += 1
        elif isinstance(event, HedgeSent):
            self._counts["hedges"] += 1
        elif isinstance(event, TokenRequested):
            self._counts["token_requests"] += 1

    def snapshot(self) -> MetricsSnapshot:
        """What has been counted so far."""
        return MetricsSnapshot(
            calls=self._counts["calls"],
            failures=self._counts["failures"],
            attempts=self._counts["attempts"],
            retries=self._counts["retries"],
            hedges=self._counts["hedges"],
            token_requests=self._counts["token_requests"],
            statuses=dict(self._statuses),
            errors=dict(self._errors),
            waited=self._waited,
            durations=dict(self._durations),
        )
