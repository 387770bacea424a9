"""`paginated`: a list that a server gives out piece by piece, asked for as its items are used up.

Rules of this file: no page is asked for before its items are wanted, and none twice. Where the next
page is may be said relative to where this one is; credentials do not follow to another origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

from attrs import evolve

from offwire.errors import CallError, PagingLoop
from offwire.flow import Emit, Flow
from offwire.layers.redirecting import BOUND_TO_ORIGIN
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.operations.call import Call
from offwire.operations.paging import Pages

T = TypeVar("T")
Perform: TypeAlias = Callable[[Call[Any]], Flow[Any]]
"""Makes the flow of one call."""


def paginated(
    pages: Pages[T], operation: str, perform: Perform, resolved: Callable[[Url], Url]
) -> Flow[None]:
    """The flow of a paged list: it emits a page's items, and asks for the next when they are used up.

    Args:
        pages: the list.
        operation: its name, for errors.
        perform: how each page is asked for.
        resolved: makes a URL absolute, as seen from the API's base.

    Raises:
        CallError: as `perform` does.
        PagingLoop: the server points to a page that it has given already.
    """
    following: Call[object] | None = pages.first
    origin = resolved(pages.first.request.url).origin
    asked: set[Request] = set()
    while following is not None:
        # Where the next page is may be said relative to where this one is.
        call = following.with_target(resolved(following.request.url).text)
        if call.request.url.origin != origin:
            call = _without_credentials(call)
        if call.request in asked:
            raise PagingLoop(
                message="the server points to a page that it has given already",
                operation=operation,
                method=call.request.method,
                url=str(call.request.url),
            )
        asked.add(call.request)
        response, page = yield from perform(call.mapped(_with_response))
        with _of_page(call, operation):
            items = pages.items(page)
        if items:
            yield Emit(items)
        with _of_page(call, operation):
            following = pages.following(call, page, response)


def _without_credentials(call: Call[T]) -> Call[T]:
    """The call as it may go to another origin than its caller has named."""
    headers = call.request.headers.without(*BOUND_TO_ORIGIN)
    return evolve(call, request=evolve(call.request, headers=headers))


@contextmanager
def _of_page(call: Call[object], operation: str) -> Iterator[None]:
    """Have what goes wrong with a page say which one it was."""
    try:
        yield
    except CallError as error:
        failure = error.with_facts(
            operation=operation, method=call.request.method, url=str(call.request.url), attempts=1
        )
    else:
        return
    raise failure


def _with_response(page: T, response: Response) -> tuple[Response, T]:
    return response, page
