"""`Ticket`: a place in a line, which a binding turns into an event of its own.

Rules of this file: a ticket is woken by a machine and waited for by one driver. A wake that
comes before the wait is remembered, so none is lost; what it means, the machine tells when it is
asked again. A signal only notes that the wait is over: it runs inside a step and may not call
back into the core.
"""

from __future__ import annotations

from collections.abc import Callable


class Ticket:
    """One flow's place in one line."""

    __slots__ = ("_signal", "_woken")

    def __init__(self) -> None:
        self._woken = False
        self._signal: Callable[[], object] | None = None

    def wake(self) -> None:
        """Machines: the holder should look again."""
        self._woken = True
        if self._signal is not None:
            signal, self._signal = self._signal, None
            signal()

    def arm(self, signal: Callable[[], object]) -> bool:
        """Drivers: ask for `signal()` at the next wake.

        Returns False where a wake has come already; it counts as received, `signal` is not
        kept, and the flow is to be resumed at once. After True the driver owes a `disarm` when
        its wait is over for any reason.
        """
        if self._woken:
            self._woken = False
            return False
        self._signal = signal
        return True

    def disarm(self) -> None:
        """Drivers: the wait is over, by a wake, by the time, or by a cancel."""
        self._woken = False
        self._signal = None
