"""When and how a Send ends, for each reply and each limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import ConnectTimeout, MaybeSent, NeverSent, ResponseTimeout
from offwire.flow import Send
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.exchange import outcome, unreached
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Stall, Truncate
from offwire.timeouts import Timeouts

OK = Response(200, headers={"X-Kind": "plain"}, content=b"body")


def send(*, connect: float | None = None, read: float | None = None, deadline: float | None = None) -> Send:
    timeouts = Timeouts(connect=connect, read=read)
    return Send(Request("GET", "https://shop.test/"), timeouts, deadline)


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        pytest.param(send(), None, id="no limit"),
        pytest.param(send(connect=3), None, id="arrives at the very limit"),
        pytest.param(send(connect=2), 12.0, id="the connect timeout"),
        pytest.param(send(read=1), None, id="the read timeout has not begun"),
        pytest.param(send(connect=2, deadline=11.5), 11.5, id="a deadline before the timeout"),
        pytest.param(send(deadline=13), None, id="arrives at the very deadline"),
        pytest.param(send(deadline=9), 10.0, id="a deadline that was past at the start"),
    ],
)
def test_a_request_that_is_too_long_on_its_way_was_never_sent(sent: Send, at: float | None) -> None:
    end = unreached(sent, started=10.0, way=3.0)
    assert (end and end.at) == at
    assert end is None or isinstance(end.result, ConnectTimeout)


@pytest.mark.parametrize(
    ("reply", "kind", "at"),
    [
        pytest.param(Answer(OK, 2), Response, 16.0, id="answer"),
        pytest.param(Refuse(2), NeverSent, 16.0, id="refuse"),
        pytest.param(Drop(2), MaybeSent, 16.0, id="drop"),
        pytest.param(Truncate(OK, 2), MaybeSent, 16.0, id="truncate"),
    ],
)
def test_each_reply_ends_the_exchange_in_its_way(reply: Reply, kind: type[object], at: float) -> None:
    end = outcome(send(), reply, started=10.0, arrived=12.0, way=2.0)
    assert end is not None
    assert type(end.result) is kind
    assert end.at == at


def test_a_stalled_exchange_without_a_limit_has_no_end() -> None:
    assert outcome(send(connect=1), Stall(), started=10.0, arrived=12.0, way=2.0) is None


def test_an_answer_tells_how_long_it_took() -> None:
    end = outcome(send(), Answer(OK, 2), started=10.0, arrived=12.0, way=2.0)
    assert end is not None
    assert end.result == Response(200, headers=OK.headers, content=b"body", elapsed=6.0)


@pytest.mark.parametrize(
    ("sent", "reply", "kind", "at"),
    [
        pytest.param(send(read=4), Answer(OK, 2), Response, 16.0, id="an answer at the very limit"),
        pytest.param(
            send(read=3), Answer(OK, 2), ResponseTimeout, 15.0, id="an answer after the read timeout"
        ),
        pytest.param(send(read=3), Drop(2), ResponseTimeout, 15.0, id="a drop after the read timeout"),
        pytest.param(send(read=3), Truncate(OK, 2), ResponseTimeout, 15.0, id="a truncation after it"),
        pytest.param(send(read=3), Stall(), ResponseTimeout, 15.0, id="a stall with a read timeout"),
        pytest.param(
            send(read=3, deadline=14.5), Stall(), ResponseTimeout, 14.5, id="a stall with a deadline"
        ),
        pytest.param(send(deadline=16), Answer(OK, 2), Response, 16.0, id="an answer at the very deadline"),
        pytest.param(send(deadline=15.9), Answer(OK, 2), ResponseTimeout, 15.9, id="an answer after it"),
        pytest.param(send(connect=6), Refuse(2), NeverSent, 16.0, id="a refusal at the very limit"),
        pytest.param(
            send(connect=5), Refuse(2), ConnectTimeout, 15.0, id="a refusal after the connect timeout"
        ),
        pytest.param(send(deadline=13), Refuse(2), ConnectTimeout, 13.0, id="a refusal after the deadline"),
        pytest.param(send(read=1), Refuse(2), NeverSent, 16.0, id="a refusal knows no read timeout"),
        pytest.param(send(connect=3), Answer(OK, 2), Response, 16.0, id="an answer knows no connect timeout"),
    ],
)
def test_whatever_limit_comes_first_ends_the_exchange(
    sent: Send, reply: Reply, kind: type[object], at: float
) -> None:
    end = outcome(sent, reply, started=10.0, arrived=12.0, way=2.0)
    assert end is not None
    assert type(end.result) is kind
    assert end.at == at


SECONDS = st.floats(0, 100)
LIMITS = st.none() | st.floats(0.01, 100)


@given(connect=LIMITS, read=LIMITS, deadline=st.none() | SECONDS, way=SECONDS, after=SECONDS, back=SECONDS)
def test_no_exchange_outlives_its_limits(
    connect: float | None, read: float | None, deadline: float | None, way: float, after: float, back: float
) -> None:
    started = 10.0
    sent = send(connect=connect, read=read, deadline=deadline)
    end = unreached(sent, started=started, way=way)
    if end is None:
        arrived = started + way
        end = outcome(sent, Answer(OK, after), started=started, arrived=arrived, way=back)
        assert end is not None
        assert arrived <= end.at
        assert read is None or end.at <= arrived + read
    assert started <= end.at
    assert deadline is None or end.at <= max(deadline, started)
