"""`offwire esologs events`: the events of a report, into a file or onto stdout.

Rules of this file: a file is there as a whole or not at all. Until it is, what was harvested stands
in a part file beside it, and whatever ends the command, the same command goes on from there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from offwire_cli.arguments import argument_errors
from offwire_cli.codes import FAILED, NOT_FOUND
from offwire_cli.event_filters import (
    EventFilters,
    ReportAddress,
    ReportPlace,
    filter_options,
    filters_in,
    query_of,
)
from offwire_cli.groups import Failure
from offwire_cli.rows import FORMATS, Format, format_of, replacing, row_of, write_rows
from offwire_cli.screen import clock, costs, plural, progress, size, told
from offwire_cli.session import Session, Whom, connection_options, session, whom

if TYPE_CHECKING:
    from rich.console import Console

    from offwire.apis.esologs import EventPage, EventsCursor
    from offwire_cli.part_file import PartFile

_STDOUT: Final = Path("-")
_ALSO_STDOUT: Final = ("/dev/stdout", "/dev/fd/1")
_WITHIN: Final = ("events",)

Shown = Callable[[float, str], object]


@click.command()
@click.argument("code", type=ReportAddress())
@click.option(
    "--to", type=click.Path(path_type=Path), default="-", help="The file; by default, or for -, stdout."
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default what the file's ending says.")
@click.option("--restart", is_flag=True, help="Begin anew, whatever an earlier run has left.")
@click.option(
    "--page-size",
    "limit",
    type=click.IntRange(100, 10_000),
    default=10_000,
    show_default=True,
    help="Events to ask for at a time; larger pages cost fewer points.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, and no summary.")
@filter_options
@connection_options
def events(
    code: ReportPlace,
    to: Path,
    form: Format | None,
    restart: bool,
    limit: int,
    quiet: bool,
    **others: object,
) -> None:
    """Harvest the events of the report CODE, which may be its address as well.

    Of the address of a fight, such as one that ends in #fight=3, only that fight's are harvested. A
    harvest that was interrupted goes on where it was when the same command is run again.
    """
    asked, filters = whom(others), filters_in(others, code)
    if str(to) in _ALSO_STDOUT:
        to = _STDOUT
    form = form or format_of(to) or ("json" if to == _STDOUT else None)
    if form is None:
        raise click.UsageError(
            f"no format is known by the ending of {to}: give --format, one of {', '.join(FORMATS)}"
        )
    if to.is_dir():
        raise click.UsageError(f"{to} is a folder")
    console = told()
    console.quiet = quiet
    with session(asked) as opened, _told_where_there_is_none(code.code, asked):
        harvest = _Harvest(opened, code.code, filters, limit, console)
        if to == _STDOUT or (to.exists() and not to.is_file()):
            harvest.streamed(to, form)
        else:
            harvest.kept(to, form, restart=restart)


@contextmanager
def _told_where_there_is_none(code: str, asked: Whom) -> Iterator[None]:
    """What the site says where there is no such report becomes what to do about that."""
    from offwire.errors import CallError  # noqa: PLC0415 - only once there is somebody to ask

    try:
        yield
    except CallError as error:
        from offwire_cli.failures import exit_code, told  # noqa: PLC0415 - only for failures

        if exit_code(error) != NOT_FOUND:
            raise
        fix = (
            "as a user who may see it" if asked.as_user else "with `offwire login esologs` and give --as-user"
        )
        raise Failure(f"{code}: {told(error)}. Check the code, or sign in {fix}", NOT_FOUND) from None


class _Harvest:
    """One run of the command."""

    def __init__(
        self, session: Session, code: str, filters: EventFilters, limit: int, console: Console
    ) -> None:
        self._session = session
        self._code = code
        self._filters = filters
        self._limit = limit
        self._console = console
        self._began = monotonic()
        self._pages = self._events = 0

    def streamed(self, to: Path, form: Format) -> None:
        """Events as they come, to where nothing can be taken back."""
        from offwire.apis.esologs.events import Event  # noqa: PLC0415 - only once there is somebody to ask

        if form == "parquet" and to == _STDOUT and sys.stdout.isatty():
            raise click.UsageError("parquet is not for a terminal: name a file with --to")
        pages = self._asked(None)
        with progress(self._console, self._code, self._span()) as show:
            documents = (_document(page) for page in self._noted(pages, show))
            if to == _STDOUT:
                write_rows(documents, sys.stdout.buffer, form, Event, _WITHIN)
                sys.stdout.buffer.flush()
            else:
                with to.open("wb") as file:
                    write_rows(documents, file, form, Event, _WITHIN)
        self._sum_up("")

    def kept(self, to: Path, form: Format, *, restart: bool) -> None:
        """Events by way of a part file into a file."""
        from offwire_cli.part_file import PartFile, PartUnusable  # noqa: PLC0415 - as above

        path = to.with_name(f"{to.name}.part")
        query = query_of(self._session.site, self._code, self._filters)
        pages = self._asked(None)  # checks the arguments before there is a file
        try:
            part = PartFile.open(path, query, restart=restart)
        except PartUnusable as error:
            raise Failure(str(error), FAILED) from None
        with part:
            if part.pages:
                self._say(f"going on from {plural(part.events, 'event')} in {path}")
                pages = self._asked(part.cursor)
            self._pages, self._events = part.pages, part.events
            try:
                if not part.is_whole:
                    self._fill(part, pages)
                self._convert(part, to, form)
            except BaseException as error:
                self._told_of_part(part, error)
                raise
        self._sum_up(f" in {to} ({size(to.stat().st_size)})")

    def _fill(self, part: PartFile, pages: Iterator[EventPage]) -> None:
        with progress(self._console, self._code, self._span()) as show:
            for page in self._noted(pages, show):
                part.append(page)
        part.sync()

    def _convert(self, part: PartFile, to: Path, form: Format) -> None:
        from offwire.apis.esologs.events import Event  # noqa: PLC0415 - as above

        with replacing(to) as file:
            write_rows(part.documents(), file, form, Event, _WITHIN)
        part.remove()

    def _asked(self, cursor: EventsCursor | None) -> Iterator[EventPage]:
        filters = self._filters.copy()
        if cursor is not None:
            filters.pop("start_time", None)  # the cursor says where
        with argument_errors():
            return self._session.eso.reports.event_pages(
                self._code, after=cursor, limit=self._limit, **filters
            )

    def _noted(self, pages: Iterator[EventPage], show: Shown) -> Iterator[EventPage]:
        for page in pages:
            yield page
            self._pages += 1
            self._events += len(page.events)
            at = page.cursor.timestamp
            show(
                at - self._filters.get("start_time", 0.0),
                f"{self._events:>9,} events in {self._pages:,} pages, at {clock(at)} of the report",
            )

    def _span(self) -> float | None:
        """How many milliseconds of the report are asked for, where that is known."""
        end = self._filters.get("end_time")
        return None if end is None else end - self._filters.get("start_time", 0.0)

    def _told_of_part(self, part: PartFile, error: BaseException) -> None:
        if part.pages == 0:
            part.remove()
        elif isinstance(error, KeyboardInterrupt | Exception):
            kept = plural(part.events, "event")
            self._say(f"{part.path} keeps {kept}: the same command goes on from there")

    def _sum_up(self, where: str) -> None:
        self._say(f"{plural(self._events, 'event')} in {plural(self._pages, 'page')}{where}")
        if self._filters and not self._events:
            self._say(
                "nothing passed these filters: see that the report has such fights and actors, and that "
                "times are in ms from its start"
            )
        self._say(costs(self._session, monotonic() - self._began))

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)


def _document(page: EventPage) -> bytes:
    return json.dumps({"events": [row_of(each) for each in page.events]}, ensure_ascii=False).encode()
