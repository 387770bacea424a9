"""A client for any GraphQL API: its schema and your documents in, typed Python out.

    files = generate(schema, {"queries.graphql": documents}, Settings(package="shop.generated"))

Rules of this package: text in, text out, and the same for the same input. It needs graphql-core,
which the extra `graphql` brings and which is loaded by the first `generate`.
"""

from __future__ import annotations

from collections.abc import Mapping

from offwire.codegen.graphql.problems import GenerationError, Problem
from offwire.codegen.graphql.settings import GroupSettings, Settings, read_settings

__all__ = ["GenerationError", "GroupSettings", "Problem", "Settings", "generate", "read_settings"]

_DEFAULTS = Settings()


def generate(
    schema: str, documents: Mapping[str, str], settings: Settings = _DEFAULTS, *, schema_name: str = "schema"
) -> Mapping[str, str]:
    """The files of a package, by their names: `{"__init__.py": …, "users.py": …}`.

    `schema` is GraphQL's schema definition language; `documents` are texts with operations and
    fragments, each under the name that errors tell it by. What comes out is formatted.

    Raises:
        GenerationError: something in the schema, the documents or the settings does not do; it
            tells of all that was found, each with its place.
        ModuleNotFoundError: graphql-core is not installed.
    """
    try:
        from offwire.codegen.graphql.generating import generated  # noqa: PLC0415 - graphql-core is an extra
    except ModuleNotFoundError as error:
        if error.name != "graphql":
            raise
        message = "generating a GraphQL client takes graphql-core: pip install 'offwire[graphql]'"
        raise ModuleNotFoundError(message, name="graphql") from None
    return generated(schema, documents, settings, schema_name=schema_name)
