"""The proxies that the environment names: read only where a client is told to trust it.

Rules of this file: it is read once, when the first request is sent. Variables are those that curl
made customary: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in either case. An error
names the variable and never its value, which may hold a password.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit, urlunsplit

from offwire.message.url import Url
from offwire_httpx.settings import Proxy


def proxies() -> Callable[[Url], Proxy | None]:
    """A function that tells which proxy the environment wants for a URL.

    Raises:
        ValueError: a variable holds no URL of a proxy.
    """
    from urllib import request  # noqa: PLC0415 - a heavy import

    named = request.getproxies()
    # Documented nowhere, but what urllib itself goes by on every platform.
    bypasses: Callable[[str, dict[str, str]], bool] = vars(request)["proxy_bypass_environment"]
    known = {
        scheme: _proxy(scheme, named[scheme]) for scheme in ("http", "https", "all") if named.get(scheme)
    }

    def proxy_for(url: Url) -> Proxy | None:
        proxy = known.get(url.scheme) or known.get("all")
        if proxy is None or bypasses(f"{url.host}:{url.port}", named):
            return None
        return proxy

    return proxy_for


def _proxy(scheme: str, value: str) -> Proxy:
    parts = urlsplit(value if "://" in value else f"http://{value}")
    login, _, place = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    try:
        return Proxy(
            urlunsplit((parts.scheme, place, "", "", "")),
            username=unquote(user) if password else None,
            password=unquote(password) if password else None,
        )
    except ValueError:
        raise ValueError(
            f"the environment variable {scheme}_proxy holds no URL of a proxy, such as http://proxy.example:3128"
        ) from None
