"""`Contest`: the flows of one `Race`, each on a thread of its own, for as long as it takes.

Rules of this file: what ends first decides, in its own step, under the driver's lock: there the others
are closed, so that none is stepped after it. Then their waits are woken and their exchanges cut. A thread
is waited for, unless it is in an exchange that cannot be cut: through a user's own transport, or before
there is a connection. It ends with that exchange, and whatever comes of it is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from typing import Any, TypeAlias, final

from offwire.flow import Effect, Flow, is_shielded
from offwire_httpx.cut import Cut
from offwire_sync.scope import Abandoned, Scope, current_scope, inside

Drive: TypeAlias = Callable[[Flow[object]], object]
"""Drives a flow to its end."""

End: TypeAlias = Callable[[Flow[Any]], object]
"""Closes a flow, in a step of its own. No-op where it has ended."""


@final
class Contest:
    """Some flows, of which the first to end decides."""

    def __init__(self, drive: Drive, end: End, flows: tuple[Flow[Any], ...]) -> None:
        """Nothing runs before `run`."""
        self._drive = drive
        self._end = end
        self._flows = flows
        self._runners = [self._runner(index, flow) for index, flow in enumerate(flows)]
        self._scope = Scope(current_scope(), cuts=True)
        # Touched in steps only:
        self._effects: list[Effect | None] = [None] * len(flows)
        self._result: object = None
        self._error: BaseException | None = None
        # What the threads share with the one that waits:
        self._changed = Condition()
        self._running = 0
        self._decided = False

    def run(self) -> object:
        """The first result that is not None; None where no flow has one. The others have been closed.

        Raises:
            Exception: what one of them raises first.
        """
        threads: list[Thread] = []
        try:
            for index in range(len(self._runners)):
                thread = Thread(target=self._work, args=(index,), name=f"offwire-race-{index}", daemon=True)
                with self._changed:
                    self._running += 1
                thread.start()
                threads.append(thread)
            with self._changed:
                while self._running and not self._decided:
                    self._changed.wait()
        finally:
            self._scope.end()
            self._close_all()
            self._wait_for(threads)
        if self._error is not None:
            raise self._error
        return self._result

    def _work(self, index: int) -> None:
        try:
            with inside(self._scope):
                self._drive(self._runners[index])
        except Abandoned:
            pass
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            if not self._decided:
                self._error = error
        finally:
            with self._changed:
                self._running -= 1
                self._decided = self._decided or self._error is not None
                self._changed.notify()

    def _runner(self, index: int, flow: Flow[Any]) -> Flow[None]:
        """The flow, in whose last step it is decided who has come first."""
        answer: object = None
        failure: Exception | None = None
        try:
            while True:
                effect = flow.send(answer) if failure is None else flow.throw(failure)
                self._effects[index] = effect
                answer, failure = None, None
                try:
                    answer = yield effect
                except Exception as error:  # noqa: BLE001 - it is the flow's to see
                    failure = error
        except StopIteration as end:
            self._decide(index, end.value, None)
        except Exception as error:  # noqa: BLE001 - the thread that waits raises it
            self._decide(index, None, error)
        finally:
            flow.close()

    def _decide(self, index: int, result: object, error: Exception | None) -> None:
        if self._decided or (result is None and error is None):
            return
        self._result, self._error, self._decided = result, error, True
        for each, runner in enumerate(self._runners):
            if each != index and not is_shielded(self._effects[each]):
                runner.close()
                self._flows[each].close()  # a runner that has not begun leaves its flow alone
        self._scope.end()

    def _close_all(self) -> None:
        """Whatever ended the race, no flow is left; one that is shielded has its thread see to it."""
        for index, runner in enumerate(self._runners):
            if not is_shielded(self._effects[index]):
                self._end(runner)
                self._end(self._flows[index])

    def _wait_for(self, threads: list[Thread]) -> None:
        stuck = {each.thread for each in self._scope.joined() if isinstance(each, Cut) and not each.is_done}
        for thread in threads:
            if thread not in stuck:
                thread.join()
