"""`RedisStore`: over a real server, and where there is none, or it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, cast
from urllib.parse import quote

import pytest
import redis
import redis.asyncio

from offwire import BucketLimit, ConcurrencyLimit, Secret, WindowLimit
from offwire.auth.stored import CLAIM_SECONDS as PATIENCE
from offwire.auth.token_store import Claim, Forget, Load, Save
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, SharedBy
from offwire.state.ledger import Ledger
from offwire_store import RedisStore
from offwire_store.redis_store import CLAIM_SECONDS, TIMEOUT_SECONDS
from tests.bindings.store_kit import claim, exchanged, held, kept
from tests.redis_server import RedisServer, needs_redis

Canary = Callable[[str], str]
NOWHERE = "redis://127.0.0.1:1/0"
"""Nobody listens there."""


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """To look into the server."""
    with redis_server.client() as client:
        yield client


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[RedisStore]:
    store = RedisStore(redis_server.url, timeout=10.0)
    yield store
    store.close()


def exchange(**settings: Any) -> Exchange:
    return Exchange(**{"key": "shop", "limit": WindowLimit(10, 60.0), "holder": "a", "number": 1, **settings})


# The script and the ledger


class Recorded:
    """Notes what the script has answered, with the server's time."""

    def __init__(self, script: Callable[..., object]) -> None:
        self.script = script
        self.times: list[float] = []

    def __call__(self, keys: object, arguments: object) -> object:
        answer = cast("list[bytes]", self.script(keys, arguments))
        if answer[0] == b"lease":
            self.times.append(int(answer[5]) + int(answer[6]) / 1_000_000)
        return answer


def some_exchange(chance: Random, numbers: dict[str, int], limits: list[SharedBy]) -> Exchange:
    """Durations are so short that all that can end does so while the test runs."""
    holder = chance.choice("abcd")
    numbers[holder] = numbers.get(holder, 0) + 1
    late = 1 if chance.random() < 0.05 else 0
    least = chance.choice([0.0, 1.0, 1.0, 2.5, 9.0])

    def units(share: float) -> float:
        return round(chance.random() * 4, 2) if chance.random() < share else 0.0

    return Exchange(
        key="shop",
        limit=chance.choice(limits) if chance.random() < 0.05 else limits[0],
        holder=holder,
        number=max(1, numbers[holder] - late),
        flying=units(0.5),
        finished=units(0.6),
        strayed=units(0.1),
        least=least,
        want=least + chance.choice([0.0, 0.0, 1.0, 7.5]),
        lasts=chance.choice([0.001, 0.01, 0.1]),
        stray=chance.choice([0.0, 0.003]),
        blocked=chance.choice([0.0] * 20 + [0.002]),
    )


@needs_redis
@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(
            [WindowLimit(12, 0.013), WindowLimit(9, 0.013, min_rtt=0.004), WindowLimit(12, 0.5)], id="window"
        ),
        pytest.param(
            [
                BucketLimit(capacity=12.5, per_second=700.0),
                BucketLimit(capacity=9.1, per_second=700.0),
                ConcurrencyLimit(12),
            ],
            id="bucket",
        ),
        pytest.param([ConcurrencyLimit(12), ConcurrencyLimit(9), WindowLimit(12, 0.5)], id="concurrency"),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_the_script_answers_as_the_ledger_does(store: RedisStore, limits: list[SharedBy], seed: int) -> None:
    chance, ledger = Random(seed), Ledger()
    numbers: dict[str, int] = {}
    recorded = Recorded(store._exchange_script)
    store._exchange_script = recorded
    # Somebody holds a little all the while: an account that ended would begin anew, at another time.
    anchor = Exchange(key="shop", limit=limits[0], holder="anchor", number=1, flying=0.25, lasts=1000.0)
    assert exchanged(store, anchor) == ledger.exchange(anchor, recorded.times[-1])
    leases, refusals = 0, list[str]()
    for _ in range(600):
        question = some_exchange(chance, numbers, limits)
        before = deepcopy(ledger)
        try:
            found = exchanged(store, question)
        except StoreFailed as error:
            refusals.append(str(error))
            # The time of a refusal is not known. What ends meanwhile also ends with the next exchange.
            ledger = before
            continue
        leases += 1
        assert found == ledger.exchange(question, recorded.times[-1])
    assert leases > 300
    assert refusals
    assert all(each.startswith("the quota 'shop' is shared ") for each in refusals)


