"""A real Redis server for tests, which ends with them, however they end.

Where there is none, the tests that need one are skipped, and say how to get it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import redis

PROGRAM: Final = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(
    PROGRAM is None, reason="needs redis-server: apt-get install redis-server, or brew install redis"
)


class RedisServer:
    """A server that listens on a socket in a folder of its own, and writes nothing to the disk."""

    def __init__(self, *settings: str) -> None:
        """Start it, and wait until it answers. `settings` go to redis-server."""
        # Not pytest's folder: a socket's path may have about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="offwire-redis-"))
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._folder}/redis.sock"

    def client(self) -> redis.Redis:
        """A client of the test's own, to look into it; close it, or use it in a `with` block."""
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Start it, empty."""
        if PROGRAM is None:
            pytest.skip("needs redis-server: apt-get install redis-server, or brew install redis")
        process = subprocess.Popen(
            [
                PROGRAM,
                *("--port", "0", "--bind", "127.0.0.1", "--unixsocket", f"{self._folder}/redis.sock"),
                *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
                *self._settings,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process = process
        # Reads until this process has ended, and be it by a kill, after which no clean-up runs here.
        watch = [
            "sh",
            "-c",
            'read -r _; kill -9 "$1"; rm -rf "$2"',
            "sh",
            str(process.pid),
            str(self._folder),
        ]
        self._watch = subprocess.Popen(watch, stdin=subprocess.PIPE)
        assert process.stdout is not None
        for line in process.stdout:
            if "ready to accept connections" in line.lower():
                return
        raise AssertionError(f"redis-server ended with {process.wait()}")

    def send_signal(self, number: int) -> None:
        """Pause it, or have it go on."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def stop(self) -> None:
        """Kill it, as a crash would. Idempotent."""
        process, self._process = self._process, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.kill()
            watch.communicate(timeout=10)
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=10)

    def remove(self) -> None:
        """Stop it, and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def one_redis_server() -> Iterator[RedisServer]:
    """One for the whole session."""
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def redis_server(one_redis_server: RedisServer) -> RedisServer:
    """The session's server, emptied. A test that stops or pauses one takes `own_redis_server`."""
    with one_redis_server.client() as client:
        client.flushall()
    return one_redis_server


@pytest.fixture
def own_redis_server() -> Iterator[RedisServer]:
    """One for this test alone."""
    server = RedisServer()
    yield server
    server.remove()
