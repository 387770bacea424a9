"""The asynchronous client, in both event loops: cancelling, closing, mapping, and what it owns."""

from __future__ import annotations

import gc
import ssl
from collections.abc import AsyncIterator, Callable
from inspect import GEN_CLOSED, getgeneratorstate
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync

from offwire import Async
from offwire.errors import (
    ClientClosed,
    ConnectTimeout,
    MaybeSent,
    NeverSent,
    ResponseTimeout,
)
from offwire.events import AttemptStarted
from offwire.flow import Emit, Flow, Gather, Sleep, Wait
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts
from offwire_anyio import AsyncClient
from offwire_httpx import LibraryName, Limits, Tls
from tests.bindings.conftest import Certificates, Serve
from tests.bindings.flows import LONG, Watch, get, one, queued
from tests.bindings.servers import (
    Peer,
    always,
    answer,
    drip,
    drop,
    echo,
    first,
    mute,
    stall,
    stall_mid_body,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(client_class: type[AsyncClient]) -> AsyncIterator[AsyncClient]:
    async with client_class() as client:
        yield client


def only_one(client_class: type[AsyncClient], library: LibraryName, **options: Any) -> AsyncClient:
    return client_class(library=library, limits=Limits(max_connections=1), **options)


async def settled(client: AsyncClient) -> None:
    """Nothing is held, and nobody waits."""
    left = client.runtime.connections.snapshot()
    assert (left.in_use, left.waiting) == (0, 0)


# Cancelling


@pytest.mark.parametrize(
    ("handler", "secure"),
    [
        pytest.param(mute, True, id="while connecting"),
        pytest.param(stall, False, id="while waiting for the header"),
        pytest.param(stall_mid_body, False, id="mid-body"),
    ],
)
async def test_a_cancelled_send_gives_its_connection_back(
    serve: Serve,
    client_class: type[AsyncClient],
    library: LibraryName,
    certificates: Certificates,
    handler: Any,
    secure: bool,
) -> None:
    def tls_later(peer: Peer) -> None:
        if secure:
            peer.upgrade(certificates.server)
        always(answer())(peer)

    server = serve(first(handler, tls_later))
    url = f"{'https' if secure else 'http'}://localhost:{server.port}/"
    watch = Watch()
    async with only_one(client_class, library, tls=Tls(ca_file=certificates.ca_file)) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.run, watch(queued(client.runtime, get(url))))
            assert await run_sync((server.connected if secure else server.asked).wait, 5)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        assert watch.ends == ["closed"]
        await settled(client)
        assert await run_sync(server.left.wait, 5)
        assert (await client.run(queued(client.runtime, get(url)))).status == 200
    gc.collect()


@pytest.mark.parametrize(
    "effect",
    [
        pytest.param(lambda now: Sleep(now + LONG), id="Sleep"),
        pytest.param(lambda now: Wait(Ticket()), id="Wait"),
        pytest.param(lambda now: Wait(Ticket(), now + LONG), id="Wait until"),
        pytest.param(lambda now: Gather((one(Sleep(now + LONG)), one(Wait(Ticket())))), id="Gather"),
    ],
)
async def test_a_cancelled_wait_closes_its_flow(client: AsyncClient, effect: Callable[[float], Any]) -> None:
    watch = Watch()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.run, watch(queued(client.runtime, one(effect(client.world.clock())))))
        await watch.reached.wait()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert watch.ends == ["closed"]
    await settled(client)


async def test_a_cancelled_wait_in_the_line_leaves_the_line(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    server = serve(first(stall, always(answer())))
    one_of_two, other = Watch(), Watch()
    async with only_one(client_class, library) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.run, one_of_two(queued(client.runtime, get(server.url + "/"))))
            assert await run_sync(server.asked.wait, 5)
            async with anyio.create_task_group() as waiting:
                waiting.start_soon(client.run, other(queued(client.runtime, get(server.url + "/"))))
                await anyio.wait_all_tasks_blocked()
                assert client.runtime.connections.snapshot().waiting == 1
                waiting.cancel_scope.cancel()
            assert other.ends == ["closed"]
            assert client.runtime.connections.snapshot().waiting == 0
            tasks.cancel_scope.cancel()
        await settled(client)
        assert (await client.run(queued(client.runtime, get(server.url + "/")))).status == 200


