"""`Check`: one rule that has to hold in every simulation.

Rules of this file: a check sees the records of one trace, in their order, and nothing else; so a
trace that was made by hand tests it. It is told by the name of its method: `sent` gets each `Sent`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, Protocol, TypeAlias

from attrs import frozen

from offwire import events
from offwire.testing.simulate import records
from offwire.testing.simulate.scenario import Scenario

Handler: TypeAlias = Callable[[Any], object]


@frozen
class Violation:
    """A rule was broken."""

    rule: str
    at: float
    call: int
    """The call that shows it; 0 where it is no single one."""
    message: str

    def __str__(self) -> str:
        who = f" by call #{self.call}" if self.call else ""
        return f"{self.rule} was broken at {self.at:.6f} s{who}: {self.message}"


def _name(kind: type[object]) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in kind.__name__).strip("_")


KINDS: Final[Mapping[str, type[object]]] = {
    _name(kind): kind
    for kind in (
        records.Began, records.Sent, records.Visited, records.Strayed, records.Answered, records.Slept,
        records.Paused, records.Cancelled, records.Ended, records.Jumped, records.Reported, records.Looked,
        records.Healed, records.Closed, records.Stuck, records.Shown,
        events.CallStarted, events.AttemptStarted, events.AttemptEnded, events.RetryScheduled,
        events.QuotaWaited, events.TokenRequested, events.TokenReceived, events.TokenRefused,
        events.TokenNotKept, events.BreakerChanged, events.Redirected, events.CallEnded,
    )
}  # fmt: skip
"""The names of the methods by which a check is told, and of what."""


class Check:
    """The base of all checks; `rule` is its name in docs/simulating.md."""

    rule: ClassVar[str] = ""

    def __init__(self, scenario: Scenario, found: Callable[[Violation], object]) -> None:
        """Check a run of `scenario`; `found` is told of violations."""
        self.scenario: Scenario = scenario
        self._found = found
        self._begin()

    def _begin(self) -> None:
        """Set up what the check has to remember."""

    def fail(self, at: float, call: int, message: str) -> None:
        """The rule is broken."""
        self._found(Violation(self.rule, at, call, message))

    def handlers(self) -> dict[type[object], Handler]:
        """What is called with which records."""
        return {kind: getattr(self, name) for name, kind in KINDS.items() if hasattr(self, name)}


class Watcher(Protocol):
    """Is told of records; a check is one."""

    def handlers(self) -> dict[type[object], Handler]:
        """What is called with which records."""
        ...


def told(watchers: Iterable[Watcher]) -> dict[type[object], tuple[Handler, ...]]:
    """The handlers of several watchers by the type of record."""
    found: dict[type[object], tuple[Handler, ...]] = {}
    for each in watchers:
        for kind, handler in each.handlers().items():
            found[kind] = (*found.get(kind, ()), handler)
    return found


def check_trace(kind: type[Check], scenario: Scenario, trace: Iterable[object]) -> list[Violation]:
    """What a check finds in a trace, such as one that was made by hand."""
    found: list[Violation] = []
    handlers = told([kind(scenario, found.append)])
    for record in trace:
        for handler in handlers.get(type(record), ()):
            handler(record)
    return found
