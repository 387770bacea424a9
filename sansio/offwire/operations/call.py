"""`Call`: one operation with its arguments: a request, and what its answer means.

Rules of this file: making a Call and parsing an answer are pure. What can be known of an
operation before its arguments are known (the template taken apart, the names quoted, the answer's
type) is worked out once for each shape and kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    Generic,
    TypeAlias,
    TypeVar,
    cast,
    final,
    get_origin,
    overload,
)

from attrs import evolve, field, frozen

from offwire.message.body import Body
from offwire.message.query import QueryValue, Scalar, encode_query
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.operations.building import Build, compile_request
from offwire.operations.expect import DEFAULT_EXPECT, Expect, is_status
from offwire.operations.fields import check_mapping
from offwire.operations.meaning import Meaning
from offwire.operations.options import NO_OPTIONS, Options
from offwire.safety import Safety, safety_of
from offwire.unset import UNSET, Unset

if TYPE_CHECKING:
    from offwire.formats.multipart import File

T = TypeVar("T")
L = TypeVar("L")
U = TypeVar("U")

Params: TypeAlias = Mapping[str, QueryValue]
"""Query parameters or form fields by name."""
Files: TypeAlias = "Mapping[str, File | Sequence[File]]"
"""What to upload, by the form field's name."""

_KEPT_SHAPES: Final = 2048
"""Shapes kept for each method; a program has fewer, unless it makes parameter names at run time."""


@final
@frozen(weakref_slot=False)
class Call(Generic[T]):
    """What to send, and how to read what comes back. `Call.get("/users/{id}", path={"id": 7})`.

    A Call is a value without a client: look at `request`, hand a `Response` to `parse`.
    """

    request: Request
    """Its URL is relative to the API's base URL, or absolute."""
    meaning: Meaning[T] = field(repr=False, eq=False)
    overrides: Options = field(default=NO_OPTIONS, repr=False)
    """What this call wants otherwise than the API's policies say."""

    get: ClassVar[Verb]
    head: ClassVar[Verb]
    options: ClassVar[Verb]
    post: ClassVar[Verb]
    put: ClassVar[Verb]
    patch: ClassVar[Verb]
    delete: ClassVar[Verb]

    @property
    def safety(self) -> Safety:
        """What repeating the request does."""
        return self.meaning.safety

    def parse(self, response: Response) -> T:
        """The result that `response` stands for.

        Raises:
            StatusError: its status is none of the declared ones.
            DecodeError: its body is not what is declared; the error's path says where.
        """
        return self.meaning.read(response, self.request)

    def or_none(self, *statuses: int) -> Call[T | None]:
        """The same call, for which these statuses mean that there is nothing: `or_none(404)`.

        Raises:
            ValueError: there is none, or one is no status.
        """
        return Call(self.request, self.meaning.but(none_at=_checked_statuses(statuses)), self.overrides)

    def or_empty(self: Call[list[L]], *statuses: int) -> Call[list[L]]:
        """The same call for a list, for which these statuses mean the empty one: `or_empty(404)`.

        Raises:
            TypeError: the call does not return a list.
            ValueError: there is no status, or one is none.
        """
        meaning = self.meaning
        if not meaning.mappings and meaning.returns is not list and get_origin(meaning.returns) is not list:
            raise TypeError("or_empty is for calls that return a list; use or_none for others")
        return Call(self.request, meaning.but(empty_at=_checked_statuses(statuses)), self.overrides)

    def mapped(self, function: Callable[[T, Response], U]) -> Call[U]:
        """The same call, whose result goes through the pure `function(result, response)`.

        For envelopes (`lambda page, _: page.data`), and for results that hold header fields too.
        What `or_none` declared before goes through it as well; what it declares later does not.
        """
        return Call(self.request, self.meaning.but(mappings=(function,)), self.overrides)

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        returns: type[U],
        expect: Expect = DEFAULT_EXPECT,
        safety: Safety | None = None,
    ) -> Call[U]:
        """A call out of a request that is made already. The verbs are the better way, where they do.

        Raises:
            TypeError: `returns` is a union, or the name of a type.
        """
        meaning: Meaning[U] = Meaning(returns, expect, safety or safety_of(request.method))
        return cast("Call[U]", Call(request, meaning))

    def with_options(self, options: Options) -> Call[T]:
        """The same call with `options` over its own."""
        return evolve(self, overrides=options.over(self.overrides))

    def with_params(self, params: Params) -> Call[T]:
        """The same call, where each parameter in `params` takes the place of all of its name.

        UNSET and None leave it out. Names are compared as they are meant, however they are encoded.

        Raises:
            TypeError, ValueError: a parameter cannot be sent; the message names it.
        """
        url = self.request.url
        added = [each for each in encode_query(params).split("&") if each]
        replaced = {*params, *map(_name_of, added)}
        kept = [each for each in url.query.split("&") if each and _name_of(each) not in replaced]
        return evolve(self, request=self.request.with_url(url.with_query("&".join(kept + added))))

    def with_target(self, url: str) -> Call[T]:
        """The same call to another URL, such as the next page's; absolute or relative.

        Raises:
            TypeError, ValueError: it is no URL; see `Url`.
        """
        return evolve(self, request=self.request.with_url(Url(url)))


