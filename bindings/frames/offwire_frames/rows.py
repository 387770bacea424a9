"""What tables are made of, whichever library holds them.

Rules of this file: a library that is not installed is told of by the extra that brings it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, TypeVar

from offwire.formats.columns import Columns, columns_of, concatenated
from offwire.formats.document import read_document

T = TypeVar("T")


def columns_from(rows: Columns[T] | Iterable[Columns[T]] | Iterable[T], kind: type[T] | None) -> Columns[T]:
    """Rows by column; of objects the class is that of the first one, unless `kind` says it.

    Raises:
        ValueError: there are no rows, and `kind` does not say of which class they would be.
        TypeError: a row is of another class, which has to be an attrs class without Secrets.
    """
    if isinstance(rows, Columns):
        return rows
    given: list[Any] = list(rows)
    if kind is None and not given:
        raise ValueError("there are no rows: pass kind=, the class of a row, to have an empty table")
    others = [each for each in given if not isinstance(each, Columns)]
    if len(others) == len(given):
        return columns_of(kind or type(given[0]), given)
    if others:
        raise TypeError(f"among the Columns is a {type(others[0]).__name__}: give Columns, or rows")
    parts: list[Columns[T]] = given
    return concatenated(kind or parts[0].kind, parts)


def require(library: str, extra: str) -> None:
    """Load the library of that name.

    Raises:
        ModuleNotFoundError: it is not installed; the message names the extra that brings it.
    """
    try:
        import_module(library)
    except ImportError:
        raise ModuleNotFoundError(
            f"a table of {library} needs {library}: pip install 'offwire[{extra}]'", name=library
        ) from None


def pages_read(pages: Iterable[bytes], kind: type[T], within: tuple[str, ...]) -> Iterator[Columns[T]]:
    """The columns of each page, which is a JSON document with rows of `kind` at `within`.

    Raises:
        DecodeError: a page is no JSON, has nothing at `within`, or its rows do not fit.
        TypeError: `kind` is no attrs class, or it holds a Secret; or `pages` is one document, or
            `within` one key.
    """
    # Both are iterable, and would be taken apart into numbers and letters.
    documents: object = pages
    keys: object = within
    if isinstance(documents, str | bytes | bytearray):
        raise TypeError(f"pages are several documents, such as [page], not a {type(documents).__name__}")
    if isinstance(keys, str):
        raise TypeError(f"within are keys, such as ({keys!r},), not a str")
    columns: Any = Columns
    for page in pages:
        yield read_document(page, columns[kind], within=within)


def in_utc(moments: Iterable[object]) -> list[object]:
    """Datetimes as those of one time zone, as a column has to have; without an offset they are UTC."""
    return [
        each if not isinstance(each, datetime)
        else each.replace(tzinfo=UTC) if each.tzinfo is None
        else each.astimezone(UTC)
        for each in moments
    ]  # fmt: skip
