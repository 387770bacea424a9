"""A function mapped over items: on a few threads, in order or not, and never further than asked."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, active_count, get_ident
from time import monotonic

import pytest

from offwire.errors import ClientClosed, UsageError
from offwire.flow import Flow, Sleep, Wait
from offwire.ticket import Ticket
from offwire_sync import Client
from tests.bindings.conftest import Serve
from tests.bindings.flows import LONG, Running, get, waits
from tests.bindings.servers import Peer, answer, echo


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def test_results_come_in_the_items_order(serve: Serve, client: Client) -> None:
    server = serve(echo)

    def call(number: int) -> str:
        return client.run(get(f"{server.url}/{number}")).content.split()[1].decode()

    with client.map(call, range(50), concurrency=8) as found:
        assert list(found) == [f"/{number}" for number in range(50)]


def test_results_come_as_they_are_there(client: Client) -> None:
    slow, done = Ticket(), list[int]()

    def call(number: int) -> int:
        def flow() -> Flow[int]:
            if number == 0:
                yield Wait(slow)
            return number

        return client.run(flow())

    def wake() -> Flow[None]:
        slow.wake()
        yield from ()

    with client.map(call, [0, 1, 2], concurrency=3, ordered=False) as found:
        for number in found:
            done.append(number)
            if len(done) == 2:
                client.run(wake())
    assert sorted(done[:2]) == [1, 2]
    assert done[2] == 0


@pytest.mark.parametrize("ordered", [True, False])
def test_no_more_calls_are_ahead_than_asked_for(client: Client, ordered: bool) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        thread = get_ident()
        for each in range(20):
            assert get_ident() == thread
            taken.append(each)
            yield each

    consumed = 0
    with client.map(lambda each: each, items(), concurrency=4, ordered=ordered) as found:
        assert taken == []
        for _ in found:
            assert len(taken) <= consumed + 4
            consumed += 1
    assert consumed == 20


def test_the_first_error_stops_the_rest(client: Client) -> None:
    ends: list[str] = []
    begun: list[int] = []

    def call(number: int) -> object:
        begun.append(number)
        if number == 2:
            raise LookupError("third")
        return client.run(waits(Event(), lambda: Sleep(monotonic() + LONG), ends))

    before, began = active_count(), monotonic()
    results = client.map(call, range(100), concurrency=3)
    with pytest.raises(LookupError, match="third"), results as found:  # noqa: PT012 - the block is tested
        try:
            next(found)
        finally:
            assert list(found) == []
    assert begun == [0, 1, 2]
    assert ends == ["closed", "closed"]
    assert monotonic() - began < 5
    assert active_count() == before


def test_an_error_of_the_items_stops_the_rest(client: Client) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("items")

    with client.map(lambda each: each, items(), concurrency=1) as found:
        assert next(found) == 1
        with pytest.raises(LookupError, match="items"):
            next(found)
        assert list(found) == []


def test_leaving_early_ends_calls_that_wait(client: Client) -> None:
    ends: list[str] = []

    def call(number: int) -> object:
        if number == 0:
            return number
        return client.run(waits(Event(), lambda: Wait(Ticket()), ends))

    before = active_count()
    with client.map(call, range(10), concurrency=4) as found:
        assert next(found) == 0
    assert active_count() == before
    assert set(ends) <= {"closed"}


def test_a_call_on_the_wire_ends_with_its_exchange(serve: Serve, client: Client) -> None:
    go = Event()

    def slow(peer: Peer) -> None:
        peer.request()
        assert go.wait(5)
        peer.send(answer())

    server = serve(slow)
    waiting = Event()
    after: list[str] = []

    def flow() -> Flow[None]:
        yield from get(server.url + "/")
        after.append("stepped")

    def beside() -> Flow[None]:
        waiting.set()
        try:
            yield Wait(Ticket())
        finally:
            go.set()  # all calls are being ended

    def call(number: int) -> None:
        if number == 0:
            assert server.asked.wait(5)
            assert waiting.wait(5)
        else:
            client.run(flow() if number == 1 else beside())

    with client.map(call, [0, 1, 2], concurrency=3) as found:
        next(found)
    assert after == []


def test_a_shielded_answer_is_not_lost(serve: Serve, client: Client) -> None:
    go = Event()

    def slow(peer: Peer) -> None:
        peer.request()
        assert go.wait(5)
        peer.send(answer(b"token"))

    server = serve(slow)
    after: list[object] = []

    def flow() -> Flow[None]:
        after.append((yield from get(server.url + "/", shielded=True)).content)
        try:
            yield Sleep(0.0)
            after.append("went on")
        except GeneratorExit:
            after.append("closed")
            raise

    def call(number: int) -> None:
        if number == 0:
            assert server.asked.wait(5)
        else:
            client.run(flow())

    with client.map(call, [0, 1], concurrency=2) as found:
        next(found)
        Running(go.set)
    assert after == [b"token", "closed"]


def test_maps_may_be_nested(client: Client) -> None:
    ends: list[str] = []

    def leaf(number: int) -> object:
        if number < 0:
            raise LookupError
        return client.run(waits(Event(), lambda: Sleep(monotonic() + LONG), ends))

    def branch(numbers: list[int]) -> list[object]:
        with client.map(leaf, numbers) as found:
            return list(found)

    before = active_count()
    with pytest.raises(LookupError), client.map(branch, [[1, 2], [3], [-1]]) as found:
        list(found)
    assert set(ends) <= {"closed"}
    assert active_count() == before


def test_results_are_for_one_block(client: Client) -> None:
    results = client.map(str, [1])
    with pytest.raises(UsageError, match="inside of a block"):
        next(iter(results))
    with results as found:
        assert list(found) == ["1"]
    assert list(results) == []
    with pytest.raises(UsageError, match="one with block"):
        results.__enter__()
    with pytest.raises(ValueError, match="concurrency"):
        client.map(str, [1], concurrency=0)


def test_closing_the_client_ends_a_map(client: Client) -> None:
    reached = Event()

    def close() -> None:
        assert reached.wait(5)
        client.close()

    with client.map(
        lambda _: client.run(waits(reached, lambda: Sleep(monotonic() + LONG), [])), [1]
    ) as found:
        closing = Running(close)
        with pytest.raises(ClientClosed):
            next(found)
    closing.join()


def test_an_exception_in_the_block_comes_out(client: Client) -> None:
    results = client.map(str, range(5))
    with pytest.raises(LookupError), results as found:  # noqa: PT012 - the block is tested
        next(found)
        raise LookupError
