"""Clients as they are often written, to compare a plan with: each call for itself, and nothing shared.

| client | what it does |
|---|---|
| `reactive` | sends at once; after a 429 that call alone waits for as long as the answer says |
| `paced` | the same, behind a token bucket of the limit's size and rate, which all calls share |

Both send again after errors, with a wait that doubles. Rules of this file: flows like those of the
engine, which tell the same events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offwire.backoff import Exponential
from offwire.errors import NetworkError, RateLimited, ServerError
from offwire.events import AttemptEnded, AttemptStarted, CallEnded, CallStarted, Event, RetryScheduled
from offwire.flow import Flow, Send, Sleep
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable

    from offwire.runtime import Runtime

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_BACKOFF: Final = Exponential()


class Bucket:
    """A token bucket on the client's side, which counts what it lets go."""

    __slots__ = ("_capacity", "_full_at", "_per_second")

    def __init__(self, capacity: float, per_second: float) -> None:
        """Begin full."""
        self._capacity = capacity
        self._per_second = per_second
        self._full_at = 0.0

    def take(self, cost: float, now: float) -> float:
        """When a call of this cost may go; it is taken."""
        self._full_at = max(self._full_at, now) + cost / self._per_second
        return max(now, self._full_at - self._capacity / self._per_second)


class NaiveClient:
    """Makes flows of calls."""

    def __init__(
        self,
        runtime: Runtime,
        tell: Callable[[Event], object],
        *,
        attempts: int,
        timeouts: Timeouts,
        bucket: Bucket | None,
    ) -> None:
        """Tell `tell` of each event; without a bucket, send at once."""
        self._runtime = runtime
        self._tell = tell
        self._attempts = attempts
        self._timeouts = timeouts
        self._bucket = bucket

    def perform(self, request: Request, operation: str, cost: float) -> Flow[Response]:
        """One call.

        Raises:
            RateLimited: the last attempt had a 429.
            ServerError: it had a 500 or more.
            NetworkError: it had no answer.
        """
        runtime = self._runtime
        runtime.calls = number = runtime.calls + 1
        began, url = runtime.now.monotonic, str(request.url)
        self._tell(CallStarted(at=began, call=number, operation=operation, method=request.method, url=url))
        attempt, status, failed = 0, None, "Cancelled"
        try:
            while True:
                if self._bucket is not None:
                    at = self._bucket.take(cost, runtime.now.monotonic)
                    if at > runtime.now.monotonic:
                        yield Sleep(at)
                attempt += 1
                answer = yield from self._sent(request, number, attempt)
                status = answer.status if isinstance(answer, Response) else None
                if isinstance(answer, Response) and not _is_failure(answer):
                    failed = ""
                    return answer
                if attempt == self._attempts:
                    failure = _failure(answer)
                    failed = type(failure).__name__
                    raise failure
                wait = _wait(answer)
                if wait is None:
                    wait = _BACKOFF.delay(attempt, 0.0, runtime.random)
                now = runtime.now.monotonic
                self._tell(RetryScheduled(at=now, call=number, reason="", wait=wait))
                yield Sleep(now + wait)
        finally:
            now = runtime.now.monotonic
            self._tell(
                CallEnded(
                    at=now,
                    call=number,
                    operation=operation,
                    status=status,
                    error=failed or None,
                    attempts=attempt,
                    waited=0.0,
                    elapsed=now - began,
                )
            )

    def _sent(self, request: Request, number: int, attempt: int) -> Flow[Response | NetworkError]:
        now = self._runtime.now
        began, url = now.monotonic, str(request.url)
        self._tell(AttemptStarted(at=began, call=number, attempt=attempt, method=request.method, url=url))
        status: int | None = None
        failed: str | None = "Cancelled"
        try:
            response: Response = yield Send(request, self._timeouts)
            status, failed = response.status, None
            return response
        except NetworkError as error:
            failed = type(error).__name__
            return error
        finally:
            self._tell(
                AttemptEnded(
                    at=now.monotonic,
                    call=number,
                    attempt=attempt,
                    status=status,
                    error=failed,
                    elapsed=now.monotonic - began,
                )
            )


def _is_failure(response: Response) -> bool:
    return response.status >= _SERVER_ERROR or response.status == _TOO_MANY


def _wait(answer: Response | NetworkError) -> float | None:
    """Seconds that the answer names."""
    if isinstance(answer, NetworkError):
        return None
    named = answer.headers.get("retry-after")
    return None if named is None else float(named)


def _failure(answer: Response | NetworkError) -> NetworkError | RateLimited | ServerError:
    if isinstance(answer, NetworkError):
        return answer
    kind = RateLimited if answer.status == _TOO_MANY else ServerError
    return kind(message=f"answered with {answer.status}", status=answer.status, retry_after=_wait(answer))
