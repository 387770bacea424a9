"""Options: what one call wants otherwise, and what of it wins."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from offwire import Api, Call, Group, Headers, M, Options, Policies, Response, Timeouts, operation
from offwire.errors import DeadlineExceeded, MaybeSent, ResponseTimeout
from offwire.operations.options import NO_OPTIONS
from offwire.testing import Answer, Client, Drop, Script, Stall, json_answer

BASE = Options(
    deadline=5.0, timeouts=Timeouts(read=1.0), headers={"X-A": "a", "X-B": "b"}, idempotency_key="k"
)
PLACED = Options(priority=3, flow="a")


class Users(Group[M]):
    @operation
    def create(self, name: str) -> Call[object]:
        return Call.post("/users", json={"name": name}, headers={"X-Call": "own"}, returns=object)


class Shop(Api[M]):
    base_url = "https://shop.test"
    policies = Policies(headers={"X-Api": "api", "X-View": "api", "X-Call": "api"})
    users: Users[M]


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        pytest.param(Options(), BASE, id="nothing said"),
        pytest.param(
            Options(deadline=9.0),
            Options(deadline=9.0, timeouts=BASE.timeouts, headers=BASE.headers, idempotency_key="k"),
            id="a deadline",
        ),
        pytest.param(
            Options(timeouts=Timeouts(read=2.0)),
            Options(deadline=5.0, timeouts=Timeouts(read=2.0), headers=BASE.headers, idempotency_key="k"),
            id="timeouts, as a whole",
        ),
        pytest.param(
            Options(headers={"x-b": "c"}, idempotency_key="other"),
            Options(
                deadline=5.0,
                timeouts=BASE.timeouts,
                headers={"X-A": "a", "x-b": "c"},
                idempotency_key="other",
            ),
            id="header fields by name, and a key",
        ),
        pytest.param(Options(priority=0), evolve(BASE, priority=0), id="a priority, which may be 0"),
        pytest.param(Options(flow=""), evolve(BASE, flow=""), id="a flow, which may have no name"),
    ],
)
def test_options_go_over_others_part_by_part(over: Options, expected: Options) -> None:
    assert over.over(BASE) == expected
    assert over.over(NO_OPTIONS) == over
    assert over.over(evolve(BASE, priority=3, flow="a")) == expected.over(PLACED)


@pytest.mark.parametrize("deadline", [0, -1, 0.0, float("nan"), float("inf"), True, "5", [5]])
def test_a_deadline_is_a_positive_number_of_seconds(deadline: Any) -> None:
    with pytest.raises(ValueError, match="deadline is a positive number of seconds for the whole call, not"):
        Options(deadline=deadline)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        pytest.param({"timeouts": 5.0}, TypeError, "timeouts is a Timeouts", id="seconds as timeouts"),
        pytest.param({"headers": {"X A": "b"}}, ValueError, "'X A' is no header name", id="no header name"),
        pytest.param(
            {"headers": [("Content-Type", "a/b"), ("content-type", "c/d")]},
            ValueError,
            "one Content-Type",
            id="two Content-Types",
        ),
        pytest.param({"idempotency_key": ""}, ValueError, "may not be empty", id="an empty key"),
        pytest.param(
            {"idempotency_key": "a\nb"}, ValueError, "Idempotency-Key", id="a key with a line break"
        ),
        pytest.param({"idempotency_key": 5}, TypeError, "Idempotency-Key", id="a number as key"),
        pytest.param({"priority": 1.5}, TypeError, "priority is a whole number", id="half a priority"),
        pytest.param({"priority": True}, TypeError, "priority is a whole number", id="a truth as priority"),
        pytest.param({"flow": 7}, TypeError, "flow is a str", id="a number as flow"),
    ],
)
def test_what_cannot_work_is_refused_at_birth(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Options(**settings)


def test_options_are_values_that_show_no_secret() -> None:
    options = Options(headers=Headers({"X-Key": "s3cret-key"}))
    assert options == Options(headers={"x-key": "s3cret-key"})
    assert "s3cret-key" not in repr(options)


def test_the_call_goes_before_the_view_and_the_view_before_the_api() -> None:
    client = Client(Script(json_answer(1)))
    view = Shop(client).with_options(Options(headers={"X-View": "view", "X-Call": "view"}))
    view.users.create("Ada")
    (request,) = client.requests
    assert (request.headers["x-api"], request.headers["x-view"], request.headers["x-call"]) == (
        "api", "view", "own",
    )  # fmt: skip


def test_a_deadline_bounds_the_whole_call() -> None:
    client = Client(Script(Answer(Response(503, headers={"Retry-After": "60"}))))
    view = Shop(client).with_options(Options(deadline=5.0, idempotency_key="k"))
    with pytest.raises(DeadlineExceeded) as caught:
        view.users.create("Ada")
    assert client.now == 0.0, "a wait that would pass the deadline is not begun"
    assert (caught.value.retry_after or 0.0) >= 60.0


def test_timeouts_bound_an_attempt() -> None:
    client = Client(Script(Stall()))
    view = Shop(client).with_options(Options(timeouts=Timeouts(read=2.0)))
    with pytest.raises(ResponseTimeout):
        view.users.create("Ada")
    assert client.now == 2.0


def test_an_idempotency_key_makes_a_call_repeatable() -> None:
    client = Client(Script(Drop(), json_answer({"id": 1})))
    view = Shop(client).with_options(Options(idempotency_key="order-1"))
    assert view.users.create("Ada") == {"id": 1}
    assert [each.headers["idempotency-key"] for each in client.requests] == ["order-1", "order-1"]
    with pytest.raises(MaybeSent):
        Shop(Client(Script(Drop()))).users.create("Ada")
