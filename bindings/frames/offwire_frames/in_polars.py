"""Tables of polars.

| a column of | is |
|---|---|
| bool, int, float, str | Boolean, Int64, Float64, String |
| datetime | Datetime of microseconds, in UTC |
| date, time | Date, Time |

Rules of this file: nothing is inferred from values, and a value that its type cannot hold is an
error. A datetime without an offset is taken as UTC, since a column has one zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeVar, overload

from offwire.formats.columns import Columns, ColumnType, concatenated
from offwire_frames.rows import columns_from, in_utc, pages_read, require

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")


@overload
def to_polars(rows: Columns[T] | Iterable[Columns[T]], kind: type[T] | None = None) -> pl.DataFrame: ...
@overload
def to_polars(rows: Iterable[T], kind: type[T] | None = None) -> pl.DataFrame: ...
def to_polars(
    rows: Columns[T] | Iterable[Columns[T]] | Iterable[T], kind: type[T] | None = None
) -> pl.DataFrame:
    """A table of columns, or of objects of an attrs class, which is `kind` or that of the first one.

    Several Columns are put together, as those of the pages of a list.

    Raises:
        ValueError: there are no rows and no `kind`, or a number has more than 64 bits.
        TypeError: a row is not of the class, or that is no attrs class, or it holds a Secret.
        ModuleNotFoundError: polars is not installed.
    """
    require("polars", "frames")
    import polars as pl  # noqa: PLC0415 - an extra, and heavy

    columns = columns_from(rows, kind)
    return pl.DataFrame([_series(name, each, columns.data[name]) for name, each in columns.schema.items()])


def polars_frame(pages: Iterable[bytes], kind: type[T], *, within: tuple[str, ...] = ()) -> pl.DataFrame:
    """The table of all rows of all pages, which are JSON documents.

    `within` are the keys that lead to a page's rows, such as `("data", "reportData", "report",
    "events", "data")`. No object is made for a row. Without pages the table is empty, and has the
    same columns.

    Raises:
        DecodeError: a page is no JSON, has nothing at `within`, or its rows do not fit.
        ValueError: a number has more than 64 bits.
        TypeError: `kind` is no attrs class, or it holds a Secret.
        ModuleNotFoundError: polars is not installed.
    """
    require("polars", "frames")
    import polars as pl  # noqa: PLC0415 - an extra, and heavy

    tables = [to_polars(concatenated(kind, []))]
    tables += [to_polars(columns) for columns in pages_read(pages, kind, within)]
    return pl.concat(tables)


def _series(name: str, kind: ColumnType, values: list[object]) -> pl.Series:
    import polars as pl  # noqa: PLC0415 - an extra, and heavy

    types: dict[ColumnType, pl.DataType] = {
        bool: pl.Boolean(),
        int: pl.Int64(),
        float: pl.Float64(),
        str: pl.String(),
        datetime: pl.Datetime("us", "UTC"),
        date: pl.Date(),
        time: pl.Time(),
    }
    try:
        return pl.Series(name, in_utc(values) if kind is datetime else values, types[kind], strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        # Its words quote the value.
        pass
    raise ValueError(f"column {name!r} holds what no {types[kind]} is, such as a number of over 64 bits")
