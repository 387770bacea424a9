"""Writes what is made of the schemas here: `python -m tests.sansio.codegen.graphql.golden`."""

from __future__ import annotations

from tests.sansio.codegen.graphql.kit import GOLDEN, generated

if __name__ == "__main__":
    for name in GOLDEN:
        folder = GOLDEN[name] / "generated"
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.py"):
            path.unlink()
        for file, text in generated(name).items():
            (folder / file).write_text(text, encoding="utf-8")
