"""`Context`: the facts and the running account of one call, handed from layer to layer.

Rules of this file: the state of one call lives here and nowhere else, so that calls cannot
disturb each other. Layers read the facts, and add to the account what they cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offwire.errors import DeadlineExceeded
from offwire.runtime import Runtime
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.time import Now
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from offwire.events import Event, Observer
    from offwire.state.line import Place


class Context:
    """One call: what it is, what it may take, and what it has taken so far."""

    __slots__ = (
        "attempts", "begin_by", "deadline", "generation", "now", "number", "observers", "operation", "place",
        "resends", "runtime", "safety", "secrets", "shielded", "started", "timeouts", "waited",
    )  # fmt: skip

    def __init__(
        self,
        runtime: Runtime,
        operation: str,
        safety: Safety,
        timeouts: Timeouts,
        deadline: float | None,
        observers: tuple[Observer, ...] = (),
        secrets: tuple[Secret, ...] = (),
        shielded: bool = False,
    ) -> None:
        """Begin the account of a call. `deadline` is monotonic."""
        self.runtime: Runtime = runtime
        now = runtime.now
        self.now: Now = now
        self.operation: str = operation
        self.safety: Safety = safety
        self.timeouts: Timeouts = timeouts
        self.deadline: float | None = deadline
        self.observers: tuple[Observer, ...] = observers
        self.shielded: bool = shielded
        number = runtime.calls = runtime.calls + 1
        self.number: int = number
        self.started: float = now.monotonic
        self.attempts: int = 0
        """Requests that were handed to the wire."""
        self.resends: int = 0
        """How often it was sent again with a newer token."""
        self.generation: int = 0
        """Of the token that was sent last; 0 where none was."""
        self.waited: float = 0.0
        """Seconds between attempts."""
        self.place: Place | None = None
        """Where it stands while it waits for the quota; None is with all that say nothing of it."""
        self.begin_by: float | None = None
        """The monotonic time by which the first request has to be sent, whatever the deadline says."""
        self.secrets: tuple[Secret, ...] = secrets
        """The credentials that were sent, so that an echo of them can be masked."""

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return self.now.monotonic - self.started

    def tell(self, event: Event) -> None:
        """Have every observer told. Making the event is the caller's cost: look at `observers` first."""
        for observer in self.observers:
            self.runtime.tell(observer, event)

    def answered(self) -> None:
        """Have it known that the attempt has its answer, and that what follows is its bookkeeping."""

    def until(self, time: float | None) -> float | None:
        """When a wait for `time` has to end: there, or at the deadline if that comes first."""
        deadline = self._deadline_now
        if deadline is None or (time is not None and time < deadline):
            return time
        return deadline

    def check_deadline(self, doing: str) -> None:
        """Go on only while there is time.

        Raises:
            DeadlineExceeded: the deadline has passed; `doing` says what was being waited for.
        """
        deadline = self._deadline_now
        if deadline is not None and self.now.monotonic >= deadline:
            raise DeadlineExceeded(message=f"the deadline passed {doing}")

    @property
    def _deadline_now(self) -> float | None:
        """The deadline; until the first request is sent, that for beginning where it comes first."""
        deadline, begin_by = self.deadline, self.begin_by
        if self.attempts or begin_by is None or (deadline is not None and deadline <= begin_by):
            return deadline
        return begin_by
