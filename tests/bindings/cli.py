"""What tests of the command share: a fake site on loopback, and ways to run `offwire`."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from attrs import frozen

from offwire.message.request import Request
from offwire.testing.esologs import FakeEsoLogs
from offwire.testing.servers import Drop, Reply
from offwire.time import Now
from offwire_cli.main import main
from offwire_serve import serve


@frozen
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


class Site:
    """A fake ESO Logs that strikes when it is asked for a page of events, before it answers."""

    def __init__(self, fake: FakeEsoLogs) -> None:
        self.fake = fake
        self.asked = 0
        """How many pages of events were asked for."""
        self.strike: Callable[[int], bool] = lambda _: False
        """Is told the number of the page since the last run began; True drops the connection."""

    def __call__(self, request: Request, now: Now) -> Reply:
        if request.body is not None and b"getReportEvents" in request.body.content:
            self.asked += 1
            if self.strike(self.asked):
                return Drop()
        return self.fake(request, now)


@contextmanager
def served(site: Site, secret: str) -> Iterator[dict[str, str]]:
    """The site at a loopback address, and the environment that leads a command there."""
    with serve(site) as address:
        yield {"ESOLOGS_URL": address.base_url, "ESOLOGS_ID": "client", "ESOLOGS_SECRET": secret}


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a command finds nothing of the developer's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESOLOGS_")}
    return {**kept, "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder), "COLUMNS": "100", **more}


def started(folder: Path, arguments: list[str], more: Mapping[str, str]) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "offwire_cli", *arguments],
        cwd=folder,
        env=environment(folder, more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for a process."""
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out, err)


def run(*arguments: str) -> Ended:
    """The command in this process; what it reads of folder and environment, the test has set."""
    out, err = io.TextIOWrapper(io.BytesIO(), write_through=True), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    out.seek(0)
    return Ended(code, out.read(), err.getvalue())
