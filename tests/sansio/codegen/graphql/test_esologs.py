"""A schema as large and odd as they come: that of ESO Logs, as others have written it down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from graphql import parse, validate

from offwire.codegen.graphql import Settings, generate
from offwire.codegen.graphql.schema import read_schema

ROOT = Path(__file__).parents[4]
SPECS = ROOT.parent / "shared" / "specs"
SCHEMA = SPECS / "esologs-schema.graphql"
QUERIES = SPECS / "esologs-queries.graphql"
OURS = ROOT / "sansio" / "offwire" / "apis" / "esologs" / "queries"

pytestmark = pytest.mark.skipif(
    not SPECS.exists(), reason="the descriptions of the reference systems are not here"
)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    settings = Settings(
        scalars={"JSON": "Json"}, compact_lists=True, first_party=("offwire",), never_null=("Query.*",)
    )
    texts = {"queries.graphql": QUERIES.read_text(encoding="utf-8")}
    return dict(generate(SCHEMA.read_text(encoding="utf-8"), texts, settings))


def test_every_query_is_a_method(files: dict[str, str]) -> None:
    text = files["operations.py"]
    assert text.count("    @operation\n") == 39
    assert text.count("    @pages\n") == 9
    assert "def get_npcs(self, *, limit: int | None | Unset = UNSET) -> Pages[" in text
    assert "use_ability_ids: bool | None | Unset = UNSET" in text
    names = {
        line.split()[1].split("(")[0].rstrip(":") for line in text.splitlines() if line.startswith("class ")
    }
    assert names == {"Operations"}


def test_names_of_classes_stay_short(files: dict[str, str]) -> None:
    text = files["operations_models.py"]
    names = [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("class ")]
    assert len(names) > 50
    assert max(map(len, names)) <= 45


def test_what_is_made_of_it_passes_the_type_checkers(files: dict[str, str], tmp_path: Path) -> None:
    package = tmp_path / "made"
    package.mkdir()
    for name, text in files.items():
        (package / name).write_text(text, encoding="utf-8")
    sources = sorted(str(each) for each in (ROOT / "sansio", tmp_path))
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = True\nmypy_path = {':'.join(sources)}\n")
    cache = str(tmp_path / "cache")
    mypy = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", cache, "-p", "made"]
    pyright = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "made"]
    for command in (mypy, pyright):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


def test_what_we_ship_is_valid_there_too() -> None:
    schema = read_schema(SCHEMA.read_text(encoding="utf-8"), "schema")
    whole = "\n".join(path.read_text(encoding="utf-8") for path in sorted(OURS.glob("*.graphql")))
    assert [each.message for each in validate(schema, parse(whole))] == []
