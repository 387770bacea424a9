"""Naive clients: each call waits for itself, or behind a bucket of the client's own."""

from __future__ import annotations

import pytest

from offwire.errors import CallError, MaybeSent, RateLimited, ServerError
from offwire.events import AttemptStarted, CallEnded, Event, RetryScheduled
from offwire.flow import Send, Sleep
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.state.connections import ConnectionQueue
from offwire.testing import Driven
from offwire.testing.chance import seeded
from offwire.testing.simulate.naive import Bucket, NaiveClient
from offwire.timeouts import Timeouts

REQUEST = Request("GET", "https://api.sim.test/0")


class Stand:
    """A client, and what it tells."""

    def __init__(self, attempts: int = 3, bucket: Bucket | None = None) -> None:
        self.runtime = Runtime(random=seeded(1, "test"), connections=ConnectionQueue(None))
        self.told: list[Event] = []
        self.client = NaiveClient(
            self.runtime, self.told.append, attempts=attempts, timeouts=Timeouts(), bucket=bucket
        )

    def call(self, cost: float = 1.0) -> Driven[Response]:
        return Driven(self.client.perform(REQUEST, "read", cost))

    def end(self) -> CallEnded:
        last = self.told[-1]
        assert isinstance(last, CallEnded)
        return last


def test_what_succeeds_is_sent_once() -> None:
    stand = Stand()
    flow = stand.call()
    assert flow.expect(Send).request is REQUEST
    flow.answer(Response(200))
    assert flow.result == Response(200)
    assert (stand.end().error, stand.end().attempts, stand.runtime.calls) == (None, 1, 1)
    assert [type(each).__name__ for each in stand.told] == [
        "CallStarted", "AttemptStarted", "AttemptEnded", "CallEnded",
    ]  # fmt: skip


def test_a_named_wait_is_kept_to_the_second() -> None:
    stand = Stand()
    flow = stand.call()
    flow.expect(Send)
    flow.answer(Response(429, headers={"Retry-After": "7"}))
    assert flow.expect(Sleep).until == 7.0
    flow.answer(None)
    flow.expect(Send)
    flow.answer(Response(404))
    assert flow.result.status == 404
    assert [each.wait for each in stand.told if isinstance(each, RetryScheduled)] == [7.0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(Response(429, headers={"Retry-After": "7"}), RateLimited, id="429"),
        pytest.param(Response(503), ServerError, id="503"),
        pytest.param(MaybeSent(message="broken"), MaybeSent, id="no answer"),
    ],
)
def test_it_gives_up_after_its_attempts(answer: Response | MaybeSent, kind: type[CallError]) -> None:
    stand = Stand(attempts=2)
    flow = stand.call()
    for again in (True, False):
        flow.expect(Send)
        if isinstance(answer, Response):
            flow.answer(answer)
        else:
            flow.fail(answer)
        if again:
            assert flow.expect(Sleep).until >= 0
            flow.answer(None)
    with pytest.raises(kind) as caught:
        _ = flow.result
    assert (stand.end().error, stand.end().attempts) == (kind.__name__, 2)
    assert caught.value.retry_after == (7.0 if kind is RateLimited else None)


def test_a_call_that_is_given_up_is_told_of() -> None:
    stand = Stand()
    flow = stand.call()
    flow.expect(Send)
    flow.close()
    assert stand.end().error == "Cancelled"


def test_a_bucket_lets_a_burst_go_and_then_its_rate() -> None:
    bucket = Bucket(3.0, 2.0)
    assert [bucket.take(1.0, 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert bucket.take(2.0, 10.0) == 10.0


def test_calls_wait_behind_the_bucket_that_they_share() -> None:
    stand = Stand(bucket=Bucket(1.0, 0.5))
    first, second = stand.call(), stand.call()
    first.expect(Send)
    assert second.expect(Sleep).until == 2.0
    assert sum(isinstance(each, AttemptStarted) for each in stand.told) == 1
