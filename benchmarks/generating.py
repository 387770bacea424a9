"""Generating a client from GraphQL documents, beside ariadne-codegen: the time, the lines, and the import.

Both read the schema and the documents of ESO Logs' client.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from benchmarks.harness import Case, Comparison, Measured, cold_imports
from offwire.apis.esologs.schema import SCHEMA
from offwire.codegen.graphql import generate, read_settings

QUERIES: Final = Path(__file__).parent.parent / "sansio" / "offwire" / "apis" / "esologs" / "queries"
OURS: Final = "esologs_by_offwire"
THEIRS: Final = "esologs_by_ariadne"


@frozen
class Size:
    """How much was generated, without empty lines."""

    name: str
    files: int
    lines: int


def documents() -> dict[str, str]:
    """The documents by the names of their files."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(QUERIES.glob("*.graphql"))}


def offwire(folder: Path) -> None:
    """Generate into `folder`."""
    text = (QUERIES / "names.toml").read_text(encoding="utf-8")
    settings = read_settings(text.replace('"offwire.apis.esologs.generated"', f'"{OURS}"'))
    package = folder / OURS
    package.mkdir(exist_ok=True)
    for name, module in generate(SCHEMA, documents(), settings).items():
        (package / name).write_text(module, encoding="utf-8")


def ariadne(folder: Path) -> None:
    """Generate into `folder`, which holds the schema and the documents."""
    from ariadne_codegen.main import client

    run: Callable[[Mapping[str, object]], None] = client
    settings = {
        "schema_path": str(folder / "schema.graphql"),
        "queries_path": str(folder / "queries.graphql"),
        "target_package_name": THEIRS,
        "target_package_path": str(folder),
        "include_comments": "none",
    }
    with contextlib.redirect_stdout(io.StringIO()):
        run({"tool": {"ariadne-codegen": settings}})


def clients(folder: Path) -> Comparison:
    """A client from schema and documents; the packages stay in `folder`."""
    (folder / "schema.graphql").write_text(SCHEMA, encoding="utf-8")
    (folder / "queries.graphql").write_text("\n".join(documents().values()), encoding="utf-8")
    cases = [
        Case("offwire", lambda: offwire(folder)),
        Case("ariadne-codegen", lambda: ariadne(folder)),
    ]
    return Comparison("generate ESO Logs' client", cases)


def imports(folder: Path) -> list[Measured]:
    """What a program pays that imports what was generated, all groups of operations named."""
    begin = f"import sys; sys.path.insert(0, {str(folder)!r}); "
    groups = read_settings((QUERIES / "names.toml").read_text(encoding="utf-8")).groups
    ours = f"import offwire, {', '.join(f'{OURS}.{each}' for each in groups)}"
    models = f"{ours}; from {OURS} import *"
    return cold_imports(
        {
            "offwire, as generated": begin + ours,
            "… and every class": begin + models,
            "import offwire alone": begin + "import offwire",
            "ariadne-codegen, as generated": f"{begin}import {THEIRS}",
        },
        rounds=5,
    )


def sizes(folder: Path) -> list[Size]:
    """How much was generated."""
    found = []
    for name, package in (("offwire", OURS), ("ariadne-codegen", THEIRS)):
        texts = [path.read_text(encoding="utf-8") for path in sorted((folder / package).glob("*.py"))]
        lines = sum(bool(line.strip()) for text in texts for line in text.splitlines())
        found.append(Size(name, len(texts), lines))
    return found
