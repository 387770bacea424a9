"""`CookieJar`: cookies of one client, kept and given back by RFC 6265 section 5.

Rules of this file: a cookie goes only to hosts that domain-match the one that set it. Whatever a
server sends, nothing is raised; what breaks a rule is not kept. Values never print. Of RFC
6265bis come the name prefixes, the protection of Secure cookies, and the limits on size; SameSite
is about pages, and has no meaning here.

There is no list of public suffixes. A Domain without an inner dot (`com`) is refused, `co.uk` is
not: within one client, a server below `co.uk` can set a cookie for another one there. Give each
party of such a neighbourhood a client of its own.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from offwire.message.headers import Headers
from offwire.message.url import Url
from offwire.secret import Secret
from offwire.state.set_cookie import SetCookie, read_set_cookie

MAX_PER_DOMAIN: Final = 50
"""The least that a user agent shall hold (RFC 6265 section 6.1), and the most that this jar does."""
MAX_IN_ALL: Final = 1000
"""A third of what section 6.1 asks of browsers: an API client meets few domains."""

_ENDS_IN_A_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


class _Cookie:
    """A cookie in the jar. No rendering of it exists."""

    __slots__ = ("domain", "expires", "is_host_only", "is_secure", "name", "number", "pair", "path", "used")

    def __init__(self, new: SetCookie, domain: str, path: str, is_host_only: bool, number: int) -> None:
        self.name: str = new.name
        self.pair: Secret = new.pair
        self.domain = domain
        self.path = path
        self.is_host_only = is_host_only
        self.is_secure: bool = new.is_secure
        self.expires: float | None = new.expires
        # Order of creation, which a replacement inherits, and of the last use.
        self.number = number
        self.used = 0

    def has_expired(self, wall: float) -> bool:
        return self.expires is not None and self.expires <= wall


@frozen(kw_only=True)
class CookieFacts:
    """A cookie without its value."""

    name: str
    domain: str
    path: str
    is_host_only: bool
    """Whether it goes to the very host only that set it."""
    is_secure: bool
    expires: float | None
    """Wall time; None: with the jar."""


@frozen(kw_only=True)
class CookieJarSnapshot:
    """A CookieJar at one instant: what it holds, in order of creation."""

    cookies: tuple[CookieFacts, ...]


class CookieJar:
    """Cookies by domain. `wall` is wall time in seconds."""

    __slots__ = ("_clock", "_count", "_domains")

    def __init__(self) -> None:
        self._domains: dict[str, dict[tuple[str, str], _Cookie]] = {}
        self._count = 0
        # Counts stores and look-ups; wall time would put cookies out of order when it is set back.
        self._clock = 0

    def store(self, url: Url, headers: Headers, wall: float) -> None:
        """Keep what the Set-Cookie fields of an answer from `url` ask for, where they may."""
        for text in headers.values("set-cookie"):
            new = read_set_cookie(text, wall)
            if new is not None and url.is_absolute:
                self._store(url, new, wall)

    def header_for(self, url: Url, wall: float) -> str | None:
        """The value of a Cookie field for a request to `url`, or None where there is no cookie.

        The longest path comes first, then what was created first. It is unmasked: put it onto
        the wire and nowhere else.
        """
        if not self._count:
            return None
        host, path, is_confidential = url.host, url.path, url.is_confidential
        found: list[_Cookie] = []
        for domain in _matched_domains(host):
            held = self._domains.get(domain)
            if held is None:
                continue
            for cookie in list(held.values()):
                if cookie.has_expired(wall):
                    self._remove(cookie)
                elif (
                    (not cookie.is_host_only or domain == host)
                    and (not cookie.is_secure or is_confidential)
                    and _path_matches(path, cookie.path)
                ):
                    found.append(cookie)
        if not found:
            return None
        self._clock += 1
        for cookie in found:
            cookie.used = self._clock
        found.sort(key=lambda each: (-len(each.path), each.number))
        return "; ".join(each.pair.reveal() for each in found)

    def clear(self) -> None:
        """Forget all cookies."""
        self._domains.clear()
        self._count = 0

    def snapshot(self) -> CookieJarSnapshot:
        """What the jar holds, without values."""
        held = sorted(
            (cookie for cookies in self._domains.values() for cookie in cookies.values()),
            key=lambda each: each.number,
        )
        return CookieJarSnapshot(
            cookies=tuple(
                CookieFacts(
                    name=each.name,
                    domain=each.domain,
                    path=each.path,
                    is_host_only=each.is_host_only,
                    is_secure=each.is_secure,
                    expires=each.expires,
                )
                for each in held
            )
        )

    def __len__(self) -> int:
        """The number of cookies held; an expired one counts until somebody comes across it."""
        return self._count

    def _store(self, url: Url, new: SetCookie, wall: float) -> None:
        """Section 5.3, from step 4 on."""
        host = url.host
        domain = new.domain
        if domain == host or domain is None:
            is_host_only = domain is None or not _may_have_subdomains(host)
        elif _domain_matches(host, domain) and _may_have_subdomains(domain):
            is_host_only = False
        else:
            return
        if not url.is_confidential and (new.is_secure or self._hides_secure(url, new)):
            return
        if not _keeps_prefix(new):
            return
        cookie = _Cookie(new, domain or host, new.path or _default_path(url.path), is_host_only, self._clock)
        self._clock += 1
        cookie.used = self._clock
        old = self._domains.get(cookie.domain, {}).get((cookie.path, cookie.name))
        if old is not None:
            cookie.number = old.number
            self._remove(old)
        if not cookie.has_expired(wall):
            self._domains.setdefault(cookie.domain, {})[cookie.path, cookie.name] = cookie
            self._count += 1
            self._evict(cookie.domain, wall)

    def _hides_secure(self, url: Url, new: SetCookie) -> bool:
        """Whether it would stand in front of a Secure cookie (RFC 6265bis)."""
        domain, path = new.domain or url.host, new.path or _default_path(url.path)
        return any(
            old.is_secure
            and old.name == new.name
            and (_domain_matches(domain, held) or _domain_matches(held, domain))
            and _path_matches(path, old.path)
            for held, cookies in self._domains.items()
            for old in cookies.values()
        )

    def _evict(self, domain: str, wall: float) -> None:
        """Make room: what has expired goes first, then what was longest not used (section 5.3)."""
        if len(self._domains[domain]) > MAX_PER_DOMAIN:
            self._remove(_most_dispensable(list(self._domains[domain].values()), wall))
        if self._count > MAX_IN_ALL:
            cookies = [cookie for held in self._domains.values() for cookie in held.values()]
            self._remove(_most_dispensable(cookies, wall))

    def _remove(self, cookie: _Cookie) -> None:
        held = self._domains[cookie.domain]
        del held[cookie.path, cookie.name]
        if not held:
            del self._domains[cookie.domain]
        self._count -= 1


def _most_dispensable(cookies: list[_Cookie], wall: float) -> _Cookie:
    return min(cookies, key=lambda each: (not each.has_expired(wall), each.used, each.number))


def _keeps_prefix(new: SetCookie) -> bool:
    """What a name promises is so (RFC 6265bis); the case of the prefix is ignored."""
    name = new.name.lower()
    if name.startswith("__host-"):
        return new.is_secure and new.domain is None and new.path == "/"
    return new.is_secure or not name.startswith("__secure-")


def _may_have_subdomains(domain: str) -> bool:
    """Whether a cookie may be kept for a domain and all below it: for a name with an inner dot.

    What ends in a number is an IPv4 address, in whatever notation, or the end of one; so no part
    of an address is ever taken for the address's domain.
    """
    return "." in domain.strip(".") and not _ENDS_IN_A_NUMBER.fullmatch(domain)


def _domain_matches(host: str, domain: str) -> bool:
    """Section 5.1.3, for a domain that may have others below it."""
    return host == domain or host.endswith(f".{domain}")


def _matched_domains(host: str) -> list[str]:
    """The host, and each domain that it matches."""
    dots = (index for index, each in enumerate(host) if each == ".")
    return [host, *(host[dot + 1 :] for dot in dots)]


def _path_matches(path: str, cookie_path: str) -> bool:
    """Section 5.1.4."""
    return path.startswith(cookie_path) and (
        len(path) == len(cookie_path) or cookie_path.endswith("/") or path[len(cookie_path)] == "/"
    )


def _default_path(path: str) -> str:
    """Section 5.1.4: up to the last slash, exclusive."""
    return path[: path.rfind("/")] or "/"