_Shape: TypeAlias = tuple[Build, Meaning[Any]]
"""What is worked out once: how requests are built, and what answers mean."""


@final
class Verb:
    """Makes Calls of one method."""

    __slots__ = ("_method", "_safety", "_shapes")

    def __init__(self, method: str) -> None:
        self._method = method
        self._safety = safety_of(method)
        self._shapes: dict[object, _Shape] = {}

    @overload
    def __call__(
        self,
        template: str,
        *,
        path: Mapping[str, Scalar] = ...,
        query: Params | None = None,
        headers: Mapping[str, Scalar | Unset | None] | None = None,
        json: object = UNSET,
        form: Params | None = None,
        files: Files | None = None,
        body: Body | None = None,
        returns: None = None,
        expect: Expect = ...,
        safety: Safety | None = None,
    ) -> Call[None]: ...
    @overload
    def __call__(
        self,
        template: str,
        *,
        path: Mapping[str, Scalar] = ...,
        query: Params | None = None,
        headers: Mapping[str, Scalar | Unset | None] | None = None,
        json: object = UNSET,
        form: Params | None = None,
        files: Files | None = None,
        body: Body | None = None,
        returns: type[T],
        expect: Expect = ...,
        safety: Safety | None = None,
    ) -> Call[T]: ...
    def __call__(
        self,
        template: str,
        *,
        path: Mapping[str, Scalar] | None = None,
        query: Params | None = None,
        headers: Mapping[str, Scalar | Unset | None] | None = None,
        json: object = UNSET,
        form: Params | None = None,
        files: Files | None = None,
        body: Body | None = None,
        returns: type[Any] | None = None,
        expect: Expect = DEFAULT_EXPECT,
        safety: Safety | None = None,
    ) -> Call[Any]:
        """A call of this method.

        `template` is a path below the API's base URL that starts with `/`, or empty for that URL
        itself, or an absolute URL, with `{name}` for each entry of `path`; a path value is one
        segment, whatever it holds. `query` and `headers` leave out what is UNSET or None. At most
        one of `json`, `form` (multipart where there are `files`) and `body` is given; in `json`
        UNSET leaves a field out, and None is null.
        `returns` is the answer's type: an attrs class, `list[User]`, `bytes`, `str`, `object` for
        plain JSON data, or `Response`; without it the answer's body is not looked at.

        Raises:
            TypeError, ValueError: an argument cannot be sent; the message names it.
        """
        # By the identity of `expect`, since its hash is dear; the shape keeps it alive.
        if headers is None:
            key = (template, returns, id(expect), safety, *(query or ()))
        else:
            if type(headers) is not dict:
                check_mapping(headers)
            key = (template, returns, id(expect), safety, *(query or ()), None, *headers)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shaped(key, template, query, headers, returns, expect, safety)
        build, meaning = shape
        if json is not UNSET or form is not None or files is not None:
            body = make_body(json, form, files, body)
        elif body is not None and not isinstance(body, Body):
            raise TypeError(f"body is a Body, such as Body(content=data), not {type(body).__name__}")
        return _call(build(path or _NOTHING, query or _NOTHING, headers, body), meaning)

    def _shaped(
        self,
        key: object,
        template: str,
        query: Params | None,
        headers: Mapping[str, Scalar | Unset | None] | None,
        returns: type[Any] | None,
        expect: Expect,
        safety: Safety | None,
    ) -> _Shape:
        if template.__class__ is not str or template[:1] != "/":
            _check_start(template)
        names = None if headers is None else tuple(headers)
        build = compile_request(self._method, template, tuple(query or ()), names)
        meaning: Meaning[Any] = Meaning(returns, expect, safety or self._safety)
        if len(self._shapes) >= _KEPT_SHAPES:
            self._shapes.clear()
        self._shapes[key] = shape = (build, meaning)
        return shape


