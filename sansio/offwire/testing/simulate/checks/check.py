"""`Check`: one rule that has to hold in every simulation.

Rules of this file: a check sees the records of one trace, in their order, and nothing else; so a
trace that was made by hand tests it. It is told by the name of its method: `sent` gets each `Sent`.
A check costs only where it can find something: a run leaves out those that its scenario does not
concern, and one that `wakes_at` some records is told of nothing before the first of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, TypeAlias, get_args

from attrs import frozen

from offwire.testing.simulate.records import Record
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


KINDS: Final[Mapping[str, type[object]]] = {_name(kind): kind for kind in get_args(Record)}
"""The names of the methods by which a check is told, and of what."""


class Watcher:
    """Is told of records, each by the method of its name."""

    wakes_at: ClassVar[tuple[str, ...]] = ()
    """The methods without which the others need not be called; none where they are from the beginning."""
    _methods: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._methods = tuple(name for name in KINDS if hasattr(cls, name))

    def handlers(self) -> dict[type[object], Handler]:
        """What is called with which records."""
        return {KINDS[name]: getattr(self, name) for name in self._methods}


class Check(Watcher):
    """The base of all checks; `rule` is its name in docs/simulating.md."""

    rule: ClassVar[str] = ""

    def __init__(self, scenario: Scenario, found: Callable[[Violation], object]) -> None:
        """Check a run of `scenario`; `found` is told of violations."""
        self.scenario: Scenario = scenario
        self._found = found
        self._begin()

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether a run of `scenario` has anything that the rule speaks of."""
        return True

    def _begin(self) -> None:
        """Set up what the check has to remember."""

    def fail(self, at: float, call: int, message: str) -> None:
        """The rule is broken."""
        self._found(Violation(self.rule, at, call, message))


class Audience:
    """Watchers, and whom of them to tell of which kind of record."""

    __slots__ = ("handlers",)

    def __init__(self, watchers: Iterable[Watcher]) -> None:
        """Gather the handlers of all of them, in this order."""
        self.handlers: Final[dict[type[object], list[Handler]]] = {kind: [] for kind in KINDS.values()}
        """By the type of record; there is an entry for each. One who wakes late comes last."""
        for each in watchers:
            if each.wakes_at:
                self._put_to_sleep(each)
            else:
                self._add(each.handlers())

    def _add(self, handlers: Mapping[type[object], Handler]) -> None:
        for kind, handler in handlers.items():
            self.handlers[kind].append(handler)

    def _put_to_sleep(self, watcher: Watcher) -> None:
        """Have one wake at the first of its records, which it is told of as well."""
        wakers = [KINDS[name] for name in watcher.wakes_at]

        def wake(record: object) -> None:
            for kind in wakers:
                self.handlers[kind] = [each for each in self.handlers[kind] if each is not wake]
            handlers = watcher.handlers()
            self._add(handlers)
            handlers[type(record)](record)

        for kind in wakers:
            self.handlers[kind].append(wake)


def check_trace(kind: type[Check], scenario: Scenario, trace: Iterable[object]) -> list[Violation]:
    """What a check finds in a trace, such as one that was made by hand."""
    found: list[Violation] = []
    handlers = Audience([kind(scenario, found.append)]).handlers
    for record in trace:
        for handler in handlers[type(record)]:
            handler(record)
    return found
