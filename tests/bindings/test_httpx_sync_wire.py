"""One request by a thread: over real sockets, both libraries, pools of ours and what users hand in."""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from offwire.errors import (
    ClientClosed,
    ConnectTimeout,
    MaybeSent,
    NetworkError,
    NeverSent,
    ResponseTimeout,
)
from offwire.flow import Send
from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.timeouts import Timeouts
from offwire_httpx import LibraryName, Limits, Proxy
from offwire_httpx.settings import Settings
from offwire_httpx.sync_wire import SyncWire, sync_wire
from tests.bindings.conftest import Serve
from tests.bindings.servers import (
    Peer,
    always,
    answer,
    drip,
    drop,
    drop_mid_body,
    echo,
    first,
    proxy,
    refusing,
    stall,
    stall_mid_body,
)

QUICK = Timeouts(connect=5.0, read=5.0, write=5.0)
Open = Callable[..., SyncWire]


def send(url: str, method: str = "GET", **options: Any) -> Send:
    body = options.pop("body", None)
    request = Request(
        method, url, headers=options.pop("headers", {}), body=None if body is None else Body(content=body)
    )
    return Send(request, options.pop("timeouts", QUICK), **options)


@pytest.fixture(params=["pooled", "transport", "client"])
def wire(request: pytest.FixtureRequest, library: LibraryName) -> Iterator[SyncWire]:
    """Each way of sending, with each library."""
    http = importlib.import_module(library)
    settings = Settings(library=library)
    with ExitStack() as ours:
        match request.param:
            case "pooled":
                made = sync_wire(settings)
            case "transport":
                made = sync_wire(settings, transport=ours.enter_context(http.HTTPTransport()))
            case _:
                made = sync_wire(settings, http=ours.enter_context(http.Client()))
        yield made
        made.close()


@pytest.fixture
def pooled(library: LibraryName) -> Iterator[SyncWire]:
    made = sync_wire(Settings(library=library))
    yield made
    made.close()


# Answers


def test_an_answer_comes_whole_and_with_the_time_it_took(serve: Serve, wire: SyncWire) -> None:
    server = serve(
        always(answer(b'{"id": 7}', "200 OK", "Content-Type: application/json", "X-A: 1", "X-A: 2"))
    )
    began = monotonic()
    response = wire.send(send(f"{server.url}/users/7?a=b"))
    assert (response.status, response.content, response.is_json) == (200, b'{"id": 7}', True)
    assert response.headers.values("x-a") == ("1", "2")
    assert 0 < response.elapsed <= monotonic() - began


def test_what_goes_out_is_what_was_decided_and_what_the_wire_needs(serve: Serve, wire: SyncWire) -> None:
    server = serve(echo)
    response = wire.send(
        send(f"{server.url}/users?a=%20b", "POST", headers={"X-Key": "sch\xf6n"}, body=b'{"n":1}')
    )
    head, _, body = response.content.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /users?a=%20b HTTP/1.1"
    names = sorted(line.partition(b":")[0].lower() for line in lines[1:])
    assert names == [b"accept-encoding", b"content-length", b"host", b"x-key"]
    assert f"Host: localhost:{server.port}".encode() in lines
    assert "X-Key: sch\xf6n".encode("latin-1") in lines
    assert b"Content-Length: 7" in lines
    assert body == b'{"n":1}'


def test_connections_are_kept(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer()))
    for _ in range(3):
        wire.send(send(server.url + "/"))
    assert server.connections == 1


def test_a_coded_answer_is_undone(serve: Serve, wire: SyncWire) -> None:
    text = b"twice " * 50_000
    server = serve(always(answer(gzip.compress(text), "200 OK", "Content-Encoding: gzip")))
    assert wire.send(send(server.url + "/")).content == text


def test_a_big_answer_in_chunks_comes_whole(serve: Serve, wire: SyncWire) -> None:
    piece = b"x" * 100_000
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece)
    whole = answer(b"", "200 OK", "Transfer-Encoding: chunked", length=False) + chunk * 20 + b"0\r\n\r\n"
    server = serve(always(whole))
    assert wire.send(send(server.url + "/")).content == piece * 20


def test_a_big_request_goes_whole(serve: Serve, wire: SyncWire) -> None:
    server = serve(echo)
    body = bytes(range(256)) * 8_000
    assert wire.send(send(server.url + "/", "PUT", body=body)).content.endswith(body)


@pytest.mark.parametrize(
    ("method", "reply", "status"),
    [
        pytest.param("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", 200, id="HEAD"),
        pytest.param("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204, id="204"),
        pytest.param("GET", b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, id="304"),
        pytest.param(
            "HEAD", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", 200, id="HEAD of a coded one"
        ),
        pytest.param(
            "GET", b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b""), 200, id="after an interim answer"
        ),
    ],
)
def test_answers_without_a_body_end_at_once(
    serve: Serve, wire: SyncWire, method: str, reply: bytes, status: int
) -> None:
    server = serve(always(reply))
    for _ in range(2):
        response = wire.send(send(server.url + "/", method))
        assert (response.status, response.content) == (status, b"")
    assert server.connections == 1


