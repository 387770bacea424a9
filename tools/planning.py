"""Writes into docs/planning.md what its commands say, and draws its picture.

Rules of this file: text and commands of the page are written by hand, what commands say is not. A block
that ends with `…` is left as it is.

Run as `python tools/planning.py`, where a change of the library changes what a plan comes to.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
"""The repository."""
PAGE: Final = ROOT / "docs" / "planning.md"
BLOCK: Final = re.compile(r"^```console\n\$ offwire ([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def written(page: str) -> str:
    """The page, with what its commands say now; pictures are drawn where the commands say."""
    return BLOCK.sub(_block, page)


def _block(found: re.Match[str]) -> str:
    command, there = found[1], found[2]
    said = there if there.rstrip().endswith("…") else _said(command)
    return f"```console\n$ offwire {command}\n{said}```"


def _said(command: str) -> str:
    run = subprocess.run(  # noqa: S603 - commands of our own page
        [sys.executable, "-m", "offwire_cli", *shlex.split(command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in (run.stdout + run.stderr).splitlines())


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
