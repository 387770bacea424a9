"""`Pages`: a list that a server gives out piece by piece, and the ways to ask for the next piece.

Rules of this file: a way of paging is a pure function from one page to the call for the next, or
None at the end. A server that points back to a page it has given already would be followed
forever; whoever drives Pages notices, since every call is a value that can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar, cast, final

from attrs import frozen

from offwire.errors import DecodeError, RedirectRefused
from offwire.message.response import Response
from offwire.operations.call import Call

P = TypeVar("P")
"""What one page's answer parses to."""
T = TypeVar("T")
"""What the pages hold."""

Items: TypeAlias = Callable[[P], Sequence[T]]
Next: TypeAlias = Callable[[Call[P], P, Response], "Call[P] | None"]


@final
@frozen
class Pages(Generic[T]):
    """All items of a list, fetched page by page as they are asked for.

    Make one with `linked`, `numbered`, `by_offset`, `by_cursor`, or `paged`.
    """

    first: Call[object]
    items: Callable[[object], Sequence[T]]
    following: Callable[[Call[object], object, Response], Call[object] | None]


def paged(first: Call[P], *, items: Items[P, T], following: Next[P]) -> Pages[T]:
    """Pages by a rule of one's own: `following(call, page, response)` is the next call, or None.

    `call` is the one that brought `page`; its URL is absolute.
    """
    # P is known here and to nobody later: a page goes from `first` into `items` and `following` only.
    return Pages(
        cast("Call[object]", first),
        cast("Items[object, T]", items),
        cast("Next[object]", following),
    )


def linked(first: Call[P], *, items: Items[P, T], rel: str = "next") -> Pages[T]:
    """Pages by the Link header (RFC 8288): on to the target whose relation is `rel`.

    Raises while iterating:
        DecodeError: the target is no URL.
        RedirectRefused: it leaves https.
    """
    from offwire.formats.link import link_to  # noqa: PLC0415 - only who pages by it pays

    def following(call: Call[P], _page: P, response: Response) -> Call[P] | None:
        target = link_to(response.headers, rel)
        if target is None:
            return None
        here = call.request.url
        try:
            there = here.join(target)
        except ValueError as error:
            message = f"the Link with rel={rel!r} cannot be followed: {error}"
            raise DecodeError(message=message, status=response.status, response=response) from None
        if here.scheme == "https" and there.scheme != "https":
            raise RedirectRefused(
                message=f"the Link with rel={rel!r} leaves https",
                status=response.status,
                location=str(there),
            )
        return call.with_target(there.text)

    return paged(first, items=items, following=following)


def numbered(
    first: Call[P],
    *,
    items: Items[P, T],
    parameter: str = "page",
    start: int = 1,
    pages: Callable[[P], int | None] | None = None,
) -> Pages[T]:
    """Pages by number: `parameter` counts up from `start`.

    They end at `pages(page)`, the number of pages where the answer tells it, and at an empty page.
    """

    def following(call: Call[P], page: P, _response: Response) -> Call[P] | None:
        number = _number(call, parameter)
        total = None if pages is None else pages(page)
        if not items(page) or (total is not None and number - start + 1 >= total):
            return None
        return call.with_params({parameter: number + 1})

    return paged(first.with_params({parameter: start}), items=items, following=following)


def by_offset(
    first: Call[P],
    *,
    items: Items[P, T],
    limit: int,
    parameter: str = "offset",
    limit_parameter: str = "limit",
    total: Callable[[P], int | None] | None = None,
) -> Pages[T]:
    """Pages by offset: each asks for `limit` items behind those that came.

    They end at `total(page)`, the number of items where the answer tells it, and at an empty page;
    without a total also at a page that is shorter than the ones before it. A first page that is
    shorter than `limit` may be the server's own limit, and not the end: the next ones ask for as
    many as it held.
    """
    if limit < 1:
        raise ValueError(f"limit is the number of items on a page, at least 1, not {limit}")

    def following(call: Call[P], page: P, _response: Response) -> Call[P] | None:
        came = len(items(page))
        offset = _number(call, parameter)
        count = None if total is None else total(page)
        if not came or (count is not None and offset + came >= count):
            return None
        further = call.with_params({parameter: offset + came})
        if count is None and came < _number(call, limit_parameter):
            return None if offset else further.with_params({limit_parameter: came})
        return further

    return paged(first.with_params({parameter: 0, limit_parameter: limit}), items=items, following=following)


def by_cursor(
    first: Call[P], *, items: Items[P, T], cursor: Callable[[P], str | int | None], parameter: str = "cursor"
) -> Pages[T]:
    """Pages by an opaque cursor: `cursor(page)` goes into `parameter`; None or "" ends them."""

    def following(call: Call[P], page: P, _response: Response) -> Call[P] | None:
        value = cursor(page)
        return None if value is None or value == "" else call.with_params({parameter: value})

    return paged(first, items=items, following=following)


def _number(call: Call[P], parameter: str) -> int:
    """What was put there when the call was made."""
    return int(dict(call.request.url.params)[parameter])
