"""How a server gives out a list piece by piece, as values: for `rest.paginate(by=...)`.

Rules of this file: a page is read once, where every answer is read, so that what is wrong with it
is an error of that call; its path is that within the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, assert_never

from attrs import field, frozen

from offwire.bounds import count
from offwire.errors import DecodeError
from offwire.formats.mismatch import kind_of
from offwire.formats.path import path_text
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.paging import Pages, by_cursor, by_offset, linked, numbered

if TYPE_CHECKING:
    from attrs import Attribute

T = TypeVar("T")


def _name(instance: object, attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{type(instance).__name__}.{attribute.name} is a name, not {value!r}")


def _key(instance: object, attribute: Attribute[str | None], value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        raise ValueError(f"{type(instance).__name__}.{attribute.name} is a key or None, not {value!r}")


@frozen(kw_only=True)
class ByLink:
    """The Link header names the next page (RFC 8288)."""

    rel: str = field(default="next", validator=_name)


@frozen(kw_only=True)
class ByPage:
    """Pages have numbers."""

    parameter: str = field(default="page", validator=_name)
    start: int = field(default=1, validator=count(0))
    total_pages: str | None = field(default=None, validator=_key)
    """The key in each page that tells how many pages there are; without it an empty page is the end."""


@frozen(kw_only=True)
class ByOffset:
    """Each page begins at an offset."""

    limit: int = field(default=100, validator=count(1))
    parameter: str = field(default="offset", validator=_name)
    limit_parameter: str = field(default="limit", validator=_name)
    total: str | None = field(default=None, validator=_key)
    """The key in each page that tells how many items there are; without it a short page is the end."""


@frozen(kw_only=True)
class ByCursor:
    """Each page holds the cursor of the next."""

    key: str = field(default="next_cursor", validator=_name)
    parameter: str = field(default="cursor", validator=_name)


Paging: TypeAlias = ByLink | ByPage | ByOffset | ByCursor


@frozen
class _Page(Generic[T]):
    items: list[T]
    total: int | None = None
    cursor: str | int | None = None


def paged_by(
    by: Paging, first: Call[object], returns: type[T], items: str | None, *, lenient: bool = False
) -> Pages[T]:
    """The pages of a list whose page is plain JSON, and holds the list at the key `items`.

    With `items=None` the page is the list.

    Raises:
        TypeError: `by` is no way of paging, or `items` no key.
    """
    _check(by, items)
    total = by.total_pages if isinstance(by, ByPage) else by.total if isinstance(by, ByOffset) else None

    def read(page: object, response: Response) -> _Page[T]:
        try:
            found = page if items is None else _at(page, items)
            kind: type[list[T]] = list[returns]  # type: ignore[valid-type]
            return _Page(
                _structured([] if found is None else found, kind, items, lenient=lenient),
                total=_total(page, total, lenient=lenient),
                cursor=_cursor(page, by.key) if isinstance(by, ByCursor) else None,
            )
        except DecodeError as error:
            raise error.with_facts(status=response.status, response=response) from None

    call = first.mapped(read)
    match by:
        case ByLink():
            return linked(call, items=_items, rel=by.rel)
        case ByPage():
            return numbered(call, items=_items, parameter=by.parameter, start=by.start, pages=_total_of)
        case ByOffset():
            return by_offset(
                call,
                items=_items,
                limit=by.limit,
                parameter=by.parameter,
                limit_parameter=by.limit_parameter,
                total=_total_of,
            )
        case ByCursor():
            return by_cursor(call, items=_items, cursor=_cursor_of, parameter=by.parameter)
        case _:
            assert_never(by)


def _check(by: object, items: object) -> None:
    if not isinstance(by, ByLink | ByPage | ByOffset | ByCursor):
        raise TypeError(f"by is a ByLink(), ByPage(), ByOffset() or ByCursor(), not {by!r}")
    if items is not None and not isinstance(items, str):
        raise TypeError(f"items is a key, or None where the page is the list, not {items!r}")


def _items(page: _Page[T]) -> list[T]:
    return page.items


def _total_of(page: _Page[T]) -> int | None:
    return page.total


def _cursor_of(page: _Page[T]) -> str | int | None:
    return page.cursor


def _at(page: object, key: str) -> object:
    """What a page holds at `key`."""
    path = path_text((key,))
    if not isinstance(page, Mapping):
        raise DecodeError(message=f"there is no {path}: the page is {kind_of(page)}", path=path)
    if key not in page:
        raise DecodeError(message=f"there is no {path}: say under which key the pages have it", path=path)
    found: object = page[key]
    return found


def _structured(data: object, kind: type[T], key: str | None, *, lenient: bool) -> T:
    """What stands at `key` as a `kind`; an error's path begins at the page."""
    from offwire.formats.structure import structure  # noqa: PLC0415 - reading loads what building need not

    try:
        return structure(data, kind, lenient=lenient)
    except DecodeError as error:
        if key is None:
            raise
        path = path_text((key,)) + error.path.removeprefix("$")
        message = path + error.message.removeprefix(error.path)
        raise error.with_facts(message=message, path=path) from None


def _total(page: object, key: str | None, *, lenient: bool) -> int | None:
    if key is None:
        return None
    found = _at(page, key)
    return None if found is None else _structured(found, int, key, lenient=lenient)


def _cursor(page: object, key: str) -> str | int | None:
    found = page.get(key) if isinstance(page, Mapping) else _at(page, key)
    if found is None or (isinstance(found, str | int) and not isinstance(found, bool)):
        return found
    path = path_text((key,))
    raise DecodeError(message=f"{path} should be text or a whole number, for a cursor", path=path)
