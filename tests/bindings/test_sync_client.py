"""The blocking client: many threads, waiting, closing, mapping, and what it owns."""

from __future__ import annotations

import gc
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from threading import Barrier, Event, active_count
from time import monotonic
from typing import Any

import pytest

from offwire import Sync
from offwire.errors import ClientClosed, MaybeSent, NeverSent
from offwire.events import AttemptStarted
from offwire.flow import Emit, Flow, Gather, Sleep, Wait
from offwire.state.connections import ConnectionQueue, Slot
from offwire.ticket import Ticket
from offwire_httpx import LibraryName, Limits
from offwire_sync import Client
from tests.bindings.conftest import Serve
from tests.bindings.flows import LONG, Running, get, queued, waits
from tests.bindings.servers import Peer, RawServer, always, answer, drop, echo, first, stall


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


# Many threads


def test_32_threads_share_a_client(serve: Serve, library: LibraryName) -> None:
    server = serve(echo)
    with Client(library=library, limits=Limits(max_connections=8)) as client:
        found: Counter[int] = Counter()

        def work(number: int) -> None:
            barrier.wait(10)
            for each in range(63 if number < 16 else 62):
                response = client.run(queued(client.runtime, get(f"{server.url}/{number}/{each}")))
                assert f"/{number}/{each} ".encode() in response.content
                found[number] += 1

        barrier = Barrier(32)
        threads = [Running(lambda number=number: work(number)) for number in range(32)]  # type: ignore[misc]
        assert [each.join() for each in threads] == [None] * 32
        left = client.runtime.connections.snapshot()
    assert sum(found.values()) == 2_000
    assert (left.in_use, left.waiting) == (0, 0)
    assert len(server.requests) == 2_000
    assert server.connections <= 8


def test_flows_are_stepped_one_at_a_time(client: Client) -> None:
    inside = 0
    most = 0

    def flow() -> Flow[None]:
        nonlocal inside, most
        for _ in range(200):
            inside += 1
            most = max(most, inside)
            inside -= 1
            yield Sleep(0.0)

    threads = [Running(lambda: client.run(flow())) for _ in range(8)]
    assert [each.join() for each in threads] == [None] * 8
    assert most == 1


def test_a_wake_and_a_timeout_may_race(client: Client) -> None:
    """Whichever comes first, the waiter goes on once, and nothing is left armed."""

    def waiter(ticket: Ticket) -> Flow[int]:
        turns = 0
        for _ in range(150):
            yield Wait(ticket, client.runtime.now.monotonic + 0.0005)
            turns += 1
        return turns

    def waker(ticket: Ticket) -> Flow[None]:
        for _ in range(300):
            ticket.wake()
            yield Sleep(client.runtime.now.monotonic + 0.0003)

    tickets = [Ticket() for _ in range(4)]
    waiters = [Running(lambda t=ticket: client.run(waiter(t))) for ticket in tickets]  # type: ignore[misc]
    wakers = [Running(lambda t=ticket: client.run(waker(t))) for ticket in tickets]  # type: ignore[misc]
    assert [each.join() for each in waiters] == [150] * 4
    assert [each.join() for each in wakers] == [None] * 4


def test_one_thread_wakes_another(client: Client) -> None:
    ticket, reached = Ticket(), Event()

    def waker() -> Flow[None]:
        ticket.wake()
        yield from ()

    waiting = Running(lambda: client.run(waits(reached, lambda: Wait(ticket), [])))
    assert reached.wait(5)
    client.run(waker())
    assert waiting.join() == "over"


def test_observers_may_call(serve: Serve, client: Client) -> None:
    server = serve(always(answer()))
    seen: list[int] = []

    def flow() -> Flow[None]:
        event = AttemptStarted(at=0.0, call=1, attempt=1, method="GET", url="")
        client.runtime.tell(lambda _: seen.append(client.run(get(server.url + "/")).status), event)
        yield Sleep(0.0)

    client.run(flow())
    assert seen == [200]


def test_a_wait_longer_than_the_system_knows_goes_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offwire_sync.client._LONGEST_WAIT", 0.005)
    until = monotonic() + 0.03

    def flow() -> Flow[float]:
        yield Sleep(until)
        return client.runtime.now.monotonic

    assert client.run(flow()) >= until


# The end


def test_a_closed_client_makes_no_call(client: Client) -> None:
    client.close()
    client.close()
    for call in (
        lambda: client.run(get("http://a.test/")),
        lambda: client.iterate(iter_nothing()),
        lambda: client.map(str, [1]),
        client.__enter__,
    ):
        with pytest.raises(ClientClosed):
            call()


def iter_nothing() -> Flow[None]:
    yield Emit([1])


@pytest.mark.parametrize(
    "effect",
    [
        pytest.param(lambda: Sleep(monotonic() + LONG), id="Sleep"),
        pytest.param(lambda: Wait(Ticket()), id="Wait"),
        pytest.param(lambda: Wait(Ticket(), monotonic() + LONG), id="Wait until"),
    ],
)
def test_closing_ends_calls_that_wait(client: Client, effect: Callable[[], Any]) -> None:
    reached, ends = Event(), list[str]()
    waiting = Running(lambda: client.run(waits(reached, effect, ends)))
    assert reached.wait(5)
    client.close()
    assert isinstance(waiting.join(), ClientClosed)
    assert ends == ["ClientClosed"]


