"""The schema: valid, as large as what can be reached of the site's, and of the same types."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, build_schema

from offwire.apis.esologs.schema import SCHEMA

SHARED = Path(__file__).resolve().parents[5] / "shared/specs/esologs-schema.graphql"


def described(schema: GraphQLSchema) -> dict[str, dict[str, str]]:
    """Each field with its type, and each argument with its own; enums with their values."""
    found: dict[str, dict[str, str]] = {}
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType):
            fields = kind.fields.items()
            found[name] = {each: str(field.type) for each, field in fields}
            found[name] |= {
                f"{each}({argument})": str(what.type)
                for each, field in fields
                for argument, what in field.args.items()
            }
        elif isinstance(kind, GraphQLEnumType):
            found[name] = dict.fromkeys(kind.values, "")
    return found


def test_is_valid() -> None:
    ours = described(build_schema(SCHEMA))
    assert sum("(" not in each for fields in ours.values() for each, kind in fields.items() if kind) == 361


def test_is_part_of_the_sites_own() -> None:
    if not SHARED.exists():
        pytest.skip("the site's schema is not at hand")
    theirs = described(build_schema(SHARED.read_text(), assume_valid_sdl=True))
    for name, fields in described(build_schema(SCHEMA)).items():
        assert fields == theirs[name], name
