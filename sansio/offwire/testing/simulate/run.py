"""`simulate`: plays a scenario from its seed, and checks every rule while it runs.

Rules of this file: one scenario makes one trace, on every machine and in every process. A run stops
at the first rule that is broken, since what comes after that says little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from offwire.errors import CallError
from offwire.events import AttemptStarted, CallStarted, Redirected
from offwire.testing.simulate.checks import CHECKS
from offwire.testing.simulate.checks.check import Audience, Check, Violation
from offwire.testing.simulate.records import Answered, Record, Sent, Shown
from offwire.testing.simulate.scenario import Scenario, drawn
from offwire.testing.simulate.secrets import Canaries
from offwire.testing.simulate.sights import Sights
from offwire.testing.simulate.stage import Stage
from offwire.testing.simulate.timeline import timeline

if TYPE_CHECKING:
    from offwire.testing.simulate.processes import Processes


class RuleBroken(AssertionError):
    """A simulation broke a rule; the message has the timeline, and how to repeat it."""


class Run:
    """One scenario that was played."""

    def __init__(self, scenario: Scenario, checks: Iterable[type[Check]]) -> None:
        """Play it; `simulate` does."""
        self.scenario: Final = scenario
        self.records: Final[list[Record]] = []
        """The trace."""
        self.violations: Final[list[Violation]] = []
        """The rules that were broken; the run stopped at the first."""
        sights = Sights(scenario)
        self.sights: Final = sights.seen
        """What came up; see `SIGHTS`."""
        self._broken_at = -1
        self._stage: Stage | Processes
        self._told: Callable[[Record], object]
        if scenario.processes > 1:
            from offwire.testing.simulate.processes import Processes  # noqa: PLC0415 - only fleets pay

            self._stage = Processes(scenario, self.records, checks, self._found, self.sights)
            self._told = self._stage.tell
        else:
            watchers = [each(scenario, self._found) for each in checks if each.concerns(scenario)]
            self._told = _teller(self.records, Audience([*watchers, sights]))
            self._stage = Stage(scenario, self._told)
        self._stage.play()
        self._look_for_secrets()

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return len(self._stage.ended)

    @property
    def seconds(self) -> float:
        """Virtual seconds from the first call to the end of the last."""
        return self._stage.seconds

    @property
    def events(self) -> int:
        """How much has happened: records, the core's events among them."""
        return len(self.records)

    @property
    def errors(self) -> tuple[Exception, ...]:
        """What the calls that failed have raised, in that order."""
        return tuple(error for _, error in self._stage.ended if isinstance(error, Exception))

    @cached_property
    def statuses(self) -> dict[int, int]:
        """How many answers there were of each status."""
        found: dict[int, int] = {}
        for each in self.records:
            if type(each) is Answered and each.status is not None:
                found[each.status] = found.get(each.status, 0) + 1
        return found

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the trace: equal for equal runs, and for no others."""
        digest = blake2b(digest_size=16)
        for each in self.records:
            digest.update(repr(each).encode())
        return digest.hexdigest()

    def report(self) -> str:
        """What was broken, with the timeline around it and how to repeat it."""
        return "\n".join(
            [
                *map(str, self.violations),
                "",
                timeline(self.records, self._broken_at, self.violations[0].call),
                "",
                f"to repeat it: {_command(self.scenario)}",
            ]
        )

    def check(self) -> None:
        """Go on only if no rule was broken.

        Raises:
            RuleBroken: one was.
        """
        if self.violations:
            raise RuleBroken(self.report())

    def _found(self, violation: Violation) -> None:
        if not self.violations:
            self._broken_at = len(self.records) - 1
        self.violations.append(violation)
        self._stage.stop()

    def _look_for_secrets(self) -> None:
        stage = self._stage
        canaries = Canaries([*stage.site.tokens.secrets, stage.site.secret, stage.site.cookie])
        now = stage.seconds
        # What has no URL is made of numbers and of names that the library gave.
        with_url: Any = [each for each in self.records if type(each) in _WITH_URL]
        shown = {each.url for each in with_url}
        if any(canaries.in_text(text) for text in [*shown, repr(stage.snapshots())]):
            self._told(Shown(now, 0, "an event or a snapshot"))
        for number, error in stage.ended:
            if isinstance(error, CallError) and canaries.in_text(_all_of(error)):
                self._told(Shown(now, number, f"a {type(error).__name__}"))


def simulate(scenario: Scenario, checks: Iterable[type[Check]] = CHECKS) -> Run:
    """Play `scenario` to its end, or to the first rule of `checks` that it breaks."""
    return Run(scenario, checks)


def _teller(records: list[Record], audience: Audience) -> Callable[[Record], None]:
    """What writes a record down, and tells all who want to know: a function, since each record costs one."""
    write, handlers = records.append, audience.handlers

    def tell(record: Record) -> None:
        write(record)
        for handler in handlers[type(record)]:
            handler(record)

    return tell


_WITH_URL: Final = frozenset({Sent, CallStarted, AttemptStarted, Redirected})


def _all_of(error: CallError) -> str:
    """All that an error says, in whatever way it is asked."""
    response: Any = getattr(error, "response", None)
    answer = "" if response is None else f"{response.text}{response.headers.pairs()}"
    cause = getattr(error, "cause", None)
    inner = _all_of(cause) if isinstance(cause, CallError) else ""
    return f"{error!r}{error.args}{error.facts()}{answer}{inner}"


def _command(scenario: Scenario) -> str:
    for calls in (None, scenario.calls):
        if scenario == drawn(scenario.seed, calls=calls):
            more = "" if calls is None else f" --calls {calls}"
            return f"python tools/simulate.py --seed {scenario.seed}{more}"
    return f"simulate({scenario!r}).check()"
