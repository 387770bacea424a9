"""What machines hold is counted by the lengths of their containers, whatever these are called."""

from __future__ import annotations

import pytest

from offwire.state.breaker import Breaker, BreakerPolicy
from offwire.state.connections import ConnectionQueue
from offwire.state.limits import ConcurrencyLimit, WindowLimit
from offwire.state.quota import Quota
from offwire.testing.simulate.footprint import held
from offwire.testing.simulate.scenario import API


def test_what_is_no_machine_holds_nothing() -> None:
    assert held([None, 7, "text", object(), ("a", "b")]) == 0


@pytest.mark.parametrize("container", [[1, 2, 3], {1, 2, 3}, {1: 1, 2: 2, 3: 3}])
def test_a_container_holds_its_items(container: object) -> None:
    assert held([container]) == 3


def test_containers_in_containers_count_and_each_only_once() -> None:
    inner = [1, 2, 3]
    assert held([[inner, inner], inner]) == 2 + 3


def test_each_call_of_a_quota_is_held_somewhere_and_let_go() -> None:
    quota = Quota([WindowLimit(3, 1.0), ConcurrencyLimit(5)])
    empty = held([quota])
    permits = [quota.acquire(0.0) for _ in range(5)]
    assert held([quota]) == empty + 5  # three in flight, and two in the line
    for permit in permits[:3]:
        assert isinstance(permit, int)
        quota.settle(permit, 0.5)
    assert held([quota]) == empty + 5  # three slots, until they are free again


def test_the_outcomes_of_a_breaker_are_held() -> None:
    breaker = Breaker(BreakerPolicy(window=10, min_calls=10))
    empty = held([{API: breaker}])
    assert breaker.shared is not None
    breaker.fail(breaker.shared, 0.0)
    assert held([{API: breaker}]) >= empty


def test_those_who_wait_for_a_connection_are_held() -> None:
    queue = ConnectionQueue(1)
    queue.acquire(API)
    empty = held([queue])
    queue.acquire(API)
    assert held([queue]) > empty
