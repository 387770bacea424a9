"""Proves that each module of the core is covered by its own test module alone.

`sansio/offwire/a/b.py` belongs to `tests/sansio/a/test_b.py`, and `a/__init__.py` to
`tests/sansio/a/test_init.py`; all of a package `a/generated` to `tests/sansio/a/test_generated.py`,
since nobody reads it module by module. Reads the data of a test run in which each test module was
a context of its own (`tests/coverage_by_module.py`).

Rules of this file: what runs when a module is imported, runs once in a session, so whoever came
first counts for all. What is in the body of a function or method must be run by the own tests,
each line and each branch.

Run as `python tools/own_coverage.py`; it prints what is missing and fails.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from coverage import Coverage

ROOT: Final = Path(__file__).parent.parent
"""The repository."""


def own_tests(module: Path) -> Path:
    """The test module of a module, both relative to the repository."""
    inside = module.relative_to("sansio", "offwire")
    if inside.parent.name == "generated":
        return Path("tests", "sansio", inside.parent.parent, "test_generated.py")
    return Path("tests", "sansio", inside.parent, f"test_{inside.stem.strip('_')}.py")


def needs_tests(tree: ast.Module) -> bool:
    """Whether a module holds more than a docstring, imports, what describes it, and names of types."""
    return not all(_is_plain(each) for each in tree.body)


def _is_plain(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "__version__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec"))):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
            return True
        case _:
            return False


def lines_of_bodies(tree: ast.Module) -> set[int]:
    """The lines that run when a function is called."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for line in range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
    }


def shortfalls(coverage: Coverage, root: Path = ROOT) -> Iterator[str]:
    """One line for each module that its own tests do not cover. Paths are relative to `root`."""
    data = coverage.get_data()
    for path in sorted((root / "sansio" / "offwire").rglob("*.py")):
        module = path.relative_to(root)
        tests = own_tests(module)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not needs_tests(tree):
            continue
        if not (root / tests).exists():
            yield f"{module}: there is no {tests}"
            continue
        bodies = lines_of_bodies(tree)
        data.set_query_contexts([f"^{re.escape(tests.as_posix())}$", "^$"])
        lines = bodies.intersection(coverage.analysis2(str(path))[3])
        exits = coverage.branch_stats(str(path))
        branches = {line for line, (total, taken) in exits.items() if taken < total} & bodies - lines
        if lines or branches:
            missing = (("lines", lines), ("branches of lines", branches))
            said = ", ".join(f"{what} {spans(which)}" for what, which in missing if which)
            yield f"{module}: {tests} leaves out {said}"


def spans(lines: set[int]) -> str:
    """Line numbers in short, such as `3-5, 9`."""
    starts = sorted(each for each in lines if each - 1 not in lines)
    ends = sorted(each for each in lines if each + 1 not in lines)
    return ", ".join(
        str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True)
    )


def load(root: Path = ROOT) -> Coverage:
    """The data of the last run of the tests."""
    coverage = Coverage(config_file=str(root / "pyproject.toml"))
    coverage.load()
    return coverage


def main() -> int:
    """Print what is missing, and return 1 if anything is."""
    found = list(shortfalls(load()))
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