def test_closing_lets_an_exchange_finish_and_no_other_begin(serve: Serve, client: Client) -> None:
    closed = Event()

    def slow(peer: Peer) -> None:
        peer.request()
        assert closed.wait(5)
        peer.send(answer(b"late"))

    server = serve(slow)
    seen: list[bytes] = []

    def flow() -> Flow[None]:
        seen.append((yield from get(server.url + "/")).content)
        yield from get(server.url + "/again")

    running = Running(lambda: client.run(flow()))
    assert server.asked.wait(5)
    client.close()
    closed.set()
    assert isinstance(running.join(), ClientClosed)
    assert seen == [b"late"]
    assert len(server.requests) == 1


def test_observers_are_told_when_a_flow_is_closed(client: Client) -> None:
    told: list[object] = []

    def flow() -> Flow[None]:
        try:
            yield Emit([1])
        finally:
            event = AttemptStarted(at=0.0, call=1, attempt=1, method="GET", url="")
            client.runtime.tell(told.append, event)

    items = client.iterate(flow())
    next(items)
    items.close()
    assert len(told) == 1


# Gathering


def test_gathered_flows_run_side_by_side_where_allowed() -> None:
    before = active_count()
    with Client(threads=3) as client:
        assert client.run(in_a_ring()) == [0, 1, 2]
    assert active_count() == before


def in_a_ring() -> Flow[list[int]]:
    """Three children that wait for each other, each for the one before it."""
    tickets = [Ticket(), Ticket(), Ticket()]

    def child(number: int) -> Flow[int]:
        tickets[(number + 1) % 3].wake()
        yield Wait(tickets[number])
        return number

    found: list[int] = yield Gather(tuple(child(number) for number in range(3)))
    return found


def test_the_first_error_ends_gathered_flows_that_wait() -> None:
    ends: list[str] = []

    def failing() -> Flow[object]:
        yield Sleep(0.0)
        raise LookupError

    def flow() -> Flow[object]:
        never = Event()
        return (
            yield Gather(
                (
                    waits(never, lambda: Sleep(monotonic() + LONG), ends),
                    waits(never, lambda: Wait(Ticket()), ends),
                    failing(),
                )
            )
        )

    before, began = active_count(), monotonic()
    with Client(threads=3) as client, pytest.raises(LookupError):
        client.run(flow())
    assert ends == ["closed", "closed"]
    assert monotonic() - began < 5
    assert active_count() == before


# What it is made of


def test_it_is_a_client_for_apis(client: Client) -> None:
    assert type(client.mode) is Sync
    assert type(client.runtime.connections) is ConnectionQueue
    assert isinstance(client.runtime.random, Random)


def test_a_seed_repeats_chance() -> None:
    def drawn(seed: int | None) -> float:
        with Client(seed=seed) as client:
            return client.runtime.random.random()

    assert drawn(7) == drawn(7) != drawn(8)
    assert drawn(None) != drawn(None)


def test_its_limits_are_the_lines() -> None:
    with Client(limits=Limits(max_connections=1)) as client:
        queue = client.runtime.connections
        assert isinstance(queue.acquire("a"), Slot)
        assert not isinstance(queue.acquire("a"), Slot)


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_are_counted_from_one(threads: int) -> None:
    with pytest.raises(ValueError, match="threads"):
        Client(threads=threads)


@pytest.mark.parametrize("library_name", ["httpx", "httpx2"])
def test_a_failed_call_leaves_room_for_the_next(serve: Serve, library_name: LibraryName) -> None:
    server: RawServer = serve(first(drop, always(answer())))
    with Client(library=library_name, limits=Limits(max_connections=1)) as client:
        with pytest.raises(MaybeSent):
            client.run(queued(client.runtime, get(server.url + "/")))
        with pytest.raises(NeverSent):
            client.run(queued(client.runtime, get("http://no-such-host.invalid/")))
        assert client.run(queued(client.runtime, get(server.url + "/"))).status == 200


def test_importing_it_loads_no_http_library() -> None:
    heavy = (
        "'httpx', 'httpcore', 'httpx2', 'httpcore2', 'h11', 'ssl', 'socket', 'asyncio', 'anyio', 'logging'"
    )
    loaded = f"sorted({{{heavy}}} & set(sys.modules))"
    program = f"import sys, offwire_sync; print({loaded})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_nothing_is_opened_before_the_first_call() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Client()
        gc.collect()


def test_a_stalled_call_does_not_stop_others(serve: Serve, client: Client) -> None:
    stalling, answering = serve(stall), serve(always(answer()))
    stalled = Running(lambda: client.run(get(stalling.url + "/", deadline=monotonic() + 0.3)))
    assert stalling.asked.wait(5)
    assert client.run(get(answering.url + "/")).status == 200
    stalled.join()
