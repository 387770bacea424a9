"""The breaker's layer: what counts, what is refused, and that a probe's place always comes back."""

from __future__ import annotations

import pytest

from offwire.errors import CircuitOpen, NetworkError
from offwire.events import BreakerChanged
from offwire.flow import Send, Wait
from offwire.layers.attempting import attempting
from offwire.layers.breaking import KEPT_BREAKERS, Breakers
from offwire.layers.shape import Middleware
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.state.breaker import BreakerPolicy, State
from offwire.state.connections import ConnectionQueue
from offwire.testing import Answer, Driven, Drop, Refuse, Reply, Script, Stall, World
from tests.sansio.kit import GET, HOME, OK, Diary, context_in, last, new_runtime, through

SMALL = BreakerPolicy(window=4, min_calls=2, open_for=10.0)
FAILED = Answer(Response(500))


def breaking(breakers: Breakers) -> Middleware:
    return last(attempting(ConnectionQueue(None), breakers=breakers))


def state_of(breakers: Breakers) -> State:
    """For type checkers, which believe that a state stays what it was."""
    return breakers[HOME].state


def opened(policy: BreakerPolicy = SMALL) -> Breakers:
    breakers = Breakers(policy)
    with World(Script(*[FAILED] * policy.min_calls)) as world:
        for _ in range(policy.min_calls):
            world.run(through(breaking(breakers), world))
    assert state_of(breakers) is State.OPEN
    return breakers


# --- what counts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        pytest.param(Answer(Response(500)), State.OPEN, id="500"),
        pytest.param(Answer(Response(503)), State.OPEN, id="503"),
        pytest.param(Answer(Response(599)), State.OPEN, id="599"),
        pytest.param(Drop(), State.OPEN, id="broken"),
        pytest.param(Refuse(), State.OPEN, id="refused"),
        pytest.param(Stall(), State.OPEN, id="silent"),
        pytest.param(Answer(OK), State.CLOSED, id="200"),
        pytest.param(Answer(Response(302)), State.CLOSED, id="302"),
        pytest.param(Answer(Response(400)), State.CLOSED, id="400"),
        pytest.param(Answer(Response(404)), State.CLOSED, id="404"),
        pytest.param(Answer(Response(408)), State.CLOSED, id="408"),
        pytest.param(Answer(Response(429, headers={"Retry-After": "9"})), State.CLOSED, id="429"),
    ],
)
def test_no_answer_and_5xx_count_as_failures_and_nothing_else(reply: Reply, state: State) -> None:
    breakers = Breakers(SMALL)
    with World(Script(reply, reply)) as world:
        for _ in range(2):
            task = world.spawn(through(breaking(breakers), world))
            world.run_until_idle()
            assert task.done
    assert state_of(breakers) is state
    assert breakers[HOME].snapshot().calls == 2


def test_a_cancel_counts_as_nothing() -> None:
    breakers = Breakers(SMALL)
    with World(Script(Stall(), Stall())) as world:
        for _ in range(2):
            task = world.spawn(through(breaking(breakers), world))
            world.advance(1.0)
            task.cancel()
    assert breakers[HOME].snapshot().calls == 0


# --- open -----------------------------------------------------------------------------------------


def test_an_open_circuit_refuses_with_the_wait_and_sends_nothing() -> None:
    breakers = opened()
    with World(Script()) as world:
        world.advance(4.0)
        with pytest.raises(CircuitOpen) as raised:
            world.run(through(breaking(breakers), world))
        assert world.requests == ()
    assert (raised.value.origin, raised.value.retry_after) == (HOME, 6.0)
    assert raised.value.retry_safe is True


def test_a_servers_wait_is_how_long_it_stays_open() -> None:
    away = Answer(Response(503, headers={"Retry-After": "77"}))
    breakers = Breakers(SMALL)
    with World(Script(away, away)) as world:
        for _ in range(2):
            world.run(through(breaking(breakers), world))
        with pytest.raises(CircuitOpen) as raised:
            world.run(through(breaking(breakers), world))
    assert raised.value.retry_after == 77.0


def test_each_origin_has_a_breaker_of_its_own() -> None:
    breakers = opened()
    with World(Script(Answer(OK))) as world:
        assert world.run(through(breaking(breakers), world, Request("GET", "https://other.test/"))) == OK
    assert set(breakers) == {HOME, "https://other.test:443"}