@needs_redis
def test_once_all_has_ended_another_limit_may_be_declared(store: RedisStore, client: redis.Redis) -> None:
    ledger, recorded = Ledger(), Recorded(store._exchange_script)
    store._exchange_script = recorded
    brief = {"limit": ConcurrencyLimit(10), "lasts": 0.001, "stray": 0.0}
    for question in (
        exchange(**brief, least=10, want=10),
        exchange(**brief, holder="b", least=1, want=1),
        exchange(holder="c", least=3, want=3),
    ):
        assert exchanged(store, question) == ledger.exchange(question, recorded.times[-1])
        seconds, micros = 0, 0
        while seconds + micros / 1_000_000 < recorded.times[-1] + 0.002:
            seconds, micros = client.time()
    assert len(recorded.times) == 3


@needs_redis
def test_an_exchange_is_one_round_trip(store: RedisStore, client: redis.Redis) -> None:
    exchanged(store, exchange(least=1, want=1))  # the first one brings the script along
    client.config_resetstat()
    for number in range(2, 12):
        exchanged(store, exchange(number=number))
    calls = {name: found["calls"] for name, found in client.info("commandstats").items()}
    asked = {name: count for name, count in calls.items() if name in ("cmdstat_evalsha", "cmdstat_eval")}
    assert asked == {"cmdstat_evalsha": 10}
    inside = {"cmdstat_get", "cmdstat_set", "cmdstat_time"}
    assert set(calls) - set(asked) - inside <= {"cmdstat_config|resetstat", "cmdstat_info"}


@needs_redis
def test_an_account_ends_by_itself(store: RedisStore, client: redis.Redis) -> None:
    exchanged(store, exchange(least=1, want=1, lasts=7.0, stray=3.0))
    assert 69_000 < client.pttl("offwire:quota:shop") <= 70_013  # lease, stray, window, drift
    exchanged(store, exchange(number=2, lasts=0.001, limit=WindowLimit(10, 60.0), stray=0.0))
    assert 59_000 < client.pttl("offwire:quota:shop") <= 60_014


@needs_redis
def test_all_of_it_begins_with_the_prefix(redis_server: RedisServer, client: redis.Redis) -> None:
    mine = RedisStore(Secret(redis_server.url), prefix="mine:", timeout=10.0)
    exchanged(mine, exchange(least=10, want=10))
    mine.answer(Save("shop", Secret("token")))
    claim(mine, "other")
    assert sorted(cast("list[bytes]", client.keys())) == [
        b"mine:quota:shop",
        b"mine:token:other",
        b"mine:token:shop",
    ]
    other = RedisStore(redis_server.client(), prefix="other:")
    assert exchanged(other, exchange(least=10, want=10)).granted == 10
    assert kept(other) is None
    mine.close()
    assert repr(mine).endswith("/redis.sock', prefix='mine:')")


@needs_redis
def test_an_account_of_another_version_is_left_as_it_is(store: RedisStore, client: redis.Redis) -> None:
    client.eval("redis.call('SET', KEYS[1], cmsgpack.pack({99, 'new'}))", 1, "offwire:quota:shop")
    before = client.get("offwire:quota:shop")
    with pytest.raises(StoreFailed, match="'shop' was written by another version of Offwire: give this"):
        store.answer(exchange(least=1, want=1))
    assert client.get("offwire:quota:shop") == before


# Claims


@needs_redis
def test_who_was_paused_for_too_long_saves_and_releases_nothing(
    redis_server: RedisServer, client: redis.Redis
) -> None:
    store = RedisStore(redis_server.url, timeout=10.0)
    late = held(store)
    client.hset("offwire:token:shop", "claim_ends", "1")  # long ago
    later = held(store)
    late.release()
    store.close()
    assert claim(store) is None
    store.answer(Save("shop", Secret("early"), late.generation))  # nothing newer is lost by it
    store.answer(Save("shop", Secret("new"), later.generation))
    with pytest.raises(StoreFailed, match=r"another program has renewed 'shop' since.* newer token stays"):
        store.answer(Save("shop", Secret("old"), late.generation))
    assert kept(store) == "new"
    store.answer(Forget("shop"))
    with pytest.raises(StoreFailed, match="another program has renewed"):
        store.answer(Save("shop", Secret("old"), late.generation))
    assert kept(store) is None
    store.close()


