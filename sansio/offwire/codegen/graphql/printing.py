"""Documents as text: compact, since they are sent each time, and readable, since people read logs.

Rules of this file: what fits on a line stands on one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    print_ast,
)

_WIDTH: Final = 100


def print_definition(node: OperationDefinitionNode | FragmentDefinitionNode) -> str:
    """An operation, or a fragment, as text."""
    if isinstance(node, FragmentDefinitionNode):
        head = f"fragment {node.name.value} on {node.type_condition.name.value}"
    else:
        assert node.name is not None
        variables = _in_brackets([print_ast(each) for each in node.variable_definitions], "", _WIDTH)
        head = f"{node.operation.value} {node.name.value}{variables}"
    return _with_set(head + _directives(node.directives), node.selection_set, "")


def _with_set(head: str, node: SelectionSetNode | None, indent: str) -> str:
    """`head { … }`, where `head` is not indented yet."""
    if node is None:
        return head
    items = [_selection(each, indent + "  ") for each in node.selections]
    one = f"{head} {{ {' '.join(items)} }}"
    last = head.rpartition("\n")[2]
    if not any("\n" in each for each in items) and len(indent) + len(one) - len(head) + len(last) <= _WIDTH:
        return one
    return "\n".join([f"{head} {{", *_filled(items, indent + "  "), f"{indent}}}"])


def _filled(items: Sequence[str], indent: str) -> list[str]:
    """Names side by side, and what has something in it on lines of its own."""
    found: list[str] = []
    is_open = False
    for each in items:
        plain = "{" not in each and "\n" not in each
        if plain and is_open and len(found[-1]) + 1 + len(each) <= _WIDTH:
            found[-1] += f" {each}"
        else:
            found.append(indent + each)
        is_open = plain
    return found


def _selection(node: SelectionNode, indent: str) -> str:
    directives = _directives(node.directives)
    match node:
        case FieldNode():
            alias = f"{node.alias.value}: " if node.alias is not None else ""
            head = alias + node.name.value
            arguments = [print_ast(each) for each in node.arguments]
            whole = head + _in_brackets(arguments, indent, _WIDTH - len(indent) - len(head)) + directives
            return _with_set(whole, node.selection_set, indent)
        case FragmentSpreadNode():
            return f"...{node.name.value}{directives}"
        case InlineFragmentNode():
            condition: NamedTypeNode | None = node.type_condition
            on = f" on {condition.name.value}" if condition is not None else ""
            return _with_set(f"...{on}{directives}", node.selection_set, indent)
        case _:  # pragma: no cover - there are no other selections
            raise TypeError(type(node))


def _in_brackets(items: Sequence[str], indent: str, room: int) -> str:
    if not items:
        return ""
    one = f"({', '.join(items)})"
    if len(one) + 2 <= room and "\n" not in one:
        return one
    found = [f"{indent}  {items[0]}"]
    for each in items[1:]:
        if len(found[-1]) + len(each) + 2 <= _WIDTH:
            found[-1] += f", {each}"
        else:
            found.append(f"{indent}  {each}")
    return "\n".join(["(", *found, f"{indent})"])


def _directives(nodes: Sequence[DirectiveNode]) -> str:
    return "".join(f" {print_ast(each)}" for each in nodes)
