"""`Tally`: an observer that counts one run, call by call and span by span.

Rules of this file: what a call waits for is all the time in which none of its requests is under way:
its turn at the quota, a token, a connection, the time before a retry. So it can be told of any
client, whatever its reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from offwire.events import (
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    Event,
    HedgeSent,
    RetryScheduled,
    TokenRequested,
)
from offwire.testing.simulate.series import Series, quantile

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_GIVEN_UP: Final = "Cancelled"


@frozen(kw_only=True)
class Figures:
    """One kind of call, or all of them, over a whole run."""

    calls: int
    """Calls that were begun."""
    done: int
    """Calls that succeeded."""
    failed: int
    unfinished: int
    """Calls that had not ended when the time was up."""
    attempts: int
    """Requests that were sent."""
    retries: int
    hedges: int
    """Requests that were sent beside a slow one."""
    throttled: int
    """Answers with 429."""
    errors: int
    """Answers with 500 and more, and requests without an answer."""
    units: float
    """Units of the limit that were used."""
    wait_p50: float
    """Seconds that calls waited, those of them that ended."""
    wait_p95: float
    wait_most: float
    latency_p50: float
    """Seconds from the beginning of a call to its end, waits included, of those that succeeded."""
    latency_p95: float


_SUMS: Final = (
    "calls", "failed", "unfinished", "attempts", "retries", "hedges", "throttled", "errors", "units",
)  # fmt: skip


class _Kind:
    """Counts of one kind of call."""

    __slots__ = (
        "attempts", "calls", "errors", "failed", "hedges", "latencies", "retries", "throttled", "unfinished",
        "units", "waits",
    )  # fmt: skip

    def __init__(self) -> None:
        self.calls = 0
        self.failed = 0
        self.unfinished = 0
        self.attempts = 0
        self.retries = 0
        self.hedges = 0
        self.throttled = 0
        self.errors = 0
        self.units = 0.0
        self.waits: list[float] = []
        self.latencies: list[float] = []

    def add(self, other: _Kind) -> None:
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.waits += other.waits
        self.latencies += other.latencies

    def figures(self) -> Figures:
        waits, latencies = sorted(self.waits), sorted(self.latencies)
        return Figures(
            calls=self.calls,
            done=len(latencies),
            failed=self.failed,
            unfinished=self.unfinished,
            attempts=self.attempts,
            retries=self.retries,
            hedges=self.hedges,
            throttled=self.throttled,
            errors=self.errors,
            units=self.units,
            wait_p50=quantile(waits, 0.50),
            wait_p95=quantile(waits, 0.95),
            wait_most=quantile(waits, 1.0),
            latency_p50=quantile(latencies, 0.50),
            latency_p95=quantile(latencies, 0.95),
        )


class _Open:
    """A call that has not ended."""

    __slots__ = ("kind", "since", "under_way", "waits_not")

    def __init__(self, kind: _Kind) -> None:
        self.kind = kind
        self.under_way = 0
        self.since = 0.0  # when the first of them was sent
        self.waits_not = 0.0  # seconds in which there were any

    def sent(self, at: float) -> None:
        if not self.under_way:
            self.since = at
        self.under_way += 1

    def landed(self, at: float) -> None:
        self.under_way -= 1
        if not self.under_way:
            self.waits_not += at - self.since


class Tally:
    """Counts the events of one API, whose operations are the kinds of calls."""

    def __init__(self, kinds: Iterable[str], series: Series) -> None:
        """Count these operations; `series` gets what happens over time."""
        self.series: Final = series
        self.in_flight: int = 0
        """Requests under way."""
        self.token_requests: int = 0
        self.failures: Final[Counter[str]] = Counter()
        """Calls that failed, by the kind of error."""
        self.ended_at: float = 0.0
        """When the last call ended."""
        self._kinds: Final = {name: _Kind() for name in kinds}
        self._open: dict[int, _Open] = {}

    @property
    def queue(self) -> int:
        """Calls that have begun, and have no request under way."""
        return len(self._open) - self.in_flight

    def __call__(self, event: Event) -> None:
        """Count it."""
        # Of the others nothing comes here.
        if isinstance(event, AttemptStarted):
            self.in_flight += 1
            call = self._open[event.call]
            call.sent(event.at)
            call.kind.attempts += 1
            self.series.at(event.at).attempts += 1
        elif isinstance(event, AttemptEnded):
            self._attempt_ended(event)
        elif isinstance(event, CallStarted):
            kind = self._kinds[event.operation]
            kind.calls += 1
            self._open[event.call] = _Open(kind)
        elif isinstance(event, CallEnded):
            self._call_ended(event)
        elif isinstance(event, RetryScheduled):
            self._open[event.call].kind.retries += 1
            self.series.at(event.at).retries += 1
        elif isinstance(event, HedgeSent):
            self._open[event.call].kind.hedges += 1
        elif isinstance(event, TokenRequested):
            self.token_requests += 1

    def used(self, name: str, units: float) -> None:
        """The server has admitted a request of this kind."""
        self._kinds[name].units += units

    def figures(self) -> tuple[Figures, dict[str, Figures]]:
        """Those of all calls, and of each kind."""
        each = {name: kind.figures() for name, kind in self._kinds.items()}
        whole = _Kind()
        for kind in self._kinds.values():
            whole.add(kind)
        return whole.figures(), each

    def _attempt_ended(self, event: AttemptEnded) -> None:
        self.in_flight -= 1
        call = self._open[event.call]
        call.landed(event.at)
        if event.error == _GIVEN_UP:
            return
        span = self.series.at(event.at)
        if event.status == _TOO_MANY:
            call.kind.throttled += 1
            span.throttled += 1
        elif event.status is None or event.status >= _SERVER_ERROR:
            call.kind.errors += 1
            span.errors += 1

    def _call_ended(self, event: CallEnded) -> None:
        call = self._open.pop(event.call)
        kind = call.kind
        if event.error == _GIVEN_UP:
            kind.unfinished += 1
            return
        span = self.series.at(event.at)
        self.ended_at = event.at
        waited = max(0.0, event.elapsed - call.waits_not)
        kind.waits.append(waited)
        span.waits.append(waited)
        if event.error is None:
            kind.latencies.append(event.elapsed)
            span.done += 1
        else:
            kind.failed += 1
            span.failed += 1
            self.failures[event.error] += 1
