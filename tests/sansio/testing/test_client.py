"""The client in virtual time is a client of mode Sync."""

from __future__ import annotations

import pytest

from offwire.errors import ClientClosed
from offwire.flow import Emit, Flow, Send, Sleep
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.mode import Client as ClientProtocol
from offwire.mode import Sync
from offwire.testing.client import Client
from offwire.testing.servers import Answer, Script
from offwire.testing.world import LawBroken
from offwire.timeouts import Timeouts

GET = Request("GET", "https://shop.test/users/7")
OK = Response(200)


def calling() -> Flow[int]:
    response: Response = yield Send(GET, Timeouts())
    return response.status


def paging() -> Flow[None]:
    yield Emit([1, 2])
    yield Sleep(3.0)
    yield Emit([3])


def test_it_is_a_client_of_mode_sync() -> None:
    client: ClientProtocol[Sync] = Client(Script())
    assert isinstance(client.mode, Sync)
    assert client.runtime is client.runtime


def test_a_call_runs_to_its_end_and_time_jumps() -> None:
    client = Client(Script(Answer(OK, after=2.0)), latency=0.5)
    assert client.run(calling()) == 200
    assert client.now == 3.0
    client.advance(60.0)
    assert client.now == 63.0
    assert client.requests == (GET,)


def test_iterating_hands_out_one_item_after_the_other() -> None:
    client = Client(Script())
    assert list(client.iterate(paging())) == [1, 2, 3]
    assert client.now == 3.0


def test_the_same_seed_makes_the_same_chance() -> None:
    draws = {seed: Client(Script(), seed=seed).runtime.random.random() for seed in (1, 2)}
    assert draws[1] != draws[2]
    assert Client(Script(), seed=1).runtime.random.random() == draws[1]


def test_a_closed_client_makes_no_calls() -> None:
    with Client(Script(Answer(OK))) as client:
        assert client.run(calling()) == 200
        found = client.iterate(paging())
        assert next(found) == 1
    client.close()
    with pytest.raises(ClientClosed, match="this client is closed"):
        client.run(calling())
    with pytest.raises(ClientClosed):
        client.iterate(paging())


@pytest.mark.parametrize("max_connections", [0, -1])
def test_there_is_at_least_one_connection(max_connections: int) -> None:
    with pytest.raises(ValueError, match="max_connections"):
        Client(Script(), max_connections=max_connections)


def test_a_connection_that_a_call_has_kept_is_found_out_at_the_end() -> None:
    client = Client(Script(), max_connections=1)
    client.runtime.connections.acquire("https://shop.test:443")
    with pytest.raises(LawBroken, match="1 connections are in use"):
        client.close()
