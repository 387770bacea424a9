"""A race on threads: whatever decides it, no thread, no connection and no flow is left."""

from __future__ import annotations

import signal
import ssl
from collections.abc import Iterator
from threading import Event, active_count, get_ident
from time import monotonic
from typing import Any

import httpx
import pytest

from offwire.errors import ClientClosed
from offwire.flow import Ask, Flow, Race, Sleep, Wait
from offwire.ticket import Ticket
from offwire_httpx import LibraryName, Limits, Tls
from offwire_sync import Client
from tests.bindings.conftest import Certificates, Serve
from tests.bindings.flows import LONG, Running, get, one, queued, waits
from tests.bindings.servers import always, answer, first, stall, stall_mid_body


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = active_count()
    yield
    assert active_count() == before


def after(told: Event, result: object) -> Flow[object]:
    """A result, some time after `told`."""
    while not told.is_set():
        yield Sleep(monotonic() + 0.005)
    return result


def nothing_is_held(client: Client) -> bool:
    left = client.runtime.connections.snapshot()
    return (left.in_use, left.waiting) == (0, 0)


@pytest.mark.parametrize(
    ("handler", "tls"),
    [
        pytest.param(stall, False, id="before the answer"),
        pytest.param(stall_mid_body, False, id="mid-body"),
        pytest.param(stall, True, id="before the answer, over TLS"),
    ],
)
def test_a_losers_exchange_is_cut_and_its_connection_is_not_used_again(
    serve: Serve, library: LibraryName, certificates: Certificates, handler: Any, tls: bool
) -> None:
    context: ssl.SSLContext | None = certificates.server if tls else None
    server = serve(first(handler, always(answer())), tls=context)
    with Client(
        library=library, limits=Limits(max_connections=1), tls=Tls(ca_file=certificates.ca_file)
    ) as client:
        flow = queued(client.runtime, get(server.url + "/"))
        began = monotonic()
        assert client.run(one(Race((flow, after(server.asked, "first"))))) == "first"
        assert monotonic() - began < 4
        assert nothing_is_held(client)
        assert server.left.wait(5)
        assert client.run(queued(client.runtime, get(server.url + "/"))).status == 200
    assert server.connections == 2


def test_a_winners_connection_is_used_again(serve: Serve) -> None:
    server = serve(always(answer()))
    with Client() as client:
        for _ in range(3):
            assert client.run(one(Race((get(server.url + "/"), one(Wait(Ticket())))))).status == 200
    assert server.connections == 1


def test_what_waits_is_woken(serve: Serve) -> None:
    ends: list[str] = []
    begun = Event()
    with Client() as client:
        losers = (
            waits(Event(), lambda: Sleep(monotonic() + LONG), ends),
            waits(Event(), lambda: Wait(Ticket()), ends),
            waits(begun, lambda: Race((one(Wait(Ticket())), one(Sleep(monotonic() + LONG)))), ends),
        )
        assert client.run(one(Race((*losers, after(begun, 7))))) == 7
    assert set(ends) <= {"closed"}


def test_no_flow_is_stepped_after_the_one_that_decided() -> None:
    """Each of them would decide, all at the same time."""
    steps: list[int] = []

    def runner(number: int) -> Flow[int]:
        yield Sleep(0.0)
        steps.append(number)
        return number

    with Client() as client:
        for _ in range(50):
            steps.clear()
            found = client.run(one(Race(tuple(runner(each) for each in range(4)))))
            assert steps == [found]


def test_an_interrupt_ends_a_race(serve: Serve) -> None:
    server = serve(stall)
    main = get_ident()
    ends: list[str] = []

    def interrupting() -> Flow[object]:
        while not server.asked.is_set():
            yield Sleep(monotonic() + 0.005)
        signal.pthread_kill(main, signal.SIGINT)
        yield Wait(Ticket())
        return "never"

    with Client() as client:
        flows = (
            queued(client.runtime, get(server.url + "/")),
            waits(Event(), lambda: Wait(Ticket()), ends),
            interrupting(),
        )
        with pytest.raises(KeyboardInterrupt):
            client.run(one(Race(flows)))
        assert nothing_is_held(client)
    assert ends == ["closed"]


def test_what_is_no_exception_comes_out_as_well() -> None:
    def leaving() -> Flow[object]:
        yield Sleep(0.0)
        raise SystemExit(3)

    with Client() as client, pytest.raises(SystemExit):
        client.run(one(Race((leaving(), one(Wait(Ticket()))))))


def test_closing_the_client_ends_a_race(serve: Serve) -> None:
    begun = Event()
    ends: list[str] = []
    client = Client()
    waiting = waits(begun, lambda: Wait(Ticket()), ends)
    running = Running(lambda: client.run(one(Race((waiting, one(Wait(Ticket())))))))
    assert begun.wait(5)
    while not client._waits:
        pass
    client.close()
    assert isinstance(running.join(), ClientClosed)


def test_leaving_a_map_ends_the_races_in_it(serve: Serve) -> None:
    server = serve(stall)
    with Client() as client:

        def call(number: int) -> object:
            if number == 0:
                return number
            return client.run(one(Race((get(server.url + "/"), one(Wait(Ticket()))))))

        with client.map(call, [0, 1], concurrency=2) as results:
            assert next(results) == 0
            assert server.asked.wait(5)
    assert nothing_is_held(client)


def test_an_answer_that_may_not_be_lost_is_waited_for() -> None:
    asked = Event()
    stored: list[str] = []

    class Slow:
        def answer(self, question: str, /) -> object:
            asked.set()
            stored.append(question)
            return question

    def storing() -> Flow[None]:
        stored.append((yield Ask(Slow(), "asked", shielded=True)))
        yield Wait(Ticket())

    with Client() as client:
        assert client.run(one(Race((storing(), after(asked, "first"))))) == "first"
    assert stored in (["asked"], ["asked", "asked"])


def test_what_goes_through_a_users_transport_is_left_to_its_end() -> None:
    asked, go, done = Event(), Event(), Event()

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.set()
            assert go.wait(5)
            done.set()
            return httpx.Response(200)

    with Client(transport=Transport()) as client:
        flow = queued(client.runtime, get("http://localhost/"))
        assert client.run(one(Race((flow, after(asked, "first"))))) == "first"
        assert nothing_is_held(client)
        assert not done.is_set()
        others = active_count()
        go.set()
        assert done.wait(5)
        while active_count() == others:
            pass