async def test_a_child_of_gather_is_closed_by_its_siblings_error(serve: Serve, client: AsyncClient) -> None:
    server = serve(stall)
    watches = [Watch(), Watch(), Watch()]

    def failing() -> Flow[None]:
        yield Sleep(client.world.clock() + 0.05)
        raise LookupError("mine")

    flow = one(
        Gather(
            (
                watches[0](get(server.url + "/")),
                watches[1](one(Wait(Ticket()))),
                watches[2](one(Sleep(client.world.clock() + LONG))),
                failing(),
            )
        )
    )
    with pytest.raises(LookupError, match="mine"):
        await client.run(flow)
    assert [each.ends for each in watches] == [["closed"]] * 3


async def test_gathered_flows_that_have_not_begun_are_closed_unbegun(client: AsyncClient) -> None:
    begun: list[int] = []

    def child(number: int) -> Flow[None]:
        begun.append(number)
        yield from ()
        raise LookupError

    flows = (child(1), child(2))
    with pytest.raises(LookupError):
        await client.run(one(Gather(flows)))
    assert len(begun) == 1
    assert all(getgeneratorstate(each) == GEN_CLOSED for each in flows)


async def test_a_shielded_send_is_answered_and_then_the_cancel_goes_on(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    from threading import Event

    go = Event()

    def slow(peer: Peer) -> None:
        peer.request()
        assert go.wait(5)
        peer.send(answer(b"token"))

    server = serve(slow)
    seen: list[object] = []

    def flow() -> Flow[None]:
        seen.append((yield from get(server.url + "/", shielded=True)).content)
        yield Sleep(0.0)
        seen.append("went on")

    async with client_class(library=library) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.run, flow())
            assert await run_sync(server.asked.wait, 5)
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.wait_all_tasks_blocked()
                assert seen == []
                go.set()
        assert seen == [b"token"]


async def test_a_shielded_send_keeps_its_deadline(serve: Serve, client: AsyncClient) -> None:
    server = serve(stall)
    watch = Watch()
    deadline = client.world.clock() + 0.2

    async def call() -> None:
        with pytest.raises(ResponseTimeout):
            await client.run(watch(get(server.url + "/", shielded=True, deadline=deadline)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        assert await run_sync(server.asked.wait, 5)
        tasks.cancel_scope.cancel()
    assert watch.ends == ["ResponseTimeout"]
    assert client.world.clock() >= deadline


# Deadlines


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(stall, id="no answer"),
        pytest.param(stall_mid_body, id="half an answer"),
        pytest.param(drip(b"", b"HTTP/1.1 200 OK\r\n" + b"X" * 4000, every=0.01), id="a dripped header"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", b"x" * 4000, every=0.01),
            id="a dripped body",
        ),
    ],
)
async def test_a_deadline_is_kept_exactly(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName, handler: Any
) -> None:
    server = serve(handler)
    async with client_class(library=library) as client:
        began = client.world.clock()
        with pytest.raises(ResponseTimeout):
            await client.run(get(server.url + "/", deadline=began + 0.2))
        assert 0.2 <= client.world.clock() - began < 0.8