@needs_redis
def test_what_is_saved_without_a_claim_is_the_newest(store: RedisStore) -> None:
    late = held(store)
    store.answer(Save("shop", Secret("signed in")))
    assert claim(store) is None, "it is still had"
    store.answer(Save("shop", Secret("renewed"), late.generation))
    assert kept(store) == "renewed"


@needs_redis
def test_a_claim_runs_out_by_the_servers_clock(redis_server: RedisServer, client: redis.Redis) -> None:
    store = RedisStore(redis_server.url, timeout=10.0, claim_lasts=0.001)
    first = held(store)
    ends = int(cast(bytes, client.hget("offwire:token:shop", "claim_ends")))
    now = 0
    while now <= ends:
        seconds, micros = client.time()
        now = seconds * 1_000_000 + micros
    second = held(store)
    assert first.generation is not None
    assert second.generation is not None
    assert first.generation < second.generation
    store.close()


# It says when it has sent its request, and when its token was not kept; it answers when it is told to.
RENEWER = """
import sys
from offwire import Api, Call, ClientCredentials, Group, M, Policies, operation, stored
from offwire.events import TokenNotKept
from offwire.testing import Client, json_answer
from offwire_store import RedisStore


class Users(Group[M]):
    @operation
    def me(self) -> Call[object]:
        return Call.get("/me", returns=object)

class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]

def server(request, now):
    if request.method == "GET":
        print("called with", request.headers["authorization"].split()[1], flush=True)
        return json_answer({})
    print("sent", flush=True)
    sys.stdin.readline()
    return json_answer({"access_token": "late-access", "expires_in": 3600})

def observed(event):
    if isinstance(event, TokenNotKept):
        print("not kept:", event.error, flush=True)

source = ClientCredentials(token_url="https://shop.test/t", client_id="id", client_secret="not-a-secret")
store = RedisStore(sys.argv[1], timeout=10.0, claim_lasts=0.3)
shop = Shop(Client(server), auth=stored(source, store, "shop"), policies=Policies(observers=[observed]))
shop.users.me()
"""


