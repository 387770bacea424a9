"""How close to a limit one gets without being refused: `python -m benchmarks.quotas`.

Virtual time, seeded chance, no clock of the machine's: every run prints the same figures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

from benchmarks.quota_fleet import engine, learned, reporting_ietf
from benchmarks.quota_rivals import Aiolimiter, Bucket, Log, Reactive, Slots, rival
from benchmarks.quota_settings import Run, Setting, figures
from offwire import BucketLimit, WindowLimit

WINDOWS = (
    Setting(kind="sliding", calls=50, period=1.0, windows=200),
    Setting(kind="sliding", calls=100, period=10.0),
    Setting(kind="sliding", calls=100, period=60.0),
    Setting(kind="fixed", calls=50, period=1.0, windows=200),
    Setting(kind="fixed", calls=100, period=10.0),
)
BUCKETS = (
    Setting(kind="bucket", calls=50, period=5.0),
    Setting(kind="bucket", calls=20, period=10.0),
)
REPORTED = (
    Setting(kind="fixed", calls=100, period=10.0),
    Setting(kind="fixed", calls=100, period=10.0, callers=30),
    Setting(kind="fixed", calls=100, period=10.0, callers=4),
    Setting(kind="fixed", calls=100, period=60.0),
    Setting(kind="fixed", calls=1000, period=60.0, windows=20),
)

ON_WINDOWS: tuple[tuple[str, Run], ...] = (
    ("send, and wait for Retry-After", rival(lambda _: Reactive())),
    ("token bucket, C = N, r = N/T", rival(lambda s: Bucket(s.calls, s.calls / s.period))),
    ("paced, C = 1, r = N/T", rival(lambda s: Bucket(1, s.calls / s.period))),
    (
        "token bucket, C = N/10, r = (N-C)/T",
        rival(lambda s: Bucket(s.calls / 10, 0.9 * s.calls / s.period)),
    ),
    ("sliding log at the send", rival(lambda s: Log(s.calls, s.period))),
    ("slot until answer + T", rival(lambda s: Slots(s.calls, s.period))),
    ("aiolimiter: AsyncLimiter(N, T)", rival(lambda s: Aiolimiter(s.calls, s.period))),
    ("aiolimiter: AsyncLimiter(1, T/N)", rival(lambda s: Aiolimiter(1, s.period / s.calls))),
    ("offwire: WindowLimit(N, T)", engine(lambda s: [WindowLimit(s.calls, s.period)])),
    (
        "offwire: WindowLimit(N, T, min_rtt=…)",
        engine(lambda s: [WindowLimit(s.calls, s.period, min_rtt=2 * s.latency.least)]),
    ),
)
ON_BUCKETS: tuple[tuple[str, Run], ...] = (
    ("send, and wait for Retry-After", rival(lambda _: Reactive())),
    ("token bucket, C, r", rival(lambda s: Bucket(s.calls, s.calls / s.period))),
    ("paced, r", rival(lambda s: Bucket(1, s.calls / s.period))),
    ("aiolimiter: AsyncLimiter(C, C/r)", rival(lambda s: Aiolimiter(s.calls, s.period))),
    (
        "offwire: BucketLimit(C, r)",
        engine(lambda s: [BucketLimit(capacity=s.calls, per_second=s.calls / s.period)]),
    ),
)
ON_REPORTED: tuple[tuple[str, Run], ...] = (
    ("X-RateLimit fields", learned()),
    ("IETF fields", learned(reporting_ietf)),
    ("X-RateLimit fields, probe=False", learned(probe=False)),
)


TABLES: tuple[tuple[str, Sequence[Setting], Sequence[tuple[str, Run]]], ...] = (
    ("A window, declared", WINDOWS, ON_WINDOWS),
    ("A token bucket, declared", BUCKETS, ON_BUCKETS),
    ("Fixed windows, learned from answers only", REPORTED, ON_REPORTED),
)


def cell(place: tuple[int, int, int]) -> str:
    """What is used, and how many of 10,000 requests are refused: by table, row and setting."""
    which, row, setting = place
    _, settings, rows = TABLES[which]
    found = figures(rows[row][1], settings[setting])
    return f"{found.used:.1%} / {found.per_ten_thousand:.0f}"


def main() -> int:
    """Print the tables."""
    console = Console(width=200 if not sys.stdout.isatty() else None)
    console.print("Used of what is allowed / refused (429) of 10,000 requests; five seeds each.")
    # One process for each processor: what a cell says hangs on nothing but its seeds.
    with ProcessPoolExecutor() as processes:
        for which, (title, settings, rows) in enumerate(TABLES):
            places = [(which, row, each) for row in range(len(rows)) for each in range(len(settings))]
            cells = processes.map(cell, places)
            table = Table(title=title)
            table.add_column("client", no_wrap=True)
            for setting in settings:
                table.add_column(setting.name, justify="right")
            for client, _ in rows:
                table.add_row(client, *(next(cells) for _ in settings))
            console.print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
