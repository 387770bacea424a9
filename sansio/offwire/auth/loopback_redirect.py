"""What a program answers on the loopback address while it waits for a redirect (RFC 8252 section 7.3).

Rules of this file: only the right redirect ends the wait; a browser also asks for icons, looks
ahead and tries again, and other programs and pages may ask for anything. What is answered is
fixed text, which reflects nothing of the request, may load nothing, and is kept by nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from offwire.errors import SignInFailed, StrayRedirect
from offwire.message.headers import Headers
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.secret import Secret

if TYPE_CHECKING:
    from attrs import Attribute

    from offwire.auth.authorization_code import Authorization

_HOSTS: Final = {"127.0.0.1": "127.0.0.1", "::1": "::1", "localhost": "127.0.0.1"}
_HIGHEST_PORT: Final = 65_535
_HEADERS: Final = Headers(
    {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Connection": "close",
    }
)


def _host(_instance: object, _attribute: Attribute[str], value: str) -> None:
    if value not in _HOSTS:
        raise ValueError(f"a redirect to this program has the host {', '.join(_HOSTS)}, not {value!r}")


def _port(_instance: object, _attribute: Attribute[int], value: int) -> None:
    if not 0 <= value <= _HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0, which has the system choose one, not {value!r}")


@frozen(kw_only=True)
class LoopbackAddress:
    """Where to listen for the redirect.

    The default suits servers that keep to RFC 8252, and so let a program on a user's machine have
    any port; for others, say what is registered there.

    Raises at birth:
        ValueError: the host is not this machine's, the port is none, or the path has no slash.
    """

    host: str = field(default="127.0.0.1", validator=_host)
    """`127.0.0.1`, `::1`, or where the server demands it `localhost`."""
    port: int = field(default=0, validator=_port)
    """0 has the system choose one."""
    path: str = "/"

    def __attrs_post_init__(self) -> None:
        if not self.path.startswith("/") or "?" in self.path or "#" in self.path:
            raise ValueError("the path of a redirect begins with a slash, and has neither ? nor #")
        if self.path != Url(self.path).text:
            raise ValueError("the path of a redirect is percent-encoded ASCII")

    @property
    def bound_host(self) -> str:
        """The IP address to listen at: never one that other machines can reach."""
        return _HOSTS[self.host]

    def redirect_uri(self, port: int) -> str:
        """The address for the authorization server; `port` is the one that is listened at."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}{self.path}"


class LoopbackRedirect:
    """The wait for one redirect, as a machine: requests in, answers out, until there is an `outcome`.

    The caller owes that each request on the loopback address is answered by `answer`, also those
    that come after the outcome until it has stopped listening.
    """

    __slots__ = ("_authorization", "_outcome", "_path")

    def __init__(self, authorization: Authorization) -> None:
        """Wait for the redirect of `authorization`."""
        self._authorization = authorization
        self._path = Url(authorization.redirect_uri).path
        self._outcome: Secret | SignInFailed | None = None

    @property
    def outcome(self) -> Secret | SignInFailed | None:
        """The code, or why there is none; None while it is waited for."""
        return self._outcome

    def answer(self, method: str, target: str, headers: Headers) -> Response:
        """What to answer to a request for `target`, a path and query. Look at `outcome` afterwards."""
        page = self._answer(method, target, headers)
        if method == "HEAD":  # has the header fields only (RFC 9110 section 9.3.2)
            return Response(page.status, headers=page.headers)
        return page

    def _answer(self, method: str, target: str, headers: Headers) -> Response:
        if target.partition("?")[0] != self._path:
            return _page(404, "Not found", "There is nothing here.")
        if method != "GET":
            return _page(405, "Not allowed", "This page can only be looked at.", allow="GET")
        if "prefetch" in f"{headers.get('sec-purpose')} {headers.get('purpose')}".lower():
            # The browser guesses: it comes again when the user is sent here in earnest.
            return _page(400, "Not yet", "This page cannot be fetched ahead.")
        if self._outcome is not None:
            return _page(400, "Over", "This sign-in has ended. You can close this window.")
        try:
            self._outcome = self._authorization.read(target)
        except StrayRedirect:
            return _page(400, "Not this sign-in", "This does not belong to the sign-in that is under way.")
        except SignInFailed as failure:
            self._outcome = failure.with_facts()  # without the frames that its traceback holds
            return _page(400, "Not signed in", "You are not signed in. You can close this window.")
        return _page(200, "Signed in", "You are signed in. You can close this window.")


def unreadable() -> Response:
    """The answer to what is no HTTP request."""
    return _page(400, "Bad request", "This is no request that can be read.")


def _page(status: int, title: str, text: str, *, allow: str | None = None) -> Response:
    content = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><p>{text}</p></body></html>\n"
    ).encode()
    more = {"Content-Length": str(len(content))} | ({"Allow": allow} if allow else {})
    return Response(status, headers=_HEADERS.replacing(more), content=content)
