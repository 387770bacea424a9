"""Proves that the core is pure: it imports and names nothing that touches the world.

Rules of this file: source is read, never run. What is forbidden stands in one table, that of
`sansio/ruff.toml`, and here only what such a table cannot say: builtins, imports by name, and
where chance may be imported. There is no comment that silences this gate.

Run as `python tools/purity.py [source root …]`; it prints `path:line: message` and fails.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent / "sansio"
"""The source root that has to be pure, and holds the table."""

BUILTINS: Final = {
    "__import__": "Imports are written as imports, so that they can be read.",
    "breakpoint": "The core does not stop.",
    "input": "The core reads nothing.",
    "open": "The core reads no file.",
    "print": "The core shows nothing; it tells events.",
}
"""Builtins that touch the world, and what to do instead."""

BINDINGS: Final = "offwire_"
"""How the names of our packages begin that may touch the world, and that the core may not know."""

SEEDED: Final = Path("offwire", "testing")
"""Where `random.Random` may be imported to be seeded; elsewhere it comes in as an argument."""


class Violation(NamedTuple):
    """One place where the core touches the world."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def forbidden_names(root: Path) -> dict[str, str]:
    """The table of modules and of names in them, each with what to do instead."""
    settings = tomllib.loads((root / "ruff.toml").read_text(encoding="utf-8"))
    table = settings["lint"]["flake8-tidy-imports"]["banned-api"]
    return {name: entry["msg"] for name, entry in table.items()}


def violations(root: Path) -> list[Violation]:
    """All that is forbidden in the files below `root`, in their order."""
    forbidden = forbidden_names(root)
    found = []
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        reader = _Reader(forbidden, may_seed=path.relative_to(root).is_relative_to(SEEDED))
        reader.read(tree)
        found += [Violation(path, line, message) for line, message in sorted(set(reader.found))]
    return found


class _Reader(ast.NodeVisitor):
    """Reads one module; `found` holds lines and messages."""

    def __init__(self, forbidden: dict[str, str], *, may_seed: bool) -> None:
        self.found: list[tuple[int, str]] = []
        self._forbidden = forbidden
        self._may_seed = may_seed
        self._imported: dict[str, str] = {}
        self._own: set[str] = set()
        self._for_types = False

    def read(self, tree: ast.Module) -> None:
        self._imported = dict(_imports(tree))
        self._own = set(_own_names(tree))
        self.visit(tree)

    def visit_If(self, node: ast.If) -> None:
        before = self._for_types
        self._for_types = before or ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for inside in node.body:
            self.visit(inside)
        self._for_types = before
        for outside in (node.test, *node.orelse):
            self.visit(outside)

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self._import(each.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            self._tell(node, "A relative import hides where it leads.")
        for each in node.names:
            self._import(f"{node.module}.{each.name}", node)

    def visit_Call(self, node: ast.Call) -> None:
        if self._name(node.func) == "random.Random":
            seed = [*node.args, *(each.value for each in node.keywords)]
            if not seed or ast.unparse(seed[0]) == "None":
                self._tell(node, "`Random()` without a seed is not repeatable.")
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._use(self._name(node), node)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            if node.id in BUILTINS and node.id not in self._own:
                self._tell(node, f"`{node.id}`: {BUILTINS[node.id]}")
            self._use(self._imported.get(node.id), node)

    def _import(self, name: str, node: ast.stmt) -> None:
        if name.partition(".")[0] == "random" and not self._for_types:
            if not (self._may_seed and name == "random.Random"):
                self._tell(node, "`random`: Chance comes in as `Runtime.random`.")
        elif name.startswith(BINDINGS):
            self._tell(node, f"`{name}`: The core does not know what drives it.")
        else:
            self._use(name, node)

    def _use(self, name: str | None, node: ast.AST) -> None:
        while name:
            if name in self._forbidden:
                return self._tell(node, f"`{name}`: {self._forbidden[name]}")
            name = name.rpartition(".")[0]
        return None

    def _name(self, node: ast.expr) -> str | None:
        """The full name of what an expression such as `dt.datetime.now` leads to, if an import does."""
        if isinstance(node, ast.Name):
            return self._imported.get(node.id)
        if isinstance(node, ast.Attribute) and (owner := self._name(node.value)):
            return f"{owner}.{node.attr}"
        return None

    def _tell(self, node: ast.AST, message: str) -> None:
        self.found.append((getattr(node, "lineno", 0), message))


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What each imported name stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                full = each.name if each.asname else each.name.partition(".")[0]
                yield each.asname or full, full
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _own_names(tree: ast.Module) -> Iterator[str]:
    """Names that the module binds itself, so that they are no builtins."""
    yield from (each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef))
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def main(roots: list[str]) -> int:
    """Print what is forbidden below each root, and return 1 if anything is."""
    found = [each for root in (map(Path, roots) if roots else [ROOT]) for each in violations(root)]
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
