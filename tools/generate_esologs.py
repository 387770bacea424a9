"""Writes the generated part of ESO Logs' client: `python tools/generate_esologs.py`.

Reads `offwire.apis.esologs.schema.SCHEMA`, the documents of `sansio/offwire/apis/esologs/queries`,
and the settings beside them. With `--check` it writes nothing, and fails where a file is not what
it would write.

Rules of this file: it reads and writes files; what stands in them is decided by
`offwire.codegen.graphql`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from offwire.apis.esologs.schema import SCHEMA
from offwire.codegen.graphql import GenerationError, generate, read_settings

ROOT: Final = Path(__file__).parent.parent
API: Final = ROOT / "sansio" / "offwire" / "apis" / "esologs"
"""The package of the API."""


def wanted(api: Path = API) -> Mapping[str, str]:
    """The files as they should be, by name."""
    queries = api / "queries"
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(queries.glob("*.graphql"))}
    settings = read_settings((queries / "names.toml").read_text(encoding="utf-8"))
    return generate(SCHEMA, texts, settings)


def differences(files: Mapping[str, str], folder: Path) -> list[str]:
    """The names of the files that are not as they should be: missing, different, or too many."""
    there = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    return sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))


def write(files: Mapping[str, str], folder: Path) -> None:
    """Make the folder's modules these, and no others."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.py"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write, or check; 1 where something is wrong."""
    try:
        files = wanted()
    except GenerationError as error:
        print(error)
        return 1
    folder = API / "generated"
    changed = differences(files, folder)
    if "--check" in arguments:
        for name in changed:
            print(f"{folder.relative_to(ROOT) / name}: run python tools/generate_esologs.py")
        return 1 if changed else 0
    write(files, folder)
    print(f"{len(files)} files, {len(changed)} of them changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
