"""A canary is found in whatever form it shows, and nothing else is."""

from __future__ import annotations

from base64 import b64encode

import pytest

from offwire.message.request import Request
from offwire.testing.chance import seeded
from offwire.testing.simulate.secrets import Canaries, leak, new_secret

SECRET = new_secret("access", seeded(1, "secrets"))
LETTERS = SECRET.removeprefix("access-")


def test_a_secret_has_no_digits() -> None:
    assert LETTERS.isalpha()
    assert len(LETTERS) == 32


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(SECRET, True, id="whole"),
        pytest.param(f"a({LETTERS[3:11]})", True, id="eight letters"),
        pytest.param(LETTERS[3:10], False, id="seven letters"),
        pytest.param(b64encode(SECRET.encode()).decode(), True, id="in base64"),
        pytest.param("the server answered 401 after 123456789.123 s", False, id="a message"),
        pytest.param("access-token", False, id="a word"),
    ],
)
def test_a_piece_gives_it_away(text: str, found: bool) -> None:
    assert Canaries([SECRET]).in_text(text) is found


@pytest.mark.parametrize(
    ("url", "value", "is_elsewhere", "found"),
    [
        pytest.param("/", f"Bearer {SECRET}", False, "", id="at home"),
        pytest.param("/", f"Bearer {SECRET}", True, "origin", id="elsewhere"),
        pytest.param("/", "Basic dXNlcjo=", True, "origin", id="in base64"),
        pytest.param("/", "text/html", True, "", id="harmless"),
        pytest.param(f"/?token={SECRET}", "", False, "url", id="in the URL"),
    ],
)
def test_a_request_leaks(url: str, value: str, is_elsewhere: bool, found: str) -> None:
    request = Request("GET", f"https://api.test{url}", headers={"Some": value})
    assert leak(request, is_elsewhere=is_elsewhere) == found
