"""Schemas as they are published, with all that is odd about them.

Rules of this file: a description of a server may be a print of what it answers about itself. So a
type that is there twice, built-in scalars and directives that are declared again, and the types of
introspection are all passed over, as long as nothing is said in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Source,
    TypeDefinitionNode,
    build_ast_schema,
    parse,
    print_ast,
    specified_directives,
    specified_scalar_types,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from offwire.codegen.graphql.problems import Problem, failed

_BUILT_IN_DIRECTIVES: Final = frozenset(each.name for each in specified_directives) | {"oneOf"}


def read_schema(text: str, name: str) -> GraphQLSchema:
    """The schema that an SDL text describes; `name` is the text's in errors.

    Raises:
        GenerationError: it is no schema.
    """
    try:
        document = parse(Source(text, name))
    except GraphQLSyntaxError as error:
        raise failed([located(error, name)]) from None
    problems: list[Problem] = []
    kept = DocumentNode(definitions=tuple(_kept(document, name, problems)), loc=document.loc)
    problems += [located(each, name) for each in validate_sdl(kept)]
    if problems:
        raise failed(problems)
    schema = build_ast_schema(kept, assume_valid_sdl=True)
    found = [located(each, name) for each in validate_schema(schema)]
    if found:
        raise failed(found)
    return schema


def located(error: GraphQLError, name: str, fix: str = "") -> Problem:
    """The problem that graphql-core tells of; `name` is for those that have no place of their own."""
    file, line, column = name, 0, 0
    if error.source is not None and error.locations:
        file = error.source.name
        line, column = error.locations[0].line, error.locations[0].column
    return Problem(file, line, column, error.message.replace("\n", " "), fix)


def _kept(document: DocumentNode, name: str, problems: list[Problem]) -> Iterator[DefinitionNode]:
    seen: dict[tuple[bool, str], DefinitionNode] = {}
    for node in document.definitions:
        if not isinstance(node, TypeDefinitionNode | DirectiveDefinitionNode):
            yield node
            continue
        own = node.name.value
        is_directive = isinstance(node, DirectiveDefinitionNode)
        built_in = own in _BUILT_IN_DIRECTIVES if is_directive else own in specified_scalar_types
        if built_in or own.startswith("__"):
            continue
        first = seen.setdefault((is_directive, own), node)
        if first is node:
            yield node
        elif print_ast(first) != print_ast(node):
            other = GraphQLError(f"{own} is defined twice, and not in the same way", node)
            problems.append(located(other, name, "keep one of the two"))
