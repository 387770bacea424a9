"""The canary watch sees a secret wherever it shows, and nothing where none does."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.canaries import Canaries

LEAKS = {
    "a record": 'logging.getLogger("httpcore.http11").debug("sent %s", secret)',
    "a failure in a record": """
try:
    raise RuntimeError(secret)
except RuntimeError:
    logging.getLogger("x").exception("it went wrong")
""",
    "output": "print(secret)",
    "errors' output": "print(secret, file=sys.stderr)",
    "a warning": """
with pytest.warns(UserWarning):
    warnings.warn(f"do not use {secret}", stacklevel=1)
""",
    "an event": """
event = Redirected(at=0.0, call=1, status=302, url=f"https://x.test/?key={secret}")
Runtime(random=Random(0), connections=ConnectionQueue(1, None)).tell(print, event)
""",
    "an error's message": 'NeverSent(message=f"no route to {secret}")',
    "an error of a program": 'ClientClosed(f"closed: {secret}")',
    "an error's note": """
error = NeverSent(message="no route")
error.add_note(f"tried {secret}")
""",
    "an error's cause": """
with pytest.raises(NeverSent):
    try:
        raise OSError(secret)
    except OSError as cause:
        raise NeverSent(message="no route") from cause
""",
    "a part of it": "print(secret[10:18])",
    "an error already failing": "print(secret); assert False",
}
HARMLESS = {
    "too short a part": "print(secret[10:17])",
    "something else": 'print("x" * 100, "0123456789abcdef" * 10)',
    "an error": "NeverSent(message='no route')",
}
HEAD = """
import logging, sys, warnings
from random import Random
import pytest
from offwire.errors import ClientClosed, NeverSent
from offwire.events import Redirected
from offwire.runtime import Runtime
from offwire.state.connections import ConnectionQueue

"""


def test_each_leak_fails_its_test_and_is_not_repeated(pytester: pytest.Pytester) -> None:
    cases = [*(f"leak_{n}" for n in range(len(LEAKS))), *(f"harmless_{n}" for n in range(len(HARMLESS)))]
    text = HEAD
    for name, body in zip(cases, (*LEAKS.values(), *HARMLESS.values()), strict=True):
        lines = body.strip().replace("\n", "\n    ")
        text += f"def test_{name}(canary):\n    secret = canary({name!r})\n    {lines}\n\n"
    pytester.makepyfile(text)
    root = Path(__file__).parent.parent
    pytester.makeini(f"[pytest]\npythonpath = {root}\nfilterwarnings = error\n")
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "tests.canaries")
    run.assert_outcomes(failed=len(LEAKS), passed=len(HARMLESS))
    told = [each for each in run.outlines if each.startswith("the canary")]
    assert {each.split("'")[1] for each in told} == set(cases[: len(LEAKS)])


def test_a_leak_of_an_earlier_canary_is_seen_in_any_later_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "kept = []\n"
        "def test_first(canary):\n    kept.append(canary('token'))\n"
        "def test_second():\n    print(kept)\n"
    )
    pytester.makeini(f"[pytest]\npythonpath = {Path(__file__).parent.parent}\n")
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "tests.canaries")
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(["the canary 'token' shows in the section 'Captured stdout call'"])


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries()


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("after", ["", ";", "; path=/"])
def test_base64_is_seen_through_at_every_alignment(canaries: Canaries, before: str, after: str) -> None:
    token = canaries.of("password")
    assert canaries.shown_in(f"Basic {base64_of(before + token + after)}") == {"password"}


def test_other_encodings_are_seen_through(canaries: Canaries) -> None:
    token = canaries.of("password")
    escaped = "".join(f"%{ord(each):02X}" for each in token)
    for text in (escaped, quote(f"a b/{token}"), token.upper(), repr(token.encode()), f"x{token}y"):
        assert canaries.shown_in(text) == {"password"}


def test_a_slot_keeps_its_canary_and_shares_it_with_no_other(canaries: Canaries) -> None:
    assert canaries.of("one") == canaries.of("one")
    assert canaries.of("one") != canaries.of("two")
    assert canaries.shown_in(canaries.of("one") + " " + canaries.of("two")) == {"one", "two"}


def test_what_holds_no_canary_shows_none(canaries: Canaries) -> None:
    canaries.of("password")
    assert canaries.shown_in("nothing at 0x7f8a3c4d5e60, and 100% of b64: " + base64_of("x" * 90)) == set()