def test_a_redirect_is_an_answer(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer(b"", "302 Found", "Location: /elsewhere")))
    response = wire.send(send(server.url + "/"))
    assert (response.status, response.headers.get("location")) == (302, "/elsewhere")
    assert len(server.requests) == 1


def test_cookies_are_none_of_its_business(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer(b"", "200 OK", "Set-Cookie: a=1")))
    for _ in range(2):
        wire.send(send(server.url + "/"))
    assert all(b"ookie" not in each for each in server.requests)


# Failures


def caught(wire: SyncWire, what: Send) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        wire.send(what)
    assert what.request.url.text not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def test_a_refused_connection_was_never_sent(wire: SyncWire) -> None:
    with refusing() as url:
        error = caught(wire, send(f"{url}/secret"))
    assert type(error) is NeverSent
    assert "refused" in error.message


def test_a_name_that_nobody_has_was_never_sent(wire: SyncWire) -> None:
    assert type(caught(wire, send("http://no-such-host.invalid/"))) is NeverSent


def test_a_name_that_is_none_was_never_sent(pooled: SyncWire) -> None:
    assert type(caught(pooled, send(f"http://{'a' * 70}.test/"))) is NeverSent


@pytest.mark.parametrize(
    "handler", [pytest.param(drop, id="before the answer"), pytest.param(drop_mid_body, id="mid-body")]
)
def test_a_broken_connection_was_maybe_sent(serve: Serve, wire: SyncWire, handler: Any) -> None:
    server = serve(handler)
    assert type(caught(wire, send(server.url + "/"))) is MaybeSent
    server2 = serve(always(answer()))
    assert wire.send(send(server2.url + "/")).status == 200


def test_what_is_no_http_was_maybe_sent(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))
    assert type(caught(wire, send(server.url + "/"))) is MaybeSent


def test_a_coding_that_lies_was_maybe_sent(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer(b"not gzip", "200 OK", "Content-Encoding: gzip")))
    error = caught(wire, send(server.url + "/"))
    assert type(error) is MaybeSent
    assert "coding" in error.message


@pytest.mark.parametrize(
    "handler", [pytest.param(stall, id="no answer"), pytest.param(stall_mid_body, id="half an answer")]
)
def test_silence_ends_by_the_read_limit(serve: Serve, wire: SyncWire, handler: Any) -> None:
    server = serve(handler)
    began = monotonic()
    error = caught(wire, send(server.url + "/", timeouts=Timeouts(read=0.1)))
    assert type(error) is ResponseTimeout
    assert 0.1 <= monotonic() - began < 3


@pytest.mark.parametrize(
    "handler", [pytest.param(stall, id="no answer"), pytest.param(stall_mid_body, id="half an answer")]
)
def test_silence_ends_by_the_deadline(serve: Serve, wire: SyncWire, handler: Any) -> None:
    server = serve(handler)
    began = monotonic()
    error = caught(wire, send(server.url + "/", deadline=began + 0.1))
    assert type(error) is ResponseTimeout
    assert 0.1 <= monotonic() - began < 3


def test_a_deadline_that_has_passed_costs_no_request(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer()))
    assert type(caught(wire, send(server.url + "/", deadline=monotonic()))) is ConnectTimeout
    assert server.connections == 0


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        pytest.param(b"", b"HTTP/1.1 200 OK\r\n" + b"X" * 400, id="of its header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b"x" * 400, id="of its body"),
    ],
)
def test_a_server_that_drips_cannot_outlive_the_deadline(
    serve: Serve, pooled: SyncWire, head: bytes, rest: bytes
) -> None:
    server = serve(drip(head, rest, every=0.01))
    began = monotonic()
    assert type(caught(pooled, send(server.url + "/", deadline=began + 0.2))) is ResponseTimeout
    assert 0.2 <= monotonic() - began < 1.0


@pytest.mark.parametrize("way", ["transport", "client"])
def test_what_was_handed_in_outlives_the_deadline_by_one_read(
    serve: Serve, library: LibraryName, way: str
) -> None:
    http = importlib.import_module(library)
    server = serve(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", b"x" * 4000, every=0.01))
    with http.HTTPTransport() if way == "transport" else http.Client() as handed:
        given = {"transport": handed} if way == "transport" else {"http": handed}
        wire = sync_wire(Settings(), **given)
        began = monotonic()
        assert type(caught(wire, send(server.url + "/", deadline=began + 0.1))) is ResponseTimeout
        assert 0.1 <= monotonic() - began < 2.0


def test_a_header_that_http_does_not_take_was_never_sent(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer()))
    # Not to be had from our Request; a middleware of somebody's own could.
    bad = send(server.url + "/", headers={"Host": "a"})
    object.__setattr__(bad.request.headers, "_pairs", (("Host", "a"), ("Host", "b")))
    error = caught(wire, bad)
    assert type(error) is NeverSent
    assert server.requests == []


# Pools of our own


