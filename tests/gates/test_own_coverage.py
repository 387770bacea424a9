"""The coverage gate wants each module tested by its own test module, and sees where it is not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.own_coverage import ROOT, lines_of_bodies, needs_tests, own_tests, spans

SETTINGS = f"""
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "tests.coverage_by_module", "-p", "no:cacheprovider"]
pythonpath = ["sansio", '{ROOT}']

[tool.coverage.run]
branch = true
core = "ctrace"
relative_files = true
source_pkgs = ["offwire"]
"""

SIGN = """
TABLE = {"minus": -1}
if TABLE:
    ZERO = 0


def sign(x: int) -> int:
    if x < 0:
        return TABLE["minus"]
    if x > 0:
        x = 1
    return x
"""

OWN = """
from offwire.{module} import sign

def test_it() -> None:
    assert [sign(x) for x in {given}] == {wanted}
"""
PURE = '"""Pure."""\n'
DEEP = '"""Deep."""\n\nfrom offwire.sign import sign\n\n__all__ = ["sign"]\n'
BODIES = """A = 1
@decorated
def f(
    x=1,
):
    return (
        x
    )
class C:
    b = 2
    async def g(self): pass
"""


def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], *options: str
) -> pytest.RunResult:
    monkeypatch.delenv("COVERAGE_FILE", raising=False)
    for name, text in {
        "pyproject.toml": SETTINGS,
        "sansio/offwire/__init__.py": '"""Pure."""\n',
        **files,
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return pytester.runpytest_subprocess("--cov", "--own-coverage", *options, "tests")


def own(module: str, given: list[int]) -> str:
    wanted = [(x > 0) - (x < 0) for x in given]
    return OWN.format(module=module, given=given, wanted=wanted)


def test_modules_that_test_themselves_pass(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "sansio/offwire/sign.py": SIGN,
        "sansio/offwire/deep/__init__.py": DEEP,
        "sansio/offwire/deep/sign.py": SIGN,
        "tests/sansio/test_sign.py": own("sign", [-2, 0, 2]),
        "tests/sansio/deep/test_sign.py": own("deep.sign", [-2, 0, 2]),
    }
    told = run(pytester, monkeypatch, files)
    assert told.ret == 0, told.outlines
    told.stdout.fnmatch_lines(["*coverage of each module by its own tests*", "complete", "*2 passed*"])
    assert "passed" in told.outlines[-1]


def test_what_others_test_does_not_count(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "sansio/offwire/lines.py": SIGN,
        "sansio/offwire/branches.py": SIGN,
        "sansio/offwire/untested.py": SIGN,
        "tests/sansio/test_lines.py": own("lines", [1, 0]),
        "tests/sansio/test_branches.py": own("branches", [-1, 1]),
        "tests/test_all.py": "".join(
            own(module, [-2, 0, 2]).replace("test_it", f"test_{module}")
            for module in ("lines", "branches", "untested")
        ),
    }
    told = run(pytester, monkeypatch, files)
    assert told.ret == 1
    assert [each for each in told.outlines if each.startswith("FAIL ")] == [
        "FAIL sansio/offwire/branches.py: tests/sansio/test_branches.py leaves out branches of lines 10",
        "FAIL sansio/offwire/lines.py: tests/sansio/test_lines.py leaves out lines 9, branches of lines 8",
        "FAIL sansio/offwire/untested.py: there is no tests/sansio/test_untested.py",
    ]
    assert "5 passed" in told.outlines[-1]


MEASURED = """
import sys

def test_it() -> None:
    assert (sys.gettrace() is not None) is {measured}
"""


@pytest.mark.parametrize("options", [(), ("--numprocesses=1",)], ids=["here", "in a worker"])
def test_only_the_cores_own_tests_are_measured(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    files = {
        "tests/sansio/test_measured.py": MEASURED.format(measured=True),
        "tests/test_unmeasured.py": MEASURED.format(measured=False),
        "tests/sansio/test_measured_again.py": MEASURED.format(measured=True),
    }
    told = run(pytester, monkeypatch, files, *options)
    assert told.ret == 0, told.outlines
    assert "3 passed" in told.outlines[-1]


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        ("sansio/offwire/time.py", "tests/sansio/test_time.py"),
        ("sansio/offwire/a/b.py", "tests/sansio/a/test_b.py"),
        ("sansio/offwire/a/__init__.py", "tests/sansio/a/test_init.py"),
        ("sansio/offwire/a/_b.py", "tests/sansio/a/test_b.py"),
        ("sansio/offwire/a/generated/b.py", "tests/sansio/a/test_generated.py"),
        ("sansio/offwire/a/generated/__init__.py", "tests/sansio/a/test_generated.py"),
    ],
)
def test_each_module_has_its_test_module(module: str, tests: str) -> None:
    assert own_tests(Path(module)) == Path(tests)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            '"""Text."""\nfrom a import b\nimport c\n__all__ = ["b"]\n__version__ = "1"',
            False,
            id="only imports",
        ),
        pytest.param("if TYPE_CHECKING:\n    import a", False, id="imports for types"),
        pytest.param('T = TypeVar("T")\nJson: TypeAlias = "int"', False, id="names of types"),
        pytest.param("LIMIT = 3", True, id="a constant"),
        pytest.param("def f(): ...", True, id="a function"),
        pytest.param("class A: ...", True, id="a class"),
        pytest.param("if A:\n    import a", True, id="a decision"),
    ],
)
def test_a_module_without_a_decision_needs_no_tests(source: str, expected: bool) -> None:
    assert needs_tests(ast.parse(source)) is expected


def test_bodies_are_what_a_call_runs() -> None:
    assert lines_of_bodies(ast.parse(BODIES)) == {6, 7, 8, 11}


def test_spans_are_short() -> None:
    assert spans({9, 3, 4, 5, 12, 11}) == "3-5, 9, 11-12"
