"""`Now`: the two clocks, read by the driver and handed in.

Rules of this file: nothing reads a clock. Monotonic time is for waits, budgets, deadlines and
the age of tokens; wall time is for HTTP dates and for what is shown. The two are never mixed.
"""

from __future__ import annotations


class Now:
    """The instant of the step that is running. Drivers set it before each step.

    Monotonic time never runs backwards: an earlier reading, as after a suspend on some
    machines, leaves the instant where it was.
    """

    __slots__ = ("monotonic", "wall")
    monotonic: float
    """Seconds on a clock of the driver's choice that only goes forward."""
    wall: float
    """Seconds since 1970-01-01T00:00:00Z, as the machine believes."""

    def __init__(self, monotonic: float = 0.0, wall: float = 0.0) -> None:
        self.monotonic = monotonic
        self.wall = wall

    def advance(self, monotonic: float, wall: float) -> None:
        """Move to the instant that the driver has just read."""
        if monotonic > self.monotonic:
            self.monotonic = monotonic
        self.wall = wall

    def __repr__(self) -> str:
        return f"Now(monotonic={self.monotonic!r}, wall={self.wall!r})"
