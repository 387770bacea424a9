"""The demonstration: two APIs, three worlds, real sockets, and servers that fail now and then.

First a directory behind REST, with a limit of requests a second; then a report and a guild of ESO
Logs behind GraphQL, with points. Each is harvested through sync, asyncio and trio, from stand-ins on
this machine, and compared with what they know.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from examples import demo_directory, demo_esologs
from examples.demo_plot import plot

Advance = Callable[[int], object]


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str, int], Advance]]:
    """A line of live progress for each harvest."""
    columns = (
        TextColumn("{task.description:>17}"),
        BarColumn(40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:

        def begin(what: str, total: int) -> Advance:
            task = bars.add_task(what, total=total)
            return lambda count: bars.advance(task, count)

        yield begin


def directory(console: Console, settings: demo_directory.Settings) -> list[str]:
    """Harvest the directory in each world; what went wrong."""
    with progress(console) as begin:
        outcomes = []
        for world in demo_directory.WORLDS:
            advance = begin(f"REST, {world}", settings.users)
            outcomes.append(demo_directory.run(world, settings, partial(advance, 1)))
    console.print(demo_directory.report(outcomes, settings))
    return [each for outcome in outcomes for each in demo_directory.complaints(outcome, settings)]


def esologs(console: Console, settings: demo_esologs.Settings) -> list[str]:
    """Harvest the report and the guild in each world; what went wrong."""
    total = settings.events + settings.members
    with progress(console) as begin:
        outcomes = [
            demo_esologs.run(world, settings, begin(f"ESO Logs, {world}", total))
            for world in demo_esologs.WORLDS
        ]
    console.print(demo_esologs.report(outcomes, settings))
    harvest = outcomes[0].harvest
    console.print(plot(harvest.events, harvest.actors))
    return [each for outcome in outcomes for each in outcome.complaints]


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration; 0 if every harvest is complete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=600)
    parser.add_argument("--per-second", type=int, default=200)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--members", type=int, default=40)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    console = Console()
    console.width = max(console.width, 110)
    wrong = directory(
        console,
        demo_directory.Settings(
            users=given.users, per_second=given.per_second, faults=given.faults, seed=given.seed
        ),
    )
    wrong += esologs(
        console,
        demo_esologs.Settings(
            events=given.events, members=given.members, faults=given.faults, seed=given.seed
        ),
    )
    for each in wrong:
        console.print(f"[red]{each}[/red]")
    if not wrong:
        console.print(
            "[green]Nothing lost, nothing twice, one token request for each token lifetime.[/green]"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
