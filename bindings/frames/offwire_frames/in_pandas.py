"""Tables of pandas.

| a column of | is |
|---|---|
| bool, int, float, str | boolean, Int64, Float64, string, which know NA |
| datetime | datetime64[us, UTC] |
| date, time | object, for want of a type of pandas' own |

Rules of this file: nothing is inferred from values, and a value that its type cannot hold is an
error. A datetime without an offset is taken as UTC, since a column has one zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from offwire.formats.columns import Columns, ColumnType, concatenated
from offwire_frames.rows import columns_from, in_utc, pages_read, require

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

_TYPES: Final[dict[ColumnType, str]] = {
    bool: "boolean",
    int: "Int64",
    float: "Float64",
    str: "string",
    datetime: "datetime64[us, UTC]",
    date: "object",
    time: "object",
}


@overload
def to_pandas(rows: Columns[T] | Iterable[Columns[T]], kind: type[T] | None = None) -> pd.DataFrame: ...
@overload
def to_pandas(rows: Iterable[T], kind: type[T] | None = None) -> pd.DataFrame: ...
def to_pandas(
    rows: Columns[T] | Iterable[Columns[T]] | Iterable[T], kind: type[T] | None = None
) -> pd.DataFrame:
    """A table of columns, or of objects of an attrs class, which is `kind` or that of the first one.

    Several Columns are put together, as those of the pages of a list.

    Raises:
        ValueError: there are no rows and no `kind`, or a number has more than 64 bits.
        TypeError: a row is not of the class, or that is no attrs class, or it holds a Secret.
        ModuleNotFoundError: pandas is not installed.
    """
    require("pandas", "pandas")
    import pandas as pd  # noqa: PLC0415 - an extra, and heavy

    columns = columns_from(rows, kind)
    data = {name: _array(name, each, columns.data[name]) for name, each in columns.schema.items()}
    return pd.DataFrame(data, index=pd.RangeIndex(columns.rows))


def pandas_frame(pages: Iterable[bytes], kind: type[T], *, within: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table of all rows of all pages, which are JSON documents.

    `within` are the keys that lead to a page's rows, such as `("data", "reportData", "report",
    "events", "data")`. No object is made for a row. Without pages the table is empty, and has the
    same columns.

    Raises:
        DecodeError: a page is no JSON, has nothing at `within`, or its rows do not fit.
        ValueError: a number has more than 64 bits.
        TypeError: `kind` is no attrs class, or it holds a Secret.
        ModuleNotFoundError: pandas is not installed.
    """
    require("pandas", "pandas")
    return to_pandas(concatenated(kind, pages_read(pages, kind, within)))


def _array(name: str, kind: ColumnType, values: list[object]) -> Any:
    import pandas as pd  # noqa: PLC0415 - an extra, and heavy

    try:
        given: Any = in_utc(values) if kind is datetime else values
        return pd.array(given, dtype=_TYPES[kind])
    except (TypeError, ValueError, OverflowError):
        # Its words quote the value.
        pass
    raise ValueError(f"column {name!r} holds what no {_TYPES[kind]} is, such as a number of over 64 bits")
