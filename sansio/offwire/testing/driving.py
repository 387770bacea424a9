"""`Driven`: a flow that a test drives by hand, one effect at a time.

    driven = Driven(connecting(queue)(request, context))
    assert driven.expect(Send).request.url.path == "/users/7"
    driven.answer(Response(200))
    assert driven.result.status == 200

Rules of this file: what a test expects and what the flow does differ with a message that tells
both. Time stands still unless the test advances the runtime's `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast, final

from offwire.flow import Effect, Flow
from offwire.runtime import Runtime, tell_all
from offwire.testing.task import shown

E = TypeVar("E")
T = TypeVar("T")


@final
class Driven(Generic[T]):
    """A flow, stepped up to its first effect, then by each `answer` or `fail` to the next."""

    def __init__(self, flow: Flow[T], runtime: Runtime | None = None) -> None:
        """Step `flow` for the first time; observers are told after each step where a `runtime` is given."""
        self._flow = flow
        self._runtime = runtime
        self._effect: Effect | None = None
        self._done = False
        self._result: T | None = None
        self._error: Exception | None = None
        self._step(lambda: flow.send(None))

    @property
    def effect(self) -> Effect | None:
        """What the flow waits for; None after its end."""
        return self._effect

    @property
    def done(self) -> bool:
        """Whether the flow has returned, raised or been closed."""
        return self._done

    @property
    def result(self) -> T:
        """What the flow returned.

        Raises:
            AssertionError: it has not ended, or was closed.
            Exception: whatever it raised.
        """
        if self._error is not None:
            raise self._error
        if not self._done:
            raise AssertionError(f"the flow has not ended: it waits at {shown(self._effect)}")
        return cast(T, self._result)

    def expect(self, kind: type[E]) -> E:
        """The current effect, which has to be of this kind.

        Raises:
            AssertionError: it is another one, or the flow has ended.
        """
        if not isinstance(self._effect, kind):
            message = f"expected {kind.__name__}, but the flow {self._state()}"
            raise AssertionError(message) from self._error  # noqa: TRY004 - a test fails by it
        return self._effect

    def answer(self, value: object = None) -> None:
        """Answer the effect, and step to the next one or to the end.

        Raises:
            AssertionError: the flow has ended.
        """
        self._check_waiting()
        self._step(lambda: self._flow.send(value))

    def fail(self, error: Exception) -> None:
        """Throw `error` in as the effect's answer, and step to the next one or to the end.

        Raises:
            AssertionError: the flow has ended.
        """
        self._check_waiting()
        self._step(lambda: self._flow.throw(error))

    def close(self) -> None:
        """Give up, as a driver does at a cancel. Idempotent.

        Raises:
            Exception: whatever the flow's clean-up raises.
        """
        if not self._done:
            self._done = True
            self._effect = None
            self._error = AssertionError("the flow was closed")
            self._flow.close()
            self._tell()

    def _step(self, step: Callable[[], Any]) -> None:
        self._effect = None
        try:
            self._effect = step()
        except StopIteration as end:
            self._done = True
            self._result = end.value
        except Exception as error:  # noqa: BLE001 - it is told by `result`
            self._done = True
            self._error = error
        self._tell()

    def _tell(self) -> None:
        if self._runtime is not None:
            tell_all(self._runtime.take_told())

    def _check_waiting(self) -> None:
        if self._done:
            raise AssertionError(f"nothing is to be answered: the flow {self._state()}") from self._error

    def _state(self) -> str:
        if self._error is not None:
            return f"ended with {self._error!r}"
        if self._done:
            return f"returned {self._result!r}"
        return f"waits at {shown(self._effect)}"
