"""Rows in files: the same whatever came, and all of a file or nothing."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from offwire.apis.esologs import Event, Resources
from offwire_cli.rows import Format, format_of, replacing, row_of, write_rows

DOCUMENTS = [
    b'{"events":[{"timestamp":1,"type":"damage","abilityGameID":3},{"timestamp":2.5,"type":"heal"}]}',
    b'{"events":[]}',
    b'{"events":[{"timestamp":3,"type":"cast"}]}',
]


def written(form: Format, documents: list[bytes]) -> bytes:
    file = io.BytesIO()
    write_rows(documents, file, form, Event, ("events",))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.json", "json"),
        ("a.NDJSON", "ndjson"),
        ("a.jsonl", "ndjson"),
        ("a.b.csv", "csv"),
        ("a.parquet", "parquet"),
        ("a.pq", "parquet"),
        ("a.txt", None),
        ("json", None),
    ],
)
def test_the_ending_says_the_format(name: str, form: Format | None) -> None:
    assert format_of(Path(name)) == form


def test_json_is_one_array_with_an_event_on_each_line() -> None:
    text = written("json", DOCUMENTS).decode()
    assert [each["timestamp"] for each in json.loads(text)] == [1, 2.5, 3]
    assert text.count("\n") == 5
    assert json.loads(written("json", [])) == json.loads(written("json", [b'{"events":[]}'])) == []


def test_lines_of_json_are_each_an_event() -> None:
    lines = written("ndjson", DOCUMENTS).splitlines()
    assert [json.loads(each)["type"] for each in lines] == ["damage", "heal", "cast"]


@pytest.mark.parametrize("documents", [DOCUMENTS, [], DOCUMENTS[1:2]], ids=["some", "no page", "no event"])
def test_tables_have_the_same_columns_whatever_came(documents: list[bytes]) -> None:
    csv = pl.read_csv(io.BytesIO(written("csv", documents)))
    parquet = pl.read_parquet(io.BytesIO(written("parquet", documents)))
    assert csv.columns == parquet.columns
    assert {"timestamp", "type", "ability_game_id", "source_resources"} <= set(parquet.columns)
    assert parquet.schema["ability_game_id"] == pl.Int64()
    assert len(csv) == len(parquet) == sum(len(json.loads(each)["events"]) for each in documents)


def test_an_event_is_told_as_it_came() -> None:
    event = Event(
        timestamp=12.0, type="heal", ability_game_id=7, tick=False, source_resources=Resources(hit_points=5)
    )
    expected = {
        "timestamp": 12,
        "type": "heal",
        "abilityGameID": 7,
        "tick": False,
        "sourceResources": {"hitPoints": 5},
    }
    assert row_of(event) == expected
    assert json.dumps(row_of(event)["timestamp"]) == "12"


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with suppress(LookupError), replacing(path) as file:
        file.write(b"half")
        raise LookupError
    assert path.read_bytes() == b"old"
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
