"""The library's connection pools, set up so that they never make a call wait.

Rules of this file: the line for connections is the core's. A pool has no limit of its own, so a
cancelled call leaves nothing queued in it; it retries nothing, follows nothing and adds nothing
to a request.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

from offwire.message.url import Url
from offwire_httpx.environment import proxies
from offwire_httpx.library import Library
from offwire_httpx.settings import Proxy, Settings
from offwire_httpx.tls import context, proxy_context

Family: TypeAlias = Literal["", "Async"]
"""How the names of the library's classes begin: blocking ones, or asynchronous ones."""

_Key: TypeAlias = tuple[bool, Proxy | None]


class Pools:
    """Pools for https and for http, for each proxy, made when first needed.

    Where threads share a client, no two of them may share an HTTP/2 connection: both libraries
    encode header fields of several requests into one another then. So each pool that speaks
    HTTP/2 is `exclusive`: lent to one exchange at a time.
    """

    __slots__ = ("_exclusive", "_family", "_homes", "_idle", "_network", "_proxy_for", "_settings", "library")

    def __init__(
        self,
        settings: Settings,
        library: Library,
        family: Family,
        network: Callable[[], object],
        *,
        exclusive: bool = False,
    ) -> None:
        """Set them up; `network` makes what a pool opens connections with, when the first is needed."""
        self.library: Final = library
        self._settings = settings
        self._family = family
        self._network = network
        self._exclusive = exclusive
        self._proxy_for: Callable[[Url], Proxy | None] | None = None
        self._idle: dict[_Key, list[Any]] = {}
        self._homes: dict[Any, list[Any]] = {}

    def take(self, url: Url) -> Any:
        """A pool for one request to `url`. The caller owes `give_back`, and that no two threads are in here.

        Raises:
            OSError: a certificate file cannot be read.
            ValueError: the environment is trusted, and names a proxy that is none.
        """
        key = (url.scheme == "https", self._proxy(url))
        idle = self._idle.setdefault(key, [])
        if idle:
            return idle.pop() if self._exclusive else idle[0]
        pool = self._make(*key)
        self._homes[pool] = idle
        if not self._exclusive:
            idle.append(pool)
        return pool

    def give_back(self, pool: Any) -> None:
        """The request has been answered, or given up."""
        if self._exclusive:
            self._homes[pool].append(pool)

    def take_all(self) -> list[Any]:
        """All pools, which are forgotten here. The caller owes that each is closed."""
        pools = list(self._homes)
        self._homes.clear()
        self._idle.clear()
        return pools

    def _proxy(self, url: Url) -> Proxy | None:
        settings = self._settings
        if settings.proxy is not None or not settings.trust_env:
            return settings.proxy
        if self._proxy_for is None:
            self._proxy_for = proxies()
        return self._proxy_for(url)

    def _make(self, secure: bool, proxy: Proxy | None) -> Any:
        settings, core = self._settings, self.library.core
        arguments: dict[str, object] = {
            "ssl_context": self._context() if secure else None,
            "max_connections": None,
            "max_keepalive_connections": settings.limits.max_connections,
            "keepalive_expiry": settings.limits.keepalive_expiry,
            "http1": True,
            "http2": settings.http2,
            "retries": 0,
            "network_backend": self._network(),
        }
        kind = "ConnectionPool"
        if proxy is not None:
            kind = "HTTPProxy"
            arguments["proxy_url"] = proxy.url
            if proxy.username is not None and proxy.password is not None:
                arguments["proxy_auth"] = (proxy.username.encode(), proxy.password.reveal().encode())
            if proxy.url.startswith("https"):
                arguments["proxy_ssl_context"] = proxy_context(
                    settings.tls, self.library, trust_env=settings.trust_env
                )
        return getattr(core, self._family + kind)(**arguments)

    def _context(self) -> ssl.SSLContext:
        settings = self._settings
        return context(settings.tls, self.library, http2=settings.http2, trust_env=settings.trust_env)
