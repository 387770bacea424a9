"""`Request`: what is to be sent, whole and checked, before anybody knows how.

Rules of this file: a Request is a value. A layer that wants another one makes it with
`attrs.evolve` or one of the methods here; nobody changes the one that it was given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from offwire.message.body import Body
from offwire.message.headers import NO_HEADERS, HeaderPairs, Headers, HeadersInput
from offwire.message.url import Url

if TYPE_CHECKING:
    from attrs import Attribute

_METHOD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Z]+"
KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


def _method(value: str) -> str:
    if value not in KNOWN_METHODS and not re.fullmatch(_METHOD, value):
        raise ValueError(f"a method is an upper-case token such as GET, not {value!r}")
    return value


def _url(value: Url | str) -> Url:
    return value if isinstance(value, Url) else Url(value)


def _headers(value: HeadersInput) -> Headers:
    headers = value if isinstance(value, Headers) else Headers(value)
    if sum([name.lower() == "content-type" for name, _ in headers.pairs()]) > 1:
        raise ValueError("a request has one Content-Type: give it once")
    return headers


def _body(_instance: object, _attribute: Attribute[Body | None], value: Body | None) -> None:
    if value is not None and not isinstance(value, Body):
        raise TypeError(f"a request's body is a Body or None, not {type(value).__name__}")


@frozen(weakref_slot=False)
class Request:
    """One HTTP request. `Request("GET", "/users/7", headers={"Accept": "application/json"})`.

    Raises at birth:
        TypeError: a part is of the wrong type.
        ValueError: the method is no token, the URL or a header cannot go onto the wire, or more
            than one Content-Type is given.
    """

    method: str = field(converter=_method)
    url: Url = field(converter=_url)
    headers: Headers = field(default=NO_HEADERS, converter=_headers, kw_only=True)
    body: Body | None = field(default=None, validator=_body, kw_only=True)

    def fields(self) -> HeaderPairs:
        """The header fields for the wire, with the body's Content-Type where none is given.

        A Content-Type among the headers takes the place of the body's own. Host and
        Content-Length are the wire's to add.
        """
        body = self.body
        pairs = self.headers.pairs()
        if body is None or body.content_type is None or "content-type" in self.headers:
            return pairs
        return (*pairs, ("Content-Type", body.content_type))

    def with_headers(self, fields: HeadersInput) -> Request:
        """This request, where each name in `fields` takes the place of all of the same name.

        Raises:
            TypeError, ValueError: a field cannot go onto the wire; see `Headers`.
        """
        return made(self.method, self.url, _headers(self.headers.replacing(fields)), self.body)

    def with_url(self, url: Url) -> Request:
        """This request to another place."""
        return made(self.method, url, self.headers, self.body)


class RequestDraft:
    """A Request that can still be written to: it has the same slots, in the same order."""

    __slots__ = ("method", "url", "headers", "body")  # noqa: RUF023 - the order is Request's


def made(method: str, url: Url, headers: Headers, body: Body | None) -> Request:
    """A Request from parts that have been checked, at a third of the constructor's price.

    Every call makes two or three. A frozen class sets each field through a function; a draft is
    filled in directly, and becomes a Request when it is done.

    The caller owes that `headers` holds at most one Content-Type.
    """
    draft: Any = RequestDraft()
    draft.method = method
    draft.url = url
    draft.headers = headers
    draft.body = body
    draft.__class__ = Request
    request: Request = draft
    return request
