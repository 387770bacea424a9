"""`Cut`: ends an exchange that blocks another thread, by shutting its connection down.

Rules of this file: a connection is cut only while the exchange holds it. What has been let go may be
another exchange's by now, so to cut and to let go exclude each other.
"""

from __future__ import annotations

from threading import Lock, Thread, current_thread
from typing import Final, Protocol, final


class Cuttable(Protocol):
    """A connection that can be shut down while another thread reads from it."""

    def shut(self) -> bool:
        """Shut it down; False where that cannot be done."""
        ...


@final
class Cut:
    """One exchange, which may be cut from any thread. It belongs to the thread that makes it."""

    __slots__ = ("_held", "_lock", "_wanted", "is_done", "thread")

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: Cuttable | None = None
        self._wanted = False
        self.is_done: bool = False
        """Whether the connection was shut down, so that the exchange ends at once."""
        self.thread: Final[Thread] = current_thread()

    def set(self) -> None:
        """Cut the exchange, now or as soon as it has a connection. Idempotent."""
        with self._lock:
            self._wanted = True
            self._shut()

    def hold(self, connection: Cuttable) -> None:
        """The exchange uses this connection. The caller owes `let_go`, before anybody else may use it."""
        with self._lock:
            self._held = connection
            if self._wanted:
                self._shut()

    def let_go(self) -> None:
        """The exchange uses no connection any more. Idempotent."""
        with self._lock:
            self._held = None

    def _shut(self) -> None:
        if self._held is not None and not self.is_done:
            self.is_done = self._held.shut()
