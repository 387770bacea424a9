"""`Sights`: what has to come up sometimes, so that a batch of seeds in which all is quiet proves nothing.

Rules of this file: a sight is seen in the trace, as a check sees it, and never in the simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final

from offwire.events import BreakerChanged, QuotaWaited, RetryScheduled, TokenRefused
from offwire.testing.simulate.checks.backlog import Backlog
from offwire.testing.simulate.checks.check import Watcher
from offwire.testing.simulate.checks.quota import Throughput
from offwire.testing.simulate.fleet_sights import FLEET_SIGHTS
from offwire.testing.simulate.records import (
    Answered,
    Cancelled,
    Closed,
    Ended,
    GivenUp,
    Jumped,
    Looked,
    Paused,
    Reported,
    Sent,
    Slept,
    Strayed,
)
from offwire.testing.simulate.scenario import Scenario

SIGHTS: Final[Mapping[str, str]] = {
    "quota exhausted": "a call has waited for its turn",
    "backlog": "callers have waited for a known window, and for nothing else, over five of its periods",
    "refused despite the quota": "a 429, where the limit is not known or is taken for another one",
    "recalled": "a call that waited for a connection went back to the quota, since all were sent away",
    "stale report": "a report came that is older than another one",
    "report over an edge": "a report came out of a window that had ended",
    "budget empty": "the retry budget could not pay for a retry",
    "fetch joined": "two calls or more have waited for one token",
    "fetch unknown": "nobody knows what became of a request for a token",
    "fetch refused": "no token was to be had",
    "token renewed": "a token was refused, and the call went on with a newer one",
    "breaker opened": "a breaker has opened",
    "breaker closed": "… and has closed again",
    "circuit open": "a call was turned away",
    "probe cancelled": "the probe of a half-open breaker was given up",
    "deadline in a send": "a deadline passed while a request was under way",
    "deadline in a line": "… while a call waited for the quota, a token or a connection",
    "deadline before a retry": "… or would have, before the next attempt",
    "cancel in a send": "a call was given up while its request was under way",
    "cancel in a sleep": "… between two attempts",
    "cancel in a line": "… while it waited",
    "cancel in a race": "… while it was sent a second time, or might have been",
    "cancel of a shielded send": "… while it fetched a token that may not be lost",
    "clock set in a wait": "the wall clock was set while a call waited",
    "retry after never sent": "an attempt did not leave, and was repeated",
    "retry after maybe sent": "nobody knows whether an attempt arrived, and it was repeated",
    "retry after a refusal": "a 429 was repeated",
    "hedge won": "the second one of two equal requests was answered first",
    "hedge lost": "… or the first one was, and the second was given up",
    "request strayed": "a request came after its caller had given it up",
    "went elsewhere": "a redirect led to another origin",
    "closed midway": "the client was closed with calls under way",
    **FLEET_SIGHTS,
}
"""Their names, and what each means."""

_NEVER_SENT = frozenset({"NeverSent", "ConnectTimeout"})
_PERIODS: Final = 5
_ANY: Final = Scenario()


class Sights(Watcher):
    """Collects what a run has seen."""

    def __init__(self, scenario: Scenario = _ANY) -> None:
        """Watch a run of `scenario`."""
        self.seen: set[str] = set()
        self._long = inf
        self._has_limit = scenario.quota is not None
        if scenario.quota is not None and Throughput.concerns(scenario):
            self._long = _PERIODS * scenario.quota.per
        self._backlog = Backlog()
        self._half_open: set[str] = set()
        self._probes: set[int] = set()
        self._tokens: dict[int, tuple[str, int]] = {}
        self._doing: dict[int, str] = {}
        self._refused: dict[int, int] = {}
        self._granted: set[int] = set()
        self._lined_up: set[int] = set()
        self._newest = -inf
        self._newest_answer = 0

    def sent(self, record: Sent) -> None:
        """A request."""
        marks, call = record.marks, record.call
        self._doing[call] = "send"
        self._granted.discard(call)
        self._lined_up.discard(call)
        self._tokens[record.exchange] = (marks.kind, marks.token)
        if marks.kind == "elsewhere":
            self.seen.add("went elsewhere")
        if record.origin in self._half_open:
            self._probes.add(call)
        if marks.token > self._refused.get(call, marks.token):
            self.seen.add("token renewed")

    def answered(self, record: Answered) -> None:
        """What came of it."""
        self._doing[record.call] = "answer" if record.status else "send"
        self._newest_answer = record.exchange
        self._probes.discard(record.call)
        kind, token = self._tokens.pop(record.exchange, ("api", 0))
        self._backlog.answered(record)
        if record.status == 429:
            self.seen.add("refused despite the quota")
        elif record.status == 401 and token:
            self._refused[record.call] = token
        elif kind == "token" and record.error and record.error not in _NEVER_SENT:
            self.seen.add("fetch unknown")
        if record.remaining is not None and record.reset is not None:
            if record.arrived + record.reset < self._newest:
                self.seen.add("report over an edge")
            self._newest = max(self._newest, record.arrived)

    def reported(self, _record: Reported) -> None:
        """An old report."""
        self.seen.add("stale report")

    def given_up(self, record: GivenUp) -> None:
        """Beside one that has just been answered."""
        self.seen.add("hedge won" if record.exchange < self._newest_answer else "hedge lost")

    def strayed(self, _record: Strayed) -> None:
        """A late request."""
        self.seen.add("request strayed")

    def slept(self, record: Slept) -> None:
        """Between attempts."""
        self._doing[record.call] = "sleep"

    def paused(self, record: Paused) -> None:
        """In a line."""
        self._doing[record.call] = "line"
        if record.call in self._granted:
            self._lined_up.add(record.call)

    def quota_waited(self, event: QuotaWaited) -> None:
        """A turn has come; for the second time, where the first permit was given back."""
        if self._has_limit:  # without one, it was for the answer to the first call
            self.seen.add("quota exhausted")
        if event.call in self._lined_up:
            self.seen.add("recalled")
        self._granted.add(event.call)
        self._backlog.admit(event)
        if event.at - self._backlog.since > self._long:
            self.seen.add("backlog")

    def cancelled(self, record: Cancelled) -> None:
        """Given up, in the midst of something."""
        match record.phase:
            case "shielded":
                self.seen.add("cancel of a shielded send")
            case "wait":
                self.seen.add("cancel in a line")
            case "ask":
                pass  # of a store, which a fleet has
            case _:
                self.seen.add(f"cancel in a {record.phase}")
        if record.call in self._probes:
            self.seen.add("probe cancelled")

    def jumped(self, _record: Jumped) -> None:
        """While somebody waits."""
        if "sleep" in self._doing.values() or "line" in self._doing.values():
            self.seen.add("clock set in a wait")

    def ended(self, record: Ended) -> None:
        """With a deadline, or turned away."""
        doing = self._doing.pop(record.call, "line")
        self._probes.discard(record.call)
        if record.error == "CircuitOpen":
            self.seen.add("circuit open")
        elif record.error == "DeadlineExceeded":
            self.seen.add(_DEADLINES[doing])

    def looked(self, record: Looked) -> None:
        """What the calls share."""
        if record.engine.retry_budget.tokens < _LEAST_COST:
            self.seen.add("budget empty")
        if record.engine.tokens is not None and record.engine.tokens.waiting >= 2:
            self.seen.add("fetch joined")

    def token_refused(self, _event: TokenRefused) -> None:
        """No token."""
        self.seen.add("fetch refused")

    def breaker_changed(self, event: BreakerChanged) -> None:
        """Open, half open, closed."""
        self._half_open.discard(event.origin)
        match event.after:
            case "half open":
                self._half_open.add(event.origin)
            case "open":
                self.seen.add("breaker opened")
            case _:
                self.seen.add("breaker closed")

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """Why."""
        if event.reason in _NEVER_SENT:
            self.seen.add("retry after never sent")
        elif event.reason == "429":
            self.seen.add("retry after a refusal")
        elif not event.reason.isdigit():
            self.seen.add("retry after maybe sent")

    def closed(self, _record: Closed) -> None:
        """In the midst of it."""
        self.seen.add("closed midway")


_LEAST_COST: Final = 14.0
_DEADLINES: Final = {
    "send": "deadline in a send",
    "answer": "deadline before a retry",
    "line": "deadline in a line",
    "sleep": "deadline before a retry",
}
