"""Run all benchmarks and print one table: `make bench`.

Each comparison is one interleaved run; read the ratios, and take times as this machine's.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks import building, generating, overhead, parsing, waiting
from benchmarks.harness import Measured, cold_imports, measure

IMPORTS = {
    "import offwire": "import offwire",
    "… and make an Api": "import offwire, offwire.engine, offwire.policies",
    "import offwire_sync": "import offwire_sync",
    "import attrs": "import attrs",
    "import httpx": "import httpx",
    "import pydantic; BaseModel": "from pydantic import BaseModel",
    "import requests": "import requests",
}


def shown(seconds: float) -> str:
    """Seconds in a unit that suits them."""
    return f"{seconds * 1e6:.2f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


def rows(table: Table, title: str, found: list[Measured], goal: str = "") -> None:
    """Add one comparison; ratios are to its first row."""
    first = found[0].seconds
    for number, each in enumerate(found):
        table.add_row(
            title if number == 0 else (goal if number == 1 else ""),
            each.name,
            shown(each.seconds),
            f"{each.seconds / first:.2f}",
            f"±{each.spread / 2:.0%}",
        )
    table.add_section()


def main() -> int:
    """Print the table."""
    table = Table(title=f"CPython {platform.python_version()}, {platform.machine()}")
    for name in ("what", "how", "median", "× ours", "spread"):
        table.add_column(name, justify="right" if name in ("median", "× ours", "spread") else "left")
    for make in (
        building.get_request,
        building.get_request_anew,
        building.post_request,
        parsing.page,
        parsing.events,
        parsing.frames,
        overhead.policies,
    ):
        comparison = make()
        found = measure(comparison)
        rows(table, comparison.title, found, comparison.goal)
        if make is overhead.policies:
            full, none, driver = (each.seconds for each in found[:3])
            table.add_row("", "token, quota, breaker and retry add", shown(full - none), "", "")
            table.add_row("", "the engine with all of them adds", shown(full - driver), "", "")
            table.add_section()
    with TemporaryDirectory() as name:
        folder = Path(name)
        comparison = generating.clients(folder)
        rows(table, comparison.title, measure(comparison, rounds=3))
        for size in generating.sizes(folder):
            table.add_row("", f"{size.name} writes", f"{size.lines} lines", "", "")
        rows(table, "import what was generated", generating.imports(folder), "60 ms over offwire")
    rows(table, "a call that waits in a full line", waiting.lines(), "from 10 to 10,000 at most 1.20")
    rows(table, "cold start, over bare Python", cold_imports(IMPORTS), "at most 60 ms")
    Console(width=130 if not sys.stdout.isatty() else None).print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
