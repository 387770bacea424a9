"""`Addressing`: how a call's request becomes one to its API: absolute, with the API's fields and key.

Rules of this file: credentials are bound to their origin. A request elsewhere gets neither them nor
the fields that may hold some. A field of the call takes the place of the API's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offwire.context import Context
from offwire.layers.redirecting import BOUND_TO_ORIGIN
from offwire.message.headers import Headers
from offwire.message.request import Request, made
from offwire.message.url import Url, placed
from offwire.operations.options import NO_OPTIONS, Options
from offwire.policies import IdempotencyPolicy
from offwire.safety import Safety

if TYPE_CHECKING:
    from random import Random

    from offwire.auth.credentials import FixedCredential


class Addressing:
    """Where the requests of one API go, and what they all have."""

    __slots__ = ("_elsewhere", "_folder", "_keys", "_own", "_query", "_random", "base", "headers", "is_plain")

    def __init__(
        self,
        base: Url,
        headers: Headers,
        fixed: FixedCredential | None,
        keys: IdempotencyPolicy | None,
        random: Random,
    ) -> None:
        """Send to `base`, as `base_url` makes it.

        Args:
            base: what paths are relative to.
            headers: the fields of every request.
            fixed: a credential that is known, and needs no sign-in.
            keys: whether requests get a key by which they can be repeated.
            random: the source of keys.
        """
        self.base: Url = base
        self._folder = Url(f"{base.text}/")
        self._own = headers
        self._elsewhere = headers.without(*BOUND_TO_ORIGIN)
        self.headers: Headers = headers
        """The fields of requests to the API, with the fixed credential's."""
        if fixed is not None:
            self.headers = headers.replacing(Headers.of_checked(fixed.header_pairs()))
        self._query = "" if fixed is None else fixed.query_text()
        self._keys = keys
        self._random = random
        self.is_plain: bool = not self._query and keys is None
        """Whether requests to the API get `headers`, and nothing else."""

    def resolved(self, url: Url) -> Url:
        """`url` as an absolute one; a relative one goes below the base URL."""
        text = url.text
        if text[:1] == "/":
            return placed(self.base.origin, self.base.text + text)
        if url.is_absolute or text[:1] in ("", "?"):
            return self.base.join(text)
        return self._folder.join(text)

    def addressed(self, request: Request, context: Context, options: Options) -> Request:
        """The request as it is sent; what it means for the call is written into `context`."""
        url, own, headers = self.resolved(request.url), options.headers, self.headers
        if self.is_plain and options is NO_OPTIONS and url.origin == self.base.origin:
            return made(request.method, url, headers.replacing(request.headers), request.body)
        if url.origin != self.base.origin:
            headers, own = self._elsewhere, own.without(*BOUND_TO_ORIGIN)
            context.secrets = ()
        elif self._query:
            url = self._with_keys(url)
        headers = headers.replacing(own).replacing(request.headers)
        if self._keys is not None or options.idempotency_key is not None:
            headers = self._keyed(request.method, headers, context, options)
        if options.priority is not None or options.flow is not None:
            from offwire.state.line import Place  # noqa: PLC0415 - only such calls pay

            context.place = Place(options.priority or 0, options.flow or "")
        return made(request.method, url, headers, request.body)

    def without_credentials(self, request: Request) -> Request:
        """The request as a sign-in sends it: absolute, with the API's fields."""
        url = self.resolved(request.url)
        headers = self._own if url.origin == self.base.origin else self._elsewhere
        return made(request.method, url, headers.replacing(request.headers), request.body)

    def _with_keys(self, url: Url) -> Url:
        """The URL with the credential's parameters, but for those that the server has put there itself.

        Links to next pages like to repeat all parameters of the page before.
        """
        there = url.query.split("&")
        return url.adding_query("&".join(each for each in self._query.split("&") if each not in there))

    def _keyed(self, method: str, headers: Headers, context: Context, options: Options) -> Headers:
        """The fields with an idempotency key, where one is wanted: the same for all attempts."""
        policy = self._keys or IdempotencyPolicy()
        key = options.idempotency_key
        if policy.header not in headers:
            if key is None:
                if context.safety is not Safety.UNKNOWN or method not in policy.methods:
                    return headers
                key = f"{self._random.getrandbits(128):032x}"
            headers = headers.replacing({policy.header: key})
        if context.safety is Safety.UNKNOWN:
            context.safety = Safety.KEYED
        return headers


def base_url(text: str, *, secure: bool) -> Url:
    """The base URL of an API, checked; `secure` where there are credentials.

    Raises:
        ValueError: it is missing or relative, has a query, or is plain http to another machine although
            there are credentials.
    """
    if not text:
        raise ValueError(
            "an Api needs a base URL: give it to the class (base_url = ...) or to the constructor"
        )
    url = Url(text.rstrip("/"))
    if not url.is_absolute or "?" in url.text:
        raise ValueError(f"base_url is absolute and has no query: {url}")
    if secure and not url.is_confidential:
        raise ValueError(
            f"base_url has to be https where there are credentials (http only to this machine): {url}"
        )
    return url
