"""`Documents`: GraphQL documents, read once, checked against the schema of ESO Logs, and executed.

Rules of this file: graphql-core does what the GraphQL specification says; nothing here second-guesses
it. It is loaded when a stand-in is made, and is in the extra `graphql`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

from offwire.apis.esologs.schema import SCHEMA
from offwire.json_value import Json
from offwire.testing.esologs.nodes import Node

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError, GraphQLResolveInfo, GraphQLSchema

_KEPT: Final = 512


class BadDocument(Exception):
    """A document that cannot be executed, with the entries of the answer's `errors`."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(str(errors))
        self.errors = errors


@frozen
class Prepared:
    """An operation that can be executed."""

    document: DocumentNode
    name: str | None
    fields: Mapping[str, int]
    """How often it names each field, as `Type.field`, those of its fragments once."""


class Documents:
    """Executes documents."""

    def __init__(self) -> None:
        """Load graphql-core, and read the schema.

        Raises:
            ImportError: graphql-core is not installed; the message names the extra.
        """
        self._schema = _schema()
        self._kept = lru_cache(maxsize=_KEPT)(self._prepared)

    def prepared(self, text: str, name: str | None) -> Prepared:
        """An operation of a document; `name` may be None where there is only one.

        Raises:
            BadDocument: it cannot be parsed, asks for what the schema does not have, or has no such
                operation.
        """
        return self._kept(text, name)

    def executed(self, prepared: Prepared, variables: Mapping[str, Json], root: Node) -> dict[str, Json]:
        """The answer to an operation: `data`, and `errors` where there are any.

        There is no `data` where the variables are wrong, as nothing was executed then (GraphQL, section 7.1).
        """
        from graphql import ExecutionResult, execute  # noqa: PLC0415 - an extra

        result = execute(
            self._schema,
            prepared.document,
            root,
            variable_values=dict(variables),
            operation_name=prepared.name,
            field_resolver=_resolved,
        )
        assert isinstance(result, ExecutionResult)
        answer: dict[str, Json] = {}
        if result.errors:
            answer["errors"] = _told(result.errors)
        if result.data is not None:
            answer["data"] = result.data
        return answer

    def _prepared(self, text: str, name: str | None) -> Prepared:
        from graphql import (  # noqa: PLC0415 - an extra
            GraphQLError,
            get_operation_ast,
            parse,
            separate_operations,
            validate,
        )

        try:
            document = parse(text)
        except GraphQLError as error:
            raise BadDocument(_told([error])) from None
        errors = validate(self._schema, document)
        if errors:
            raise BadDocument(_told(errors))
        operation = get_operation_ast(document, name)
        if operation is None:
            raise BadDocument([{"message": "Name one of the document's operations in operationName."}])
        own = operation.name.value if operation.name else None
        document = separate_operations(document)[own or ""]
        return Prepared(document, own, self._fields(document))

    def _fields(self, document: DocumentNode) -> dict[str, int]:
        from graphql import (  # noqa: PLC0415 - an extra
            FieldNode,
            TypeInfo,
            TypeInfoVisitor,
            Visitor,
            visit,
        )

        types = TypeInfo(self._schema)
        counted: Counter[str] = Counter()

        class Counting(Visitor):
            def enter_field(self, node: FieldNode, *_: object) -> None:
                counted[f"{types.get_parent_type()}.{node.name.value}"] += 1

        visit(document, TypeInfoVisitor(types, Counting()))
        return dict(counted)


@lru_cache(maxsize=1)
def _schema() -> GraphQLSchema:
    try:
        from graphql import build_schema  # noqa: PLC0415 - an extra
    except ImportError as error:
        need = "the stand-in of ESO Logs needs graphql-core: pip install 'offwire[graphql]'"
        raise ImportError(need) from error
    return build_schema(SCHEMA)


def _resolved(source: Node, info: GraphQLResolveInfo, **arguments: Json) -> object:
    value = source[info.field_name]
    return value(arguments) if callable(value) else value


def _told(errors: Sequence[GraphQLError]) -> list[Json]:
    return [cast("Json", each.formatted) for each in errors]