async def test_a_deadline_while_connecting_was_never_sent(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    server = serve(mute)
    async with client_class(library=library) as client:
        deadline = client.world.clock() + 0.1
        with pytest.raises(ConnectTimeout):
            await client.run(get(f"https://localhost:{server.port}/", deadline=deadline))


async def test_connecting_has_one_limit_with_tls_in_it(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    server = serve(mute)
    async with client_class(library=library) as client:
        began = client.world.clock()
        with pytest.raises(ConnectTimeout):
            await client.run(get(f"https://localhost:{server.port}/", Timeouts(connect=0.2)))
        assert 0.2 <= client.world.clock() - began < 0.8


async def test_a_deadline_leaves_room_for_the_next_call(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    server = serve(first(stall, always(answer())))
    async with only_one(client_class, library) as client:
        with pytest.raises(ResponseTimeout):
            await client.run(
                queued(client.runtime, get(server.url + "/", deadline=client.world.clock() + 0.05))
            )
        assert (await client.run(queued(client.runtime, get(server.url + "/")))).status == 200


async def test_a_failed_call_leaves_room_for_the_next(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    server = serve(first(drop, always(answer())))
    async with only_one(client_class, library) as client:
        with pytest.raises(MaybeSent):
            await client.run(queued(client.runtime, get(server.url + "/")))
        with pytest.raises(NeverSent):
            await client.run(queued(client.runtime, get("http://no-such-host.invalid/")))
        assert (await client.run(queued(client.runtime, get(server.url + "/")))).status == 200


async def test_a_sleep_that_a_loop_ends_early_goes_on(client: AsyncClient) -> None:
    clock = client.world.clock
    until = clock() + 0.01
    lags = [0.0, 5.0]  # after the first sleep, the clock lags behind

    def lagging() -> float:
        return clock() - (lags.pop(0) if lags else 0.0)

    client._clock = lagging
    await client.run(one(Sleep(until)))
    assert lags == []
    assert clock() >= until


async def test_observers_are_told_when_a_flow_is_closed(client: AsyncClient) -> None:
    told: list[object] = []

    def flow() -> Flow[None]:
        try:
            yield Emit([1])
        finally:
            event = AttemptStarted(at=0.0, call=1, attempt=1, method="GET", url="")
            client.runtime.tell(told.append, event)

    items = client.iterate(flow())
    await anext(items)
    await items.aclose()
    assert len(told) == 1


async def test_of_two_errors_of_gathered_flows_the_first_is_raised(client: AsyncClient) -> None:
    def failing() -> Flow[None]:
        yield Sleep(client.world.clock() + 0.02)
        raise LookupError

    def untidy() -> Flow[None]:
        try:
            yield Wait(Ticket())
        finally:
            raise ValueError

    with pytest.raises(LookupError):
        await client.run(one(Gather((untidy(), failing()))))


# Many tasks


async def test_500_calls_share_eight_connections(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    server = serve(echo)
    found: list[bytes] = []

    async def call(client: AsyncClient, number: int) -> None:
        response = await client.run(queued(client.runtime, get(f"{server.url}/{number}")))
        found.append(response.content.split()[1])

    async with client_class(library=library, limits=Limits(max_connections=8)) as client:
        async with anyio.create_task_group() as tasks:
            for number in range(500):
                tasks.start_soon(call, client, number)
        await settled(client)
    assert sorted(found) == sorted(f"/{number}".encode() for number in range(500))
    assert server.connections <= 8


async def test_a_wake_and_a_timeout_may_race(client: AsyncClient) -> None:
    """Whichever comes first, the waiter goes on once, and nothing is left armed."""
    turns = 0

    def waiter(ticket: Ticket) -> Flow[None]:
        nonlocal turns
        for _ in range(100):
            yield Wait(ticket, client.runtime.now.monotonic + 0.001)
            turns += 1

    def waker(ticket: Ticket) -> Flow[None]:
        for _ in range(100):
            ticket.wake()
            yield Sleep(client.runtime.now.monotonic + 0.001)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            ticket = Ticket()
            tasks.start_soon(client.run, waiter(ticket))
            tasks.start_soon(client.run, waker(ticket))
    assert turns == 800


# The end


async def test_a_closed_client_makes_no_call(client: AsyncClient) -> None:
    await client.run(one(Sleep(0.0)))
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientClosed):
        await client.run(get("http://a.test/"))
    with pytest.raises(ClientClosed):
        client.iterate(one(Emit([1])))
    with pytest.raises(ClientClosed):
        client.map(client.run, [])
    with pytest.raises(ClientClosed):
        await client.__aenter__()


@pytest.mark.parametrize(
    "effect",
    [
        pytest.param(lambda now: Sleep(now + LONG), id="Sleep"),
        pytest.param(lambda now: Wait(Ticket()), id="Wait"),
        pytest.param(lambda now: Gather((one(Wait(Ticket())),)), id="Gather"),
    ],
)
async def test_closing_ends_calls_that_wait(client: AsyncClient, effect: Callable[[float], Any]) -> None:
    watch = Watch()

    async def call() -> None:
        with pytest.raises(ClientClosed):
            await client.run(watch(one(effect(client.world.clock()))))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await watch.reached.wait()
        await anyio.wait_all_tasks_blocked()
        await client.aclose()
    assert watch.ends == ["ClientClosed"]


@pytest.mark.parametrize("handler", [stall, stall_mid_body])
async def test_closing_ends_calls_on_the_wire(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName, handler: Any
) -> None:
    server = serve(handler)
    watch = Watch()
    client = client_class(library=library)

    async def call() -> None:
        with pytest.raises(ClientClosed):
            await client.run(watch(queued(client.runtime, get(server.url + "/"))))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        assert await run_sync(server.asked.wait, 5)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(client.aclose)
        await client.aclose()
    assert watch.ends == ["ClientClosed"]
    await settled(client)
    assert await run_sync(server.left.wait, 5)


async def test_closing_waits_for_a_shielded_answer(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName
) -> None:
    from threading import Event

    go = Event()

    def slow(peer: Peer) -> None:
        peer.request()
        assert go.wait(5)
        peer.send(answer(b"token"))

    server = serve(slow)
    client = client_class(library=library)
    seen: list[bytes] = []

    async def call() -> None:
        seen.append((await client.run(get(server.url + "/", shielded=True))).content)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        assert await run_sync(server.asked.wait, 5)
        tasks.start_soon(client.aclose)
        await anyio.wait_all_tasks_blocked()
        assert seen == []
        go.set()
    assert seen == [b"token"]


async def test_a_shielded_send_begins_no_more_once_closed(serve: Serve, client: AsyncClient) -> None:
    server = serve(always(answer()))
    watch = Watch()

    def flow() -> Flow[None]:
        try:
            yield Wait(Ticket())
        except ClientClosed:
            yield from get(server.url + "/", shielded=True)

    async def call() -> None:
        with pytest.raises(ClientClosed):
            await client.run(watch(flow()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await watch.reached.wait()
        await anyio.wait_all_tasks_blocked()
        await client.aclose()
    assert server.connections == 0


# What it is made of


async def test_it_is_a_client_for_apis(client: AsyncClient) -> None:
    assert type(client.mode) is Async
    assert client.runtime.connections.snapshot().in_use == 0


async def test_a_seed_repeats_chance(client_class: type[AsyncClient]) -> None:
    async def drawn(seed: int | None) -> float:
        async with client_class(seed=seed) as client:
            return client.runtime.random.random()

    assert await drawn(7) == await drawn(7) != await drawn(8)
    assert await drawn(None) != await drawn(None)


async def test_mutual_tls_works_here_too(
    serve: Serve, client_class: type[AsyncClient], library: LibraryName, certificates: Certificates
) -> None:
    from offwire_httpx import ClientCertificate

    presented: list[bytes | None] = []

    def handler(peer: Peer) -> None:
        presented.append(peer.client_certificate)
        always(answer())(peer)

    server = serve(handler, tls=certificates.mutual)
    tls = Tls(
        ca_file=certificates.ca_file, client_certificate=ClientCertificate(cert_file=certificates.client_file)
    )
    async with client_class(library=library, tls=tls) as client:
        assert (await client.run(get(server.url + "/"))).status == 200
    assert presented[0] is not None
    assert isinstance(certificates.mutual, ssl.SSLContext)