@needs_redis
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stopping a process is POSIX's")
def test_a_process_that_was_stopped_while_it_renewed_overwrites_nothing(
    store: RedisStore, redis_server: RedisServer
) -> None:
    late = subprocess.Popen(
        [sys.executable, "-c", RENEWER, redis_server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert late.stdout is not None
        assert late.stdout.readline() == "sent\n"
        late.send_signal(signal.SIGSTOP)
        later = claim(store)
        while later is None:  # until its claim has run out
            later = claim(store)
        store.answer(Save("shop", Secret("newer"), later.generation))
        late.send_signal(signal.SIGCONT)
        said, _ = late.communicate("\n", timeout=30)
    finally:
        late.kill()
        late.wait(10)
    assert said.splitlines() == [
        (
            "not kept: another program has renewed 'shop' since, as this one took longer than its claim "
            "lasts: the newer token stays"
        ),
        "called with late-access",
    ]
    assert kept(store) == "newer"


def test_a_claim_ends_before_others_give_up() -> None:
    assert CLAIM_SECONDS < PATIENCE


@needs_redis
def test_who_saves_by_a_claim_has_given_it_back(store: RedisStore) -> None:
    first = held(store)
    store.answer(Save("shop", Secret("token"), first.generation))
    assert held(store).generation != first.generation


@needs_redis
def test_what_was_claimed_and_never_saved_ends(store: RedisStore, client: redis.Redis) -> None:
    held(store)
    assert 0 < client.ttl("offwire:token:shop") <= 86_400
    store.answer(Save("shop", Secret("token")))
    assert client.ttl("offwire:token:shop") == -1
    client.hset("offwire:token:shop", "claim_ends", "1")
    held(store)
    assert client.ttl("offwire:token:shop") == -1
    store.answer(Forget("shop"))
    assert 0 < client.ttl("offwire:token:shop") <= 86_400


@needs_redis
def test_a_release_neither_waits_nor_fails(own_redis_server: RedisServer) -> None:
    store = RedisStore(own_redis_server.url, timeout=0.2)
    claims = [held(store, str(number)) for number in range(3)]
    own_redis_server.send_signal(signal.SIGSTOP)
    began = monotonic()
    claims[0].release()
    assert monotonic() - began < 0.2, "less than one answer would take to fail"
    own_redis_server.send_signal(signal.SIGCONT)
    claims[1].release()
    own_redis_server.stop()
    claims[2].release()
    store.close()


# Whom it asks


@needs_redis
@pytest.mark.parametrize("decoding", [False, True])
def test_a_client_of_your_own_will_do(redis_server: RedisServer, decoding: bool) -> None:
    with redis.Redis.from_url(redis_server.url, decode_responses=decoding) as client:
        store = RedisStore(client)
        mine = held(store)
        store.answer(Save("shop", Secret("tökén"), mine.generation))
        assert kept(store) == "tökén"
        assert exchanged(store, exchange(least=2, want=2)).granted == 2
        store.close()
        assert client.ping(), "it is not ours to close"


@needs_redis
def test_a_script_that_the_server_has_lost_is_brought_again(store: RedisStore, client: redis.Redis) -> None:
    exchanged(store, exchange())
    client.script_flush()
    assert exchanged(store, exchange(number=2, least=1, want=1)).granted == 1


@needs_redis
def test_a_server_that_went_and_came_back_is_found_again(own_redis_server: RedisServer) -> None:
    store = RedisStore(own_redis_server.url, timeout=5.0)
    exchanged(store, exchange(least=1, want=1))
    own_redis_server.stop()
    with pytest.raises(StoreFailed, match="no connection; is it running"):
        store.answer(exchange(number=2))
    own_redis_server.start()
    assert exchanged(store, exchange(number=3, least=1, want=1)).granted == 1
    store.close()


FORKING = """
import os, sys
from offwire import Secret
from offwire.auth.token_store import Claim, Load, Save
from offwire_store import RedisStore
store = RedisStore(sys.argv[1], timeout=10.0)
store.answer(Save("shop", Secret("parent")))
child = os.fork()
if child == 0:
    assert store.answer(Load("shop")).reveal() == "parent"
    held = store.answer(Claim("shop"))
    store.answer(Save("shop", Secret("child"), held.generation))
    held.release()
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
held = store.answer(Claim("shop"))
held.release()
print(store.answer(Load("shop")).reveal())
"""


@needs_redis
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
def test_a_forked_process_goes_on_with_it(redis_server: RedisServer) -> None:
    found = subprocess.run(
        [sys.executable, "-c", FORKING, redis_server.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.stdout, found.stderr) == ("child\n", "")


# What goes wrong


def test_without_a_server_the_error_says_what_to_do(canary: Canary) -> None:
    address = f"redis://user:{quote(canary('password'))}@127.0.0.1:1/3?client_name=x"
    store = RedisStore(address)
    for question in (
        Load("shop"),
        Save("shop", Secret(canary("kept"))),
        Forget("shop"),
        Claim("shop"),
        exchange(),
    ):
        with pytest.raises(
            StoreFailed,
            match=r"^the Redis at 127.0.0.1:1/3 cannot be used: no connection; is it running",
        ) as caught:
            store.answer(question)
        assert caught.value.__context__ is None
    assert repr(store) == "RedisStore('127.0.0.1:1/3', prefix='offwire:')"


@needs_redis
def test_a_server_that_hangs_holds_nobody_up_for_long(own_redis_server: RedisServer) -> None:
    fresh, used = RedisStore(own_redis_server.url), RedisStore(own_redis_server.url)
    exchanged(used, exchange())
    own_redis_server.send_signal(signal.SIGSTOP)
    try:
        for store in (fresh, used):
            began = monotonic()
            with pytest.raises(StoreFailed, match="no answer in time"):
                store.answer(exchange(number=2))
            assert monotonic() - began < 2 * TIMEOUT_SECONDS + 1.0
    finally:
        own_redis_server.send_signal(signal.SIGCONT)
    assert 2 * TIMEOUT_SECONDS <= 1.0
    fresh.close()
    used.close()


@needs_redis
@pytest.mark.parametrize("password", ["wrong", "right"])
def test_a_wrong_password_and_missing_rights_are_told_and_not_shown(
    own_redis_server: RedisServer, password: str, canary: Canary
) -> None:
    with own_redis_server.client() as client:
        client.execute_command("ACL", "SETUSER", "ada", "on", f">{canary('right')}", "~*", "+ping", "+hello")
        url = own_redis_server.url.replace("unix://", f"unix://ada:{quote(canary(password))}@")
    store = RedisStore(url, timeout=10.0)
    with pytest.raises(StoreFailed, match="it refuses this user and password, or they may not do all"):
        store.answer(exchange())
    store.close()


@needs_redis
def test_what_it_takes_of_rights_is_little(own_redis_server: RedisServer, canary: Canary) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sharing-quotas.md").read_text()
    assert f"ACL SETUSER offwire on >password resetkeys ~offwire:* {RIGHTS}\n" in page
    with own_redis_server.client() as client:
        rules = ["~offwire:*", *RIGHTS.split()]
        client.execute_command("ACL", "SETUSER", "ada", "on", f">{canary('password')}", *rules)
    url = own_redis_server.url.replace("unix://", f"unix://ada:{quote(canary('password'))}@")
    store = RedisStore(url, timeout=10.0)
    mine = held(store)
    store.answer(Save("shop", Secret("token"), mine.generation))
    store.answer(Forget("shop"))
    held(store).release()
    exchanged(store, exchange(least=1, want=1))
    store.close()
    with pytest.raises(StoreFailed, match="they may not do all that it takes"):
        RedisStore(url, prefix="other:", timeout=10.0).answer(Load("shop"))


RIGHTS = "+evalsha +script|load +time +get +set +hget +hset +hdel +hexists +expire +persist +hello"


@needs_redis
@pytest.mark.parametrize(
    ("settings", "question", "said"),
    [
        pytest.param(
            ["--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "yes"],
            exchange(),
            "it is a replica, which takes no writes; name the primary",
            id="a replica",
        ),
        pytest.param(
            ["--maxmemory", "1kb"],
            Save("shop", Secret("x" * 99)),
            "its memory is full; raise maxmemory",
            id="full",
        ),
    ],
)
def test_a_server_that_cannot_write_says_so(settings: list[str], question: Any, said: str) -> None:
    server = RedisServer(*settings)
    try:
        store = RedisStore(server.url, timeout=10.0)
        with pytest.raises(StoreFailed, match=said):
            store.answer(question)
        store.close()
    finally:
        server.remove()


@needs_redis
def test_what_is_not_ours_is_left_as_it_is(store: RedisStore, client: redis.Redis) -> None:
    client.set("offwire:token:shop", "theirs")
    client.rpush("offwire:quota:shop", "theirs")
    for question in (Load("shop"), Save("shop", Secret("x")), Forget("shop"), Claim("shop"), exchange()):
        if isinstance(question, Forget):
            continue
        with pytest.raises(StoreFailed, match="something else is kept under this key, and is left as it is"):
            store.answer(question)
    assert client.get("offwire:token:shop") == b"theirs"


@needs_redis
def test_what_cannot_be_read_is_an_error(store: RedisStore, client: redis.Redis) -> None:
    client.set("offwire:quota:shop", "theirs")
    with pytest.raises(StoreFailed, match=r"the Redis at .* cannot be used: ResponseError|another version"):
        store.answer(exchange())
    assert client.get("offwire:quota:shop") == b"theirs"


def test_an_address_that_cannot_be_read_is_not_shown(canary: Canary) -> None:
    for address in (
        f"redis://:{canary('password')}#@localhost:6379/0",
        canary("password"),
        f"redis://h:{canary('p')}",
    ):
        with pytest.raises(
            ValueError, match="rediss://user:password@host:6379/0, with special characters"
        ) as caught:
            RedisStore(Secret(address))
        assert caught.value.__context__ is None


def test_a_client_for_asyncio_is_refused() -> None:
    with pytest.raises(TypeError, match=r"an address, redis.Redis or redis.RedisCluster, not Redis"):
        RedisStore(redis.asyncio.Redis())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("settings", [{"timeout": 0.0}, {"claim_lasts": -1.0}, {"timeout": float("nan")}])
def test_times_are_above_zero(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="timeout and claim_lasts are seconds above 0"):
        RedisStore(NOWHERE, **settings)


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'offwire\[redis\]'"):
        RedisStore(NOWHERE)


def test_naming_the_package_loads_no_database() -> None:
    script = (
        "import sys, offwire_store\n"
        "assert not {'redis', 'sqlite3', 'keyring'} & set(sys.modules), sys.modules\n"
        "offwire_store.InProcessStore, offwire_store.RedisStore, offwire_store.SqliteStore('x')\n"
        "assert not {'redis', 'sqlite3', 'keyring'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    import offwire_store

    with pytest.raises(AttributeError, match="no attribute 'MemoryStore'"):
        offwire_store.MemoryStore  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]
