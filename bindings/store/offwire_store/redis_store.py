"""`RedisStore`: tokens and quotas that programs on several machines share (extra `redis`).

Rules of this file: Redis decides, by its own clock, in one round trip a question; the scripts are
beside this file, in `redis_scripts`. A question has an answer or an error in bounded time. An error
says what to do, and shows nothing of what is kept, nor of the address more than host, port and
number. One key here is one key there, so that a cluster can be used as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources import files
from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never, cast, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, Lease, QuotaQuestion
from offwire.secret import Secret
from offwire.state.ledger import Ledger, Terms

if TYPE_CHECKING:
    from redis import Redis, RedisCluster

TIMEOUT_SECONDS: Final = 0.5
"""For a connection, and again for an answer: so a dead Redis holds a question up for a second at most."""
CLAIM_SECONDS: Final = 15.0
"""After which a claim runs out. Shorter than others wait for it (`offwire.auth.stored`), so that they
outlast a program that died; longer than token requests take."""

_Script: TypeAlias = Callable[[Sequence[bytes], Sequence[bytes | str | int | float]], object]
_EXAMPLE: Final = "rediss://user:password@host:6379/0"


@final
class RedisStore:
    """Keeps tokens, and the accounts of quotas, in a Redis server: in the open, for whoever may read it.

    One store serves any number of threads, of clients, and of processes that are forked from this one.
    """

    def __init__(
        self,
        redis: str | Secret | Redis | RedisCluster,
        *,
        prefix: str = "offwire:",
        timeout: float = TIMEOUT_SECONDS,
        claim_lasts: float = CLAIM_SECONDS,
    ) -> None:
        """Keep all in `redis`. Nothing is connected yet.

        Args:
            redis: an address, such as `rediss://user:password@host:6379/0` (the second s is for TLS), or
                a client of the package redis. A client's own timeouts and retries count, and it is not
                closed.
            prefix: what all keys begin with.
            timeout: seconds, for a connection and again for an answer.
            claim_lasts: seconds after which another program may renew a token.

        Raises:
            ValueError: the address cannot be read, or a number is not above 0.
            TypeError: `redis` is another thing, such as a client for asyncio.
            ModuleNotFoundError: the package redis is not installed.
        """
        if not timeout > 0 or not claim_lasts > 0:
            raise ValueError(
                f"timeout and claim_lasts are seconds above 0, not {timeout!r} and {claim_lasts!r}"
            )
        self._redis = _client(redis, timeout)
        self._is_ours = isinstance(redis, str | Secret)
        self._prefix = prefix
        self._claim_micros = round(claim_lasts * 1_000_000)
        self._releases = _Releases()
        self._claim_script = self._script("claim")
        self._save_script = self._script("save")
        self._forget_script = self._script("forget")
        self._release_script = self._script("release")
        self._exchange_script = self._script("exchange")

    def __repr__(self) -> str:
        return f"RedisStore({_address(self._redis)!r}, prefix={self._prefix!r})"

    def answer(self, question: TokenQuestion | QuotaQuestion, /) -> object:
        """Answer one question; see `offwire.auth.token_store` and `offwire.quota_store`.

        Raises:
            StoreFailed: Redis cannot be reached or used, or does not agree; see those two.
        """
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        try:
            match question:
                case Exchange():
                    return self._exchange(question)
                case Load(key):
                    text = self._redis.hget(self._token_key(key), "text")
                    return None if text is None else Secret(_text(text))
                case Save():
                    self._save(question)
                case Forget(key):
                    self._forget_script([self._token_key(key)], [])
                case Claim(key):
                    return self._claim(key)
                case _:
                    assert_never(question)
            return None
        except RedisError as error:
            reason = _reason(error)
        raise StoreFailed(f"the Redis at {_address(self._redis)} cannot be used: {reason}")

    def close(self) -> None:
        """Wait until all claims are given back, and close the connections, where they are the store's own.

        The next question opens new ones.
        """
        self._releases.finish()
        if self._is_ours:
            self._redis.close()

    # Tokens

    def _save(self, save: Save) -> None:
        generation = "" if save.generation is None else save.generation
        if not self._save_script([self._token_key(save.key)], [_bytes(save.text.reveal()), generation]):
            raise StoreFailed(
                f"another program has renewed {save.key!r} since, as this one took longer than its claim "
                "lasts: the newer token stays"
            )

    def _claim(self, key: str) -> Claimed | None:
        name = self._token_key(key)
        granted = self._claim_script([name], [self._claim_micros])
        if granted is None:
            return None
        generation = int(cast("bytes | str", granted))
        return _RedisClaim(generation, lambda: self._releases.start(self._released, name, generation))

    def _released(self, name: bytes, generation: int) -> None:
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        with suppress(RedisError):  # it runs out by itself
            self._release_script([name], [generation])

    # Quotas

    def _exchange(self, question: Exchange) -> Lease:
        terms = Terms.of(question)
        kind, *facts = cast(
            "list[bytes | str]",
            self._exchange_script(
                [_bytes(f"{self._prefix}quota:{question.key}")],
                [
                    terms.kind,
                    terms.size,
                    terms.pace,
                    terms.finished_for,
                    terms.strayed_for,
                    _bytes(question.holder),
                    question.number,
                    question.flying,
                    question.finished,
                    question.strayed,
                    question.least,
                    question.want,
                    question.lasts,
                    question.blocked,
                ],
            ),
        )
        match _text(kind), [_text(fact) for fact in facts]:
            case "lease", [granted, again_after, holders, blocked, _, _]:
                return Lease(
                    granted=float(granted),
                    again_after=float(again_after),
                    holders=int(holders),
                    blocked=float(blocked),
                )
            case "disagreed", [other, pace, size]:
                return _disagreed(question, other, float(pace), float(size))
            case _:
                raise StoreFailed(
                    f"the account of the quota {question.key!r} was written by another version of Offwire: "
                    "give this version a prefix of its own, or wait until the other one's accounts run out"
                )

    # Names

    def _script(self, name: str) -> _Script:
        text = files("offwire_store").joinpath("redis_scripts", f"{name}.lua").read_text()
        return cast(_Script, self._redis.register_script(text))

    def _token_key(self, key: str) -> bytes:
        return _bytes(f"{self._prefix}token:{key}")


@final
class _RedisClaim:
    """A claim that was granted, for a while."""

    __slots__ = ("_release", "generation")

    def __init__(self, generation: int, release: Callable[[], None]) -> None:
        self.generation: Final = generation
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()


@final
class _Releases:
    """Gives claims back in a thread, since whoever releases may not wait. The program's end waits for it."""

    def __init__(self) -> None:
        self._process = 0
        self._thread: ThreadPoolExecutor | None = None

    def start(self, release: Callable[[bytes, int], None], name: bytes, generation: int) -> None:
        if self._thread is None or self._process != os.getpid():  # a forked process has no thread
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="offwire-release")
            self._process = os.getpid()
        with suppress(RuntimeError):  # at the program's end there are no new threads; the claim runs out
            self._thread.submit(release, name, generation)

    def finish(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None and self._process == os.getpid():
            thread.shutdown()


def _client(redis: str | Secret | Redis | RedisCluster, timeout: float) -> Redis | RedisCluster:
    try:
        from redis import Redis, RedisCluster  # noqa: PLC0415 - an extra
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "RedisStore needs the package redis: pip install 'offwire[redis]'", name="redis"
        ) from None
    if isinstance(redis, Redis | RedisCluster):
        return redis
    if isinstance(redis, Secret):
        redis = redis.reveal()
    if not isinstance(redis, str):
        raise TypeError(
            f"a RedisStore takes an address, redis.Redis or redis.RedisCluster, not {type(redis).__name__}"
        )
    try:
        # Tried once: whoever asks knows how to go on without, and retries would multiply the time.
        return Redis.from_url(
            redis,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        # What is wrong may be the password, which the error would show.
        problem = f"an address of a Redis is such as {_EXAMPLE}, with special characters as %xx"
    raise ValueError(problem)


def _address(redis: Redis | RedisCluster) -> str:
    """Host, port and number, and no password."""
    pool = getattr(redis, "connection_pool", None)
    if pool is None:
        return "cluster"
    settings = pool.connection_kwargs
    if "path" in settings:
        return f"unix:{settings['path']}"
    return f"{settings.get('host', 'localhost')}:{settings.get('port', 6379)}/{settings.get('db', 0)}"


def _disagreed(question: Exchange, kind: str, pace: float, size: float) -> Lease:
    """Ask a ledger that has the account's terms, so that the error has the same words in every store.

    Raises:
        StoreFailed: always, as the script has found.
    """
    another = ("another", 0, 0.0, inf, inf, size)
    ledger = Ledger.of(
        {
            "kind": kind,
            "pace": pace,
            "origin": 0.0,
            "last": 0.0,
            "full_at": 0.0,
            "blocked_until": 0.0,
            "leases": [another],
            "cooling": [],
            "line": [],
        }
    )
    return ledger.exchange(question, 0.0)


def _reason(error: Exception) -> str:
    """What to do about it. Its own words are not shown: they may quote what was sent."""
    from redis import exceptions  # noqa: PLC0415 - an extra

    match error:
        case exceptions.AuthenticationError() | exceptions.NoPermissionError():
            return "it refuses this user and password, or they may not do all that it takes (see its ACL)"
        case exceptions.BusyLoadingError():
            return "it is starting up"
        case exceptions.TimeoutError():
            return "no answer in time; is the address right, and the server not overloaded?"
        case exceptions.ConnectionError():
            return "no connection; is it running, and is the address right?"
        case exceptions.ReadOnlyError():
            return "it is a replica, which takes no writes; name the primary"
        case exceptions.OutOfMemoryError():
            return "its memory is full; raise maxmemory, or give it less to keep"
        case exceptions.ResponseError() if "WRONGTYPE" in str(error):
            return "something else is kept under this key, and is left as it is; take another prefix"
        case _:
            return type(error).__name__


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _text(answer: bytes | str) -> str:
    """Of a client that decodes answers, or of one that does not."""
    return answer if isinstance(answer, str) else answer.decode(errors="surrogatepass")
