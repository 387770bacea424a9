"""A fake server on a real socket: it starts at once, does as it is told, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import trustme

from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.rest_server import FakeRest
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Script, Stall, Truncate, json_answer
from offwire.time import Now
from offwire_serve import serve
from offwire_serve.serving import _Serving

OK = Response(200, text="0123456789" * 100)


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10.0) as client:
        yield client


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def test_an_address_answers_as_long_as_the_block_lasts(http: httpx.Client) -> None:
    with serve(Script(json_answer({"id": 7}), json_answer({"id": 8}))) as address:
        assert address.base_url == f"http://{address.host}:{address.port}"
        assert http.get(f"{address.base_url}/users/7").json() == {"id": 7}
        assert http.get(f"{address.base_url}/users/8").json() == {"id": 8}
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as other:
        other.get(address.base_url)


def test_the_fake_sees_the_request_and_the_real_time(http: httpx.Client) -> None:
    seen: list[tuple[Request, float, float]] = []

    def server(request: Request, now: Now) -> Reply:
        seen.append((request, now.monotonic, now.wall))
        return Answer(Response(200))

    before = (time.monotonic(), time.time())
    with serve(server) as address:
        http.post(f"{address.base_url}/users?a=1", json={"name": "Ada"}, headers={"X-Kind": "plain"})
    request, monotonic, wall = seen[0]
    assert (request.method, request.url.text) == ("POST", f"{address.base_url}/users?a=1")
    assert request.headers["x-kind"] == "plain"
    assert request.body is not None
    assert (request.body.content, request.body.content_type) == (b'{"name":"Ada"}', "application/json")
    assert before[0] <= monotonic <= time.monotonic()
    assert before[1] - 1 <= wall <= time.time() + 1


def test_an_answer_is_delayed_by_real_seconds(http: httpx.Client) -> None:
    with serve(Script(Answer(OK, after=0.2))) as address:
        began = time.monotonic()
        assert http.get(address.base_url).status_code == 200
        assert time.monotonic() - began >= 0.2


def test_nobody_waits_for_an_answer_that_is_delayed(http: httpx.Client) -> None:
    def server(request: Request, now: Now) -> Reply:
        if request.url.path == "/slow":
            asked.set()
            return Answer(OK, after=3600.0)
        return Answer(OK)

    asked = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with serve(server) as address:
            slow = pool.submit(httpx.get, f"{address.base_url}/slow", trust_env=False, timeout=None)
            assert asked.wait(10)
            assert http.get(f"{address.base_url}/quick").status_code == 200
            assert not slow.done()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            slow.result()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(Drop(), (httpx.RemoteProtocolError, httpx.ReadError), id="drop"),
        pytest.param(Refuse(), (httpx.RemoteProtocolError, httpx.ReadError), id="refuse"),
        pytest.param(Truncate(OK), (httpx.RemoteProtocolError, httpx.ReadError), id="truncate"),
        pytest.param(Stall(), httpx.ReadTimeout, id="stall"),
    ],
)
def test_a_broken_exchange_breaks_on_the_wire_and_the_next_one_is_whole(
    http: httpx.Client, reply: Reply, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    with serve(Script(reply, Answer(OK))) as address:
        with pytest.raises(error):
            http.get(address.base_url, timeout=0.2)
        assert http.get(address.base_url).text == OK.text


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def test_a_drop_sends_no_byte_and_a_truncated_answer_half_of_its_body() -> None:
    asking = b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    with serve(Script(Drop(), Truncate(OK))) as address:
        with socket.create_connection((address.host, address.port), timeout=10) as connection:
            connection.sendall(asking)
            assert read_all(connection) == b""
        with socket.create_connection((address.host, address.port), timeout=10) as connection:
            connection.sendall(asking)
            head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"content-length: 1000" in head
    assert body == OK.content[:500]


def test_connections_are_kept_alive(http: httpx.Client) -> None:
    with serve(Script(*[Answer(OK)] * 3)) as address:
        ports = set()
        for _ in range(3):
            response = http.get(address.base_url)
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
        assert len(ports) == 1


def test_it_stops_at_once_with_connections_open_and_requests_under_way() -> None:
    stalled = threading.Event()

    def server(request: Request, now: Now) -> Reply:
        stalled.set()
        return Stall()

    with ThreadPoolExecutor(1) as pool:
        with serve(server) as address:
            idle = socket.create_connection((address.host, address.port), timeout=10)
            waiting = pool.submit(httpx.get, address.base_url, trust_env=False, timeout=10.0)
            assert stalled.wait(10)
            began = time.monotonic()
        assert time.monotonic() - began < 1.0
        assert read_all(idle) == b""
        idle.close()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            waiting.result()


def test_a_connection_that_is_made_while_stopping_is_ended() -> None:
    class Opened(asyncio.Transport):
        aborted = False

        def abort(self) -> None:
            self.aborted = True

    serving = _Serving(Script(), None)
    serving.start()
    serving.stop()
    late = Opened()
    serving._opened(("127.0.0.1", 1), late)
    assert late.aborted


def test_what_the_fake_raises_drops_the_connection_and_is_raised_at_the_end(http: httpx.Client) -> None:
    def block() -> None:
        with serve(Script()) as address:
            for _ in range(2):
                with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                    http.get(address.base_url)

    with pytest.raises(AssertionError, match="no reply for request 1, GET"):
        block()


def test_an_error_of_the_block_goes_before_the_fakes_and_tells_it(http: httpx.Client) -> None:
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)) as caught:  # noqa: SIM117
        with serve(Script()) as address:
            http.get(address.base_url)
    assert "the fake server had raised ScriptEnded" in caught.value.__notes__[0]


def test_an_error_of_the_block_alone_is_raised_as_it_is() -> None:
    with pytest.raises(KeyError) as caught, serve(Script()):
        raise KeyError("of the block")
    assert not hasattr(caught.value, "__notes__")


def test_an_answer_that_http_cannot_carry_is_the_blocks_to_know(http: httpx.Client) -> None:
    def block() -> None:
        with (
            serve(Script(Answer(Response(999)))) as address,
            pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)),
        ):
            http.get(address.base_url)

    with pytest.raises(KeyError):
        block()


def test_it_serves_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for blob in issued.cert_chain_pems:
        blob.write_to_path(certificate, append=True)
    issued.private_key_pem.write_to_path(key)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    broken = (httpx.RemoteProtocolError, httpx.ReadError)
    with (
        serve(Script(Answer(OK), Drop(), Truncate(OK)), tls=(certificate, key)) as address,
        httpx.Client(verify=trusting, trust_env=False) as client,
    ):
        assert address.base_url.startswith("https://127.0.0.1:")
        assert client.get(address.base_url).text == OK.text
        for _ in range(2):
            with pytest.raises(broken):
                client.get(address.base_url)


def test_a_certificate_that_cannot_be_read_is_told_before_the_block(tmp_path: Path) -> None:
    with pytest.raises(OSError), serve(Script(), tls=(tmp_path / "none.pem", tmp_path / "none.key")):
        raise AssertionError("the block has begun")


def test_a_socket_that_cannot_listen_is_told_before_the_block() -> None:
    serving = _Serving(Script(), None)
    serving._socket.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        serving.start()


def test_one_fake_may_be_served_at_two_addresses_and_asked_by_many(http: httpx.Client) -> None:
    rest = FakeRest(users=50, quota=None)
    with serve(rest) as first, serve(rest) as second, ThreadPoolExecutor(8) as pool:
        form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret"}
        token = http.post(f"{first.base_url}/oauth/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        urls = [f"{(first, second)[n % 2].base_url}/users/{n}" for n in rest.user_ids]
        found = list(pool.map(lambda url: http.get(url, headers=headers).json()["id"], urls))
    assert found == list(rest.user_ids)
    assert rest.stats.users_served == dict.fromkeys(rest.user_ids, 1)
