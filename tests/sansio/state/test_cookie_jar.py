"""What a jar keeps, and to whom it gives it."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire.message.headers import Headers
from offwire.message.url import Url
from offwire.state.cookie_jar import MAX_IN_ALL, MAX_PER_DOMAIN, CookieFacts, CookieJar
from offwire.state.set_cookie import read_set_cookie

WALL = 1_700_000_000.0


def put(jar: CookieJar, url: str, *fields: str, wall: float = WALL) -> None:
    jar.store(Url(url), Headers([("Set-Cookie", each) for each in fields]), wall)


def got(jar: CookieJar, url: str, wall: float = WALL) -> str | None:
    return jar.header_for(Url(url), wall)


@pytest.mark.parametrize(
    ("set_by", "field", "asked", "expected"),
    [
        pytest.param("https://a.com/", "k=v", "https://a.com/", True, id="the same host"),
        pytest.param("https://a.com/", "k=v", "http://a.com:8080/x", True, id="another scheme and port"),
        pytest.param("https://A.com/", "k=v", "https://a.COM/", True, id="hosts have no case"),
        pytest.param("https://a.com/", "k=v", "https://w.a.com/", False, id="host only: not below"),
        pytest.param("https://w.a.com/", "k=v", "https://a.com/", False, id="host only: not above"),
        pytest.param("https://a.com/", "k=v; Domain=a.com", "https://w.a.com/", True, id="domain: below"),
        pytest.param("https://a.com/", "k=v; Domain=.A.com", "https://x.w.a.com/", True, id="domain: dot"),
        pytest.param("https://w.a.com/", "k=v; Domain=a.com", "https://a.com/", True, id="domain: above"),
        pytest.param("https://w.a.com/", "k=v; Domain=a.com", "https://x.a.com/", True, id="domain: beside"),
        pytest.param("https://w.a.com/", "k=v; Domain=a.com", "https://ba.com/", False, id="only at a dot"),
        pytest.param("https://a.com/", "k=v; Domain=w.a.com", "https://w.a.com/", False, id="not for below"),
        pytest.param("https://a.com/", "k=v; Domain=b.com", "https://b.com/", False, id="not for others"),
        pytest.param("https://ba.com/", "k=v; Domain=a.com", "https://a.com/", False, id="not by the tail"),
        pytest.param("https://a.com/", "k=v; Domain=com", "https://a.com/", False, id="no inner dot"),
        pytest.param("https://a.com/", "k=v; Domain=com.", "https://a.com/", False, id="a dot at the end"),
        pytest.param("https://a.com./", "k=v; Domain=com.", "https://b.com./", False, id="rooted names"),
        pytest.param("https://com/", "k=v; Domain=com", "https://com/", True, id="one label, itself"),
        pytest.param("https://com/", "k=v; Domain=com", "https://a.com/", False, id="one label, not below"),
        pytest.param("http://10.0.0.1/", "k=v", "http://10.0.0.1/", True, id="an address"),
        pytest.param("http://10.0.0.1/", "k=v; Domain=10.0.0.1", "http://10.0.0.1/", True, id="itself"),
        pytest.param("http://10.0.0.1/", "k=v; Domain=0.0.1", "http://10.0.0.1/", False, id="no part of it"),
        pytest.param("http://10.0.1/", "k=v; Domain=0.1", "http://8.0.1/", False, id="a short address"),
        pytest.param("http://9.0x1/", "k=v; Domain=0x1", "http://8.0x1/", False, id="a hexadecimal one"),
        pytest.param("http://[::1]/", "k=v; Secure", "http://[::1]/", True, id="an IPv6 address"),
        pytest.param("https://a.com/", "k=v; Secure", "https://a.com/", True, id="secure to https"),
        pytest.param("https://a.com/", "k=v; Secure", "http://a.com/", False, id="secure not to http"),
        pytest.param("http://a.com/", "k=v; Secure", "https://a.com/", False, id="secure not from http"),
        pytest.param("http://localhost/", "k=v; Secure", "http://localhost/", True, id="secure on loopback"),
        pytest.param("http://127.0.0.1/", "k=v; Secure", "http://127.0.0.1:1/", True, id="secure on 127"),
        pytest.param("https://a.com/x/y", "k=v", "https://a.com/x", True, id="default path"),
        pytest.param("https://a.com/x/y", "k=v", "https://a.com/x/z", True, id="default path: beside"),
        pytest.param("https://a.com/x/y", "k=v", "https://a.com/", False, id="default path: above"),
        pytest.param("https://a.com/x", "k=v", "https://a.com/z", True, id="default path at the top"),
        pytest.param("https://a.com", "k=v", "https://a.com/z", True, id="default path of no path"),
        pytest.param("https://a.com/", "k=v; Path=/x", "https://a.com/x", True, id="path: equal"),
        pytest.param("https://a.com/", "k=v; Path=/x", "https://a.com/x/y?q", True, id="path: below"),
        pytest.param("https://a.com/", "k=v; Path=/x/", "https://a.com/x/y", True, id="path: with a slash"),
        pytest.param("https://a.com/", "k=v; Path=/x/", "https://a.com/x", False, id="path: slash missing"),
        pytest.param("https://a.com/", "k=v; Path=/x", "https://a.com/xy", False, id="path: only at a slash"),
        pytest.param("https://a.com/x/y", "k=v; Path=z", "https://a.com/x/z", True, id="path: not a path"),
        pytest.param("https://a.com/", "__Secure-k=v; Secure", "https://a.com/", True, id="__Secure-"),
        pytest.param("https://a.com/", "__Secure-k=v", "https://a.com/", False, id="__Secure- without"),
        pytest.param("https://a.com/", "__HOST-k=v; Secure; Path=/", "https://a.com/", True, id="__Host-"),
        pytest.param(
            "https://a.com/", "__Host-k=v; Path=/", "https://a.com/", False, id="__Host- not secure"
        ),
        pytest.param("https://a.com/", "__Host-k=v; Secure", "https://a.com/", False, id="__Host- no path"),
        pytest.param("https://a.com/", "__Host-k=v; Secure; Path=/x", "https://a.com/x", False, id="not /"),
        pytest.param(
            "https://a.com/", "__Host-k=v; Secure; Path=/; Domain=a.com", "https://a.com/", False, id="domain"
        ),
        pytest.param("https://a.com/", "k=v; Max-Age=0", "https://a.com/", False, id="expired at birth"),
        pytest.param("https://a.com/", "nonsense", "https://a.com/", False, id="malformed"),
        pytest.param("/x", "k=v", "https://a.com/", False, id="set by nobody"),
        pytest.param("https://a.com/", "k=v", "/x", False, id="asked for nobody"),
    ],
)
def test_a_cookie_goes_where_it_may(set_by: str, field: str, asked: str, expected: bool) -> None:
    jar = CookieJar()
    put(jar, set_by, field)
    sent = got(jar, asked)
    assert (sent is not None) is expected
    if sent is not None:
        assert sent == field.partition(";")[0]


def test_an_answer_without_cookies_changes_nothing() -> None:
    jar = CookieJar()
    jar.store(Url("https://a.com/"), Headers({"Content-Type": "text/plain"}), WALL)
    assert len(jar) == 0
    assert got(jar, "https://a.com/") is None


def test_the_longest_path_comes_first_then_what_was_created_first() -> None:
    jar = CookieJar()
    put(
        jar, "https://w.a.com/x/y", "a=1; Path=/", "b=2; Path=/x", "c=3; Path=/; Domain=a.com", "d=4; Path=/x"
    )
    put(jar, "https://w.a.com/", "a=5; Path=/")
    assert got(jar, "https://w.a.com/x/y") == "b=2; d=4; a=5; c=3"
    assert [each.name for each in jar.snapshot().cookies] == ["a", "b", "c", "d"]


def test_a_cookie_is_replaced_by_one_of_the_same_name_domain_and_path() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", "k=1", "k=2; Path=/x", "k=3; Domain=a.com")
    assert len(jar) == 2
    assert got(jar, "https://a.com/x") == "k=2; k=3"
    assert got(jar, "https://w.a.com/") == "k=3"


def test_a_cookie_ends_at_its_time() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", "k=v; Max-Age=60")
    assert got(jar, "https://a.com/", WALL + 59) == "k=v"
    assert len(jar) == 1
    assert got(jar, "https://a.com/", WALL + 60) is None
    assert len(jar) == 0


def test_a_server_deletes_a_cookie_with_a_date_in_the_past() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", "k=v", "other=1")
    put(jar, "https://a.com/", "k=; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    assert got(jar, "https://a.com/") == "other=1"
    put(jar, "https://a.com/", "none=; Max-Age=0")
    assert len(jar) == 1


@pytest.mark.parametrize(
    ("field", "is_kept"),
    [
        pytest.param("k=2; Path=/x", False, id="the same"),
        pytest.param("k=2; Path=/x/y", False, id="a longer path"),
        pytest.param("k=2; Path=/x; Domain=a.com", False, id="a domain above"),
        pytest.param("k=2; Path=/x; Max-Age=0", False, id="a deletion"),
        pytest.param("k=2; Path=/", True, id="a shorter path"),
        pytest.param("j=2; Path=/x", True, id="another name"),
    ],
)
def test_plain_http_cannot_hide_a_secure_cookie(field: str, is_kept: bool) -> None:
    jar = CookieJar()
    put(jar, "https://w.a.com/", "k=1; Secure; Path=/x", "j=1; Path=/x")
    put(jar, "http://w.a.com/", field)
    sent = got(jar, "https://w.a.com/x/y")
    assert sent is not None
    assert "k=1" in sent
    assert ("=2" in sent) is is_kept


def test_plain_http_below_cannot_hide_a_secure_cookie_of_the_domain_above() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", "k=1; Secure; Domain=a.com")
    put(jar, "http://w.a.com/", "k=2")
    assert got(jar, "https://w.a.com/") == "k=1"


def test_a_secure_cookie_of_another_domain_is_in_nobodys_way() -> None:
    jar = CookieJar()
    put(jar, "https://b.com/", "k=1; Secure")
    put(jar, "http://a.com/", "k=2")
    assert got(jar, "http://a.com/") == "k=2"


def test_of_too_many_cookies_in_a_domain_the_one_longest_unused_goes() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", *(f"k{number}=v; Path=/{number}" for number in range(MAX_PER_DOMAIN)))
    assert got(jar, "https://a.com/0") == "k0=v"
    put(jar, "https://a.com/", "new=v; Path=/new")
    assert len(jar) == MAX_PER_DOMAIN
    assert got(jar, "https://a.com/0") == "k0=v"
    assert got(jar, "https://a.com/1") is None
    assert got(jar, "https://a.com/new") == "new=v"


def test_of_too_many_cookies_an_expired_one_goes_first() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", *(f"k{number}=v; Path=/{number}" for number in range(MAX_PER_DOMAIN - 1)))
    put(jar, "https://a.com/", "short=v; Path=/short; Max-Age=1")
    put(jar, "https://a.com/", "new=v; Path=/new", wall=WALL + 2)
    assert [each.name for each in jar.snapshot().cookies][-2:] == [f"k{MAX_PER_DOMAIN - 2}", "new"]
    assert len(jar) == MAX_PER_DOMAIN


def test_the_jar_as_a_whole_is_bounded() -> None:
    jar = CookieJar()
    for number in range(MAX_IN_ALL + 5):
        put(jar, f"https://h{number}.com/", "k=v")
    assert len(jar) == len(jar.snapshot().cookies) == MAX_IN_ALL
    assert got(jar, "https://h4.com/") is None
    assert got(jar, "https://h5.com/") == "k=v"


def test_clearing_forgets_everything() -> None:
    jar = CookieJar()
    put(jar, "https://a.com/", "k=v")
    jar.clear()
    assert len(jar) == 0
    assert got(jar, "https://a.com/") is None
    assert jar.snapshot().cookies == ()


def test_a_snapshot_shows_all_but_values() -> None:
    jar = CookieJar()
    put(jar, "https://w.a.com/x/y", "k=canary; Secure; Max-Age=9", "j=canary; Domain=a.com; Path=/")
    snapshot = jar.snapshot()
    assert snapshot.cookies == (
        CookieFacts(
            name="k", domain="w.a.com", path="/x", is_host_only=True, is_secure=True, expires=WALL + 9
        ),
        CookieFacts(name="j", domain="a.com", path="/", is_host_only=False, is_secure=False, expires=None),
    )
    held = [cookie for cookies in copy.copy(jar._domains).values() for cookie in cookies.values()]
    assert "canary" not in f"{snapshot} {jar!r} {held!r} {[each.pair for each in held]}"


# A jar that is one list, searched as the RFC tells it, sentence by sentence.


class Model:
    def __init__(self) -> None:
        self.cookies: list[dict[str, object]] = []

    @staticmethod
    def is_address(host: str) -> bool:
        return bool(re.fullmatch(r"[0-9.]+", host)) or ":" in host

    @classmethod
    def domain_matches(cls, host: str, domain: str) -> bool:
        if host == domain:
            return True
        return host.endswith(domain) and host[: -len(domain)].endswith(".") and not cls.is_address(host)

    @staticmethod
    def path_matches(path: str, cookie_path: str) -> bool:
        if path == cookie_path:
            return True
        if not path.startswith(cookie_path):
            return False
        return cookie_path[-1] == "/" or path[len(cookie_path)] == "/"

    def store(self, url: Url, text: str, wall: float) -> None:
        read = read_set_cookie(text, wall)
        if read is None:
            return
        domain, is_host_only = url.host, True
        if read.domain is not None:
            if "." not in read.domain or self.is_address(read.domain):
                if read.domain != url.host:
                    return
            elif not self.domain_matches(url.host, read.domain):
                return
            else:
                domain, is_host_only = read.domain, False
        is_secure_origin = url.scheme == "https" or url.host in ("localhost", "127.0.0.1")
        if read.is_secure and not is_secure_origin:
            return
        path = read.path or (url.path if url.path.count("/") > 1 else "/").rpartition("/")[0] or "/"
        new = {
            "name": read.name, "pair": read.pair.reveal(), "domain": domain, "path": path,
            "host only": is_host_only, "secure": read.is_secure, "expires": read.expires,
        }  # fmt: skip
        for old in self.cookies:
            if (
                not is_secure_origin
                and old["secure"]
                and old["name"] == read.name
                and (
                    self.domain_matches(domain, str(old["domain"]))
                    or self.domain_matches(str(old["domain"]), domain)
                )
                and self.path_matches(path, str(old["path"]))
            ):
                return
        if read.name.startswith("__Host-") and not (
            read.is_secure and read.domain is None and read.path == "/"
        ):
            return
        for index, old in enumerate(self.cookies):
            if all(old[key] == new[key] for key in ("name", "domain", "path")):
                self.cookies[index] = new
                break
        else:
            self.cookies.append(new)
        self.forget(wall)

    def forget(self, wall: float) -> None:
        self.cookies = [
            each for each in self.cookies if not isinstance(each["expires"], float) or each["expires"] > wall
        ]

    def header_for(self, url: Url, wall: float) -> str | None:
        self.forget(wall)
        found = [
            each
            for each in self.cookies
            if (
                url.host == each["domain"]
                if each["host only"]
                else self.domain_matches(url.host, str(each["domain"]))
            )
            and self.path_matches(url.path, str(each["path"]))
            and (not each["secure"] or url.scheme == "https" or url.host in ("localhost", "127.0.0.1"))
        ]
        found.sort(key=lambda each: -len(str(each["path"])))
        return "; ".join(str(each["pair"]) for each in found) or None


HOSTS = ("a.com", "w.a.com", "x.w.a.com", "ba.com", "b.org", "com", "localhost", "127.0.0.1", "10.0.0.1")
PATHS = ("/", "/x", "/x/", "/x/y", "/xy")
URLS = st.builds(
    "{}://{}{}".format, st.sampled_from(("https", "http")), st.sampled_from(HOSTS), st.sampled_from(PATHS)
)
ATTRIBUTES = st.sampled_from(
    [f"Domain={host}" for host in (*HOSTS, ".a.com", "0.0.1", "")]
    + [f"Path={path}" for path in (*PATHS, "", "x")]
    + ["Secure", "Secure", "Max-Age=5", "Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "HttpOnly"]
)
FIELDS = st.builds(
    lambda name, value, attributes: "; ".join([f"{name}={value}", *attributes]),
    st.sampled_from(["k", "k", "j", "__Host-k"]),
    st.integers(0, 9),
    st.lists(ATTRIBUTES, max_size=3),
)
EVENTS = st.lists(
    st.one_of(st.tuples(URLS, FIELDS), st.tuples(URLS, FIELDS), st.tuples(URLS, st.none())), max_size=25
)


@settings(deadline=None)
@given(EVENTS, st.lists(st.integers(0, 3), min_size=25, max_size=25))
def test_the_jar_agrees_with_the_rfc_taken_literally(
    events: list[tuple[str, str | None]], pauses: list[int]
) -> None:
    jar, model, wall = CookieJar(), Model(), WALL
    for (text, field), pause in zip(events, pauses, strict=False):
        wall += pause
        url = Url(text)
        if field is not None:
            put(jar, text, field, wall=wall)
            model.store(url, field, wall)
        assert jar.header_for(url, wall) == model.header_for(url, wall)
    for scheme in ("http", "https"):
        for host in HOSTS:
            for path in PATHS:
                url = Url(f"{scheme}://{host}{path}")
                assert jar.header_for(url, wall) == model.header_for(url, wall)
    assert len(jar) == len(jar.snapshot().cookies) >= len(model.cookies)


LABELS = st.lists(st.sampled_from(["a", "b", "com", "co", "1", "0x1", "xn--a"]), min_size=1, max_size=4)
NAMES = LABELS.map(".".join)


@given(NAMES, NAMES, NAMES, st.booleans())
def test_no_cookie_reaches_a_host_that_does_not_match_its_own(
    setter: str, domain: str, asked: str, is_dotted: bool
) -> None:
    jar = CookieJar()
    put(jar, f"https://{setter}/", f"k=v; Domain={'.' * is_dotted}{domain}; Path=/")
    if got(jar, f"https://{asked}/") is not None and asked != setter:
        # Both are the domain itself or below it, and the domain is a name of two labels at least.
        assert f".{setter}".endswith(f".{domain}")
        assert f".{asked}".endswith(f".{domain}")
        assert domain.count(".") >= 1
        assert not re.search(r"(^|\.)(1|0x1)$", asked)


PIECES = st.sampled_from(
    [
        "k",
        "=",
        ";",
        " ",
        "Domain",
        "Path",
        "/",
        ".",
        "a.com",
        "Secure",
        "Max-Age",
        "Expires",
        "-1",
        "9" * 30,
        "1 Feb 2020",
        "1:2:3",
        "\xff",
        "__Host-",
        "__Secure-",
    ]
)


@given(URLS, st.lists(PIECES, max_size=20).map("".join) | st.text(st.characters(max_codepoint=255)), URLS)
def test_nothing_that_a_server_sends_raises(set_by: str, text: str, asked: str) -> None:
    # Unchecked, as no Headers would take all of it.
    jar = CookieJar()
    jar.store(Url(set_by), Headers.of_checked((("Set-Cookie", text),)), WALL)
    sent = got(jar, asked)
    if sent is not None:
        assert Headers({"Cookie": sent})
