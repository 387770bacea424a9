"""Rows to files: JSON, lines of JSON, CSV or Parquet, page by page.

Rules of this file: JSON has the site's names; a table has Python's
names, and a column for each field of the class, whatever came, so that the tables of two reports
always fit together. A file is replaced as a whole, or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING, Any, Final, Literal, TypeAlias, assert_never, cast, get_args

from attrs import has

from offwire.apis.esologs.events import Event
from offwire.formats.naming import wire_fields
from offwire.json_value import Json

if TYPE_CHECKING:
    from polars import DataFrame

Format: TypeAlias = Literal["json", "ndjson", "csv", "parquet"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)

_IS_POSIX: Final = os.name == "posix"


def format_of(path: Path) -> Format | None:
    """The format that a file's ending stands for; None where it stands for none."""
    ending = path.suffix.lower().removeprefix(".")
    ending = {"jsonl": "ndjson", "pq": "parquet"}.get(ending, ending)
    return cast("Format", ending) if ending in FORMATS else None


def row_of(event: Event) -> dict[str, Json]:
    """An event as JSON has it, by its names on the wire, less what is None."""
    return _told(event)


def write_rows(
    rows: Iterable[bytes], file: IO[bytes], form: Format, kind: type[object], within: tuple[str, ...]
) -> None:
    """Write the rows of JSON documents, which are at `within` in each, and are of the class `kind`.

    Raises:
        OSError: the file does not take it.
        ModuleNotFoundError: polars is not installed, for a table.
    """
    match form:
        case "json":
            opening = b"[\n"
            for line in _lines(rows, within):
                file.write(opening + line)
                opening = b",\n"
            file.write(b"[]\n" if opening == b"[\n" else b"\n]\n")
        case "ndjson":
            for line in _lines(rows, within):
                file.write(line + b"\n")
        case "csv":
            from offwire_frames import polars_frame  # noqa: PLC0415 - polars is heavy

            write_table(polars_frame([], kind), file, form)
            for each in rows:
                write_table(polars_frame([each], kind, within=within), file, form, with_head=False)
        case "parquet":
            from offwire_frames import polars_frame  # noqa: PLC0415 - as above

            write_table(polars_frame(rows, kind, within=within), file, form)
        case _:
            assert_never(form)


def write_table(
    table: DataFrame, file: IO[bytes], form: Literal["csv", "parquet"], *, with_head: bool = True
) -> None:
    """Write a table; its head is the names of its columns.

    Raises:
        OSError: the file does not take it.
    """
    # By way of memory: polars would write past the file, and has errors of its own for a full disk.
    made = BytesIO()
    if form == "csv":
        table.write_csv(made, include_header=with_head)
    else:
        table.write_parquet(made)
    file.write(made.getbuffer())


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when the block has ended well.

    Raises:
        OSError: it cannot be made, written or moved; what was there before stays.
    """
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    if _IS_POSIX:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _lines(rows: Iterable[bytes], within: tuple[str, ...]) -> Iterator[bytes]:
    for document in rows:
        data: Any = json.loads(document)
        for step in within:
            data = data[step]
        for row in data:
            yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _told(value: Any) -> dict[str, Json]:
    row: dict[str, Json] = {}
    for name, of in _fields(type(value)):
        each = of(value)
        if each is not None:
            if has(type(each)):
                each = _told(each)
            elif type(each) is float and each.is_integer():
                each = int(each)  # as it came
            row[name] = each
    return row


def _fields(kind: type) -> list[tuple[str, Callable[[object], Any]]]:
    found = _FIELDS.get(kind)
    if found is None:
        found = _FIELDS[kind] = [(wire, attrgetter(name)) for name, wire in wire_fields(kind).items()]
    return found


_FIELDS: Final[dict[type, list[tuple[str, Callable[[object], Any]]]]] = {}
"""By class: each field's name on the wire, and what takes its value out of an object."""
