"""What resilience costs a call that succeeds: retry, quota, breaker and token, over no transport."""

from __future__ import annotations

from collections.abc import Generator
from random import Random
from typing import TypeVar

import pybreaker
import pyrate_limiter
import stamina

from benchmarks.harness import Case, Comparison
from offwire import (
    Api,
    BucketLimit,
    Call,
    ClientCredentials,
    Group,
    M,
    Policies,
    Response,
    RetryPolicy,
    Sync,
    operation,
)
from offwire.flow import Flow, Send
from offwire.runtime import Runtime
from offwire.state.connections import ConnectionQueue
from offwire.timeouts import Timeouts

T = TypeVar("T")

OK = Response(
    200,
    headers={"Content-Type": "application/json", "Date": "-", "Server": "-", "Content-Length": "2"},
    content=b"{}",
)
TOKEN = Response(200, json={"access_token": "a-token-for-the-benchmark", "expires_in": 1e9})


class NullClient:
    """A client whose sends are answered at once, by a constant; time goes on by 10 ms a step."""

    def __init__(self) -> None:
        self.runtime = Runtime(random=Random(0), connections=ConnectionQueue(100))
        self.mode = Sync()
        self._time = 0.0

    def run(self, flow: Flow[T]) -> T:
        """The driver's loop: all that is common to what is compared here."""
        now = self.runtime.now
        try:
            self._time += 0.01
            now.advance(self._time, self._time)
            effect = flow.send(None)
            while True:
                assert isinstance(effect, Send)
                answer = TOKEN if effect.request.method == "POST" else OK
                now.advance(self._time, self._time)
                effect = flow.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    def iterate(self, flow: Flow[None]) -> object:
        """Not measured here."""
        raise NotImplementedError


class Things(Group[M]):
    """One operation."""

    @operation
    def get(self, id: int) -> Call[None]:
        """One parameter, no result."""
        return Call.get("/things/{id}", path={"id": id})


class Service(Api[M]):
    """Its API."""

    base_url = "https://api.example.com"
    things: Things[M]


def policies() -> Comparison:
    """Everything on, beside the three libraries that one would stack."""
    client = NullClient()
    auth = ClientCredentials(
        token_url="https://api.example.com/token", client_id="x", client_secret="not-a-real-secret"
    )
    full = Service(client, auth=auth, policies=Policies(quota=[BucketLimit(capacity=1e6, per_second=1e6)]))
    bare = Service(client, policies=Policies(breaker=None, retry=RetryPolicy.never()))
    call = Things.get(7)
    send = Send(call.request, Timeouts())

    def only_send() -> Generator[Send, Response, None]:
        yield send

    limiter = pyrate_limiter.Limiter(pyrate_limiter.Rate(10**9, pyrate_limiter.Duration.SECOND))
    breaker = pybreaker.CircuitBreaker()

    def nothing() -> None:
        return None

    @stamina.retry(on=OSError)
    def stacked() -> None:
        limiter.try_acquire("x")
        breaker.call(nothing)

    client.run(full._engine.perform(call))
    return Comparison(
        "a call that succeeds, over a transport that does nothing",
        [
            Case("offwire: token, quota, breaker, retry", lambda: client.run(full._engine.perform(call))),
            Case("offwire: none of them", lambda: client.run(bare._engine.perform(call))),
            Case("the driver and one effect alone", lambda: client.run(only_send())),
            Case("stamina + pyrate-limiter + pybreaker", stacked),
        ],
        goal="the first less the third at most 3 µs",
    )
