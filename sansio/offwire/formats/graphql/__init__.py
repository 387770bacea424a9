"""GraphQL over HTTP: documents, calls of them, and what their answers mean.

Sources: the GraphQL specification (https://spec.graphql.org/September2025/), section 7 for
answers, and the GraphQL-over-HTTP draft (https://graphql.github.io/graphql-over-http/draft/).
"""

from typing import TYPE_CHECKING

from offwire.errors import GraphQLError, GraphQLProblem
from offwire.formats.graphql.document import Document, Variables, graphql

if TYPE_CHECKING:
    from offwire.formats.graphql.batch import Done, Failed, Outcome, batched
    from offwire.formats.graphql.lexer import DocumentError
    from offwire.formats.graphql.persisted import persisted_queries

__all__ = [
    "Document",
    "DocumentError",
    "Done",
    "Failed",
    "GraphQLError",
    "GraphQLProblem",
    "Outcome",
    "Variables",
    "batched",
    "graphql",
    "persisted_queries",
]

if not TYPE_CHECKING:  # pragma: no branch - type checkers would take any name for one of ours

    def __getattr__(name: str) -> object:
        """Load what not every client needs when it is first named (PEP 562); see `offwire`."""
        if name not in __all__:
            raise AttributeError(f"module 'offwire.formats.graphql' has no attribute {name!r}")
        from offwire.formats.graphql import batch, lexer, persisted  # noqa: PLC0415 - as the docstring says

        found = next(getattr(each, name) for each in (batch, lexer, persisted) if hasattr(each, name))
        globals()[name] = found
        return found
