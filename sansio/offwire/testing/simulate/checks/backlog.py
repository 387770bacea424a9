"""`Backlog`: stretches of time in which somebody waits for the quota all the time.

Rules of this file: that somebody has waited is known when the turn has come, and for how long; so a
stretch goes on as long as each turn that comes was waited for since before the one before.
"""

from __future__ import annotations

from math import inf

from offwire.events import QuotaWaited
from offwire.layers.limiting import UNNAMED_WAIT
from offwire.testing.simulate.records import Answered

_ROUNDING = 1e-6


class Backlog:
    """The stretch that is on, or was on last."""

    __slots__ = ("_latest", "admitted", "since")

    def __init__(self) -> None:
        self.since: float = -inf
        """When it began."""
        self.admitted: int = 0
        """How many calls have been let through in it."""
        self._latest = -inf

    def admit(self, event: QuotaWaited) -> None:
        """A turn has come."""
        since = event.at - event.waited
        if since > self._latest + _ROUNDING:  # nobody waited in between
            self.since, self.admitted = max(self.since, since), 0
        self.admitted += 1
        self._latest = event.at

    def answered(self, record: Answered) -> None:
        """Whoever is sent away makes all others stay away too: what comes after that is another stretch."""
        if record.wait is not None or record.status == 429:
            self.since = max(self.since, record.at + (record.wait or UNNAMED_WAIT))
            self.admitted = 0
