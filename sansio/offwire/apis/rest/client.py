"""`Rest`: get, post and the rest, for any API.

Rules of this file: what is sent is made by pure functions, `rest_call` and `rest_pages`; the class
adds the face of its client to them, and its configuration. An argument that is not known is
refused with a list of those that are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, TypeVar, Unpack, final, overload

from offwire.apis.rest.config import RestConfig, check_seconds
from offwire.apis.rest.paging import Paging, paged_by
from offwire.apis.rest.response import RestResponse, plain, with_data
from offwire.apis.rest.verbs import (
    AsyncPaginate,
    AsyncVerb,
    CallArguments,
    PageArguments,
    PurePaginate,
    PureVerb,
    SyncPaginate,
    SyncVerb,
)
from offwire.message.body import Body
from offwire.message.compiled import Target, compile_target
from offwire.message.query import Scalar, encode_query
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.mode import Async, Client, M, Sync
from offwire.operations.call import Call, Params, make_body
from offwire.operations.expect import DEFAULT_EXPECT, Expect
from offwire.operations.fields import header_fields
from offwire.operations.group import Api
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.paging import Pages
from offwire.timeouts import Timeouts
from offwire.unset import UNSET

if TYPE_CHECKING:
    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import TokenSource

T = TypeVar("T")

_ABSOLUTE: Final = ("/", "http://", "https://")
_CALL_NAMES: Final = ("returns", *CallArguments.__annotations__)
_PAGE_NAMES: Final = ("by", "returns", *PageArguments.__annotations__)


@final
class verb:  # noqa: N801 - it is used like a function
    """A method of `Rest` that sends with one HTTP method, in the face of its client."""

    def __init__(self, method: str) -> None:
        """Make it for `method`, such as GET."""

        def send(rest: Rest[Any], path: str, /, **arguments: Any) -> object:
            return rest._send(method, path, **arguments)

        def make(path: str, /, **arguments: Any) -> object:
            return rest_call(method, path, **arguments)

        self._send = _named(send, method, _CALL_NAMES)
        self._make = _named(make, method, _CALL_NAMES)

    @overload
    def __get__(self, instance: None, owner: type[object]) -> PureVerb: ...
    @overload
    def __get__(self, instance: Rest[Sync], owner: type[object]) -> SyncVerb: ...
    @overload
    def __get__(self, instance: Rest[Async], owner: type[object]) -> AsyncVerb: ...
    def __get__(self, instance: Rest[Any] | None, owner: type[object]) -> Callable[..., object]:
        return self._make if instance is None else MethodType(self._send, instance)


@final
class _AnyVerb:
    """The method of `Rest` that gives the verb of any HTTP method, in the face of its client."""

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Callable[[str], PureVerb]: ...
    @overload
    def __get__(self, instance: Rest[Sync], owner: type[object]) -> Callable[[str], SyncVerb]: ...
    @overload
    def __get__(self, instance: Rest[Async], owner: type[object]) -> Callable[[str], AsyncVerb]: ...
    def __get__(self, instance: Rest[Any] | None, owner: type[object]) -> Callable[[str], object]:
        def request(method: str) -> object:
            """Give the verb of any other method: `rest.request("REPORT")("/path")`."""
            Request(method, "/")  # which refuses what is no method
            return verb(method).__get__(instance, owner)

        return request


@final
class _Paginate:
    """The method of `Rest` that iterates over a list, in the face of its client."""

    def __init__(self) -> None:
        def paginate(rest: Rest[Any], path: str, /, **arguments: Any) -> object:
            return rest._iterate(path, **arguments)

        def make(path: str, /, **arguments: Any) -> object:
            return rest_pages(path, **arguments)

        self._paginate = _named(paginate, "paginate", _PAGE_NAMES)
        self._make = _named(make, "paginate", _PAGE_NAMES)

    @overload
    def __get__(self, instance: None, owner: type[object]) -> PurePaginate: ...
    @overload
    def __get__(self, instance: Rest[Sync], owner: type[object]) -> SyncPaginate: ...
    @overload
    def __get__(self, instance: Rest[Async], owner: type[object]) -> AsyncPaginate: ...
    def __get__(self, instance: Rest[Any] | None, owner: type[object]) -> Callable[..., object]:
        return self._make if instance is None else MethodType(self._paginate, instance)


def _named(function: Callable[..., object], name: str, arguments: Iterable[str]) -> Callable[..., object]:
    """The function with the name and the docstring that `help` shows."""
    function.__name__ = name.lower()
    function.__qualname__ = f"Rest.{name.lower()}"
    what = (
        'Iterate over every item of a list: `rest.paginate("/users", by=ByLink(), returns=User)`.'
        if name == "paginate"
        else f"Send a {name} request: `rest.{name.lower()}(path, returns=User).data`."
    )
    function.__doc__ = f"{what}\n\nIt takes by name: {', '.join(arguments)}."
    return function


class Rest(Api[M]):
    """A client for any JSON-over-HTTP API.

    Every verb takes a path, and by name `params`, `json`, `data`, `files`, `headers`, `timeout`,
    `deadline` and `returns`; see `CallArguments`. It gives a `RestResponse`, whose data is of the
    type that `returns` names, or plain JSON. A status that is no success is an error of its kind.
    On the class, a verb makes the `Call` and sends nothing: `Rest.get("/users")`.
    """

    get: verb = verb("GET")
    head: verb = verb("HEAD")
    options: verb = verb("OPTIONS")
    post: verb = verb("POST")
    put: verb = verb("PUT")
    patch: verb = verb("PATCH")
    delete: verb = verb("DELETE")
    request: _AnyVerb = _AnyVerb()
    """The verb of any other method: `rest.request("REPORT")("/path")`."""
    paginate: _Paginate = _Paginate()
    """Every item of a list: `for user in rest.paginate("/users", by=ByLink(), returns=User)`."""

    def __init__(
        self,
        client: Client[M],
        config: RestConfig,
        *,
        auth: FixedCredential | TokenSource | None = None,
    ) -> None:
        """Bind the configuration to a client.

        Raises:
            ValueError: there are credentials, but the base URL is http to another machine.
        """
        super().__init__(client, base_url=config.base_url, auth=auth, policies=config.policies())
        self._expect = config.expect()

    def _send(self, method: str, path: str, /, **arguments: Any) -> object:
        call = rest_call(method, path, expect=self._expect, **arguments)
        flow = self._engine.perform(call, f"Rest.{method.lower()}", self._options)
        return self._client.run(flow)

    def _iterate(self, path: str, /, **arguments: Any) -> object:
        pages = rest_pages(path, expect=self._expect, **arguments)
        flow = self._engine.paginate(pages, "Rest.paginate", self._options)
        return self._client.iterate(flow)


def rest_call(
    method: str,
    path: str,
    /,
    *,
    returns: type[T] | None = None,
    expect: Expect = DEFAULT_EXPECT,
    **arguments: Unpack[CallArguments],
) -> Call[RestResponse[T]]:
    """The Call of one verb; see `CallArguments` for what it takes.

    Raises:
        TypeError, ValueError: an argument is unknown or cannot be sent; the message names it.
    """
    _check_known(method.lower(), arguments, _CALL_NAMES)
    request = Request(
        method,
        _target(path, arguments.get("path"), arguments.get("params")),
        headers=header_fields(arguments.get("headers") or {}),
        body=_body(arguments),
    )
    kind: type[Any] = Response if returns is None else returns
    call: Call[Any] = Call.of(request, returns=kind, expect=expect, safety=arguments.get("safety"))
    options = Options(
        deadline=arguments.get("deadline"),
        timeouts=_timeouts(arguments.get("timeout")),
        idempotency_key=arguments.get("idempotency_key"),
    )
    if options != NO_OPTIONS:
        call = call.with_options(options)
    read: Callable[[Any, Response], Any] = plain if returns is None else with_data
    return call.mapped(read)


def rest_pages(
    path: str,
    /,
    *,
    by: Paging,
    returns: type[T],
    expect: Expect = DEFAULT_EXPECT,
    **arguments: Unpack[PageArguments],
) -> Pages[T]:
    """The Pages of a list; see `PageArguments` for what it takes.

    Raises:
        TypeError, ValueError: an argument is unknown or cannot be sent; the message names it.
    """
    _check_known("paginate", arguments, _PAGE_NAMES)
    request = Request(
        "GET",
        _target(path, arguments.get("path"), arguments.get("params")),
        headers=header_fields(arguments.get("headers") or {}),
    )
    call = Call.of(request, returns=object, expect=expect)
    return paged_by(by, call, returns, arguments.get("items", "items"), lenient=expect.lenient)


def _check_known(name: str, arguments: Iterable[str], known: tuple[str, ...]) -> None:
    unknown = sorted(set(arguments).difference(known))
    if unknown:
        raise TypeError(f"{name}() takes no {unknown[0]!r}; it takes {', '.join(known)}")


def _timeouts(timeout: float | Timeouts | None) -> Timeouts | None:
    if timeout is None or isinstance(timeout, Timeouts):
        return timeout
    check_seconds("timeout", timeout)
    return Timeouts(connect=timeout, read=timeout, write=timeout)


def _target(path: str, values: Mapping[str, Scalar] | None, params: Params | None) -> Url:
    if not isinstance(path, str):
        raise TypeError(f"a path is a str, such as '/users', not {type(path).__name__}")
    if path and not path.lower().startswith(_ABSOLUTE):
        path = f"/{path}"
    if values or "{" in path:
        path = _compiled(path)(values or {}, {})
    return Url(path).adding_query(encode_query(params or {}))


@lru_cache(maxsize=512)
def _compiled(template: str) -> Target:
    return compile_target(template, ())


def _body(arguments: CallArguments) -> Body | None:
    json, files = arguments.get("json", UNSET), arguments.get("files")
    form, body = arguments.get("data"), arguments.get("body")
    if isinstance(form, str | bytes):
        if body is not None:
            raise ValueError("give one of data and body")
        body, form = _raw(form), None
    elif form is not None and not isinstance(form, Mapping):
        raise TypeError(f"data is a mapping of form fields, str or bytes, not {type(form).__name__}")
    if json is UNSET and form is None and files is None:
        return body
    return make_body(json, form, files, body)


def _raw(data: str | bytes) -> Body:
    if isinstance(data, str):
        return Body(content=data.encode(), content_type="text/plain; charset=utf-8")
    return Body(content=data, content_type="application/octet-stream")
