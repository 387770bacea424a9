"""Reports: what R5 and R8 promise of what a server says that is left."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import ClassVar

from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.checks.premises import NEVER_SENT, in_order, is_priced
from offwire.testing.simulate.records import Answered, Ended, GivenUp, Reported, Sent
from offwire.testing.simulate.scenario import Scenario

_ROUNDING = 1e-6
_LATELY = 200
_LATE = 2.0
_MILLISECOND = 0.001
"""What fields with three decimals are exact to."""


class _Report:
    """What one answer said, as long as it holds."""

    def __init__(self, record: Answered, until: float, doubted: set[int], later: int) -> None:
        self.until = until
        self.remaining = record.remaining or 0.0
        self.arrived = record.arrived
        self.resets = record.arrived + (record.reset or 0.0)
        self.left = int(self.remaining) - later - len(doubted)
        self.doubted = doubted
        """The exchanges that were under way when it came, and of which nothing has been heard since."""
        self.since: set[int] = set()
        """Those that were sent later, and not answered yet."""

    def has_counted(self, record: Answered) -> bool:
        """Whether a request came before the one that was reported on."""
        if record.arrived == self.arrived:
            return record.remaining is not None and record.remaining > self.remaining
        return 0.0 < record.arrived < self.arrived

    def sent(self, exchange: int) -> bool:
        """One more; whether it has room."""
        self.left -= 1
        self.since.add(exchange)
        return self.left >= 0

    def gone(self, exchange: int, *, counts: bool) -> None:
        """Nothing more will be heard of it. Where it does not count in what is left, that was too low."""
        if exchange in self.doubted or (exchange in self.since and not counts):
            self.left += not counts
        self.doubted.discard(exchange)
        self.since.discard(exchange)


class ServerTruth(Check):
    """R5: after a report, no more reaches the server before its reset than it says is left.

    What is under way when a report comes may have been counted in it, so it counts as sent later until its
    own answer has come. The check knows from the server which of the two came first. A report that comes
    seconds after its reset is no news. It holds where requests leave in the order of their permits. A call
    that waits for a connection or a token meanwhile is sent back by a block only, so there this check looks
    away.
    """

    rule: ClassVar[str] = "R5"

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether requests leave in the order of their permits, and the server reports in units of one."""
        quota = scenario.quota
        return in_order(scenario) and quota is not None and not quota.priced

    def _begin(self) -> None:
        self._holds = in_order(self.scenario) and not is_priced(self.scenario)
        self._flying: dict[int, float] = {}  # since when
        self._exchanges: dict[int, int] = {}
        self._reports: list[_Report] = []
        self._newest = -inf
        self._counted: deque[float] = deque(maxlen=_LATELY)
        """When those came that were answered lately."""

    def sent(self, record: Sent) -> None:
        """Count it against all reports that still hold."""
        self._reports = [each for each in self._reports if each.until > record.at]
        self._flying[record.exchange] = record.at
        self._exchanges[record.call] = record.exchange
        for report in self._reports:
            if not report.sent(record.exchange) and self._holds:
                said = (
                    f"it is sent, where {report.remaining:g} were left and {-report.left} too many may come"
                )
                self.fail(record.at, record.call, said)

    def answered(self, record: Answered) -> None:
        """Learn what is left, and what had been left for others."""
        sent = self._flying.pop(record.exchange, record.at)
        never = record.error in NEVER_SENT or record.status == 429
        if not never:
            self._counted.append(record.arrived)
        for report in self._reports:
            report.gone(record.exchange, counts=not (never or report.has_counted(record)))
        if record.remaining is not None and record.reset and record.at - sent <= record.reset + _LATE:
            self._newest = max(self._newest, record.arrived)
            later = sum(each > record.arrived for each in self._counted)
            self._reports.append(_Report(record, record.at + record.reset, set(self._flying), later))
            self._reports = [each for each in self._reports if each.resets > self._newest + _MILLISECOND]

    def given_up(self, record: GivenUp) -> None:
        """Of that nobody hears any more either."""
        self._lost(record.exchange)

    def ended(self, record: Ended) -> None:
        """Of what was given up nobody hears any more; see `docs/simulating.md`."""
        self._lost(self._exchanges.pop(record.call, 0))

    def _lost(self, exchange: int) -> None:
        self._flying.pop(exchange, None)
        for report in self._reports:
            report.gone(exchange, counts=True)


class StaleReports(Check):
    """R8: a report that is older than what is known raises nothing."""

    rule: ClassVar[str] = "R8"

    def reported(self, record: Reported) -> None:
        """What is left is no more than before."""
        if record.after > record.before + _ROUNDING:
            self.fail(record.at, record.call, f"a stale report raised {record.before:g} to {record.after:g}")