def test_a_proxy_forwards(serve: Serve, library: LibraryName) -> None:
    server, between = serve(always(answer(b"far"))), serve(proxy)
    through = Proxy(f"http://127.0.0.1:{between.port}", username="user", password="pass")
    wire = sync_wire(Settings(library=library, proxy=through))
    assert wire.send(send(f"http://127.0.0.1:{server.port}/x")).content == b"far"
    assert between.requests[0].startswith(b"GET http://127.0.0.1:")
    wire.close()


def test_a_proxy_that_does_not_answer_its_door_was_never_sent_to(library: LibraryName) -> None:
    with refusing() as url:
        wire = sync_wire(Settings(library=library, proxy=Proxy(url)))
        assert type(caught(wire, send("http://far.test/"))) is NeverSent
        wire.close()


def test_a_proxy_that_refuses_was_never_sent_through(serve: Serve, library: LibraryName) -> None:
    between = serve(proxy)
    wire = sync_wire(Settings(library=library, proxy=Proxy(f"http://127.0.0.1:{between.port}")))
    error = caught(wire, send("https://far.test/"))
    assert type(error) is NeverSent
    assert "proxy" in error.message
    wire.close()


def test_an_idle_connection_is_not_kept_beyond_its_time(serve: Serve, library: LibraryName) -> None:
    server = serve(always(answer()))
    wire = sync_wire(Settings(library=library, limits=Limits(keepalive_expiry=0.0)))
    for _ in range(2):
        wire.send(send(server.url + "/"))
    wire.close()
    assert server.connections == 2


def test_after_a_lost_connection_another_one_is_opened(serve: Serve, pooled: SyncWire) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.send(answer())

    server = serve(first(once, always(answer())))
    pooled.send(send(server.url + "/"))
    assert server.left.wait(5)
    assert pooled.send(send(server.url + "/")).status == 200
    assert server.connections == 2


# The end


def test_a_closed_wire_sends_nothing(serve: Serve, wire: SyncWire) -> None:
    server = serve(always(answer()))
    wire.send(send(server.url + "/"))
    wire.close()
    wire.close()
    with pytest.raises(ClientClosed):
        wire.send(send(server.url + "/"))
    assert len(server.requests) == 1


def test_connections_are_closed_with_the_last_exchange(serve: Serve, pooled: SyncWire) -> None:
    def slow(peer: Peer) -> None:
        peer.request()
        assert closed.wait(5)
        peer.send(answer(b"late"))
        peer.hang()

    from threading import Event

    closed = Event()
    server = serve(slow)
    found: list[Response] = []
    thread = Thread(target=lambda: found.append(pooled.send(send(server.url + "/"))))
    thread.start()
    assert server.asked.wait(5)
    pooled.close()
    closed.set()
    thread.join(5)
    assert [each.content for each in found] == [b"late"]
    assert server.left.wait(5)


@pytest.mark.parametrize("way", ["transport", "http"])
def test_what_was_handed_in_stays_open(serve: Serve, library: LibraryName, way: str) -> None:
    http = importlib.import_module(library)
    server = serve(always(answer()))
    with http.HTTPTransport() if way == "transport" else http.Client() as handed:
        wire = sync_wire(Settings(), **{way: handed})
        wire.send(send(server.url + "/"))
        wire.close()
        again = sync_wire(Settings(), **{way: handed})
        again.send(send(server.url + "/"))
    assert server.connections == 1


def test_a_client_that_is_handed_in_adds_nothing_of_its_own(serve: Serve, library: LibraryName) -> None:
    http = importlib.import_module(library)
    server = serve(echo)
    hooked: list[object] = []
    with http.Client(
        auth=("user", "pass"),
        headers={"X-Own": "1"},
        cookies={"a": "1"},
        event_hooks={"request": [hooked.append]},
    ) as handed:
        sent = sync_wire(Settings(), http=handed).send(send(server.url + "/")).content
    assert b"Authorization" not in sent
    assert b"X-Own" not in sent
    assert b"ookie" not in sent
    assert len(hooked) == 1


# What can be handed in


def test_only_one_thing_is_handed_in(library: LibraryName) -> None:
    http = importlib.import_module(library)
    with http.Client() as client, http.HTTPTransport() as transport:
        with pytest.raises(ValueError, match="not both"):
            sync_wire(Settings(), transport=transport, http=client)
        with pytest.raises(ValueError, match="http2= does not count beside http="):
            sync_wire(Settings(http2=True), http=client)


def test_what_is_for_tasks_is_refused(library: LibraryName) -> None:
    http = importlib.import_module(library)
    with pytest.raises(TypeError, match="blocking"):
        sync_wire(Settings(), http=http.AsyncClient())
    with pytest.raises(TypeError, match="blocking"):
        sync_wire(Settings(), transport=http.AsyncHTTPTransport())


def test_a_fake_transport_of_the_library_is_a_transport(library: LibraryName) -> None:
    http = importlib.import_module(library)
    coded = {"Content-Encoding": "gzip"}
    fake = http.MockTransport(lambda request: http.Response(201, headers=coded, content=gzip.compress(b"ok")))
    response = sync_wire(Settings(), transport=fake).send(send("https://api.test/users"))
    assert (response.status, response.content) == (201, b"ok")
