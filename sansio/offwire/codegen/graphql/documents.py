"""Operation documents: read, completed and checked against a schema.

Rules of this file: what is checked is what will be sent. So the field that rides along and the
`__typename`s that tell the members of a union apart are put in first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from attrs import frozen
from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    GraphQLUnionType,
    InlineFragmentNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    Visitor,
    get_named_type,
    is_abstract_type,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import NoUnusedFragmentsRule

from offwire.codegen.graphql.problems import Problem, failed
from offwire.codegen.graphql.schema import located

TYPENAME: Final = "__typename"
_EXTRA: Final = "settings (extra_field)"
_RULES: Final = [each for each in specified_rules if each is not NoUnusedFragmentsRule]


@frozen(kw_only=True)
class Documents:
    """All operations and fragments, as they will be sent."""

    schema: GraphQLSchema
    operations: Sequence[OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]


def read_documents(schema: GraphQLSchema, texts: Mapping[str, str], extra_field: str) -> Documents:
    """The documents, completed and checked; `texts` are by the names that errors tell them by.

    Raises:
        GenerationError: something in them does not do.
    """
    problems: list[Problem] = []
    definitions = list(_parsed(texts, problems))
    extra = _extra(extra_field, problems)
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    problems += _of_operations(operations)
    if not operations and not problems:
        problems.append(Problem("documents", 0, 0, "there is no operation", "write a query or a mutation"))
    if problems:
        raise failed(problems)
    named = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    completing = _Completing(schema, named)
    completed = [completing.definition(_with_extra(each, extra)) for each in definitions]
    whole = DocumentNode(definitions=tuple(completed))
    problems += [located(each, "documents") for each in validate(schema, whole, _RULES)]
    if problems:
        raise failed(problems)
    return Documents(
        schema=schema,
        operations=[each for each in completed if isinstance(each, OperationDefinitionNode)],
        fragments={each.name.value: each for each in completed if isinstance(each, FragmentDefinitionNode)},
    )


def is_extra(node: SelectionNode) -> bool:
    """Whether a selection is the settings' and not the document's."""
    return node.loc is not None and node.loc.source.name == _EXTRA


def comment_above(node: Node) -> str:
    """The `#` comment on the lines right above a node, or nothing."""
    found: list[str] = []
    token = node.loc.start_token if node.loc is not None else None
    line = token.line if token is not None else 0
    token = token.prev if token is not None else None
    while token is not None and token.kind is TokenKind.COMMENT and token.line == line - 1:
        if token.prev is not None and token.prev.line == token.line and token.prev.kind is not TokenKind.SOF:
            break  # it belongs to what stands before it on its line
        found.insert(0, (token.value or "").strip())
        line, token = token.line, token.prev
    return " ".join(found)


def spreads(node: Node, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterable[str]:
    """The names of the fragments that a definition uses, those of its fragments included, in order."""
    found: dict[str, None] = {}

    def search(within: Node) -> None:
        class Spreads(Visitor):
            def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: Any) -> None:
                name = spread.name.value
                if name not in found:
                    found[name] = None
                    search(fragments[name])

        visit(within, Spreads())

    search(node)
    return found


def applies_always(schema: GraphQLSchema, condition: GraphQLNamedType, parent: GraphQLNamedType) -> bool:
    """Whether each object of the type `parent` is of the type `condition`."""
    if isinstance(condition, GraphQLInterfaceType | GraphQLUnionType):
        return condition is parent or schema.is_sub_type(condition, cast(GraphQLObjectType, parent))
    return condition is parent


def condition_of(
    schema: GraphQLSchema,
    node: SelectionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    parent: GraphQLNamedType,
) -> GraphQLNamedType | None:
    """The type that the objects have to be of which a fragment, spread or inline, selects from."""
    if isinstance(node, FragmentSpreadNode):
        return schema.type_map.get(fragments[node.name.value].type_condition.name.value)
    if isinstance(node, InlineFragmentNode) and node.type_condition is not None:
        return schema.type_map.get(node.type_condition.name.value)
    return parent


def _parsed(texts: Mapping[str, str], problems: list[Problem]) -> Iterator[DefinitionNode]:
    for name in sorted(texts):
        try:
            yield from parse(Source(texts[name], name)).definitions
        except GraphQLSyntaxError as error:
            # A file of comments only is an empty one, and no mistake.
            if any(line.split("#")[0].strip() for line in texts[name].splitlines()):
                problems.append(located(error, name))


def _extra(text: str, problems: list[Problem]) -> Sequence[SelectionNode]:
    if not text.strip():
        return ()
    try:
        (node,) = parse(Source(f"{{{text}}}", _EXTRA)).definitions
    except (GraphQLSyntaxError, ValueError) as error:
        message = error.message if isinstance(error, GraphQLSyntaxError) else str(error)
        problems.append(Problem(_EXTRA, 0, 0, message, "write fields as they stand in a query"))
        return ()
    assert isinstance(node, OperationDefinitionNode)
    return node.selection_set.selections


def _of_operations(operations: Iterable[OperationDefinitionNode]) -> Iterator[Problem]:
    for node in operations:
        if node.name is None:
            error = GraphQLError("an operation has no name, so no method can be named after it", node)
            yield located(error, "documents", "name it: query Name { … }")
        elif node.operation is OperationType.SUBSCRIPTION:
            error = GraphQLError(f"{node.name.value} is a subscription, which is not generated", node)
            yield located(error, "documents", "leave it out")


def _with_extra(node: DefinitionNode, extra: Sequence[SelectionNode]) -> DefinitionNode:
    """A query with the fields that it shall select besides, less those that it selects anyway."""
    if not isinstance(node, OperationDefinitionNode) or node.operation is not OperationType.QUERY:
        return node
    keys = {_key(each) for each in node.selection_set.selections}
    added = tuple(each for each in extra if _key(each) not in keys)
    if not added:
        return node
    selections = _changed(node.selection_set, (*node.selection_set.selections, *added))
    extended: DefinitionNode = _changed(node, selections)
    return extended


def _key(node: SelectionNode) -> str:
    return (node.alias or node.name).value if isinstance(node, FieldNode) else ""


def _changed(node: Any, value: Any) -> Any:
    """A copy of a definition with another selection set, or of a selection set with other selections."""
    key = "selections" if isinstance(node, SelectionSetNode) else "selection_set"
    return type(node)(**{each: getattr(node, each) for each in node.keys} | {key: value})


class _Completing:
    """Puts a `__typename` wherever what is selected depends on the type."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def definition(self, node: DefinitionNode) -> DefinitionNode:
        """The definition, completed."""
        parent: GraphQLNamedType | None = None
        if isinstance(node, OperationDefinitionNode):
            parent = self._schema.get_root_type(node.operation)
        elif isinstance(node, FragmentDefinitionNode):
            parent = self._schema.type_map.get(node.type_condition.name.value)
        else:
            return node
        completed: DefinitionNode = _changed(node, self._set(node.selection_set, parent))
        return completed

    def _set(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> SelectionSetNode:
        selections = [self._selection(each, parent) for each in node.selections]
        if (
            parent is not None
            and is_abstract_type(parent)
            and any(self._depends(each, parent) for each in selections)
            and not any(_key(each) == TYPENAME for each in selections)
        ):
            selections.insert(0, FieldNode(name=NameNode(value=TYPENAME), arguments=(), directives=()))
        return cast(SelectionSetNode, _changed(node, tuple(selections)))

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> SelectionNode:
        inner: SelectionSetNode | None = getattr(node, "selection_set", None)
        if inner is None:
            return node
        found = parent
        if isinstance(node, InlineFragmentNode):
            if node.type_condition is not None:
                found = self._schema.type_map.get(node.type_condition.name.value)
        else:
            fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
            field = fields.get(cast(FieldNode, node).name.value)
            found = get_named_type(field.type) if field is not None else None
        return cast(SelectionNode, _changed(node, self._set(inner, found)))

    def _depends(self, node: SelectionNode, parent: GraphQLNamedType) -> bool:
        if isinstance(node, FieldNode):
            return False
        if isinstance(node, FragmentSpreadNode) and node.name.value not in self._fragments:
            return False
        condition = condition_of(self._schema, node, self._fragments, parent)
        return condition is not None and not applies_always(self._schema, condition, parent)
