"""What is short: shown as a table, or given to another program, or kept in a file.

Rules of this file: without `--to` it is for people, and with it for programs: JSON has the site's
names and all that came, a table of CSV or Parquet a column for each field.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, TypeVar, cast

import click
from rich.console import Console
from rich.table import Table

from offwire.formats.json import dumps
from offwire_cli.rows import FORMATS, Format, format_of, replacing, write_table

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")

_WIDE: Final = 140
"""Columns where nobody says how many there are."""


def output_options(command: F) -> F:
    """Give a command `--to` and `--format`; it gets `to` and `form`."""
    command = click.option(
        "--format", "form", type=click.Choice(FORMATS), help="By default what the file's ending says."
    )(command)
    return click.option(
        "--to", type=click.Path(path_type=Path), help="A file, or - for JSON on stdout; by default, a table."
    )(command)


def screen() -> Console:
    """The console for what is output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDE)
    return console


def give(
    rows: Sequence[T], kind: type[T], arguments: Mapping[str, object], show: Callable[[Console], object]
) -> None:
    """Write objects of an attrs class to where the arguments say; without, have them shown.

    Raises:
        UsageError: no format is known for the file.
        OSError: the file cannot be written.
    """
    to, form = cast("Path | None", arguments["to"]), cast("Format | None", arguments["form"])
    if to is None:
        show(screen())
        return
    is_stdout = str(to) == "-"
    form = form or format_of(to) or ("json" if is_stdout else None)
    if form is None:
        raise click.UsageError(f"no format is known by the ending of {to}: give --format")
    if is_stdout:
        _write(rows, kind, sys.stdout.buffer, form)
    else:
        with replacing(to) as file:
            _write(rows, kind, file, form)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table; columns whose name ends in `#` are for numbers."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for name in columns:
        made.add_column(name.removesuffix("#"), justify="right" if name.endswith("#") else "left")
    for row in rows:
        made.add_row(*("" if each is None else _plain(each) for each in row))
    return made


def facts(title: str, told: Mapping[str, object]) -> Table:
    """What is known of one thing, line by line."""
    made = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    made.add_column(style="dim")
    made.add_column()
    for name, value in told.items():
        if value is not None:
            made.add_row(name, _plain(value))
    return made


def day(milliseconds: float) -> str:
    """A point in time, in UTC."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M}"


def _plain(value: object) -> str:
    # Square brackets are rich's markup, and names may hold them.
    return str(value).replace("[", r"\[")


def _write(rows: Sequence[T], kind: type[T], file: IO[bytes], form: Format) -> None:
    if form == "json":
        file.write(b"[\n" + b",\n".join(map(dumps, rows)) + b"\n]\n" if rows else b"[]\n")
    elif form == "ndjson":
        file.writelines(dumps(each) + b"\n" for each in rows)
    else:
        from offwire_frames import to_polars  # noqa: PLC0415 - polars is heavy

        write_table(to_polars(rows, kind), file, form)
    file.flush()
