"""The tests' own Redis server ends with the tests, also where these are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
import redis

from tests.redis_server import RedisServer, needs_redis

ROOT = Path(__file__).resolve().parents[1]
STARTS_ONE = """
import sys
from tests.redis_server import RedisServer
print(RedisServer().url, flush=True)
sys.stdin.read()
"""


@needs_redis
def test_it_ends_when_the_process_that_started_it_is_killed() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    with redis.Redis.from_url(url) as client:
        assert client.ping()
        ended: list[Exception] = []

        def wait() -> None:
            try:
                client.blpop(["nothing comes"], timeout=60)
            except redis.ConnectionError as error:
                ended.append(error)

        waiting = Thread(target=wait)
        waiting.start()
        process.send_signal(signal.SIGKILL)
        waiting.join(60)
    process.communicate(timeout=10)
    assert len(ended) == 1


@needs_redis
def test_it_leaves_nothing_behind() -> None:
    server = RedisServer()
    folder = Path(server.url.removeprefix("unix://")).parent
    assert folder.is_dir()
    server.remove()
    assert not folder.exists()
    with pytest.raises(redis.ConnectionError), server.client() as client:
        client.ping()
