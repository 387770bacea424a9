"""Operations as methods: what they take, where in the answer their result is, and how it is paged.

Rules of this file: a result is what a caller asked for, not the way to it. So fields are followed
as long as each is the only one that is selected; they end at a list, and at a fragment, which is
somebody's name for what they want. A null on the way makes the result None.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve
from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
    type_from_ast,
)

from offwire.codegen.graphql.documents import Documents, comment_above, is_extra, spreads
from offwire.codegen.graphql.names import IN_CALLS, attribute, distinct, pascal_case, words
from offwire.codegen.graphql.paging import paging_of
from offwire.codegen.graphql.printing import print_definition
from offwire.codegen.graphql.python_types import Types
from offwire.codegen.graphql.selecting import Composite, Selected, Selections
from offwire.codegen.graphql.shapes import Expression, OneOf, Operation, Parameter


def operation_of(
    node: OperationDefinitionNode,
    method: str,
    documents: Documents,
    selections: Selections,
    types: Types,
    constant: str,
) -> Operation:
    """The method for an operation of the documents, whose document gets the name `constant`."""
    assert node.name is not None
    name = node.name.value
    path, leaf = _followed(node, documents, selections)
    title = _title(name)
    if leaf is None:
        root = _root(node, documents)
        own = selections.class_of([_own(node)], root, f"{title}Result")
        returns, nullable = Expression(own, frozenset({own})), False
    else:
        returns = selections.typed(leaf, title)
        is_null = [_is_null(each, selections) for each in path]
        nullable = any(is_null[:-1]) or (is_null[-1] and not types.is_compact(leaf.type))
        returns = _without_none(returns) if nullable else returns
    parameters = _parameters(node, documents, types)
    at = ".".join(each.key for each in path)
    of_graphql = f"{node.operation.value.capitalize()} `{name}`" + (f": `{at}`." if at else ".")
    doc = [comment_above(node) or f"{' '.join(words(name)).capitalize()}.", of_graphql]
    if nullable:
        doc[1] += " None where something on the way is null."
    return Operation(
        method=method,
        constant=constant,
        name=name,
        text=print_definition(node),
        fragments=list(spreads(node, documents.fragments)),
        parameters=parameters,
        at=at,
        returns=returns,
        nullable=nullable,
        is_union=isinstance(selections.models.get(returns.text), OneOf),
        doc=doc,
        paging=paging_of(leaf, selections, returns, _variables_of(leaf)) if leaf is not None else None,
    )


def _followed(
    node: OperationDefinitionNode, documents: Documents, selections: Selections
) -> tuple[list[Selected], Selected | None]:
    """The fields on the way to the result, and the last one; None where the result is the whole answer."""
    parent: Composite = _root(node, documents)
    sets: Sequence[SelectionSetNode] = [_own(node)]
    path: list[Selected] = []
    while True:
        if is_abstract_type(parent) or selections.lone_fragment(sets, parent):
            return path, path[-1] if path else None
        assert isinstance(parent, GraphQLObjectType)
        fields = selections.collected(sets, parent, parent)
        if len(fields) != 1 or fields[0].optional:
            return path, path[-1] if path else None
        path.append(fields[0])
        bare: GraphQLType = fields[0].type
        if isinstance(bare, GraphQLNonNull):
            bare = bare.of_type
        if not isinstance(bare, GraphQLObjectType | GraphQLInterfaceType) or not fields[0].sets:
            return path, path[-1]
        parent, sets = bare, fields[0].sets


def _root(node: OperationDefinitionNode, documents: Documents) -> GraphQLObjectType:
    root = documents.schema.get_root_type(node.operation)
    assert root is not None
    return root


def _own(node: OperationDefinitionNode) -> SelectionSetNode:
    """What the document selects by itself."""
    return SelectionSetNode(
        selections=tuple(each for each in node.selection_set.selections if not is_extra(each))
    )


def _is_null(selected: Selected, selections: Selections) -> bool:
    return not isinstance(selected.type, GraphQLNonNull) and not selections.is_never_null(selected)


def _without_none(expression: Expression) -> Expression:
    bare = expression.text.removesuffix(" | None")
    return evolve(expression, text=bare, has_null=expression.has_null and bare == expression.text)


def _title(name: str) -> str:
    """What an operation is called without its verb: `getWorldData` gives world data."""
    parts = words(name)
    if len(parts) > 1 and parts[0].lower() in {"get", "list", "fetch", "query", "find"}:
        parts = parts[1:]
    return pascal_case("_".join(parts))


def _parameters(node: OperationDefinitionNode, documents: Documents, types: Types) -> list[Parameter]:
    wires = [each.variable.name.value for each in node.variable_definitions]
    names = distinct(wires, lambda name: attribute(name, IN_CALLS))
    found = []
    for each in node.variable_definitions:
        wire = each.variable.name.value
        kind = type_from_ast(documents.schema, each.type)
        assert kind is not None
        required = isinstance(kind, GraphQLNonNull) and each.default_value is None
        expression = types.argument(kind)
        found.append(
            Parameter(
                name=names[wire],
                wire=wire,
                type=expression if required else expression.or_unset(),
                required=required,
            )
        )
    return sorted(found, key=lambda each: not each.required)


def _variables_of(leaf: Selected) -> dict[str, str]:
    """The variables that stand for the arguments of a field, by these arguments."""
    return {
        each.name.value: each.value.name.value
        for each in leaf.nodes[0].arguments
        if isinstance(each.value, VariableNode)
    }
