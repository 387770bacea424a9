"""Has coverage note which test module ran a line, and fails a session whose modules lack own tests.

Rules of this file: a context is a test module, not a test, since to switch costs time. Only tests of
`tests/sansio` are measured: what others run in passing counts for nothing, and measuring whole
simulations takes longer than they do. With
`--own-coverage`, for runs of all tests, the gate of `tools/own_coverage.py` comes before
pytest's summary, so that the summary stays the last word.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import pytest
from coverage import Coverage

from tools import own_coverage

CONTEXT: Final = pytest.StashKey[str]()
SHORTFALLS: Final = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--own-coverage",
        action="store_true",
        help="fail unless each module of the core is covered by its own test module (needs --cov)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    measured = config.rootpath / "tests" / "sansio"
    for item in items:
        if measured not in item.path.parents:
            item.add_marker("no_cover")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Before pytest-cov's own, which begins to measure in a worker.

    It has done so before, when it did not know yet that this is a worker. Left as it is, that first
    measuring goes on wherever the second one pauses, in tests that are not to be measured, and makes
    them take four times as long.
    """
    coverage = Coverage.current()
    if coverage is not None and hasattr(session.config, "workerinput"):
        coverage.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    coverage = Coverage.current()
    if coverage is not None:
        stash, context = item.config.stash, item.path.relative_to(item.config.rootpath).as_posix()
        if context != stash.get(CONTEXT, None):
            coverage.switch_context(context)
            stash[CONTEXT] = context


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """After the loop, and after pytest-cov's own wrapper has written the data."""
    result = yield
    config = session.config
    if config.option.own_coverage and not hasattr(config, "workerinput") and not session.shouldfail:
        found = list(own_coverage.shortfalls(own_coverage.load(config.rootpath), config.rootpath))
        config.stash[SHORTFALLS] = found
        session.testsfailed += bool(found)
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = terminalreporter.config.stash.get(SHORTFALLS, None)
    if found is not None:
        terminalreporter.section("coverage of each module by its own tests")
        for each in found:
            terminalreporter.write_line(f"FAIL {each}", red=True)
        if not found:
            terminalreporter.write_line("complete")