_NOTHING: Final[Mapping[str, Any]] = {}
_ABSOLUTE: Final = r"(?i)https?://[^/?{}]+(?:[/?]|$)"


def _check_start(template: str) -> None:
    """See that a template which is no path begins with a whole origin, or is empty."""
    if not isinstance(template, str):
        raise TypeError(f"a template is a str, such as '/users/{{id}}', not {type(template).__name__}")
    if not template:
        return
    if not re.match(_ABSOLUTE, template):
        raise ValueError(
            "a template starts with '/', or with 'https://' and a host that is written out, "
            f"not as {template.partition('?')[0]!r} does"
        )
    Url(template.partition("{")[0])


class _Draft(Generic[T]):  # generic, since only classes of the same bases may change into each other
    """A Call that can still be written to; see `offwire.message.request.made`."""

    __slots__ = ("request", "meaning", "overrides")  # noqa: RUF023 - the order is Call's


def _call(request: Request, meaning: Meaning[T]) -> Call[T]:
    """A Call without the constructor's price, which a compiled builder would notice."""
    draft: Any = _Draft()
    draft.request = request
    draft.meaning = meaning
    draft.overrides = NO_OPTIONS
    draft.__class__ = Call
    call: Call[T] = draft
    return call


def _checked_statuses(statuses: tuple[int, ...]) -> tuple[int, ...]:
    if not statuses or not all(map(is_status, statuses)):
        raise ValueError(f"name the statuses that mean nothing, such as 404, not {statuses!r}")
    return statuses


def _name_of(pair: str) -> str:
    """What the name in an encoded parameter means; both ways to write a space are in use."""
    from urllib.parse import unquote_plus  # noqa: PLC0415 - for paging, not for every start

    return unquote_plus(pair.partition("=")[0])


def make_body(json: object, form: Params | None, files: Files | None, body: Body | None) -> Body:
    """The one body that is given; `form` with `files`, or `files` alone, is multipart.

    Raises:
        TypeError: something in it is of a kind that cannot be sent.
        ValueError: none or more than one is given, or something in it cannot be sent.
    """
    given = (json is not UNSET) + (form is not None or files is not None) + (body is not None)
    if given != 1:
        raise ValueError("give one of json, form (with or without files) and body")
    if files is not None:
        from offwire.formats.multipart import multipart_body  # noqa: PLC0415 - only uploads pay

        return multipart_body(form or {}, files)
    if form is not None:
        from offwire.formats.forms import encode_form_body  # noqa: PLC0415 - only forms pay

        return encode_form_body(form)
    if body is not None:
        return body
    return _json_body()(json)


@cache
def _json_body() -> Callable[[object], Body]:
    """`json_body`, loaded by the first JSON body; even to look up a loaded module costs a while."""
    from offwire.formats.json import json_body  # noqa: PLC0415 - only JSON bodies pay

    return json_body


Call.get = Verb("GET")
Call.head = Verb("HEAD")
Call.options = Verb("OPTIONS")
Call.post = Verb("POST")
Call.put = Verb("PUT")
Call.patch = Verb("PATCH")
Call.delete = Verb("DELETE")