def test_breakers_of_many_origins_are_bounded_and_the_oldest_goes() -> None:
    breakers = Breakers(SMALL)
    for number in range(KEPT_BREAKERS + 1):
        assert breakers[f"https://{number}.test:443"].state is State.CLOSED
    assert len(breakers) == KEPT_BREAKERS
    assert "https://0.test:443" not in breakers


# --- half open ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        pytest.param(Answer(OK), State.CLOSED, id="it is well again"),
        pytest.param(FAILED, State.OPEN, id="it fails"),
        pytest.param(Drop(), State.OPEN, id="it breaks"),
    ],
)
def test_after_its_time_one_probe_decides(reply: Reply, state: State) -> None:
    breakers, diary = opened(), Diary()
    with World(Script(reply)) as world:
        world.advance(10.0)
        probe = world.spawn(through(breaking(breakers), world, observers=(diary,)))
        other = world.spawn(through(breaking(breakers), world))
        world.run_until_idle()
        assert probe.done
        with pytest.raises(CircuitOpen) as raised:
            other.result()
        assert raised.value.retry_after == 0.0
    assert state_of(breakers) is state
    changes = [each for each in diary if isinstance(each, BreakerChanged)]
    assert [(each.origin, each.before, each.after) for each in changes] == [
        (HOME, "open", "half open"),
        (HOME, "half open", state.value),
    ]


def test_opening_is_told_whatever_the_failure_was() -> None:
    for reply in (FAILED, Drop()):
        diary, breakers = Diary(), Breakers(SMALL)
        with World(Script(reply, reply)) as world:
            for _ in range(2):
                task = world.spawn(through(breaking(breakers), world, observers=(diary,)))
                world.run_until_idle()
                assert task.done
        (event,) = diary.of(BreakerChanged)
        assert event == BreakerChanged(at=0.0, origin=HOME, before="closed", after="open")


def test_a_cancelled_probe_gives_its_place_back() -> None:
    breakers = opened()
    with World(Script(Stall(), Answer(OK))) as world:
        world.advance(10.0)
        probe = world.spawn(through(breaking(breakers), world))
        world.advance(1.0)
        assert breakers[HOME].snapshot().probes_running == 1
        probe.cancel()
        assert breakers[HOME].snapshot().probes_running == 0
        assert world.run(through(breaking(breakers), world)) == OK
    assert state_of(breakers) is State.CLOSED


def test_a_probe_that_fails_for_our_own_reason_gives_its_place_back() -> None:
    breakers = opened()
    with World(Script(Answer(OK))) as world:
        world.advance(10.0)
        with pytest.raises(Exception, match="deadline"):
            world.run(through(breaking(breakers), world, deadline=10.0))
        assert breakers[HOME].snapshot().probes_running == 0
        assert world.run(through(breaking(breakers), world)) == OK


# --- lines ----------------------------------------------------------------------------------------


def test_nobody_who_waits_for_a_connection_is_sent_after_the_circuit_has_opened() -> None:
    breakers = Breakers(BreakerPolicy(window=20, min_calls=20, open_for=30.0))
    with World(Script(*[FAILED] * 20), max_connections=2) as world:
        layers = attempting(world.runtime.connections, breakers=breakers)
        tasks = [world.spawn(layers(GET, context_in(world.runtime))) for _ in range(100)]
        world.run_until_idle()
        assert len(world.requests) == 20
        for task in tasks[20:]:
            with pytest.raises(CircuitOpen):
                task.result()


def test_who_would_be_refused_is_turned_away_before_it_joins_a_line() -> None:
    breakers, runtime = opened(), new_runtime(1)
    forward = attempting(runtime.connections, breakers=breakers)
    busy = Driven(attempting(runtime.connections)(GET, context_in(runtime)))
    busy.expect(Send)
    runtime.now.advance(3.0, 0.0)
    refused = Driven(forward(GET, context_in(runtime)))
    with pytest.raises(CircuitOpen) as raised:
        _ = refused.result
    assert raised.value.retry_after == 7.0
    runtime.now.advance(10.0, 0.0)
    after_its_time = Driven(forward(GET, context_in(runtime)))
    after_its_time.expect(Wait)
    after_its_time.close()
    busy.close()


def test_errors_of_the_network_go_on_as_they_are() -> None:
    with World(Script(Drop())) as world, pytest.raises(NetworkError, match="broke"):
        world.run(through(breaking(Breakers(SMALL)), world))
