"""A canary for each secret: whatever shows one in the open fails the test.

A test, or a fixture of it, asks `canary("client secret")` for a text that no run has had before,
and uses it as a secret. After each phase of each test, the following is searched for every
canary that the session has handed out: records of all loggers at DEBUG, captured output,
warnings, events told, and for tests that use the fixture all `OffwireError`s with their notes and
causes.

Rules of this file: a canary counts as shown when eight characters in a row of it are, in any
case, percent-encoded, or in base64 at any alignment (as inside of `Basic` credentials). A
failure names the place and the slot, never the canary. Canaries are letters and digits, which
every encoding of a secret leaves alone, and drawn from 36 rather than 16 of them, so that eight
in a row are no coincidence with an address or a hash.
"""

from __future__ import annotations

import base64
import logging
import re
import secrets
import string
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import pytest

Canary: TypeAlias = Callable[[str], str]
"""Gives the canary of a slot, such as "client secret"; the same one for the whole session."""

LENGTH: Final = 32
SHOWN: Final = 8
"""As many characters in a row give a secret away."""

_RUN: Final = re.compile(rf"[0-9a-z]{{{SHOWN},}}")


class Canaries:
    """The canaries of a session."""

    def __init__(self) -> None:
        self._canaries: dict[str, str] = {}
        self._slots: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._canaries)

    def of(self, slot: str) -> str:
        """The canary of a slot, drawn when it is first asked for."""
        if slot not in self._canaries:
            canary = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(LENGTH))
            self._canaries[slot] = canary
            for form in (canary, *_base64_forms(canary)):
                for start in range(len(form) - SHOWN + 1):
                    self._slots[form[start : start + SHOWN].lower()] = slot
        return self._canaries[slot]

    def shown_in(self, text: str) -> set[str]:
        """The slots of the canaries that a text shows."""
        shown = set()
        for each in (text, unquote(text)) if "%" in text else (text,):
            for run in _RUN.findall(each.lower()):
                for start in range(len(run) - SHOWN + 1):
                    slot = self._slots.get(run[start : start + SHOWN])
                    if slot is not None:
                        shown.add(slot)
        return shown


def _base64_forms(text: str) -> Iterator[str]:
    """What base64 makes of a text at each of the three alignments, less what its neighbours share."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode())
        first = -(-before * 8 // 6)
        yield encoded[first : (before + len(text)) * 8 // 6].decode()


class Watch(logging.Handler):
    """Gathers what a test says, and searches it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.canaries = Canaries()
        self._said: list[tuple[str, str]] = []
        self._errors: list[BaseException] = []
        self._keeps_errors = False
        self._patch = pytest.MonkeyPatch()

    def emit(self, record: logging.LogRecord) -> None:
        if self.canaries:
            self._said.append((f"a record of the logger {record.name!r}", _text_of(record)))

    def hand_out(self, slot: str) -> str:
        """The canary of a slot. With the first one, the watch begins."""
        if not self.canaries:
            self._begin()
        return self.canaries.of(slot)

    def _begin(self) -> None:
        """Look over the shoulders of all who tell, warn or fail."""
        from offwire.errors import OffwireError
        from offwire.events import Event, Observer
        from offwire.runtime import Runtime

        tell, warn = Runtime.tell, warnings.WarningMessage.__init__

        def told(runtime: Runtime, observer: Observer, event: Event) -> None:
            self._said.append((f"a {type(event).__name__} event", repr(event)))
            tell(runtime, observer, event)

        def warned(message: warnings.WarningMessage, *args: Any, **kwargs: Any) -> None:
            warn(message, *args, **kwargs)
            self._said.append(("a warning", str(message.message)))

        def born(kind: type[OffwireError], *args: object, **kwargs: object) -> OffwireError:
            error = Exception.__new__(kind, *args, **kwargs)
            if self._keeps_errors:
                self._errors.append(error)
            return error

        self._patch.setattr(Runtime, "tell", told)
        self._patch.setattr(warnings.WarningMessage, "__init__", warned)
        self._patch.setattr(OffwireError, "__new__", born, raising=False)

    def pytest_sessionstart(self) -> None:
        logging.getLogger().addHandler(self)
        logging.getLogger().setLevel(logging.DEBUG)

    def pytest_sessionfinish(self) -> None:
        self._patch.undo()
        logging.getLogger().removeHandler(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._keeps_errors = "canary" in getattr(item, "fixturenames", ())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        shown = sorted(set(self._shown(report)))
        if shown:
            text = "\n".join(f"the canary {slot!r} shows in {place}" for place, slot in shown)
            if report.failed:
                report.sections.append(("Canaries", text))
            else:
                report.outcome, report.longrepr = "failed", text
        return report

    def _shown(self, report: pytest.TestReport) -> Iterator[tuple[str, str]]:
        said, self._said = self._said, []
        errors, self._errors = self._errors, []
        if self.canaries:
            own = [each for each in report.sections if each[0].endswith(f" {report.when}")]
            said += [(f"the section {name!r}", text) for name, text in own]
            said += [(f"a {type(error).__name__}", _text_of_error(error)) for error in errors]
            for place, text in said:
                for slot in self.canaries.shown_in(text):
                    yield place, slot


def _text_of(record: logging.LogRecord) -> str:
    parts = [record.getMessage(), repr(record.args)]
    if record.exc_info and record.exc_info[1]:
        parts.append(_text_of_error(record.exc_info[1]))
    return "\n".join(parts)


def _text_of_error(error: BaseException) -> str:
    """All that a traceback would say of an error, its notes and causes included."""
    return "\n".join([repr(error), repr(error.args), *traceback.format_exception(error)])


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Watch(), "offwire-canaries")


@pytest.fixture(scope="session")
def canary(pytestconfig: pytest.Config) -> Canary:
    """Gives out canaries: `canary("refresh token")` is a text to use as that secret."""
    watch = pytestconfig.pluginmanager.get_plugin("offwire-canaries")
    assert isinstance(watch, Watch)
    return watch.hand_out
