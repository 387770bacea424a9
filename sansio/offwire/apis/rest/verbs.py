"""The faces of `rest.get(...)` and its siblings, and of `rest.paginate(...)`.

Rules of this file: nothing here runs. A type that depends on an argument (`returns=User`) cannot
pass through the `operation` descriptor, so the faces are written out: one signature for each
mode, shared by all verbs. The names of the arguments are those that calls are checked against.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Protocol, TypedDict, TypeVar, Unpack, overload

from offwire.apis.rest.paging import Paging
from offwire.apis.rest.response import RestResponse
from offwire.json_value import Json
from offwire.message.body import Body
from offwire.message.query import Scalar
from offwire.operations.call import Call, Files, Params
from offwire.operations.paging import Pages
from offwire.safety import Safety
from offwire.timeouts import Timeouts
from offwire.unset import Unset

T = TypeVar("T")


class CallArguments(TypedDict, total=False):
    """What every verb takes beside its path and `returns`.

    None is the same as leaving it out, except in `json`, where it is null.
    """

    path: Mapping[str, Scalar] | None
    """Values for `{name}` in the path, each one quoted segment."""
    params: Params | None
    """Query parameters."""
    headers: Mapping[str, Scalar | Unset | None] | None
    """Header fields; they go before the configured ones."""
    json: object
    """A JSON body: plain data or attrs instances."""
    data: Params | bytes | str | None
    """A form, or text or bytes as they are."""
    files: Files | None
    """Uploads; with `data` as the other fields of the form."""
    body: Body | None
    """A body with a content type of your own."""
    timeout: float | Timeouts | None
    """Seconds that one attempt may be silent."""
    deadline: float | None
    """Seconds for the whole call."""
    idempotency_key: str | None
    """A key that makes the call repeatable, where the server knows such keys."""
    safety: Safety | None
    """What repeating the call does, if the method does not tell."""


class PageArguments(TypedDict, total=False):
    """What `paginate` takes beside its path, `by` and `returns`."""

    path: Mapping[str, Scalar] | None
    """Values for `{name}` in the path, each one quoted segment."""
    params: Params | None
    """Query parameters; those that page are added."""
    headers: Mapping[str, Scalar | Unset | None] | None
    """Header fields; they go before the configured ones."""
    items: str | None
    """The key of the list within each page; "items" unless given, None where the page is the list."""


class SyncVerb(Protocol):
    """A verb that blocks."""

    @overload
    def __call__(
        self, path: str, /, *, returns: type[T], **arguments: Unpack[CallArguments]
    ) -> RestResponse[T]: ...
    @overload
    def __call__(self, path: str, /, **arguments: Unpack[CallArguments]) -> RestResponse[Json]: ...


class AsyncVerb(Protocol):
    """A verb that is awaited."""

    @overload
    async def __call__(
        self, path: str, /, *, returns: type[T], **arguments: Unpack[CallArguments]
    ) -> RestResponse[T]: ...
    @overload
    async def __call__(self, path: str, /, **arguments: Unpack[CallArguments]) -> RestResponse[Json]: ...


class PureVerb(Protocol):
    """A verb without a client: it makes a Call."""

    @overload
    def __call__(
        self, path: str, /, *, returns: type[T], **arguments: Unpack[CallArguments]
    ) -> Call[RestResponse[T]]: ...
    @overload
    def __call__(self, path: str, /, **arguments: Unpack[CallArguments]) -> Call[RestResponse[Json]]: ...


class SyncPaginate(Protocol):
    """`paginate` that blocks."""

    def __call__(
        self, path: str, /, *, by: Paging, returns: type[T], **arguments: Unpack[PageArguments]
    ) -> Iterator[T]:
        """Every item of a list."""
        ...


class AsyncPaginate(Protocol):
    """`paginate` for `async for`."""

    def __call__(
        self, path: str, /, *, by: Paging, returns: type[T], **arguments: Unpack[PageArguments]
    ) -> AsyncIterator[T]:
        """Every item of a list."""
        ...


class PurePaginate(Protocol):
    """`paginate` without a client: it makes Pages."""

    def __call__(
        self, path: str, /, *, by: Paging, returns: type[T], **arguments: Unpack[PageArguments]
    ) -> Pages[T]:
        """Every item of a list."""
        ...
