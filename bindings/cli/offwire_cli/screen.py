"""What somebody sees while they wait, and at the end: on stderr, so that output can be piped.

Rules of this file: where stderr is no terminal, nothing moves; the summary is told anyhow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from offwire_cli.session import Session

_MINUTE: Final = 60


def told() -> Console:
    """The console for what is no output."""
    return Console(stderr=True, highlight=False)


@contextmanager
def progress(console: Console, what: str, total: float | None) -> Iterator[Callable[[float, str], object]]:
    """A line of progress for the block, which is handed where it is, and a few words."""
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(30),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(escape(what), total=total, told="")
        yield lambda at, words: bars.update(task, completed=at, told=words)


def clock(milliseconds: float) -> str:
    """A time of a report, such as `12:05`."""
    seconds = int(milliseconds / 1000)
    return f"{seconds // _MINUTE}:{seconds % _MINUTE:02}"


def size(count: int) -> str:
    """A number of bytes, such as `1.2 MB`."""
    number = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun, such as `1 page` and `2,000 pages`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def costs(session: Session, seconds: float) -> str:
    """What the calls of a command cost, in one line."""
    counted, points = session.metrics.snapshot(), session.points.last
    parts = [plural(counted.attempts, "request"), plural(counted.retries, "retry", "retries")]
    if points is not None:
        parts.append(
            f"{points.spent:,.1f} of {points.limit:,.0f} points spent, "
            f"back in {max(1, round(points.reset_after / _MINUTE))} min"
        )
    return ", ".join([*parts, f"{seconds:.1f} s"])
